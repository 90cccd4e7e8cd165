//! From a request to its response: authentication, obstacles, the call. `record` records it.
//!
//! The order is Meta's as far as it is known: token, object, limits of the account, limits of the
//! number, and only then the call itself. Everything happens under the world's lock and must not
//! wait.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::error::GraphError;
use super::fault::Manner;
use super::obstacle::{Hit, Obstacle};
use super::reads::token;
use super::refusals;
use super::reply::{Outcome, Performed, Reply, Subject};
use super::request::Request;
use super::scenario::Quirk;
use super::world::World;

/// Facts of a call that are recorded beside its response.
#[derive(Debug, Default)]
struct Course {
    wait: Duration,
    effective: bool,
    manner: Manner,
}

impl World {
    /// Performs a request.
    pub(crate) fn perform(&mut self, now: Timestamp, request: &Request) -> Performed {
        let mut course = Course::default();
        let mut subject = Subject::default();
        let mut reply = if let Some(reply) = self.app.answer() {
            // The subject is needed for the ledger only.
            let _ = self.find(request, &mut subject);
            reply
        } else {
            match self.admit(now, request, &mut subject) {
                Err(error) => Reply::Said(Err(error)),
                Ok(()) => self.meet(now, request, &subject, &mut course),
            }
        };
        if let (Some(language), Reply::Said(Err(error))) = (self.app.language(), &mut reply) {
            *error = error.clone().translated(language);
        }
        self.note(now, request, &subject, &reply);
        if request.call.is_kept() || self.options.reads_in_ledger {
            self.write_down(now, request, &subject, &reply, course.effective);
        }
        let usage = self.usage(now, &subject, &course.manner);
        Performed {
            reply,
            wait: course.wait + Duration::from_millis(course.manner.late_ms),
            usage,
            headers: course.manner.headers,
            trace: self.dice.letters(23),
        }
    }

    /// Admits a request with a valid token, an existing object and an account that may be called.
    fn admit(
        &mut self,
        now: Timestamp,
        request: &Request,
        subject: &mut Subject,
    ) -> Result<(), GraphError> {
        if request.call == Call::Unknown {
            return Err(GraphError::unknown_path(&request.path));
        }
        token::admit(request)?;
        self.find(request, subject)?;
        let options = self.options.clone();
        match &subject.waba {
            Some(waba) => {
                self.has_room_for(waba)?;
                if request.call == Call::AddNumber {
                    self.has_room()?;
                }
                self.account(waba).admit(now, &options)?;
                let waba = waba.clone();
                self.share(&waba);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Resolves the object of a request.
    fn find(&self, request: &Request, subject: &mut Subject) -> Result<(), GraphError> {
        if matches!(request.call, Call::DebugToken | Call::Unknown) {
            return Ok(());
        }
        if !(5..=20).contains(&request.id.len())
            || !request.id.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(GraphError::no_object(&request.method, &request.id));
        }
        if request.call == Call::ListCreditLines {
            return Ok(());
        }
        let node = request
            .id
            .parse()
            .ok()
            .and_then(|id: u64| self.nodes.get(&id));
        let wants_number = matches!(
            request.call,
            Call::RequestCode | Call::VerifyCode | Call::Register | Call::Deregister
        );
        match node {
            Some(node) if wants_number || request.call == Call::ReadObject => {
                *subject = Subject {
                    waba: Some(node.waba.clone()),
                    node: Some(node.id),
                    digits: Some(node.digits.clone()),
                };
            }
            None if !wants_number => subject.waba = Some(request.id.clone()),
            _ => return Err(GraphError::no_object(&request.method, &request.id)),
        }
        if request.call == Call::AddNumber {
            let (_, dialled) = super::calls::dialled(&request.params)?;
            subject.digits = Some(self.line(&dialled).to_owned());
        }
        if wants_number && node.is_some_and(|node| node.is_dead) {
            return Err(refusals::NUMBER_DELETED.into());
        }
        Ok(())
    }

    /// Performs a call unless an obstacle applies.
    fn meet(
        &mut self,
        now: Timestamp,
        request: &Request,
        subject: &Subject,
        course: &mut Course,
    ) -> Reply {
        let obstacle = self.obstacle(now, request, subject);
        let never_arrived = matches!(
            &obstacle,
            Some(Obstacle {
                hit: Hit::Drop,
                done: false,
                ..
            })
        );
        // Meta counts refused calls too; only a request that never arrived costs nothing.
        if matches!(request.call, Call::Register | Call::Deregister)
            && !never_arrived
            && let Some(digits) = &subject.digits
            && let Err(error) = self.number(digits).attempt(request.call, now)
        {
            return Reply::Said(Err(error));
        }
        if let Some(obstacle) = &obstacle
            && !obstacle.done
        {
            course.manner = obstacle.manner.clone();
            self.spend(now, obstacle, subject);
            return self.strike(obstacle, subject, Ok(Value::Null), &mut course.wait);
        }
        let outcome = self.carry_out(now, request, subject);
        course.effective = outcome.is_ok() && request.call.is_kept();
        match obstacle {
            // The obstacle is kept for a call that succeeds.
            Some(obstacle) if outcome.is_ok() => {
                self.spend(now, &obstacle, subject);
                course.manner = obstacle.manner.clone();
                self.strike(&obstacle, subject, outcome, &mut course.wait)
            }
            _ => Reply::Said(outcome),
        }
    }

    fn carry_out(&mut self, now: Timestamp, request: &Request, subject: &Subject) -> Outcome {
        let waba = subject.waba.as_deref().unwrap_or("");
        let params = &request.params;
        match (request.call, subject.node) {
            (Call::AddNumber, _) => self.add_number(now, waba, params),
            (Call::RequestCode, Some(id)) => self.request_code(now, id, params),
            (Call::VerifyCode, Some(id)) => self.verify_code(now, id, params),
            (Call::Register, Some(id)) => self.register(now, id, params),
            (Call::Deregister, Some(id)) => self.deregister(id),
            (Call::Subscribe, _) => self.subscribe(waba, params),
            (Call::Unsubscribe, _) => Ok(self.unsubscribe(waba)),
            (Call::ReadObject, Some(id)) => self.read_number(now, id, params),
            (Call::ReadObject, None) => self.read_account(waba, params),
            (Call::ListNumbers, _) => self.list_numbers(now, waba, request),
            (Call::ListApps, _) => Ok(self.list_apps(waba)),
            (Call::ListTemplates, _) => self.list_templates(waba, request),
            (Call::ListCreditLines, _) => Ok(super::reads::credit_lines(&request.id)),
            (Call::DebugToken, _) => token::inspect(request, now),
            _ => Err(GraphError::unknown_path(&request.path)),
        }
    }

    /// Whether reads still hide that the number is registered.
    pub(crate) fn seems_pending(&self, now: Timestamp, id: u64) -> bool {
        self.nodes.get(&id).is_some_and(|node| {
            node.registered_at.is_some_and(|at| {
                let age = now.duration_since(at).unsigned_abs();
                node.late_reads > 0
                    || age < self.options.connects_after
                    || self.has(&node.digits, Quirk::NeverConnects) && node.pin.is_some()
            })
        })
    }
}
