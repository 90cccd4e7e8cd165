//! Follows a migration: prints each step as it happens and submits the codes that the number's
//! owner enters.

use jiff::SignedDuration;
use tonic::Status;

use super::client::{self, ServiceClient};
use super::failure::Failure;
use super::out::{Out, note};
use super::reconnecting_watch::ReconnectingWatch;
use super::{input, render, time};
use crate::proto::v1::{
    CodeMethod, Event, EventKind, GetStatusRequest, Migration, NextActionKind, ResendCodeRequest,
    State, SubmitCodeRequest, WatchResponse,
};

/// The person who has the phone.
pub(super) trait NumberOwner {
    /// The migration waits for a code from now on.
    fn expect_code(&mut self, out: &Out) -> anyhow::Result<()>;

    /// The owner's next reply. Cancel safe.
    async fn reply(&mut self, out: &Out) -> anyhow::Result<OwnerReply>;
}

/// A reply of the number's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OwnerReply {
    /// The code that arrived.
    Code(String),
    /// Send another code by this method, or else by the method of the last one: none arrived.
    Resend(CodeMethod),
    /// There will be no code.
    GiveUp,
}

/// There is no person: following ends when a code is needed.
pub(super) struct NoOwner;

/// The person at the keyboard.
pub(super) struct Keyboard {
    lines: tokio::sync::mpsc::Receiver<String>,
}

/// Whether an event is worth a line while a person follows: steps and faults, not each call.
const fn is_worth_a_line(event: EventKind) -> bool {
    !matches!(
        event,
        EventKind::StepStarted | EventKind::CallSent | EventKind::CallSucceeded
    )
}

/// Follows a migration until it ends or a person must act and returns it. With `patience`, also
/// stops when the migration waits longer than that for Meta.
pub(super) async fn follow(
    client: &mut ServiceClient,
    out: &Out,
    migration_id: &str,
    owner: &mut impl NumberOwner,
    patience: Option<SignedDuration>,
) -> anyhow::Result<Migration> {
    let mut ticker = render::Ticker::default();
    let mut watch = ReconnectingWatch::new(client, migration_id, 0);
    let mut asking = false;
    loop {
        tokio::select! {
            event = watch.next() => {
                let Some(event) = event? else { break };
                print(out, &mut ticker, &event)?;
                let waits = event.state() == State::WaitingForCode;
                if waits && !asking {
                    // Old events come first: only the newest asks for something.
                    asking = current(client, migration_id).await?.last_sequence == event.sequence;
                    if asking {
                        owner.expect_code(out)?;
                    }
                } else {
                    asking = waits;
                }
                if !waits && waits_after(client, migration_id, &event).await?.is_some() {
                    break;
                }
                if let (EventKind::Delayed, Some(patience)) = (event.kind(), patience) {
                    let migration = current(client, migration_id).await?;
                    if waits_longer(&migration, &event, patience) {
                        break;
                    }
                }
            }
            reply = owner.reply(out), if asking => match reply? {
                OwnerReply::GiveUp => break,
                reply => {
                    asking = false;
                    if let Err(status) = submit(client, migration_id, reply).await {
                        // The owner may try again: too few digits, or another code too soon.
                        note(&format!("  {}", Failure::from(status)));
                        owner.expect_code(out)?;
                        asking = true;
                    }
                }
            }
        }
    }
    current(client, migration_id).await
}

/// Reads a migration.
pub(super) async fn current(
    client: &mut ServiceClient,
    migration_id: &str,
) -> anyhow::Result<Migration> {
    let migration_id = migration_id.to_owned();
    let answer = client.get_status(GetStatusRequest { migration_id }).await?;
    Ok(client::present(answer.into_inner().migration)?)
}

/// Whether the migration does not continue until a person acts.
pub(super) fn needs_person(migration: &Migration) -> bool {
    let next_action = migration.next_action.as_ref();
    let held = || next_action.is_some_and(|next| next.kind() == NextActionKind::ReleaseCutover);
    match migration.state() {
        State::WaitingForCode | State::ActionRequired => true,
        State::WaitingForCutover => held(),
        State::Unspecified
        | State::Running
        | State::Succeeded
        | State::Failed
        | State::Canceled
        | State::Expired => false,
    }
}

/// The migration, if `event` is its newest one and it does not continue until a person acts. Older
/// events ask for nothing: the migration has continued since.
pub(super) async fn waits_after(
    client: &mut ServiceClient,
    migration_id: &str,
    event: &Event,
) -> anyhow::Result<Option<Migration>> {
    let may_wait = matches!(
        event.state(),
        State::WaitingForCode | State::ActionRequired | State::WaitingForCutover
    );
    if !may_wait {
        return Ok(None);
    }
    let migration = current(client, migration_id).await?;
    let newest = migration.last_sequence == event.sequence;
    Ok(Some(migration).filter(|migration| newest && needs_person(migration)))
}

/// Whether the migration waits longer than `patience` after the event.
fn waits_longer(migration: &Migration, event: &Event, patience: SignedDuration) -> bool {
    let at = migration
        .next_action
        .as_ref()
        .filter(|action| {
            matches!(
                action.kind(),
                NextActionKind::Wait | NextActionKind::WaitForMeta
            )
        })
        .and_then(|action| action.deadline.as_ref())
        .and_then(time::moment);
    let since = event.occurred_at.as_ref().and_then(time::moment);
    matches!((at, since), (Some(at), Some(since)) if at.duration_since(since) > patience)
}

fn print(out: &Out, ticker: &mut render::Ticker, event: &Event) -> anyhow::Result<()> {
    if !out.is_json() && !is_worth_a_line(event.kind()) {
        return Ok(());
    }
    let answer = WatchResponse {
        event: Some(event.clone()),
    };
    out.message(&answer, |style| ticker.line(style, event))
}

async fn submit(
    client: &mut ServiceClient,
    migration_id: &str,
    reply: OwnerReply,
) -> Result<(), Status> {
    let migration_id = migration_id.to_owned();
    // The events show the result.
    let wait = Some(prost_types::Duration::default());
    match reply {
        OwnerReply::Code(code) => {
            let request = SubmitCodeRequest {
                migration_id,
                code,
                wait,
            };
            client.submit_code(request).await?;
        }
        OwnerReply::Resend(method) => {
            let request = ResendCodeRequest {
                migration_id,
                code_method: method.into(),
                language: String::new(),
                wait,
            };
            client.resend_code(request).await?;
        }
        OwnerReply::GiveUp => {}
    }
    Ok(())
}

impl Keyboard {
    pub(super) fn new() -> Self {
        Self {
            lines: input::lines(),
        }
    }

    /// The next line; `None` at the end of the input. Cancel safe.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}

impl NumberOwner for NoOwner {
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        Ok(())
    }

    async fn reply(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
        Ok(OwnerReply::GiveUp)
    }
}

impl NumberOwner for Keyboard {
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        input::ask("  Code (`resend`, `sms` or `voice` requests another one): ");
        Ok(())
    }

    async fn reply(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
        loop {
            let Some(line) = self.line().await else {
                return Ok(OwnerReply::GiveUp);
            };
            if let Some(reply) = parse(&line) {
                return Ok(reply);
            }
            input::ask("  Code: ");
        }
    }
}

/// Parses a line from the keyboard; `None` if it is empty.
pub(super) fn parse(line: &str) -> Option<OwnerReply> {
    match line.trim() {
        "" => None,
        "resend" => Some(OwnerReply::Resend(CodeMethod::Unspecified)),
        "sms" => Some(OwnerReply::Resend(CodeMethod::Sms)),
        "voice" => Some(OwnerReply::Resend(CodeMethod::Voice)),
        code => Some(OwnerReply::Code(code.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::exit::Exit;
    use super::super::fake_service::FakeService;
    use super::super::out::Output;
    use super::*;

    /// Gives these replies, one after the other.
    struct Script(Vec<OwnerReply>);

    impl NumberOwner for Script {
        fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
            Ok(())
        }

        async fn reply(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
            Ok(if self.0.is_empty() {
                OwnerReply::GiveUp
            } else {
                self.0.remove(0)
            })
        }
    }

    async fn followed(service: &str, replies: Vec<OwnerReply>) -> State {
        let mut client = client::connect(&client::Address::of(service))
            .await
            .unwrap();
        let out = Out::new(Output::Json, true);
        follow(&mut client, &out, "mig_1", &mut Script(replies), None)
            .await
            .unwrap()
            .state()
    }

    fn code(digits: &str) -> OwnerReply {
        OwnerReply::Code(digits.to_owned())
    }

    #[test]
    fn a_line_is_a_code_or_asks_for_another() {
        assert_eq!(parse("  "), None);
        assert_eq!(parse("123-830"), Some(code("123-830")));
        assert_eq!(parse("voice"), Some(OwnerReply::Resend(CodeMethod::Voice)));
        assert_eq!(parse("sms"), Some(OwnerReply::Resend(CodeMethod::Sms)));
        let same = OwnerReply::Resend(CodeMethod::Unspecified);
        assert_eq!(parse("resend"), Some(same));
    }

    #[tokio::test]
    async fn a_migration_is_followed_to_its_end_over_lost_connections() {
        let first = [
            State::Running,
            State::Running,
            State::Running,
            State::WaitingForCode,
        ];
        let (service, address) =
            FakeService::serve(&first, &[State::Running, State::Succeeded]).await;
        let replies = vec![
            OwnerReply::Resend(CodeMethod::Voice),
            code("12"),
            code("123830"),
            code("999999"),
        ];
        assert_eq!(followed(&address, replies).await, State::Succeeded);
        let state = service.state.lock().unwrap();
        assert_eq!(
            (state.codes.as_slice(), state.resent),
            (["12".to_owned(), "123830".to_owned()].as_slice(), 1)
        );
        assert_eq!(
            state.watched_after,
            [0, 2, 4, 6],
            "each connection continues after the last event"
        );
    }

    #[tokio::test]
    async fn following_ends_where_a_person_must_act() {
        let first = [
            State::Running,
            State::ActionRequired,
            State::Running,
            State::ActionRequired,
        ];
        let (_, address) = FakeService::serve(&first, &[]).await;
        assert_eq!(followed(&address, Vec::new()).await, State::ActionRequired);
        let held = [
            State::WaitingForCutover,
            State::Running,
            State::WaitingForCutover,
        ];
        let (_, address) = FakeService::serve(&held, &[]).await;
        assert_eq!(
            followed(&address, Vec::new()).await,
            State::WaitingForCutover
        );
    }

    #[tokio::test]
    async fn following_without_a_person_ends_where_a_code_is_needed() {
        let states = [State::Running, State::WaitingForCode];
        let (_, address) = FakeService::serve(&states, &[]).await;
        let mut client = client::connect(&client::Address::of(&address))
            .await
            .unwrap();
        let out = Out::new(Output::Json, true);
        let followed = follow(&mut client, &out, "mig_1", &mut NoOwner, None).await;
        let migration = followed.unwrap();
        assert_eq!(migration.state(), State::WaitingForCode);
        assert_eq!(Exit::of_followed(&migration), Exit::ActionRequired);
    }
}
