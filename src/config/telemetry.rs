//! `[telemetry]`: where traces go.

use std::fmt;
use std::str::FromStr;

use super::Reader;
use crate::telemetry::{Headers, Protocol, Traces};
use crate::util::loopback::is_loopback;

/// A part, from none to all.
struct Ratio(f64);

/// Not a part.
struct NoRatio;

/// How a collector is spoken to, as it is written.
struct Spoken(Protocol);

/// Not one of the ways.
struct NotSpoken;

const ENDPOINT: &str = "telemetry.otlp_endpoint";
const SAMPLES: &str = "telemetry.caller_samples_per_second";
const HEADERS: &str = "telemetry.otlp_headers";
const ALLOW_HTTP: &str = "telemetry.allow_http";

/// `None` where they go nowhere.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Traces> {
    let endpoint = endpoint(reader);
    let allow_http = reader.switch(ALLOW_HTTP);
    let protocol = reader.parsed::<Spoken>("telemetry.otlp_protocol");
    let ratio = reader.parsed::<Ratio>("telemetry.sampling_ratio");
    let caller_samples_per_second = reader.number(SAMPLES, 0..=1_000_000);
    let headers = headers(reader);
    let endpoint = endpoint?;
    if crosses_in_clear(&endpoint) && !allow_http {
        keep_private(reader, &headers);
    }
    Some(Traces {
        endpoint,
        protocol: protocol.map(|it| it.0).unwrap_or_default(),
        ratio: ratio.map_or(1.0, |it| it.0),
        caller_samples_per_second,
        headers,
    })
}

/// Over http:// to another machine, traces can be read on the way, and so can what the collector asks for.
fn keep_private(reader: &mut Reader<'_>, headers: &Headers) {
    let remedy = format!("Use https://, or, where the network is trusted, set {ALLOW_HTTP} = true");
    if headers.is_empty() {
        let what = "names another machine over http://, so that traces can be read on the way";
        reader.warning(ENDPOINT, format!("{what}. {remedy}"));
    } else {
        let what = "must not name another machine over http://, since what is in";
        reader.problem(
            ENDPOINT,
            format!("{what} {HEADERS} could be read on the way. {remedy}"),
        );
    }
}

/// Whether what is sent there crosses a network without TLS.
fn crosses_in_clear(endpoint: &str) -> bool {
    let url = reqwest::Url::parse(endpoint);
    url.is_ok_and(|url| url.scheme() == "http" && !is_loopback(url.host_str().unwrap_or_default()))
}

fn endpoint(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(ENDPOINT);
    if text.is_empty() {
        return None;
    }
    let is_right = reqwest::Url::parse(&text).is_ok_and(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let short = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain && short
    });
    if !is_right {
        // Not repeated: it may hold a password.
        let what =
            "must be the URL of a collector such as http://127.0.0.1:4317, without a user, ? or #";
        reader.problem(
            ENDPOINT,
            format!("{what}; what the collector asks for belongs in {HEADERS}"),
        );
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// Pairs of a name and a value. None of them is ever repeated.
fn headers(reader: &mut Reader<'_>) -> Headers {
    let text = reader.secret(HEADERS).unwrap_or_default();
    let pairs = text.split([',', '\n']).map(str::trim);
    let pairs = pairs.filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        let is_name = axum::http::HeaderName::from_str(&name).is_ok();
        let is_value = axum::http::HeaderValue::from_str(&value).is_ok();
        (is_name && is_value).then_some((name, value))
    });
    let Some(headers) = read.collect::<Option<Vec<_>>>() else {
        reader.problem(
            HEADERS,
            "must be headers such as authorization=Bearer …, separated by commas or lines",
        );
        return Headers::default();
    };
    Headers::new(headers)
}

impl FromStr for Ratio {
    type Err = NoRatio;

    fn from_str(text: &str) -> Result<Self, NoRatio> {
        let ratio = text.parse().map_err(|_| NoRatio)?;
        if (0.0..=1.0).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err(NoRatio)
        }
    }
}

impl fmt::Display for NoRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a number from 0 to 1")
    }
}

impl FromStr for Spoken {
    type Err = NotSpoken;

    fn from_str(text: &str) -> Result<Self, NotSpoken> {
        match text {
            "grpc" => Ok(Self(Protocol::Grpc)),
            "http" => Ok(Self(Protocol::Http)),
            _ => Err(NotSpoken),
        }
    }
}

impl fmt::Display for NotSpoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be grpc or http")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Layers};
    use crate::telemetry::Protocol;

    fn load(settings: &[(&str, &str)]) -> Result<Config, String> {
        let layers = settings.iter().fold(Layers::new(), |layers, (key, value)| {
            layers.set("the test", key, value)
        });
        Config::load(&layers).map_err(|error| format!("{error} {error:?}"))
    }

    #[test]
    fn traces_go_where_it_is_said_and_nowhere_else() {
        assert!(load(&[]).unwrap().traces.is_none());
        let config = load(&[
            ("telemetry.otlp_endpoint", "https://collector.example/otlp/"),
            ("telemetry.otlp_protocol", "http"),
            ("telemetry.sampling_ratio", "0.25"),
            (
                "telemetry.otlp_headers",
                "Authorization=Bearer canary=, x-org = 7",
            ),
        ]);
        let traces = config.unwrap().traces.unwrap();
        assert_eq!(traces.endpoint, "https://collector.example/otlp");
        assert_eq!(
            (
                traces.protocol,
                traces.ratio.to_string(),
                traces.caller_samples_per_second
            ),
            (Protocol::Http, "0.25".to_owned(), 1000)
        );
        let shown = format!("{traces:?}");
        assert!(
            shown.contains("x-org") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_and_no_secret_is() {
        for (key, value) in [
            ("telemetry.otlp_endpoint", "collector:4317"),
            ("telemetry.otlp_endpoint", "http://user:canary@collector"),
            ("telemetry.otlp_endpoint", "http://collector/?key=canary"),
            ("telemetry.otlp_protocol", "thrift"),
            ("telemetry.sampling_ratio", "1.5"),
            ("telemetry.sampling_ratio", "NaN"),
            ("telemetry.caller_samples_per_second", "-1"),
            ("telemetry.otlp_headers", "canary"),
            ("telemetry.otlp_headers", "a b=canary"),
        ] {
            let error = load(&[(key, value)]).unwrap_err();
            assert!(error.contains(key) && !error.contains("canary"), "{error}");
        }
    }
}
