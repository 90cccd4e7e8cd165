//! `watch`: the events of a migration as they happen, until it ends or a person must act.

use super::client::{ServiceClient, ServiceSession};
use super::out::{Out, note};
use super::reconnecting_watch::ReconnectingWatch;
use super::target::{Choice, MigrationTarget};
use super::{Exit, follow, input, render};
use crate::proto::v1::{Migration, WatchResponse};

#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    target: MigrationTarget,
    /// Only events after this sequence number.
    #[arg(
        long,
        value_name = "SEQUENCE",
        default_value_t = 0,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    after: i64,
    /// Continue while a person must act, until the migration ends. Implied on a terminal.
    #[arg(long)]
    to_end: bool,
}

impl WatchArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let id = self.target.id(&mut client, Choice::Newest).await?;
        let to_end = self.to_end || input::is_terminal();
        watch(&mut client, session.out, &id, self.after, to_end).await
    }
}

/// Prints the events after the sequence `after`.
async fn watch(
    client: &mut ServiceClient,
    out: &Out,
    id: &str,
    after: i64,
    to_end: bool,
) -> anyhow::Result<Exit> {
    let start = follow::current(client, id).await?;
    if !to_end && start.last_sequence <= after && follow::needs_person(&start) {
        return stop(out, &start);
    }
    let mut watch = ReconnectingWatch::new(client, id, after);
    let mut ticker = render::Ticker::default();
    while let Some(event) = watch.next().await? {
        let line = ticker.line(&out.style, &event);
        let answer = WatchResponse {
            event: Some(event.clone()),
        };
        out.message(&answer, |_| line)?;
        if !to_end && let Some(waiting) = follow::waits_after(client, id, &event).await? {
            return stop(out, &waiting);
        }
    }
    let migration = follow::current(client, id).await?;
    Ok(Exit::of_followed(&migration))
}

/// Prints what a person must do: on standard error for a program, whose stream has only events.
fn stop(out: &Out, migration: &Migration) -> anyhow::Result<Exit> {
    let text = render::what_to_do(&out.style, migration);
    if out.is_json() {
        note(text.trim_end());
    } else {
        out.text(&format!("\n{text}"))?;
    }
    Ok(Exit::of_followed(migration))
}

#[cfg(test)]
mod tests {
    use super::super::client::{self, Address};
    use super::super::fake_service::FakeService;
    use super::super::out::Output;
    use super::*;
    use crate::proto::v1::State;

    async fn exit(states: &[State], after: i64, to_end: bool) -> Exit {
        let (_, address) = FakeService::serve(states, &[]).await;
        let mut client = client::connect(&Address::of(&address)).await.unwrap();
        let out = Out::new(Output::Json, true);
        watch(&mut client, &out, "mig_1", after, to_end)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn watching_without_a_terminal_ends_where_a_person_must_act() {
        for waiting in [
            State::WaitingForCode,
            State::ActionRequired,
            State::WaitingForCutover,
        ] {
            let states = [State::Running, waiting, State::Running, waiting];
            for after in [0, 4] {
                let exit = exit(&states, after, false).await;
                assert_eq!(exit, Exit::ActionRequired, "{waiting:?} after {after}");
            }
        }
    }

    #[tokio::test]
    async fn watching_continues_over_states_that_have_passed() {
        let moved = [
            State::WaitingForCode,
            State::ActionRequired,
            State::Succeeded,
        ];
        for to_end in [false, true] {
            assert_eq!(exit(&moved, 0, to_end).await, Exit::Done);
        }
        let failed = [State::WaitingForCode, State::Failed];
        assert_eq!(exit(&failed, 0, true).await, Exit::NotMoved);
    }
}
