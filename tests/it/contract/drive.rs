//! Drives every call of the adapter against every scenario of the sandbox.

use std::collections::BTreeSet;

use domain::{CodeMethod, PhoneNumber, PhoneNumberId, Pin, WabaId};
use sandbox::{Sandbox, scenario};
use waba_migrator::graph::{Access, Client, Session};
use waba_migrator::util::clock::Clock;

use crate::support::defaults;
use crate::support::graph::Writes as _;

/// Enum values in lower and in upper case, by the last digit.
const DESTINATIONS: [&str; 2] = ["200000000000002", "200000000000003"];
/// A number whose national part begins with a zero that is dialled from abroad too.
const ITALIAN: &str = "+390612345678";
/// First of the numbers that make the source's list longer than a page.
const MORE: u64 = 14_155_550_300;

/// The version of Graph that the service calls by default.
pub fn version() -> String {
    defaults::graph("http://127.0.0.1:9")
        .version
        .as_str()
        .to_owned()
}

/// The accounts that are called.
pub fn accounts() -> BTreeSet<String> {
    let odd = scenario::account::ALL.iter().map(|account| account.id);
    odd.chain(DESTINATIONS)
        .chain([scenario::account::SOURCE])
        .map(str::to_owned)
        .collect()
}

/// Makes every call often enough to trigger every scenario.
pub async fn everything(sandbox: &Sandbox, uri: &str) {
    for number in MORE..MORE + 10 {
        sandbox.place_number(&number.to_string());
    }
    let client = client(uri);
    let plain = access("EAAB-a-good-token");
    let proving = Access {
        app_id: "1046329871234567".parse().ok(),
        app_secret: "the-secret-of-an-app".parse().ok(),
        ..plain.clone()
    };
    whole_move(
        sandbox,
        client.session(&plain),
        DESTINATIONS[0],
        "+12025550100",
    )
    .await;
    whole_move(sandbox, client.session(&proving), DESTINATIONS[1], ITALIAN).await;

    for scenario in scenario::all() {
        // A separate adapter: after Meta refused the whole app, it would make no other call.
        let client = self::client(uri);
        let session = client.session(&plain);
        any_end(sandbox, session, &waba(DESTINATIONS[0]), scenario.number).await;
    }
    let session = client.session(&plain);
    for account in scenario::account::ALL {
        reads_and_adds(session, &waba(account.id)).await;
    }
    for flawed in scenario::token::ALL {
        let flawed = access(flawed.token);
        reads_and_adds(client.session(&flawed), &waba(DESTINATIONS[0])).await;
    }
    let unknown: PhoneNumberId = "999999999999999".parse().unwrap();
    session.register(&unknown, &pin()).await.unwrap_err();
}

/// A move without problems.
async fn whole_move(sandbox: &Sandbox, session: Session<'_>, destination: &str, phone: &str) {
    let (destination, source) = (waba(destination), waba(scenario::account::SOURCE));
    let number: PhoneNumber = phone.parse().unwrap();
    session
        .facts(&destination, Some(&source), &number)
        .await
        .unwrap();
    session.subscribe(&destination).await.unwrap();
    let apps = session.subscribed_apps(&destination).await;
    assert_eq!(apps.map(|apps| apps.count), Ok(1));
    let id = session.add_number(&destination, &number).await.unwrap();
    session.register(&id, &pin()).await.unwrap_err();
    for (method, language) in [(CodeMethod::Voice, "en"), (CodeMethod::Sms, "en_US")] {
        let language = language.parse().unwrap();
        session.request_code(&id, method, &language).await.unwrap();
    }
    let code = sandbox.messages(phone).pop().unwrap().code;
    session
        .verify_code(&id, &code.parse().unwrap())
        .await
        .unwrap();
    assert!(session.number(&id).await.unwrap().is_verified());
    session.register(&id, &pin()).await.unwrap();
    let moved = session.confirmation(&id, &destination).await.unwrap();
    assert!(moved.listed && moved.templates.is_some());
}

/// The same calls for a number with any result.
async fn any_end(sandbox: &Sandbox, session: Session<'_>, destination: &WabaId, phone: &str) {
    let number: PhoneNumber = phone.parse().unwrap();
    for _ in 0..3 {
        if session.add_number(destination, &number).await.is_ok() {
            break;
        }
    }
    let Ok(Some(found)) = session.find_number(destination, &number).await else {
        return;
    };
    let (id, language) = (found.id, "en_US".parse().unwrap());
    for _ in 0..3 {
        let sent = session.request_code(&id, CodeMethod::Sms, &language).await;
        if sent.is_ok() {
            break;
        }
    }
    if let Some(message) = sandbox.messages(phone).pop() {
        for _ in 0..3 {
            let code = message.code.parse().unwrap();
            if session.verify_code(&id, &code).await.is_ok() {
                break;
            }
        }
    }
    for _ in 0..3 {
        if session.register(&id, &pin()).await.is_ok() {
            break;
        }
    }
    let _ = session.confirmation(&id, destination).await;
}

/// The reads of an account and the calls that change it, with any result.
async fn reads_and_adds(session: Session<'_>, waba: &WabaId) {
    let number: PhoneNumber = "+12025550199".parse().unwrap();
    let _ = session.facts(waba, None, &number).await;
    let _ = session.subscribe(waba).await;
    let _ = session.add_number(waba, &number).await;
    let _ = session.find_number(waba, &number).await;
}

fn client(uri: &str) -> Client {
    Client::new(defaults::graph(uri), Clock::default()).unwrap()
}

fn access(token: &str) -> Access {
    Access {
        token: token.parse().unwrap(),
        app_id: None,
        app_secret: None,
    }
}

fn waba(id: &str) -> WabaId {
    id.parse().unwrap()
}

fn pin() -> Pin {
    "482913".parse().unwrap()
}
