//! Example requests. A test checks that the service accepts each of them.

use serde_json::{Value as Json, json};

use crate::api::contract::Rpc;

/// The id of a migration.
pub(in crate::api) const MIGRATION_ID: &str = "mig_01935f00000070008000000000000001";

/// Example bodies for this RPC, by their summary.
pub(in crate::api) fn of(rpc: &Rpc) -> Option<Json> {
    let (destination, source) = ("215589313241560", "104996122399160");
    let examples = match rpc.method.name() {
        "Migrate" => json!({
            "a number at another provider": { "value": {
                "requestId": "order-4711",
                "phoneNumber": "+12025550100",
                "sourceWabaId": source,
                "destinationWabaId": destination,
            }},
            "with a phone call, and a stop before the cutover": { "value": {
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
        "SubmitCode" => json!({ "the code from the SMS": { "value": { "code": "123-830" } } }),
        "ResendCode" => {
            json!({ "by a phone call": { "value": { "codeMethod": "CODE_METHOD_VOICE" } } })
        }
        "Resume" => json!({
            "after a remedy": { "value": {} },
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
