//! Every row of the tables, driven to the end that it documents by the simplest careful client.
//!
//! The client reads before it writes, repeats a call a few times, never repeats a request for a
//! code whose response was lost, and waits by moving the clock. What stops it is what a person must
//! fix.

use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{Answer, SandboxHarness, WABA, added};
use crate::scenario::{self, End};

const TRIES: usize = 4;

async fn find(harness: &SandboxHarness, waba: &str, digits: &str) -> Option<String> {
    let path = format!("/v27.0/{waba}/phone_numbers?limit=100");
    let mut list = harness.get(&path).await.json();
    loop {
        if let Some(found) = find_in(&list, digits) {
            return Some(found);
        }
        list["paging"]["next"].as_str()?;
        let after = list["paging"]["cursors"]["after"].as_str()?;
        list = harness.get(&format!("{path}&after={after}")).await.json();
    }
}

fn find_in(list: &Value, digits: &str) -> Option<String> {
    let own = |row: &&Value| {
        let shown: String = row["display_phone_number"]
            .as_str()
            .unwrap()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        shown == digits && row["status"] != "DELETED"
    };
    list["data"].as_array()?.iter().find(own)?["id"]
        .as_str()
        .map(str::to_owned)
}

async fn is(harness: &SandboxHarness, id: &str, field: &str, value: &str) -> bool {
    harness
        .get(&format!("/v27.0/{id}?fields={field}"))
        .await
        .json()[field]
        == value
}

fn worked(answer: Option<&Answer>) -> bool {
    answer.is_some_and(|answer| answer.status == 200 && answer.json()["success"] == true)
}

async fn added_id(harness: &SandboxHarness, waba: &str, number: &str) -> Option<String> {
    for _ in 0..TRIES {
        harness
            .try_post(&format!("{waba}/subscribed_apps"), json!({}))
            .await;
        harness
            .try_post(&format!("{waba}/phone_numbers"), added(number))
            .await;
        if let Some(id) = find(harness, waba, number.trim_start_matches('+')).await {
            return Some(id);
        }
        harness.pass(Duration::from_mins(15));
    }
    None
}

async fn prove(harness: &SandboxHarness, id: &str, number: &str) -> bool {
    for _ in 0..TRIES {
        if is(harness, id, "code_verification_status", "VERIFIED").await {
            return true;
        }
        let before = harness.sandbox.messages(number).len();
        let body = json!({"code_method": "SMS", "language": "en_US"});
        let sent = harness.try_post(&format!("{id}/request_code"), body).await;
        let inbox = harness.sandbox.messages(number);
        if inbox.len() > before {
            let code = &inbox.last().unwrap().code;
            for _ in 0..TRIES {
                harness
                    .try_post(&format!("{id}/verify_code"), json!({ "code": code }))
                    .await;
                if is(harness, id, "code_verification_status", "VERIFIED").await {
                    return true;
                }
            }
        } else if sent.is_none() || worked(sent.as_ref()) {
            return false;
        }
        harness.pass(Duration::from_mins(15));
    }
    is(harness, id, "code_verification_status", "VERIFIED").await
}

async fn moved(harness: &SandboxHarness, waba: &str, number: &str) -> bool {
    let Some(id) = added_id(harness, waba, number).await else {
        return false;
    };
    for _ in 0..TRIES {
        if !prove(harness, &id, number).await {
            return false;
        }
        let body = json!({"messaging_product": "whatsapp", "pin": "123456"});
        let answer = harness.try_post(&format!("{id}/register"), body).await;
        if worked(answer.as_ref()) || is(harness, &id, "platform_type", "CLOUD_API").await {
            break;
        }
        harness.pass(Duration::from_mins(15));
    }
    for _ in 0..TRIES {
        // Connected numbers have many statuses.
        let connected = is(harness, &id, "platform_type", "CLOUD_API").await;
        if connected
            && find(harness, waba, number.trim_start_matches('+'))
                .await
                .is_some()
        {
            return true;
        }
    }
    false
}

fn effective(harness: &SandboxHarness, call: &str) -> usize {
    harness
        .sandbox
        .ledger()
        .iter()
        .filter(|entry| entry.effective && entry.call.to_string() == call)
        .count()
}

#[tokio::test]
async fn every_number_ends_as_documented_and_moves_once_fixed() {
    for row in scenario::all() {
        let harness = SandboxHarness::new().await;
        // A client that asks again by itself gets a code there; a careful service asks a person
        // first.
        let moves = row.ends_as == End::Succeeded || row.name == "code_limit";
        assert_eq!(
            moved(&harness, WABA, row.number).await,
            moves,
            "{}",
            row.name
        );
        if row.ends_as != End::Succeeded {
            assert!(harness.sandbox.fix_number(row.number));
            assert!(
                moved(&harness, WABA, row.number).await,
                "{} does not move once fixed",
                row.name
            );
        }
        assert!(effective(&harness, "add_number") <= 1, "{}", row.name);
        assert!(effective(&harness, "unknown") == 0, "{}", row.name);
    }
}

#[tokio::test]
async fn every_account_ends_as_documented_and_accepts_the_number_once_fixed() {
    for row in scenario::account::ALL {
        let harness = SandboxHarness::new().await;
        let number = "+4915112345678";
        assert_eq!(
            moved(&harness, row.id, number).await,
            row.ends_as == End::Succeeded,
            "{}",
            row.name
        );
        if row.ends_as != End::Succeeded {
            harness.sandbox.fix_account(row.id);
            assert!(
                moved(&harness, row.id, number).await,
                "{} does not take it once fixed",
                row.name
            );
        }
    }
}
