//! Migrations as a table.

use comfy_table::ColumnConstraint;

use super::super::style::TextStyle;
use super::enums;
use crate::proto::v1::ListMigrationsResponse;

/// A table of migrations.
pub(in crate::cli) fn list(style: &TextStyle, page: &ListMigrationsResponse) -> String {
    if page.migrations.is_empty() {
        return "No migrations match.".to_owned();
    }
    let mut table = style.table([
        "migration\nnumber → destination",
        "state\nstep",
        "created\nfault",
    ]);
    for migration in &page.migrations {
        let fault = migration.fault.as_ref().map_or("", |fault| &fault.reason);
        let (number, to) = (&migration.phone_number, &migration.destination_waba_id);
        table.add_row([
            format!("{}\n{number} → {to}", migration.id),
            format!(
                "{}\n{}",
                enums::state(migration.state()),
                enums::step(migration.step())
            ),
            format!("{}\n{fault}", style.minute(migration.created_at.as_ref())),
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
        ────────────────────────────────────────────────────────────────────────────
         migration                              state              created
         number → destination                   step               fault
        ────────────────────────────────────────────────────────────────────────────
         mig_01935f00000070008000000000000001   WAITING_FOR_CODE   2026-11-22 21:28
         +12025550100 → 215589313241560         VERIFY_CODE        CODE_REJECTED
         mig_01935f00000070008000000000000001   SUCCEEDED          2026-11-22 21:28
         +12025550100 → 215589313241560         VERIFY_CODE        CODE_REJECTED
        ────────────────────────────────────────────────────────────────────────────
        "#);
    }
}
