//! A parsed request to Graph.

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;

use super::call::Call;
use super::error::GraphError;
use super::params::Params;

/// The call, its object and its token.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) call: Call,
    pub(crate) method: String,
    pub(crate) version: String,
    pub(crate) path: String,
    /// The object in the path; empty if none.
    pub(crate) id: String,
    pub(crate) token: Option<String>,
    pub(crate) proven: bool,
    pub(crate) host: String,
    pub(crate) params: Params,
    /// Link to the next page of this list, up to the cursor.
    pub(crate) next: String,
}

impl Request {
    /// Parses a request. The error is Graph's response to one that cannot be parsed.
    pub(crate) fn read(parts: &Parts, body: &Bytes) -> Result<Self, GraphError> {
        let header = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("")
        };
        let params = Params::read(&parts.uri, header(CONTENT_TYPE), body)?;
        let method = parts.method.as_str();
        let path = parts.uri.path().trim_matches('/');
        let (version, rest) = path.split_once('/').unwrap_or((path, ""));
        let (id, call) = if is_version(version) {
            route(method, rest)
        } else {
            (String::new(), Call::Unknown)
        };
        let bearer = header(AUTHORIZATION).strip_prefix("Bearer ").map(str::trim);
        let host = if header(HOST).is_empty() {
            "localhost"
        } else {
            header(HOST)
        };
        let kept: Vec<&str> = parts
            .uri
            .query()
            .unwrap_or("")
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or("");
                !matches!(
                    name,
                    "after" | "before" | "access_token" | "appsecret_proof"
                )
            })
            .collect();
        Ok(Self {
            call,
            method: method.to_owned(),
            version: version.to_owned(),
            path: parts.uri.path().to_owned(),
            id,
            token: bearer
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
                .or_else(|| params.text("access_token")),
            proven: params.text("appsecret_proof").is_some(),
            host: host.to_owned(),
            next: format!(
                "http://{host}/{path}?{}",
                [kept.join("&"), "after=".to_owned()].join("&")
            ),
            params,
        })
    }
}

/// `v`, then two numbers separated by a dot.
fn is_version(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|text| text.split_once('.'))
        .is_some_and(|(major, minor)| number(major) && number(minor))
}

/// The object and the call of a path below the version.
fn route(method: &str, rest: &str) -> (String, Call) {
    let (id, edge) = rest.split_once('/').unwrap_or((rest, ""));
    let call = match (method, edge) {
        ("GET", "") if id == "debug_token" => Call::DebugToken,
        ("GET", "") if !id.is_empty() => Call::ReadObject,
        ("GET", "phone_numbers") => Call::ListNumbers,
        ("POST", "phone_numbers") => Call::AddNumber,
        ("GET", "subscribed_apps") => Call::ListApps,
        ("POST", "subscribed_apps") => Call::Subscribe,
        ("DELETE", "subscribed_apps") => Call::Unsubscribe,
        ("GET", "message_templates") => Call::ListTemplates,
        ("GET", "extendedcredits") => Call::ListCreditLines,
        ("POST", "request_code") => Call::RequestCode,
        ("POST", "verify_code") => Call::VerifyCode,
        ("POST", "register") => Call::Register,
        ("POST", "deregister") => Call::Deregister,
        _ => Call::Unknown,
    };
    (id.to_owned(), call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_are_versions() {
        assert!(is_version("v27.0"));
        for text in ["25.0", "v25", "v25.", "v.0", "v27.0.1", "vx.y", ""] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn a_path_and_its_method_are_one_call() {
        assert_eq!(route("POST", "1/register").1, Call::Register);
        assert_eq!(route("GET", "1/register").1, Call::Unknown);
        assert_eq!(route("GET", "").1, Call::Unknown);
        assert_eq!(
            route("GET", "debug_token"),
            ("debug_token".to_owned(), Call::DebugToken)
        );
    }
}
