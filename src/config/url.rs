//! URLs as they may be shown: in an error, in a log, by `config check`. A password may stand in any part of one, so a URL is parsed
//! first, and of what is not understood nothing is shown.

use std::borrow::Cow;

use reqwest::Url;

/// What stands for a value that is not shown.
const HIDDEN: &str = "(set)";

/// The settings whose values are URLs.
const KEYS: [&str; 6] = [
    "store.url",
    "graph.base_url",
    "sandbox.base_url",
    "auth.jwt.issuer",
    "auth.jwt.jwks_url",
    "telemetry.otlp_endpoint",
];

/// The parameters of a database's URL whose values are shown.
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

/// The value of `key` as it may be shown.
pub(super) fn shown(key: &str, value: &str) -> String {
    if KEYS.contains(&key) && may_hide_a_password(value) {
        masked(value)
    } else {
        value.to_owned()
    }
}

/// A value that is wrong, as an error repeats it.
#[must_use]
pub fn quoted(value: &str) -> String {
    if !may_hide_a_password(value) {
        return format!("{value:?}");
    }
    match masked(value).as_str() {
        HIDDEN => "not repeated here, since it may hold a password".to_owned(),
        masked => format!("{masked:?}"),
    }
}

/// A URL without a password, and without anything that may be one.
#[must_use]
pub fn masked(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    without_secrets(text).unwrap_or_else(|| HIDDEN.to_owned())
}

/// Whether a URL holds a password, or something that may be one: it is then not for where others could read it.
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

/// Whether a value looks like a URL, or like a part of one.
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
    // A password that is not escaped ends the authority early: its rest is then a part of the path, of a parameter or of the
    // fragment, and mostly has the @.
    let after_authority = text.split_once("://")?.1.split_once(['/', '?', '#']);
    let misread = after_authority.is_some_and(|(_, rest)| rest.contains('@'));
    let is_clear = is_plain(url.path()) && (is_plain(host) || is_ip6(address)) && !misread;
    if !is_clear || url.fragment().is_some() {
        return None;
    }
    // In front of another host than a database's it may be a token.
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

/// The parameters of a database's URL that are known to hold no password.
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

/// Whether a parameter of a database's URL is known to hold no password.
fn is_shown(name: &str, value: &str) -> bool {
    SHOWN.contains(&name) && is_plain(value)
}

/// A database in a file: a path, without anything that makes it look like another kind of URL.
fn is_plain_file(text: &str) -> bool {
    text.strip_prefix("sqlite:")
        .is_some_and(|path| !path.contains(['@', '?', '#', ':']))
}

/// Nothing that is escaped, and nothing that could end or begin a password.
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
    fn what_is_known_to_hold_no_password_is_shown() {
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
    fn no_password_is_shown_wherever_it_stands() {
        for (url, expected) in [
            // Where it belongs.
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
            // Where it does not.
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
            // What is no URL, or not one of ours.
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
    fn an_error_repeats_what_cannot_hold_a_password() {
        assert_eq!(quoted("soon"), "\"soon\"");
        assert_eq!(quoted("graph.facebook.com"), "\"graph.facebook.com\"");
        assert_eq!(quoted("http://a:canary@b"), "\"http://b\"");
        let hidden = quoted("a:canary@b");
        assert!(hidden.contains("not repeated") && !hidden.contains("canary"));
    }

    proptest::proptest! {
        #[test]
        fn no_password_is_shown_whatever_it_is_made_of(text in ".{0,24}", scheme in "postgres|https|sqlite") {
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
