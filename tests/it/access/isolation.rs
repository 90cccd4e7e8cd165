//! Isolation of tenants from each other, in every RPC.

use domain::tenancy::Role;
use tonic::Code;
use waba_migrator::proto::v1::{
    ForgetNumberRequest, ForgetNumberResponse, GetStatusRequest, GetStatusResponse,
    ListMigrationsRequest, ListMigrationsResponse, MigrateRequest, MigrateResponse, State,
};

use super::harness::{AccessHarness, Caller, StoreKind};
use super::rpcs;
use crate::support::service::{DESTINATION, request};

const NUMBER: &str = "+12025550100";
/// No migration has this id.
const NO_ID: &str = "mig_01935f00000070008000000000000001";

/// Starts the migration of `number` and returns its id.
async fn started(caller: &Caller, number: &str) -> String {
    let migration = migrate(caller, request(number)).await.migration.unwrap();
    migration.id
}

async fn migrate(caller: &Caller, request: MigrateRequest) -> MigrateResponse {
    caller.ask("Migrate", &request).await
}

/// The ids on one page of a list, and the token of the next page.
async fn listed(caller: &Caller, request: ListMigrationsRequest) -> (Vec<String>, String) {
    let page: ListMigrationsResponse = caller.ask("ListMigrations", &request).await;
    let ids = page.migrations.into_iter().map(|migration| migration.id);
    (ids.collect(), page.next_page_token)
}

async fn an_id_of_another_tenant_is_answered_like_an_unknown_id(kind: StoreKind) {
    let harness = AccessHarness::open(kind).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    let reader = harness.caller("bakery", Role::Reader, 3).await;
    let id = started(&acme, NUMBER).await;
    let before: GetStatusResponse = acme
        .ask(
            "GetStatus",
            &GetStatusRequest {
                migration_id: id.clone(),
            },
        )
        .await;
    let mut about_one = 0;
    for rpc in rpcs::all().into_iter().filter(|rpc| rpc.about_one) {
        about_one += 1;
        for caller in [&bakery, &reader] {
            let theirs = caller.call(&rpc.name, rpcs::message(&rpc.name, &id)).await;
            let none = caller
                .call(&rpc.name, rpcs::message(&rpc.name, NO_ID))
                .await;
            assert_ne!(none.code, Code::Ok, "{}", rpc.name);
            assert_eq!(theirs.with(&id, NO_ID), none, "{}", rpc.name);
        }
        let own = acme.call(&rpc.name, rpcs::message(&rpc.name, NO_ID)).await;
        assert_eq!(own.reason(), "MIGRATION_NOT_FOUND", "{}", rpc.name);
    }
    assert!(about_one >= 8, "{about_one}");
    let after: GetStatusResponse = acme
        .ask("GetStatus", &GetStatusRequest { migration_id: id })
        .await;
    assert_eq!(after, before, "nothing was changed");
}

async fn the_same_request_id_and_number_are_independent_in_two_tenants(kind: StoreKind) {
    let harness = AccessHarness::open(kind).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    // The same request id and number, while the migration of the other tenant is live.
    let theirs = started(&acme, NUMBER).await;
    let mut same = request(NUMBER);
    same.wait = Some(prost_types::Duration::default());
    let own = migrate(&bakery, same.clone()).await;
    assert!(!own.already_existed);
    let own = own.migration.unwrap().id;
    assert_ne!(own, theirs);
    assert!(migrate(&bakery, same.clone()).await.already_existed);
    // A conflict names the migration of the caller's own tenant.
    same.request_id = "another".to_owned();
    let busy = bakery
        .call("Migrate", prost::Message::encode_to_vec(&same))
        .await;
    assert_eq!(busy.reason(), "MIGRATION_IN_PROGRESS");
    assert!(busy.clone().with(&own, NO_ID) != busy && busy.clone().with(&theirs, NO_ID) == busy);
    let canceled = bakery.call("Cancel", rpcs::message("Cancel", &own)).await;
    assert_eq!(canceled.code, Code::Ok);
    let left: GetStatusResponse = acme
        .ask(
            "GetStatus",
            &GetStatusRequest {
                migration_id: theirs,
            },
        )
        .await;
    assert_eq!(left.migration.unwrap().state(), State::WaitingForCode);
}

async fn lists_and_page_tokens_show_only_the_callers_tenant(kind: StoreKind) {
    let harness = AccessHarness::open(kind).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    let of_acme = [
        started(&acme, NUMBER).await,
        started(&acme, "+12025550101").await,
    ];
    let nothing = (Vec::new(), String::new());
    for filter in [
        ListMigrationsRequest::default(),
        ListMigrationsRequest {
            phone_number: NUMBER.to_owned(),
            ..ListMigrationsRequest::default()
        },
        ListMigrationsRequest {
            waba_id: DESTINATION.to_owned(),
            ..ListMigrationsRequest::default()
        },
        ListMigrationsRequest {
            page_size: 1,
            ..ListMigrationsRequest::default()
        },
    ] {
        assert_eq!(listed(&bakery, filter.clone()).await, nothing);
        assert_ne!(listed(&acme, filter).await, nothing);
    }
    let own = started(&bakery, NUMBER).await;
    let all = ListMigrationsRequest::default;
    assert_eq!(listed(&bakery, all()).await, (vec![own], String::new()));
    let page = ListMigrationsRequest {
        page_size: 1,
        ..all()
    };
    let (first, token) = listed(&acme, page.clone()).await;
    assert_eq!(first, [of_acme[1].clone()]);
    let next = ListMigrationsRequest {
        page_token: token.clone(),
        ..page.clone()
    };
    assert_eq!(
        listed(&acme, next.clone()).await,
        (vec![of_acme[0].clone()], String::new())
    );
    // The page token of another tenant is refused like any invalid token.
    let foreign = bakery
        .call("ListMigrations", prost::Message::encode_to_vec(&next))
        .await;
    let invalid = ListMigrationsRequest {
        page_token: "0".repeat(token.len()),
        ..page
    };
    let invalid = bakery
        .call("ListMigrations", prost::Message::encode_to_vec(&invalid))
        .await;
    assert_eq!(foreign, invalid);
    assert_eq!(foreign.reason(), "INVALID_FIELDS");
}

async fn forgetting_a_number_affects_only_the_callers_tenant(kind: StoreKind) {
    let harness = AccessHarness::open(kind).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    let theirs = started(&acme, NUMBER).await;
    let forget = ForgetNumberRequest {
        phone_number: NUMBER.to_owned(),
    };
    // The migration of the other tenant is not found, neither live nor ended.
    for _ in 0..2 {
        let forgotten: ForgetNumberResponse = bakery.ask("ForgetNumber", &forget).await;
        assert_eq!(forgotten.removed, 0);
        let canceled = acme.call("Cancel", rpcs::message("Cancel", &theirs)).await;
        assert_eq!(canceled.code, Code::Ok);
    }
    let id = |migration_id: &str| GetStatusRequest {
        migration_id: migration_id.to_owned(),
    };
    let left: GetStatusResponse = acme.ask("GetStatus", &id(&theirs)).await;
    assert_eq!(left.migration.unwrap().state(), State::Canceled);
    let forgotten: ForgetNumberResponse = acme.ask("ForgetNumber", &forget).await;
    assert_eq!(forgotten.removed, 1);
}

#[tokio::test]
async fn forgetting_a_number_affects_only_the_callers_tenant_on_sqlite() {
    forgetting_a_number_affects_only_the_callers_tenant(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn forgetting_a_number_affects_only_the_callers_tenant_on_postgresql() {
    forgetting_a_number_affects_only_the_callers_tenant(StoreKind::Postgres).await;
}

#[tokio::test]
async fn an_id_of_another_tenant_is_answered_like_an_unknown_id_on_sqlite() {
    an_id_of_another_tenant_is_answered_like_an_unknown_id(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn an_id_of_another_tenant_is_answered_like_an_unknown_id_on_postgresql() {
    an_id_of_another_tenant_is_answered_like_an_unknown_id(StoreKind::Postgres).await;
}

#[tokio::test]
async fn the_same_request_id_and_number_are_independent_in_two_tenants_on_sqlite() {
    the_same_request_id_and_number_are_independent_in_two_tenants(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn the_same_request_id_and_number_are_independent_in_two_tenants_on_postgresql() {
    the_same_request_id_and_number_are_independent_in_two_tenants(StoreKind::Postgres).await;
}

#[tokio::test]
async fn lists_and_page_tokens_show_only_the_callers_tenant_on_sqlite() {
    lists_and_page_tokens_show_only_the_callers_tenant(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn lists_and_page_tokens_show_only_the_callers_tenant_on_postgresql() {
    lists_and_page_tokens_show_only_the_callers_tenant(StoreKind::Postgres).await;
}
