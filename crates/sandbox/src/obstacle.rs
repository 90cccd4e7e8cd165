//! What changes the outcome of a call: an injected fault, or a rule of the number's scenario.
//!
//! Owns when an obstacle applies and what is returned then. `perform` decides whether the call is
//! performed first.

use std::time::Duration;

use jiff::Timestamp;

use super::error::GraphError;
use super::fault::{Kind, Manner};
use super::reply::{Outcome, Reply, Subject};
use super::request::Request;
use super::scenario::Strike;
use super::world::World;

/// A fault or rule that applies to a call.
#[derive(Debug)]
pub(crate) struct Obstacle {
    origin: Origin,
    pub(crate) hit: Hit,
    /// Whether the call is performed nevertheless.
    pub(crate) done: bool,
    /// Properties of the response.
    pub(crate) manner: Manner,
}

/// Where an obstacle comes from, with its index there.
#[derive(Debug)]
enum Origin {
    Injected(usize),
    Scenario(usize),
}

/// The effect of an obstacle on a call.
#[derive(Debug)]
pub(crate) enum Hit {
    Refuse(GraphError),
    Unverify(GraphError),
    Drop,
    Html,
    Empty,
    BrokenJson,
    Wait(Duration),
}

impl World {
    /// The obstacle of this call: an injected fault, else a rule of the number's scenario.
    pub(crate) fn obstacle(
        &self,
        now: Timestamp,
        request: &Request,
        subject: &Subject,
    ) -> Option<Obstacle> {
        let (digits, waba) = (subject.digits.as_deref(), subject.waba.as_deref());
        let call = request.call;
        let is_number = |own: &str| digits.is_some_and(|digits| digits == self.line(own));
        let asks_for = |field: &str| request.params.asks_for(field);
        let injected = self
            .faults
            .iter()
            .enumerate()
            .find(|(_, fault)| fault.strikes(now, call, is_number, waba, asks_for));
        if let Some((at, fault)) = injected {
            let (hit, done) = match &fault.kind {
                Kind::LostResponse => (Hit::Drop, true),
                Kind::LostRequest => (Hit::Drop, false),
                Kind::Html => (Hit::Html, false),
                Kind::Empty => (Hit::Empty, true),
                Kind::BrokenJson => (Hit::BrokenJson, true),
                Kind::Delay { delay_ms } => (Hit::Wait(Duration::from_millis(*delay_ms)), true),
                Kind::Error { .. } => (Hit::Refuse(fault.answer()?), false),
            };
            return Some(Obstacle {
                origin: Origin::Injected(at),
                hit,
                done,
                manner: fault.manner.clone(),
            });
        }
        let (at, rule) = self.numbers.get(digits?)?.rule(call, now, &self.options)?;
        let hit = match rule.strike {
            Strike::Refuse(refusal) => Hit::Refuse(refusal.into()),
            Strike::Unverify(refusal) => Hit::Unverify(refusal.into()),
            Strike::Drop => Hit::Drop,
            Strike::Html => Hit::Html,
            Strike::Empty => Hit::Empty,
            Strike::BrokenJson => Hit::BrokenJson,
            Strike::Slow => Hit::Wait(self.options.register_delay),
        };
        Some(Obstacle {
            origin: Origin::Scenario(at),
            hit,
            done: rule.done,
            manner: Manner::default(),
        })
    }

    /// Records that an obstacle was applied.
    pub(crate) fn spend(&mut self, now: Timestamp, obstacle: &Obstacle, subject: &Subject) {
        match obstacle.origin {
            Origin::Injected(at) => {
                if let Some(fault) = self.faults.get_mut(at) {
                    fault.spend();
                }
                self.faults
                    .retain(|fault| fault.times > 0 && !fault.is_over(now));
            }
            Origin::Scenario(at) => {
                if let Some(digits) = &subject.digits {
                    self.number(digits).strike(at, now);
                }
            }
        }
    }

    /// The response of an obstacle, if the call itself returned `outcome`.
    pub(crate) fn strike(
        &mut self,
        obstacle: &Obstacle,
        subject: &Subject,
        outcome: Outcome,
        wait: &mut Duration,
    ) -> Reply {
        match &obstacle.hit {
            Hit::Refuse(error) => Reply::Said(Err(error.clone())),
            Hit::Unverify(error) => {
                if let Some(node) = subject.node.and_then(|id| self.nodes.get_mut(&id)) {
                    node.verified_at = None;
                }
                Reply::Said(Err(error.clone()))
            }
            Hit::Drop => Reply::Dropped,
            Hit::Html => Reply::Html,
            Hit::Empty => Reply::Empty,
            Hit::BrokenJson => Reply::BrokenJson,
            Hit::Wait(time) => {
                *wait = *time;
                Reply::Said(outcome)
            }
        }
    }
}
