//! The errors of the sandbox, as Meta documents them or as they were observed.
//!
//! Texts and codes only: `scenario`, `calls` and `reads` decide which number or account gets which
//! error.

use super::error::Refusal;

/// One of the meanings of subcode 2388103, distinguished by its text only.
const fn cannot_migrate(title: &'static str, text: &'static str) -> Refusal {
    Refusal::new(400, 100, "Invalid parameter")
        .sub(2_388_103)
        .user(title, text)
}

// Adding a number.

pub(crate) const NO_WEBHOOKS: Refusal = cannot_migrate(
    "Cannot migrate phone number",
    "Cannot migrate phone number: your WhatsApp account must be subscribed to webhooks by an app before a phone number can be migrated.",
);
pub(crate) const PLAIN_ADD: Refusal = cannot_migrate(
    "Please add this phone number in your WhatsApp account",
    "This phone number does not need a migration. Please add this phone number in your WhatsApp account.",
);
pub(crate) const NAME_NOT_APPROVED: Refusal = cannot_migrate(
    "Registered name should be present and approved",
    "Registered name should be present and approved, with no change pending, before the phone number can be migrated.",
);
pub(crate) const SOURCE_NOT_SET_UP: Refusal = cannot_migrate(
    "The WhatsApp account that this phone number is registered with is not set up correctly",
    "The WhatsApp account that this phone number is registered with is not set up correctly. Please contact support.",
);
pub(crate) const NO_PAYMENT_ACCOUNT: Refusal = cannot_migrate(
    "Your WhatsApp account does not have a payment account",
    "Your WhatsApp account does not have a payment account. Add a payment method or share a credit line, and try again.",
);
pub(crate) const ERROR_MIGRATING: Refusal = cannot_migrate(
    "There was an error migrating this phone number",
    "There was an error migrating this phone number. Please try again after some time.",
);
pub(crate) const OTHER_BUSINESS: Refusal = cannot_migrate(
    "This phone number belongs to a different Business Manager account",
    "This phone number belongs to a different Business Manager account. Both accounts must represent the same business.",
);
pub(crate) const ACCOUNT_NOT_APPROVED: Refusal = cannot_migrate(
    "Your WhatsApp account must be approved",
    "Your WhatsApp account must be approved: the business must be verified and the account review approved.",
);
pub(crate) const MESSAGING_FOR_PENDING: Refusal = cannot_migrate(
    "Your WhatsApp account's \"Messaging For\" request must be approved",
    "Your WhatsApp account's \"Messaging For\" request must be approved before the phone number can be migrated.",
);
pub(crate) const TWO_STEP_ON: Refusal = Refusal::new(400, 100, "Invalid parameter").sub(2_388_001).user(
    "Please ensure two-step authentication is disabled",
    "Please ensure two-step authentication is disabled for this phone number before migrating it.",
);
pub(crate) const CONFIRM_OWNERSHIP: Refusal = Refusal::new(400, 100, "Invalid parameter")
    .sub(2_388_001)
    .user(
        "Please confirm ownership of this phone number",
        "Please confirm ownership of this phone number with a verification code before going on.",
    );
/// The code and subcode of the two above, but about the display name. Observed from `register`.
pub(crate) const NAME_NOT_PROCESSED: Refusal = Refusal::new(400, 100, "Invalid parameter")
    .sub(2_388_001)
    .user(
        "Cannot Create Certificate",
        "Your display name could not be processed. Please edit your display name and try again.",
    );
/// The text of 2026 for two-step verification. Observed from `register`.
pub(crate) const TWO_FACTOR_ON: Refusal = Refusal::new(400, 100, "Invalid parameter")
    .sub(2_388_001)
    .user(
        "Cannot Create Certificate",
        "Please ensure two-factor authentication is disabled",
    );
pub(crate) const ALREADY_IN_LIST: Refusal = Refusal::new(400, 100, "Invalid parameter").sub(2_388_012).user(
    "This phone number already exists in your list of phone numbers",
    "This phone number already exists in your list of phone numbers. Try again with a phone number that is not already present.",
);
pub(crate) const USED_ELSEWHERE: Refusal = Refusal::new(400, 100, "Invalid parameter").sub(2_388_004).user(
    "This phone number is already registered",
    "This phone number is registered to another WhatsApp account. Migrate it, or remove it there first.",
);
pub(crate) const CANNOT_ADD: Refusal = Refusal::new(
    400,
    200_000,
    "(#200000) Cannot add phone number to WhatsApp Business Account",
);
/// The app may not add numbers to this account, even if there is room: its business is not a
/// provider of the account, or the account belongs to the `WhatsApp` Business app.
pub(crate) const MAY_NOT_ADD: Refusal = CANNOT_ADD
    .sub(3_095_008)
    .title("Cannot add phone number to WhatsApp Business Account");
pub(crate) const RESTRICTED: Refusal = Refusal::new(
    403,
    368,
    "(#368) The action attempted has been deemed abusive or is otherwise disallowed",
)
.details("The WhatsApp Business Account is restricted or disabled for a policy violation.");
pub(crate) const NO_PERMISSION: Refusal = Refusal::new(
    403,
    200,
    "(#200) You do not have the necessary permissions required to perform this operation",
);

// Codes.

pub(crate) const ALREADY_VERIFIED: Refusal =
    Refusal::new(400, 136_024, "(#136024) Request code error")
        .sub(2_388_366)
        .user(
            "Phone number ownership is already verified",
            "The ownership of this phone number is already verified. Go on with its registration.",
        );
pub(crate) const CODE_TOO_OFTEN: Refusal =
    Refusal::new(400, 136_024, "(#136024) Request code error")
        .sub(2_388_367)
        .user(
            "Verification code requested too often",
            "You have requested a verification code too many times. Try again later.",
        );
/// The same error without a subcode and with another text.
pub(crate) const CODE_TOO_MANY_TIMES: Refusal = Refusal::new(400, 136_024, "Request code error")
    .user(
        "Request code error",
        "You have requested a verification code too many times. Try again later.",
    );
/// Returned for numbers that waiting does not help: they are on the `WhatsApp` Business app,
/// on-premises, or blocked.
pub(crate) const CODES_UNAVAILABLE: Refusal = Refusal::new(400, 136_024, "(#136024) Request code error").sub(2_388_091).user(
    "Request code error",
    "Code request failed: Our servers are temporarily unavailable. Please wait 1 hour before trying again.",
);
pub(crate) const NOT_BEING_MIGRATED_REQUEST: Refusal =
    Refusal::new(400, 136_024, "(#136024) Request code error").sub(2_388_091).user(
        "Cannot request a registration code",
        "This phone number isn't eligible to receive a registration code since it is not being migrated.",
    );
pub(crate) const NOT_BEING_MIGRATED_VERIFY: Refusal =
    Refusal::new(400, 136_025, "(#136025) Verify code error").sub(2_388_093).user(
        "Cannot verify a registration code",
        "This phone number isn't eligible to verify a registration code since it is not being migrated.",
    );
pub(crate) const WRONG_CODE: Refusal = Refusal::new(400, 136_025, "(#136025) Verify code error")
    .user(
        "Verify code error",
        "The code that you entered is wrong or has expired. Please request a new code.",
    );
pub(crate) const GUESSED_TOO_OFTEN: Refusal = Refusal::new(
    400,
    136_025,
    "(#136025) Verify code error",
)
.user(
    "Guessed too many times",
    "You have guessed the code too many times. Please wait about 12 hours before you try again.",
);
pub(crate) const NUMBER_DELETED: Refusal =
    Refusal::new(400, 33, "(#33) Parameter value is not valid")
        .details("The business phone number has been deleted.");

// Registering.

/// The headline of many reasons, here with one about payment. Without a subcode.
pub(crate) const PAYMENT_HEADLINE: Refusal = Refusal::new(400, 100, "(#100) Invalid parameter").details(
    "Cannot Migrate Phone Number: Your WhatsApp Business Account doesn't have a payment method set up.",
);
pub(crate) const SMB_ENDPOINT: Refusal = Refusal::new(
    400,
    100,
    "(#100) Register endpoint is not available for SMB businesses.",
);
pub(crate) const SMB_ACCOUNT: Refusal = Refusal::new(
    400,
    136_025,
    "(#136025) Phone number registration not available for SMB accounts",
);
pub(crate) const NOT_PERMITTED: Refusal = Refusal::new(
    403,
    10,
    "(#10) Application does not have permission for this action",
);
pub(crate) const INVALID: Refusal = Refusal::new(400, 100, "(#100) Invalid parameter");
pub(crate) const PIN_MISMATCH: Refusal =
    Refusal::new(400, 133_005, "(#133005) Two step verification PIN Mismatch").details(
        "The two-step verification PIN does not match the one that is set for this phone number.",
    );
pub(crate) const NEEDS_VERIFYING: Refusal = Refusal::new(
    400,
    133_006,
    "(#133006) Phone number re-verification needed",
)
.details("The phone number needs to be verified before registering.");
pub(crate) const PIN_TOO_OFTEN: Refusal = Refusal::new(
    400,
    133_008,
    "(#133008) Too many two step verification PIN guesses",
)
.details("Too many PIN guesses. Please wait 43200 seconds before you try again.");
pub(crate) const PIN_TOO_QUICK: Refusal = Refusal::new(
    400,
    133_009,
    "(#133009) Two step verification PIN was entered too quickly",
)
.details("The PIN was entered too quickly. Please wait 60 seconds before you try again.");
pub(crate) const NOT_REGISTERED: Refusal =
    Refusal::new(400, 133_010, "(#133010) Account not registered");
pub(crate) const RECENTLY_DELETED: Refusal = Refusal::new(
    400,
    133_015,
    "(#133015) Phone number was recently deleted and the deletion is not complete",
)
.details("Please wait 5 minutes before you register this phone number again.");
pub(crate) const REGISTER_TOO_OFTEN: Refusal = Refusal::new(
    400,
    133_016,
    "(#133016) Account register deregister rate limit exceeded",
)
.details(
    "Too many registration attempts for this phone number. It is blocked for the next 72 hours.",
);
pub(crate) const DEREGISTRATION_FAILED: Refusal =
    Refusal::new(500, 133_000, "(#133000) Incomplete deregistration").details(
        "A previous deregistration failed. Deregister the phone number again, then register it.",
    );
pub(crate) const ACCOUNT_LOCKED: Refusal = Refusal::new(403, 131_031, "(#131031) Business Account locked")
    .details("The account is locked, or data of the request, such as the two-step PIN, could not be verified.");
pub(crate) const PAYMENT_PROBLEM: Refusal =
    Refusal::new(400, 131_042, "(#131042) Business eligibility payment issue")
        .details("There was a problem with the payment method of the WhatsApp Business Account.");
pub(crate) const BAD_VALUE: Refusal =
    Refusal::new(400, 131_009, "(#131009) Parameter value is not valid");
pub(crate) const MAINTENANCE: Refusal = Refusal::new(400, 100, "Invalid parameter")
    .sub(2_494_100)
    .transient()
    .user(
        "Account is in maintenance mode",
        "The account is in maintenance mode. Please try again in a few minutes.",
    );

// Tokens, limits, and faults of the app and of the platform.

pub(crate) const APP_BLOCKED: Refusal = Refusal::new(400, 200, "API access blocked.");
/// Meta's own text is not known.
pub(crate) const TERMS_NOT_ACCEPTED: Refusal = Refusal::new(
    400,
    200,
    "(#200) The business of this app must accept the WhatsApp Business terms of service before this call can be made.",
);
pub(crate) const NO_TOKEN: Refusal = Refusal::new(
    401,
    104,
    "An access token is required to request this resource.",
);
pub(crate) const TOKEN_EXPIRED: Refusal = Refusal::new(
    401,
    190,
    "Error validating access token: Session has expired.",
)
.sub(463);
pub(crate) const APP_LIMIT: Refusal =
    Refusal::new(400, 4, "(#4) Application request limit reached").transient();
pub(crate) const ACCOUNT_LIMIT: Refusal =
    Refusal::new(400, 80_008, "(#80008) There have been too many calls to this WhatsApp Business account. Wait a bit and try again.")
        .transient();
pub(crate) const SOMETHING_WRONG: Refusal =
    Refusal::new(500, 131_000, "(#131000) Something went wrong")
        .details("Message failed due to an unknown error.");
pub(crate) const OVERLOADED: Refusal = Refusal::new(
    503,
    2,
    "An unexpected error has occurred. Please retry your request later.",
)
.transient();
pub(crate) const SERVER_AWAY: Refusal =
    Refusal::new(503, 133_004, "(#133004) Server Temporarily Unavailable")
        .details("The server is temporarily unavailable.");
pub(crate) const SERVICE_AWAY: Refusal =
    Refusal::new(500, 131_016, "(#131016) Service unavailable")
        .details("A service is temporarily unavailable.");
pub(crate) const UNKNOWN_ERROR: Refusal = Refusal::new(
    400,
    987_654,
    "(#987654) The flux of this number is not aligned",
)
.sub(7_654_321);
pub(crate) const CALLBACK_REFUSED: Refusal =
    Refusal::new(400, 2200, "(#2200) Subscription validation failed")
        .details("The callback did not answer the challenge.");
