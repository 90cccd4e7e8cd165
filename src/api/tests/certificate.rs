//! Callers that are known by their certificates.

use axum::Extension;

use super::*;
use crate::http_server::{ClientCertificate, Peer};

/// The door, over a connection whose other end proved to have these names.
fn reached_by(door: &Door, names: &[&str]) -> MigrationServiceClient<Router> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = ClientCertificate::read(certified.cert.der());
    let peer = Peer::new(([127, 0, 0, 1], 50_000).into(), certificate);
    MigrationServiceClient::new(door.router.clone().layer(Extension(peer)))
}

#[tokio::test]
async fn a_certificate_acts_for_the_tenant_that_its_name_stands_for() {
    let settings = auth::Settings {
        certificates:
            "billing.example = default, board.example = default reader, x.example = nobody"
                .parse()
                .unwrap(),
        ..auth::Settings::default()
    };
    let (door, _) = Door::asking(settings).await;
    let mut billing = reached_by(&door, &["other.example", "billing.example"]);
    let id = billing.migrate(message("a", 3)).await.unwrap().into_inner();
    let id = id.migration.unwrap().id;
    let history = v1::ListEventsRequest {
        migration_id: id.clone(),
        ..v1::ListEventsRequest::default()
    };
    let mut board = reached_by(&door, &["board.example"]);
    let events = board
        .list_events(history)
        .await
        .unwrap()
        .into_inner()
        .events;
    assert_eq!(events[0].principal, "certificate:billing.example");
    let cancel = || v1::CancelRequest {
        migration_id: id.clone(),
        wait: None,
    };
    assert_reason(
        &board.cancel(cancel()).await.unwrap_err(),
        Reason::RoleMayNot,
    );
    for (names, reason) in [
        (&["stranger.example"][..], Reason::TenantUnknown),
        (&["x.example"], Reason::TenantUnknown),
        (&["billing.example", "board.example"], Reason::TenantUnknown),
        (&[], Reason::CredentialsMissing),
    ] {
        let refused = reached_by(&door, names).cancel(cancel()).await.unwrap_err();
        assert_reason(&refused, reason);
    }
}
