//! English: Meta's error reference, its migration and Embedded Signup guides, and observed
//! responses.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "api access & blocked|deactivated|disabled|revoked|suspended|restricted",
        "access to the api & blocked|deactivated|disabled|revoked|suspended|restricted",
        "app is blocked|app is deactivated|app is disabled|app is suspended|app is restricted|app is inactive|app is not active|app not active & !business app",
        "app has been blocked|app has been deactivated|app has been disabled|app has been suspended|app has been restricted|app has been deleted|app was disabled|app was deleted & !business app",
        "application is blocked|application is deactivated|application is disabled|application is suspended|application is restricted|application is inactive|application is not active",
        "application has been blocked|application has been deactivated|application has been disabled|application has been suspended|application has been restricted|application has been deleted",
        "data use checkup|data use check-up|data protection assessment",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "terms|=tos & accept|agree|=sign|signed & =meta|facebook|cloud api|hosting|tech provider|technology provider|solution partner|developer|platform|=app|application & !business account|whatsapp account|waba|this account|your account|payment|marketing|business app",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|=smbs",
        "whatsapp business app|business app & register|active|still|=in use|used|using|linked|belongs|delete|disconnect|leave|remove",
    ]),
    phrase(Reason::MessagingForNotApproved, &["messaging for & request"]),
    phrase(Reason::SourceAccountNotSetUp, &[
        "not set up correctly|not setup correctly|not been set up correctly",
        "source & account & approved & !same business",
    ]),
    phrase(Reason::DifferentBusiness, &[
        "belongs to a different business|belongs to another business|owned by a different business|owned by another business",
        "represent the same business",
    ]),
    phrase(Reason::NothingToMove, &[
        "add this phone number|add this number & in your|to your|in the|to the|directly & !cannot|can't|unable|not allowed|not permitted|disconnect",
        "be added directly|not need to use phone migration|not need to be migrated|not need a migration",
    ]),
    phrase(Reason::AlreadyInDestination, &[
        "already exists in your list|already in your list|already exists in your phone number list|already present in your whatsapp",
    ]),
    phrase(Reason::NumberUsedElsewhere, &[
        "registered to an existing whatsapp|registered to another whatsapp|registered to a whatsapp|registered with another whatsapp|registered on whatsapp|already registered on whatsapp",
        "disconnect it from the existing account|already registered to",
    ]),
    phrase(Reason::AlreadyVerified, &["already verified|already been verified & !business|two-step|two step"]),
    phrase(Reason::NotBeingMigrated, &[
        "not being migrated|isn't being migrated",
        "isn't eligible|not eligible|ineligible & code",
        "ownership verification apis & not available",
    ]),
    phrase(Reason::PaymentMethodMissing, &[
        "payment account|payment method|method of payment & not|'t|=no|missing|without|lack|add|set up|attach",
        "credit line|line of credit & not|'t|=no|missing|without|lack|add|share|must|active",
    ]),
    phrase(Reason::PaymentProblem, &[
        "payment|billing & error|problem|issue|failed|declined|overdue|past due|outstanding|unpaid",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "registered name & approved|present",
        "display name|verified name & approv|process|edit|pending|review|reject|declin|violat|guideline|not allowed|invalid",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &[
        "confirm ownership|confirming ownership|confirm the ownership|confirming the ownership|verify ownership|ownership has not been confirmed|ownership is not confirmed",
    ]),
    phrase(Reason::TwoStepEnabled, &[
        "two-step|two step|two-factor|two factor|2-step|2 step|2-factor|2fa|2sv & disabl|turn off|turned off|turn it off|deactivat|switch|enabled|still on|is on|active|remove",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &[
        "=app|=apps|application|partner|provider & add & number & not allowed|not permitted|not authorized|not authorised|may not|cannot|can't|not eligible",
        "requires & business solution provider|solution partner|tech provider & number & add",
    ]),
    phrase(Reason::CannotAddNumber, &[
        "maximum|limit|too many|more than & phone numbers|numbers & reached|exceed|allowed|already|have",
    ]),
    phrase(Reason::TemplateLimitReached, &["template limit exceeded|template limit reached"]),
    phrase(Reason::NumberInMaintenance, &["in maintenance mode|under maintenance"]),
    phrase(Reason::AccountTermsNotAccepted, &["terms|=tos & accept|agree|=sign|signed"]),
    phrase(Reason::AccountRestricted, &[
        "account is restricted|account has been restricted|account is disabled|account has been disabled|account was disabled|account is suspended|account has been suspended|account is banned|account has been banned|account is blocked|account has been blocked",
    ]),
    phrase(Reason::DestinationNotApproved, &[
        "account must be approved|account needs to be approved|account has to be approved|account is not approved|account isn't approved|account has not been approved",
        "destination & account & approved",
        "business verification & complete|required|must|need|pending|not",
        "account & under review|in review|being reviewed|pending review & !name",
        "business & not verified|unverified",
        "business must be verified|business needs to be verified|business is not verified|business isn't verified|verify your business|account review status & approved",
    ]),
    phrase(Reason::NotSubscribed, &[
        "webhook & not|'t|subscri|=no",
        "no app is subscribed|=app & not subscribed",
    ]),
    phrase(Reason::CodeRequestedTooOften, &[
        "too many|too often|too frequent|number of times|come back|too recently|rate limit|volume limit",
    ]),
    phrase(Reason::CodeSendingUnavailable, &[
        "server|service & unavailable|not available|down",
        "temporarily unavailable|try again in some time|try again in sometime",
    ]),
    phrase(Reason::CodeGuessedTooOften, &["too many|too often|too frequent|number of times"]),
    phrase(Reason::MoveFailedAtMeta, &["error & migrat & was an|met an|occurred|while trying"]),
    phrase(Reason::CodeRejected, &[
        "code & incorrect|wrong|invalid|not valid|expired|not correct|does not match|doesn't match|already used|been used",
    ]),
];
