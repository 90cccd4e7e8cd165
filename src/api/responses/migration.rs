//! Converts a migration, with the derived fields: next action, budgets, clean-up.

use jiff::Timestamp;

use super::check::{checks, snapshot};
use super::fault::{fault, remedies};
use super::report::report;
use super::time::{count, duration, timestamp};
use crate::api::docs_links::DocsLinks;
use crate::api::etag;
use crate::proto::v1;
use domain::{
    Budget, CodeMethod, Cutover, Machine, Migration, NextAction, NextActionKind, PinSource, Route,
    State, Step, StepProgress,
};

/// What the derived fields depend on.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct View<'a> {
    /// Derives the fields that are not stored.
    pub machine: &'a Machine,
    /// The time of the request.
    pub now: Timestamp,
    /// Links to the pages for people.
    pub links: &'a DocsLinks,
}

/// The full view of a migration.
pub(in crate::api) fn migration(it: &Migration, view: View<'_>) -> v1::Migration {
    let whole = v1::Migration {
        checks: checks(&it.findings.checks, view.links),
        before: it.findings.before.as_ref().map(snapshot),
        after: it.findings.after.as_ref().map(snapshot),
        report: it
            .findings
            .report
            .as_ref()
            .map(|found| report(found, it.pin_is_unproven())),
        ..untagged(it, view)
    };
    tagged(whole, it.version, view.links)
}

/// The basic view of a migration, without the large fields.
pub(in crate::api) fn basic(it: &Migration, view: View<'_>) -> v1::Migration {
    tagged(untagged(it, view), it.version, view.links)
}

/// Sets the entity tag: a fingerprint of everything that can differ for one version, then the
/// version.
///
/// `next_action` and `budgets` depend on the time, links on the address that the caller used, the
/// basic view lacks the large fields, and another release of the service may word a field
/// differently. The other fields change with the
/// version.
fn tagged(message: v1::Migration, version: u64, links: &DocsLinks) -> v1::Migration {
    const RELEASE: &str = concat!(env!("CARGO_PKG_VERSION"), env!("WABA_MIGRATOR_COMMIT"));
    let is_whole = !message.checks.is_empty()
        || message.before.is_some()
        || message.after.is_some()
        || message.report.is_some();
    let mut content = RELEASE.as_bytes().to_vec();
    content.push(u8::from(is_whole));
    content.extend_from_slice(links.base().as_bytes());
    content.extend(
        message
            .next_action
            .iter()
            .flat_map(prost::Message::encode_to_vec),
    );
    content.extend(
        message
            .budgets
            .iter()
            .flat_map(prost::Message::encode_to_vec),
    );
    let fingerprint = etag::fingerprint(&content);
    v1::Migration {
        etag: etag::weak(&format!("{fingerprint}-{version}")),
        ..message
    }
}

fn untagged(it: &Migration, view: View<'_>) -> v1::Migration {
    let request = &it.request;
    let next = view.machine.next_action(it, view.now);
    let clean_up = match next.kind {
        NextActionKind::CleanUp => remedies(&next.remedies, view.links),
        _ => Vec::new(),
    };
    v1::Migration {
        id: it.id.to_string(),
        request_id: request.request_id.as_str().to_owned(),
        phone_number: request.phone_number.to_string(),
        phone_number_reading: request.phone_number.reading().unwrap_or_default(),
        destination_waba_id: request.destination.to_string(),
        source_waba_id: text(request.source.as_ref()),
        route: v1::Route::from(request.route).into(),
        code_method: v1::CodeMethod::from(it.code_method).into(),
        language: it.language.to_string(),
        two_step_pin_source: v1::TwoStepPinSource::from(it.pin_source).into(),
        reference: it.reference().to_owned(),
        labels: it.labels().clone().into_iter().collect(),
        cutover: cutover(it.cutover),
        phone_number_id: text(it.phone_number_id.as_ref()),
        state: v1::State::from(it.state).into(),
        step: v1::Step::from(it.step).into(),
        steps: it.steps.iter().map(|it| progress(it, view.links)).collect(),
        next_action: Some(next_action(&next, view.links)),
        fault: it.fault.as_ref().map(|it| fault(it, view.links)),
        checks: Vec::new(),
        budgets: view
            .machine
            .budgets(it, view.now)
            .iter()
            .map(budget)
            .collect(),
        before: None,
        after: None,
        report: None,
        clean_up,
        created_at: Some(timestamp(it.created_at)),
        updated_at: Some(timestamp(it.updated_at)),
        expires_at: Some(timestamp(it.expires_at)),
        ended_at: it.ended_at.map(timestamp),
        last_sequence: i64::try_from(it.last_sequence).unwrap_or(i64::MAX),
        etag: String::new(),
    }
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn cutover(cutover: Cutover) -> Option<v1::Cutover> {
    let when = match cutover {
        Cutover::Immediate => return None,
        Cutover::Hold => v1::cutover::When::Hold(true),
        Cutover::NotBefore(at) => v1::cutover::When::NotBefore(timestamp(at)),
    };
    Some(v1::Cutover { when: Some(when) })
}

fn progress(progress: &StepProgress, links: &DocsLinks) -> v1::StepProgress {
    v1::StepProgress {
        step: v1::Step::from(progress.step).into(),
        started_at: progress.started_at.map(timestamp),
        finished_at: progress.finished_at.map(timestamp),
        attempts: count(progress.attempts),
        last_fault: progress.last_fault.as_ref().map(|it| fault(it, links)),
    }
}

fn budget(budget: &Budget) -> v1::Budget {
    v1::Budget {
        call: v1::GraphCall::from(budget.call).into(),
        used: count(budget.used),
        limit: count(budget.limit.calls),
        window: Some(duration(budget.limit.window)),
        next_allowed_at: budget.next_allowed_at.map(timestamp),
    }
}

fn next_action(next: &NextAction, links: &DocsLinks) -> v1::NextAction {
    let actor = next.actor.map_or(v1::Actor::Unspecified, v1::Actor::from);
    v1::NextAction {
        actor: actor.into(),
        kind: v1::NextActionKind::from(next.kind).into(),
        instruction: next.instruction.clone(),
        deadline: next.deadline.map(timestamp),
        remedies: remedies(&next.remedies, links),
        since: Some(timestamp(next.since)),
    }
}

impl From<Route> for v1::Route {
    fn from(route: Route) -> Self {
        match route {
            Route::Otp => Self::Otp,
            Route::AddedNumber => Self::AddedNumber,
        }
    }
}

impl From<CodeMethod> for v1::CodeMethod {
    fn from(method: CodeMethod) -> Self {
        match method {
            CodeMethod::Sms => Self::Sms,
            CodeMethod::Voice => Self::Voice,
        }
    }
}

impl From<PinSource> for v1::TwoStepPinSource {
    fn from(source: PinSource) -> Self {
        match source {
            PinSource::Provided => Self::Provided,
            PinSource::Generated => Self::Generated,
            PinSource::Code => Self::Code,
        }
    }
}

impl From<State> for v1::State {
    fn from(state: State) -> Self {
        match state {
            State::Running => Self::Running,
            State::WaitingForCode => Self::WaitingForCode,
            State::WaitingForCutover => Self::WaitingForCutover,
            State::ActionRequired => Self::ActionRequired,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Canceled => Self::Canceled,
            State::Expired => Self::Expired,
        }
    }
}

impl From<Step> for v1::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Check => Self::Check,
            Step::Subscribe => Self::Subscribe,
            Step::AddNumber => Self::AddNumber,
            Step::FindNumber => Self::FindNumber,
            Step::RequestCode => Self::RequestCode,
            Step::VerifyCode => Self::VerifyCode,
            Step::Register => Self::Register,
            Step::Confirm => Self::Confirm,
        }
    }
}

impl From<NextActionKind> for v1::NextActionKind {
    fn from(kind: NextActionKind) -> Self {
        match kind {
            NextActionKind::Wait => Self::Wait,
            NextActionKind::WaitForMeta => Self::WaitForMeta,
            NextActionKind::SubmitCode => Self::SubmitCode,
            NextActionKind::ReleaseCutover => Self::ReleaseCutover,
            NextActionKind::ApplyRemedy => Self::ApplyRemedy,
            NextActionKind::CleanUp => Self::CleanUp,
            NextActionKind::None => Self::None,
        }
    }
}
