//! The checks alone: each has a verdict, and nothing changes.

use waba_migrator::proto::v1::{Check, CheckEligibilityRequest, Verdict};

use crate::support::service::{DESTINATION, SOURCE, ServiceHarness};

async fn check(service: &ServiceHarness, number: &str, destination: &str) -> (bool, Vec<Check>) {
    let request = CheckEligibilityRequest {
        phone_number: number.to_owned(),
        destination_waba_id: destination.to_owned(),
        source_waba_id: SOURCE.to_owned(),
        ..CheckEligibilityRequest::default()
    };
    let answer = service
        .client
        .clone()
        .check_eligibility(request)
        .await
        .unwrap()
        .into_inner();
    assert!(
        service.sandbox.ledger().is_empty(),
        "nothing changed at Meta"
    );
    (answer.eligible, answer.checks)
}

fn verdict(checks: &[Check], id: &str) -> Verdict {
    checks
        .iter()
        .find(|check| check.id == id)
        .unwrap_or_else(|| panic!("no check {id}"))
        .verdict()
}

#[tokio::test]
async fn a_number_without_problems_passes() {
    let service = ServiceHarness::start().await;
    let (eligible, checks) = check(&service, "+12025550100", DESTINATION).await;
    assert!(eligible);
    let odd: Vec<_> = checks
        .iter()
        .filter(|check| check.verdict() != Verdict::Pass)
        .map(|check| check.id.as_str())
        .collect();
    assert_eq!(odd, ["APP_SUBSCRIBED"], "the SUBSCRIBE step fixes that one");
}

#[tokio::test]
async fn problems_of_a_number_are_found_before_it_changes() {
    let service = ServiceHarness::start().await;
    for (number, id) in [
        ("+12025550130", "TWO_STEP_OFF"),
        ("+12025550131", "DISPLAY_NAME_APPROVED"),
        ("+12025550132", "NOT_ON_BUSINESS_APP"),
        ("+12025550133", "NOT_A_TEST_NUMBER"),
    ] {
        let (eligible, checks) = check(&service, number, DESTINATION).await;
        assert!(!eligible, "{number}");
        assert_eq!(verdict(&checks, id), Verdict::Fail, "{number}");
        let failed = checks.iter().find(|check| check.id == id).unwrap();
        assert!(!failed.remedies.is_empty());
        let guide = format!("{}/docs/preparing-a-number#", service.url());
        for remedy in &failed.remedies {
            assert!(remedy.documentation.starts_with(&guide), "{remedy:?}");
        }
    }
}

#[tokio::test]
async fn problems_of_an_account_are_found_before_it_changes() {
    let service = ServiceHarness::start().await;
    for (account, id, expected) in [
        ("104996122399201", "SAME_BUSINESS", Verdict::Fail),
        (
            "104996122399202",
            "DESTINATION_BUSINESS_VERIFIED",
            Verdict::Fail,
        ),
        (
            "104996122399203",
            "DESTINATION_ACCOUNT_APPROVED",
            Verdict::Fail,
        ),
        (
            "104996122399204",
            "DESTINATION_PAYMENT_METHOD",
            Verdict::Fail,
        ),
        (
            "104996122399205",
            "DESTINATION_NOT_RESTRICTED",
            Verdict::Fail,
        ),
        ("104996122399206", "ROOM_FOR_NUMBER", Verdict::Warn),
        (
            "104996122399208",
            "DESTINATION_PAYMENT_METHOD",
            Verdict::Unknown,
        ),
    ] {
        let (eligible, checks) = check(&service, "+12025550100", account).await;
        assert_eq!(verdict(&checks, id), expected, "{account}: {checks:#?}");
        assert_eq!(eligible, expected != Verdict::Fail, "{account}");
    }
}

#[tokio::test]
async fn problems_of_a_token_are_found_before_anything_changes() {
    let service = ServiceHarness::start().await;
    for (token, id) in [
        ("sandbox-expired-token", "TOKEN_VALID"),
        ("sandbox-missing-scope", "TOKEN_REACHES_DESTINATION"),
    ] {
        let request = CheckEligibilityRequest {
            phone_number: "+12025550100".to_owned(),
            destination_waba_id: DESTINATION.to_owned(),
            access_token: token.to_owned(),
            ..CheckEligibilityRequest::default()
        };
        let answer = service
            .client
            .clone()
            .check_eligibility(request)
            .await
            .unwrap()
            .into_inner();
        assert!(!answer.eligible, "{token}");
        assert_eq!(verdict(&answer.checks, id), Verdict::Fail, "{token}");
        let reached = answer.checks.iter();
        let mut reached = reached.filter(|check| check.id == "TOKEN_REACHES_DESTINATION");
        let answered = reached.next().unwrap().graph_error.as_ref().unwrap();
        assert!(
            answered.code > 0 && !answered.fbtrace_id.is_empty(),
            "{token}"
        );
        assert_eq!(
            verdict(&answer.checks, "TWO_STEP_OFF"),
            Verdict::Unknown,
            "no source was named"
        );
    }
}
