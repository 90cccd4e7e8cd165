//! Migrations with fixed contents.

use domain::{
    Attempts, Check, CheckId, CodeMethod, Event, EventKind, GraphCall, Language, Migration,
    MigrationId, Phase, PinSource, Registration, Request, Route, Secrets, State, Step,
    StepProgress, TenantId, Tracked, Verdict,
};
use jiff::Timestamp;
use uuid::Uuid;

/// The time at which these migrations are accepted.
pub const START: i64 = 1_790_000_000;

/// Two notations of one number each.
pub const FORMS: [[&str; 2]; 4] = [
    ["+52 55 4132 0000", "+52 1 55 4132 0000"],
    ["+54 9 11 5555 1234", "+54 11 5555 1234"],
    ["+54 351 555 1234", "+54 9 351 555 1234"],
    ["+225 68 12 34 56", "+225 07 68 12 34 56"],
];

/// This number of seconds after the start.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

pub fn tenant(name: &str) -> TenantId {
    TenantId::from_stored(name.to_owned())
}

/// The `n`th migration. Ids sort by `n`; numbers and request ids are unique.
pub fn migration(tenant: &TenantId, n: u16) -> Migration {
    Migration {
        id: MigrationId::from_uuid(Uuid::from_u128(
            0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(n),
        )),
        tenant: tenant.clone(),
        sandbox: false,
        trace_parent: None,
        request: Request {
            source: Some("204996122399160".parse().unwrap()),
            ..Request::new(
                format!("request-{n}").parse().unwrap(),
                format!("+1202555{n:04}").parse().unwrap(),
                "104996122399160".parse().unwrap(),
            )
        },
        tags: Tracked::default(),
        secrets: Secrets::default(),
        state: State::Running,
        state_since: at(0),
        action_since: at(0),
        step: Step::Check,
        phase: Phase::Read,
        not_before: None,
        retries: 0,
        fault: None,
        steps: Route::Otp
            .steps()
            .iter()
            .copied()
            .map(StepProgress::new)
            .collect(),
        phone_number_id: None,
        code_method: CodeMethod::Sms,
        language: Language::default(),
        pin_source: PinSource::Generated,
        code_requested_at: None,
        cutover: domain::Cutover::Immediate,
        cutover_released: false,
        cancel_requested: false,
        registration: Registration::NotDone,
        two_step_shown_off: false,
        codes_refused_until: None,
        codes: domain::Codes::default(),
        held: None,
        added_at: None,
        findings: Tracked::default(),
        created_at: at(0),
        updated_at: at(0),
        expires_at: at(14 * 86_400),
        ended_at: None,
        last_sequence: 1,
        attempts: Attempts::default(),
        version: 0,
    }
}

/// A check that passed.
pub fn passed(finding: &str) -> Check {
    Check {
        id: CheckId::NumberInPlan,
        verdict: Verdict::Pass,
        finding: finding.to_owned(),
        remedies: Vec::new(),
        graph_error: None,
    }
}

/// The first event of a new migration.
pub fn accepted(migration: &Migration) -> Vec<Event> {
    vec![Event {
        sequence: 1,
        at: at(0),
        state: migration.state,
        step: migration.step,
        kind: EventKind::Accepted,
        principal: None,
    }]
}

/// Appends an event.
pub fn happens(migration: &mut Migration, second: i64, kind: EventKind) -> Event {
    migration.last_sequence += 1;
    migration.updated_at = at(second);
    Event {
        sequence: migration.last_sequence,
        at: at(second),
        state: migration.state,
        step: migration.step,
        kind,
        principal: None,
    }
}

/// Appends the event of a call that was sent, and counts the call.
pub fn sends(migration: &mut Migration, second: i64, call: GraphCall) -> Event {
    migration.attempts.record(call, at(second));
    happens(migration, second, EventKind::CallSent { call })
}

/// Changes the state, with its event.
pub fn becomes(migration: &mut Migration, second: i64, state: State) -> Event {
    let from = std::mem::replace(&mut migration.state, state);
    migration.ended_at = state.is_terminal().then(|| at(second));
    happens(
        migration,
        second,
        EventKind::StateChanged { from, fault: None },
    )
}
