//! Snapshots of a number, and the report that compares two of them. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::facts::{NumberFacts, Template, is_connected};
use super::{PhoneNumberId, WabaId};

mod templates;

pub use templates::{TemplateLine, TemplateOutcome};

/// What a number looked like at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was read.
    pub taken_at: Timestamp,
    /// The WABA that had it.
    pub waba: WabaId,
    /// Meta's id of it there.
    pub phone_number_id: PhoneNumberId,
    /// As Meta shows it.
    pub display_phone_number: String,
    /// The display name.
    pub verified_name: Option<String>,
    /// Review status of the display name.
    pub name_status: Option<String>,
    /// Quality rating.
    pub quality_rating: Option<String>,
    /// Messaging limit.
    pub messaging_limit: Option<String>,
    /// Whether it is an official business account.
    pub official_business_account: Option<bool>,
    /// Throughput level.
    pub throughput: Option<String>,
    /// Connection status.
    pub status: Option<String>,
    /// Platform.
    pub platform_type: Option<String>,
    /// Whether messages can be sent.
    pub health: Option<String>,
    /// Whether two-step verification is on.
    pub two_step_enabled: Option<bool>,
    /// The WABA's templates, up to a maximum; `None` if they could not be read.
    pub templates: Option<Vec<Template>>,
    /// Number of templates beyond the maximum.
    pub templates_not_kept: usize,
}

/// The before and after of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When the "after" was read.
    pub as_of: Timestamp,
    /// One line for each property that moves with the number.
    pub lines: Vec<ReportLine>,
    /// One line for each kept template of the source.
    pub templates: Vec<TemplateLine>,
    /// Number of templates of the source that were not kept.
    pub templates_not_listed: usize,
    /// How long the number was in the destination before it was registered there.
    pub unregistered_for: Option<SignedDuration>,
}

/// One property that moves with the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Its name.
    pub subject: String,
    /// Its value before, if it could be read.
    pub before: Option<String>,
    /// Its value after, if it could be read.
    pub after: Option<String>,
}

/// What happened to a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    /// Unchanged.
    Kept,
    /// Changed.
    Changed,
    /// One side could not be read.
    Unknown,
}

/// Name of the line about two-step verification.
const TWO_STEP: &str = "two-step verification";
/// Value of a property that is off.
const OFF: &str = "no";

/// What never moves with a number and must be set up again.
#[must_use]
pub const fn to_set_up_again(pin_is_unproven: bool) -> [&'static str; 6] {
    [
        "The WABA itself does not move: the number now belongs to the destination account. Send from the new phone number id.",
        if pin_is_unproven {
            "Nothing shows that the number has the two-step verification PIN of this migration: set a new one."
        } else {
            "Two-step verification has a new PIN: keep the one that RevealTwoStepPin returns."
        },
        "Webhook overrides and subscribed apps of the source do not move: set them up on the destination.",
        "Flows do not move: publish them again at the destination.",
        "In-country storage is off: turn it on again if the law or a contract requires it.",
        "Chat history and analytics stay with the source: export what you need from there.",
    ]
}

impl Snapshot {
    /// A snapshot of the number in this WABA, with a limited number of its templates.
    #[must_use]
    pub fn take(
        waba: &WabaId,
        number: &NumberFacts,
        templates: Option<&[Template]>,
        at: Timestamp,
    ) -> Self {
        let number = number.clone();
        let kept = templates.map(templates::kept);
        let count = |templates: Option<&[Template]>| templates.map_or(0, <[_]>::len);
        Self {
            taken_at: at,
            waba: waba.clone(),
            phone_number_id: number.id,
            display_phone_number: number.display_phone_number,
            verified_name: number.verified_name,
            name_status: number.name_status,
            quality_rating: number.quality_rating,
            messaging_limit: number.messaging_limit,
            official_business_account: number.official_business_account,
            throughput: number.throughput,
            status: number.status,
            platform_type: number.platform_type,
            health: number.health,
            two_step_enabled: number.pin_enabled,
            templates: kept.map(<[_]>::to_vec),
            templates_not_kept: count(templates).saturating_sub(count(kept)),
        }
    }

    /// Number of templates that the WABA had, if they could be read.
    #[must_use]
    pub fn template_count(&self) -> Option<usize> {
        let kept = self.templates.as_ref()?;
        Some(kept.len().saturating_add(self.templates_not_kept))
    }

    /// Meta's status, with an explanation where the status hides that the number is connected.
    #[must_use]
    pub fn connection(&self) -> Option<String> {
        let status = self.status.clone()?;
        let is_live = is_connected(Some(&status), self.platform_type.as_deref());
        let meaning = match status.to_ascii_uppercase().as_str() {
            _ if !is_live => None,
            "CONNECTED" => None,
            "FLAGGED" => Some("Meta has flagged its quality"),
            "RESTRICTED" => Some("Meta restricts what it may send"),
            "RATE_LIMITED" => Some("Meta limits how fast it may send"),
            _ => Some("Meta limits how much it may send"),
        };
        Some(match meaning {
            Some(meaning) => format!("{status} (connected; {meaning})"),
            None => status,
        })
    }
}

impl Report {
    /// Compares the number after the move with the number before it. `arrived`: all templates that
    /// the destination has now, if they could be read.
    #[must_use]
    pub fn compare(
        before: Option<&Snapshot>,
        after: &Snapshot,
        arrived: Option<&[Template]>,
    ) -> Self {
        let line = |subject: &str, of: fn(&Snapshot) -> Option<String>| ReportLine {
            subject: subject.to_owned(),
            before: before.and_then(of),
            after: of(after),
        };
        let both = before
            .and_then(|before| Some((before.templates.as_deref()?, before.templates_not_kept)))
            .zip(arrived);
        let ((left, not_kept), arrived) = both.unwrap_or_default();
        Self {
            as_of: after.taken_at,
            unregistered_for: None,
            lines: vec![
                line("number", |s| Some(s.display_phone_number.clone())),
                line("display name", |s| s.verified_name.clone()),
                line("display name status", |s| s.name_status.clone()),
                line("quality rating", |s| s.quality_rating.clone()),
                line("messaging limit", |s| s.messaging_limit.clone()),
                line("official business account", |s| {
                    s.official_business_account.map(yes_or_no)
                }),
                line("throughput", |s| s.throughput.clone()),
                line("health", |s| s.health.clone()),
                line("connection", Snapshot::connection),
                line("platform", |s| s.platform_type.clone()),
                line(TWO_STEP, |s| s.two_step_enabled.map(yes_or_no)),
                line("phone number id", |s| Some(s.phone_number_id.to_string())),
                line("WhatsApp Business Account", |s| Some(s.waba.to_string())),
            ],
            templates: left
                .iter()
                .map(|template| templates::line(template, arrived))
                .collect(),
            templates_not_listed: not_kept,
        }
    }

    /// Whether Meta shows two-step verification as off after the move: register then set no PIN.
    #[must_use]
    pub fn shows_two_step_off(&self) -> bool {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.subject == TWO_STEP);
        line.and_then(|line| line.after.as_deref()) == Some(OFF)
    }
}

impl ReportLine {
    /// What happened to it.
    #[must_use]
    pub fn outcome(&self) -> ReportOutcome {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before == after => ReportOutcome::Kept,
            (Some(_), Some(_)) => ReportOutcome::Changed,
            _ => ReportOutcome::Unknown,
        }
    }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { OFF }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line "connection" of a number that was connected before.
    fn connection(status: &str, platform: &str) -> ReportLine {
        let snapshot = |status: &str, platform: &str| Snapshot {
            taken_at: Timestamp::UNIX_EPOCH,
            waba: "104996122399160".parse().unwrap(),
            phone_number_id: "106540352242922".parse().unwrap(),
            display_phone_number: "+1 202-555-0123".to_owned(),
            verified_name: None,
            name_status: None,
            quality_rating: None,
            messaging_limit: None,
            official_business_account: None,
            throughput: None,
            status: Some(status.to_owned()),
            platform_type: Some(platform.to_owned()),
            health: None,
            two_step_enabled: None,
            templates: None,
            templates_not_kept: 0,
        };
        let before = snapshot("CONNECTED", "CLOUD_API");
        let after = snapshot(status, platform);
        let lines = Report::compare(Some(&before), &after, None).lines;
        let mut found = lines
            .into_iter()
            .filter(|line| line.subject == "connection");
        found.next().unwrap()
    }

    #[test]
    fn a_status_that_hides_that_a_number_is_connected_is_explained() {
        for (status, platform, shown) in [
            ("CONNECTED", "CLOUD_API", "CONNECTED"),
            (
                "FLAGGED",
                "CLOUD_API",
                "FLAGGED (connected; Meta has flagged its quality)",
            ),
            (
                "RESTRICTED",
                "CLOUD_API",
                "RESTRICTED (connected; Meta restricts what it may send)",
            ),
            (
                "RATE_LIMITED",
                "CLOUD_API",
                "RATE_LIMITED (connected; Meta limits how fast it may send)",
            ),
            ("FLAGGED", "NOT_APPLICABLE", "FLAGGED"),
            ("PENDING", "NOT_APPLICABLE", "PENDING"),
        ] {
            let line = connection(status, platform);
            assert_eq!(line.after.as_deref(), Some(shown));
            let kept = line.outcome() == ReportOutcome::Kept;
            assert_eq!(kept, status == "CONNECTED");
        }
    }
}
