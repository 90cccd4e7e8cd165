//! Several notations of one number: one migration, one history, one list of messages.

use tonic::Code;
use waba_migrator::proto::v1::{
    CheckEligibilityRequest, CodeMethod, ListMigrationsRequest, MigrateRequest, MigrateResponse,
    State, Verdict,
};

use crate::support::service::{DESTINATION, ServiceHarness, refusal, request};

/// A Mexican number: as it is dialled, as Meta displays it, and as many contact lists contain it.
const FORMS: [&str; 3] = ["+52 55 4132 0000", "+52 1 55 4132 0000", "5215541320000"];
const NUMBER: &str = "+525541320000";

async fn asked(service: &ServiceHarness, request_id: &str, number: &str) -> MigrateResponse {
    let request = MigrateRequest {
        request_id: request_id.to_owned(),
        source_waba_id: String::new(),
        ..request(number)
    };
    let answer = service.client.clone().migrate(request).await;
    answer.unwrap().into_inner()
}

#[tokio::test]
async fn three_notations_of_a_number_start_one_migration() {
    for first in FORMS {
        let service = ServiceHarness::start().await;
        let started = asked(&service, "order 7", first).await;
        assert!(!started.already_existed);
        let started = started.migration.unwrap();
        assert_eq!(started.phone_number, NUMBER, "{first}");
        assert_eq!(started.state(), State::WaitingForCode);
        for other in FORMS {
            let again = asked(&service, "order 7", other).await;
            assert!(again.already_existed, "{first} {other}");
            assert_eq!(again.migration.unwrap().id, started.id);

            let second = MigrateRequest {
                request_id: "order 8".to_owned(),
                source_waba_id: String::new(),
                ..request(other)
            };
            let (code, reason, _) = refusal(service.client.clone().migrate(second).await);
            assert_eq!(
                (code, reason.as_str()),
                (Code::AlreadyExists, "MIGRATION_IN_PROGRESS"),
                "{first} {other}"
            );

            let list = ListMigrationsRequest {
                phone_number: other.to_owned(),
                ..ListMigrationsRequest::default()
            };
            let found = service.client.clone().list_migrations(list).await;
            assert_eq!(found.unwrap().into_inner().migrations.len(), 1, "{other}");
        }
        let code = service.code(NUMBER).unwrap();
        let moved = service.submit(&started.id, &code).await.unwrap();
        assert_eq!(moved.state(), State::Succeeded);
        assert_eq!(service.effective(NUMBER).len(), 4, "each call once");
    }
}

#[tokio::test]
async fn the_response_explains_how_a_number_was_read() {
    let mut service = ServiceHarness::start().await;
    let started = asked(&service, "order 7", FORMS[1])
        .await
        .migration
        .unwrap();
    let reading = started.phone_number_reading.clone();
    assert!(
        reading.starts_with("read as +52 55 4132 0000: the 1 after +52"),
        "{reading}"
    );
    let check = started.checks.iter().find(|it| it.id == "NUMBER_IN_PLAN");
    let check = check.expect("it is among the checks");
    assert_eq!(check.verdict(), Verdict::Pass);
    assert!(check.finding.contains(&reading), "{}", check.finding);

    service.stop_and_restart().await;
    let kept = service.status(&started.id).await;
    assert_eq!(kept.phone_number_reading, reading);

    let usual = service.migrate("+12025550100").await;
    assert_eq!(usual.phone_number_reading, "");
}

#[tokio::test]
async fn an_unknown_number_range_is_a_warning_and_no_error() {
    let service = ServiceHarness::start().await;
    let asked = CheckEligibilityRequest {
        phone_number: "+1 000 555 0123".to_owned(),
        destination_waba_id: DESTINATION.to_owned(),
        ..CheckEligibilityRequest::default()
    };
    let answer = service.client.clone().check_eligibility(asked).await;
    let checks = answer.unwrap().into_inner().checks;
    let check = checks.iter().find(|it| it.id == "NUMBER_IN_PLAN").unwrap();
    assert_eq!(check.verdict(), Verdict::Warn);
    assert!(!check.required && !check.remedies.is_empty());
}

#[tokio::test]
async fn a_fixed_line_gets_its_code_by_voice() {
    let service = ServiceHarness::start().await;
    let number = "+4930901820";
    let started = asked(&service, "order 7", number).await.migration.unwrap();
    assert_eq!(started.code_method(), CodeMethod::Voice);
    let messages = service.sandbox.messages("4930901820");
    assert_eq!(
        serde_json::to_value(&messages[0]).unwrap()["method"],
        "VOICE"
    );
    assert!(asked(&service, "order 7", number).await.already_existed);
}
