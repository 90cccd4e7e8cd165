//! The page of one migration: state, next action, fault and progress.

use super::super::style::{TextStyle, Tone};
use super::super::time;
use super::checks::table as checks_table;
use super::enums::{actor, call, painted_state, remedy, remedy_link, step};
use super::report;
use crate::proto::v1::{
    CodeMethod, Fault, GraphError, Migration, NextAction, NextActionKind, Route, State, Verdict,
};

/// The whole page.
pub(in crate::cli) fn migration(style: &TextStyle, migration: &Migration) -> String {
    let mut page = head(style, migration);
    page.push('\n');
    page.push_str(&what_to_do(style, migration));
    if let Some(fault) = &migration.fault {
        let next = migration.next_action.as_ref();
        let instruction = next.map_or("", |next| &next.instruction);
        page.push_str(&fault_lines(style, fault, instruction));
    }
    page.push_str(&steps(style, migration));
    let not_passed = |verdict| matches!(verdict, Verdict::Fail | Verdict::Warn);
    if migration
        .checks
        .iter()
        .any(|check| not_passed(check.verdict()))
    {
        page.push_str(&style.heading("Checks"));
        page.push_str(&checks_table(style, &migration.checks));
    }
    page.push_str(&budgets(style, migration));
    if let Some(found) = &migration.report {
        page.push_str(&report(style, found));
    }
    page
}

/// The state, who must do what until when, and the commands for it.
pub(in crate::cli) fn what_to_do(style: &TextStyle, migration: &Migration) -> String {
    next_action(style, migration) + &commands(style, migration)
}

/// The state, and who must do what until when.
pub(in crate::cli) fn next_action(style: &TextStyle, migration: &Migration) -> String {
    let state = painted_state(style, migration.state());
    let Some(action) = &migration.next_action else {
        return format!("{state}\n");
    };
    let until = style.moment_in_words(action.deadline.as_ref());
    let who = match (action.kind(), until.is_empty()) {
        (NextActionKind::WaitForMeta, _) if migration.state() != State::Running => {
            format!("no action possible before {until}")
        }
        (NextActionKind::Wait | NextActionKind::WaitForMeta, false) => {
            format!("continues automatically at {until}")
        }
        (NextActionKind::Wait | NextActionKind::WaitForMeta, true) => {
            "continues automatically".to_owned()
        }
        (NextActionKind::None | NextActionKind::Unspecified, _) => String::new(),
        (_, false) => format!("{} must act by {until}", actor(action.actor())),
        (_, true) => format!("{} must act", actor(action.actor())),
    };
    let mut text = format!("{state}  {who}").trim_end().to_owned();
    text.push('\n');
    let since = style.moment_in_words(action.since.as_ref());
    if !since.is_empty() {
        text.extend(["  since ", &since, "\n"]);
    }
    text.push_str(&style.paragraph("  ", &action.instruction));
    for each in &action.remedies {
        // The instruction is not repeated.
        let repeated = action.instruction.contains(&each.instruction);
        text.push_str(&if repeated {
            remedy_link(style, each)
        } else {
            remedy(style, each)
        });
    }
    text
}

/// The commands for the next action.
fn commands(style: &TextStyle, migration: &Migration) -> String {
    let id = &migration.id;
    let kind = migration
        .next_action
        .as_ref()
        .map_or(NextActionKind::Unspecified, NextAction::kind);
    let commands = match kind {
        NextActionKind::SubmitCode => vec![
            format!("waba-migrator code {id}"),
            format!("waba-migrator resend {id} --voice"),
        ],
        NextActionKind::ReleaseCutover | NextActionKind::ApplyRemedy => {
            vec![format!("waba-migrator resume {id}")]
        }
        NextActionKind::Unspecified
        | NextActionKind::Wait
        | NextActionKind::WaitForMeta
        | NextActionKind::CleanUp
        | NextActionKind::None => Vec::new(),
    };
    let line = |command: String| format!("  {}\n", style.paint(Tone::Faint, &command));
    commands.into_iter().map(line).collect()
}

fn head(style: &TextStyle, migration: &Migration) -> String {
    let source = if migration.source_waba_id.is_empty() {
        "?"
    } else {
        &migration.source_waba_id
    };
    let method = match migration.code_method() {
        CodeMethod::Voice => "by voice call",
        CodeMethod::Sms | CodeMethod::Unspecified => "by SMS",
    };
    let route = match migration.route() {
        Route::AddedNumber => "added by Embedded Signup".to_owned(),
        Route::Otp | Route::Unspecified => format!("code {method} in {}", migration.language),
    };
    let mut text = format!(
        "{}  {}\n  from {source} to {}   {route}\n",
        style.paint(Tone::Strong, &migration.phone_number),
        migration.id,
        migration.destination_waba_id,
    );
    if !migration.phone_number_reading.is_empty() {
        text.push_str(&style.paragraph("  ", &migration.phone_number_reading));
    }
    if !migration.reference.is_empty() {
        text.extend(["  reference ", &migration.reference, "\n"]);
    }
    let mut labels: Vec<String> = migration
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    labels.sort();
    if !labels.is_empty() {
        text.extend(["  labels ", &labels.join(", "), "\n"]);
    }
    text
}

/// The fault. A message that is part of the instruction is not repeated.
fn fault_lines(style: &TextStyle, fault: &Fault, instruction: &str) -> String {
    let mut text = style.heading(&format!("Fault {}", fault.reason));
    if !instruction.contains(fault.message.trim_end_matches('.')) {
        text.push_str(&style.paragraph("  ", &fault.message));
    }
    if !fault.documentation.is_empty() {
        text.push_str(&style.paragraph("  ", &format!("See {}", fault.documentation)));
    }
    if let Some(error) = &fault.graph_error {
        let explanation = texts(error).join(" / ");
        let trace = if error.fbtrace_id.is_empty() {
            String::new()
        } else {
            format!(", fbtrace_id {}", error.fbtrace_id)
        };
        let facts = if error.http_status == 0 {
            format!("No response from Meta: {explanation}")
        } else {
            format!(
                "Meta: HTTP {}, code {}, subcode {}{trace}: {explanation}",
                error.http_status, error.code, error.subcode
            )
        };
        text.push_str(&style.paragraph("  ", &facts));
    }
    text
}

/// Meta's explanations, without repetitions, or its message if there is none.
fn texts(error: &GraphError) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    for text in [&error.details, &error.user_message] {
        if !text.is_empty() && !texts.iter().any(|kept| kept.contains(text.as_str())) {
            texts.push(text);
        }
    }
    if texts.is_empty() {
        texts.push(&error.message);
    }
    texts
}

fn steps(style: &TextStyle, migration: &Migration) -> String {
    let mut text = style.heading("Steps");
    for progress in &migration.steps {
        let (mark, tone) = match (&progress.started_at, &progress.finished_at) {
            (_, Some(_)) => ("✓", Tone::Good),
            (Some(_), None) if progress.last_fault.is_some() => ("✗", Tone::Bad),
            (Some(_), None) => ("…", Tone::Warning),
            (None, None) => ("·", Tone::Faint),
        };
        let when = style.moment(
            progress
                .finished_at
                .as_ref()
                .or(progress.started_at.as_ref()),
        );
        let attempts = if progress.attempts > 1 {
            format!("  sent {} times", progress.attempts)
        } else {
            String::new()
        };
        let fault = progress
            .last_fault
            .as_ref()
            .map(|fault| format!("  {}", fault.reason))
            .unwrap_or_default();
        let line = format!(
            "  {} {:<13} {when}{attempts}{fault}",
            style.paint(tone, mark),
            step(progress.step())
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn budgets(style: &TextStyle, migration: &Migration) -> String {
    if migration.budgets.is_empty() {
        return String::new();
    }
    let mut table = style.table(["budget", "used", "limit", "window", "allows the next call"]);
    for budget in &migration.budgets {
        let next = style.moment(budget.next_allowed_at.as_ref());
        table.add_row([
            call(budget.call()).to_owned(),
            budget.used.to_string(),
            budget.limit.to_string(),
            budget.window.as_ref().map(time::print).unwrap_or_default(),
            if next.is_empty() {
                "now".to_owned()
            } else {
                next
            },
        ]);
    }
    format!("\n{}", TextStyle::lines(&table))
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    const STYLE: TextStyle = TextStyle::plain(90);

    #[test]
    fn a_waiting_migration_shows_who_must_act() {
        insta::assert_snapshot!(migration(&STYLE, &example::waiting()), @r#"
        +12025550100  mig_01935f00000070008000000000000001
          from 104996122399160 to 215589313241560   code by SMS in en_US
          reference customer 7
          labels batch=3, team=blue

        WAITING_FOR_CODE  NUMBER_OWNER must act by 2026-11-22 21:38:10 UTC (in 9 min)
          since 2026-11-22 21:28:10 UTC (1 min ago)
          Ask the owner of +12025550100 for the newest code and submit it with SubmitCode, or ask
          for another with ResendCode.
          • NUMBER_OWNER: Read the newest code and submit it.
            (https://migrator.example/docs/preparing-a-number#submit-new-code)
          waba-migrator code mig_01935f00000070008000000000000001
          waba-migrator resend mig_01935f00000070008000000000000001 --voice

        Fault CODE_REJECTED
          Meta refused the code.
          See https://migrator.example/docs/faults#CODE_REJECTED
          Meta: HTTP 400, code 136025, subcode 0, fbtrace_id AbCdEf: The code is wrong.

        Steps
          ✓ CHECK         2026-11-22 21:28:11 UTC
          ✓ ADD_NUMBER    2026-11-22 21:28:12 UTC
          ✗ VERIFY_CODE   2026-11-22 21:28:12 UTC  sent 2 times  CODE_REJECTED
          · REGISTER

        ────────────────────────────────────────────────────────────
         budget     used   limit   window   allows the next call
        ────────────────────────────────────────────────────────────
         REGISTER   1      8       3d       2026-11-22 21:29:10 UTC
        ────────────────────────────────────────────────────────────
        "#);
    }

    #[test]
    fn an_unusual_number_is_shown_with_its_reading() {
        let mut waiting = example::waiting();
        waiting.phone_number_reading = "read as +52 55 4132 0000: the + was missing".to_owned();
        let text = head(&STYLE, &waiting);
        assert!(
            text.contains("\n  read as +52 55 4132 0000: the + was missing\n"),
            "{text}"
        );
    }

    #[test]
    fn a_moved_number_is_shown_before_and_after() {
        insta::assert_snapshot!(migration(&STYLE, &example::moved()), @r#"
        +12025550100  mig_01935f00000070008000000000000001
          from 104996122399160 to 215589313241560   code by SMS in en_US
          reference customer 7
          labels batch=3, team=blue

        SUCCEEDED
          Nothing: the number is connected in the destination.

        Fault CODE_REJECTED
          Meta refused the code.
          See https://migrator.example/docs/faults#CODE_REJECTED
          Meta: HTTP 400, code 136025, subcode 0, fbtrace_id AbCdEf: The code is wrong.

        Steps
          ✓ CHECK         2026-11-22 21:28:11 UTC
          ✓ ADD_NUMBER    2026-11-22 21:28:12 UTC
          ✗ VERIFY_CODE   2026-11-22 21:28:12 UTC  sent 2 times  CODE_REJECTED
          · REGISTER

        Checks
        ───────────────────────────────────────────────────────────────
         check            verdict         finding
        ───────────────────────────────────────────────────────────────
         PAYMENT_METHOD   WARN (advice)   The source account has none.
        ───────────────────────────────────────────────────────────────

        ────────────────────────────────────────────────────────────
         budget     used   limit   window   allows the next call
        ────────────────────────────────────────────────────────────
         REGISTER   1      8       3d       2026-11-22 21:29:10 UTC
        ────────────────────────────────────────────────────────────

        Before and after
        ──────────────────────────────────────────────────────────
                          before        after
        ──────────────────────────────────────────────────────────
         display name     Lucky Shrub   Lucky Shrub   ✓ kept
         quality rating   GREEN         UNKNOWN       ≠ changed
         throughput       ?             STANDARD      ? not known
        ──────────────────────────────────────────────────────────
        The number was in the destination for 3 min 12 s before it was registered.

        Message templates
        ───────────────────────────────────────────────────────────────────────
         template       language   category
        ───────────────────────────────────────────────────────────────────────
         order_update   en_US      UTILITY → MARKETING   ≠ in another category
        ───────────────────────────────────────────────────────────────────────
        The source had 120 more, which are not listed.

        What does not move and must be set up again
          • Webhook overrides of the number.
        "#);
    }

    #[test]
    fn remedies_do_not_repeat_the_instruction() {
        let mut waiting = example::waiting();
        if let Some(action) = &mut waiting.next_action {
            action.instruction = "Read the newest code and submit it. Then wait.".to_owned();
        }
        insta::assert_snapshot!(next_action(&STYLE, &waiting), @r#"
        WAITING_FOR_CODE  NUMBER_OWNER must act by 2026-11-22 21:38:10 UTC (in 9 min)
          since 2026-11-22 21:28:10 UTC (1 min ago)
          Read the newest code and submit it. Then wait.
          • NUMBER_OWNER: https://migrator.example/docs/preparing-a-number#submit-new-code
        "#);
    }

    #[test]
    fn a_missing_response_is_not_shown_as_one_of_meta() {
        let mut waiting = example::waiting();
        let fault = waiting.fault.as_mut().unwrap();
        let error = fault.graph_error.as_mut().unwrap();
        (error.http_status, error.code) = (0, 0);
        error.user_message = "connection refused".to_owned();
        let text = fault_lines(&STYLE, fault, "");
        assert!(
            text.ends_with("  No response from Meta: connection refused\n"),
            "{text}"
        );
    }

    #[test]
    fn colours_do_not_change_the_text() {
        let colourful = migration(
            &TextStyle {
                color: true,
                ..STYLE
            },
            &example::moved(),
        );
        let mut plain = String::new();
        let mut rest = colourful.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, migration(&STYLE, &example::moved()));
    }
}
