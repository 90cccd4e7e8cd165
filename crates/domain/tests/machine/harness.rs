//! A fake Meta in memory, and a migration to drive through it.

use domain::facts::{
    AccountFacts, AccountHealth, Confirmation, Facts, NumberFacts, Side, SubscribedApps, TokenFacts,
};
use domain::tenancy::Defaults;
use domain::{
    Action, Command, CommandError, Effect, Event, Fault, GraphCall, Machine, Migration,
    MigrationId, Outcome, PhoneNumberId, Pin, Principal, Read, Reading, Reason, Request, Secrets,
    Start, TenantId, WabaId, Write, Written,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub const CODE: &str = "123-830";

/// A migration, its history, and the number at the fake Meta.
#[derive(Debug, Clone)]
pub struct MachineHarness {
    pub machine: Machine,
    pub now: Timestamp,
    pub migration: Migration,
    pub history: Vec<Event>,
    pub number: FakeMeta,
}

/// The number at the fake Meta.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a test sets"
)]
pub struct FakeMeta {
    pub added: bool,
    pub verified: bool,
    pub connected: bool,
    pub subscribed: bool,
    /// The PIN that it was registered with.
    pub pin: Option<Pin>,
    /// Calls that took effect.
    pub effective: Vec<GraphCall>,
    /// A fact that a check fails on.
    pub two_step_on: bool,
    /// Changes what its node in the destination shows.
    pub shape: Option<fn(&mut NumberFacts)>,
}

pub fn start() -> Start {
    Start {
        trace_parent: None,
        id: MigrationId::from_uuid(Uuid::from_u128(0x0193_5f00_0000_7000_8000_0000_0000_0001)),
        tenant: TenantId::default_tenant(),
        sandbox: false,
        defaults: Defaults::default(),
        request: Request {
            source: Some(waba("104996122399160")),
            ..Request::new(
                "order-7".parse().unwrap(),
                "+12025550123".parse().unwrap(),
                waba("215589313241560"),
            )
        },
        secrets: Secrets {
            access_token: "token".parse().ok(),
            two_step_pin: Some(Pin::from_random([7; 8])),
            code: None,
        },
    }
}

pub fn waba(id: &str) -> WabaId {
    id.parse().unwrap()
}

pub fn number_id() -> PhoneNumberId {
    "555000111222".parse().unwrap()
}

impl MachineHarness {
    /// The number of times that the history has this limited call.
    pub fn sent(&self, call: GraphCall) -> usize {
        let calls = self.history.iter().map(|event| event.kind.call_sent());
        calls.filter(|sent| *sent == Some(call)).count()
    }

    pub fn new() -> Self {
        Self::of(|_| {})
    }

    /// A migration whose start was changed by `edit`.
    pub fn of(edit: impl FnOnce(&mut Start)) -> Self {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let machine = Machine::default();
        let mut start = start();
        edit(&mut start);
        let (migration, history) = machine.accept(start, &Principal::anonymous(), now);
        Self {
            machine,
            now,
            migration,
            history,
            number: FakeMeta::default(),
        }
    }

    pub fn apply(&mut self, outcome: Outcome) {
        let events = self.machine.apply(&mut self.migration, outcome, self.now);
        self.history.extend(events);
    }

    pub fn begin(&mut self, write: &Write) {
        let events = self.machine.begin(&mut self.migration, write, self.now);
        self.history.extend(events);
    }

    pub fn command(&mut self, command: Command) -> Result<(), CommandError> {
        let by = Principal::anonymous();
        let events = self
            .machine
            .command(&mut self.migration, command, &by, self.now)?;
        self.history.extend(events);
        Ok(())
    }

    pub fn submit(&mut self) -> Result<(), CommandError> {
        self.command(Command::SubmitCode(CODE.parse().unwrap()))
    }

    pub fn resume(&mut self) -> Result<(), CommandError> {
        self.command(Command::Resume {
            access_token: None,
            two_step_pin: None,
        })
    }

    pub fn next(&self) -> Action {
        self.machine.next(&self.migration, self.now)
    }

    /// Performs the next action, with a Meta that works; `false` when another actor must act.
    pub fn step(&mut self) -> bool {
        match self.next() {
            Action::Read(read) => {
                let reading = self.number.read(&read, self.now);
                self.apply(Outcome::Read(Ok(reading)));
            }
            Action::Write(write) => {
                self.begin(&write);
                let written = self.number.write(&write);
                self.apply(Outcome::Written(Ok(written)));
            }
            Action::Elapse => {
                let events = self.machine.elapse(&mut self.migration, self.now);
                self.history.extend(events);
            }
            Action::Wait { .. } | Action::Done => return false,
        }
        true
    }

    /// Continues until another actor must act.
    pub fn run(&mut self) {
        for _ in 0..100 {
            if !self.step() {
                return;
            }
        }
        panic!("it never waits: {:?}", self.migration);
    }

    /// Continues until the next action is a changing call, and returns it.
    pub fn run_to_write(&mut self) -> Write {
        for _ in 0..100 {
            if let Action::Write(write) = self.next() {
                return write;
            }
            assert!(self.step(), "it waits: {:?}", self.migration);
        }
        panic!("it sends nothing: {:?}", self.migration);
    }

    /// Makes the next changing call and loses its answer; `done`: Meta performed it.
    pub fn lose_answer(&mut self, done: bool) {
        let write = self.run_to_write();
        self.begin(&write);
        if done {
            self.number.write(&write);
        }
        let fault = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
        self.apply(Outcome::Written(Err(fault)));
    }

    /// Makes the next changing call and has Meta refuse it.
    pub fn refuse(&mut self, reason: Reason) {
        let write = self.run_to_write();
        self.begin(&write);
        self.apply(Outcome::Written(Err(Fault::of(reason))));
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }
}

impl FakeMeta {
    pub fn write(&mut self, write: &Write) -> Written {
        self.effective.push(write.call());
        match write {
            Write::Subscribe => self.subscribed = true,
            Write::AddNumber { .. } => {
                self.added = true;
                return Written::Added(number_id());
            }
            Write::RequestCode { .. } => {}
            Write::VerifyCode { .. } => self.verified = true,
            Write::Register { pin, .. } => {
                self.connected = true;
                self.pin = Some(pin.clone());
            }
        }
        Written::Done
    }

    pub fn read(&self, read: &Read, now: Timestamp) -> Reading {
        match read {
            Read::Facts => Reading::Facts(Box::new(self.facts(now))),
            Read::Subscription => Reading::Subscription(self.subscribed),
            Read::FindNumber => Reading::FoundNumber(self.added.then(|| Box::new(self.number()))),
            Read::Number(_) => Reading::Number(Box::new(self.number())),
            Read::Confirmation(_) => Reading::Confirmation(Box::new(Confirmation {
                number: self.number(),
                listed: self.added,
                templates: None,
            })),
        }
    }

    pub fn number(&self) -> NumberFacts {
        let text = |value: &str| Some(value.to_owned());
        let mut number = NumberFacts {
            id: number_id(),
            display_phone_number: "+1 202-555-0123".to_owned(),
            verified_name: text("Lucky Shrub"),
            name_status: text("APPROVED"),
            new_name_status: None,
            status: text(if self.connected {
                "CONNECTED"
            } else {
                "PENDING"
            }),
            code_verification_status: text(if self.verified {
                "VERIFIED"
            } else {
                "NOT_VERIFIED"
            }),
            platform_type: text(if self.connected {
                "CLOUD_API"
            } else {
                "NOT_APPLICABLE"
            }),
            quality_rating: text("GREEN"),
            messaging_limit: text("TIER_2K"),
            throughput: text("STANDARD"),
            account_mode: text("LIVE"),
            health: text("AVAILABLE"),
            official_business_account: Some(false),
            pin_enabled: Some(self.pin.is_some()),
            on_business_app: Some(false),
        };
        if let Some(shape) = self.shape {
            shape(&mut number);
        }
        number
    }

    pub fn facts(&self, now: Timestamp) -> Facts {
        let account = |id: &str| AccountFacts {
            id: waba(id),
            name: Some("Lucky Shrub".to_owned()),
            owner_business_id: Some("2729063490586005".to_owned()),
            on_behalf_of_business_id: None,
            on_behalf_of_status: None,
            business_verification_status: Some("verified".to_owned()),
            account_review_status: Some("APPROVED".to_owned()),
            status: Some("ACTIVE".to_owned()),
            has_payment_method: Some(true),
            health: Some(AccountHealth::plain("AVAILABLE")),
            adding_numbers_restricted: None,
        };
        let at_source = NumberFacts {
            status: Some("CONNECTED".to_owned()),
            platform_type: Some("CLOUD_API".to_owned()),
            pin_enabled: Some(self.two_step_on),
            ..self.number()
        };
        Facts {
            read_at: now,
            token: Ok(TokenFacts {
                app_id: None,
                is_valid: true,
                error: None,
                expires_at: None,
                scopes: vec![
                    "whatsapp_business_management".to_owned(),
                    "whatsapp_business_messaging".to_owned(),
                ],
                limited_to: Vec::new(),
            }),
            destination: Side {
                account: Ok(account("215589313241560")),
                numbers_unread: None,
                number_count: Some(1),
                number: self.added.then(|| self.number()),
                templates: Some(Vec::new()),
            },
            subscribed_apps: Ok(SubscribedApps {
                count: u64::from(self.subscribed),
                ours: Some(self.subscribed),
            }),
            source: Some(Side {
                account: Ok(account("104996122399160")),
                numbers_unread: None,
                number_count: Some(1),
                number: (!self.connected).then_some(at_source),
                templates: Some(Vec::new()),
            }),
        }
    }
}
