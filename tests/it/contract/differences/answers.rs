//! Differences in what is answered to a call that worked.

use super::Difference;
use crate::contract::deviation::Kind;

const ACCOUNT: &str = "GET /{WABA-ID}";
const NUMBER: &str = "GET /{Phone-Number-ID}";
const NUMBERS: &str = "GET /{WABA-ID}/phone_numbers";

const LACKS: &str = "the schema has no such field";
const SDK: &str = "Meta's SDK has it";
const GUIDE_HEALTH: &str = "the guide to messaging health: nodes have it";

const HEALTH: &str = r#"{"type": "object", "required": ["can_send_message", "entities"], "properties": {
    "can_send_message": {"enum": ["AVAILABLE", "LIMITED", "BLOCKED"]},
    "entities": {"type": "array", "items": {"required": ["entity_type", "id", "can_send_message"]}}}}"#;
const CODE_VERIFICATION: &str = r#"{"enum": ["VERIFIED", "NOT_VERIFIED", "EXPIRED"]}"#;
const NAME_STATUS: &str = r#"{"enum":
    ["APPROVED", "AVAILABLE_WITHOUT_REVIEW", "DECLINED", "EXPIRED", "PENDING_REVIEW", "NONE"]}"#;
const PLATFORM: &str = r#"{"enum": ["CLOUD_API", "ON_PREMISE", "NOT_APPLICABLE"]}"#;
const THROUGHPUT: &str = r#"{"required": ["level"], "properties": {"level": {"enum": ["STANDARD", "HIGH", "NOT_APPLICABLE"]}}}"#;
const LIMIT: &str = r#"{"enum":
    ["TIER_50", "TIER_250", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED", "UNTIERED"]}"#;
const STATUS: &str = r#"{"enum": ["CONNECTED", "PENDING", "DISCONNECTED", "UNVERIFIED", "FLAGGED", "RESTRICTED",
    "RATE_LIMITED", "MIGRATED", "DELETED", "BANNED", "UNKNOWN"]}"#;
const FLAG: &str = r#"{"type": "boolean"}"#;

/// A field that the file's schema lacks.
const fn field(
    on: &'static str,
    places: &'static [&'static str],
    truth: &'static str,
    instead: &'static str,
) -> Difference {
    Difference {
        on,
        kind: Kind::Undeclared,
        places,
        file: LACKS,
        truth,
        instead,
    }
}

pub const TABLE: &[Difference] = &[
    field(
        ACCOUNT,
        &["answer/status"],
        SDK,
        r#"{"type": "string", "pattern": "^[A-Z_]+$"}"#,
    ),
    field(
        ACCOUNT,
        &["answer/primary_funding_id"],
        SDK,
        r#"{"type": "string", "pattern": "^[0-9]+$"}"#,
    ),
    field(
        ACCOUNT,
        &["answer/owner_business_info"],
        SDK,
        r#"{"required": ["id", "name"], "properties": {"id": {"type": "string", "pattern": "^[0-9]+$"}}}"#,
    ),
    field(ACCOUNT, &["answer/health_status"], GUIDE_HEALTH, HEALTH),
    Difference {
        on: ACCOUNT,
        kind: Kind::Value,
        places: &["answer/business_verification_status"],
        file: "the status is one of four, in capitals",
        truth: "the live documentation and the SDK: more of them, in small letters; so no case is to be trusted",
        instead: r#"{"enum": ["expired", "failed", "ineligible", "not_verified", "pending", "pending_need_more_info",
            "pending_submission", "rejected", "revoked", "verified", "NOT_VERIFIED"]}"#,
    },
    Difference {
        on: NUMBER,
        kind: Kind::Value,
        places: &["answer/code_verification_status"],
        file: "VERIFIED or UNVERIFIED",
        truth: "the node's reference: NOT_VERIFIED, VERIFIED or EXPIRED",
        instead: CODE_VERIFICATION,
    },
    Difference {
        on: NUMBERS,
        kind: Kind::Value,
        places: &["answer/data/*/code_verification_status"],
        file: "VERIFIED or UNVERIFIED",
        truth: "the node's reference: NOT_VERIFIED, VERIFIED or EXPIRED",
        instead: CODE_VERIFICATION,
    },
    Difference {
        on: NUMBERS,
        kind: Kind::Value,
        places: &["answer/data/*/status"],
        file: "a number that works is LINKED",
        truth: "the guide to managing numbers: it is CONNECTED",
        instead: STATUS,
    },
    field(
        NUMBER,
        &["answer/status"],
        "the guide to managing numbers: CONNECTED is a number that works",
        STATUS,
    ),
    field(
        NUMBER,
        &["answer/account_mode"],
        "the file's own list of numbers has it",
        r#"{"enum": ["LIVE", "SANDBOX"]}"#,
    ),
    field(
        NUMBER,
        &["answer/is_official_business_account"],
        "the file's own list of numbers has it",
        FLAG,
    ),
    field(
        NUMBERS,
        &["answer/data/*/name_status"],
        "the file's own number has it",
        NAME_STATUS,
    ),
    field(
        NUMBER,
        &["answer/new_name_status"],
        "the node's reference has it",
        NAME_STATUS,
    ),
    field(
        NUMBERS,
        &["answer/data/*/new_name_status"],
        "the node's reference has it",
        NAME_STATUS,
    ),
    field(
        NUMBER,
        &["answer/platform_type"],
        "the node's reference; the file has host_platform, in lists alone",
        PLATFORM,
    ),
    field(
        NUMBERS,
        &["answer/data/*/platform_type"],
        "the node's reference; the file has host_platform",
        PLATFORM,
    ),
    field(
        NUMBER,
        &["answer/throughput"],
        "the guide to managing numbers has it",
        THROUGHPUT,
    ),
    field(
        NUMBERS,
        &["answer/data/*/throughput"],
        "the guide to managing numbers has it",
        THROUGHPUT,
    ),
    field(
        NUMBER,
        &["answer/whatsapp_business_manager_messaging_limit"],
        "the SDK and the guide to limits: it has taken the place of messaging_limit_tier",
        LIMIT,
    ),
    field(
        NUMBERS,
        &["answer/data/*/whatsapp_business_manager_messaging_limit"],
        "the SDK and the guide to limits: it has taken the place of messaging_limit_tier",
        LIMIT,
    ),
    field(
        NUMBER,
        &["answer/is_pin_enabled", "answer/is_on_biz_app"],
        "the node's reference has them",
        FLAG,
    ),
    field(
        NUMBERS,
        &[
            "answer/data/*/is_pin_enabled",
            "answer/data/*/is_on_biz_app",
        ],
        "the node's reference has them",
        FLAG,
    ),
    field(NUMBER, &["answer/health_status"], GUIDE_HEALTH, HEALTH),
    field(
        NUMBERS,
        &["answer/data/*/health_status"],
        GUIDE_HEALTH,
        HEALTH,
    ),
    field(
        "GET /{WABA-ID}/subscribed_apps",
        &["answer/data/*/whatsapp_business_api_data"],
        "the guide to webhooks: id and name stand within this, beside a link",
        r#"{"required": ["id", "name", "link"], "properties": {"id": {"type": "string", "pattern": "^[0-9]+$"}}}"#,
    ),
    field(
        "GET /{WABA-ID}/message_templates",
        &["answer/data/*/quality_score"],
        "the guide to templates and the SDK: a score and when it was given",
        r#"{"required": ["score"], "properties":
            {"score": {"enum": ["GREEN", "YELLOW", "RED", "UNKNOWN"]}, "date": {"type": "integer"}}}"#,
    ),
];
