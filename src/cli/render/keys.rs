//! API keys.

use comfy_table::ColumnConstraint;

use super::super::style::{TextStyle, Tone};
use super::enums::{key_status, role};
use crate::proto::v1::{ApiKey, ApiKeyStatus};

/// A table of keys.
pub(in crate::cli) fn keys(style: &TextStyle, keys: &[ApiKey]) -> String {
    if keys.is_empty() {
        return "There are no keys.".to_owned();
    }
    let mut table = style.table(["key\nlabel", "role\nstate", "created\nlast used"]);
    for key in keys {
        let used = match &key.last_used_at {
            None => "never".to_owned(),
            at => style.day(at.as_ref()),
        };
        table.add_row([
            format!("{}\n{}", key.id, key.label),
            format!("{}\n{}", role(key.role()), state(style, key)),
            format!("{}\n{used}", style.day(key.created_at.as_ref())),
        ]);
    }
    // Ids stay on one line, so that they can be copied.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    TextStyle::lines(&table)
}

/// A new key with its text, and the key that it replaces.
pub(in crate::cli) fn key(
    style: &TextStyle,
    key: &ApiKey,
    text: &str,
    replaces: Option<&ApiKey>,
) -> String {
    let until = match &key.expires_at {
        None => "valid until it is revoked".to_owned(),
        at => format!("valid until {}", style.minute(at.as_ref())),
    };
    let old = replaces.map_or(String::new(), |old| {
        let end = style.minute(old.expires_at.as_ref());
        format!("{} stays valid until {end}\n", old.id)
    });
    format!(
        "{}\n\n{} of the tenant {}: {}, {until}\n{old}",
        style.paint(Tone::Strong, text),
        key.id,
        key.tenant_id,
        role(key.role()),
    )
}

fn state(style: &TextStyle, key: &ApiKey) -> String {
    let status = key.status();
    match (status, &key.expires_at, &key.revoked_at) {
        (ApiKeyStatus::Revoked, _, Some(at)) => format!("revoked {}", style.minute(Some(at))),
        (ApiKeyStatus::Expired, Some(at), _) => format!("expired {}", style.minute(Some(at))),
        (ApiKeyStatus::Valid, Some(at), _) => format!("until {}", style.minute(Some(at))),
        _ => key_status(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::Role;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the contract's fields are optional"
    )]
    fn at(second: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp {
            seconds: 1_790_000_000 + second,
            nanos: 0,
        })
    }

    fn example() -> ApiKey {
        ApiKey {
            id: "key_00000000000000000000000000000007".to_owned(),
            tenant_id: "acme".to_owned(),
            role: Role::Reader.into(),
            label: "billing".to_owned(),
            status: ApiKeyStatus::Valid.into(),
            created_at: at(0),
            ..ApiKey::default()
        }
    }

    #[test]
    fn an_id_can_be_copied_from_a_narrow_terminal() {
        let ending = ApiKey {
            expires_at: at(86_400),
            last_used_at: at(60),
            ..example()
        };
        let expired = ApiKey {
            expires_at: at(1),
            status: ApiKeyStatus::Expired.into(),
            ..example()
        };
        let revoked = ApiKey {
            revoked_at: at(1),
            status: ApiKeyStatus::Revoked.into(),
            ..example()
        };
        let all = [example(), ending, expired, revoked];
        insta::assert_snapshot!(keys(&TextStyle::plain(80), &all), @r#"
        ──────────────────────────────────────────────────────────────────────────────
         key                                    role                       created
         label                                  state                      last used
        ──────────────────────────────────────────────────────────────────────────────
         key_00000000000000000000000000000007   reader                     2026-09-21
         billing                                valid                      never
         key_00000000000000000000000000000007   reader                     2026-09-21
         billing                                until 2026-09-22 14:13     2026-09-21
         key_00000000000000000000000000000007   reader                     2026-09-21
         billing                                expired 2026-09-21 14:13   never
         key_00000000000000000000000000000007   reader                     2026-09-21
         billing                                revoked 2026-09-21 14:13   never
        ──────────────────────────────────────────────────────────────────────────────
        "#);
    }

    #[test]
    fn a_new_key_is_alone_on_its_line() {
        let old = ApiKey {
            expires_at: at(86_400),
            ..example()
        };
        let shown = key(&TextStyle::plain(80), &example(), "wam_canary", Some(&old));
        assert_eq!(shown.lines().next(), Some("wam_canary"));
        insta::assert_snapshot!(shown, @r#"
        wam_canary

        key_00000000000000000000000000000007 of the tenant acme: reader, valid until it is revoked
        key_00000000000000000000000000000007 stays valid until 2026-09-22 14:13
        "#);
    }
}
