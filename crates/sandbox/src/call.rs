//! The Graph calls that the sandbox implements.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Graph call, as the ledger and the faults name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// `POST /{waba}/phone_numbers`
    AddNumber,
    /// `POST /{number}/request_code`
    RequestCode,
    /// `POST /{number}/verify_code`
    VerifyCode,
    /// `POST /{number}/register`
    Register,
    /// `POST /{number}/deregister`
    Deregister,
    /// `POST /{waba}/subscribed_apps`
    Subscribe,
    /// `DELETE /{waba}/subscribed_apps`
    Unsubscribe,
    /// `GET /{waba}` or `GET /{number}`
    ReadObject,
    /// `GET /{waba}/phone_numbers`
    ListNumbers,
    /// `GET /{waba}/subscribed_apps`
    ListApps,
    /// `GET /{waba}/message_templates`
    ListTemplates,
    /// `GET /{business}/extendedcredits`
    ListCreditLines,
    /// `GET /debug_token`
    DebugToken,
    /// Any other call.
    Unknown,
}

impl Call {
    /// Whether the ledger records it: calls that change something, and unknown calls.
    #[must_use]
    pub fn is_kept(self) -> bool {
        !matches!(
            self,
            Self::ReadObject
                | Self::ListNumbers
                | Self::ListApps
                | Self::ListTemplates
                | Self::ListCreditLines
                | Self::DebugToken
        )
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AddNumber => "add_number",
            Self::RequestCode => "request_code",
            Self::VerifyCode => "verify_code",
            Self::Register => "register",
            Self::Deregister => "deregister",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::ReadObject => "read_object",
            Self::ListNumbers => "list_numbers",
            Self::ListApps => "list_apps",
            Self::ListTemplates => "list_templates",
            Self::ListCreditLines => "list_credit_lines",
            Self::DebugToken => "debug_token",
            Self::Unknown => "unknown",
        })
    }
}
