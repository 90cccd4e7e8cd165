//! `POST /{number}/request_code`: sends a code to the phone.

use jiff::Timestamp;

use super::success;
use crate::error::GraphError;
use crate::node::Standing;
use crate::number::Message;
use crate::params::Params;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::scenario::Quirk;
use crate::world::World;

impl World {
    pub(crate) fn request_code(&mut self, now: Timestamp, id: u64, params: &Params) -> Outcome {
        let method = params.needed("code_method")?;
        if method != "SMS" && method != "VOICE" {
            return Err(GraphError::parameter(
                "Param code_method must be one of {SMS, VOICE}.",
            ));
        }
        if !is_locale(&params.needed("language")?) {
            return Err(GraphError::parameter("Param language must be a locale."));
        }
        let code = self.dice.six_digits();
        let Self {
            nodes,
            numbers,
            options,
            ..
        } = self;
        let Some(node) = nodes.get_mut(&id) else {
            return Err(GraphError::no_object("POST", &id.to_string()));
        };
        let Some(number) = numbers.get_mut(&node.digits) else {
            return Err(r::NUMBER_DELETED.into());
        };
        if node.standing == Standing::Migrated {
            return Err(r::NOT_BEING_MIGRATED_REQUEST.into());
        }
        if number.has(Quirk::VerifiedUnseen) {
            node.verified_at.get_or_insert(now);
        }
        if node.is_verified(now) {
            return Err(r::ALREADY_VERIFIED.into());
        }
        node.send_code(&code, now, options)?;
        let lost = number.has(Quirk::CodesLost) || method == "SMS" && number.has(Quirk::VoiceOnly);
        if !lost {
            number.receive(Message {
                at: now,
                text: wording(&method, &code),
                method,
                code,
            });
        }
        Ok(success())
    }
}

/// The message: written with a hyphen, or spoken three times.
fn wording(method: &str, code: &str) -> String {
    if method == "VOICE" {
        let said = format!("Verification code is {code}.");
        return [said.as_str(); 3].join(" ");
    }
    let (first, last) = code.split_at_checked(3).unwrap_or((code, ""));
    format!("WhatsApp code {first}-{last}")
}

/// `en`, `en_US` and the like.
fn is_locale(text: &str) -> bool {
    let (language, region) = text.split_once(['_', '-']).unwrap_or((text, "US"));
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && (2..=4).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
