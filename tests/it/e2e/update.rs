//! Updates of live migrations.

use jiff::SignedDuration;
use prost_types::{Duration, Timestamp};
use tonic::{Code, Status};
use waba_migrator::proto::v1::cutover::When;
use waba_migrator::proto::v1::{
    CodeMethod, Cutover, EventKind, ListMigrationsRequest, Migration, NextActionKind,
    ResendCodeRequest, State, UpdateMigrationRequest,
};

use crate::support::service::{ServiceHarness, digits, refusal};

/// A number that needs no code.
const VERIFIED: &str = "+12025550101";
const NUMBER: &str = "+12025550100";

async fn update(
    service: &ServiceHarness,
    id: &str,
    change: impl FnOnce(&mut UpdateMigrationRequest),
) -> Result<Migration, Status> {
    let mut request = UpdateMigrationRequest {
        migration_id: id.to_owned(),
        ..UpdateMigrationRequest::default()
    };
    change(&mut request);
    let answer = service.client.clone().update_migration(request).await?;
    Ok(answer.into_inner().migration.unwrap())
}

/// A cutover in this number of hours.
fn in_hours(service: &ServiceHarness, hours: i64) -> Cutover {
    let at = service.clock.now() + SignedDuration::from_hours(hours);
    let at = Timestamp {
        seconds: at.as_second(),
        nanos: 0,
    };
    Cutover {
        when: Some(When::NotBefore(at)),
    }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

async fn listed(service: &ServiceHarness, request: ListMigrationsRequest) -> Vec<String> {
    let answer = service.client.clone().list_migrations(request).await;
    let migrations = answer.unwrap().into_inner().migrations;
    migrations.into_iter().map(|it| it.id).collect()
}

#[tokio::test]
async fn a_sunday_that_slips_twice_moves_the_number_at_its_last_time() {
    let mut service = ServiceHarness::start().await;
    let sunday = Some(in_hours(&service, 24));
    let asked = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
        request.cutover = sunday;
        request.request_id = "sunday".to_owned();
    };
    let started = service.migrate_with(VERIFIED, asked).await.unwrap();
    let id = started.id.clone();
    let waits = service
        .until(&id, |it| it.state() == State::WaitingForCutover)
        .await;
    assert_eq!(waits.cutover, sunday);

    let later = Some(in_hours(&service, 7 * 24));
    let slipped = update(&service, &id, |it| it.cutover = later)
        .await
        .unwrap();
    assert_eq!(
        (slipped.state(), slipped.cutover),
        (State::WaitingForCutover, later)
    );
    let next = slipped.next_action.unwrap();
    assert_eq!(next.kind(), NextActionKind::Wait);
    assert_eq!(next.since, slipped.updated_at, "another time is waited for");
    service.clock.advance(hours(25));
    service.crash_and_restart().await;
    assert!(!service.attempted(VERIFIED).contains(&"register".to_owned()));

    let last = Some(in_hours(&service, 48));
    update(&service, &id, |it| it.cutover = last).await.unwrap();
    service.clock.advance(hours(47));
    assert_eq!(service.status(&id).await.state(), State::WaitingForCutover);
    service.clock.advance(hours(2));
    let moved = service
        .until(&id, |it| it.state() == State::Succeeded)
        .await;
    assert_eq!(moved.cutover, last);

    // The request as it came is compared.
    let again = service.migrate_with(VERIFIED, asked).await.unwrap();
    assert_eq!(again.id, id);
    let history = service.history(&id).await;
    let updates = history.iter().filter(|it| it.kind() == EventKind::Updated);
    let messages: Vec<&str> = updates.map(|it| it.message.as_str()).collect();
    assert_eq!(messages, ["Updated: cutover."; 2]);

    let ended = update(&service, &id, |it| it.cutover = last).await;
    let (code, reason, _) = refusal(ended);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "MIGRATION_ENDED")
    );
}

#[tokio::test]
async fn an_empty_cutover_moves_the_number_within_the_call() {
    let service = ServiceHarness::start().await;
    let hold = Some(Cutover {
        when: Some(When::Hold(true)),
    });
    let started = service.migrate_with(VERIFIED, |it| it.cutover = hold);
    let id = started.await.unwrap().id;
    service
        .until(&id, |it| it.state() == State::WaitingForCutover)
        .await;
    let moved = update(&service, &id, |it| it.cutover = Some(Cutover::default()));
    assert_eq!(moved.await.unwrap().state(), State::Succeeded);
}

#[tokio::test]
async fn changed_labels_and_a_changed_reference_are_found() {
    for service in [
        ServiceHarness::start().await,
        ServiceHarness::on_postgres(&[]).await,
    ] {
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let asked = |it: &mut waba_migrator::proto::v1::MigrateRequest| {
            it.labels = [label("team", "north"), label("tier", "gold")].into();
            it.reference = "order 7".to_owned();
        };
        let id = service.migrate_with(NUMBER, asked).await.unwrap().id;
        let changed = update(&service, &id, |it| {
            it.labels = [label("team", "south")].into();
            it.remove_labels = vec!["tier".to_owned()];
            it.reference = Some("order 8".to_owned());
            it.code_method = CodeMethod::Voice.into();
            it.language = "pt_BR".to_owned();
            it.expires_after = Some(Duration {
                seconds: 3600,
                nanos: 0,
            });
        });
        let changed = changed.await.unwrap();
        assert_eq!(changed.labels, [label("team", "south")].into());
        assert_eq!(
            (&*changed.reference, &*changed.language),
            ("order 8", "pt_BR")
        );
        assert_eq!(service.status(&id).await, changed);
        for (key, value, found) in [
            ("team", "south", 1),
            ("team", "north", 0),
            ("tier", "gold", 0),
        ] {
            let request = ListMigrationsRequest {
                labels: [label(key, value)].into(),
                ..ListMigrationsRequest::default()
            };
            assert_eq!(
                listed(&service, request).await.len(),
                found,
                "{key}={value}"
            );
        }
        for (reference, found) in [("order 8", 1), ("order 7", 0)] {
            let request = ListMigrationsRequest {
                reference: reference.to_owned(),
                ..ListMigrationsRequest::default()
            };
            assert_eq!(listed(&service, request).await.len(), found, "{reference}");
        }
        let again = service.migrate_with(NUMBER, asked).await.unwrap();
        assert_eq!(again.id, id, "the request as it came is compared");
        // The next code comes by a call.
        service.clock.advance(SignedDuration::from_secs(120));
        let request = ResendCodeRequest {
            migration_id: id.clone(),
            ..ResendCodeRequest::default()
        };
        service.client.clone().resend_code(request).await.unwrap();
        let digits = digits(NUMBER);
        let newest = service.sandbox.messages(digits).pop().unwrap();
        assert_eq!(newest.method, "VOICE");
        service.clock.advance(hours(2));
        let expired = service.until(&id, |it| it.ended_at.is_some()).await;
        assert_eq!(expired.state(), State::Expired);
    }
}

#[tokio::test]
async fn all_violations_of_an_update_are_returned_at_once() {
    let service = ServiceHarness::start().await;
    let id = service.migrate(NUMBER).await.id;
    let violations = |answer: Result<Migration, Status>| {
        let (code, reason, details) = refusal(answer);
        assert_eq!(
            (code, reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS")
        );
        let violations = &details.bad_request().unwrap().field_violations;
        violations
            .iter()
            .map(|it| it.field.clone())
            .collect::<Vec<_>>()
    };
    let malformed = update(&service, &id, |it| {
        it.cutover = Some(Cutover {
            when: Some(When::Hold(false)),
        });
        it.expires_after = Some(Duration::default());
        it.labels = [
            ("Team".to_owned(), String::new()),
            ("a".to_owned(), String::new()),
        ]
        .into();
        it.remove_labels = vec!["a".to_owned(), "B".to_owned()];
        it.reference = Some("\n".to_owned());
        it.code_method = 9;
        it.language = "xx".to_owned();
    });
    assert_eq!(
        violations(malformed.await),
        [
            "cutover.hold",
            "expires_after",
            "labels[\"Team\"]",
            "remove_labels[0]",
            "remove_labels[1]",
            "reference",
            "code_method",
            "language"
        ]
    );
    let unfit = update(&service, &id, |it| {
        it.cutover = Some(in_hours(&service, -1));
        it.labels = (0..16).map(|n| (format!("k{n}"), String::new())).collect();
    });
    assert_eq!(violations(unfit.await), ["cutover.not_before"]);
    let sixteen = update(&service, &id, |it| {
        it.labels = (0..16).map(|n| (format!("k{n}"), String::new())).collect();
    });
    sixteen.await.unwrap();
    let more = update(&service, &id, |it| {
        it.cutover = Some(in_hours(&service, 24 * 100));
        it.labels = [("more".to_owned(), String::new())].into();
    });
    assert_eq!(violations(more.await), ["cutover.not_before", "labels"]);
    let shorter = update(&service, &id, |it| {
        it.cutover = Some(in_hours(&service, 24));
    });
    shorter.await.unwrap();
    let shorter = update(&service, &id, |it| {
        it.expires_after = Some(Duration {
            seconds: 3600,
            nanos: 0,
        });
    });
    assert_eq!(violations(shorter.await), ["expires_after"]);
}
