//! Watch sends each event once, in order, until the migration ends.

use tokio_stream::StreamExt as _;
use tonic::Code;
use waba_migrator::proto::v1::{Event, EventKind, State, WatchRequest};

use crate::support::service::{ServiceHarness, refusal};

async fn watch(service: &ServiceHarness, id: &str, after: i64) -> Vec<Event> {
    let request = WatchRequest {
        migration_id: id.to_owned(),
        after_sequence: after,
    };
    let stream = service
        .client
        .clone()
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    stream
        .map(|message| message.unwrap().event.unwrap())
        .collect()
        .await
}

#[tokio::test]
async fn each_event_is_sent_once_and_in_order_until_the_end() {
    let service = ServiceHarness::start().await;
    let number = "+12025550100";
    let waiting = service.migrate(number).await;
    let (live, _) = tokio::join!(watch(&service, &waiting.id, 0), async {
        service
            .submit(&waiting.id, &service.code(number).unwrap())
            .await
            .unwrap()
    });
    let sequences: Vec<_> = live.iter().map(|event| event.sequence).collect();
    assert_eq!(
        sequences,
        (1..=i64::try_from(live.len()).unwrap()).collect::<Vec<_>>()
    );
    assert_eq!(live.first().unwrap().kind(), EventKind::Accepted);
    assert_eq!(live.last().unwrap().state(), State::Succeeded);

    let later = watch(&service, &waiting.id, 5).await;
    assert_eq!(later.as_slice(), &live[5..], "a watch can be resumed");
}

#[tokio::test]
async fn a_watch_of_an_unknown_migration_is_refused() {
    let service = ServiceHarness::start().await;
    let request = WatchRequest {
        migration_id: format!("mig_{}", "0".repeat(32)),
        after_sequence: 0,
    };
    let result = async {
        let mut stream = service.client.clone().watch(request).await?.into_inner();
        stream.message().await
    };
    let (code, reason, _) = refusal(result.await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "MIGRATION_NOT_FOUND")
    );
}

#[tokio::test]
async fn a_watch_ends_with_a_status_when_the_service_stops() {
    let mut service = ServiceHarness::start().await;
    let waiting = service.migrate("+12025550100").await;
    let request = WatchRequest {
        migration_id: waiting.id,
        after_sequence: waiting.last_sequence,
    };
    let mut stream = service
        .client
        .clone()
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    service.stop_and_restart().await;
    let (code, reason, details) = refusal(stream.message().await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "SHUTTING_DOWN")
    );
    assert!(details.retry_info().is_some());
}
