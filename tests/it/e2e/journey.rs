//! One migration from start to end.

use waba_migrator::proto::v1::{
    CancelRequest, Cutover, EventKind, ListEventsRequest, ListMigrationsRequest, NextActionKind,
    ReportOutcome, RevealTwoStepPinRequest, Route, State, Step, TemplateOutcome, TwoStepPinSource,
    cutover,
};

use crate::support::service::{DESTINATION, SOURCE, ServiceHarness, digits, reason};

const NUMBER: &str = "+12025550100";

#[tokio::test]
async fn a_number_moves_with_one_call_of_each_kind_and_a_report() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    assert_eq!(waiting.state(), State::WaitingForCode);
    let next = waiting.next_action.clone().unwrap();
    assert_eq!(next.kind(), NextActionKind::SubmitCode);
    assert!(next.instruction.contains(NUMBER) && next.deadline.is_some());

    let moved = service
        .submit(&waiting.id, &service.code(NUMBER).unwrap())
        .await
        .unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    assert_eq!(
        service.effective(NUMBER),
        ["add_number", "request_code", "verify_code", "register"]
    );

    let report = moved.report.unwrap();
    let line = |subject: &str| {
        report
            .lines
            .iter()
            .find(|line| line.subject == subject)
            .unwrap()
            .clone()
    };
    assert_eq!(line("display name").outcome(), ReportOutcome::Kept);
    assert_eq!(line("WhatsApp Business Account").before, SOURCE);
    assert_eq!(line("WhatsApp Business Account").after, DESTINATION);
    let became = |outcome| {
        report
            .templates
            .iter()
            .filter(|line| line.outcome() == outcome)
            .count()
    };
    assert!(became(TemplateOutcome::Carried) > 0 && became(TemplateOutcome::Recategorised) > 0);
    assert!(report.templates.iter().any(|line| !line.why.is_empty()));
    assert!(!report.to_do_anew.is_empty());
    assert!(moved.steps.iter().all(|step| step.finished_at.is_some()));
}

#[tokio::test]
async fn the_same_request_finds_the_same_migration() {
    let service = ServiceHarness::start().await;
    let first = service
        .client
        .clone()
        .migrate(crate::support::service::request(NUMBER))
        .await
        .unwrap()
        .into_inner();
    let again = service
        .client
        .clone()
        .migrate(crate::support::service::request(NUMBER))
        .await
        .unwrap()
        .into_inner();
    assert!(!first.already_existed && again.already_existed);
    assert_eq!(first.migration.unwrap().id, again.migration.unwrap().id);
    assert_eq!(service.effective(NUMBER).len(), 2, "nothing happened twice");
}

#[tokio::test]
async fn a_wrong_code_is_rejected_in_the_same_call_with_the_remaining_budget() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    let right = service.code(NUMBER).unwrap();
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let rejected = service.submit(&waiting.id, wrong).await.unwrap();
    assert_eq!(
        (rejected.state(), reason(rejected.fault.as_ref())),
        (State::WaitingForCode, "CODE_REJECTED")
    );
    let used: Vec<_> = rejected
        .budgets
        .iter()
        .map(|budget| (budget.used, budget.limit))
        .collect();
    assert_eq!(used, [(1, 5), (1, 5), (0, 8)]);
    let moved = service.submit(&waiting.id, &right).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
}

#[tokio::test]
async fn the_pin_can_be_revealed_after_register_and_each_reveal_is_an_event() {
    let service = ServiceHarness::start().await;
    let waiting = service
        .migrate_with(NUMBER, |request| {
            request.set_two_step_pin_source(TwoStepPinSource::Code);
        })
        .await
        .unwrap();
    let code = service.code(NUMBER).unwrap();
    service.submit(&waiting.id, &code).await.unwrap();
    let request = RevealTwoStepPinRequest {
        migration_id: waiting.id.clone(),
    };
    let pin = service
        .client
        .clone()
        .reveal_two_step_pin(request)
        .await
        .unwrap()
        .into_inner()
        .two_step_pin;
    assert_eq!(pin, code);
    let request = ListEventsRequest {
        migration_id: waiting.id,
        ..ListEventsRequest::default()
    };
    let events = service
        .client
        .clone()
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .events;
    assert_eq!(events.last().unwrap().kind(), EventKind::TwoStepPinRevealed);
    assert!(events.iter().all(|event| !event.message.contains(&code)));
}

#[tokio::test]
async fn a_held_cutover_waits_for_resume() {
    let service = ServiceHarness::start().await;
    let held = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
        request.cutover = Some(Cutover {
            when: Some(cutover::When::Hold(true)),
        });
    };
    let waiting = service.migrate_with(NUMBER, held).await.unwrap();
    let ready = service
        .submit(&waiting.id, &service.code(NUMBER).unwrap())
        .await
        .unwrap();
    assert_eq!(ready.state(), State::WaitingForCutover);
    assert_eq!(
        ready.next_action.unwrap().kind(),
        NextActionKind::ReleaseCutover
    );
    let moved = service.resume(&ready.id).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
}

#[tokio::test]
async fn a_canceled_migration_lists_its_clean_up_and_frees_the_number() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    let request = CancelRequest {
        migration_id: waiting.id.clone(),
        wait: None,
    };
    let canceled = service
        .client
        .clone()
        .cancel(request)
        .await
        .unwrap()
        .into_inner()
        .migration
        .unwrap();
    assert_eq!(canceled.state(), State::Canceled);
    let left: Vec<_> = canceled
        .clean_up
        .iter()
        .map(|remedy| remedy.kind.as_str())
        .collect();
    assert_eq!(left, ["REMOVE_PENDING_NUMBER", "TURN_ON_TWO_STEP_AGAIN"]);
    let second = service
        .migrate_with(NUMBER, |request| {
            request.request_id = "second try".to_owned();
        })
        .await
        .unwrap();
    assert_eq!(
        second.state(),
        State::WaitingForCode,
        "the pending number is taken over"
    );
    assert_eq!(
        service
            .effective(NUMBER)
            .iter()
            .filter(|call| *call == "add_number")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_number_that_embedded_signup_added_is_only_registered() {
    let service = ServiceHarness::start().await;
    // Added and verified elsewhere: here by a migration that stopped before its cutover.
    let held = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
        request.cutover = Some(Cutover {
            when: Some(cutover::When::Hold(true)),
        });
    };
    let other = service.migrate_with(NUMBER, held).await.unwrap();
    service
        .submit(&other.id, &service.code(NUMBER).unwrap())
        .await
        .unwrap();
    let request = CancelRequest {
        migration_id: other.id,
        wait: None,
    };
    service.client.clone().cancel(request).await.unwrap();

    let added = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
        request.request_id = "added".to_owned();
        request.route = Route::AddedNumber.into();
    };
    let moved = service.migrate_with(NUMBER, added).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    let steps: Vec<_> = moved
        .steps
        .iter()
        .map(waba_migrator::proto::v1::StepProgress::step)
        .collect();
    assert_eq!(
        steps,
        [
            Step::Check,
            Step::Subscribe,
            Step::FindNumber,
            Step::Register,
            Step::Confirm
        ]
    );
    assert_eq!(
        service.effective(NUMBER),
        ["add_number", "request_code", "verify_code", "register"]
    );
}

#[tokio::test]
async fn a_list_finds_migrations_by_what_they_carry() {
    let service = ServiceHarness::start().await;
    for (number, team) in [
        ("+12025550190", "north"),
        ("+12025550191", "south"),
        ("+12025550192", "south"),
    ] {
        let labelled = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
            request.labels.insert("team".to_owned(), team.to_owned());
            request.wait = Some(prost_types::Duration::default());
        };
        service.migrate_with(number, labelled).await.unwrap();
    }
    let south = ListMigrationsRequest {
        labels: [("team".to_owned(), "south".to_owned())].into(),
        page_size: 1,
        ..ListMigrationsRequest::default()
    };
    let first = service
        .client
        .clone()
        .list_migrations(south.clone())
        .await
        .unwrap()
        .into_inner();
    let second = ListMigrationsRequest {
        page_token: first.next_page_token.clone(),
        ..south
    };
    let second = service
        .client
        .clone()
        .list_migrations(second)
        .await
        .unwrap()
        .into_inner();
    let numbers: Vec<_> = first
        .migrations
        .iter()
        .chain(&second.migrations)
        .map(|found| found.phone_number.as_str())
        .collect();
    assert_eq!(numbers, ["+12025550192", "+12025550191"], "newest first");
    assert_eq!(second.next_page_token, "");
}

#[tokio::test]
async fn a_number_unknown_to_the_source_moves_as_well() {
    let service = ServiceHarness::start().await;
    let number = "+5511987654321";
    let without_source =
        |request: &mut waba_migrator::proto::v1::MigrateRequest| request.source_waba_id.clear();
    let waiting = service.migrate_with(number, without_source).await.unwrap();
    assert_eq!(waiting.state(), State::WaitingForCode);
    let moved = service
        .submit(&waiting.id, &service.code(number).unwrap())
        .await
        .unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    assert_eq!(service.effective(number).len(), 4, "{}", digits(number));
}
