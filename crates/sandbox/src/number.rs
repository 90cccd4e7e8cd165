//! A phone number: its state across accounts, and the phone that receives its codes.
//!
//! Owns the number's scenario, its inbox, its register attempts and its PIN guesses. Its state in
//! one account is a `node`.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;
use super::error::GraphError;
use super::node::Node;
use super::options::Options;
use super::placing::Twin;
use super::refusals;
use super::scenario::{self, Lasts, Quirk, Rule, Scenario};
use super::shape::{FixedShape, Shape, Shown};

/// Maximum register and deregister calls in `WINDOW`.
const ATTEMPTS: usize = 10;
const WINDOW: Duration = Duration::from_hours(72);
const PIN_LOCK: Duration = Duration::from_hours(12);
const INBOX: usize = 100;

/// A message with a code, as it arrived at the phone.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// When it arrived.
    pub at: Timestamp,
    /// `SMS` or `VOICE`.
    pub method: String,
    /// The text that was written or spoken.
    pub text: String,
    /// The six digits in it.
    pub code: String,
}

/// One phone number.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) digits: String,
    pub(crate) scenario: Option<&'static Scenario>,
    pub(crate) fixed: bool,
    /// The node that is registered now.
    pub(crate) home: Option<u64>,
    /// Each account that has the number, with its node.
    pub(crate) nodes: Vec<(String, u64)>,
    pub(crate) inbox: VecDeque<Message>,
    /// Its display form in every account, if it was set.
    pub(crate) display: Option<String>,
    /// A dead node to add beside the next node.
    pub(crate) twin_once_added: Option<Twin>,
    /// Overrides of fields; the last one that applies wins.
    shapes: Vec<Shape>,
    /// The overrides of its scenario.
    fixed_shapes: &'static [FixedShape],
    strikes: Vec<Struck>,
    registers: Attempts,
    deregisters: Attempts,
    pins: Guesses,
}

#[derive(Clone, Copy, Debug, Default)]
struct Struck {
    times: u32,
    since: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Attempts {
    at: VecDeque<Timestamp>,
    blocked_until: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Guesses {
    wrong: u32,
    last: Option<Timestamp>,
    locked_until: Option<Timestamp>,
}

impl Number {
    pub(crate) fn new(digits: &str) -> Self {
        let scenario = scenario::find(digits);
        Self {
            digits: digits.to_owned(),
            scenario,
            fixed: false,
            home: None,
            nodes: Vec::new(),
            inbox: VecDeque::new(),
            display: None,
            twin_once_added: None,
            shapes: Vec::new(),
            fixed_shapes: scenario.map_or(&[], |row| row.shapes),
            strikes: vec![Struck::default(); scenario.map_or(0, |row| row.rules.len())],
            registers: Attempts::default(),
            deregisters: Attempts::default(),
            pins: Guesses::default(),
        }
    }

    /// Whether the number still has this quirk.
    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        !self.fixed && self.scenario.is_some_and(|row| row.quirks.contains(&quirk))
    }

    /// Sets a shape, replacing one for the same account and time.
    pub(crate) fn shape(&mut self, shape: Shape) {
        let is_same = |own: &Shape| own.account == shape.account && own.when == shape.when;
        self.shapes.retain(|own| !is_same(own));
        if !shape.fields.is_empty() || !shape.absent.is_empty() {
            self.shapes.push(shape);
            self.shapes.sort_by_key(|shape| shape.when);
        }
    }

    /// The shapes of its nodes.
    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The override of a field of this node, from its shapes and its scenario's.
    pub(crate) fn shown(&self, node: &Node, field: &str) -> Option<Shown> {
        let mut given = self.shapes.iter().rev();
        let mut fixed = self.fixed_shapes.iter().rev();
        let is_home = self.home == Some(node.id);
        given
            .find_map(|shape| shape.shows(node, field))
            .or_else(|| fixed.find_map(|shape| shape.shows(node, is_home, field)))
    }

    /// The node of the number in an account.
    pub(crate) fn node_in(&self, waba: &str) -> Option<u64> {
        self.nodes
            .iter()
            .find(|(account, _)| account == waba)
            .map(|(_, id)| *id)
    }

    /// The first rule that matches this call now, with its index in the table.
    pub(crate) fn rule(
        &self,
        call: Call,
        now: Timestamp,
        options: &Options,
    ) -> Option<(usize, Rule)> {
        if self.fixed {
            return None;
        }
        let rules = self.scenario?.rules;
        rules
            .iter()
            .zip(&self.strikes)
            .enumerate()
            .find_map(|(at, (rule, struck))| {
                (rule.call == call && struck.goes_on(rule.lasts, now, options))
                    .then_some((at, *rule))
            })
    }

    /// Records that the rule at this index was applied.
    pub(crate) fn strike(&mut self, at: usize, now: Timestamp) {
        if let Some(struck) = self.strikes.get_mut(at) {
            struck.times = struck.times.saturating_add(1);
            struck.since.get_or_insert(now);
        }
    }

    /// Counts a register or deregister call, and refuses it beyond Meta's limit.
    pub(crate) fn attempt(&mut self, call: Call, now: Timestamp) -> Result<(), GraphError> {
        let attempts = if call == Call::Register {
            &mut self.registers
        } else {
            &mut self.deregisters
        };
        if attempts.blocked_until.is_some_and(|until| now < until) {
            return Err(refusals::REGISTER_TOO_OFTEN.into());
        }
        attempts
            .at
            .retain(|at| now.duration_since(*at).unsigned_abs() < WINDOW);
        if attempts.at.len() >= ATTEMPTS {
            attempts.blocked_until = now.checked_add(WINDOW).ok();
            return Err(refusals::REGISTER_TOO_OFTEN.into());
        }
        attempts.at.push_back(now);
        Ok(())
    }

    /// Register calls that count towards the limit.
    pub(crate) fn register_attempts(&self) -> usize {
        self.registers.at.len()
    }

    /// Checks a PIN; the error is Meta's for a wrong one.
    pub(crate) fn guess_pin(
        &mut self,
        right: bool,
        now: Timestamp,
        options: &Options,
    ) -> Result<(), GraphError> {
        let pins = &mut self.pins;
        if let Some(until) = pins.locked_until.filter(|until| now < *until) {
            return Err(too_many_pins(until.duration_since(now).as_secs()));
        }
        if right {
            *pins = Guesses::default();
            return Ok(());
        }
        let last = pins.last.replace(now);
        if last.is_some_and(|last| now.duration_since(last).unsigned_abs() < options.pin_pause) {
            return Err(refusals::PIN_TOO_QUICK.into());
        }
        pins.wrong = pins.wrong.saturating_add(1);
        if pins.wrong > options.pin_guesses {
            pins.locked_until = now.checked_add(PIN_LOCK).ok();
            pins.wrong = 0;
            return Err(refusals::PIN_TOO_OFTEN.into());
        }
        Err(refusals::PIN_MISMATCH.into())
    }

    /// Adds a message to the inbox.
    pub(crate) fn receive(&mut self, message: Message) {
        if self.inbox.len() >= INBOX {
            self.inbox.pop_front();
        }
        self.inbox.push_back(message);
    }

    /// Fixes what is wrong with the number.
    pub(crate) fn fix(&mut self) {
        self.fixed = true;
        self.registers = Attempts::default();
        self.deregisters = Attempts::default();
        self.pins = Guesses::default();
        self.shapes.clear();
        self.fixed_shapes = &[];
    }
}

impl Struck {
    fn goes_on(self, lasts: Lasts, now: Timestamp, options: &Options) -> bool {
        let within = |time: Duration| {
            self.since
                .is_none_or(|since| now.duration_since(since).unsigned_abs() < time)
        };
        match lasts {
            Lasts::Times(times) => self.times < times,
            Lasts::UntilFixed => true,
            Lasts::Maintenance => within(options.maintenance),
            Lasts::Deletion => within(options.deletion),
            Lasts::Cooldown => within(options.code_cooldown),
        }
    }
}

fn too_many_pins(seconds: i64) -> GraphError {
    GraphError::from(refusals::PIN_TOO_OFTEN).with_details(format!(
        "Too many PIN guesses. Please wait {seconds} seconds before you try again."
    ))
}
