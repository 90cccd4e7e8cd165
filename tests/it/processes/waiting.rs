//! A register call of the first process that waits for a slot of the limiter, its intent committed.

use std::sync::Arc;
use std::time::Duration;

use sandbox::{Call, Entry, Fault, Kind};
use waba_migrator::proto::v1::{Event, EventKind, GraphCall, Migration, State};

use super::caller::Caller;
use super::replicas::{Replicas, Setup};
use super::verdict::check;
use crate::support::wait::eventually;

/// The processes here.
pub const FIRST: usize = 0;
pub const SECOND: usize = 1;

/// Duration of a lease here.
pub const LEASE: Duration = Duration::from_secs(1);

/// One call about an account at a time. No call of the tests exceeds its timeout.
const SETTINGS: [&str; 4] = [
    "graph.calls_per_waba=1",
    "graph.timeout=4s",
    "graph.register_timeout=4s",
    "engine.register_settles=4s",
];

/// Duration of the read before the register call: enough to queue another call behind it.
const READ: Duration = Duration::from_millis(1500);

/// A migration of the first process whose register call waits.
pub struct WaitingRegister {
    pub replicas: Arc<Replicas>,
    caller: Caller,
    id: String,
}

impl WaitingRegister {
    /// The call waits until another call about its account has ended, which takes this time.
    pub async fn begin(proxied: bool, blocked: Duration) -> Self {
        let mut setup = Setup {
            lease: LEASE,
            settings: &SETTINGS,
            proxied,
            ..Setup::default()
        };
        setup.sandbox.reads_in_ledger = true;
        let replicas = Arc::new(Replicas::start(setup).await);
        // Both are of one account, and both call the first process.
        let [moved, other] = [0, 2].map(|n| Caller::new(&replicas, n));
        let (id, other_id) = tokio::join!(waits_for_code(&moved), waits_for_code(&other));
        let late = |caller: &Caller, time: Duration| {
            let delay_ms = time.as_millis().try_into().unwrap();
            Fault::new(Kind::Delay { delay_ms }).on_number(&caller.number())
        };
        let sandbox = &replicas.sandbox;
        sandbox.inject(late(&moved, READ).on_call(Call::ReadObject));
        sandbox.inject(late(&other, blocked));
        let code = sandbox.messages(&moved.number()).pop().unwrap().code;
        let at_once = Some(Duration::ZERO);
        assert!(moved.submit_code(&id, FIRST, &code, at_once).await);
        // The slot is taken by the read, then by the call that waits for it first.
        let is_read = async || !replicas.calls(&moved.number(), Call::ReadObject).is_empty();
        eventually(is_read).await;
        assert!(other.resend_code(&other_id, FIRST, at_once).await);
        let caller = Caller {
            first: SECOND,
            ..moved
        };
        let this = Self {
            replicas,
            caller,
            id,
        };
        eventually(async || this.intents().await.len() == 1).await;
        assert_eq!(this.registers(), Vec::<&str>::new(), "the call waits");
        this
    }

    /// Waits, with the second process, until the migration has succeeded.
    pub async fn succeeds(&self) -> Migration {
        let ended = self.caller.see_through(&self.id).await;
        assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
        ended
    }

    /// Waits until the first process has made further calls about the account. A call that waited
    /// for the limiter before them was made, or never will be.
    pub async fn limiter_moves_on(&self) {
        let next = Caller {
            first: FIRST,
            ..Caller::new(&self.replicas, 1)
        };
        waits_for_code(&next).await;
    }

    /// Who made the register calls of the migration, as the sandbox names them.
    pub fn registers(&self) -> Vec<&str> {
        let calls = self.replicas.calls(&self.caller.number(), Call::Register);
        let host = |entry: Entry| {
            let named = |n: &usize| self.replicas.host(*n) == entry.host;
            [FIRST, SECOND].into_iter().find(named).unwrap()
        };
        let names = calls.into_iter().map(host).map(|n| ["first", "second"][n]);
        names.collect()
    }

    /// Checks its history and its calls.
    pub async fn check(&self) {
        let history = self.caller.history(&self.id).await;
        check(
            &self.caller.number(),
            &history,
            &self.replicas.sandbox.ledger(),
        );
    }

    /// Its intents to register.
    async fn intents(&self) -> Vec<Event> {
        let mut history = self.caller.history(&self.id).await;
        history.retain(|event| {
            event.kind() == EventKind::CallSent && event.call() == GraphCall::Register
        });
        history
    }
}

/// Starts a migration, and waits until it waits for its code; its id.
async fn waits_for_code(caller: &Caller) -> String {
    let id = caller.migrate(Duration::ZERO).await;
    caller.reaches(&id, State::WaitingForCode).await;
    id
}
