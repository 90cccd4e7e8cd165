//! The database fails over to a replica that lacks the last commits, during a register call.

use std::sync::Arc;
use std::time::Duration;

use sandbox::{Call, Fault, Kind};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use waba_migrator::proto::v1::State;

use super::caller::Caller;
use super::replicas::{Replicas, Setup};
use super::verdict::check;
use crate::support::proxy::{Passes, Proxy};
use crate::support::wait::eventually;

/// Meta shows a registration late.
const SHOWN_AFTER: Duration = Duration::from_secs(5);
const SETTINGS: [&str; 3] = [
    "graph.timeout=6s",
    "graph.register_timeout=6s",
    "engine.register_settles=6s",
];
const LEASE: Duration = Duration::from_secs(1);
/// Duration of the call before the register call, in which the replica receives its intent.
const VERIFY: Duration = Duration::from_secs(2);
/// Duration of the register call, in which the primary fails.
const REGISTER: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
async fn a_register_call_that_a_failover_forgot_is_not_repeated_before_meta_shows_it() {
    let mut setup = Setup {
        lease: LEASE,
        settings: &SETTINGS,
        proxied: true,
        ..Setup::default()
    };
    setup.sandbox.connects_after = SHOWN_AFTER;
    let processes = setup.processes;
    let replicas = Arc::new(Replicas::start(setup).await);
    let primary = &replicas.database;
    let replication = Proxy::before(&primary.url).await;
    let replica = tokio::task::block_in_place(|| primary.replica(replication.port()));
    let caller = Caller::new(&replicas, 0);
    let number = caller.number();
    let id = caller.migrate(Duration::ZERO).await;
    caller.reaches(&id, State::WaitingForCode).await;

    let late = |time: Duration, call: Call| {
        let delay_ms = time.as_millis().try_into().unwrap();
        let fault = Fault::new(Kind::Delay { delay_ms });
        replicas
            .sandbox
            .inject(fault.on_number(&number).on_call(call));
    };
    late(VERIFY, Call::VerifyCode);
    late(REGISTER, Call::Register);
    let made = async |call: Call| {
        eventually(async || !replicas.calls(&number, call).is_empty()).await;
    };
    let code = replicas.sandbox.messages(&number).pop().unwrap().code;
    let at_once = Some(Duration::ZERO);
    assert!(caller.submit_code(&id, 0, &code, at_once).await);
    made(Call::VerifyCode).await;
    let committed = lsn(&primary.url, "pg_current_wal_lsn()").await;
    eventually(async || lsn(&replica.url, "pg_last_wal_replay_lsn()").await >= committed).await;
    // From here on the replica receives nothing, like one behind a slow network.
    replication.lets(Passes::Nothing);
    assert!(
        replicas.calls(&number, Call::Register).is_empty(),
        "the replica lacks the intent to register"
    );
    made(Call::Register).await;
    tokio::task::block_in_place(|| {
        primary.halt();
        replica.promote();
    });
    for n in 0..processes {
        replicas.proxy(n).leads_to(&replica.url);
    }

    let ended = caller.see_through(&id).await;
    assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
    let history = caller.history(&id).await;
    check(&number, &history, &replicas.sandbox.ledger());
    let registers = replicas.calls(&number, Call::Register);
    assert_eq!(registers.len(), 1, "{registers:#?}");
}

/// A position in the log of the database at `url`, in bytes.
async fn lsn(url: &str, function: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let position = format!("SELECT ({function} - '0/0'::pg_lsn)::bigint");
    let position = sqlx::query_scalar(AssertSqlSafe(position));
    let position = position.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    position
}
