//! The principals that events record.

use domain::Principal;
use domain::tenancy::Role;
use waba_migrator::proto::v1::{
    Event, EventKind, GetStatusRequest, GetStatusResponse, ListEventsRequest, ListEventsResponse,
    MigrateResponse, State,
};

use super::harness::{AccessHarness, Caller, StoreKind};
use super::rpcs;
use crate::support::service::request;
use crate::support::{migrations, tenants};

async fn history(caller: &Caller, id: &str) -> Vec<Event> {
    let request = ListEventsRequest {
        migration_id: id.to_owned(),
        ..ListEventsRequest::default()
    };
    let page: ListEventsResponse = caller.ask("ListEvents", &request).await;
    page.events
}

async fn state(caller: &Caller, id: &str) -> State {
    let request = GetStatusRequest {
        migration_id: id.to_owned(),
    };
    let status: GetStatusResponse = caller.ask("GetStatus", &request).await;
    status.migration.unwrap().state()
}

async fn events_name_the_caller_that_caused_them(kind: StoreKind) {
    let harness = AccessHarness::open(kind).await;
    let (one, other) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("acme", Role::Migrator, 2).await,
    );
    let principal = |n| {
        let id = tenants::key(&migrations::tenant("acme"), n).id;
        Principal::of_api_key(id).to_string()
    };
    let started: MigrateResponse = one.ask("Migrate", &request("+12025550100")).await;
    let id = started.migration.unwrap().id;
    other
        .call("ResendCode", rpcs::message("ResendCode", &id))
        .await;
    while state(&other, &id).await == State::Running {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    other.call("Cancel", rpcs::message("Cancel", &id)).await;
    let events = history(&one, &id).await;
    let principal_of = |kind| {
        let event = events.iter().find(|event| event.kind() == kind).unwrap();
        event.principal.clone()
    };
    assert_eq!(principal_of(EventKind::Accepted), principal(1));
    assert_eq!(principal_of(EventKind::CodeResendRequested), principal(2));
    assert_eq!(
        principal_of(EventKind::CallSucceeded),
        "",
        "the service itself made this call"
    );
    assert_eq!(events.last().unwrap().principal, principal(2));
}

#[tokio::test]
async fn events_name_the_caller_that_caused_them_on_sqlite() {
    events_name_the_caller_that_caused_them(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn events_name_the_caller_that_caused_them_on_postgresql() {
    events_name_the_caller_that_caused_them(StoreKind::Postgres).await;
}
