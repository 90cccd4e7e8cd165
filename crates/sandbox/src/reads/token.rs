//! Tokens: authentication, and `GET /debug_token`.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::account::APP;
use crate::call::Call;
use crate::error::GraphError;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::request::Request;
use crate::scenario::token::{Flaw, flaw};

const MANAGE: &str = "whatsapp_business_management";
const MESSAGE: &str = "whatsapp_business_messaging";
/// An account that no test uses: the only asset of the token without permission.
const ELSEWHERE: &str = "104996122399299";

/// Authenticates a request by its token.
pub(crate) fn admit(request: &Request) -> Result<(), GraphError> {
    let token = request.token.as_deref().ok_or(r::NO_TOKEN)?;
    match flaw(token) {
        Some(Flaw::Expired) => Err(r::TOKEN_EXPIRED.into()),
        _ if request.call == Call::DebugToken => Ok(()),
        Some(Flaw::NoPermission) => Err(r::NO_PERMISSION.into()),
        Some(Flaw::MissingScope) => Err(GraphError::plain(
            403,
            10,
            "(#10) Application does not have permission for this action",
        )),
        None => Ok(()),
    }
}

/// `GET /debug_token`
pub(crate) fn inspect(request: &Request, now: Timestamp) -> Outcome {
    let flaw = flaw(&request.params.needed("input_token")?);
    let expired = flaw == Some(Flaw::Expired);
    let scopes = if flaw == Some(Flaw::MissingScope) {
        vec![MESSAGE]
    } else {
        vec![MANAGE, MESSAGE]
    };
    let granular: Vec<Value> = scopes
        .iter()
        .map(|scope| match flaw {
            Some(Flaw::NoPermission) => json!({"scope": scope, "target_ids": [ELSEWHERE]}),
            _ => json!({"scope": scope}),
        })
        .collect();
    let past = now.checked_sub(1.hour()).unwrap_or(now).as_second();
    let error = expired.then(|| {
        json!({"code": 190, "message": "Error validating access token: Session has expired.", "subcode": 463})
    });
    let mut data = json!({
        "app_id": APP,
        "type": "SYSTEM_USER",
        "application": "Sandbox app",
        // A system user's token does not expire, which Graph writes as 0.
        "expires_at": if expired { past } else { 0 },
        "data_access_expires_at": if expired { past } else { 0 },
        "is_valid": !expired,
        "issued_at": 1_700_000_000,
        "scopes": scopes,
        "granular_scopes": granular,
        "user_id": "122100000000000001",
    });
    if let (Some(error), Some(data)) = (error, data.as_object_mut()) {
        data.insert("error".to_owned(), error);
    }
    Ok(json!({ "data": data }))
}
