use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::timeout;
use uuid::Uuid;

use super::*;
use domain::{EventKind, State, Step};

fn id() -> MigrationId {
    MigrationId::from_uuid(Uuid::from_u128(7))
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn event(sequence: u64) -> Event {
    Event {
        sequence,
        at: Timestamp::UNIX_EPOCH,
        state: State::Running,
        step: Step::Register,
        kind: EventKind::StepStarted,
        principal: None,
    }
}

/// Whether there is more to read at once.
async fn is_more(subscription: &mut FeedSubscriber, after: u64, mark: ReadMark) -> bool {
    let more = subscription.more(after, mark);
    timeout(Duration::from_millis(5), more).await.is_ok()
}

#[tokio::test]
async fn the_last_subscriber_removes_its_channel() {
    let feed = CommitFeed::default();
    let mut first = feed.subscribe(&tenant("acme"), id());
    let second = feed.subscribe(&tenant("acme"), id());
    drop(second);
    feed.changed(id(), 1);
    assert!(first.changed().await.is_none());
    drop(first);
    assert!(feed.watched().is_empty());
}

#[tokio::test]
async fn a_stream_is_woken_only_by_what_it_has_not_read() {
    let feed = CommitFeed::default();
    let mut stream = feed.subscribe(&tenant("acme"), id());
    let mark = stream.mark();
    stream.found(5);
    for known in [3, 5] {
        feed.found(&tenant("acme"), id(), known);
        feed.changed(id(), known);
        assert!(!is_more(&mut stream, 5, mark).await, "{known}");
    }
    feed.found(&tenant("acme"), id(), 6);
    assert!(is_more(&mut stream, 5, mark).await);
    // A read that found nothing new does not start again at once.
    let mark = stream.mark();
    assert!(!is_more(&mut stream, 5, mark).await);
    feed.missing(&tenant("acme"), id());
    assert!(is_more(&mut stream, 5, mark).await);
    let mark = stream.mark();
    assert!(!is_more(&mut stream, 5, mark).await);
    feed.changed(id(), 7);
    assert!(is_more(&mut stream, 5, mark).await);
}

#[tokio::test]
async fn streams_at_the_same_position_share_one_read_within_their_tenant() {
    let feed = CommitFeed::default();
    let readings = AtomicUsize::new(0);
    let streams: Vec<_> = (0..1000)
        .map(|_| feed.subscribe(&tenant("acme"), id()))
        .collect();
    feed.changed(id(), 2);
    let read = |tenant: &'static str, after: u64, stream: usize| {
        let (stream, readings) = (&streams[stream], &readings);
        async move {
            let read = async {
                readings.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(vec![event(after + 1)])
            };
            let events = stream
                .channel
                .shared(&self::tenant(tenant), after, read)
                .await;
            events.unwrap()
        }
    };
    let all = join_all((0..streams.len()).map(|stream| read("acme", 1, stream))).await;
    assert!(all.iter().all(|events| events[0].sequence == 2));
    assert_eq!(readings.load(Ordering::Relaxed), 1);
    // Another tenant, another position, and after a later commit.
    read("bakery", 1, 0).await;
    read("bakery", 2, 0).await;
    feed.changed(id(), 4);
    read("bakery", 2, 0).await;
    assert_eq!(readings.load(Ordering::Relaxed), 4);
}
