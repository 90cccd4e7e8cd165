//! The caller: the client that starts the migration, and the people behind it. It survives the
//! engine.
//!
//! It does what the migration's state requires, and repeats a request whose answer never came, as a
//! good client does.

use std::time::Duration;

use domain::{
    CodeMethod, Command, CommandError, Cutover, Language, Machine, Migration, MigrationId, Pin,
    Principal, Request, Route, Secrets, State, VerificationCode,
};
use jiff::{SignedDuration, Timestamp};
use waba_migrator::engine::{Error, Started};

use waba_migrator::store::{Store as _, Workers as _};

use super::disturbances::Disturbance;
use super::engine_harness::EngineHarness;
use super::scenarios::{Habit, Scenario, When};
use crate::store::backend::Backend;
use crate::support::graph::Writes as _;

/// A code that the sandbox never sends.
pub const WRONG_CODE: &str = "000000";
/// Maximum tries of one code before another is requested.
const TRIES: u32 = 2;

/// The caller of one migration.
#[derive(Debug)]
pub struct Caller {
    scenario: Scenario,
    /// When the run began.
    begun: Timestamp,
    id: Option<MigrationId>,
    /// A command without an answer.
    unanswered: Option<Command>,
    /// It has done what its habit is.
    acted: bool,
    /// Number of messages when the newest code was submitted, and number of its tries.
    tried: (usize, u32),
    /// Disturbances still to cause, the next one last; `None` in a run without disturbances.
    disturbances: Option<Vec<Disturbance>>,
}

/// Quiet time after which a run with disturbances moves the clock.
const STILL: Duration = Duration::from_millis(700);
/// Pause between two disturbances.
const BETWEEN: Duration = Duration::from_millis(5);

impl Caller {
    pub fn new(scenario: Scenario, now: Timestamp) -> Self {
        Self {
            scenario,
            begun: now,
            id: None,
            unanswered: None,
            acted: false,
            tried: (0, 0),
            disturbances: None,
        }
    }

    /// The caller, in a run with these disturbances.
    pub fn with_disturbances(mut self, mut disturbances: Vec<Disturbance>) -> Self {
        disturbances.reverse();
        self.disturbances = Some(disturbances);
        self
    }

    /// Runs the migration to its end, with an engine that may crash meanwhile.
    pub async fn run<B: Backend>(&mut self, harness: EngineHarness<'_, B>) -> Migration {
        let mut newest = harness.store.newest();
        let id = self.start(&harness).await;
        loop {
            let migration = newest.borrow_and_update().clone().unwrap();
            if migration.state.is_terminal() {
                return migration;
            }
            if let Some(disturbance) = self.disturbances.as_mut().and_then(Vec::pop) {
                Box::pin(self.cause(&harness, id, disturbance)).await;
                let _ = tokio::time::timeout(BETWEEN, newest.changed()).await;
                continue;
            }
            if self.unanswered.is_none() {
                self.unanswered = self.next_command(&harness, &migration);
            }
            if let Some(command) = self.unanswered.clone() {
                self.send_command(&harness, id, command).await;
                continue;
            }
            pass_time(&harness, &migration);
            if self.disturbances.is_none() {
                newest.changed().await.unwrap();
            } else if tokio::time::timeout(STILL, newest.changed()).await.is_err() {
                // What another worker has claimed is claimed again when its lease has ended.
                end_thieves(&harness).await;
                harness.store.clock_moved();
                self.refresh(&harness, id).await;
            }
        }
    }

    /// Starts the migration; a repeat returns the same one.
    async fn start<B: Backend>(&mut self, harness: &EngineHarness<'_, B>) -> MigrationId {
        let environment = harness.environment;
        let secrets = Secrets {
            two_step_pin: Some(Pin::from_random([7; 8])),
            ..Secrets::default()
        };
        let started = loop {
            let asked = harness
                .engine
                .start(
                    &environment.tenant,
                    &Principal::anonymous(),
                    self.request(),
                    secrets.clone(),
                )
                .await;
            match asked {
                Ok(started) => break started,
                Err(Error::Store(_)) => {}
                Err(error) => panic!("{error}"),
            }
        };
        let (Started::New(accepted) | Started::Existing(accepted)) = started;
        let migration = accepted.migration;
        assert_eq!(*self.id.get_or_insert(migration.id), migration.id);
        migration.id
    }

    fn request(&self) -> Request {
        let cutover = match self.scenario.cutover {
            When::AtOnce => Cutover::Immediate,
            When::OnResume => Cutover::Hold,
            When::After(pause) => Cutover::NotBefore(self.begun + pause),
        };
        Request {
            source: self.scenario.source.map(|id| id.parse().unwrap()),
            route: self.scenario.route,
            cutover,
            ..Request::new(
                "the only one".parse().unwrap(),
                self.scenario.number.parse().unwrap(),
                self.scenario.destination.parse().unwrap(),
            )
        }
    }

    /// The command that it sends for the present state.
    fn next_command<B: Backend>(
        &mut self,
        harness: &EngineHarness<'_, B>,
        migration: &Migration,
    ) -> Option<Command> {
        let sandbox = &harness.environment.sandbox;
        match (migration.state, self.scenario.habit) {
            (_, Habit::CancelsAtOnce) | (State::WaitingForCode, Habit::CancelsAtCode) => {
                (!std::mem::replace(&mut self.acted, true)).then_some(Command::Cancel)
            }
            (State::WaitingForCode, Habit::Forgets) => None,
            (State::WaitingForCode, Habit::GuessesFirst) if !self.acted => {
                self.acted = true;
                WRONG_CODE.parse().ok().map(Command::SubmitCode)
            }
            (State::WaitingForCode, Habit::Resends) if !self.acted => {
                self.acted = true;
                Some(resend())
            }
            (State::WaitingForCode, _) => Some(self.submit_or_resend(harness)),
            (State::ActionRequired, _) => {
                sandbox.fix_number(self.scenario.number);
                sandbox.fix_account(self.scenario.destination);
                Some(resume())
            }
            (State::WaitingForCutover, _) if self.scenario.cutover == When::OnResume => {
                Some(resume())
            }
            _ => None,
        }
    }

    /// Submits the newest code that arrived; requests another if there is none, or if it was tried
    /// enough.
    fn submit_or_resend<B: Backend>(&mut self, harness: &EngineHarness<'_, B>) -> Command {
        let messages = harness.environment.sandbox.messages(self.scenario.number);
        let arrived = messages.len();
        match messages.last() {
            Some(message) if self.tried != (arrived, TRIES) => {
                let tries = if self.tried.0 == arrived {
                    self.tried.1 + 1
                } else {
                    1
                };
                self.tried = (arrived, tries);
                Command::SubmitCode(message.code.parse().unwrap())
            }
            _ => resend(),
        }
    }

    /// The newest code that arrived.
    pub fn newest_code<B: Backend>(
        &self,
        harness: &EngineHarness<'_, B>,
    ) -> Option<VerificationCode> {
        let messages = harness.environment.sandbox.messages(self.scenario.number);
        Some(messages.last()?.code.parse().unwrap())
    }

    /// Reads the migration without the engine, which does not know of a save whose answer was lost.
    async fn refresh<B: Backend>(&self, harness: &EngineHarness<'_, B>, id: MigrationId) {
        let (store, tenant) = (
            harness.database.store().clone(),
            harness.environment.tenant.clone(),
        );
        let read = harness
            .database
            .handle()
            .spawn(async move { store.load(&tenant, id).await });
        harness
            .store
            .observe(&read.await.unwrap().unwrap().unwrap());
    }

    async fn send_command<B: Backend>(
        &mut self,
        harness: &EngineHarness<'_, B>,
        id: MigrationId,
        command: Command,
    ) {
        let environment = harness.environment;
        let by = Principal::anonymous();
        match harness
            .engine
            .command(&environment.tenant, &by, id, command)
            .await
        {
            Ok(_) => {}
            Err(Error::Refused { refusal, .. }) => {
                if let CommandError::CodeChecksSpent(budget)
                | CommandError::CodeCooldown(budget)
                | CommandError::CodeRequestsSpent(budget) = refusal
                {
                    wait_until(harness, budget.next_allowed_at.unwrap());
                }
            }
            // It may have been committed: the command is repeated.
            Err(Error::Store(_)) => return,
            Err(error) => panic!("{error}"),
        }
        self.unanswered = None;
    }
}

async fn end_thieves<B: Backend>(harness: &EngineHarness<'_, B>) {
    let thieves = std::mem::take(&mut *harness.environment.thieves.lock());
    let store = harness.database.store().clone();
    let ended = async move {
        for thief in thieves {
            store.renew(thief, SignedDuration::ZERO).await.unwrap();
        }
    };
    harness.database.handle().spawn(ended).await.unwrap();
}

/// Moves the clock to the time at which the migration is due.
fn pass_time<B: Backend>(harness: &EngineHarness<'_, B>, migration: &Migration) {
    let now = harness.environment.clock.now();
    if let Some(due_at) = Machine::default().due_at(migration, now) {
        wait_until(harness, due_at);
    }
}

pub fn wait_until<B: Backend>(harness: &EngineHarness<'_, B>, at: Timestamp) {
    let ahead = at.duration_since(harness.environment.clock.now());
    if ahead.is_positive() {
        harness.environment.clock.advance(ahead);
        harness.store.clock_moved();
    }
}

pub fn resend() -> Command {
    Command::ResendCode {
        method: None,
        language: None,
    }
}

pub fn resume() -> Command {
    Command::Resume {
        access_token: None,
        two_step_pin: None,
    }
}

/// Does what Embedded Signup does before a migration of route `added_number`: adds and verifies the
/// number.
pub async fn embedded_signup(scenario: &Scenario, environment: &super::environment::Environment) {
    if scenario.route != Route::AddedNumber {
        return;
    }
    let settings = crate::support::defaults::graph(&environment.url);
    let client = waba_migrator::graph::Client::new(settings, environment.clock.clone()).unwrap();
    let access = waba_migrator::graph::Access {
        token: "any-token".parse().unwrap(),
        app_id: None,
        app_secret: None,
    };
    let session = client.session(&access);
    let (waba, number) = (
        scenario.destination.parse().unwrap(),
        scenario.number.parse().unwrap(),
    );
    session.subscribe(&waba).await.unwrap();
    let id = session.add_number(&waba, &number).await.unwrap();
    session
        .request_code(&id, CodeMethod::Sms, &Language::default())
        .await
        .unwrap();
    let code = environment.sandbox.messages(scenario.number).remove(0).code;
    session
        .verify_code(&id, &code.parse().unwrap())
        .await
        .unwrap();
}
