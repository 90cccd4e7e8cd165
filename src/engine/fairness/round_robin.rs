//! Remembers whose turn it is when migrations are claimed.

use std::collections::HashMap;

use crate::store::RoundRobinCursor;
use domain::{Migration, State, TenantId, WabaId};

/// The turns of so many tenants are remembered. Of more, all begin at their first destination again.
const REMEMBERED: usize = 1_000;

/// Moves the turn on, past what was claimed: at most `each_tenant` of a tenant, in the order in which they were served.
///
/// Of a tenant that was given less than its share everything was looked at, so that none of its destinations has to wait for
/// another: its turn need not be remembered.
pub(in crate::engine) fn move_on(
    turns: &mut RoundRobinCursor,
    claimed: &[Migration],
    each_tenant: u32,
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
    if turns.destinations.len() >= REMEMBERED {
        turns.destinations.clear();
    }
    for (tenant, (count, newest)) in served {
        // The claim as a whole may have been full at the last one.
        if count >= each_tenant || last == Some(tenant) {
            turns.destinations.insert(tenant.clone(), newest.clone());
        } else {
            turns.destinations.remove(tenant);
        }
    }
    if let Some(last) = last {
        turns.tenant = Some(last.clone());
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

    /// Moves the turn on past what was claimed; says then who was served last, and where within which tenant.
    fn after(
        turns: &mut RoundRobinCursor,
        claimed: &[(&str, &str)],
    ) -> (String, Vec<(String, String)>) {
        let claimed: Vec<_> = claimed.iter().copied().map(migration).collect();
        move_on(turns, &claimed, 2);
        let within = turns.destinations.iter();
        let mut within: Vec<_> = within
            .map(|(tenant, waba)| (tenant.to_string(), waba.as_str().to_owned()))
            .collect();
        within.sort();
        (turns.tenant.as_ref().unwrap().to_string(), within)
    }

    fn at(tenant: &str, destination: &str) -> (String, String) {
        (tenant.to_owned(), destination.to_owned())
    }

    #[test]
    fn the_turn_is_remembered_where_more_may_be_due() {
        let mut turns = RoundRobinCursor::default();
        let served = [
            ("acme", "10001"),
            ("acme", "10002"),
            ("beta", "10001"),
            ("zeta", "10003"),
        ];
        assert_eq!(
            after(&mut turns, &served),
            (
                "zeta".into(),
                vec![at("acme", "10002"), at("zeta", "10003")]
            ),
            "of beta everything was looked at"
        );
        let served = [("acme", "10003"), ("beta", "10002"), ("beta", "10004")];
        assert_eq!(
            after(&mut turns, &served),
            (
                "beta".into(),
                vec![at("beta", "10004"), at("zeta", "10003")]
            )
        );
        let mut timer = migration(("acme", "10001"));
        timer.state = State::WaitingForCode;
        move_on(&mut turns, &[timer], 2);
        assert_eq!(after(&mut turns, &[]).0, "beta", "a timer takes no turn");
    }
}
