//! Scenario numbers about verifying the ownership.

use super::Lasts::{Cooldown, Times};
use super::{Actor, End, Quirk, Rule, Scenario};
use crate::call::Call::{RequestCode, VerifyCode};
use crate::refusals as r;

pub(super) const TABLE: &[Scenario] = &[
    Scenario::new("+12025550100", "happy_path").effect("all four calls work at once"),
    Scenario::new("+12025550101", "already_verified")
        .strikes("request_code", "until fixed")
        .effect("reads as VERIFIED once added; requesting a code answers 136024/2388366; no code is needed")
        .quirks(&[Quirk::VerifiedOnArrival]),
    Scenario::new("+12025550102", "verified_but_not_shown")
        .strikes("request_code", "until fixed")
        .effect("reads as NOT_VERIFIED until a code is requested, which answers 136024/2388366; then VERIFIED")
        .quirks(&[Quirk::VerifiedUnseen]),
    Scenario::new("+12025550103", "wrong_code_once")
        .strikes("verify_code", "once")
        .effect("136025 for the right code; the same code submitted again is accepted")
        .rules(&[Rule::refuse(VerifyCode, Times(1), r::WRONG_CODE)]),
    Scenario::new("+12025550104", "code_never_arrives")
        .strikes("request_code", "until fixed")
        .effect("success, but nothing arrives at the phone")
        .ends(End::WaitingForCode, Actor::NumberOwner)
        .quirks(&[Quirk::CodesLost]),
    Scenario::new("+12025550105", "code_by_voice_only")
        .strikes("request_code", "until fixed")
        .effect("success, but no SMS arrives; a code requested by VOICE does")
        .ends(End::WaitingForCode, Actor::NumberOwner)
        .quirks(&[Quirk::VoiceOnly]),
    Scenario::new("+12025550106", "code_limit")
        .strikes("request_code", "for the code cool-down (10 min)")
        .effect("136024/2388367, asked too often; works after the cool-down, when a person requests a code again")
        .ends(End::ActionRequired, Actor::NumberOwner)
        .rules(&[Rule::refuse(RequestCode, Cooldown, r::CODE_TOO_OFTEN)]),
    Scenario::new("+12025550107", "guessed_too_often")
        .strikes("verify_code", "until fixed")
        .effect("136025 with the text about too many guesses and 12 hours, for any code")
        .ends(End::WaitingForCode, Actor::NumberOwner)
        .rules(&[Rule::always(VerifyCode, r::GUESSED_TOO_OFTEN)]),
    Scenario::new("+12025550108", "not_being_migrated")
        .strikes("request_code", "until fixed")
        .effect("136024/2388091, not being migrated")
        .ends(End::ActionRequired, Actor::Caller)
        .rules(&[Rule::always(RequestCode, r::NOT_BEING_MIGRATED_REQUEST)]),
    Scenario::new("+12025550109", "not_being_migrated_at_verify")
        .strikes("verify_code", "until fixed")
        .effect("136025/2388093, not being migrated")
        .ends(End::ActionRequired, Actor::Caller)
        .rules(&[Rule::always(VerifyCode, r::NOT_BEING_MIGRATED_VERIFY)]),
    Scenario::new("+12025550110", "number_deleted")
        .strikes("request_code", "until fixed")
        .effect("33, the number was deleted")
        .ends(End::Failed, Actor::Caller)
        .rules(&[Rule::always(RequestCode, r::NUMBER_DELETED)]),
];
