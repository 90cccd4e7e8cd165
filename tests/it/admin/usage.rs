//! Usage of tenants, for billing.

use waba_migrator::proto::v1::{
    ForgetNumberRequest, ForgetNumberResponse, GetUsageRequest, GetUsageResponse, MonthlyUsage,
    Role,
};

use super::harness::{Caller, StoreKind, create, create_key, holder, open, refusal};
use super::life::{moved, started};

/// What a tenant has used in the current month.
async fn used(admin: &Caller, tenant: &str) -> MonthlyUsage {
    let request = GetUsageRequest {
        tenant_id: tenant.to_owned(),
        ..GetUsageRequest::default()
    };
    let answer: GetUsageResponse = admin.ask("GetUsage", &request).await;
    assert_eq!(answer.months.len(), 12);
    let (current, before) = answer.months.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|month| month.graph_calls == 0 && month.migrations_started == 0)
    );
    assert!(before.is_sorted_by_key(|month| month.month.clone()));
    current.clone()
}

async fn a_tenants_moves_and_calls_are_counted_and_stay(kind: StoreKind) {
    let (mut harness, admin) = open(kind).await;
    for tenant in ["cafe", "zoo"] {
        create(&admin, tenant).await;
    }
    let key = create_key(&admin, "cafe", Role::Migrator).await.key;
    let cafe = holder(&harness, &key);
    moved(&harness, &cafe, "+12025550100").await;
    let live = started(&cafe, "+12025550200").await;
    // Repeated, so not counted again.
    assert_eq!(started(&cafe, "+12025550200").await.id, live.id);
    let before = used(&admin, "cafe").await;
    assert_eq!(
        (before.migrations_started, before.migrations_succeeded),
        (2, 1)
    );
    assert!(before.graph_calls > 8, "{before:?}");

    let forget = ForgetNumberRequest {
        phone_number: "+12025550100".to_owned(),
    };
    let forgotten: ForgetNumberResponse = cafe.ask("ForgetNumber", &forget).await;
    assert_eq!(forgotten.removed, 1);
    assert_eq!(used(&admin, "cafe").await, before, "the figures stay");
    let none = used(&admin, "zoo").await;
    let nothing = MonthlyUsage {
        month: before.month.clone(),
        ..MonthlyUsage::default()
    };
    assert_eq!(none, nothing, "another tenant has used nothing");

    // A stop writes what was counted in memory.
    harness.service.stop_and_restart().await;
    let range = GetUsageRequest {
        tenant_id: "cafe".to_owned(),
        from_month: before.month.clone(),
        to_month: before.month.clone(),
    };
    let caller = harness.reconnected(&admin).await;
    let answer: GetUsageResponse = caller.ask("GetUsage", &range).await;
    assert_eq!(answer.months, [before]);
    let unknown = GetUsageRequest {
        tenant_id: "missing".to_owned(),
        ..GetUsageRequest::default()
    };
    let (_, reason, _) = refusal(&caller, "GetUsage", &unknown).await;
    assert_eq!(reason, "TENANT_NOT_FOUND");
}

#[tokio::test]
async fn a_tenants_moves_and_calls_are_counted_and_stay_on_sqlite() {
    a_tenants_moves_and_calls_are_counted_and_stay(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn a_tenants_moves_and_calls_are_counted_and_stay_on_postgresql() {
    a_tenants_moves_and_calls_are_counted_and_stay(StoreKind::Postgres).await;
}
