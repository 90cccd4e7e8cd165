//! The checks: facts in, verdicts out, with cases from the field.

mod accounts;
mod numbers;
mod token;

use jiff::Timestamp;

use super::*;
use crate::facts::{AccountFacts, AccountHealth, NumberFacts, Side, SubscribedApps, TokenFacts};

const DESTINATION: &str = "215589313241560";
const SOURCE: &str = "104996122399160";

#[expect(clippy::unnecessary_wraps, reason = "the type of the facts' fields")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn account(id: &str) -> AccountFacts {
    AccountFacts {
        id: id.parse().unwrap(),
        name: text("Lucky Shrub"),
        owner_business_id: text("2729063490586005"),
        on_behalf_of_business_id: None,
        on_behalf_of_status: None,
        business_verification_status: text("verified"),
        account_review_status: text("APPROVED"),
        status: text("ACTIVE"),
        has_payment_method: Some(true),
        health: Some(AccountHealth::plain("AVAILABLE")),
        adding_numbers_restricted: Some(false),
    }
}

/// A number at the source that passes every check.
fn number() -> NumberFacts {
    NumberFacts {
        id: "106540352242922".parse().unwrap(),
        display_phone_number: "+1 202-555-0123".to_owned(),
        verified_name: text("Lucky Shrub"),
        name_status: text("APPROVED"),
        new_name_status: text("NONE"),
        status: text("CONNECTED"),
        code_verification_status: text("VERIFIED"),
        platform_type: text("CLOUD_API"),
        quality_rating: text("GREEN"),
        messaging_limit: text("TIER_2K"),
        throughput: text("STANDARD"),
        account_mode: text("LIVE"),
        health: text("AVAILABLE"),
        official_business_account: Some(false),
        pin_enabled: Some(false),
        on_business_app: Some(false),
    }
}

/// The same, added to the destination and not registered yet.
fn pending() -> NumberFacts {
    NumberFacts {
        status: text("PENDING"),
        platform_type: text("NOT_APPLICABLE"),
        ..number()
    }
}

fn side(id: &str, number: Option<NumberFacts>) -> Side {
    Side {
        account: Ok(account(id)),
        numbers_unread: None,
        number_count: Some(1),
        number,
        templates: Some(Vec::new()),
    }
}

/// A number that can be moved.
fn facts() -> Facts {
    Facts {
        read_at: Timestamp::UNIX_EPOCH,
        token: Ok(TokenFacts {
            app_id: "138483919580948".parse().ok(),
            is_valid: true,
            error: None,
            expires_at: None,
            scopes: vec![
                "whatsapp_business_management".to_owned(),
                "whatsapp_business_messaging".to_owned(),
            ],
            limited_to: Vec::new(),
        }),
        destination: side(DESTINATION, None),
        subscribed_apps: Ok(SubscribedApps {
            count: 1,
            ours: Some(true),
        }),
        source: Some(side(SOURCE, Some(number()))),
    }
}

/// The facts, changed by `edit`.
fn with(edit: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts();
    edit(&mut facts);
    facts
}

/// The facts, with the number at the source changed by `edit`.
fn at_source(edit: impl FnOnce(&mut NumberFacts)) -> Facts {
    with(|facts| {
        let source = facts.source.as_mut().unwrap();
        edit(source.number.as_mut().unwrap());
    })
}

/// The facts, with the destination changed by `edit`.
fn in_destination(edit: impl FnOnce(&mut AccountFacts)) -> Facts {
    with(|facts| edit(facts.destination.account.as_mut().unwrap()))
}

fn run_for(route: Route, purpose: Purpose, facts: &Facts) -> Vec<Check> {
    let context = CheckContext {
        phone_number: &"+12025550123".parse().unwrap(),
        destination: &DESTINATION.parse().unwrap(),
        route,
        purpose,
    };
    run(context, facts)
}

/// Every check of a migration by code.
fn checks(facts: &Facts) -> Vec<Check> {
    run_for(Route::Otp, Purpose::Migration, facts)
}

fn one(checks: &[Check], id: CheckId) -> Check {
    checks.iter().find(|check| check.id == id).unwrap().clone()
}

/// The check `id` of a migration by code.
fn check(facts: &Facts, id: CheckId) -> Check {
    one(&checks(facts), id)
}

/// Its verdict and remedies.
fn stands(facts: &Facts, id: CheckId) -> (Verdict, Vec<Remedy>) {
    let check = check(facts, id);
    (check.verdict, check.remedies)
}

/// A fault that Meta returned to a read.
fn refusal(reason: Reason, code: i64) -> Fault {
    let error = GraphError {
        http_status: 403,
        code,
        message: format!("(#{code}) refused"),
        fbtrace_id: text("Az8or2"),
        ..GraphError::default()
    };
    Fault::of(reason).with_graph_error(error)
}

#[test]
fn a_number_in_good_order_passes_everything() {
    let amiss: Vec<Check> = checks(&facts())
        .into_iter()
        .filter(|check| check.verdict != Verdict::Pass)
        .collect();
    assert_eq!(amiss, []);
    assert_eq!(fault(&checks(&facts())), None);
}

#[test]
fn metas_error_is_part_of_the_checks_that_failed_due_to_it_and_of_the_fault() {
    let refused = refusal(Reason::PermissionMissing, 200);
    let facts = with(|facts| {
        facts.destination.account = Err(refused.clone());
        facts.destination.numbers_unread = Some(refused.clone());
        facts.subscribed_apps = Err(refused.clone());
    });
    let checks = checks(&facts);
    for id in [
        CheckId::TokenReachesDestination,
        CheckId::SameBusiness,
        CheckId::DestinationBusinessVerified,
        CheckId::DestinationApproved,
        CheckId::MessagingForApproved,
        CheckId::DestinationPayment,
        CheckId::NotRestricted,
        CheckId::AppSubscribed,
        CheckId::PlaceInDestination,
    ] {
        assert_eq!(one(&checks, id).graph_error, refused.graph_error, "{id:?}");
    }
    assert_eq!(one(&checks, CheckId::TwoStepOff).graph_error, None);
    let fault = fault(&checks).unwrap();
    assert_eq!(fault.reason, Reason::ChecksFailed);
    assert_eq!(fault.graph_error, refused.graph_error);
    assert_eq!(fault.remedies, refused.remedies, "those of the refusal");
}

#[test]
fn a_check_without_an_error_of_metas_is_stored_without_that_field() {
    let stored = r#"{"id":"TWO_STEP_OFF","verdict":"FAIL","finding":"It is on.","remedies":["TURN_OFF_TWO_STEP"]}"#;
    let check: Check = serde_json::from_str(stored).unwrap();
    assert_eq!(check.graph_error, None);
    assert_eq!(serde_json::to_string(&check).unwrap(), stored);
}
