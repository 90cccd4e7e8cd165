//! The credentials of calls.

use super::signing;
use domain::{AccessToken, AppId, AppSecret};

/// The credentials of calls: a token, and the Meta app that issued it, if known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The token.
    pub token: AccessToken,
    /// The app's id. With the secret it gives access to Meta's description of the token.
    pub app_id: Option<AppId>,
    /// The app's secret. If known, every call is signed with it. Meta refuses the signature of any
    /// app but the token's.
    pub app_secret: Option<AppSecret>,
}

impl Access {
    /// The `appsecret_proof` of calls with its token.
    pub(super) fn proof(&self) -> Option<String> {
        let secret = self.app_secret.as_ref()?;
        Some(signing::proof(secret, &self.token))
    }

    /// Credentials of the app itself, whose token is its id and secret.
    pub(super) fn as_app(&self) -> Option<Self> {
        let (id, secret) = (self.app_id.as_ref()?, self.app_secret.as_ref()?);
        let token = format!("{}|{}", id.as_str(), secret.expose())
            .parse()
            .ok()?;
        Some(Self {
            token,
            ..self.clone()
        })
    }
}
