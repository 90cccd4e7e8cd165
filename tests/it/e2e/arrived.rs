//! A number that is in the destination already, and one that the signup has not added yet.

use waba_migrator::proto::v1::{
    Check, CheckEligibilityRequest, CheckEligibilityResponse, Route, State, Step, Verdict,
};

use crate::support::service::{DESTINATION, SOURCE, ServiceHarness};

const NUMBER: &str = "+12025550100";

async fn ask(
    service: &ServiceHarness,
    route: Route,
    destination: &str,
) -> CheckEligibilityResponse {
    let request = CheckEligibilityRequest {
        phone_number: NUMBER.to_owned(),
        destination_waba_id: destination.to_owned(),
        source_waba_id: SOURCE.to_owned(),
        route: route.into(),
        ..CheckEligibilityRequest::default()
    };
    let answer = service.client.clone().check_eligibility(request).await;
    answer.unwrap().into_inner()
}

fn check<'a>(answer: &'a CheckEligibilityResponse, id: &str) -> &'a Check {
    answer.checks.iter().find(|check| check.id == id).unwrap()
}

#[tokio::test]
async fn a_number_in_the_destination_ends_as_done_on_every_route() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    let code = service.code(NUMBER).unwrap();
    service.submit(&waiting.id, &code).await.unwrap();
    let made = service.attempted(NUMBER);

    for route in [Route::Otp, Route::AddedNumber] {
        let answer = ask(&service, route, DESTINATION).await;
        assert!(answer.eligible, "{route:?}");
        let place = check(&answer, "PLACE_IN_DESTINATION");
        assert_eq!(place.verdict(), Verdict::Pass);
        assert_eq!(
            place.finding,
            "It is already connected in the destination; there is nothing to move."
        );

        let again = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
            request.request_id = format!("again by {route:?}");
            request.route = route.into();
        };
        let done = service.migrate_with(NUMBER, again).await.unwrap();
        assert_eq!(
            (done.state(), done.step()),
            (State::Succeeded, Step::Confirm)
        );
        assert!(done.report.is_some() && done.fault.is_none());
        assert!(done.steps.iter().all(|step| step.finished_at.is_some()));
        assert_eq!(service.attempted(NUMBER), made, "nothing was sent");
    }
}

#[tokio::test]
async fn requirements_of_register_are_checked_before_the_signup_adds_the_number() {
    let service = ServiceHarness::start().await;
    let answer = ask(&service, Route::AddedNumber, DESTINATION).await;
    assert!(answer.eligible);
    let place = check(&answer, "PLACE_IN_DESTINATION");
    assert_eq!(place.verdict(), Verdict::Warn);
    assert_eq!(
        place.finding,
        "It is not in the destination yet; Embedded Signup adds it."
    );
    let apps = check(&answer, "APP_SUBSCRIBED");
    assert_eq!(
        (apps.verdict(), apps.remedies[0].kind.as_str()),
        (Verdict::Warn, "SUBSCRIBE_APP")
    );

    for (account, id) in [
        ("104996122399202", "DESTINATION_BUSINESS_VERIFIED"),
        ("104996122399203", "DESTINATION_ACCOUNT_APPROVED"),
        ("104996122399204", "DESTINATION_PAYMENT_METHOD"),
    ] {
        let answer = ask(&service, Route::AddedNumber, account).await;
        assert!(!answer.eligible, "{account}");
        assert_eq!(check(&answer, id).verdict(), Verdict::Fail, "{account}");
    }

    let added = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
        request.route = Route::AddedNumber.into();
    };
    let stopped = service.migrate_with(NUMBER, added).await.unwrap();
    assert_eq!(
        (stopped.state(), stopped.step()),
        (State::ActionRequired, Step::Check),
        "a migration of a number that was not added does not start"
    );
}
