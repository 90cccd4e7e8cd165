//! `[telemetry]`: where traces are sent.

use std::str::FromStr as _;

use super::{Reader, url};
use crate::telemetry::{Headers, OtlpProtocol, TraceSettings};
use crate::util::loopback::is_loopback;

const ENDPOINT: &str = "telemetry.otlp_endpoint";
const SAMPLES: &str = "telemetry.caller_samples_per_second";
const HEADERS: &str = "telemetry.otlp_headers";
const ALLOW_HTTP: &str = "telemetry.allow_http";

/// `None` without a collector.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<TraceSettings> {
    let endpoint = endpoint(reader);
    let allow_http = reader.switch(ALLOW_HTTP);
    let protocols = [("grpc", OtlpProtocol::Grpc), ("http", OtlpProtocol::Http)];
    let protocol = reader.choice("telemetry.otlp_protocol", &protocols);
    let ratio = sampling_ratio(reader);
    let caller_samples_per_second = reader.number(SAMPLES, 0..=1_000_000);
    let headers = headers(reader);
    let endpoint = endpoint?;
    if crosses_in_clear(&endpoint) && !allow_http {
        keep_private(reader, &headers);
    }
    Some(TraceSettings {
        endpoint,
        protocol,
        ratio,
        caller_samples_per_second,
        headers,
    })
}

/// Over http:// to another machine, traces and the collector's credentials can be read on the way.
fn keep_private(reader: &mut Reader<'_>, headers: &Headers) {
    let remedy = format!("Use https://, or, in a trusted network, set {ALLOW_HTTP} = true");
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

/// Whether data for this endpoint crosses a network without TLS.
fn crosses_in_clear(endpoint: &str) -> bool {
    let url = reqwest::Url::parse(endpoint);
    url.is_ok_and(|url| url.scheme() == "http" && !is_loopback(url.host_str().unwrap_or_default()))
}

fn sampling_ratio(reader: &mut Reader<'_>) -> f64 {
    let key = "telemetry.sampling_ratio";
    let text = reader.text(key);
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
        _ => {
            reader.wrong(key, "must be a number from 0 to 1", &text);
            1.0
        }
    }
}

fn endpoint(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(ENDPOINT);
    if text.is_empty() {
        return None;
    }
    if !url::is_base(&text) {
        // Not quoted: it may hold a password.
        let what =
            "must be the URL of a collector such as http://127.0.0.1:4317, without a user, ? or #";
        reader.problem(
            ENDPOINT,
            format!("{what}; credentials for the collector belong in {HEADERS}"),
        );
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// Pairs of a name and a value. Problems never quote them.
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

#[cfg(test)]
mod tests {
    use crate::config::{Config, Layers};
    use crate::telemetry::OtlpProtocol;

    fn load(settings: &[(&str, &str)]) -> Result<Config, String> {
        let layers = settings.iter().fold(Layers::new(), |layers, (key, value)| {
            layers.set("the test", key, value)
        });
        Config::load(&layers).map_err(|error| format!("{error} {error:?}"))
    }

    #[test]
    fn traces_are_sent_to_the_configured_collector_only() {
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
            (OtlpProtocol::Http, "0.25".to_owned(), 1000)
        );
        let shown = format!("{traces:?}");
        assert!(
            shown.contains("x-org") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn a_wrong_value_is_reported_without_its_secrets() {
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
