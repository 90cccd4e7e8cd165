//! Alerts and dashboard of the chart query metrics that the program exports; each alert is
//! documented.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::metrics::Exposition;
use crate::support::http::{address, get};
use crate::support::program::Program;

/// Exported with PostgreSQL only.
const OF_POSTGRESQL: &str = "waba_migrator_store_connections";
/// Labels that Prometheus adds, and that of histogram buckets.
const ADDED: [&str; 2] = ["instance", "le"];

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(rename = "alert")]
    name: String,
    expr: String,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Annotations {
    summary: String,
    runbook: String,
}

fn file(path: &str) -> String {
    let whole = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn alerts() -> Vec<Alert> {
    let rules: Rules = serde_saphyr::from_str(&file("helm/files/rules.yaml")).unwrap();
    rules.groups.into_iter().flat_map(|it| it.rules).collect()
}

/// All texts under this key, at any depth.
fn texts(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key).and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| texts(field, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        _ => {}
    }
}

/// A metric in an expression, and its label matchers: `name="value"`, `name=~"one|other"`.
struct MetricQuery<'a> {
    metric: &'a str,
    matchers: Vec<(&'a str, Vec<&'a str>)>,
}

fn metric_queries(expression: &str) -> Vec<MetricQuery<'_>> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let places = expression.match_indices("waba_migrator_");
    let one = |(at, _): (usize, &str)| {
        let rest = &expression[at..];
        let end = rest.find(|c| !of_name(c)).unwrap_or(rest.len());
        let (metric, rest) = rest.split_at(end);
        let inner = rest.strip_prefix('{').and_then(|it| it.split_once('}'));
        let matchers = inner.map_or("", |(inner, _)| inner).split(',');
        let matchers = matchers.filter_map(|matcher| {
            let (label, values) = matcher.split_once(['=', '!'])?;
            let values = values.trim_matches(['=', '~', '"']).split('|');
            Some((label.trim(), values.collect()))
        });
        MetricQuery {
            metric,
            matchers: matchers.collect(),
        }
    };
    places.map(one).collect()
}

/// The labels that an expression groups by.
fn grouped_by(expression: &str) -> Vec<&str> {
    let groups = ["by (", "on ("].map(|start| expression.split(start).skip(1));
    let labels = groups.into_iter().flatten();
    labels
        .flat_map(|rest| rest.split_once(')').unwrap().0.split(','))
        .map(str::trim)
        .collect()
}

/// The metric of a sample.
fn base<'a>(exposed: &Exposition, metric: &'a str) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"].into_iter();
    let mut stripped = parts.filter_map(|part| metric.strip_suffix(part));
    let histogram = stripped.find(|it| {
        exposed
            .types
            .get(*it)
            .is_some_and(|kind| kind == "histogram")
    });
    histogram.unwrap_or(metric)
}

#[test]
fn alerts_and_dashboard_query_exported_metrics() {
    let mut program = Program::serve()
        .args(["--sandbox", "--set", "ops.listen=127.0.0.1:0"])
        .start();
    let port = address(&program.url("operations"));
    let exposed = Exposition::read(&get(port, "/metrics").unwrap().body);

    let mut expressions = Vec::new();
    let dashboard = serde_json::from_str(&file("helm/files/dashboard.json")).unwrap();
    texts(&dashboard, "expr", &mut expressions);
    assert!(expressions.len() > 20, "the dashboard has expressions");
    expressions.extend(alerts().into_iter().map(|alert| alert.expr));

    let mut seen = BTreeSet::new();
    for expression in &expressions {
        let mut labels: BTreeSet<&str> = ADDED.into();
        let metrics = metric_queries(expression);
        assert!(!metrics.is_empty(), "{expression}");
        for MetricQuery { metric, matchers } in metrics {
            let metric = base(&exposed, metric);
            if metric == OF_POSTGRESQL {
                labels.insert("state");
                continue;
            }
            assert!(
                exposed.types.contains_key(metric),
                "{metric} of {expression}"
            );
            labels.extend(exposed.labels[metric].iter().map(String::as_str));
            for (label, values) in matchers {
                assert!(
                    exposed.labels[metric].contains(label),
                    "{label} of {expression}"
                );
                // The codes are not known beforehand.
                for value in values.into_iter().filter(|_| label != "code") {
                    let sample = format!("{label}=\"{value}\"");
                    let of_metric = |it: &&String| it.starts_with(metric) && it.contains(&sample);
                    assert!(
                        exposed.samples.keys().any(|it| of_metric(&it)),
                        "{sample} of {expression}"
                    );
                }
            }
            seen.insert(metric.to_owned());
        }
        for label in grouped_by(expression) {
            assert!(labels.contains(label), "{label} of {expression}");
        }
    }
    let unseen: Vec<&String> = exposed
        .types
        .keys()
        .filter(|it| !seen.contains(*it))
        .collect();
    assert_eq!(
        unseen, [""; 0],
        "every metric is used in an alert or in the dashboard"
    );
}

#[test]
fn each_alert_is_documented() {
    let page = file("docs/alerts.md");
    for alert in alerts() {
        let Annotations { summary, runbook } = alert.annotations;
        assert!(summary.ends_with('.') && summary.len() > 20, "{summary}");
        let anchor = format!("docs/alerts.md#{}", alert.name.to_lowercase());
        assert_eq!(runbook, anchor);
        let heading = format!("\n### {}\n", alert.name);
        assert_eq!(page.matches(&heading).count(), 1, "{}", alert.name);
    }
    let headings = page.matches("\n### WabaMigrator").count();
    assert_eq!(
        headings,
        alerts().len(),
        "only existing alerts are documented"
    );
}
