//! Converts checks and snapshots.

use super::fault::{graph_error, remedies};
use super::time::{count, timestamp};
use crate::api::docs_links::DocsLinks;
use crate::proto::v1;
use domain::{Check, Snapshot, Verdict};

/// The results of eligibility rules.
pub(in crate::api) fn checks(checks: &[Check], links: &DocsLinks) -> Vec<v1::Check> {
    checks.iter().map(|it| check(it, links)).collect()
}

/// The result of one eligibility rule.
pub(super) fn check(check: &Check, links: &DocsLinks) -> v1::Check {
    v1::Check {
        id: check.id.as_str().to_owned(),
        verdict: v1::Verdict::from(check.verdict).into(),
        required: check.is_required(),
        title: check.id.title().to_owned(),
        finding: check.finding.clone(),
        remedies: remedies(&check.remedies, links),
        graph_error: check.graph_error.as_deref().map(graph_error),
    }
}

/// The state of a number at a time.
pub(in crate::api) fn snapshot(seen: &Snapshot) -> v1::Snapshot {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    v1::Snapshot {
        taken_at: Some(timestamp(seen.taken_at)),
        waba_id: seen.waba.to_string(),
        phone_number_id: seen.phone_number_id.to_string(),
        display_phone_number: seen.display_phone_number.clone(),
        verified_name: text(&seen.verified_name),
        name_status: text(&seen.name_status),
        quality_rating: text(&seen.quality_rating),
        messaging_limit: text(&seen.messaging_limit),
        official_business_account: seen.official_business_account,
        throughput: text(&seen.throughput),
        status: text(&seen.status),
        platform_type: text(&seen.platform_type),
        health: text(&seen.health),
        template_count: seen.template_count().map(count),
    }
}

impl From<Verdict> for v1::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Warn => Self::Warn,
            Verdict::Fail => Self::Fail,
            Verdict::Unknown => Self::Unknown,
        }
    }
}
