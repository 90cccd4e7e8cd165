//! Invalid requests to the other RPCs.

use super::super::*;
use super::{now, refused, seconds};
use crate::proto::v1;
use domain::tenancy::Defaults;
use domain::{Command, Objection, State, TenantId};

const ID: &str = "mig_01935f00000070008000000000000001";

#[test]
fn a_bad_command_is_refused() {
    let code = |id: &str, code: &str, wait| {
        commands::submit_code(&v1::SubmitCodeRequest {
            migration_id: id.to_owned(),
            code: code.to_owned(),
            wait,
        })
    };
    assert_eq!(refused(code(ID, "12345", None)), ["code"]);
    assert_eq!(
        refused(code("mig_7", "", Some(seconds(61)))),
        ["migration_id", "code", "wait"]
    );
    let order = code(ID, "123-830", None).unwrap();
    assert!(matches!(order.command, Command::SubmitCode(code) if code.expose() == "123830"));

    let resend = v1::ResendCodeRequest {
        migration_id: ID.to_owned(),
        code_method: 7,
        language: "xx".to_owned(),
        wait: None,
    };
    assert_eq!(
        refused(commands::resend_code(&resend)),
        ["code_method", "language"]
    );
    let resume = v1::ResumeRequest {
        migration_id: ID.to_owned(),
        access_token: "a b".to_owned(),
        two_step_pin: "1".to_owned(),
        wait: None,
    };
    assert_eq!(
        refused(commands::resume(&resume)),
        ["access_token", "two_step_pin"]
    );
    assert_eq!(refused(migration_id("")), ["migration_id"]);
}

#[test]
fn a_bad_search_is_refused() {
    let bad = v1::ListMigrationsRequest {
        states: vec![v1::State::Running.into(), 0, 99],
        phone_number: "1".to_owned(),
        waba_id: "x".to_owned(),
        page_size: 201,
        page_token: "ignored while filters are wrong".to_owned(),
        view: 9,
        phone_number_ends_with: "12".to_owned(),
        actor: 9,
        fault: "code_rejected".to_owned(),
        updated_since: Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -1,
        }),
        ..v1::ListMigrationsRequest::default()
    };
    assert_eq!(
        refused(Search::read(&bad, &TenantId::default_tenant())),
        [
            "states[1]",
            "states[2]",
            "phone_number",
            "phone_number_ends_with",
            "waba_id",
            "page_size",
            "view",
            "actor",
            "fault",
            "updated_since"
        ]
    );
    let bad = v1::ListMigrationsRequest {
        page_token: "0".repeat(48),
        ..v1::ListMigrationsRequest::default()
    };
    assert_eq!(
        refused(Search::read(&bad, &TenantId::default_tenant())),
        ["page_token"]
    );
    let twice = v1::ListMigrationsRequest {
        states: vec![v1::State::Running.into(); 2],
        ..v1::ListMigrationsRequest::default()
    };
    let search = Search::read(&twice, &TenantId::default_tenant()).unwrap();
    assert_eq!(
        (search.filter.states, search.page.size),
        (vec![State::Running], 50)
    );
}

#[test]
fn a_bad_history_is_refused() {
    let bad = v1::ListEventsRequest {
        migration_id: String::new(),
        after_sequence: -1,
        page_size: -5,
    };
    assert_eq!(
        refused(History::read(&bad)),
        ["migration_id", "after_sequence", "page_size"]
    );
}

#[test]
fn an_invalid_eligibility_check_is_refused() {
    let bad = v1::CheckEligibilityRequest {
        route: 9,
        ..v1::CheckEligibilityRequest::default()
    };
    let rejected = eligibility(&bad).unwrap_err();
    let fields: Vec<_> = rejected.violations.iter().map(|it| &*it.field).collect();
    assert_eq!(fields, ["phone_number", "destination_waba_id", "route"]);
    let objections = rejected
        .conditions
        .objections(&Defaults::default(), false, now());
    assert_eq!(objections, [Objection::AccessTokenMissing]);
}
