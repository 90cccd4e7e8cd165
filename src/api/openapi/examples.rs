//! Requests as they may be made. A test holds that each is one.

use serde_json::{Value as Json, json};

use crate::api::contract::Rpc;

/// The id of a migration.
pub(super) const MIGRATION_ID: &str = "mig_01935f00000070008000000000000001";

/// Bodies for this RPC, by what they ask for.
pub(super) fn of(rpc: &Rpc) -> Option<Json> {
    let (destination, source) = ("215589313241560", "104996122399160");
    let examples = match rpc.method.name() {
        "Migrate" => json!({
            "a number that another provider has": { "value": {
                "requestId": "order-4711",
                "phoneNumber": "+12025550100",
                "sourceWabaId": source,
                "destinationWabaId": destination,
            }},
            "held before the cutover, by a phone call": { "value": {
                "requestId": "order-4712",
                "phoneNumber": "+1 202 555 0101",
                "destinationWabaId": destination,
                "codeMethod": "CODE_METHOD_VOICE",
                "language": "pt_BR",
                "cutover": { "hold": true },
                "labels": { "team": "north" },
                "wait": "0s",
            }},
        }),
        "CheckEligibility" => json!({ "a number": { "value": {
            "phoneNumber": "+12025550100",
            "sourceWabaId": source,
            "destinationWabaId": destination,
        }}}),
        "SubmitCode" => json!({ "the code of the SMS": { "value": { "code": "123-830" } } }),
        "ResendCode" => {
            json!({ "by a phone call": { "value": { "codeMethod": "CODE_METHOD_VOICE" } } })
        }
        "Resume" => json!({
            "a remedy was applied": { "value": {} },
            "with another token": { "value": { "accessToken": "EAAB…" } },
        }),
        "Cancel" | "RevealTwoStepPin" => json!({ "the migration is in the path": { "value": {} } }),
        "ForgetNumber" => {
            json!({ "a number": { "value": { "phoneNumber": "+12025550100" } } })
        }
        _ => return None,
    };
    Some(examples)
}
