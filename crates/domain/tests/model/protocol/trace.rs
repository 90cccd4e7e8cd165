//! States in a line each, for the trace of a violation.

use domain::Phase;

use super::Protocol;
use crate::meta::Received;
use crate::store::Store;
use crate::worker::Worker;
use crate::world::World;

impl Protocol {
    /// One line about a state.
    pub(super) fn line(&self, world: &World) -> String {
        let Store {
            row,
            due,
            leased,
            counts,
            ..
        } = world.store;
        let row = self.migrations.of(row);
        let workers: Vec<String> = world
            .workers
            .iter()
            .flatten()
            .map(|it| self.describe_worker(it))
            .collect();
        let at_meta: Vec<String> = world
            .meta
            .calls
            .iter()
            .flatten()
            .copied()
            .map(describe_call)
            .collect();
        let workers = workers.join("; ");
        format!(
            "{} {} {}, due {due:?}, leased {leased:?}, counted {counts:?} | Meta: {:?} {at_meta:?} | {workers}",
            row.state.as_str(),
            row.step.as_str(),
            phase(&row.phase),
            world.meta.received,
        )
    }

    fn describe_worker(&self, worker: &Worker) -> String {
        let copy = self.migrations.of(worker.copy);
        format!(
            "{:?} with {} {}, deadline in {}, has read: {:?}",
            worker.doing,
            copy.step.as_str(),
            phase(&copy.phase),
            worker.deadline,
            worker.has_read,
        )
    }
}

fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Read => "Read".to_owned(),
        Phase::Act => "Act".to_owned(),
        Phase::Sent { call, .. } => format!("Sent({})", call.as_str()),
        Phase::Unconfirmed { fault, .. } => format!("Unconfirmed({})", fault.reason.as_str()),
    }
}

fn describe_call(received: Received) -> String {
    let Received {
        call, left, answer, ..
    } = received;
    match answer {
        None => format!("{call:?} within {left}"),
        Some(answer) => format!("{call:?} {answer:?}"),
    }
}
