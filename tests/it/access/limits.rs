//! Request quota of a tenant.

use domain::tenancy::Role;
use jiff::SignedDuration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::harness::{AccessHarness, Caller, StoreKind, bearer};
use super::rpcs;

/// Number of requests in a row that are answered before one is refused; at most `most`.
async fn answered(caller: &Caller, most: usize) -> usize {
    for n in 0..most {
        let answer = caller
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
async fn requests_of_one_tenant_do_not_use_up_the_quota_of_another() {
    let settings = [
        ("auth.api_keys", "true"),
        ("limits.requests_per_second", "1"),
        ("limits.burst", "5"),
    ];
    let harness = AccessHarness::with(StoreKind::Sqlite, &settings).await;
    harness
        .tenant("bakery", |bakery| bakery.limits.burst = 2.try_into().ok())
        .await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    // The quota refills while the test runs.
    assert!((5..10).contains(&answered(&acme, 20).await));
    assert!((2..5).contains(&answered(&bakery, 20).await));
    // A second key shares the quota of its tenant, and calls that its role may not make count, too.
    let reader = harness.caller("acme", Role::Reader, 3).await;
    assert!(answered(&reader, 20).await < 5);
    harness.service.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..5 {
        let refused = reader
            .call("Cancel", rpcs::message("Cancel", "mig_7"))
            .await;
        assert_eq!(refused.reason(), "ROLE_MAY_NOT");
    }
    assert!(answered(&acme, 20).await < 5);
    // Unauthenticated calls are not counted.
    let unknown = harness.with_headers(&[bearer(9)]);
    for _ in 0..20 {
        let refused = unknown
            .call("Cancel", rpcs::message("Cancel", "mig_7"))
            .await;
        assert_eq!(refused.reason(), "API_KEY_UNKNOWN");
    }
}
