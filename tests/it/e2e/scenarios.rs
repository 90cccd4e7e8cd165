//! Every scenario number and account of the sandbox reaches its documented end.

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use sandbox::scenario::{self, End};
use waba_migrator::proto::v1::{Actor, CodeMethod, Migration, State};

use crate::support::service::ServiceHarness;

/// The state that a row of the tables of the sandbox names.
fn state(end: End) -> State {
    match end {
        End::Succeeded => State::Succeeded,
        End::Running => State::Running,
        End::WaitingForCode => State::WaitingForCode,
        End::ActionRequired => State::ActionRequired,
        End::Failed => State::Failed,
        other => panic!("unknown: {other:?}"),
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
        other => panic!("unknown: {other:?}"),
    }
}

/// The actor who has to act: from the fault if it has remedies, otherwise from the next action.
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

/// Submits every code that arrives, until no new one does or the migration stops. Moves the clock
/// forward over long pauses.
async fn drive(service: &ServiceHarness, migration: &Migration, number: &str) -> Migration {
    let mut submitted = 0;
    loop {
        let found = service
            .until(&migration.id, |found| {
                found.state() != State::Running || pause(service, found) > LONG
            })
            .await;
        if found.state() == State::Running {
            if reason(&found) == "REGISTER_LIMIT_REACHED" {
                return found;
            }
            service.clock.advance(pause(service, &found));
            continue;
        }
        let codes = service
            .sandbox
            .messages(crate::support::service::digits(number));
        let again =
            matches!(reason(&found), "CODE_REJECTED" | "CODE_CHECK_UNCERTAIN") && submitted < 3;
        match codes.last() {
            Some(newest)
                if found.state() == State::WaitingForCode && (codes.len() > submitted || again) =>
            {
                submitted = if again { submitted + 1 } else { codes.len() };
                let code = newest.code.clone();
                if service.submit(&found.id, &code).await.is_err() {
                    return found;
                }
            }
            _ => return found,
        }
    }
}

/// Longer pauses are skipped.
const LONG: SignedDuration = SignedDuration::from_secs(5);

/// Time until the service acts by itself.
fn pause(service: &ServiceHarness, migration: &Migration) -> SignedDuration {
    let deadline = migration
        .next_action
        .as_ref()
        .and_then(|next| next.deadline);
    deadline.map_or(SignedDuration::ZERO, |at| {
        Timestamp::from_second(at.seconds + 1)
            .unwrap()
            .duration_since(service.clock.now())
    })
}

fn reason(migration: &Migration) -> &str {
    crate::support::service::reason(migration.fault.as_ref())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_scenario_number_ends_as_documented() {
    // Each with its own service, sandbox and clock.
    let driven: Vec<_> = stream::iter(scenario::all())
        .map(drive_number)
        .buffer_unordered(6)
        .collect()
        .await;
    let wrong: Vec<String> = driven.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn drive_number(row: &scenario::Scenario) -> Result<(), String> {
    let service = &ServiceHarness::start().await;
    let name = format!("{} {}", row.number, row.name);
    let started = service.migrate(row.number).await;
    let ended = drive(service, &started, row.number).await;
    let result = format!(
        "{name}: {:?} {} {:?}",
        ended.state(),
        reason(&ended),
        asked(&ended)
    );
    if ended.state() != state(row.ends_as)
        || row.actor.is_some_and(|named| asked(&ended) != actor(named))
    {
        return Err(format!(
            "{result}, expected {:?} {:?}",
            row.ends_as, row.actor
        ));
    }
    // Once the problem is fixed, the number moves.
    if matches!(row.ends_as, End::ActionRequired | End::WaitingForCode) {
        service
            .sandbox
            .fix_number(crate::support::service::digits(row.number));
        let ended = match row.ends_as {
            End::ActionRequired => {
                service
                    .resume(&started.id)
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                drive(service, &started, row.number).await
            }
            _ if reason(&ended) == "CODE_GUESSED_TOO_OFTEN" => return Ok(()),
            _ => {
                service
                    .resend(&started.id, CodeMethod::Voice)
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                drive(service, &started, row.number).await
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
        service
            .effective(row.number)
            .iter()
            .filter(|made| *made == call)
            .count()
    };
    if effective("add_number") > 1 || effective("register") > 1 {
        return Err(format!(
            "{name}: a call took effect twice: {:?}",
            service.effective(row.number)
        ));
    }
    let registers = service
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
async fn each_scenario_account_ends_as_documented() {
    let service = ServiceHarness::start().await;
    let mut wrong = Vec::new();
    for (row, last) in scenario::account::ALL.iter().zip(200..) {
        // Numbers of another provider, so that only the account has problems.
        let number = format!("+1303555{last:04}");
        service
            .sandbox
            .place_number(crate::support::service::digits(&number));
        let started = service
            .migrate_with(&number, |request| {
                request.destination_waba_id = row.id.to_owned();
            })
            .await
            .unwrap();
        let ended = drive(&service, &started, &number).await;
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
            service.sandbox.fix_account(row.id);
            service.resume(&started.id).await.unwrap();
            let ended = drive(&service, &started, &number).await;
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
