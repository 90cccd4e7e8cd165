//! Watch tells each event once, in order, to its end.

use tokio_stream::StreamExt as _;
use tonic::Code;
use waba_migrator::proto::v1::{Event, EventKind, State, WatchRequest};

use super::stack::{Stack, refusal};

async fn watch(stack: &Stack, id: &str, after: i64) -> Vec<Event> {
    let request = WatchRequest {
        migration_id: id.to_owned(),
        after_sequence: after,
    };
    let stream = stack
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
async fn each_event_is_told_once_and_in_order_until_the_end() {
    let stack = Stack::start().await;
    let number = "+12025550100";
    let waiting = stack.migrate(number).await;
    let (live, _) = tokio::join!(watch(&stack, &waiting.id, 0), async {
        stack
            .submit(&waiting.id, &stack.code(number).unwrap())
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

    let later = watch(&stack, &waiting.id, 5).await;
    assert_eq!(
        later.as_slice(),
        &live[5..],
        "a watch can be taken up again"
    );
}

#[tokio::test]
async fn a_watch_of_an_unknown_migration_is_refused() {
    let stack = Stack::start().await;
    let request = WatchRequest {
        migration_id: format!("mig_{}", "0".repeat(32)),
        after_sequence: 0,
    };
    let result = async {
        let mut stream = stack.client.clone().watch(request).await?.into_inner();
        stream.message().await
    };
    let (code, reason, _) = refusal(result.await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "MIGRATION_NOT_FOUND")
    );
}

#[tokio::test]
async fn a_watch_ends_with_a_word_when_the_service_stops() {
    let mut stack = Stack::start().await;
    let waiting = stack.migrate("+12025550100").await;
    let request = WatchRequest {
        migration_id: waiting.id,
        after_sequence: waiting.last_sequence,
    };
    let mut stream = stack
        .client
        .clone()
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    stack.stop_and_restart().await;
    let (code, reason, details) = refusal(stream.message().await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "SHUTTING_DOWN")
    );
    assert!(details.retry_info().is_some());
}
