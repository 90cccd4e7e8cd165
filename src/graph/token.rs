//! Reads Meta's description of an access token.

use jiff::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::client::Session;
use super::error_envelope::ErrorEnvelope;
use super::json::{Object, flag_of, integer, text_of, texts_of};
use super::redact::CallSecrets;
use super::response::unreadable;
use domain::facts::TokenFacts;
use domain::{AppSecret, Fault, Reason};

/// The permission whose accounts are read.
const MANAGEMENT: &str = "whatsapp_business_management";
/// Meta's error code for the token of another app.
const INVALID_PARAMETER: i64 = 100;

impl Session<'_> {
    /// The session's token, as Meta describes it. Called as the app if its id and secret are known,
    /// since few tokens may describe themselves.
    pub async fn debug_token(&self) -> Result<TokenFacts, Fault> {
        let token = &self.access().token;
        // Meta accepts the token as a query parameter only. Queries are neither traced nor part of
        // faults.
        let call = Call::read("debug_token", "/debug_token", "")
            .with("input_token", token.expose())
            .holding(token.expose());
        let answer = self.call_as_app(call).await?;
        let Some(data) = answer.get("data").and_then(Value::as_object) else {
            return Err(unreadable(
                "the description of the token has no data",
                false,
            ));
        };
        let access = self.access();
        // Meta's error, beside the description, may quote what it refuses.
        let app_secret = access.app_secret.as_ref().map(AppSecret::expose);
        let mut described = read(
            data,
            CallSecrets::new([Some(token.expose()), None, app_secret]),
        );
        if let Some(error) = described
            .error
            .take_if(|error| !described.is_valid && error.code == INVALID_PARAMETER)
        {
            // This is Meta's response to the token of another app than the calling one. Meta then
            // calls any such token invalid.
            return Err(Fault::of(Reason::InvalidRequest).with_graph_error(*error));
        }
        if let Some(app) = &described.app_id {
            let client = self.client();
            client.tokens().issued_by(token, app.clone(), client.now());
        }
        Ok(described)
    }
}

pub(super) fn read(data: &Object, secrets: CallSecrets<'_>) -> TokenFacts {
    let expires_at = data
        .get("expires_at")
        .and_then(integer)
        .filter(|second| *second > 0);
    let granular = data
        .get("granular_scopes")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let management = granular
        .iter()
        .filter_map(Value::as_object)
        .find(|scope| text_of(scope, "scope").as_deref() == Some(MANAGEMENT));
    let error = ErrorEnvelope::find(&Value::Object(data.clone()), 200, secrets);
    TokenFacts {
        app_id: text_of(data, "app_id").and_then(|id| id.parse().ok()),
        error: error.map(|envelope| Box::new(envelope.error)),
        is_valid: flag_of(data, "is_valid").unwrap_or(false),
        // 0 means never.
        expires_at: expires_at.and_then(|second| Timestamp::from_second(second).ok()),
        scopes: texts_of(data, "scopes"),
        limited_to: management
            .map(|scope| texts_of(scope, "target_ids"))
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_parsed_with_its_accounts() {
        let data = json!({
            "app_id": "138483919580948", "is_valid": true, "expires_at": 0,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
            "granular_scopes": [
                {"scope": "whatsapp_business_messaging", "target_ids": ["1"]},
                {"scope": "whatsapp_business_management", "target_ids": ["104996122399160", 5]}],
        });
        let token = read(data.as_object().unwrap(), CallSecrets::default());
        assert_eq!((token.is_valid, token.expires_at), (true, None));
        assert_eq!(token.scopes.len(), 2);
        assert_eq!(token.limited_to, ["104996122399160", "5"]);
        let expiring = json!({"is_valid": "false", "expires_at": "1800000000"});
        assert_eq!(
            read(expiring.as_object().unwrap(), CallSecrets::default())
                .expires_at
                .map(Timestamp::as_second),
            Some(1_800_000_000)
        );
    }
}
