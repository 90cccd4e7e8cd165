//! The adapter against the sandbox; the two share no types.

use std::future::Future;

use domain::{CodeMethod, PhoneNumber, Reason, WabaId};
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use waba_migrator::graph::Session;

use super::{access, client, pin};

use crate::support::graph::Writes as _;

const SOURCE: &str = "104996122399160";

/// Runs `test` with a sandbox.
async fn with_sandbox<T: Future<Output = ()>>(test: impl FnOnce(Sandbox, String) -> T) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(Options::default());
    tokio::select! {
        served = sandbox.clone().serve(listener, CancellationToken::new()) => panic!("{served:?}"),
        () = test(sandbox, uri) => {}
    }
}

async fn moves(sandbox: &Sandbox, session: Session<'_>, destination: &WabaId, phone: &PhoneNumber) {
    let source = SOURCE.parse().unwrap();
    let before = session
        .facts(destination, Some(&source), phone)
        .await
        .unwrap();
    assert_eq!(
        (
            before.subscribed_apps.map(|apps| (apps.count, apps.ours)),
            before.destination.number
        ),
        (Ok((0, Some(false))), None)
    );
    assert!(before.token.unwrap().is_valid);
    let account = before.destination.account.unwrap();
    assert_eq!(
        (
            account.has_payment_method,
            account.adding_numbers_restricted
        ),
        (Some(true), Some(false))
    );
    let left = before.source.unwrap();
    assert_eq!(
        left.account.unwrap().owner_business_id,
        account.owner_business_id
    );
    assert_eq!(
        (left.number_count, left.templates.unwrap().len()),
        (Some(100), 8)
    );
    let number = left.number.unwrap();
    assert!(number.is_connected());
    assert_eq!(
        (number.pin_enabled, number.on_business_app),
        (Some(false), Some(false))
    );

    let refused = session.add_number(destination, phone).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotSubscribed);
    session.subscribe(destination).await.unwrap();
    let apps = session.subscribed_apps(destination).await.unwrap();
    assert_eq!((apps.count, apps.ours), (1, Some(true)));
    let id = session.add_number(destination, phone).await.unwrap();
    let again = session.add_number(destination, phone).await.unwrap_err();
    assert_eq!(again.reason, Reason::AlreadyInDestination);
    assert_eq!(
        session
            .find_number(destination, phone)
            .await
            .unwrap()
            .unwrap()
            .id,
        id
    );

    session
        .request_code(&id, CodeMethod::Sms, &"en_US".parse().unwrap())
        .await
        .unwrap();
    let wrong = session
        .verify_code(&id, &"000000".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(wrong.reason, Reason::CodeRejected);
    let code = sandbox.messages(&phone.to_string()).pop().unwrap().code;
    session
        .verify_code(&id, &code.parse().unwrap())
        .await
        .unwrap();
    assert!(session.number(&id).await.unwrap().is_verified());

    session.register(&id, &pin()).await.unwrap();
    let moved = session.confirmation(&id, destination).await.unwrap();
    assert!(moved.number.is_connected() && moved.listed);
    assert_eq!(moved.templates.unwrap().len(), 4);
}

#[tokio::test]
async fn a_number_moves() {
    with_sandbox(|sandbox, uri| async move {
        let (client, access) = (client(&uri, |_| {}), access());
        moves(
            &sandbox,
            client.session(&access),
            &"200000000000002".parse().unwrap(),
            &"+12025550100".parse().unwrap(),
        )
        .await;
    })
    .await;
}
