//! The JSON of `--output json`: stable, for scripts.
//!
//! Field names and enum values are the contract's own; times are RFC 3339, durations seconds with an `s`, numbers are
//! numbers. Every field is always there: `null` where there is nothing.

use serde_json::{Value, json};

use super::time;
use crate::proto::v1;

/// A migration.
pub(super) fn migration(m: &v1::Migration) -> Value {
    json!({
        "id": m.id,
        "request_id": m.request_id,
        "phone_number": m.phone_number,
        "phone_number_reading": m.phone_number_reading,
        "destination_waba_id": m.destination_waba_id,
        "source_waba_id": m.source_waba_id,
        "route": m.route().as_str_name(),
        "code_method": m.code_method().as_str_name(),
        "language": m.language,
        "two_step_pin_source": m.two_step_pin_source().as_str_name(),
        "reference": m.reference,
        "labels": m.labels,
        "cutover": m.cutover.as_ref().and_then(cutover),
        "phone_number_id": m.phone_number_id,
        "state": m.state().as_str_name(),
        "step": m.step().as_str_name(),
        "steps": all(&m.steps, step),
        "next_action": m.next_action.as_ref().map(next_action),
        "fault": m.fault.as_ref().map(fault),
        "checks": all(&m.checks, check),
        "budgets": all(&m.budgets, budget),
        "before": m.before.as_ref().map(snapshot),
        "after": m.after.as_ref().map(snapshot),
        "report": m.report.as_ref().map(report),
        "clean_up": all(&m.clean_up, remedy),
        "created_at": moment(m.created_at.as_ref()),
        "updated_at": moment(m.updated_at.as_ref()),
        "expires_at": moment(m.expires_at.as_ref()),
        "ended_at": moment(m.ended_at.as_ref()),
        "last_sequence": m.last_sequence,
        "etag": m.etag,
    })
}

/// An event.
pub(super) fn event(e: &v1::Event) -> Value {
    json!({
        "migration_id": e.migration_id,
        "sequence": e.sequence,
        "occurred_at": moment(e.occurred_at.as_ref()),
        "kind": e.kind().as_str_name(),
        "state": e.state().as_str_name(),
        "step": e.step().as_str_name(),
        "call": e.call().as_str_name(),
        "fault": e.fault.as_ref().map(fault),
        "message": e.message,
        "principal": e.principal,
    })
}

/// The answer of a check.
pub(super) fn eligibility(e: &v1::CheckEligibilityResponse) -> Value {
    json!({
        "eligible": e.eligible,
        "checks": all(&e.checks, check),
        "snapshot": e.snapshot.as_ref().map(snapshot),
    })
}

/// Several of one kind.
pub(super) fn all<T>(items: &[T], view: impl Fn(&T) -> Value) -> Value {
    items.iter().map(view).collect()
}

fn cutover(c: &v1::Cutover) -> Option<Value> {
    Some(match c.when.as_ref()? {
        v1::cutover::When::Hold(hold) => json!({ "hold": hold }),
        v1::cutover::When::NotBefore(at) => json!({ "not_before": moment(Some(at)) }),
    })
}

fn step(s: &v1::StepProgress) -> Value {
    json!({
        "step": s.step().as_str_name(),
        "started_at": moment(s.started_at.as_ref()),
        "finished_at": moment(s.finished_at.as_ref()),
        "attempts": s.attempts,
        "last_fault": s.last_fault.as_ref().map(fault),
    })
}

fn next_action(a: &v1::NextAction) -> Value {
    json!({
        "actor": a.actor().as_str_name(),
        "kind": a.kind().as_str_name(),
        "instruction": a.instruction,
        "deadline": moment(a.deadline.as_ref()),
        "remedies": all(&a.remedies, remedy),
    })
}

fn fault(f: &v1::Fault) -> Value {
    json!({
        "reason": f.reason,
        "disposition": f.disposition().as_str_name(),
        "message": f.message,
        "remedies": all(&f.remedies, remedy),
        "retry_after": duration(f.retry_after.as_ref()),
        "graph_error": f.graph_error.as_ref().map(graph_error),
    })
}

fn graph_error(g: &v1::GraphError) -> Value {
    json!({
        "http_status": g.http_status,
        "code": g.code,
        "subcode": g.subcode,
        "type": g.r#type,
        "message": g.message,
        "user_title": g.user_title,
        "user_message": g.user_message,
        "details": g.details,
        "fbtrace_id": g.fbtrace_id,
    })
}

fn remedy(r: &v1::Remedy) -> Value {
    json!({
        "kind": r.kind,
        "actor": r.actor().as_str_name(),
        "instruction": r.instruction,
        "documentation": r.documentation,
    })
}

fn check(c: &v1::Check) -> Value {
    json!({
        "id": c.id,
        "verdict": c.verdict().as_str_name(),
        "required": c.required,
        "title": c.title,
        "finding": c.finding,
        "remedies": all(&c.remedies, remedy),
        "graph_error": c.graph_error.as_ref().map(graph_error),
    })
}

fn budget(b: &v1::Budget) -> Value {
    json!({
        "call": b.call().as_str_name(),
        "used": b.used,
        "limit": b.limit,
        "window": duration(b.window.as_ref()),
        "next_allowed_at": moment(b.next_allowed_at.as_ref()),
    })
}

fn snapshot(s: &v1::Snapshot) -> Value {
    json!({
        "taken_at": moment(s.taken_at.as_ref()),
        "waba_id": s.waba_id,
        "phone_number_id": s.phone_number_id,
        "display_phone_number": s.display_phone_number,
        "verified_name": s.verified_name,
        "name_status": s.name_status,
        "quality_rating": s.quality_rating,
        "messaging_limit": s.messaging_limit,
        "official_business_account": s.official_business_account,
        "throughput": s.throughput,
        "status": s.status,
        "platform_type": s.platform_type,
        "health": s.health,
        "template_count": s.template_count,
    })
}

fn report(r: &v1::Report) -> Value {
    json!({
        "as_of": moment(r.as_of.as_ref()),
        "lines": all(&r.lines, |line| json!({
            "subject": line.subject,
            "before": line.before,
            "after": line.after,
            "outcome": line.outcome().as_str_name(),
        })),
        "templates": all(&r.templates, |template| json!({
            "name": template.name,
            "language": template.language,
            "category_before": template.category_before,
            "category_after": template.category_after,
            "outcome": template.outcome().as_str_name(),
            "why": template.why,
        })),
        "templates_not_listed": r.templates_not_listed,
        "to_do_anew": r.to_do_anew,
        "unregistered_for": duration(r.unregistered_for.as_ref()),
    })
}

fn moment(at: Option<&prost_types::Timestamp>) -> Option<String> {
    at.and_then(time::moment).map(|at| at.to_string())
}

fn duration(duration: Option<&prost_types::Duration>) -> Option<String> {
    duration.map(|d| {
        let fraction = format!("{:09}", d.nanos.unsigned_abs());
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}s", d.seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::example;

    #[test]
    fn the_view_has_every_field_of_the_contract_under_its_own_name() {
        // Held against the contract's own description: a field that is added there must be added here.
        let set = protobuf_fields();
        let full = migration(&example::moved());
        for (message, value) in [
            ("Migration", &full),
            ("StepProgress", &full["steps"][0]),
            ("NextAction", &full["next_action"]),
            ("Check", &full["checks"][0]),
            ("Budget", &full["budgets"][0]),
            ("Snapshot", &full["before"]),
            ("Report", &full["report"]),
            ("ReportLine", &full["report"]["lines"][0]),
            ("TemplateLine", &full["report"]["templates"][0]),
            ("Remedy", &full["checks"][0]["remedies"][0]),
            ("Fault", &full["fault"]),
            ("GraphError", &full["fault"]["graph_error"]),
            ("Event", &event(&v1::Event::default())),
            (
                "CheckEligibilityResponse",
                &eligibility(&v1::CheckEligibilityResponse::default()),
            ),
        ] {
            let shown: Vec<&str> = value
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut fields: Vec<&str> = set[message].iter().map(String::as_str).collect();
            fields.sort_unstable();
            let mut sorted = shown.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, fields, "{message}");
        }
    }

    #[test]
    fn enums_times_and_durations_are_written_as_the_contract_has_them() {
        let view = migration(&example::moved());
        assert_eq!(view["state"], "STATE_SUCCEEDED");
        assert_eq!(view["created_at"], "2026-11-22T21:28:10Z");
        assert_eq!(view["budgets"][0]["window"], "259200s");
        assert_eq!(view["ended_at"], "2026-11-22T21:28:25.5Z");
        assert_eq!(view["cutover"]["hold"], true);
        let empty = migration(&v1::Migration::default());
        assert!(empty["report"].is_null() && empty["checks"].as_array().unwrap().is_empty());
    }

    fn protobuf_fields() -> std::collections::HashMap<String, Vec<String>> {
        use prost::Message as _;
        let set = prost_types::FileDescriptorSet::decode(crate::proto::DESCRIPTORS).unwrap();
        set.file
            .iter()
            .flat_map(|file| &file.message_type)
            .map(|message| {
                let fields = message
                    .field
                    .iter()
                    .map(|field| field.name().to_owned())
                    .collect();
                (message.name().to_owned(), fields)
            })
            .collect()
    }
}
