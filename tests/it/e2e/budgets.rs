//! Budgets and cooldowns: counted in the store over all migrations of one number of a tenant, so
//! that neither a restart nor a new migration resets them.

use jiff::{SignedDuration, Timestamp};
use sandbox::Call;
use tonic::{Code, Status};
use waba_migrator::proto::v1::{Budget, CodeMethod, GraphCall, Migration, State};

use super::endings::everywhere;
use crate::support::service::{ServiceHarness, digits, reason, refusal};

/// A number for which Meta rejects every `register` call.
const NUMBER: &str = "+12025550159";
const WRONG_CODE: &str = "000000";

const SETTINGS: [(&str, &str); 3] = [
    ("code.cooldown", "60s"),
    ("code.requests", "2"),
    ("code.checks", "2"),
];

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The time at which a refused command is allowed, from its `RetryInfo`.
fn refused(service: &ServiceHarness, answer: Result<Migration, Status>, why: &str) -> Timestamp {
    let (code, reason, details) = refusal(answer);
    assert_eq!((code, reason.as_str()), (Code::ResourceExhausted, why));
    let after = details.retry_info().unwrap().retry_delay.unwrap();
    service.clock.now() + SignedDuration::try_from(after).unwrap()
}

/// The time at which the next call of this kind is allowed.
fn next_allowed(migration: &Migration, call: GraphCall) -> Timestamp {
    let mut budgets = migration.budgets.iter();
    let budget: &Budget = budgets.find(|budget| budget.call() == call).unwrap();
    let at = budget.next_allowed_at.unwrap();
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

/// The times of the calls of this kind that reached Meta.
fn made(service: &ServiceHarness, call: Call) -> Vec<Timestamp> {
    let entries = service.sandbox.ledger().into_iter();
    let of_the_call = entries.filter(|entry| entry.call == call);
    of_the_call.map(|entry| entry.at).collect()
}

async fn migrate(service: &ServiceHarness, request_id: &str) -> Migration {
    let asked = service.migrate_with(NUMBER, |request| request.request_id = request_id.to_owned());
    asked.await.unwrap()
}

#[tokio::test]
async fn neither_a_restart_nor_another_migration_resets_the_budget_of_codes() {
    everywhere(&SETTINGS, async |service, ending| {
        let first = migrate(service, "first").await;
        let deadline = first.next_action.unwrap().deadline;
        ending.and_restart(service).await;
        let again = service.status(&first.id).await;
        assert_eq!(again.next_action.unwrap().deadline, deadline);
        let resent = service.resend(&first.id, CodeMethod::Voice).await;
        let cooled = refused(service, resent, "CODE_COOLDOWN");
        let requested = made(service, Call::RequestCode);
        assert!(near(cooled, requested[0] + SECOND * 60), "{cooled}");

        ending.and_restart_after(SECOND * 60, service).await;
        let resent = service.resend(&first.id, CodeMethod::Voice).await.unwrap();
        assert_eq!(resent.state(), State::WaitingForCode);
        ending.and_restart_after(HOUR, service).await;
        let resent = service.resend(&first.id, CodeMethod::Voice).await;
        let refilled = refused(service, resent, "CODE_REQUESTS_SPENT");
        assert!(near(refilled, requested[0] + HOUR * 24), "{refilled}");
        let old = service.status(&first.id).await.next_action.unwrap();
        assert!(old.instruction.contains("too old"), "{old:?}");

        for _ in 0..2 {
            let rejected = service.submit(&first.id, WRONG_CODE).await.unwrap();
            assert_eq!(reason(rejected.fault.as_ref()), "CODE_REJECTED");
            ending.and_restart(service).await;
        }
        let submitted = service.submit(&first.id, WRONG_CODE).await;
        let until = refused(service, submitted, "CODE_CHECKS_SPENT");
        let checked = made(service, Call::VerifyCode);
        assert!(near(until, checked[0] + HOUR * 12), "{until}");

        service.cancel(&first.id).await.unwrap();
        let second = migrate(service, "second").await;
        assert_eq!(second.state(), State::Running);
        assert_eq!(reason(second.fault.as_ref()), "CODE_REQUESTS_SPENT");
        assert!(near(
            next_allowed(&second, GraphCall::RequestCode),
            refilled
        ));
        assert!(near(next_allowed(&second, GraphCall::VerifyCode), until));
        let ahead = refilled.duration_since(service.clock.now());
        ending.and_restart_after(ahead - SECOND, service).await;
        // After a day, a person has to confirm before a code is requested.
        let asked = service
            .until(&second.id, |found| found.state() != State::Running)
            .await;
        assert_eq!(asked.state(), State::ActionRequired, "{asked:#?}");
        assert_eq!(made(service, Call::RequestCode).len(), 2);
        service.resume(&second.id).await.unwrap();
        let waiting = service.settled(&second.id).await;
        assert_eq!(waiting.state(), State::WaitingForCode, "{waiting:#?}");
        let requested = made(service, Call::RequestCode);
        assert_eq!(requested.len(), 3);
        assert!(
            requested[2] + SECOND >= requested[0] + HOUR * 24,
            "{requested:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn neither_a_restart_nor_another_migration_resets_the_budget_of_register_calls() {
    everywhere(&[], async |service, ending| {
        let first = migrate(service, "first").await;
        let code = service.code(NUMBER).unwrap();
        service.submit(&first.id, &code).await.unwrap();
        for calls in 1..=8 {
            let asked = service.settled(&first.id).await;
            assert_eq!(asked.state(), State::ActionRequired);
            assert_eq!(made(service, Call::Register).len(), calls);
            if calls % 3 == 0 {
                ending.and_restart_after(HOUR, service).await;
            }
            service.resume(&first.id).await.unwrap();
        }
        let spent = |found: &Migration| reason(found.fault.as_ref()) == "REGISTER_BUDGET_SPENT";
        service.until(&first.id, spent).await;
        service.cancel(&first.id).await.unwrap();
        // Calls of removed migrations count as well.
        service.delete(&first.id).await.unwrap();

        ending.and_restart_after(HOUR, service).await;
        let second = migrate(service, "second").await;
        service.until(&second.id, spent).await;
        service.sandbox.fix_number(digits(NUMBER));
        let registered = made(service, Call::Register);
        let refilled = registered[0] + HOUR * 72;
        assert!(near(next_allowed(&second, GraphCall::Register), refilled));
        let ahead = refilled.duration_since(service.clock.now());
        ending.and_restart_after(ahead - SECOND, service).await;
        let moved = service.settled(&second.id).await;
        assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
        let registered = made(service, Call::Register);
        assert_eq!(registered.len(), 9);
        // The budget starts when the intent is recorded, shortly before the call arrives.
        assert!(
            near(registered[8], registered[0] + HOUR * 72),
            "{registered:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_block_of_code_checks_by_meta_survives_a_restart() {
    const LOCKED: &str = "+12025550107";
    everywhere(&[], async |service, ending| {
        let migration = service.migrate(LOCKED).await;
        let code = service.code(LOCKED).unwrap();
        let refused_at = service.clock.now();
        let locked = service.submit(&migration.id, &code).await.unwrap();
        assert_eq!(reason(locked.fault.as_ref()), "CODE_GUESSED_TOO_OFTEN");
        ending.and_restart_after(HOUR * 11, service).await;
        let submitted = service.submit(&migration.id, &code).await;
        let until = refused(service, submitted, "CODE_CHECKS_SPENT");
        assert!(near(until, refused_at + HOUR * 12), "{until}");
        assert_eq!(made(service, Call::VerifyCode).len(), 1);
        ending.and_restart_after(HOUR, service).await;
        service.submit(&migration.id, &code).await.unwrap();
        assert_eq!(made(service, Call::VerifyCode).len(), 2);
    })
    .await;
}

/// Whether two times are equal, with a tolerance for a busy machine.
fn near(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() < SECOND * 10
}
