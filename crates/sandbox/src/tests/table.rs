//! Every row of the tables, driven to the end that it documents by the simplest careful client.
//!
//! The client reads before it writes, repeats a call a few times, never repeats a request for a code whose answer was lost, and
//! waits by moving the clock. Whatever it cannot get past is what a person must mend.

use std::time::Duration;

use serde_json::{Value, json};

use super::town::{Answer, Town, WABA, added};
use crate::scenario::{self, End};

const TRIES: usize = 4;

async fn find(town: &Town, waba: &str, digits: &str) -> Option<String> {
    let path = format!("/v27.0/{waba}/phone_numbers?limit=100");
    let mut list = town.get(&path).await.json();
    loop {
        if let Some(found) = find_in(&list, digits) {
            return Some(found);
        }
        list["paging"]["next"].as_str()?;
        let after = list["paging"]["cursors"]["after"].as_str()?;
        list = town.get(&format!("{path}&after={after}")).await.json();
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

async fn is(town: &Town, id: &str, field: &str, value: &str) -> bool {
    town.get(&format!("/v27.0/{id}?fields={field}"))
        .await
        .json()[field]
        == value
}

fn worked(answer: Option<&Answer>) -> bool {
    answer.is_some_and(|answer| answer.status == 200 && answer.json()["success"] == true)
}

async fn added_id(town: &Town, waba: &str, number: &str) -> Option<String> {
    for _ in 0..TRIES {
        town.try_post(&format!("{waba}/subscribed_apps"), json!({}))
            .await;
        town.try_post(&format!("{waba}/phone_numbers"), added(number))
            .await;
        if let Some(id) = find(town, waba, number.trim_start_matches('+')).await {
            return Some(id);
        }
        town.pass(Duration::from_mins(15));
    }
    None
}

async fn prove(town: &Town, id: &str, number: &str) -> bool {
    for _ in 0..TRIES {
        if is(town, id, "code_verification_status", "VERIFIED").await {
            return true;
        }
        let before = town.sandbox.messages(number).len();
        let body = json!({"code_method": "SMS", "language": "en_US"});
        let sent = town.try_post(&format!("{id}/request_code"), body).await;
        let inbox = town.sandbox.messages(number);
        if inbox.len() > before {
            let code = &inbox.last().unwrap().code;
            for _ in 0..TRIES {
                town.try_post(&format!("{id}/verify_code"), json!({ "code": code }))
                    .await;
                if is(town, id, "code_verification_status", "VERIFIED").await {
                    return true;
                }
            }
        } else if sent.is_none() || worked(sent.as_ref()) {
            return false;
        }
        town.pass(Duration::from_mins(15));
    }
    is(town, id, "code_verification_status", "VERIFIED").await
}

async fn moved(town: &Town, waba: &str, number: &str) -> bool {
    let Some(id) = added_id(town, waba, number).await else {
        return false;
    };
    for _ in 0..TRIES {
        if !prove(town, &id, number).await {
            return false;
        }
        let body = json!({"messaging_product": "whatsapp", "pin": "123456"});
        let answer = town.try_post(&format!("{id}/register"), body).await;
        if worked(answer.as_ref()) || is(town, &id, "platform_type", "CLOUD_API").await {
            break;
        }
        town.pass(Duration::from_mins(15));
    }
    for _ in 0..TRIES {
        // Connected numbers have many words for their status.
        let connected = is(town, &id, "platform_type", "CLOUD_API").await;
        if connected
            && find(town, waba, number.trim_start_matches('+'))
                .await
                .is_some()
        {
            return true;
        }
    }
    false
}

fn effective(town: &Town, call: &str) -> usize {
    town.sandbox
        .ledger()
        .iter()
        .filter(|entry| entry.effective && entry.call.to_string() == call)
        .count()
}

#[tokio::test]
async fn every_number_ends_as_documented_and_moves_once_mended() {
    for row in scenario::all() {
        let town = Town::new().await;
        // A client that asks again by itself gets a code there; a careful service asks a person first.
        let moves = row.ends_as == End::Succeeded || row.name == "code_limit";
        assert_eq!(moved(&town, WABA, row.number).await, moves, "{}", row.name);
        if row.ends_as != End::Succeeded {
            assert!(town.sandbox.mend_number(row.number));
            assert!(
                moved(&town, WABA, row.number).await,
                "{} does not move once mended",
                row.name
            );
        }
        assert!(effective(&town, "add_number") <= 1, "{}", row.name);
        assert!(effective(&town, "unknown") == 0, "{}", row.name);
    }
}

#[tokio::test]
async fn every_account_ends_as_documented_and_takes_the_number_once_mended() {
    for row in scenario::account::ALL {
        let town = Town::new().await;
        let number = "+4915112345678";
        assert_eq!(
            moved(&town, row.id, number).await,
            row.ends_as == End::Succeeded,
            "{}",
            row.name
        );
        if row.ends_as != End::Succeeded {
            town.sandbox.mend_account(row.id);
            assert!(
                moved(&town, row.id, number).await,
                "{} does not take it once mended",
                row.name
            );
        }
    }
}
