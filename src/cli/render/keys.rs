//! API keys.

use comfy_table::ColumnConstraint;
use jiff::Timestamp;

use super::super::style::{TextStyle, Tone};
use domain::tenancy::{ApiKey, KeyStatus, KeyText};

/// A table of keys at the time `now`.
pub(in crate::cli) fn keys(style: &TextStyle, keys: &[ApiKey], now: Timestamp) -> String {
    if keys.is_empty() {
        return "There are no keys.".to_owned();
    }
    let mut table = style.table(["key\nlabel", "role\nstate", "created\nlast used"]);
    for key in keys {
        let used = key
            .last_used_at
            .map_or("never".to_owned(), |at| style.day(at));
        table.add_row([
            format!("{}\n{}", key.id, key.label),
            format!("{}\n{}", key.role, state(style, key, now)),
            format!("{}\n{used}", style.day(key.created_at)),
        ]);
    }
    // Ids stay on one line, so that they can be copied.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    TextStyle::lines(&table)
}

/// A new key, and the key that it replaces.
pub(in crate::cli) fn key(
    style: &TextStyle,
    key: &ApiKey,
    text: &KeyText,
    replaces: Option<&ApiKey>,
) -> String {
    let until = key
        .expires_at
        .map_or("valid until it is revoked".to_owned(), |at| {
            format!("valid until {}", style.at(at))
        });
    let old = replaces.map_or(String::new(), |old| {
        let end = old.expires_at.map(|at| style.at(at)).unwrap_or_default();
        format!("{} stays valid until {end}\n", old.id)
    });
    format!(
        "{}\n\n{} of the tenant {}: {}, {until}\n{old}",
        style.paint(Tone::Strong, text.expose()),
        key.id,
        key.tenant,
        key.role,
    )
}

fn state(style: &TextStyle, key: &ApiKey, now: Timestamp) -> String {
    match (key.status(now), key.expires_at, key.revoked_at) {
        (KeyStatus::Revoked, _, Some(at)) => format!("revoked {}", style.at(at)),
        (KeyStatus::Expired, Some(at), _) => format!("expired {}", style.at(at)),
        (KeyStatus::Valid, Some(at), _) => format!("until {}", style.at(at)),
        (status, ..) => status.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use domain::tenancy::{ApiKeyId, Role};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn text() -> KeyText {
        KeyText::from_random(&[7; KeyText::RANDOM_BYTES])
    }

    fn example() -> ApiKey {
        ApiKey {
            id: ApiKeyId::from_uuid(Uuid::from_u128(7)),
            tenant: "acme".parse().unwrap(),
            role: Role::Reader,
            label: "billing".parse().unwrap(),
            prefix: text().prefix(),
            hash: text().hash(),
            created_at: at(0),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn an_id_can_be_copied_from_a_narrow_terminal() {
        let ending = ApiKey {
            expires_at: Some(at(86_400)),
            last_used_at: Some(at(60)),
            ..example()
        };
        let expired = ApiKey {
            expires_at: Some(at(1)),
            ..example()
        };
        let revoked = ApiKey {
            revoked_at: Some(at(1)),
            ..example()
        };
        let all = [example(), ending, expired, revoked];
        insta::assert_snapshot!(keys(&TextStyle::plain(80), &all, at(100)), @r#"
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
            expires_at: Some(at(86_400)),
            ..example()
        };
        let shown = key(&TextStyle::plain(80), &example(), &text(), Some(&old));
        assert_eq!(shown.lines().next(), Some(text().expose()));
        insta::assert_snapshot!(shown, @r#"
        wam_7777777777_777777777777777777777777777777777777777724jp87

        key_00000000000000000000000000000007 of the tenant acme: reader, valid until it is revoked
        key_00000000000000000000000000000007 stays valid until 2026-09-22 14:13
        "#);
    }
}
