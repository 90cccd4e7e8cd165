//! Every enum value of the domain has its own value in the contract, with the same name.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::time;
use crate::api::requests::state_of;
use crate::proto::v1;
use domain::{
    Actor, CodeMethod, Disposition, EventKind, Fault, GraphCall, NextActionKind, PinSource, Reason,
    ReportOutcome, Route, State, Step, TemplateOutcome, Verdict,
};

/// Asserts that these values of the contract are distinct, and all there are except 0.
fn assert_all<V>(values: impl IntoIterator<Item = V>)
where
    V: Into<i32> + TryFrom<i32>,
{
    let numbers: Vec<i32> = values.into_iter().map(Into::into).collect();
    let distinct: HashSet<i32> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), numbers.len(), "{numbers:?}");
    let known: HashSet<i32> = (1..100)
        .filter(|number| V::try_from(*number).is_ok())
        .collect();
    assert_eq!(distinct, known);
}

#[test]
fn states_are_the_same_both_ways() {
    assert_all(State::ALL.map(v1::State::from));
    for state in State::ALL {
        let value = v1::State::from(state);
        assert_eq!(value.as_str_name(), format!("STATE_{}", state.as_str()));
        assert_eq!(state_of(value), Some(state));
    }
    assert_eq!(state_of(v1::State::Unspecified), None);
}

#[test]
fn steps_and_calls_keep_their_names() {
    let steps: HashSet<Step> = [Route::Otp, Route::AddedNumber]
        .iter()
        .flat_map(|route| route.steps().iter().copied())
        .collect();
    for step in &steps {
        let name = v1::Step::from(*step).as_str_name();
        assert_eq!(name, format!("STEP_{}", step.as_str()));
    }
    assert_all(steps.into_iter().map(v1::Step::from));
    for call in GraphCall::ALL {
        let name = v1::GraphCall::from(call).as_str_name();
        assert_eq!(name, format!("GRAPH_CALL_{}", call.as_str()));
    }
    assert_all(GraphCall::ALL.map(v1::GraphCall::from));
}

#[test]
fn small_enums_map_one_to_one() {
    use Disposition::{Ask, GiveUp, Retry, Wait};
    assert_all([Route::Otp, Route::AddedNumber].map(v1::Route::from));
    assert_all([CodeMethod::Sms, CodeMethod::Voice].map(v1::CodeMethod::from));
    assert_all(
        [PinSource::Provided, PinSource::Generated, PinSource::Code]
            .map(v1::TwoStepPinSource::from),
    );
    assert_all([Retry, Wait, Ask, GiveUp].map(v1::Disposition::from));
    assert_all(
        [
            Verdict::Pass,
            Verdict::Warn,
            Verdict::Fail,
            Verdict::Unknown,
        ]
        .map(v1::Verdict::from),
    );
    assert_all(
        [
            ReportOutcome::Kept,
            ReportOutcome::Changed,
            ReportOutcome::Unknown,
        ]
        .map(v1::ReportOutcome::from),
    );
    assert_all(Actor::ALL.map(v1::Actor::from));
    assert_all(
        [
            NextActionKind::Wait,
            NextActionKind::WaitForMeta,
            NextActionKind::SubmitCode,
            NextActionKind::ReleaseCutover,
            NextActionKind::ApplyRemedy,
            NextActionKind::CleanUp,
            NextActionKind::None,
        ]
        .map(v1::NextActionKind::from),
    );
    let templates = [
        TemplateOutcome::Carried,
        TemplateOutcome::Recategorised {
            category: String::new(),
        },
        TemplateOutcome::NotCarried { why: String::new() },
    ];
    assert_all(templates.iter().map(v1::TemplateOutcome::from));
}

#[test]
fn kinds_of_events_map_one_to_one() {
    let call = GraphCall::Register;
    let fault = Box::new(Fault::of(Reason::PinMismatch));
    let kinds = [
        EventKind::Accepted,
        EventKind::StepStarted,
        EventKind::StepFinished {
            note: String::new(),
        },
        EventKind::CallSent { call },
        EventKind::CallSucceeded { call },
        EventKind::CallRefused {
            call,
            fault: fault.clone(),
        },
        EventKind::CallUncertain { call, fault: None },
        EventKind::Delayed {
            fault,
            until: Timestamp::UNIX_EPOCH,
        },
        EventKind::StateChanged {
            from: State::Running,
            fault: None,
        },
        EventKind::CodeSubmitted,
        EventKind::CodeResendRequested,
        EventKind::Resumed,
        EventKind::Updated { fields: Vec::new() },
        EventKind::CancelRequested,
        EventKind::TwoStepPinRevealed,
        EventKind::TwoStepPinRemoved,
    ];
    assert_all(kinds.iter().map(v1::EventKind::from));
}

#[test]
fn times_before_1970_have_positive_nanoseconds() {
    let at = Timestamp::UNIX_EPOCH - SignedDuration::from_millis(1);
    let written = time::timestamp(at);
    assert_eq!((written.seconds, written.nanos), (-1, 999_000_000));
}

#[test]
fn a_page_is_limited_in_size_but_never_empty() {
    let large = || v1::ReportLine {
        subject: "x".repeat(2 << 20),
        ..v1::ReportLine::default()
    };
    let (page, cut) = super::fit([large(), large(), large()]);
    assert_eq!((page.len(), cut), (1, true));
    let larger = v1::ReportLine {
        subject: "x".repeat(5 << 20),
        ..v1::ReportLine::default()
    };
    let (page, cut) = super::fit([larger]);
    assert_eq!((page.len(), cut), (1, false));
}
