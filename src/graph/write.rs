//! The calls that change something at Meta. None of them is retried here.

use serde_json::json;

use super::call::WriteCall;
use super::client::WriteSession;
use super::json::{Object, flag, flag_of, text, text_of};
use super::permit::WriteError;
use super::response::unreadable;
use domain::{
    CodeMethod, Fault, Language, PhoneNumber, PhoneNumberId, Pin, VerificationCode, WabaId,
};

impl WriteSession<'_> {
    /// Subscribes the token's app to the webhooks of `waba`.
    pub async fn subscribe(&self, waba: &WabaId) -> Result<(), WriteError> {
        let call = WriteCall::new(
            "subscribe",
            "/{waba_id}/subscribed_apps",
            waba.as_str(),
            json!({}),
        )
        .of(waba);
        Ok(done(&self.call(call).await?)?)
    }

    /// Adds `phone` to `waba` as a number that moves there. Returns its id there.
    pub async fn add_number(
        &self,
        waba: &WabaId,
        phone: &PhoneNumber,
    ) -> Result<PhoneNumberId, WriteError> {
        let body = json!({
            "cc": phone.calling_code(),
            "phone_number": phone.national(),
            "migrate_phone_number": true,
        });
        let call = WriteCall::new(
            "add_number",
            "/{waba_id}/phone_numbers",
            waba.as_str(),
            body,
        )
        .of(waba);
        let answer = self.call(call).await?;
        let id = text_of(&answer, "id").and_then(|id| id.parse().ok());
        Ok(id.ok_or_else(|| unreadable("the number was accepted without an id", true))?)
    }

    /// Asks Meta to send a code to the owner of the number `id`.
    pub async fn request_code(
        &self,
        id: &PhoneNumberId,
        method: CodeMethod,
        language: &Language,
    ) -> Result<(), WriteError> {
        let method = match method {
            CodeMethod::Sms => "SMS",
            CodeMethod::Voice => "VOICE",
        };
        let body = json!({ "code_method": method, "language": language.as_str() });
        let call = WriteCall::new(
            "request_code",
            "/{phone_number_id}/request_code",
            id.as_str(),
            body,
        );
        Ok(done(&self.call(call).await?)?)
    }

    /// Submits the owner's code for the number `id`.
    pub async fn verify_code(
        &self,
        id: &PhoneNumberId,
        code: &VerificationCode,
    ) -> Result<(), WriteError> {
        let body = json!({ "code": code.expose() });
        let call = WriteCall::new(
            "verify_code",
            "/{phone_number_id}/verify_code",
            id.as_str(),
            body,
        );
        Ok(done(&self.call(call.holding(code.expose())).await?)?)
    }

    /// Registers the number `id` with `pin`: the point of no return. Returns `false` if Meta
    /// reports that the number does not have that PIN.
    pub async fn register(&self, id: &PhoneNumberId, pin: &Pin) -> Result<bool, WriteError> {
        let body = json!({ "messaging_product": "whatsapp", "pin": pin.expose() });
        let call = WriteCall::new("register", "/{phone_number_id}/register", id.as_str(), body);
        let answer = self.call(call.holding(pin.expose()).registering()).await?;
        done(&answer)?;
        Ok(!keeps_pin(&answer))
    }
}

/// Whether the response to register reports that the PIN was not changed. Meta announced this for a
/// number that was already registered, but not the name of the field. So any denial about the PIN
/// counts.
fn keeps_pin(answer: &Object) -> bool {
    const DENIALS: [&str; 4] = ["not reset", "not changed", "not updated", "not set"];
    answer.iter().any(|(name, value)| {
        let words = text(value).unwrap_or_default().to_lowercase();
        let denies = DENIALS.iter().any(|denial| words.contains(denial));
        let about_pin = name.to_lowercase().contains("pin") || words.contains("pin");
        about_pin && (flag(value) == Some(false) || denies)
    })
}

/// Whether the call succeeded. Anything but an explicit success leaves it unconfirmed.
fn done(answer: &Object) -> Result<(), Fault> {
    match flag_of(answer, "success") {
        Some(true) => Ok(()),
        _ => Err(unreadable("the response does not confirm success", true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_of_the_pin_is_recognised_in_any_field() {
        let keeps = |answer: serde_json::Value| keeps_pin(answer.as_object().unwrap());
        assert!(keeps(json!({"success": true, "pin_reset": false})));
        assert!(keeps(json!({"success": true, "is_pin_updated": "false"})));
        assert!(keeps(
            json!({"success": true, "message": "The number is registered. The PIN was not reset."})
        ));
        assert!(!keeps(json!({"success": true})));
        assert!(!keeps(json!({"success": true, "pin_reset": true})));
        assert!(!keeps(
            json!({"success": true, "messaging_product": "whatsapp"})
        ));
    }
}
