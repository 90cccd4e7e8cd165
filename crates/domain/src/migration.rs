//! The migration as it is stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Attempts, Check, CodeMethod, Codes, Cutover, Fault, Language, MigrationId, Phase,
    PhoneNumberId, PinSource, Registration, Report, Request, Secrets, Snapshot, State, Step,
    StepProgress, Tags, TenantId, TraceParent, Tracked,
};

/// The durable job that moves one number.
///
/// Only [`Machine`](super::Machine) changes it. Fields marked `skip` are not part of the stored
/// document: the store keeps them apart (secrets sealed).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they do not depend on each other: no enum would say more"
)]
pub struct Migration {
    /// Its id.
    pub id: MigrationId,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// Its calls go to the sandbox, never to Meta. Copied from the tenant when it began; it never
    /// changes.
    pub sandbox: bool,
    /// The caller's request, as it came: an update does not change it.
    pub request: Request,
    /// The reference and the labels, if an update has changed them.
    #[serde(default, skip_serializing_if = "is_as_requested")]
    pub tags: Tracked<Option<Tags>>,
    /// The trace of the request that began it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_parent: Option<TraceParent>,
    /// The secrets that it needs.
    #[serde(skip)]
    pub secrets: Secrets,
    /// Who must act next, or how it ended.
    pub state: State,
    /// When it entered its state.
    pub state_since: Timestamp,
    /// Since when the same next action waits for the same actor.
    pub action_since: Timestamp,
    /// The step that runs, waits or stopped.
    pub step: Step,
    /// How far into the step it is.
    pub phase: Phase,
    /// While running: the earliest time of the next action.
    pub not_before: Option<Timestamp>,
    /// Consecutive failures and inconclusive reads in this step.
    pub retries: u32,
    /// The latest fault, until it is fixed.
    pub fault: Option<Fault>,
    /// Every step of the route.
    pub steps: Vec<StepProgress>,
    /// Meta's id of the number in the destination.
    pub phone_number_id: Option<PhoneNumberId>,
    /// How the next code is sent: as requested, unless `ResendCode` or an update changed it.
    pub code_method: CodeMethod,
    /// Language of the next code message: as requested, unless `ResendCode` or an update changed
    /// it.
    pub language: Language,
    /// Where the PIN comes from: the value in force.
    pub pin_source: PinSource,
    /// When the newest code was requested.
    pub code_requested_at: Option<Timestamp>,
    /// When the number may be registered: as requested, unless an update changed it.
    pub cutover: Cutover,
    /// Resume released the cutover.
    pub cutover_released: bool,
    /// Cancel was requested while a call was under way.
    pub cancel_requested: bool,
    /// Whether the number was registered in the destination.
    pub registration: Registration,
    /// Until when Meta refuses codes for this number.
    pub codes_refused_until: Option<Timestamp>,
    /// The state of the verification codes of this number.
    pub codes: Codes,
    /// A fault of the whole Meta app, or of Meta as a whole, that this migration waits for. The
    /// migration is not its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Box<Fault>>,
    /// When the number was first found in the destination, or was added to it.
    pub added_at: Option<Timestamp>,
    /// Whether Meta showed two-step verification as off after the move.
    pub two_step_shown_off: bool,
    /// What was found out about the number. Absent where a list was asked for less.
    #[serde(skip)]
    pub findings: Tracked<Findings>,
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
    /// When limited calls were sent for this number, by all tenants.
    #[serde(skip)]
    pub attempts: Attempts,
    /// Version of the stored row that this was read from; 0 before it is first stored. Only the
    /// store changes it.
    #[serde(skip)]
    pub version: u64,
}

fn is_as_requested(tags: &Tracked<Option<Tags>>) -> bool {
    tags.is_none()
}

/// What a migration found out about its number. It is large and changes in few steps, so the store
/// writes it only when it has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The results of the CHECK step.
    pub checks: Vec<Check>,
    /// The number before it moved.
    pub before: Option<Snapshot>,
    /// The number after it moved.
    pub after: Option<Snapshot>,
    /// Before and after, compared.
    pub report: Option<Report>,
}

impl Migration {
    /// Records that the store has it as it is now, with this version.
    pub fn stored(&mut self, version: u64) {
        self.version = version;
        self.findings.mark_stored();
        self.tags.mark_stored();
    }

    /// What the migration waits for or has to be fixed: the fault that it is held by, or else its
    /// own.
    #[must_use]
    pub fn current_fault(&self) -> Option<&Fault> {
        self.held.as_deref().or(self.fault.as_ref())
    }

    /// Whether the number is registered, but nothing shows that it has the PIN of this migration:
    /// it was found registered, or Meta shows two-step verification as off.
    #[must_use]
    pub fn pin_is_unproven(&self) -> bool {
        self.registration == Registration::FoundDone || self.two_step_shown_off
    }
}
