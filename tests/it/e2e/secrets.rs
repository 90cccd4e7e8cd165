//! Secrets of ended migrations: what remains of them in the database.

use domain::MigrationId;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind};
use waba_migrator::proto::v1::{CancelRequest, MigrateRequest, State};

use crate::support::raw::{self, Cell};
use crate::support::service::ServiceHarness;

const MOVES: &str = "+12025550192";
/// Deleted at Meta before its code is requested.
const FAILS: &str = "+12025550110";
const IS_CANCELED: &str = "+12025550190";
const EXPIRES: &str = "+12025550191";

/// Retries happen only after the clock is moved, and while a code is valid.
const SETTINGS: [(&str, &str); 2] = [("engine.retry_base", "4m"), ("engine.retry_cap", "4m")];

fn with_token(request: &mut MigrateRequest) {
    "EAABcanaryToken".clone_into(&mut request.access_token);
}

/// Meta is busy when the code is submitted, so that the code is kept for a retry.
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

/// The encrypted token, PIN and code of a migration.
async fn kept(service: &ServiceHarness, id: &str) -> [Option<Vec<u8>>; 3] {
    let (url, id) = (service.store_url(), id.parse::<MigrationId>().unwrap());
    let mut secrets = [None, None, None];
    for (secret, column) in secrets.iter_mut().zip(Cell::MIGRATION) {
        *secret = raw::sealed(&url, &Cell::of_migration(id, column)).await;
    }
    secrets
}

async fn held(service: &ServiceHarness, id: &str) -> [bool; 3] {
    kept(service, id).await.map(|secret| secret.is_some())
}

/// Moves, cancels, fails and expires migrations. Returns every encrypted value that must be
/// removed.
async fn secrets_are_removed_at_the_end(service: &ServiceHarness) -> Vec<Vec<u8>> {
    let mut gone = Vec::new();

    let moving = service.migrate_with(MOVES, with_token).await.unwrap();
    let [token, pin, code] = kept(service, &moving.id).await;
    assert!(token.is_some() && pin.is_some() && code.is_none());
    gone.extend(token);
    service.sandbox.inject(busy());
    let code = service.code(MOVES).unwrap();
    service.submit(&moving.id, &code).await.unwrap();
    let [token, pin, code] = kept(service, &moving.id).await;
    assert!(token.is_some() && pin.is_some());
    gone.push(code.expect("an unused code is kept"));
    service.clock.advance(SignedDuration::from_mins(4));
    let moved = service.settled(&moving.id).await;
    assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
    assert_eq!(held(service, &moving.id).await, [false, true, false]);

    let waiting = service.migrate_with(IS_CANCELED, with_token).await.unwrap();
    gone.extend(kept(service, &waiting.id).await.into_iter().flatten());
    let cancel = CancelRequest {
        migration_id: waiting.id.clone(),
        wait: None,
    };
    service.client.clone().cancel(cancel).await.unwrap();
    assert_eq!(held(service, &waiting.id).await, [false; 3]);

    let failed = service.migrate_with(FAILS, with_token).await.unwrap();
    assert_eq!(failed.state(), State::Failed);
    assert_eq!(held(service, &failed.id).await, [false; 3]);

    let waiting = service.migrate_with(EXPIRES, with_token).await.unwrap();
    gone.extend(kept(service, &waiting.id).await.into_iter().flatten());
    service.clock.advance(SignedDuration::from_hours(24 * 15));
    let ended = |migration: &waba_migrator::proto::v1::Migration| {
        migration.state() != State::WaitingForCode
    };
    let expired = service.until(&waiting.id, ended).await;
    assert_eq!(expired.state(), State::Expired);
    assert_eq!(held(service, &waiting.id).await, [false; 3]);
    gone
}

#[tokio::test]
async fn on_sqlite_secrets_are_removed_at_the_end_also_from_the_file() {
    let mut service = ServiceHarness::with(&SETTINGS).await;
    let gone = Box::pin(secrets_are_removed_at_the_end(&service)).await;
    assert_eq!(gone.len(), 6);
    service.stop().await;
    for entry in std::fs::read_dir(service.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for sealed in &gone {
            let found = bytes.windows(sealed.len()).any(|window| window == sealed);
            assert!(!found, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn on_postgresql_secrets_are_removed_at_the_end() {
    let service = ServiceHarness::on_postgres(&SETTINGS).await;
    Box::pin(secrets_are_removed_at_the_end(&service)).await;
}
