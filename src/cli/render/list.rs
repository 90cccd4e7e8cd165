//! Migrations, one a line.

use comfy_table::ColumnConstraint;

use super::super::style::Style;
use super::words;
use crate::proto::v1::Migration;

/// Migrations as a table; `more` says that there are others.
pub(in crate::cli) fn list(style: &Style, migrations: &[Migration], more: bool) -> String {
    if migrations.is_empty() {
        return "No migration matches.".to_owned();
    }
    let mut table = style.table(["migration", "state, step", "created, fault"]);
    for migration in migrations {
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
    // An id that is broken in two cannot be copied.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let rest = if more {
        "There are more: raise --limit.\n"
    } else {
        ""
    };
    Style::lines(&table) + rest
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn an_id_can_be_copied_from_a_narrow_terminal() {
        let style = Style {
            color: false,
            width: 80,
            zone: TimeZone::UTC,
        };
        let both = [example::waiting(), example::moved()];
        insta::assert_snapshot!(list(&style, &both, false), @r#"
        ────────────────────────────────────────────────────────────────────────────
         migration                              state, step        created, fault
        ────────────────────────────────────────────────────────────────────────────
         mig_01935f00000070008000000000000001   WAITING_FOR_CODE   2026-11-22 21:28
         +12025550100 → 215589313241560         VERIFY_CODE        CODE_REJECTED
         mig_01935f00000070008000000000000001   SUCCEEDED          2026-11-22 21:28
         +12025550100 → 215589313241560         VERIFY_CODE        CODE_REJECTED
        ────────────────────────────────────────────────────────────────────────────
        "#);
    }
}
