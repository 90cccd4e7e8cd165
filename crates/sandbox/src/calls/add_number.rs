//! `POST /{waba}/phone_numbers`: adds a number to an account, with or without migration.

use jiff::Timestamp;
use serde_json::json;

use crate::error::{GraphError, Refusal};
use crate::language::Language;
use crate::params::Params;
use crate::placing::Twin;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::scenario::Quirk;
use crate::scenario::account::Oddity;
use crate::world::World;

/// The country code and all digits of the number in the parameters.
pub(crate) fn dialled(params: &Params) -> Result<(String, String), GraphError> {
    let cc = digits(&params.needed("cc")?, "cc")?;
    let national = digits(&params.needed("phone_number")?, "phone_number")?;
    let all = format!("{cc}{national}");
    if cc.len() > 3 || !(7..=15).contains(&all.len()) {
        return Err(GraphError::parameter(
            "Param phone_number must be a valid phone number.",
        ));
    }
    Ok((cc, all))
}

/// The digits of a string that may contain separators, but no plus and no letters.
fn digits(text: &str, name: &str) -> Result<String, GraphError> {
    let (mut digits, mut fits) = (String::new(), true);
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => fits = false,
        }
    }
    if fits && !digits.is_empty() {
        Ok(digits)
    } else {
        Err(GraphError::parameter(&format!(
            "Param {name} must be digits, without a plus."
        )))
    }
}

impl World {
    pub(crate) fn add_number(&mut self, now: Timestamp, waba: &str, params: &Params) -> Outcome {
        let (cc, dialled) = dialled(params)?;
        let digits = self.line(&dialled).to_owned();
        let migrate = params.flag("migrate_phone_number");
        if self.number(&digits).node_in(waba).is_some() {
            return Err(r::ALREADY_IN_LIST.into());
        }
        if let Some(refusal) = self.account_refuses(waba, migrate) {
            return Err(refusal.into());
        }
        if let Some(refusal) = self.number_refuses(&digits, migrate) {
            return Err(refusal.into());
        }
        let added_before = self.has(&digits, Quirk::PendingInDestination);
        let verified = self.has(&digits, Quirk::VerifiedOnArrival);
        let node = self.add_node(&digits, waba);
        node.cc = Some(cc);
        node.past.added = true;
        if verified {
            node.verified_at = Some(now);
        }
        if let Some(name) = params.text("verified_name").filter(|_| !migrate) {
            node.profile.name = name;
        }
        let id = node.id;
        let keeps = self.account(waba).is(Oddity::KeepsTwins);
        let twin = self.number(&digits).twin_once_added.take();
        if let Some(twin) = twin.or_else(|| keeps.then(Twin::usual)) {
            self.add_twin(&digits, waba, &twin);
        }
        if added_before {
            return Err(r::ALREADY_IN_LIST.into());
        }
        Ok(json!({"id": id.to_string()}))
    }

    fn account_refuses(&mut self, waba: &str, migrate: bool) -> Option<Refusal> {
        let account = self.account(waba);
        let refusals = [
            (account.is(Oddity::Restricted), r::RESTRICTED),
            (account.is(Oddity::OtherBusiness), r::OTHER_BUSINESS),
            (
                account.is(Oddity::NotVerified) || account.is(Oddity::InReview),
                r::ACCOUNT_NOT_APPROVED,
            ),
            (
                account.is(Oddity::NoPayment) || account.is(Oddity::PaymentBlocked),
                r::NO_PAYMENT_ACCOUNT,
            ),
            (
                account.is(Oddity::NoPaymentInPortuguese),
                r::NO_PAYMENT_ACCOUNT.in_language(Language::Portuguese),
            ),
            (
                account.is(Oddity::NoPaymentInSpanish),
                r::NO_PAYMENT_ACCOUNT.in_language(Language::Spanish),
            ),
            (account.is(Oddity::MayNotAdd), r::MAY_NOT_ADD),
            (
                account.is(Oddity::Full) || account.shape.is_full(account.numbers.len()),
                r::CANNOT_ADD,
            ),
            (migrate && !account.has_app(), r::NO_WEBHOOKS),
        ];
        refusals
            .into_iter()
            .find_map(|(met, refusal)| met.then_some(refusal))
    }

    fn number_refuses(&self, digits: &str, migrate: bool) -> Option<Refusal> {
        let has = |quirk| self.has(digits, quirk);
        let home = self.home(digits);
        let plain = has(Quirk::PlainAddOnly);
        if !migrate {
            return (home.is_some() && !plain).then_some(r::USED_ELSEWHERE);
        }
        let refusals = [
            (plain, r::PLAIN_ADD),
            (
                has(Quirk::OnBusinessApp) || has(Quirk::TestNumber),
                r::CANNOT_ADD,
            ),
            (
                has(Quirk::TwoStepOn) || home.is_some_and(|node| node.pin.is_some()),
                r::TWO_STEP_ON,
            ),
            (has(Quirk::NameInReview), r::NAME_NOT_APPROVED),
        ];
        refusals
            .into_iter()
            .find_map(|(met, refusal)| met.then_some(refusal))
    }
}
