//! Callers that authenticate by a client certificate.

use axum::Extension;

use super::*;
use crate::http_server::{ClientCertificate, Peer};

/// A client with a certificate for these names.
fn client_named(api: &ApiHarness, names: &[&str]) -> MigrationServiceClient<Router> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = ClientCertificate::read(certified.cert.der());
    let peer = Peer::tls(([127, 0, 0, 1], 50_000).into(), certificate);
    MigrationServiceClient::new(api.router.clone().layer(Extension(peer)))
}

#[tokio::test]
async fn a_certificate_acts_for_the_tenant_that_its_name_is_mapped_to() {
    let settings = auth::Settings {
        certificates:
            "billing.example = default, board.example = default reader, x.example = unknown"
                .parse()
                .unwrap(),
        ..auth::Settings::default()
    };
    let (api, _) = ApiHarness::with_auth(settings).await;
    let mut billing = client_named(&api, &["other.example", "billing.example"]);
    let id = billing.migrate(message("a", 3)).await.unwrap().into_inner();
    let id = id.migration.unwrap().id;
    let history = v1::ListEventsRequest {
        migration_id: id.clone(),
        ..v1::ListEventsRequest::default()
    };
    let mut board = client_named(&api, &["board.example"]);
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
        (&["unknown.example"][..], Reason::TenantUnknown),
        (&["x.example"], Reason::TenantUnknown),
        (&["billing.example", "board.example"], Reason::TenantUnknown),
        (&[], Reason::CredentialsMissing),
    ] {
        let refused = client_named(&api, names)
            .cancel(cancel())
            .await
            .unwrap_err();
        assert_reason(&refused, reason);
    }
}
