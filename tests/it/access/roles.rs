//! Roles, through the transport.

use domain::tenancy::Role;
use tonic::Code;

use super::town::{Kept, Town};
use super::{rpcs, town};
use crate::support::transport::is_rest;

const UNKNOWN_ID: &str = "mig_01935f00000070008000000000000001";

#[tokio::test]
async fn a_reader_reads_and_changes_nothing() {
    let town = Town::open(Kept::OnAFile).await;
    let reader = town.person("acme", Role::Reader, 1).await;
    let mut allowed = Vec::new();
    for rpc in rpcs::all() {
        let answer = reader
            .call(&rpc.name, rpcs::message(&rpc.name, UNKNOWN_ID))
            .await;
        if answer.code == Code::PermissionDenied {
            assert_eq!(answer.reason(), "ROLE_MAY_NOT");
        } else {
            allowed.push(rpc.name);
        }
    }
    assert_eq!(
        allowed,
        ["GetStatus", "ListMigrations", "ListEvents", "Watch"]
    );
    assert!(town.stack.sandbox.ledger().is_empty(), "nothing was done");
    if is_rest() {
        // It has no words for what the contract does not know.
        return;
    }
    let answer = reader.call("Teleport", Vec::new()).await;
    assert_eq!(
        answer.reason(),
        "ROLE_MAY_NOT",
        "what is not known is not for readers"
    );
}

#[tokio::test]
async fn whoever_shows_nothing_is_told_what_is_asked_for() {
    let town = Town::open(Kept::OnAFile).await;
    let stranger = town.stranger(&[]);
    for rpc in rpcs::all() {
        let answer = stranger
            .call(&rpc.name, rpcs::message(&rpc.name, UNKNOWN_ID))
            .await;
        assert_eq!(
            (answer.code, answer.reason().as_str()),
            (Code::Unauthenticated, "CREDENTIALS_MISSING"),
            "{}",
            rpc.name
        );
        assert!(answer.message.contains("Bearer wam_"), "{}", answer.message);
    }
    if is_rest() {
        // It has no words for what follows.
        return;
    }
    // Before what it sent was looked at.
    let answer = stranger.call("GetStatus", vec![0xff; 70_000]).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MISSING");
    let answer = stranger.call("Teleport", Vec::new()).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MISSING");
}

#[tokio::test]
async fn health_and_reflection_are_open_to_everybody() {
    use tonic::transport::Channel;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

    let town = Town::open(Kept::OnAFile).await;
    let endpoint = Channel::from_shared(town.stack.url().to_owned()).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let ask = HealthCheckRequest::default();
    HealthClient::new(channel.clone()).check(ask).await.unwrap();
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(channel);
    let answers = client
        .server_reflection_info(futures_util::stream::iter([ask]))
        .await;
    assert!(
        answers
            .unwrap()
            .into_inner()
            .message()
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_service_that_asks_nobody_does_not_take_a_key_for_nothing() {
    let town = Town::with(Kept::OnAFile, &[]).await;
    let open = town.stranger(&[("authorization", "Basic dXNlcjpwYXNz".to_owned())]);
    let message = || rpcs::message("ListMigrations", "");
    assert_eq!(open.call("ListMigrations", message()).await.code, Code::Ok);
    // Its holder means to act for another tenant.
    let holder = town.stranger(&[town::bearer(1)]);
    let answer = holder.call("ListMigrations", message()).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MALFORMED");
}
