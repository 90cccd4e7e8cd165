//! Differences in what is asked.

use super::{ANY, Difference};
use crate::contract::deviation::Kind;

pub const TABLE: &[Difference] = &[
    Difference {
        on: "GET /debug_token",
        kind: Kind::Operation,
        places: &[""],
        file: "has no such operation",
        truth: "Meta's guide to permissions: it describes a token; it belongs to no product",
        instead: "true",
    },
    Difference {
        on: ANY,
        kind: Kind::Undeclared,
        places: &["query/appsecret_proof"],
        file: "no operation takes it",
        truth: "Meta's guide to securing Graph calls: every call takes it, as 64 hexadecimal digits",
        instead: r#"{"pattern": "^[0-9a-f]{64}$"}"#,
    },
    Difference {
        on: "POST /{WABA-ID}/phone_numbers",
        kind: Kind::Missing,
        places: &["request/verified_name"],
        file: "verified_name is required",
        truth: "the migration guide: cc, phone_number and migrate_phone_number are; the name moves with the number",
        instead: r#"{"required": ["cc", "phone_number", "migrate_phone_number"],
                     "properties": {"migrate_phone_number": {"const": true}}}"#,
    },
    Difference {
        on: "POST /{WABA-ID}/phone_numbers",
        kind: Kind::Value,
        places: &["request/phone_number"],
        file: "phone_number is E.164 without its plus, and begins with no zero",
        truth: "the migration guide: it is the national number, whose zero stays where it is dialled from abroad",
        instead: r#"{"type": "string", "pattern": "^0[0-9]{4,13}$"}"#,
    },
    Difference {
        on: "POST /{Phone-Number-ID}/request_code",
        kind: Kind::Value,
        places: &["request/language"],
        file: "language matches ^[a-z]{2}_[A-Z]{2}$",
        truth: "the reference and the guides: a locale, where en is taken as en_US is",
        instead: r#"{"type": "string", "pattern": "^[a-z]{2,3}(_[A-Z]{2})?$"}"#,
    },
    Difference {
        on: "GET /{WABA-ID}/message_templates",
        kind: Kind::Undeclared,
        places: &["query/fields"],
        file: "takes a name alone",
        truth: "Meta's SDK: it takes fields, as every list does",
        instead: r#"{"type": "string", "pattern": "^[a-z_]+(,[a-z_]+)*$"}"#,
    },
    Difference {
        on: "GET /{WABA-ID}/message_templates",
        kind: Kind::Undeclared,
        places: &["query/limit"],
        file: "takes a name alone",
        truth: "Meta's SDK: it takes a limit and cursors, as every list does",
        instead: r#"{"type": "string", "pattern": "^[1-9][0-9]*$"}"#,
    },
];
