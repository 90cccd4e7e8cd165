//! Migrations as a table.

use comfy_table::ColumnConstraint;

use super::super::style::TextStyle;
use super::enums;
use crate::proto::v1::{Actor, ListMigrationsResponse, Migration, NextAction};

/// A table of migrations.
pub(in crate::cli) fn list(style: &TextStyle, page: &ListMigrationsResponse) -> String {
    if page.migrations.is_empty() {
        return "No migrations match.".to_owned();
    }
    let mut table = style.table([
        "migration\nnumber → destination\nstep: fault",
        "state\nwho must act",
        "created\nsince\nuntil",
    ]);
    for migration in &page.migrations {
        let (number, to) = (&migration.phone_number, &migration.destination_waba_id);
        let next = migration.next_action.as_ref();
        let actor = next.map_or(Actor::Unspecified, NextAction::actor);
        let actor = match actor {
            Actor::Unspecified => "",
            actor => enums::actor(actor),
        };
        let since = next.and_then(|next| next.since.as_ref());
        let until = next.and_then(|next| next.deadline.as_ref());
        table.add_row([
            format!("{}\n{number} → {to}\n{}", migration.id, step(migration)),
            format!("{}\n{actor}", enums::state(migration.state())),
            format!(
                "{}\n{}\n{}",
                style.words(migration.created_at.as_ref()),
                style.words(since.or(migration.ended_at.as_ref())),
                style.words(until)
            ),
        ]);
    }
    // Ids stay on one line, so that they can be copied.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let rest = if page.next_page_token.is_empty() {
        ""
    } else {
        "There are more: raise --limit.\n"
    };
    TextStyle::lines(&table) + rest
}

/// The step, and the fault at it.
fn step(migration: &Migration) -> String {
    let step = enums::step(migration.step());
    match &migration.fault {
        Some(fault) => format!("{step}: {}", fault.reason),
        None => step.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn an_id_can_be_copied_from_a_narrow_terminal() {
        let page = ListMigrationsResponse {
            migrations: vec![example::waiting(), example::moved()],
            ..ListMigrationsResponse::default()
        };
        insta::assert_snapshot!(list(&TextStyle::plain(80), &page), @r#"
        ─────────────────────────────────────────────────────────────────────
         migration                              state              created
         number → destination                   who must act       since
         step: fault                                               until
        ─────────────────────────────────────────────────────────────────────
         mig_01935f00000070008000000000000001   WAITING_FOR_CODE   1 min ago
         +12025550100 → 215589313241560         NUMBER_OWNER       1 min ago
         VERIFY_CODE: CODE_REJECTED                                in 9 min
         mig_01935f00000070008000000000000001   SUCCEEDED          1 min ago
         +12025550100 → 215589313241560                            44 s ago
         VERIFY_CODE: CODE_REJECTED
        ─────────────────────────────────────────────────────────────────────
        "#);
    }
}
