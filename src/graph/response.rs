//! Converts an HTTP response into a JSON object or a fault.
//!
//! Also decides whether the call may have changed something. A call that was never sent, or that
//! Meta explicitly refused, changed nothing. If it may have been sent and has no such response, the
//! effect is unknown.

use reqwest::StatusCode;
use serde_json::Value;

use super::catalogue;
use super::error_envelope::ErrorEnvelope;
use super::json::Object;
use super::redact::CallSecrets;
use super::usage::Usage;
use crate::util::{error_chain, visible::visible};
use domain::{Effect, Fault, GraphError, Reason};

/// An HTTP response of Meta, or of an intermediary.
#[derive(Debug)]
pub(super) struct RawResponse {
    pub(super) status: StatusCode,
    pub(super) usage: Usage,
    pub(super) body: Vec<u8>,
}

impl RawResponse {
    /// Its JSON object. `changes`: whether the call changes something at Meta. `secrets` are
    /// removed from faults.
    pub(super) fn read(&self, changes: bool, secrets: CallSecrets<'_>) -> Result<Object, Fault> {
        let status = self.status.as_u16();
        let Ok(value) = serde_json::from_slice::<Value>(&self.body) else {
            return Err(self.without_meaning(changes, "not JSON"));
        };
        if let Some(envelope) = ErrorEnvelope::find(&value, status, secrets) {
            return Err(catalogue::fault(envelope, changes, self.usage.regain()));
        }
        match value {
            Value::Object(object) if self.status.is_success() => Ok(object),
            Value::Object(_) => Err(self.without_meaning(changes, "not an error of Meta's")),
            _ => Err(self.without_meaning(changes, "not a JSON object")),
        }
    }

    /// The fault of a response that is neither a result nor an error of Meta's: HTML, an empty
    /// body, a redirect.
    fn without_meaning(&self, changes: bool, what: &str) -> Fault {
        let reason = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Reason::AppRateLimited,
            status if status.is_server_error() => Reason::GraphUnavailable,
            _ => Reason::GraphUnreadable,
        };
        // The body is not quoted, since an intermediary may have written anything into it.
        let message = format!(
            "the response of {} bytes with HTTP status {} is {what}",
            self.body.len(),
            self.status.as_u16()
        );
        unconfirmed(reason, message, self.status.as_u16(), changes)
    }
}

/// The fault of a response that could be parsed but lacks a required value.
pub(super) fn unreadable(message: impl Into<String>, changes: bool) -> Fault {
    unconfirmed(
        Reason::GraphUnreadable,
        message.into(),
        StatusCode::OK.as_u16(),
        changes,
    )
}

/// A fault after which the effect of a changing call is unknown.
fn unconfirmed(reason: Reason, message: String, http_status: u16, changes: bool) -> Fault {
    let error = GraphError {
        http_status,
        message,
        ..GraphError::default()
    };
    let effect = if changes {
        Effect::Unknown
    } else {
        Effect::None
    };
    Fault::of(reason)
        .with_graph_error(error)
        .with_effect(effect)
}

/// The fault of `what`, one or several responses, being larger than `cap` bytes.
pub(super) fn oversize(what: &str, status: StatusCode, cap: usize, changes: bool) -> Fault {
    let message = format!("{what} is larger than {cap} bytes");
    unconfirmed(Reason::GraphUnreadable, message, status.as_u16(), changes)
}

/// The fault of a call without a response.
pub(super) fn lost(error: reqwest::Error, changes: bool) -> Fault {
    // DNS, TCP and TLS come before the first byte of the call.
    let never_sent = error.is_connect() || error.is_builder();
    let reason = if error.is_timeout() && !never_sent {
        Reason::GraphTimeout
    } else {
        Reason::GraphUnreachable
    };
    // Without the URL, which contains ids, the signature and sometimes a token. The causes may
    // quote untrusted text, for example the names of a certificate.
    let causes = error_chain::chain(&error.without_url());
    let message = visible(&causes).into_owned();
    unconfirmed(reason, message, 0, changes && !never_sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Object, Fault> {
        let status = StatusCode::from_u16(status).unwrap();
        RawResponse {
            status,
            usage: Usage::default(),
            body: body.as_bytes().to_vec(),
        }
        .read(true, CallSecrets::default())
    }

    fn fault(status: u16, body: &str) -> (Reason, Effect) {
        let fault = read(status, body).unwrap_err();
        (fault.reason, fault.effect)
    }

    #[test]
    fn a_response_that_is_not_metas_leaves_the_effect_unknown() {
        let deep = "[".repeat(5_000);
        for body in [
            "",
            "<html>Bad Gateway</html>",
            "{\"success\":",
            "[]",
            "7",
            "null",
            &deep,
        ] {
            assert_eq!(
                fault(200, body),
                (Reason::GraphUnreadable, Effect::Unknown),
                "{body}"
            );
            assert_eq!(
                fault(502, body),
                (Reason::GraphUnavailable, Effect::Unknown),
                "{body}"
            );
            assert_eq!(
                fault(429, body),
                (Reason::AppRateLimited, Effect::Unknown),
                "{body}"
            );
        }
        assert_eq!(fault(302, "{}"), (Reason::GraphUnreadable, Effect::Unknown));
        assert_eq!(
            fault(500, r#"{"success":true}"#),
            (Reason::GraphUnavailable, Effect::Unknown)
        );
    }

    #[test]
    fn an_error_of_metas_counts_whatever_the_status_says() {
        for status in [200, 400, 500] {
            let refused = r#"{"error":{"message":"(#133006) x","code":133006}}"#;
            assert_eq!(fault(status, refused), (Reason::NotVerified, Effect::None));
            let doubtful = r#"{"error":{"message":"x","code":131000}}"#;
            assert_eq!(
                fault(status, doubtful),
                (Reason::MetaInternal, Effect::Unknown)
            );
        }
    }
}
