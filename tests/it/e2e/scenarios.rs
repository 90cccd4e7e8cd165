//! Each scenario number and account of the sandbox, driven to its documented end by people who do what they are asked.

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use sandbox::scenario::{self, End};
use waba_migrator::proto::v1::{Actor, CodeMethod, Migration, State};

use super::stack::Stack;

/// The state that a row of the sandbox's tables speaks of.
fn state(end: End) -> State {
    match end {
        End::Succeeded => State::Succeeded,
        End::Running => State::Running,
        End::WaitingForCode => State::WaitingForCode,
        End::ActionRequired => State::ActionRequired,
        End::Failed => State::Failed,
        other => panic!("{other:?} is not known here"),
    }
}

fn actor(named: scenario::Actor) -> Actor {
    match named {
        scenario::Actor::Caller => Actor::Caller,
        scenario::Actor::NumberOwner => Actor::NumberOwner,
        scenario::Actor::SourceProvider => Actor::SourceProvider,
        scenario::Actor::DestinationAdmin => Actor::DestinationAdmin,
        scenario::Actor::Meta => Actor::Meta,
        scenario::Actor::Operator => Actor::Operator,
        other => panic!("{other:?} is not known here"),
    }
}

/// Who is asked: by the fault where there is one that says, else by the next action.
fn asked(migration: &Migration) -> Actor {
    let by_fault = migration
        .fault
        .as_ref()
        .and_then(|fault| fault.remedies.first());
    match (migration.state(), by_fault) {
        (State::ActionRequired | State::Failed | State::Running, Some(remedy)) => remedy.actor(),
        _ => migration.next_action.as_ref().unwrap().actor(),
    }
}

/// Hands in every code that arrives, until nothing new does or the migration stops. A pause of minutes is not sat out:
/// the clock is moved.
async fn drive(stack: &Stack, migration: &Migration, number: &str) -> Migration {
    let mut handed_in = 0;
    loop {
        let found = stack
            .until(&migration.id, |found| {
                found.state() != State::Running || pause(stack, found) > LONG
            })
            .await;
        if found.state() == State::Running {
            if reason(&found) == "REGISTER_LIMIT_REACHED" {
                return found;
            }
            stack.clock.advance(pause(stack, &found));
            continue;
        }
        let codes = stack.sandbox.messages(super::stack::digits(number));
        let again =
            matches!(reason(&found), "CODE_REJECTED" | "CODE_CHECK_UNCERTAIN") && handed_in < 3;
        match codes.last() {
            Some(newest)
                if found.state() == State::WaitingForCode && (codes.len() > handed_in || again) =>
            {
                handed_in = if again { handed_in + 1 } else { codes.len() };
                let code = newest.code.clone();
                if stack.submit(&found.id, &code).await.is_err() {
                    return found;
                }
            }
            _ => return found,
        }
    }
}

/// Longer pauses are not sat out.
const LONG: SignedDuration = SignedDuration::from_secs(5);

/// How long the service will do nothing by itself.
fn pause(stack: &Stack, migration: &Migration) -> SignedDuration {
    let deadline = migration
        .next_action
        .as_ref()
        .and_then(|next| next.deadline);
    deadline.map_or(SignedDuration::ZERO, |at| {
        Timestamp::from_second(at.seconds + 1)
            .unwrap()
            .duration_since(stack.clock.now())
    })
}

fn reason(migration: &Migration) -> &str {
    super::stack::reason(migration.fault.as_ref())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_scenario_number_ends_as_it_is_documented() {
    // Each with a service, a sandbox and a clock of its own, a few at a time.
    let driven: Vec<_> = stream::iter(scenario::all())
        .map(drive_number)
        .buffer_unordered(6)
        .collect()
        .await;
    let wrong: Vec<String> = driven.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn drive_number(row: &scenario::Scenario) -> Result<(), String> {
    let stack = &Stack::start().await;
    let name = format!("{} {}", row.number, row.name);
    let started = stack.migrate(row.number).await;
    let ended = drive(stack, &started, row.number).await;
    let told = format!(
        "{name}: {:?} {} {:?}",
        ended.state(),
        reason(&ended),
        asked(&ended)
    );
    if ended.state() != state(row.ends_as)
        || row.actor.is_some_and(|named| asked(&ended) != actor(named))
    {
        return Err(format!("{told}, and not {:?} {:?}", row.ends_as, row.actor));
    }
    // Whatever was amiss is fixed by whoever was asked; then the number moves.
    if matches!(row.ends_as, End::ActionRequired | End::WaitingForCode) {
        stack.sandbox.fix_number(super::stack::digits(row.number));
        let ended = match row.ends_as {
            End::ActionRequired => {
                stack
                    .resume(&started.id)
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                drive(stack, &started, row.number).await
            }
            _ if reason(&ended) == "CODE_GUESSED_TOO_OFTEN" => return Ok(()),
            _ => {
                stack
                    .resend(&started.id, CodeMethod::Voice)
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                drive(stack, &started, row.number).await
            }
        };
        if ended.state() != State::Succeeded {
            return Err(format!(
                "{name}: after the fix {:?} {} {:?}",
                ended.state(),
                reason(&ended),
                asked(&ended)
            ));
        }
    }
    let effective = |call: &str| {
        stack
            .effective(row.number)
            .iter()
            .filter(|made| *made == call)
            .count()
    };
    if effective("add_number") > 1 || effective("register") > 1 {
        return Err(format!(
            "{name}: a call took effect twice: {:?}",
            stack.effective(row.number)
        ));
    }
    let registers = stack
        .attempted(row.number)
        .iter()
        .filter(|made| *made == "register")
        .count();
    if registers > 8 {
        return Err(format!("{name}: {registers} register calls"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_scenario_account_ends_as_it_is_documented() {
    let stack = Stack::start().await;
    let mut wrong = Vec::new();
    for (row, last) in scenario::account::ALL.iter().zip(200..) {
        // Numbers of another provider, so that only the account can be amiss.
        let number = format!("+1303555{last:04}");
        stack.sandbox.place_number(super::stack::digits(&number));
        let started = stack
            .migrate_with(&number, |request| {
                request.destination_waba_id = row.id.to_owned();
            })
            .await
            .unwrap();
        let ended = drive(&stack, &started, &number).await;
        let as_documented = ended.state() == state(row.ends_as)
            && row.actor.is_none_or(|named| asked(&ended) == actor(named));
        if !as_documented {
            wrong.push(format!(
                "{} {}: {:?} {} {:?}",
                row.id,
                row.name,
                ended.state(),
                reason(&ended),
                asked(&ended)
            ));
        }
        if row.ends_as == End::ActionRequired {
            stack.sandbox.fix_account(row.id);
            stack.resume(&started.id).await.unwrap();
            let ended = drive(&stack, &started, &number).await;
            if ended.state() != State::Succeeded {
                wrong.push(format!(
                    "{} {} after the fix: {:?} {}",
                    row.id,
                    row.name,
                    ended.state(),
                    reason(&ended)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
