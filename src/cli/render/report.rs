//! The report: before and after, side by side.

use super::super::style::TextStyle;
use crate::proto::v1::{Report, ReportLine, ReportOutcome, TemplateOutcome};

/// Before and after, the templates, and what must be set up again.
pub(in crate::cli) fn report(style: &TextStyle, report: &Report) -> String {
    let mut text = if report.lines.iter().all(|line| line.before.is_empty()) {
        only_after(style, &report.lines)
    } else {
        before_and_after(style, &report.lines)
    };
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

fn before_and_after(style: &TextStyle, lines: &[ReportLine]) -> String {
    let mut table = style.table(["", "before", "after", ""]);
    let or_unknown = |value: &str| {
        if value.is_empty() {
            "?".to_owned()
        } else {
            value.to_owned()
        }
    };
    for line in lines {
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
    style.heading("Before and after") + &TextStyle::lines(&table)
}

/// The number as it is now, where nothing is known of the time before.
fn only_after(style: &TextStyle, lines: &[ReportLine]) -> String {
    let mut text = style.heading("After");
    let mut table = style.table(["", "after"]);
    for line in lines.iter().filter(|line| !line.after.is_empty()) {
        table.add_row([&line.subject, &line.after]);
    }
    if !table.is_empty() {
        text.push_str(&TextStyle::lines(&table));
    }
    text.push_str(&style.paragraph(
        "",
        "The number before the move is not known, so nothing is compared: it can be read only if \
         the migration names a source account (--from) that the access token may read.",
    ));
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

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn a_number_without_a_known_source_is_not_compared() {
        let mut found = example::moved().report.unwrap();
        for line in &mut found.lines {
            line.before.clear();
        }
        found.templates.clear();
        found.templates_not_listed = 0;
        insta::assert_snapshot!(report(&TextStyle::plain(80), &found), @r#"

        After
        ──────────────────────────────
                          after
        ──────────────────────────────
         display name     Lucky Shrub
         quality rating   UNKNOWN
         throughput       STANDARD
        ──────────────────────────────
        The number before the move is not known, so nothing is compared: it can be read
        only if the migration names a source account (--from) that the access token may
        read.
        The number was in the destination for 3 min 12 s before it was registered.

        What does not move and must be set up again
          • Webhook overrides of the number.
        "#);
        found.lines.clear();
        assert!(report(&TextStyle::plain(80), &found).contains("is not known"));
    }
}
