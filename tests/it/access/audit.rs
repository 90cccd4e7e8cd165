//! Who did what, as the events tell it.

use domain::Principal;
use domain::tenancy::Role;
use waba_migrator::proto::v1::{
    Event, EventKind, GetStatusRequest, GetStatusResponse, ListEventsRequest, ListEventsResponse,
    MigrateResponse, State,
};

use super::rpcs;
use super::town::{Kept, Person, Town};
use crate::support::service::request;
use crate::support::{migrations, tenants};

async fn history(person: &Person, id: &str) -> Vec<Event> {
    let request = ListEventsRequest {
        migration_id: id.to_owned(),
        ..ListEventsRequest::default()
    };
    let page: ListEventsResponse = person.ask("ListEvents", &request).await;
    page.events
}

async fn standing(person: &Person, id: &str) -> State {
    let request = GetStatusRequest {
        migration_id: id.to_owned(),
    };
    let status: GetStatusResponse = person.ask("GetStatus", &request).await;
    status.migration.unwrap().state()
}

async fn what_a_call_brought_about_names_its_caller(kept: Kept) {
    let town = Town::open(kept).await;
    let (one, other) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("acme", Role::Migrator, 2).await,
    );
    let named = |n| {
        let id = tenants::key(&migrations::tenant("acme"), n).id;
        Principal::of_api_key(id).to_string()
    };
    let started: MigrateResponse = one.ask("Migrate", &request("+12025550100")).await;
    let id = started.migration.unwrap().id;
    other
        .call("ResendCode", rpcs::message("ResendCode", &id))
        .await;
    while standing(&other, &id).await == State::Running {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    other.call("Cancel", rpcs::message("Cancel", &id)).await;
    let events = history(&one, &id).await;
    let by = |kind| {
        let event = events.iter().find(|event| event.kind() == kind).unwrap();
        event.principal.clone()
    };
    assert_eq!(by(EventKind::Accepted), named(1));
    assert_eq!(by(EventKind::CodeResendRequested), named(2));
    assert_eq!(
        by(EventKind::CallSucceeded),
        "",
        "the service did it by itself"
    );
    assert_eq!(events.last().unwrap().principal, named(2));
}

#[tokio::test]
async fn what_a_call_brought_about_names_its_caller_on_a_file() {
    what_a_call_brought_about_names_its_caller(Kept::OnAFile).await;
}

#[tokio::test]
async fn what_a_call_brought_about_names_its_caller_on_a_server() {
    what_a_call_brought_about_names_its_caller(Kept::OnAServer).await;
}
