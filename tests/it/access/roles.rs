//! Roles of callers.

use domain::tenancy::Role;
use tonic::Code;

use super::harness::{AccessHarness, StoreKind};
use super::{harness, rpcs};
use crate::support::transport::is_rest;

const UNKNOWN_ID: &str = "mig_01935f00000070008000000000000001";

#[tokio::test]
async fn a_reader_reads_and_changes_nothing() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let reader = harness.caller("acme", Role::Reader, 1).await;
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
        [
            "GetStatus",
            "CheckEligibility",
            "ListMigrations",
            "ListEvents",
            "Watch"
        ]
    );
    assert!(
        harness.service.sandbox.ledger().is_empty(),
        "nothing was changed"
    );
    if is_rest() {
        // REST has no path for an RPC that the contract does not have.
        return;
    }
    let answer = reader.call("Teleport", Vec::new()).await;
    assert_eq!(
        answer.reason(),
        "ROLE_MAY_NOT",
        "an unknown RPC is not for readers"
    );
}

#[tokio::test]
async fn only_an_admin_administers_tenants() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let admin = harness.caller("default", Role::Admin, 1).await;
    let others = [
        harness.caller("default", Role::Migrator, 2).await,
        harness.caller("acme", Role::Migrator, 3).await,
        harness.caller("acme", Role::Reader, 4).await,
        // No command or call creates such a key.
        harness.caller("acme", Role::Admin, 5).await,
    ];
    for rpc in rpcs::all() {
        let message = || rpcs::message(&rpc.name, UNKNOWN_ID);
        if rpc.is_admin {
            for other in &others {
                let answer = other.call(&rpc.name, message()).await;
                assert_eq!(answer.reason(), "ROLE_MAY_NOT", "{}", rpc.name);
                assert!(answer.message.contains("tenant default"), "{answer:?}");
            }
        }
        // Those would take the tenant of the other callers from them.
        if !["DisableTenant", "DeleteTenant"].contains(&rpc.name.as_str()) {
            let answer = admin.call(&rpc.name, message()).await;
            assert_ne!(answer.code, Code::PermissionDenied, "{}", rpc.name);
        }
    }
}

#[tokio::test]
async fn a_caller_without_credentials_is_never_an_admin_and_learns_how_to_become_one() {
    let harness = AccessHarness::with(StoreKind::Sqlite, &[]).await;
    let anyone = harness.with_headers(&[]);
    for rpc in rpcs::all().into_iter().filter(|rpc| rpc.is_admin) {
        let answer = anyone.call(&rpc.name, rpcs::message(&rpc.name, "")).await;
        assert_eq!(answer.reason(), "ROLE_MAY_NOT", "{}", rpc.name);
        for part in ["auth.api_keys", "key create --role admin"] {
            assert!(answer.message.contains(part), "{}", answer.message);
        }
    }
}

#[tokio::test]
async fn a_call_without_credentials_is_answered_with_the_accepted_kinds() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let anonymous = harness.with_headers(&[]);
    for rpc in rpcs::all() {
        let answer = anonymous
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
        // REST cannot send what follows.
        return;
    }
    // Refused before the request is decoded.
    let answer = anonymous.call("GetStatus", vec![0xff; 70_000]).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MISSING");
    let answer = anonymous.call("Teleport", Vec::new()).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MISSING");
}

#[tokio::test]
async fn health_and_reflection_need_no_credentials() {
    use tonic::transport::Channel;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let endpoint = Channel::from_shared(harness.service.url().to_owned()).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let request = HealthCheckRequest::default();
    HealthClient::new(channel.clone())
        .check(request)
        .await
        .unwrap();
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(channel);
    let answers = client
        .server_reflection_info(futures_util::stream::iter([request]))
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
async fn a_service_without_authentication_refuses_an_api_key() {
    let harness = AccessHarness::with(StoreKind::Sqlite, &[]).await;
    let open = harness.with_headers(&[("authorization", "Basic dXNlcjpwYXNz".to_owned())]);
    let message = || rpcs::message("ListMigrations", "");
    assert_eq!(open.call("ListMigrations", message()).await.code, Code::Ok);
    // The holder of the key means to act for another tenant.
    let holder = harness.with_headers(&[harness::bearer(1)]);
    let answer = holder.call("ListMigrations", message()).await;
    assert_eq!(answer.reason(), "CREDENTIALS_MALFORMED");
}
