//! Follows one migration: shows each step as it happens and hands in the codes that the number's owner reads out.

use jiff::SignedDuration;

use super::client::{self, ServiceClient};
use super::failure::Failure;
use super::input;
use super::out::{Out, note};
use super::reconnecting_watch::ReconnectingWatch;
use super::{json, render, time};
use crate::proto::v1::{
    CodeMethod, Event, EventKind, GetStatusRequest, Migration, NextActionKind, ResendCodeRequest,
    State, SubmitCodeRequest,
};

/// Whoever holds the phone.
pub(super) trait Owner {
    /// A code is awaited from now on.
    fn expect_code(&mut self, out: &Out) -> anyhow::Result<()>;

    /// What the owner says. Never, where nobody is asked. May be dropped while it waits.
    async fn answer(&mut self, out: &Out) -> anyhow::Result<OwnerReply>;
}

/// What the number's owner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OwnerReply {
    /// This code came.
    Code(String),
    /// No code came: send another, by this method.
    Another(CodeMethod),
    /// No code will be read out.
    Nothing,
}

/// Nobody is asked: somebody else hands the code in.
pub(super) struct NoOwner;

/// The person at the keyboard is asked.
pub(super) struct Keyboard {
    lines: tokio::sync::mpsc::Receiver<String>,
}

/// Whether an event is worth a line while a person follows: what was done and what went wrong, not each call.
const fn is_telling(event: EventKind) -> bool {
    !matches!(
        event,
        EventKind::StepStarted | EventKind::CallSent | EventKind::CallSucceeded
    )
}

/// Follows a migration until it ends or somebody must act; with a `patience`, also until Meta lets it wait for longer than
/// that. Answers it as it stands then.
pub(super) async fn follow(
    client: &mut ServiceClient,
    out: &Out,
    migration_id: &str,
    owner: &mut impl Owner,
    patience: Option<SignedDuration>,
) -> anyhow::Result<Migration> {
    let mut ticker = render::Ticker::default();
    let mut watcher = ReconnectingWatch::new(client, migration_id, 0);
    let mut asking = false;
    loop {
        tokio::select! {
            event = watcher.next() => {
                let Some(event) = event? else { break };
                show(out, &mut ticker, &event)?;
                let waits = event.state() == State::WaitingForCode;
                if waits && !asking {
                    // Old events come first: only the newest asks for something.
                    asking = stands(client, migration_id).await?.last_sequence == event.sequence;
                    if asking {
                        owner.expect_code(out)?;
                    }
                } else {
                    asking = waits;
                }
                if event.state() == State::ActionRequired && event.kind() == EventKind::StateChanged
                    && stands(client, migration_id).await?.state() == State::ActionRequired
                {
                    break;
                }
                if let (EventKind::Delayed, Some(patience)) = (event.kind(), patience) {
                    let migration = stands(client, migration_id).await?;
                    if waits_longer(&migration, &event, patience) {
                        break;
                    }
                }
            }
            answer = owner.answer(out), if asking => match answer? {
                OwnerReply::Nothing => break,
                answer => {
                    asking = false;
                    if let Err(failure) = hand_in(client, migration_id, answer).await {
                        // The owner may try again: too few digits, or another code too soon.
                        note(&format!("  {failure}"));
                        owner.expect_code(out)?;
                        asking = true;
                    }
                }
            }
        }
    }
    stands(client, migration_id).await
}

/// The migration as it stands.
pub(super) async fn stands(
    client: &mut ServiceClient,
    migration_id: &str,
) -> anyhow::Result<Migration> {
    let request = GetStatusRequest {
        migration_id: migration_id.to_owned(),
    };
    let answer = client.get_status(request).await.map_err(Failure::from)?;
    Ok(client::migration(answer.into_inner().migration)?)
}

/// Whether the migration goes on by itself only so long after the event.
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

fn show(out: &Out, ticker: &mut render::Ticker, event: &Event) -> std::io::Result<()> {
    if out.is_json() {
        out.object(&json::event(event))
    } else if is_telling(event.kind()) {
        out.text(&ticker.line(&out.style, event))
    } else {
        Ok(())
    }
}

async fn hand_in(
    client: &mut ServiceClient,
    migration_id: &str,
    answer: OwnerReply,
) -> Result<(), Failure> {
    let migration_id = migration_id.to_owned();
    // What comes of it is seen in the events.
    let wait = Some(prost_types::Duration::default());
    match answer {
        OwnerReply::Code(code) => {
            client
                .submit_code(SubmitCodeRequest {
                    migration_id,
                    code,
                    wait,
                })
                .await?;
        }
        OwnerReply::Another(method) => {
            let request = ResendCodeRequest {
                migration_id,
                code_method: method.into(),
                language: String::new(),
                wait,
            };
            client.resend_code(request).await?;
        }
        OwnerReply::Nothing => {}
    }
    Ok(())
}

impl Keyboard {
    pub(super) fn new() -> Self {
        Self {
            lines: input::lines(),
        }
    }

    /// The next line; `None` at the end of the input.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}

impl Owner for NoOwner {
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        Ok(())
    }

    async fn answer(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
        std::future::pending().await
    }
}

impl Owner for Keyboard {
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        input::ask("  Code (or `sms` or `voice` for another one): ");
        Ok(())
    }

    async fn answer(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
        loop {
            let Some(line) = self.line().await else {
                return Ok(OwnerReply::Nothing);
            };
            if let Some(answer) = understand(&line) {
                return Ok(answer);
            }
            input::ask("  Code: ");
        }
    }
}

/// What a line from the keyboard means; `None` where it is empty.
pub(super) fn understand(line: &str) -> Option<OwnerReply> {
    match line.trim() {
        "" => None,
        "sms" => Some(OwnerReply::Another(CodeMethod::Sms)),
        "voice" => Some(OwnerReply::Another(CodeMethod::Voice)),
        code => Some(OwnerReply::Code(code.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake_service::FakeService;
    use super::super::out::Output;
    use super::*;

    /// Says these things, one after the other.
    struct Script(Vec<OwnerReply>);

    impl Owner for Script {
        fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
            Ok(())
        }

        async fn answer(&mut self, _: &Out) -> anyhow::Result<OwnerReply> {
            Ok(if self.0.is_empty() {
                OwnerReply::Nothing
            } else {
                self.0.remove(0)
            })
        }
    }

    async fn followed(service: &str, answers: Vec<OwnerReply>) -> State {
        let mut client = client::connect(&client::Address::of(service))
            .await
            .unwrap();
        let out = Out::new(Output::Json, true);
        follow(&mut client, &out, "mig_1", &mut Script(answers), None)
            .await
            .unwrap()
            .state()
    }

    fn code(digits: &str) -> OwnerReply {
        OwnerReply::Code(digits.to_owned())
    }

    #[test]
    fn a_line_is_a_code_or_asks_for_another() {
        assert_eq!(understand("  "), None);
        assert_eq!(understand("123-830"), Some(code("123-830")));
        assert_eq!(
            understand("voice"),
            Some(OwnerReply::Another(CodeMethod::Voice))
        );
        assert_eq!(
            understand("sms"),
            Some(OwnerReply::Another(CodeMethod::Sms))
        );
    }

    #[tokio::test]
    async fn a_number_is_followed_to_its_end_over_lost_connections() {
        let begun = [
            State::Running,
            State::Running,
            State::Running,
            State::WaitingForCode,
        ];
        let (service, address) =
            FakeService::serve(&begun, &[State::Running, State::Succeeded]).await;
        let answers = vec![
            OwnerReply::Another(CodeMethod::Voice),
            code("12"),
            code("123830"),
            code("999999"),
        ];
        assert_eq!(followed(&address, answers).await, State::Succeeded);
        let stage = service.stage.lock().unwrap();
        assert_eq!(
            (stage.codes.as_slice(), stage.resent),
            (["12".to_owned(), "123830".to_owned()].as_slice(), 1)
        );
        assert_eq!(
            stage.watched_after,
            [0, 2, 4, 6],
            "each connection goes on where the last one was lost"
        );
    }

    #[tokio::test]
    async fn following_ends_where_somebody_must_act() {
        let begun = [
            State::Running,
            State::ActionRequired,
            State::Running,
            State::ActionRequired,
        ];
        let (_, address) = FakeService::serve(&begun, &[]).await;
        assert_eq!(followed(&address, Vec::new()).await, State::ActionRequired);
        let (_, address) = FakeService::serve(&[State::WaitingForCode], &[]).await;
        assert_eq!(followed(&address, Vec::new()).await, State::WaitingForCode);
    }
}
