//! Scenario numbers with behaviour of Graph that was observed in the field and is not documented,
//! or documented differently.

use super::{Actor, End, Rule, Scenario, Strike};
use crate::call::Call::{AddNumber, Register, RequestCode};
use crate::error::Refusal;
use crate::language::Language::{Polish, Portuguese};
use crate::refusals as r;
use crate::shape::Fixed::{Text, Yes};
use crate::shape::{Fixed, FixedShape, When};

/// Performed, but this error is returned.
const fn though_done(refusal: Refusal) -> Rule {
    Rule::done(Register, Strike::Refuse(refusal))
}

const fn shape(when: When, fields: &'static [(&'static str, Fixed)]) -> FixedShape {
    FixedShape { when, fields }
}

const fn refused(number: &'static str, name: &'static str, call: &'static str) -> Scenario {
    Scenario::new(number, name).strikes(call, "until fixed")
}

const ON_APP: FixedShape = shape(When::OnceAdded, &[("is_on_biz_app", Yes)]);
const ON_PREMISE: FixedShape = shape(When::OnceAdded, &[("platform_type", Text("ON_PREMISE"))]);

/// Refusals whose text, not whose code, tells what is wrong.
pub(super) const TABLE: &[Scenario] = &[
    refused("+12025550111", "codes_unavailable_on_premise", "request_code")
        .effect("136024/2388091, servers unavailable for 1 hour, in Portuguese; once added it reads platform_type ON_PREMISE")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(RequestCode, r::CODES_UNAVAILABLE.in_language(Portuguese))])
        .shapes(&[ON_PREMISE]),
    refused("+12025550112", "codes_unavailable_on_app", "request_code")
        .effect("136024/2388091, servers unavailable for 1 hour; once added it reads is_on_biz_app true")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(RequestCode, r::CODES_UNAVAILABLE)])
        .shapes(&[ON_APP]),
    refused("+12025550113", "codes_unavailable", "request_code")
        .effect("136024/2388091, servers unavailable for 1 hour, not transient; the number reads as it should")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(RequestCode, r::CODES_UNAVAILABLE)]),
    refused("+12025550114", "code_limit_in_portuguese", "request_code")
        .effect("136024/2388367, asked too often, in Portuguese and without is_transient; no time is named, so a person must request a code again after some hours")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(RequestCode, r::CODE_TOO_OFTEN.without_transient().in_language(Portuguese))]),
    refused("+12025550115", "code_limit_without_subcode", "request_code")
        .effect("136024 with the text about too many times, but no subcode; no time is named, so a person must request a code again after some hours")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(RequestCode, r::CODE_TOO_MANY_TIMES)]),
    refused("+12025550116", "refused_in_polish", "add_number")
        .effect("2388103 about the name, in Polish")
        .ends(End::ActionRequired, Actor::Caller)
        .rules(&[Rule::always(AddNumber, r::NAME_NOT_APPROVED.in_language(Polish))]),
    refused("+12025550142", "payment_under_a_headline", "register")
        .effect("100 without a subcode; the details say Cannot Migrate Phone Number, and then that no payment method is set up")
        .ends(End::ActionRequired, Actor::DestinationAdmin)
        .rules(&[Rule::always(Register, r::PAYMENT_HEADLINE)]),
    refused("+12025550143", "certificate_for_the_name", "register")
        .effect("2388001 Cannot Create Certificate, since the display name could not be processed")
        .ends(End::ActionRequired, Actor::DestinationAdmin)
        .rules(&[Rule::always(Register, r::NAME_NOT_PROCESSED)]),
    refused("+12025550144", "certificate_for_two_factor", "register")
        .effect("2388001 Cannot Create Certificate, since two-factor authentication is on")
        .ends(End::ActionRequired, Actor::SourceProvider)
        .rules(&[Rule::always(Register, r::TWO_FACTOR_ON)]),
    refused("+12025550145", "smb_endpoint", "register")
        .effect("100 with only the message that register is not available for SMB businesses")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(Register, r::SMB_ENDPOINT)]),
    refused("+12025550146", "smb_account", "register")
        .effect("136025, not available for SMB accounts")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(Register, r::SMB_ACCOUNT)]),
    refused("+12025550147", "not_permitted_on_app", "register")
        .effect("10, as for a missing permission; from then on is_on_biz_app reads true")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::always(Register, r::NOT_PERMITTED)])
        .shapes(&[shape(When::OnceRefused, &[("is_on_biz_app", Yes)])]),
    Scenario::new("+12025550148", "connected_despite_133005")
        .strikes("register", "once")
        .effect("performed, but answered with 133005; it reads CONNECTED")
        .rules(&[though_done(r::PIN_MISMATCH)]),
    Scenario::new("+12025550149", "connected_despite_133006")
        .strikes("register", "once")
        .effect("performed, but answered with 133006; it reads CONNECTED")
        .rules(&[though_done(r::NEEDS_VERIFYING)]),
    Scenario::new("+12025550119", "connected_despite_100")
        .strikes("register", "once")
        .effect("performed, but answered with 100 Invalid parameter; it reads CONNECTED")
        .rules(&[though_done(r::INVALID)]),
];

/// Numbers whose fields are unexpected.
pub(super) const SHAPES: &[Scenario] = &[
    Scenario::new("+12025550117", "name_change_approved")
        .strikes("reads of the source", "until fixed")
        .effect("new_name_status APPROVED: registering it will show the new name")
        .shapes(&[shape(When::Now, &[("new_name_status", Text("APPROVED")), ("new_display_name", Text("Sandbox Shop & Sons"))])]),
    Scenario::new("+12025550167", "live_but_expired")
        .strikes("reads of the source", "until fixed")
        .effect("CONNECTED with code_verification_status EXPIRED, and an old request for another name DECLINED")
        .shapes(&[shape(When::Now, &[("code_verification_status", Text("EXPIRED")), ("new_name_status", Text("DECLINED"))])]),
    Scenario::new("+12025550168", "flagged_once_registered")
        .strikes("reads after register", "until fixed")
        .effect("status FLAGGED and code_verification_status EXPIRED with platform_type CLOUD_API: it is connected")
        .shapes(&[shape(When::OnceRegistered, &[("status", Text("FLAGGED")), ("code_verification_status", Text("EXPIRED"))])]),
    refused("+12025550118", "migrated_at_source", "reads of the source")
        .effect("status MIGRATED in the source's list; adding it answers 2388103, not set up correctly")
        .ends(End::ActionRequired, Actor::Caller)
        .rules(&[Rule::always(AddNumber, r::SOURCE_NOT_SET_UP)])
        .shapes(&[shape(When::Now, &[("status", Text("MIGRATED")), ("platform_type", Text("NOT_APPLICABLE"))])]),
    refused("+12025550169", "banned_at_source", "reads of the source")
        .effect("status BANNED in the source's list; adding it answers 2388103, not set up correctly")
        .ends(End::ActionRequired, Actor::SourceProvider)
        .rules(&[Rule::always(AddNumber, r::SOURCE_NOT_SET_UP)])
        .shapes(&[shape(When::Now, &[("status", Text("BANNED"))])]),
];
