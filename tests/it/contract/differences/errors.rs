//! Differences in what is answered to a call that failed: statuses, codes, shapes.

use super::{ANY, Difference};
use crate::contract::deviation::Kind;

/// What stands for the schema of an error where the file has none.
const ERROR: &str = r#"{"required": ["error"], "properties": {"error": {"required": ["message", "type", "code", "fbtrace_id"]}}}"#;

/// Errors of which the file has no example where they happen, and the status that Meta's table of errors gives them.
const fn unknown(
    codes: &'static [&'static str],
    truth: &'static str,
    status: &'static str,
) -> Difference {
    Difference {
        on: ANY,
        kind: Kind::UnknownError,
        places: codes,
        file: "has no example of it where it happens",
        truth,
        instead: status,
    }
}

pub const TABLE: &[Difference] = &[
    unknown(
        &["100/2388001", "100/2388012", "100/2388103"],
        "the migration guide: why a number cannot be moved; subcodes come with 100",
        r#"{"const": 400}"#,
    ),
    unknown(
        &[
            "136024/2388091",
            "136024/2388366",
            "136024/2388367",
            "136025",
            "136025/2388093",
        ],
        "the references of request_code and verify_code list the codes; the subcodes were seen",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["133005", "133006", "133008", "133009", "133015", "133016"],
        "the table of errors: 400, for limits and for a number that needs verifying too",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["133000", "131000", "131016"],
        "the table of errors: something went wrong at Meta; and under 200, as in the row below",
        r#"{"enum": [500, 200]}"#,
    ),
    unknown(
        &["133004"],
        "the table of errors: the server is away for a while",
        r#"{"const": 503}"#,
    ),
    unknown(
        &["33", "100/33"],
        "the table of errors: 400 for what is not there, or not to be seen",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["80008"],
        "the reference of the account's edges: too many calls, and a 400 like all limits",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["10", "200", "368", "131031"],
        "the table of errors: forbidden",
        r#"{"const": 403}"#,
    ),
    unknown(
        &["190/463"],
        "the table of errors: the token has expired",
        r#"{"const": 401}"#,
    ),
    unknown(
        &["131042"],
        "the table of errors: there is a problem with the payment",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["100/2494100"],
        "the migration guide: the account is in maintenance",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["200000"],
        "the reference of phone_numbers: the number cannot be added",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["2200"],
        "the reference of subscribed_apps: the callback did not answer",
        r#"{"const": 400}"#,
    ),
    unknown(
        &["987654/7654321"],
        "nobody's: it stands for the codes that Meta will add",
        r#"{"const": 400}"#,
    ),
    Difference {
        on: ANY,
        kind: Kind::ErrorStatus,
        places: &["4"],
        file: "the app's limit is a 429",
        truth: "the table of errors: a 400, so that the code decides and never the status",
        instead: r#"{"const": 400}"#,
    },
    Difference {
        on: ANY,
        kind: Kind::ErrorStatus,
        places: &["2"],
        file: "a passing overload is a 500",
        truth: "the table of errors: a 503",
        instead: r#"{"const": 503}"#,
    },
    Difference {
        on: ANY,
        kind: Kind::Status,
        places: &["503"],
        file: "no operation answers 503",
        truth: "the table of errors: 2 and 133004 come under it",
        instead: ERROR,
    },
    Difference {
        on: "GET /{WABA-ID}/message_templates",
        kind: Kind::Status,
        places: &["400", "401", "403"],
        file: "nothing of errors",
        truth: "the guide to errors: they are those of all calls",
        instead: ERROR,
    },
    Difference {
        on: "POST /{WABA-ID}/phone_numbers",
        kind: Kind::Status,
        places: &["200"],
        file: "200 is success",
        truth: "nothing documents it for a single call, but batches carry errors so; the sandbox has a number for it",
        instead: ERROR,
    },
    Difference {
        on: ANY,
        kind: Kind::Undeclared,
        places: &["answer/error/error_data"],
        file: "an error has no such field",
        truth: "the guide to errors: an object with messaging_product and details; other products have a string",
        instead: r#"{"type": ["object", "string"], "required": ["messaging_product", "details"], "properties":
            {"messaging_product": {"const": "whatsapp"}, "details": {"type": "string"}}}"#,
    },
    Difference {
        on: ANY,
        kind: Kind::NotJson,
        places: &["502"],
        file: "every answer is JSON",
        truth: "what stands before Graph answers with pages; and an answer that gets lost is recorded as an empty 502",
        instead: r#"{"pattern": "^$|^<!DOCTYPE html>"}"#,
    },
    Difference {
        on: ANY,
        kind: Kind::NotJson,
        places: &["200"],
        file: "every answer is JSON",
        truth: "an answer may break off on its way; the sandbox has numbers for it",
        instead: r#"{"enum": ["", "{\"success\":tr"]}"#,
    },
];
