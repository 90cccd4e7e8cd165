//! The caller: the system that asked for the migration, and the people behind it. It survives the engine.
//!
//! It does what the migration's state asks of it, and repeats a request whose answer never came, as a good client does.

use std::time::Duration;

use domain::{
    CodeMethod, Command, CommandError, Cutover, Language, Machine, Migration, MigrationId, Pin,
    Principal, Request, Route, Secrets, State, VerificationCode,
};
use jiff::{SignedDuration, Timestamp};
use waba_migrator::engine::{Error, Started};

use waba_migrator::store::Store as _;

use super::life::{LEASE, Living};
use super::moves::Move;
use super::scenarios::{Habit, Scenario, When};
use crate::store::backend::Backend;

/// Not what a phone here ever gets to see: its codes do not begin so.
pub const WRONG_CODE: &str = "000000";
/// So often the owner tries one code before asking for another.
const TRIES: u32 = 2;

/// The caller of one migration, and what it remembers.
#[derive(Debug)]
pub struct Caller {
    scenario: Scenario,
    /// When the story began.
    begun: Timestamp,
    id: Option<MigrationId>,
    /// A command whose answer has not come.
    unanswered: Option<Command>,
    /// It has done what it does of its own accord.
    acted: bool,
    /// How many messages had arrived when the newest code was handed in, and how often it was.
    tried: (usize, u32),
    /// What is still to happen, the next last; none where the scenario is all there is.
    moves: Option<Vec<Move>>,
}

/// So long a story of random faults is still before time passes in it by itself.
const STILL: Duration = Duration::from_millis(700);
/// So long it waits between two things that happen.
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
            moves: None,
        }
    }

    /// The same, while all this happens.
    pub fn amid(mut self, mut moves: Vec<Move>) -> Self {
        moves.reverse();
        self.moves = Some(moves);
        self
    }

    /// Tells the story to its end, with an engine that may die meanwhile.
    pub async fn tell<B: Backend>(&mut self, living: Living<'_, B>) -> Migration {
        let mut newest = living.store.newest();
        let id = self.ask(&living).await;
        loop {
            let migration = newest.borrow_and_update().clone().unwrap();
            if migration.state.is_terminal() {
                return migration;
            }
            if let Some(happening) = self.moves.as_mut().and_then(Vec::pop) {
                self.happen(&living, id, happening).await;
                let _ = tokio::time::timeout(BETWEEN, newest.changed()).await;
                continue;
            }
            if self.unanswered.is_none() {
                self.unanswered = self.wants(&living, &migration);
            }
            if let Some(command) = self.unanswered.clone() {
                self.give(&living, id, command).await;
                continue;
            }
            pass_time(&living, &migration);
            if self.moves.is_none() {
                newest.changed().await.unwrap();
            } else if tokio::time::timeout(STILL, newest.changed()).await.is_err() {
                // What a worker let fall is taken up again when its lease has run out.
                let due = living.place.clock.now() + LEASE;
                wait_until(&living, due + SignedDuration::from_millis(1));
                self.refresh(&living, id).await;
            }
        }
    }

    /// Asks for the migration; asked again, it is the same one.
    async fn ask<B: Backend>(&mut self, living: &Living<'_, B>) -> MigrationId {
        let place = living.place;
        let secrets = Secrets {
            two_step_pin: Some(Pin::from_random([7; 8])),
            ..Secrets::default()
        };
        let started = loop {
            let asked = living
                .engine
                .start(
                    &place.tenant,
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

    /// What it wants of the migration as it stands.
    fn wants<B: Backend>(
        &mut self,
        living: &Living<'_, B>,
        migration: &Migration,
    ) -> Option<Command> {
        let sandbox = &living.place.sandbox;
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
            (State::WaitingForCode, _) => Some(self.hand_in(living)),
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

    /// The newest code that arrived; another one where none did, or where that one is of no use.
    fn hand_in<B: Backend>(&mut self, living: &Living<'_, B>) -> Command {
        let messages = living.place.sandbox.messages(self.scenario.number);
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
    pub fn newest_code<B: Backend>(&self, living: &Living<'_, B>) -> Option<VerificationCode> {
        let messages = living.place.sandbox.messages(self.scenario.number);
        Some(messages.last()?.code.parse().unwrap())
    }

    /// Looks at the migration beside the engine, since a save whose answer was lost is not heard of.
    async fn refresh<B: Backend>(&self, living: &Living<'_, B>, id: MigrationId) {
        let (store, tenant) = (living.lane.store().clone(), living.place.tenant.clone());
        let look = living
            .lane
            .home()
            .spawn(async move { store.load(&tenant, id).await });
        living.store.saw(&look.await.unwrap().unwrap().unwrap());
    }

    async fn give<B: Backend>(
        &mut self,
        living: &Living<'_, B>,
        id: MigrationId,
        command: Command,
    ) {
        let place = living.place;
        let by = Principal::anonymous();
        match living.engine.command(&place.tenant, &by, id, command).await {
            Ok(_) => {}
            Err(Error::Refused { refusal, .. }) => {
                if let CommandError::CodeChecksSpent(budget)
                | CommandError::CodeCooldown(budget)
                | CommandError::CodeRequestsSpent(budget) = refusal
                {
                    wait_until(living, budget.next_allowed_at.unwrap());
                }
            }
            // It may have been kept all the same: the same again.
            Err(Error::Store(_)) => return,
            Err(error) => panic!("{error}"),
        }
        self.unanswered = None;
    }
}

/// Where nothing is to be done before some time, it is that time.
fn pass_time<B: Backend>(living: &Living<'_, B>, migration: &Migration) {
    let now = living.place.clock.now();
    if let Some(due_at) = Machine::default().due_at(migration, now) {
        wait_until(living, due_at);
    }
}

pub fn wait_until<B: Backend>(living: &Living<'_, B>, at: Timestamp) {
    let ahead = at.duration_since(living.place.clock.now());
    if ahead.is_positive() {
        living.place.clock.advance(ahead);
        living.store.clock_moved();
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

/// Does what Embedded Signup does before a migration of the other route: the number is added and verified.
pub async fn embedded_signup(scenario: &Scenario, place: &super::lane::Place) {
    if scenario.route != Route::AddedNumber {
        return;
    }
    let settings = crate::support::defaults::graph(&place.url);
    let client = waba_migrator::graph::Client::new(settings, place.clock.clone()).unwrap();
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
    let code = place.sandbox.messages(scenario.number).remove(0).code;
    session
        .verify_code(&id, &code.parse().unwrap())
        .await
        .unwrap();
}
