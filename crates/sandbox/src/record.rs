//! Records a call: its count, its ledger entry, and the usage headers of its account.

use std::time::Duration;

use jiff::Timestamp;

use super::call::Call;
use super::fault::Manner;
use super::ledger::Entry;
use super::reply::{Reply, Subject};
use super::request::Request;
use super::tally::Tally;
use super::world::World;

impl World {
    /// Counts a call, and marks the node as refused for shapes that depend on it.
    pub(crate) fn note(
        &mut self,
        now: Timestamp,
        request: &Request,
        subject: &Subject,
        reply: &Reply,
    ) {
        let refused = !matches!(reply, Reply::Said(Ok(_)));
        self.tally.count(now, request.call, refused);
        if let Some(waba) = &subject.waba {
            let has_room = self.tallies.len() < self.options.most_objects;
            if has_room && !self.tallies.contains_key(waba) {
                self.tallies.insert(waba.clone(), Tally::default());
            }
            if let Some(tally) = self.tallies.get_mut(waba) {
                tally.count(now, request.call, refused);
            }
        }
        let waited_for = matches!(request.call, Call::RequestCode | Call::Register);
        if waited_for
            && matches!(reply, Reply::Said(Err(_)))
            && let Some(node) = subject.node.and_then(|id| self.nodes.get_mut(&id))
        {
            node.past.refused = true;
        }
    }

    /// Adds a call to the ledger.
    pub(crate) fn write_down(
        &mut self,
        now: Timestamp,
        request: &Request,
        subject: &Subject,
        reply: &Reply,
        effective: bool,
    ) {
        let (answer, error) = match reply {
            Reply::Said(Ok(_)) => ("ok", None),
            Reply::Said(Err(error)) => ("error", Some(error)),
            Reply::Html => ("html", None),
            Reply::Empty => ("empty", None),
            Reply::BrokenJson => ("broken_json", None),
            Reply::Dropped => ("dropped", None),
        };
        // The id of an added number is recorded even if the response is lost.
        let added = || {
            let number = self.numbers.get(subject.digits.as_deref()?)?;
            number.node_in(subject.waba.as_deref()?)
        };
        let unknown = request.call == Call::Unknown;
        let entry = Entry {
            seq: 0,
            at: now,
            call: request.call,
            phone_number_id: subject.node.or_else(added).map(|id| id.to_string()),
            number: subject.digits.clone(),
            waba: subject.waba.clone(),
            effective,
            answer,
            code: error.map(|error| error.code),
            subcode: error.and_then(|error| error.subcode),
            proven: request.proven,
            path: unknown.then(|| format!("{} {}", request.method, request.path)),
            host: request.host.clone(),
        };
        self.ledger.add(entry);
    }

    /// The usage headers, when they are due or as a fault sets them.
    pub(crate) fn usage(
        &self,
        now: Timestamp,
        subject: &Subject,
        manner: &Manner,
    ) -> Option<[String; 2]> {
        let account = self.accounts.get(subject.waba.as_ref()?)?;
        match manner.usage_headers {
            Some(false) => None,
            Some(true) => {
                let refused_for = manner.regain_minutes.map(|n| Duration::from_secs(n * 60));
                let refused_for = refused_for.or_else(|| account.throttle(now, &self.options));
                Some(account.usage_of(refused_for, &self.options))
            }
            None => account.usage(now, &self.options),
        }
    }
}
