//! URLs for display: in an error, in a log, by `config check`.
//!
//! Any part of a URL may hold a password, so a URL is parsed first, and nothing is shown of a part
//! that is not understood.

use std::borrow::Cow;

use reqwest::Url;

/// Replaces a value that is not shown.
const HIDDEN: &str = "(set)";

/// The settings that are URLs.
const KEYS: [&str; 7] = [
    "store.url",
    "docs.base_url",
    "graph.base_url",
    "sandbox.base_url",
    "auth.jwt.issuer",
    "auth.jwt.jwks_url",
    "telemetry.otlp_endpoint",
];

/// The parameters of a database URL whose values are shown.
const SHOWN: [&str; 9] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "dbname",
    "user",
    "application_name",
];

/// The value of `key` for display.
pub(super) fn shown(key: &str, value: &str) -> String {
    if KEYS.contains(&key) && may_hide_a_password(value) {
        masked(value)
    } else {
        value.to_owned()
    }
}

/// Whether paths can be appended to it: a URL of http or https without a user, a query and a
/// fragment.
pub(super) fn is_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let short = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain && short
    })
}

/// A wrong value, quoted for an error.
#[must_use]
pub fn quoted(value: &str) -> String {
    if !may_hide_a_password(value) {
        return format!("{value:?}");
    }
    match masked(value).as_str() {
        HIDDEN => "not quoted here, since it may hold a password".to_owned(),
        masked => format!("{masked:?}"),
    }
}

/// A URL without passwords and without anything that may be one.
#[must_use]
pub fn masked(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    without_secrets(text).unwrap_or_else(|| HIDDEN.to_owned())
}

/// Whether a URL holds a password, or may hold one: it must not be where others can read it then.
pub(super) fn holds_password(text: &str) -> bool {
    if text.is_empty() || is_plain_file(text) {
        return false;
    }
    let Ok(url) = Url::parse(text) else {
        return true;
    };
    let may_be_token = !is_database(&url) && !url.username().is_empty();
    let is_unknown = |(name, value): (Cow<'_, str>, Cow<'_, str>)| !is_shown(&name, &value);
    may_be_token
        || url.password().is_some()
        || url.query_pairs().any(is_unknown)
        || without_secrets(text).is_none()
}

/// Whether a value looks like a URL or a part of one.
fn may_hide_a_password(value: &str) -> bool {
    ["://", "@", "?"].iter().any(|part| value.contains(part))
}

fn without_secrets(text: &str) -> Option<String> {
    if is_plain_file(text) {
        return Some(text.to_owned());
    }
    let url = Url::parse(text).ok()?;
    let is_database = is_database(&url);
    if !is_database && !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    // An unescaped password ends the authority early: the rest of it becomes part of the path, a
    // parameter or the fragment, and usually contains the @.
    let after_authority = text.split_once("://")?.1.split_once(['/', '?', '#']);
    let misread = after_authority.is_some_and(|(_, rest)| rest.contains('@'));
    let is_clear = is_plain(url.path()) && (is_plain(host) || is_ip6(address)) && !misread;
    if !is_clear || url.fragment().is_some() {
        return None;
    }
    // The user name of any other URL than a database's may be a token.
    let user = match url.username() {
        user if !is_database || user.is_empty() => String::new(),
        user if is_plain(user) => format!("{user}@"),
        _ => return None,
    };
    let port = url.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let (path, parameters) = match url.path() {
        path if is_database => (path, parameters(&url)),
        "/" => ("", String::new()),
        path => (path, String::new()),
    };
    let scheme = url.scheme();
    Some(format!("{scheme}://{user}{host}{port}{path}{parameters}"))
}

/// The parameters of a database URL that are known to hold no password.
fn parameters(url: &Url) -> String {
    let known = url.query_pairs();
    let known = known.filter(|(name, value)| is_shown(name, value));
    let known: Vec<String> = known
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if known.is_empty() {
        String::new()
    } else {
        format!("?{}", known.join("&"))
    }
}

fn is_database(url: &Url) -> bool {
    matches!(url.scheme(), "postgres" | "postgresql")
}

/// Whether a parameter of a database URL is known to hold no password.
fn is_shown(name: &str, value: &str) -> bool {
    SHOWN.contains(&name) && is_plain(value)
}

/// Whether the text is an SQLite path that looks like no other kind of URL.
fn is_plain_file(text: &str) -> bool {
    text.strip_prefix("sqlite:")
        .is_some_and(|path| !path.contains(['@', '?', '#', ':']))
}

/// Whether the text holds nothing escaped, and no delimiter of a password.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._~/-".contains(&byte))
}

fn is_ip6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_known_to_hold_no_password_is_shown() {
        for (url, expected) in [
            ("", ""),
            ("sqlite://waba-migrator.db", "sqlite://waba-migrator.db"),
            ("sqlite:///var/lib/m.db", "sqlite:///var/lib/m.db"),
            ("postgres://db/m", "postgres://db/m"),
            (
                "postgres://a@db.example:5433/m",
                "postgres://a@db.example:5433/m",
            ),
            ("postgres://a@[::1]:5433/m", "postgres://a@[::1]:5433/m"),
            (
                "postgres:///m?host=/run/postgresql&user=a",
                "postgres:///m?host=/run/postgresql&user=a",
            ),
            (
                "postgres://db/m?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                "postgres://db/m?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            ),
            ("https://graph.facebook.com", "https://graph.facebook.com"),
            ("http://127.0.0.1:8089/a", "http://127.0.0.1:8089/a"),
        ] {
            assert_eq!(masked(url), expected);
            assert!(!holds_password(url), "{url}");
        }
    }

    #[test]
    fn no_password_is_shown_in_any_part_of_a_url() {
        for (url, expected) in [
            // In the right place.
            (
                "postgres://a:canary@db:5432/m?sslmode=require",
                "postgres://a@db:5432/m?sslmode=require",
            ),
            ("postgres://a:can%40ary@db/m", "postgres://a@db/m"),
            ("postgres://a:can@ary@db/m", "postgres://a@db/m"),
            ("postgres://:canary@db/m", "postgres://db/m"),
            (
                "postgres://db/m?password=canary&sslmode=require",
                "postgres://db/m?sslmode=require",
            ),
            (
                "postgres://db/m?user=x&password=s3cr%40canary",
                "postgres://db/m?user=x",
            ),
            (
                "https://user:canary@keys.example/jwks",
                "https://keys.example/jwks",
            ),
            (
                "https://canary@keys.example/jwks",
                "https://keys.example/jwks",
            ),
            (
                "https://keys.example/jwks?token=canary",
                "https://keys.example/jwks",
            ),
            ("https://[canary@db", "https://db"),
            // In a wrong place.
            ("postgres://host/db?user=x&password=s3cr@canary", HIDDEN),
            ("postgres://a:can/ary@x:?canary@db/m", HIDDEN),
            ("postgres://a:12/canary@db/m", HIDDEN),
            ("postgres://a:12?canary@db/m", HIDDEN),
            ("postgres://a:12#canary@db/m", HIDDEN),
            ("postgres://a%3Acanary@db/m", HIDDEN),
            ("postgres://a%3Acanary%40db/m", HIDDEN),
            ("postgres://db/m;password=canary", HIDDEN),
            ("postgres://db/m#canary", HIDDEN),
            ("postgres://db/m?user=x:canary", "postgres://db/m"),
            ("postgres://db/m?sslpassword=canary", "postgres://db/m"),
            ("postgres://db/m?canary", "postgres://db/m"),
            (
                "postgres://db/m?options=-c%20a.b%3Dcanary",
                "postgres://db/m",
            ),
            ("sqlite://a:canary@db/m", HIDDEN),
            ("sqlite://m.db?password=canary", HIDDEN),
            // No URL, or of an unknown kind.
            ("postgres:a:canary@db", HIDDEN),
            ("a:canary@db/m", HIDDEN),
            ("canary@db", HIDDEN),
            ("//a:canary@db", HIDDEN),
            ("mysql://a:canary@db", HIDDEN),
            ("canary://db", HIDDEN),
            ("https://a:canary@", HIDDEN),
            ("host=db password=canary", HIDDEN),
        ] {
            assert_eq!(masked(url), expected, "{url}");
            assert!(
                !quoted(url).contains("canary") || !may_hide_a_password(url),
                "{url}"
            );
            assert!(holds_password(url), "{url}");
        }
    }

    #[test]
    fn an_error_quotes_what_cannot_hold_a_password() {
        assert_eq!(quoted("soon"), "\"soon\"");
        assert_eq!(quoted("graph.facebook.com"), "\"graph.facebook.com\"");
        assert_eq!(quoted("http://a:canary@b"), "\"http://b\"");
        let hidden = quoted("a:canary@b");
        assert!(hidden.contains("not quoted") && !hidden.contains("canary"));
    }

    proptest::proptest! {
        #[test]
        fn no_generated_password_is_shown(text in ".{0,24}", scheme in "postgres|https|sqlite") {
            for url in [
                format!("{scheme}://a:canary{text}@db/m"),
                format!("{scheme}://db/m?password=canary{text}"),
            ] {
                let shown = format!("{} {}", masked(&url), quoted(&url));
                proptest::prop_assert!(!shown.contains("canary"), "{url}: {shown}");
                proptest::prop_assert!(holds_password(&url) || scheme == "https", "{url}");
            }
        }
    }
}
