//! Scenario numbers about lost and damaged responses.

use super::Lasts::Times;
use super::{Actor, End, Rule, Scenario, Strike};
use crate::call::Call::{self, AddNumber, Register, RequestCode, VerifyCode};
use crate::error::Refusal;
use crate::refusals as r;

const fn once(number: &'static str, name: &'static str, call: &'static str) -> Scenario {
    Scenario::new(number, name).strikes(call, "once")
}

const fn lost_response(
    number: &'static str,
    name: &'static str,
    call: &'static str,
    rules: &'static [Rule],
) -> Scenario {
    once(number, name, call)
        .effect("performed, but the connection is dropped without a response")
        .rules(rules)
}

const fn lost_request(
    number: &'static str,
    name: &'static str,
    call: &'static str,
    rules: &'static [Rule],
) -> Scenario {
    once(number, name, call)
        .effect("not performed; the connection is dropped without a response")
        .rules(rules)
}

const fn twice(call: Call, refusal: Refusal) -> Rule {
    Rule::refuse(call, Times(2), refusal)
}

const fn gone(call: Call) -> Rule {
    Rule::not_done(call, Times(1), Strike::Drop)
}

pub(super) const TABLE: &[Scenario] = &[
    lost_response(
        "+12025550170",
        "lost_response_add_number",
        "add_number",
        &[Rule::done(AddNumber, Strike::Drop)],
    ),
    lost_response(
        "+12025550171",
        "lost_response_request_code",
        "request_code",
        &[Rule::done(RequestCode, Strike::Drop)],
    ),
    lost_response(
        "+12025550172",
        "lost_response_verify_code",
        "verify_code",
        &[Rule::done(VerifyCode, Strike::Drop)],
    ),
    lost_response(
        "+12025550173",
        "lost_response_register",
        "register",
        &[Rule::done(Register, Strike::Drop)],
    ),
    lost_request(
        "+12025550174",
        "lost_request_add_number",
        "add_number",
        &[gone(AddNumber)],
    ),
    lost_request(
        "+12025550175",
        "lost_request_request_code",
        "request_code",
        &[gone(RequestCode)],
    )
    .ends(End::WaitingForCode, Actor::NumberOwner),
    lost_request(
        "+12025550176",
        "lost_request_verify_code",
        "verify_code",
        &[gone(VerifyCode)],
    ),
    lost_request(
        "+12025550177",
        "lost_request_register",
        "register",
        &[gone(Register)],
    ),
    Scenario::new("+12025550178", "server_error_add_number")
        .strikes("add_number", "twice")
        .effect("HTTP 500 with 131000; then it works")
        .rules(&[twice(AddNumber, r::SOMETHING_WRONG)]),
    Scenario::new("+12025550179", "server_error_request_code")
        .strikes("request_code", "twice")
        .effect("HTTP 503 with 2; then it works")
        .rules(&[twice(RequestCode, r::OVERLOADED)]),
    Scenario::new("+12025550180", "server_error_verify_code")
        .strikes("verify_code", "twice")
        .effect("HTTP 503 with 133004; then it works")
        .rules(&[twice(VerifyCode, r::SERVER_AWAY)]),
    Scenario::new("+12025550181", "server_error_register")
        .strikes("register", "twice")
        .effect("HTTP 500 with 131016; then it works")
        .rules(&[twice(Register, r::SERVICE_AWAY)]),
    Scenario::new("+12025550182", "html_page")
        .strikes("add_number", "twice")
        .effect("not performed; HTTP 502 with an HTML page; then it works")
        .rules(&[Rule::not_done(AddNumber, Times(2), Strike::Html)]),
    once("+12025550183", "html_page_though_done", "register")
        .effect("performed, but HTTP 502 with an HTML page")
        .rules(&[Rule::done(Register, Strike::Html)]),
    once("+12025550184", "empty_body", "add_number")
        .effect("performed, but HTTP 200 with an empty body")
        .rules(&[Rule::done(AddNumber, Strike::Empty)]),
    once("+12025550185", "broken_json", "verify_code")
        .effect("performed, but HTTP 200 with truncated JSON")
        .rules(&[Rule::done(VerifyCode, Strike::BrokenJson)]),
    once("+12025550186", "error_under_http_200", "add_number")
        .effect("not performed; error 131000 with HTTP 200; then it works")
        .rules(&[Rule::refuse(
            AddNumber,
            Times(1),
            r::SOMETHING_WRONG.under(200),
        )]),
];
