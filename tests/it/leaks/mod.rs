//! Nothing leaks: every scenario is driven through the real program at its most verbose, and whatever it wrote anywhere is
//! searched for every secret that it was given.

mod house;
mod needles;
mod people;
mod story;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use sandbox::scenario;

use crate::store::cluster;
use house::{House, Kept};
use needles::Needles;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_leaks() {
    nothing_leaks(Kept::OnAFile).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_nothing_leaks() {
    nothing_leaks(Kept::OnAServer(cluster::empty().await)).await;
}

async fn nothing_leaks(kept: Kept) {
    let house = House::open(kept).await;
    let people = people::of(&house.store, &house.door).await;
    // The app's own limit stops all calls of the app, so that what meets it comes last.
    let (last, mut rows): (Vec<&scenario::Scenario>, Vec<_>) =
        scenario::all().partition(|row| row.name == "app_limit");
    rows.extend(last);
    let stories: Vec<_> = stream::iter(rows.into_iter().enumerate())
        .map(|(n, row): (usize, &scenario::Scenario)| {
            story::of(&house, &people[n % people.len()], row.number)
        })
        .buffer_unordered(12)
        .collect()
        .await;
    let refused = story::of_strangers(&house, &people[0]).await;

    let mut secrets = house.needles();
    for person in &people {
        secrets.extend(person.needles());
    }
    let mut numbers = Needles::default();
    let mut answers = refused.answers;
    secrets.extend(refused.secrets);
    let mut revealed = 0;
    for story in stories {
        secrets.extend(story.secrets);
        numbers.number(&story.number);
        answers.extend(story.answers);
        revealed += usize::from(story.was_revealed);
    }
    assert!(revealed > 10, "most numbers move: {revealed}");
    let (secrets, numbers) = (secrets.ready(), numbers.ready());

    // The search finds what is there.
    secrets.prove();
    numbers.prove();

    let mut leaks = BTreeSet::new();
    let mut look = |place: &str, bytes: &[u8], with_numbers: bool| {
        let found = secrets.found(bytes);
        leaks.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        if with_numbers {
            let found = numbers.found(bytes);
            leaks.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        }
    };
    for (rpc, bytes) in &answers {
        look(&format!("an answer of {rpc}"), bytes, false);
    }
    let (told, places) = house.close().await;
    let text = &told.log;
    assert!(text.contains("TRACE"));
    assert!(text.lines().count() > 10_000, "it says little");
    assert!(!text.contains("panicked"), "it panicked");
    look("the log", text.as_bytes(), true);
    assert!(
        told.traces.matches("/register").count() > 10,
        "little was traced"
    );
    look("the traces", told.traces.as_bytes(), true);
    assert!(told.metrics.contains("waba_migrator_faults_total"));
    look("the metrics", told.metrics.as_bytes(), true);
    // A whole number is what lists search for, so a row may hold it.
    let marked = places
        .iter()
        .filter(|(_, bytes)| story::is_marked(bytes))
        .count();
    assert!(marked > 0, "what is kept in the clear is found");
    for (place, bytes) in &places {
        look(place, bytes, false);
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}
