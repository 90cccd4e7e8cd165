//! Message templates in snapshots and reports. Pure.

use serde::{Deserialize, Serialize};

use crate::facts::Template;

/// Maximum number of templates in a snapshot. A WABA may have 6000, and the document that holds
/// them is written at each step and read by each list.
const MAX_TEMPLATES: usize = 500;
/// Maximum size of all their texts, bytes.
const MAX_BYTES: usize = 64 << 10;

/// What happened to one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLine {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its category at the source.
    pub category_before: String,
    /// What happened to it.
    pub outcome: TemplateOutcome,
}

/// What happened to a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateOutcome {
    /// It is in the destination.
    Carried,
    /// It is in the destination, with another category.
    Recategorised {
        /// The new category.
        category: String,
    },
    /// It is not in the destination.
    NotCarried {
        /// Why, as a sentence for a person.
        why: String,
    },
}

/// The templates to keep in a snapshot: the first, as many as fit.
pub(super) fn kept(all: &[Template]) -> &[Template] {
    let mut bytes = 0_usize;
    let fits = |template: &&Template| {
        let Template {
            name,
            language,
            category,
            status,
            quality,
        } = template;
        let texts = [name, language, category, status, quality];
        bytes = texts
            .into_iter()
            .fold(bytes, |sum, text| sum.saturating_add(text.len()));
        bytes <= MAX_BYTES
    };
    let count = all.iter().take(MAX_TEMPLATES).take_while(fits).count();
    all.get(..count).unwrap_or(all)
}

/// The report line of a template of the source; `after`: all templates of the destination.
pub(super) fn line(template: &Template, after: &[Template]) -> TemplateLine {
    let there = after
        .iter()
        .find(|other| other.name == template.name && other.language == template.language);
    let outcome = match there {
        Some(other) if other.category == template.category => TemplateOutcome::Carried,
        Some(other) => TemplateOutcome::Recategorised {
            category: other.category.clone(),
        },
        None => TemplateOutcome::NotCarried {
            why: why_left_behind(template).to_owned(),
        },
    };
    TemplateLine {
        name: template.name.clone(),
        language: template.language.clone(),
        category_before: template.category.clone(),
        outcome,
    }
}

/// Meta copies approved templates of high quality only.
fn why_left_behind(template: &Template) -> &'static str {
    match (
        template.status.to_ascii_uppercase().as_str(),
        template.quality.to_ascii_uppercase().as_str(),
    ) {
        ("APPROVED", "GREEN") => {
            "it is approved and of high quality; Meta may still be copying it, or the destination was full"
        }
        ("APPROVED", _) => "its quality is not high",
        ("REJECTED", _) => "it was rejected",
        ("PENDING" | "IN_APPEAL", _) => "its review was pending",
        _ => "it was not approved",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::facts::NumberFacts;
    use crate::{Report, Snapshot};

    fn templates(count: usize, name: &str) -> Vec<Template> {
        let template = |n| Template {
            name: format!("{name}{n}"),
            language: "en_US".to_owned(),
            category: "UTILITY".to_owned(),
            status: "APPROVED".to_owned(),
            quality: "GREEN".to_owned(),
        };
        (0..count).map(template).collect()
    }

    #[test]
    fn of_many_templates_the_first_are_kept_and_of_long_ones_fewer() {
        for (count, name, most) in [
            (0, "a", 0),
            (MAX_TEMPLATES, "a", MAX_TEMPLATES),
            (6000, "order_confirmation_", MAX_TEMPLATES),
        ] {
            let all = templates(count, name);
            assert_eq!(kept(&all), &all[..most]);
        }
        let long = templates(6000, &"n".repeat(512));
        let fitting = kept(&long).len();
        assert!((100..150).contains(&fitting), "{fitting}");
        assert_eq!(kept(&templates(1, &"n".repeat(MAX_BYTES))), []);
    }

    /// A snapshot of a number in a WABA with these templates.
    fn snapshot(templates: Option<&[Template]>) -> Snapshot {
        let number = NumberFacts {
            id: "106540352242922".parse().unwrap(),
            display_phone_number: "+1 202-555-0123".to_owned(),
            verified_name: None,
            name_status: None,
            new_name_status: None,
            status: None,
            code_verification_status: None,
            platform_type: None,
            quality_rating: None,
            messaging_limit: None,
            throughput: None,
            account_mode: None,
            health: None,
            official_business_account: None,
            pin_enabled: None,
            on_business_app: None,
        };
        let waba = "104996122399160".parse().unwrap();
        Snapshot::take(&waba, &number, templates, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn templates_that_are_not_kept_are_counted() {
        let all = templates(6000, "order_");
        let before = snapshot(Some(&all));
        assert_eq!(before.template_count(), Some(6000));
        // Templates at the end of the destination's list are compared as well.
        let arrived: Vec<Template> = all.iter().rev().take(5900).cloned().collect();
        let after = snapshot(Some(&arrived));
        assert_eq!(after.template_count(), Some(5900));
        let report = Report::compare(Some(&before), &after, Some(&arrived));
        let listed = (report.templates.len(), report.templates_not_listed);
        assert_eq!(listed, (500, 5500));
        let carried = report.templates.iter();
        let carried = carried.filter(|line| line.outcome == TemplateOutcome::Carried);
        assert_eq!(carried.count(), 400);
        let documents = serde_json::to_string(&(before, &after, report)).unwrap();
        assert!(documents.len() < 400_000, "{}", documents.len());

        let unread = snapshot(None);
        assert_eq!(unread.template_count(), None);
        let report = Report::compare(Some(&unread), &after, Some(&arrived));
        let listed = (report.templates.len(), report.templates_not_listed);
        assert_eq!(listed, (0, 0));
    }
}
