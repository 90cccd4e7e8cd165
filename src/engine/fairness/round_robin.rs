//! Round robin over tenants, and over the destinations of each, when migrations are claimed.

use std::collections::HashMap;

use crate::store::RoundRobinCursor;
use domain::{Migration, State, TenantId, WabaId};

/// Maximum tenants whose position is kept. With more, all restart at their first destination.
const CAPACITY: usize = 1_000;

/// Advances the cursor past what was claimed: at most `per_tenant` migrations of a tenant, in the
/// order in which they were served.
///
/// If a tenant got less than its quota, all of its due migrations were claimed, so that no
/// destination waits for another: its position need not be kept.
pub(in crate::engine) fn advance(
    cursor: &mut RoundRobinCursor,
    claimed: &[Migration],
    per_tenant: u32,
) {
    let mut served: HashMap<&TenantId, (u32, &WabaId)> = HashMap::new();
    let mut last = None;
    for migration in claimed.iter().filter(|it| it.state == State::Running) {
        let destination = &migration.request.destination;
        let (count, newest) = served.entry(&migration.tenant).or_insert((0, destination));
        *count = count.saturating_add(1);
        *newest = destination;
        last = Some(&migration.tenant);
    }
    if cursor.destinations.len() >= CAPACITY {
        cursor.destinations.clear();
    }
    for (tenant, (count, newest)) in served {
        // The claim as a whole may have reached its limit at the last tenant.
        if count >= per_tenant || last == Some(tenant) {
            cursor.destinations.insert(tenant.clone(), newest.clone());
        } else {
            cursor.destinations.remove(tenant);
        }
    }
    if let Some(last) = last {
        cursor.tenant = Some(last.clone());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use domain::tenancy::Defaults;
    use domain::{Machine, MigrationId, Principal, Request, Secrets, Start};

    fn migration((tenant, destination): (&str, &str)) -> Migration {
        let request = Request::new(
            "order-7".parse().unwrap(),
            "+12025550123".parse().unwrap(),
            destination.parse().unwrap(),
        );
        let start = Start {
            id: MigrationId::from_uuid(Uuid::nil()),
            tenant: tenant.parse().unwrap(),
            sandbox: false,
            trace_parent: None,
            defaults: Defaults::default(),
            request,
            secrets: Secrets::default(),
        };
        let (by, now) = (Principal::anonymous(), Timestamp::UNIX_EPOCH);
        Machine::default().accept(start, &by, now).0
    }

    /// Advances the cursor past what was claimed; returns the tenant that was served last, and the
    /// positions within tenants.
    fn after(
        cursor: &mut RoundRobinCursor,
        claimed: &[(&str, &str)],
    ) -> (String, Vec<(String, String)>) {
        let claimed: Vec<_> = claimed.iter().copied().map(migration).collect();
        advance(cursor, &claimed, 2);
        let within = cursor.destinations.iter();
        let mut within: Vec<_> = within
            .map(|(tenant, waba)| (tenant.to_string(), waba.as_str().to_owned()))
            .collect();
        within.sort();
        (cursor.tenant.as_ref().unwrap().to_string(), within)
    }

    fn at(tenant: &str, destination: &str) -> (String, String) {
        (tenant.to_owned(), destination.to_owned())
    }

    #[test]
    fn the_position_is_kept_if_more_may_be_due() {
        let mut cursor = RoundRobinCursor::default();
        let served = [
            ("acme", "10001"),
            ("acme", "10002"),
            ("beta", "10001"),
            ("zeta", "10003"),
        ];
        assert_eq!(
            after(&mut cursor, &served),
            (
                "zeta".into(),
                vec![at("acme", "10002"), at("zeta", "10003")]
            ),
            "all that beta had due was claimed"
        );
        let served = [("acme", "10003"), ("beta", "10002"), ("beta", "10004")];
        assert_eq!(
            after(&mut cursor, &served),
            (
                "beta".into(),
                vec![at("beta", "10004"), at("zeta", "10003")]
            )
        );
        let mut timer = migration(("acme", "10001"));
        timer.state = State::WaitingForCode;
        advance(&mut cursor, &[timer], 2);
        assert_eq!(
            after(&mut cursor, &[]).0,
            "beta",
            "a timer does not move the cursor"
        );
    }
}
