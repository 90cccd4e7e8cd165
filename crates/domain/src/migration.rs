//! The migration as it is stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Attempts, Check, CodeMethod, Codes, Fault, Language, MigrationId, Phase, PhoneNumberId,
    Registration, Report, Request, Secrets, Snapshot, State, Step, StepProgress, TenantId,
    TraceParent,
};

/// The durable job that moves one number.
///
/// Only [`Machine`] changes it. What is marked `skip` is not part of the stored document: the store keeps it in columns
/// of its own (secrets sealed) or derives it from the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Its id.
    pub id: MigrationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its calls go to the sandbox and never to Meta: so it was with its tenant when it began, and it stays so.
    #[serde(default)]
    pub sandbox: bool,
    /// What the caller asked for.
    pub request: Request,
    /// The trace of the request that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_parent: Option<TraceParent>,
    /// The secrets that it needs.
    #[serde(skip)]
    pub secrets: Secrets,
    /// Whose turn it is.
    pub state: State,
    /// Since when. `None`: since before this was kept.
    #[serde(default)]
    pub state_since: Option<Timestamp>,
    /// The step that runs, waits or stopped.
    pub step: Step,
    /// How far into the step it is.
    pub phase: Phase,
    /// While running: not before this time.
    pub not_before: Option<Timestamp>,
    /// Failures, or readings that showed too little, in a row in this step.
    pub retries: u32,
    /// What went wrong last and is not mended yet.
    pub fault: Option<Fault>,
    /// Every step of the route.
    pub steps: Vec<StepProgress>,
    /// Meta's id of the number in the destination.
    pub phone_number_id: Option<PhoneNumberId>,
    /// How the next code reaches the owner: as requested, until `ResendCode` said otherwise.
    pub code_method: CodeMethod,
    /// Language of the next code message, likewise.
    pub language: Language,
    /// When the newest code was requested.
    pub code_requested_at: Option<Timestamp>,
    /// Resume released the cutover.
    pub cutover_released: bool,
    /// Cancel came while a call was under way.
    pub cancel_requested: bool,
    /// Whether the number was registered in the destination.
    pub registration: Registration,
    /// Meta refuses codes for this number until then.
    pub codes_refused_until: Option<Timestamp>,
    /// How it stands with the codes of this number.
    #[serde(default)]
    pub codes: Codes,
    /// What stops every call of the Meta app, or every call to Meta, while this migration waits. It is no fault of the
    /// migration's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Box<Fault>>,
    /// When the number was found in the destination for the first time, or was added to it.
    #[serde(default)]
    pub added_at: Option<Timestamp>,
    /// The checks as of the CHECK step.
    pub checks: Vec<Check>,
    /// The number before it moved.
    pub before: Option<Snapshot>,
    /// The number after it moved.
    pub after: Option<Snapshot>,
    /// Before and after.
    pub report: Option<Report>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Sequence of its newest event.
    pub last_sequence: u64,
    /// When limited calls were sent for this number: from the events in the store.
    #[serde(skip)]
    pub attempts: Attempts,
    /// Version of the stored row that this was read from; 0 while it was never stored. The store's alone to change.
    #[serde(skip)]
    pub version: u64,
}

impl Migration {
    /// Whether the number is registered, yet nothing shows that it has the PIN of this migration: it was found registered, or
    /// Meta shows two-step verification as off.
    #[must_use]
    pub fn pin_is_unproven(&self) -> bool {
        let shown_off = self.report.as_ref().is_some_and(Report::shows_two_step_off);
        self.registration == Registration::FoundDone || shown_off
    }
}
