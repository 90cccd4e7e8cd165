//! What calls are made with.

use super::signing;
use domain::{AccessToken, AppId, AppSecret};

/// What calls are made with: a token, and the Meta app that issued it, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The token.
    pub token: AccessToken,
    /// The app's id. With the secret it opens Meta's own description of the token.
    pub app_id: Option<AppId>,
    /// The app's secret. Where it is known, every call proves it; Meta refuses the proof of another app than the token's.
    pub app_secret: Option<AppSecret>,
}

impl Access {
    /// What proves that a call with its token comes from the app.
    pub(super) fn proof(&self) -> Option<String> {
        let secret = self.app_secret.as_ref()?;
        Some(signing::proof(secret, &self.token))
    }

    /// The same as the app itself, whose token is its id and secret.
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
