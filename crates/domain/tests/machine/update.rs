//! Updates of a live migration.

use std::collections::BTreeMap;

use domain::tenancy::Defaults;
use domain::{
    Action, Actor, Command, CommandError, Cutover, EventKind, GraphCall, NextActionKind, Objection,
    Reason, State, Update,
};
use jiff::SignedDuration;

use super::harness::MachineHarness;

fn update(change: Update) -> Command {
    Command::Update(Box::new(change))
}

fn cutover(cutover: Cutover) -> Command {
    update(Update {
        cutover: Some(cutover),
        ..Update::default()
    })
}

fn labels(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    labels.iter().map(owned).collect()
}

/// The fields that the newest event names, if it is an update.
fn updated(harness: &MachineHarness) -> Option<Vec<String>> {
    match &harness.history.last()?.kind {
        EventKind::Updated { fields } => Some(fields.clone()),
        _ => None,
    }
}

/// A migration with this cutover and a verified number, as far as it goes.
fn verified(cutover: Cutover) -> MachineHarness {
    let mut harness = MachineHarness::of(|start| start.request.cutover = cutover);
    (harness.number.added, harness.number.verified) = (true, true);
    harness.run();
    harness
}

#[test]
fn a_cutover_that_slips_twice_is_made_at_its_last_time() {
    let hours = |hours| SignedDuration::from_hours(hours);
    let start = MachineHarness::new().now;
    let mut harness = verified(Cutover::NotBefore(start + hours(24)));
    for (after, kind) in [(hours(48), "later"), (hours(36), "earlier")] {
        harness
            .command(cutover(Cutover::NotBefore(start + after)))
            .unwrap();
        assert_eq!(updated(&harness).unwrap(), ["cutover"], "{kind}");
        assert_eq!(harness.migration.state, State::WaitingForCutover);
        let due = harness.machine.due_at(&harness.migration, harness.now);
        assert_eq!(due, Some(start + after));
    }
    harness.now = start + hours(35);
    harness.run();
    assert_eq!(harness.sent(GraphCall::Register), 0);
    harness.now = start + hours(36);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn a_released_cutover_registers_at_once_and_a_hold_holds() {
    let mut harness = verified(Cutover::Hold);
    harness.command(cutover(Cutover::Immediate)).unwrap();
    assert_eq!(harness.migration.state, State::Running);
    harness.command(cutover(Cutover::Hold)).unwrap();
    assert_eq!(harness.migration.state, State::WaitingForCutover);
    harness.resume().unwrap();
    harness.command(cutover(Cutover::Hold)).unwrap();
    assert_eq!(
        harness.migration.state,
        State::WaitingForCutover,
        "held again"
    );
    harness.run();
    assert_eq!(harness.sent(GraphCall::Register), 0);
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn a_cutover_set_during_earlier_steps_is_honoured() {
    let mut harness = MachineHarness::new();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    harness.command(cutover(Cutover::Hold)).unwrap();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    harness.submit().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCutover);
}

#[test]
fn a_hold_during_metas_pause_holds_after_it_and_shortens_it_not() {
    let mut harness = MachineHarness::new();
    (harness.number.added, harness.number.verified) = (true, true);
    while harness.run_to_write().call() != GraphCall::Register {
        harness.step();
    }
    harness.refuse(Reason::RegisterLimitReached);
    harness.run();
    let until = harness.migration.not_before.unwrap();
    let budgets = harness.machine.budgets(&harness.migration, harness.now);
    let register = budgets.iter().find(|it| it.call == GraphCall::Register);
    assert_eq!(
        register.unwrap().next_allowed_at,
        Some(until),
        "as Meta says"
    );
    harness.command(cutover(Cutover::Hold)).unwrap();
    assert_eq!(harness.migration.not_before, Some(until));
    harness.command(cutover(Cutover::Immediate)).unwrap();
    assert!(matches!(harness.next(), Action::Wait { .. }));
    harness.command(cutover(Cutover::Hold)).unwrap();
    harness.now = until;
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCutover);
    assert_eq!(harness.sent(GraphCall::Register), 1);
}

#[test]
fn a_hold_while_a_remedy_is_awaited_holds_after_resume() {
    let mut harness = MachineHarness::new();
    (harness.number.added, harness.number.verified) = (true, true);
    while harness.run_to_write().call() != GraphCall::Register {
        harness.step();
    }
    harness.refuse(Reason::PaymentMethodMissing);
    harness.run();
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness.command(cutover(Cutover::Hold)).unwrap();
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness.resume().unwrap();
    assert_eq!(harness.migration.state, State::WaitingForCutover);
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn after_the_register_call_everything_but_the_cutover_can_change() {
    let mut harness = MachineHarness::new();
    (harness.number.added, harness.number.verified) = (true, true);
    while harness.run_to_write().call() != GraphCall::Register {
        harness.step();
    }
    let write = harness.run_to_write();
    harness.begin(&write);
    let both = Update {
        cutover: Some(Cutover::Hold),
        reference: Some("new".to_owned()),
        ..Update::default()
    };
    assert_eq!(
        harness.command(update(both.clone())),
        Err(CommandError::PointOfNoReturnPassed)
    );
    let unchanged = Update {
        cutover: Some(Cutover::Immediate),
        ..both
    };
    harness.command(update(unchanged)).unwrap();
    assert_eq!(updated(&harness).unwrap(), ["reference"]);
}

#[test]
fn an_ended_migration_cannot_be_updated() {
    let mut harness = MachineHarness::new();
    harness.command(Command::Cancel).unwrap();
    let state = State::Canceled;
    assert_eq!(
        harness.command(cutover(Cutover::Hold)),
        Err(CommandError::Ended { state })
    );
}

#[test]
fn all_objections_to_an_update_are_returned_at_once() {
    let mut harness = MachineHarness::of(|start| {
        start.request.labels = (0..15).map(|n| (format!("k{n}"), String::new())).collect();
    });
    let past = Update {
        cutover: Some(Cutover::NotBefore(harness.now)),
        labels: labels(&[("a", ""), ("b", "")]),
        ..Update::default()
    };
    let before = harness.migration.clone();
    let found = harness.command(update(past.clone()));
    let expected = vec![Objection::CutoverPassed, Objection::TooManyLabels];
    assert_eq!(found, Err(CommandError::InvalidUpdate(expected)));
    assert_eq!(harness.migration, before);
    let enough = Update {
        cutover: None,
        remove_labels: ["k1".to_owned()].into(),
        ..past
    };
    harness.command(update(enough)).unwrap();
    assert_eq!(harness.migration.labels().len(), 16);

    let late = Cutover::NotBefore(harness.migration.expires_at);
    let found = harness.command(cutover(late));
    let expected = vec![Objection::CutoverAfterExpiry];
    assert_eq!(found, Err(CommandError::InvalidUpdate(expected)));
    let longer = Update {
        cutover: Some(late),
        expires_after: Some(SignedDuration::from_hours(30 * 24)),
        ..Update::default()
    };
    harness.command(update(longer)).unwrap();
    let found = harness.command(update(Update {
        expires_after: Some(SignedDuration::from_hours(1)),
        ..Update::default()
    }));
    let expected = vec![Objection::ExpiryBeforeCutover];
    assert_eq!(found, Err(CommandError::InvalidUpdate(expected)));
}

#[test]
fn an_update_changes_what_it_names_and_leaves_the_request() {
    let mut harness = MachineHarness::of(|start| {
        start.request.reference = "order 7".to_owned();
        start.request.labels = labels(&[("team", "north"), ("tier", "gold")]);
    });
    harness.run();
    let request = harness.migration.request.clone();
    let expires_at = harness.now + SignedDuration::from_hours(2);
    let all = Update {
        cutover: Some(Cutover::Hold),
        expires_after: Some(SignedDuration::from_hours(2)),
        labels: labels(&[("team", "south"), ("batch", "3")]),
        remove_labels: ["tier".to_owned(), "unknown".to_owned()].into(),
        reference: Some(String::new()),
        code_method: Some(domain::CodeMethod::Voice),
        language: "pt_BR".parse().ok(),
    };
    harness.command(update(all.clone())).unwrap();
    let fields = [
        "cutover",
        "expires_after",
        "labels",
        "reference",
        "code_method",
        "language",
    ];
    assert_eq!(updated(&harness).unwrap(), fields);
    let message = harness.history.last().unwrap().message();
    assert_eq!(
        message,
        format!("Updated: {}.", fields.join(", ")),
        "no values"
    );
    let it = &harness.migration;
    assert_eq!(*it.labels(), labels(&[("team", "south"), ("batch", "3")]));
    assert_eq!((it.reference(), it.expires_at), ("", expires_at));
    assert_eq!(it.code_method, domain::CodeMethod::Voice);
    assert!(it.tags.is_changed());
    assert_eq!(it.request, request);
    assert_eq!(request.differing(&Defaults::default(), it), [""; 0]);
    let stored: domain::Migration =
        serde_json::from_str(&serde_json::to_string(it).unwrap()).unwrap();
    assert_eq!((&stored.tags, stored.cutover), (&it.tags, it.cutover));

    // The same again changes nothing, and records nothing.
    let events = harness.history.len();
    let version = harness.migration.clone();
    harness.command(update(all)).unwrap();
    harness.command(update(Update::default())).unwrap();
    assert_eq!(harness.history.len(), events);
    assert_eq!(harness.migration, version);
}

#[test]
fn since_is_when_the_same_action_began_to_wait() {
    let since = |harness: &MachineHarness| {
        harness
            .machine
            .next_action(&harness.migration, harness.now)
            .since
    };
    let mut harness = MachineHarness::new();
    harness.wait(10);
    harness.run();
    let code = harness.now;
    harness.wait(60);
    assert_eq!(since(&harness), code);
    harness.submit().unwrap();
    harness.refuse(Reason::CodeRejected);
    harness.run();
    assert_eq!(since(&harness), harness.now, "another action: a new code");
    // A code is too old when it is: then another is needed.
    harness.wait(3600);
    assert_eq!(since(&harness), code + harness.machine.policy.code_validity);

    harness
        .command(Command::ResendCode {
            method: None,
            language: None,
        })
        .unwrap();
    harness.run();
    harness.submit().unwrap();
    while harness.run_to_write().call() != GraphCall::Register {
        harness.step();
    }
    harness.wait(5);
    let failed = harness.now;
    harness.refuse(Reason::MetaInternal);
    harness.run();
    let wait = |harness: &MachineHarness| {
        let action = harness.machine.next_action(&harness.migration, harness.now);
        (action.kind, action.actor, action.since)
    };
    let waits = (NextActionKind::WaitForMeta, Some(Actor::Meta), failed);
    assert_eq!(wait(&harness), waits);
    harness.now = harness.migration.not_before.unwrap();
    harness.refuse(Reason::MetaInternal);
    assert_eq!(
        wait(&harness),
        waits,
        "another try does not begin another wait"
    );
}
