//! Converts the report.

use super::time::{count, duration, timestamp};
use crate::proto::v1;
use domain::{Report, ReportLine, ReportOutcome, TemplateLine, TemplateOutcome, to_set_up_again};

/// The report. `pin_is_unproven`: whether the PIN must be set again.
pub(super) fn report(report: &Report, pin_is_unproven: bool) -> v1::Report {
    v1::Report {
        as_of: Some(timestamp(report.as_of)),
        lines: report.lines.iter().map(line).collect(),
        templates: report.templates.iter().map(template).collect(),
        templates_not_listed: count(report.templates_not_listed),
        unregistered_for: report.unregistered_for.map(duration),
        to_do_anew: to_set_up_again(pin_is_unproven).map(str::to_owned).to_vec(),
    }
}

fn line(line: &ReportLine) -> v1::ReportLine {
    v1::ReportLine {
        subject: line.subject.clone(),
        before: line.before.clone().unwrap_or_default(),
        after: line.after.clone().unwrap_or_default(),
        outcome: v1::ReportOutcome::from(line.outcome()).into(),
    }
}

fn template(line: &TemplateLine) -> v1::TemplateLine {
    let (category_after, why) = match &line.outcome {
        TemplateOutcome::Carried => (line.category_before.clone(), String::new()),
        TemplateOutcome::Recategorised { category } => (category.clone(), String::new()),
        TemplateOutcome::NotCarried { why } => (String::new(), why.clone()),
    };
    v1::TemplateLine {
        name: line.name.clone(),
        language: line.language.clone(),
        category_before: line.category_before.clone(),
        category_after,
        outcome: v1::TemplateOutcome::from(&line.outcome).into(),
        why,
    }
}

impl From<ReportOutcome> for v1::ReportOutcome {
    fn from(outcome: ReportOutcome) -> Self {
        match outcome {
            ReportOutcome::Kept => Self::Kept,
            ReportOutcome::Changed => Self::Changed,
            ReportOutcome::Unknown => Self::Unknown,
        }
    }
}

impl From<&TemplateOutcome> for v1::TemplateOutcome {
    fn from(outcome: &TemplateOutcome) -> Self {
        match outcome {
            TemplateOutcome::Carried => Self::Carried,
            TemplateOutcome::Recategorised { .. } => Self::Recategorised,
            TemplateOutcome::NotCarried { .. } => Self::NotCarried,
        }
    }
}
