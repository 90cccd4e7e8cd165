//! The real machine, called once for each different question.
//!
//! A migration in the model is a number that stands for a whole [`Migration`]. The machine is pure,
//! so what it makes of a migration and an input is remembered: an exploration of millions of states
//! calls it some thousand times.
//!
//! Time is relative: in every state it is the same moment, and a tick makes what is stored older.
//! What no decision depends on is erased, and ages beyond every limit are made equal; so the
//! number of migrations is finite.
mod change;
mod input;
mod time;

use std::collections::HashMap;

use domain::tenancy::Defaults;
use domain::{
    Limit, Machine, Migration, MigrationId, Pin, Policy, Principal, Request, Route, Secrets, Start,
    TenantId,
};
use jiff::SignedDuration;
use uuid::Uuid;

use self::change::{change, summary};
use self::time::{CODE_VALIDITY, CONFIRM_FOR, TICK, WINDOW, normalise, now, ticks};
use super::meta;

pub use self::input::{Answer, Call, Counts, Due, Input, Limits, Next, Order, Refusal, Summary};
pub use self::time::SETTLES;

/// Stands for a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MigrationRef(u32);

/// All migrations that were met, and what the machine made of them.
pub struct Migrations {
    machine: Machine,
    all: Vec<Migration>,
    summaries: Vec<Summary>,
    /// Those with the same document. They can differ in what a document leaves out.
    by_document: HashMap<String, Vec<MigrationRef>>,
    known: HashMap<(MigrationRef, Input), Option<MigrationRef>>,
}

impl Migrations {
    pub fn new(limits: Limits) -> Self {
        let limit = |calls: u8| Limit {
            calls: u32::from(calls),
            window: WINDOW,
            cooldown: SignedDuration::ZERO,
        };
        let policy = Policy {
            register: limit(limits.registers),
            code_requests: limit(limits.code_requests),
            code_checks: limit(limits.code_checks),
            code_validity: CODE_VALIDITY,
            retry_base: TICK,
            retry_cap: TICK,
            retries: 2,
            register_retries: 1,
            register_settles: ticks(i64::from(SETTLES)),
            confirm_base: TICK,
            confirm_cap: TICK,
            confirm_for: ticks(i64::from(CONFIRM_FOR)),
            limit_pause: TICK,
            code_refused_base: WINDOW,
            code_refused_cap: WINDOW,
        };
        Self {
            machine: Machine { policy },
            all: Vec::new(),
            summaries: Vec::new(),
            by_document: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// Number of different migrations.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// A new migration.
    pub fn accept(&mut self, route: Route) -> MigrationRef {
        let start = Start {
            id: MigrationId::from_uuid(Uuid::from_u128(0x0193_5f00_0000_7000_8000_0000_0000_0001)),
            tenant: TenantId::default_tenant(),
            sandbox: false,
            trace_parent: None,
            defaults: Defaults::default(),
            request: Request {
                route,
                ..Request::new(
                    "order-7".parse().unwrap(),
                    "+12025550123".parse().unwrap(),
                    meta::destination(),
                )
            },
            secrets: Secrets {
                access_token: "token".parse().ok(),
                two_step_pin: Some(Pin::from_random([7; 8])),
                code: None,
            },
        };
        let (migration, _) = self.machine.accept(start, &Principal::anonymous(), now());
        self.number_of(migration)
    }

    pub fn of(&self, it: MigrationRef) -> &Migration {
        &self.all[it.0 as usize]
    }

    pub fn summary(&self, it: MigrationRef) -> Summary {
        self.summaries[it.0 as usize]
    }

    /// The migration after this input; `None` if the machine refuses it, or changes nothing.
    pub fn after(&mut self, it: MigrationRef, input: Input) -> Option<MigrationRef> {
        if let Some(known) = self.known.get(&(it, input)) {
            return *known;
        }
        let mut migration = self.of(it).clone();
        let changed = change(&self.machine, &mut migration, input);
        let after = changed.then(|| self.number_of(migration));
        self.known.insert((it, input), after);
        after
    }

    fn number_of(&mut self, mut migration: Migration) -> MigrationRef {
        normalise(&mut migration);
        let document = serde_json::to_string(&migration).unwrap();
        let same = self.by_document.entry(document).or_default();
        let known = same
            .iter()
            .find(|it| self.all[it.0 as usize] == migration)
            .copied();
        known.unwrap_or_else(|| {
            let new = MigrationRef(u32::try_from(self.all.len()).unwrap());
            same.push(new);
            self.summaries.push(summary(&self.machine, &migration));
            self.all.push(migration);
            new
        })
    }
}
