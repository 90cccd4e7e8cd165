//! Reads what an access token may do.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::unreadable;
use super::client::Session;
use super::json::{Object, flag_of, integer, text_of, texts_of};
use super::send::Call;
use crate::migration::Fault;
use crate::migration::facts::TokenFacts;

/// The permission whose accounts are counted.
const MANAGEMENT: &str = "whatsapp_business_management";

impl Session<'_> {
    /// The session's token, as Meta sees it. Asked as the app where its id and secret are known, since Meta lets few
    /// tokens describe themselves.
    pub async fn debug_token(&self) -> Result<TokenFacts, Fault> {
        let token = &self.access().token;
        // Meta takes the token as a query parameter only. Addresses are neither traced nor kept in faults.
        let call = Call::read("debug_token", "/debug_token", "")
            .with("input_token", token.expose())
            .holding(token.expose());
        let answer = self.call_as_app(call).await?;
        match answer.get("data").and_then(Value::as_object) {
            Some(data) => Ok(read(data)),
            None => Err(unreadable(
                "the description of the token has no data",
                false,
            )),
        }
    }
}

pub(super) fn read(data: &Object) -> TokenFacts {
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
    TokenFacts {
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
    fn a_token_is_read_with_its_limits() {
        let data = json!({
            "app_id": "138483919580948", "is_valid": true, "expires_at": 0,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
            "granular_scopes": [
                {"scope": "whatsapp_business_messaging", "target_ids": ["1"]},
                {"scope": "whatsapp_business_management", "target_ids": ["104996122399160", 5]}],
        });
        let token = read(data.as_object().unwrap());
        assert_eq!((token.is_valid, token.expires_at), (true, None));
        assert_eq!(token.scopes.len(), 2);
        assert_eq!(token.limited_to, ["104996122399160", "5"]);
        let expiring = json!({"is_valid": "false", "expires_at": "1800000000"});
        assert_eq!(
            read(expiring.as_object().unwrap())
                .expires_at
                .map(Timestamp::as_second),
            Some(1_800_000_000)
        );
    }
}
