//! Page tokens: where the next page of a list starts. Opaque to callers.
//!
//! A token is bound to the tenant and the filters of its list, and refused with others, since it
//! would skip migrations.

use aws_lc_rs::digest;
use uuid::Uuid;

use crate::store::Filter;
use domain::{Actor, LastDigits, MigrationId, PhoneNumber, Reason, TenantId};

/// Length of the fingerprint, hexadecimal digits.
const FINGERPRINT_DIGITS: usize = 16;
/// Length of the id, hexadecimal digits.
const ID_DIGITS: usize = 32;

/// The token for the page after `last`.
pub(super) fn write(tenant: &TenantId, filter: &Filter, last: MigrationId) -> String {
    let print = fingerprint(tenant, filter);
    format!("{print:016x}{}", last.uuid().simple())
}

/// The migration before the page; `None` if the token is not for this tenant and these filters.
pub(super) fn read(tenant: &TenantId, filter: &Filter, token: &str) -> Option<MigrationId> {
    let (print, id) = token.split_at_checked(FINGERPRINT_DIGITS)?;
    let same_list = print == format!("{:016x}", fingerprint(tenant, filter));
    if !same_list || id.len() != ID_DIGITS {
        return None;
    }
    Uuid::try_parse(id).ok().map(MigrationId::from_uuid)
}

/// A hash of the tenant and the filters, regardless of the order of states.
fn fingerprint(tenant: &TenantId, filter: &Filter) -> u64 {
    let mut states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    states.sort_unstable();
    states.dedup();
    let mut context = digest::Context::new(&digest::SHA256);
    let mut update = |text: &str| {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    };
    update(tenant.as_str());
    update(&states.join(","));
    let number = filter.phone_number.as_ref().map(PhoneNumber::identity);
    update(number.as_deref().unwrap_or_default());
    update(filter.waba.as_ref().map_or("", |waba| waba.as_str()));
    update(filter.reference.as_deref().unwrap_or_default());
    let last_digits = filter.last_digits.as_ref().map(LastDigits::as_str);
    update(last_digits.unwrap_or_default());
    update(filter.actor.map_or("", Actor::as_str));
    update(filter.fault.map_or("", Reason::as_str));
    let since = filter.updated_since.map(|at| at.to_string());
    update(since.as_deref().unwrap_or_default());
    for (key, value) in &filter.labels {
        update(key);
        update(value);
    }
    let hash = context.finish();
    hash.as_ref()
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::State;

    fn acme() -> TenantId {
        "acme".parse().unwrap()
    }

    fn id() -> MigrationId {
        MigrationId::from_uuid(Uuid::from_u128(0x0193_5f00_0000_7000_8000_0000_0000_0007))
    }

    #[test]
    fn a_token_reads_back_for_the_same_tenant_and_filters_only() {
        let filter = Filter {
            states: vec![State::Running, State::Failed],
            phone_number: "+12025550123".parse().ok(),
            ..Filter::default()
        };
        let token = write(&acme(), &filter, id());
        assert_eq!(read(&acme(), &filter, &token), Some(id()));

        let reordered = Filter {
            states: vec![State::Failed, State::Running],
            ..filter.clone()
        };
        assert_eq!(read(&acme(), &reordered, &token), Some(id()));

        let other_number = Filter {
            phone_number: "+12025550124".parse().ok(),
            ..filter.clone()
        };
        let with_label = Filter {
            labels: [("team".to_owned(), "a".to_owned())].into(),
            ..filter.clone()
        };
        let others = [
            Filter {
                last_digits: "0123".parse().ok(),
                ..filter.clone()
            },
            Filter {
                actor: Some(Actor::Meta),
                ..filter.clone()
            },
            Filter {
                fault: Some(Reason::CodeRejected),
                ..filter.clone()
            },
            Filter {
                updated_since: Some(jiff::Timestamp::UNIX_EPOCH),
                ..filter.clone()
            },
        ];
        for other in [Filter::default(), other_number, with_label]
            .iter()
            .chain(&others)
        {
            assert_eq!(read(&acme(), other, &token), None);
        }
        assert_eq!(read(&TenantId::default_tenant(), &filter, &token), None);
    }

    #[test]
    fn a_malformed_token_is_refused() {
        let filter = Filter::default();
        let token = write(&acme(), &filter, id());
        let cut = &token[..token.len() - 1];
        let longer = format!("{token}0");
        for bad in ["", "x", "0123456789abcdef", "ééééééééé", cut, &longer] {
            assert_eq!(read(&acme(), &filter, bad), None, "{bad}");
        }
    }
}
