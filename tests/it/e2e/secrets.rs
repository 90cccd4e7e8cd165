//! Secrets of a migration that has ended: what is left of them in the database's own rows.

use domain::MigrationId;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind};
use waba_migrator::proto::v1::{CancelRequest, MigrateRequest, State};

use super::stack::Stack;
use crate::support::raw::{self, Cell};

const MOVES: &str = "+12025550192";
/// It is deleted at Meta before its code is requested.
const FAILS: &str = "+12025550110";
const IS_CANCELED: &str = "+12025550190";
const EXPIRES: &str = "+12025550191";

/// A retry comes only when the clock is moved, and within the time that a code is good for.
const SETTINGS: [(&str, &str); 2] = [("engine.retry_base", "4m"), ("engine.retry_cap", "4m")];

fn with_token(request: &mut MigrateRequest) {
    "EAABcanaryToken".clone_into(&mut request.access_token);
}

/// Meta is busy when the code is handed in: it is kept for another try.
fn busy() -> Fault {
    let kind = Kind::Error {
        code: 133_004,
        subcode: None,
        title: None,
        message: None,
        details: None,
        transient: true,
        status: 503,
    };
    Fault::new(kind).on_call(Call::VerifyCode)
}

/// Token, PIN and code of a migration, as they are kept.
async fn kept(stack: &Stack, id: &str) -> [Option<Vec<u8>>; 3] {
    let (url, id) = (stack.store_url(), id.parse::<MigrationId>().unwrap());
    let mut secrets = [None, None, None];
    for (secret, column) in secrets.iter_mut().zip(Cell::MIGRATION) {
        *secret = raw::sealed(&url, &Cell::of_migration(id, column)).await;
    }
    secrets
}

async fn held(stack: &Stack, id: &str) -> [bool; 3] {
    kept(stack, id).await.map(|secret| secret.is_some())
}

/// Moves, cancels, fails and expires migrations; answers every sealed value that must be gone.
async fn secrets_go_with_the_end(stack: &Stack) -> Vec<Vec<u8>> {
    let mut gone = Vec::new();

    let moving = stack.migrate_with(MOVES, with_token).await.unwrap();
    let [token, pin, code] = kept(stack, &moving.id).await;
    assert!(token.is_some() && pin.is_some() && code.is_none());
    gone.extend(token);
    stack.sandbox.inject(busy());
    let code = stack.code(MOVES).unwrap();
    stack.submit(&moving.id, &code).await.unwrap();
    let [token, pin, code] = kept(stack, &moving.id).await;
    assert!(token.is_some() && pin.is_some());
    gone.push(code.expect("a code that was not used yet is kept"));
    stack.clock.advance(SignedDuration::from_mins(4));
    let moved = stack.settled(&moving.id).await;
    assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
    assert_eq!(held(stack, &moving.id).await, [false, true, false]);

    let waiting = stack.migrate_with(IS_CANCELED, with_token).await.unwrap();
    gone.extend(kept(stack, &waiting.id).await.into_iter().flatten());
    let cancel = CancelRequest {
        migration_id: waiting.id.clone(),
        wait: None,
    };
    stack.client.clone().cancel(cancel).await.unwrap();
    assert_eq!(held(stack, &waiting.id).await, [false; 3]);

    let failed = stack.migrate_with(FAILS, with_token).await.unwrap();
    assert_eq!(failed.state(), State::Failed);
    assert_eq!(held(stack, &failed.id).await, [false; 3]);

    let waiting = stack.migrate_with(EXPIRES, with_token).await.unwrap();
    gone.extend(kept(stack, &waiting.id).await.into_iter().flatten());
    stack.clock.advance(SignedDuration::from_hours(24 * 15));
    let ended = |migration: &waba_migrator::proto::v1::Migration| {
        migration.state() != State::WaitingForCode
    };
    let expired = stack.until(&waiting.id, ended).await;
    assert_eq!(expired.state(), State::Expired);
    assert_eq!(held(stack, &waiting.id).await, [false; 3]);
    gone
}

#[tokio::test]
async fn on_sqlite_secrets_go_with_the_end_and_from_the_file_too() {
    let mut stack = Stack::with(&SETTINGS).await;
    let gone = Box::pin(secrets_go_with_the_end(&stack)).await;
    assert_eq!(gone.len(), 6);
    stack.stop().await;
    for entry in std::fs::read_dir(stack.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for sealed in &gone {
            let found = bytes.windows(sealed.len()).any(|window| window == sealed);
            assert!(!found, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn on_postgresql_secrets_go_with_the_end() {
    let stack = Stack::on_postgres(&SETTINGS).await;
    Box::pin(secrets_go_with_the_end(&stack)).await;
}
