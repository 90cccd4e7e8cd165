//! CHECK: the eligibility checks and the "before" snapshot.

use crate::checks::{self, CheckContext, Purpose};
use crate::facts::{Facts, Side};
use crate::{Read, Reading, Snapshot, WabaId};

use super::{Rules, Transition, found_working, on_other_reading};

pub(super) const RULES: Rules = Rules {
    read: |_| Read::Facts,
    on_reading,
    call: None,
};

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Facts(facts) = reading else {
        return on_other_reading(change, reading);
    };
    let request = &change.migration.request;
    let context = CheckContext {
        phone_number: &request.phone_number,
        destination: &request.destination,
        route: request.route,
        purpose: Purpose::Migration,
    };
    let checks = checks::run(context, &facts);
    let arrived = facts.destination.number.as_ref();
    let arrived = arrived.filter(|number| number.works());
    let arrived = arrived.map(|number| number.id.clone());
    let before = snapshot(request.source.as_ref(), *facts);
    let fault = checks::fault(&checks);
    let findings = &mut change.migration.findings;
    findings.checks = checks;
    findings.before = before.or(findings.before.take());
    match (arrived, fault) {
        (Some(id), _) => found_working(change, id),
        (None, Some(fault)) => change.fault(fault),
        (None, None) => change.finish("No required check failed."),
    }
}

fn snapshot(source: Option<&WabaId>, facts: Facts) -> Option<Snapshot> {
    let at = facts.read_at;
    let Side {
        number, templates, ..
    } = facts.source?;
    Some(Snapshot::take(source?, &number?, templates.as_deref(), at))
}
