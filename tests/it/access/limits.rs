//! How much a tenant may ask for.

use domain::tenancy::Role;
use jiff::SignedDuration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::rpcs;
use super::town::{Kept, Person, Town, bearer};

/// How many of `most` requests in a row are answered.
async fn answered(person: &Person, most: usize) -> usize {
    for n in 0..most {
        let answer = person
            .call("GetStatus", rpcs::message("GetStatus", "mig_7"))
            .await;
        if answer.code == Code::ResourceExhausted {
            assert_eq!(answer.reason(), "TOO_MANY_REQUESTS");
            let status = Status::with_details(answer.code, "", answer.details.into());
            let details = status.get_error_details();
            let delay = details.retry_info().unwrap().retry_delay.unwrap();
            assert!(delay.as_millis() > 0 && delay.as_secs() < 60, "{delay:?}");
            assert_eq!(details.quota_failure().unwrap().violations.len(), 1);
            return n;
        }
        assert_eq!(answer.reason(), "INVALID_FIELDS");
    }
    most
}

#[tokio::test]
async fn one_tenants_requests_do_not_use_up_anothers() {
    let settings = [
        ("auth.api_keys", "true"),
        ("limits.requests_per_second", "1"),
        ("limits.burst", "5"),
    ];
    let town = Town::with(Kept::OnAFile, &settings).await;
    town.tenant("bakery", |bakery| bakery.limits.burst = 2.try_into().ok())
        .await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
    );
    // Some come back while the test runs.
    assert!((5..10).contains(&answered(&acme, 20).await));
    assert!((2..5).contains(&answered(&bakery, 20).await));
    // A second key is of the same tenant, and what a role may not counts as well.
    let reader = town.person("acme", Role::Reader, 3).await;
    assert!(answered(&reader, 20).await < 5);
    town.stack.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..5 {
        let refused = reader
            .call("Cancel", rpcs::message("Cancel", "mig_7"))
            .await;
        assert_eq!(refused.reason(), "ROLE_MAY_NOT");
    }
    assert!(answered(&acme, 20).await < 5);
    // Who is not let in is not counted.
    let stranger = town.stranger(&[bearer(9)]);
    for _ in 0..20 {
        let refused = stranger
            .call("Cancel", rpcs::message("Cancel", "mig_7"))
            .await;
        assert_eq!(refused.reason(), "API_KEY_UNKNOWN");
    }
}
