//! The report: before and after, side by side.

use super::super::style::TextStyle;
use crate::proto::v1::{Report, ReportOutcome, TemplateOutcome};

/// Before and after, the templates, and what must be set up again.
pub(in crate::cli) fn report(style: &TextStyle, report: &Report) -> String {
    let mut text = style.heading("Before and after");
    let mut table = style.table(["", "before", "after", ""]);
    let or_unknown = |value: &str| {
        if value.is_empty() {
            "?".to_owned()
        } else {
            value.to_owned()
        }
    };
    for line in &report.lines {
        let outcome = match line.outcome() {
            ReportOutcome::Kept => "✓ kept",
            ReportOutcome::Changed => "≠ changed",
            ReportOutcome::Unknown | ReportOutcome::Unspecified => "? not known",
        };
        table.add_row([
            &line.subject,
            &or_unknown(&line.before),
            &or_unknown(&line.after),
            outcome,
        ]);
    }
    text.push_str(&TextStyle::lines(&table));
    if let Some(time) = &report.unregistered_for {
        let (minutes, seconds) = (time.seconds / 60, time.seconds % 60);
        text.push_str(&style.paragraph(
            "",
            &format!(
                "The number was in the destination for {minutes} min {seconds} s before it was \
                 registered."
            ),
        ));
    }
    if !report.templates.is_empty() {
        text.push_str(&style.heading("Message templates"));
        text.push_str(&templates(style, report));
    }
    if !report.to_do_anew.is_empty() {
        text.push_str(&style.heading("What does not move and must be set up again"));
        text.extend(report.to_do_anew.iter().map(|each| style.item(each)));
    }
    text
}

fn templates(style: &TextStyle, report: &Report) -> String {
    let mut table = style.table(["template", "language", "category", ""]);
    for template in &report.templates {
        let outcome = match template.outcome() {
            TemplateOutcome::Carried => "✓ carried".to_owned(),
            TemplateOutcome::Recategorised => "≠ in another category".to_owned(),
            TemplateOutcome::NotCarried if template.why.is_empty() => "✗ not carried".to_owned(),
            TemplateOutcome::NotCarried => format!("✗ not carried: {}", template.why),
            TemplateOutcome::Unspecified => "? not known".to_owned(),
        };
        let (before, after) = (&template.category_before, &template.category_after);
        let category = if after.is_empty() || before == after {
            before.clone()
        } else {
            format!("{before} → {after}")
        };
        table.add_row([&template.name, &template.language, &category, &outcome]);
    }
    let mut text = TextStyle::lines(&table);
    if report.templates_not_listed > 0 {
        let more = report.templates_not_listed;
        text.push_str(&style.paragraph(
            "",
            &format!("The source had {more} more, which are not listed."),
        ));
    }
    text
}
