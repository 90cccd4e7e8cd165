//! Tenants see nothing of each other, whichever RPC they call.

use domain::tenancy::Role;
use tonic::Code;
use waba_migrator::proto::v1::{
    ForgetNumberRequest, ForgetNumberResponse, GetStatusRequest, GetStatusResponse,
    ListMigrationsRequest, ListMigrationsResponse, MigrateRequest, MigrateResponse, State,
};

use super::rpcs;
use super::town::{Kept, Person, Town};
use crate::support::service::{DESTINATION, request};

const NUMBER: &str = "+12025550100";
/// Of nobody.
const NO_ID: &str = "mig_01935f00000070008000000000000001";

/// Starts the migration of `number`, and answers its id.
async fn started(person: &Person, number: &str) -> String {
    let migration = asked(person, request(number)).await.migration.unwrap();
    migration.id
}

async fn asked(person: &Person, request: MigrateRequest) -> MigrateResponse {
    person.ask("Migrate", &request).await
}

/// The ids that a list shows, and the token for more.
async fn listed(person: &Person, request: ListMigrationsRequest) -> (Vec<String>, String) {
    let page: ListMigrationsResponse = person.ask("ListMigrations", &request).await;
    let ids = page.migrations.into_iter().map(|migration| migration.id);
    (ids.collect(), page.next_page_token)
}

async fn another_tenants_id_is_as_good_as_none(kept: Kept) {
    let town = Town::open(kept).await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
    );
    let reader = town.person("bakery", Role::Reader, 3).await;
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
        for person in [&bakery, &reader] {
            let theirs = person.call(&rpc.name, rpcs::message(&rpc.name, &id)).await;
            let none = person
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

async fn what_is_the_same_in_two_tenants_is_two_things(kept: Kept) {
    let town = Town::open(kept).await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
    );
    // The same request id, the same number, while the other's is live.
    let theirs = started(&acme, NUMBER).await;
    let mut same = request(NUMBER);
    same.wait = Some(prost_types::Duration::default());
    let own = asked(&bakery, same.clone()).await;
    assert!(!own.already_existed);
    let own = own.migration.unwrap().id;
    assert_ne!(own, theirs);
    assert!(asked(&bakery, same.clone()).await.already_existed);
    // A conflict is with one's own.
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

async fn lists_and_their_tokens_show_ones_own(kept: Kept) {
    let town = Town::open(kept).await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
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
    // A token of another tenant's is as good as any text.
    let theirs = bakery
        .call("ListMigrations", prost::Message::encode_to_vec(&next))
        .await;
    let made_up = ListMigrationsRequest {
        page_token: "0".repeat(token.len()),
        ..page
    };
    let made_up = bakery
        .call("ListMigrations", prost::Message::encode_to_vec(&made_up))
        .await;
    assert_eq!(theirs, made_up);
    assert_eq!(theirs.reason(), "INVALID_FIELDS");
}

async fn forgetting_a_number_forgets_ones_own_alone(kept: Kept) {
    let town = Town::open(kept).await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
    );
    let theirs = started(&acme, NUMBER).await;
    let forget = ForgetNumberRequest {
        phone_number: NUMBER.to_owned(),
    };
    // Live or ended, it is as if it were not there.
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
async fn forgetting_a_number_forgets_ones_own_alone_on_a_file() {
    forgetting_a_number_forgets_ones_own_alone(Kept::OnAFile).await;
}

#[tokio::test]
async fn forgetting_a_number_forgets_ones_own_alone_on_a_server() {
    forgetting_a_number_forgets_ones_own_alone(Kept::OnAServer).await;
}

#[tokio::test]
async fn another_tenants_id_is_as_good_as_none_on_a_file() {
    another_tenants_id_is_as_good_as_none(Kept::OnAFile).await;
}

#[tokio::test]
async fn another_tenants_id_is_as_good_as_none_on_a_server() {
    another_tenants_id_is_as_good_as_none(Kept::OnAServer).await;
}

#[tokio::test]
async fn what_is_the_same_in_two_tenants_is_two_things_on_a_file() {
    what_is_the_same_in_two_tenants_is_two_things(Kept::OnAFile).await;
}

#[tokio::test]
async fn what_is_the_same_in_two_tenants_is_two_things_on_a_server() {
    what_is_the_same_in_two_tenants_is_two_things(Kept::OnAServer).await;
}

#[tokio::test]
async fn lists_and_their_tokens_show_ones_own_on_a_file() {
    lists_and_their_tokens_show_ones_own(Kept::OnAFile).await;
}

#[tokio::test]
async fn lists_and_their_tokens_show_ones_own_on_a_server() {
    lists_and_their_tokens_show_ones_own(Kept::OnAServer).await;
}
