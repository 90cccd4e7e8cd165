//! Budgets and cooldowns: counted from what the store holds, over all of a tenant's migrations of one number, so that
//! neither a restart nor a new migration makes room in them.

use jiff::{SignedDuration, Timestamp};
use sandbox::Call;
use tonic::{Code, Status};
use waba_migrator::proto::v1::{Budget, CodeMethod, GraphCall, Migration, State};

use super::endings::everywhere;
use super::stack::{Stack, digits, reason, refusal};

/// `register` is refused there every time.
const NUMBER: &str = "+12025550159";
const WRONG_CODE: &str = "000000";

const SETTINGS: [(&str, &str); 3] = [
    ("code.cooldown", "60s"),
    ("code.requests", "2"),
    ("code.checks", "2"),
];

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// When a refused command may be given, by its `RetryInfo`.
fn refused(stack: &Stack, answer: Result<Migration, Status>, why: &str) -> Timestamp {
    let (code, told, details) = refusal(answer);
    assert_eq!((code, told.as_str()), (Code::ResourceExhausted, why));
    let after = details.retry_info().unwrap().retry_delay.unwrap();
    stack.clock.now() + SignedDuration::try_from(after).unwrap()
}

/// When the next of these calls may be made.
fn next_allowed(migration: &Migration, call: GraphCall) -> Timestamp {
    let mut budgets = migration.budgets.iter();
    let budget: &Budget = budgets.find(|budget| budget.call() == call).unwrap();
    let at = budget.next_allowed_at.unwrap();
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

/// When the calls were made that reached Meta.
fn made(stack: &Stack, call: Call) -> Vec<Timestamp> {
    let entries = stack.sandbox.ledger().into_iter();
    let of_the_call = entries.filter(|entry| entry.call == call);
    of_the_call.map(|entry| entry.at).collect()
}

async fn migrate(stack: &Stack, request_id: &str) -> Migration {
    let asked = stack.migrate_with(NUMBER, |request| request.request_id = request_id.to_owned());
    asked.await.unwrap()
}

#[tokio::test]
async fn neither_a_restart_nor_another_migration_makes_room_for_a_code() {
    everywhere(&SETTINGS, async |stack, ending| {
        let first = migrate(stack, "first").await;
        let deadline = first.next_action.unwrap().deadline;
        ending.and_restart(stack).await;
        let again = stack.status(&first.id).await;
        assert_eq!(again.next_action.unwrap().deadline, deadline);
        let resent = stack.resend(&first.id, CodeMethod::Voice).await;
        let cooled = refused(stack, resent, "CODE_COOLDOWN");
        let requested = made(stack, Call::RequestCode);
        assert!(near(cooled, requested[0] + SECOND * 60), "{cooled}");

        ending.and_restart_after(SECOND * 60, stack).await;
        let resent = stack.resend(&first.id, CodeMethod::Voice).await.unwrap();
        assert_eq!(resent.state(), State::WaitingForCode);
        ending.and_restart_after(HOUR, stack).await;
        let resent = stack.resend(&first.id, CodeMethod::Voice).await;
        let refilled = refused(stack, resent, "CODE_REQUESTS_SPENT");
        assert!(near(refilled, requested[0] + HOUR * 24), "{refilled}");
        let old = stack.status(&first.id).await.next_action.unwrap();
        assert!(old.instruction.contains("too old"), "{old:?}");

        for _ in 0..2 {
            let rejected = stack.submit(&first.id, WRONG_CODE).await.unwrap();
            assert_eq!(reason(rejected.fault.as_ref()), "CODE_REJECTED");
            ending.and_restart(stack).await;
        }
        let submitted = stack.submit(&first.id, WRONG_CODE).await;
        let until = refused(stack, submitted, "CODE_CHECKS_SPENT");
        let checked = made(stack, Call::VerifyCode);
        assert!(near(until, checked[0] + HOUR * 12), "{until}");

        stack.cancel(&first.id).await.unwrap();
        let second = migrate(stack, "second").await;
        assert_eq!(second.state(), State::Running);
        assert_eq!(reason(second.fault.as_ref()), "CODE_REQUESTS_SPENT");
        assert!(near(
            next_allowed(&second, GraphCall::RequestCode),
            refilled
        ));
        assert!(near(next_allowed(&second, GraphCall::VerifyCode), until));
        let ahead = refilled.duration_since(stack.clock.now());
        ending.and_restart_after(ahead - SECOND, stack).await;
        // No one waits for a code a day later: a person is asked first.
        let asked = stack
            .until(&second.id, |found| found.state() != State::Running)
            .await;
        assert_eq!(asked.state(), State::ActionRequired, "{asked:#?}");
        assert_eq!(made(stack, Call::RequestCode).len(), 2);
        stack.resume(&second.id).await.unwrap();
        let waiting = stack.settled(&second.id).await;
        assert_eq!(waiting.state(), State::WaitingForCode, "{waiting:#?}");
        let requested = made(stack, Call::RequestCode);
        assert_eq!(requested.len(), 3);
        assert!(
            requested[2] + SECOND >= requested[0] + HOUR * 24,
            "{requested:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn neither_a_restart_nor_another_migration_makes_room_for_a_register_call() {
    everywhere(&[], async |stack, ending| {
        let first = migrate(stack, "first").await;
        let code = stack.code(NUMBER).unwrap();
        stack.submit(&first.id, &code).await.unwrap();
        for calls in 1..=8 {
            let asked = stack.settled(&first.id).await;
            assert_eq!(asked.state(), State::ActionRequired);
            assert_eq!(made(stack, Call::Register).len(), calls);
            if calls % 3 == 0 {
                ending.and_restart_after(HOUR, stack).await;
            }
            stack.resume(&first.id).await.unwrap();
        }
        let spent = |found: &Migration| reason(found.fault.as_ref()) == "REGISTER_BUDGET_SPENT";
        stack.until(&first.id, spent).await;
        stack.cancel(&first.id).await.unwrap();
        // What was removed is counted as well.
        stack.delete(&first.id).await.unwrap();

        ending.and_restart_after(HOUR, stack).await;
        let second = migrate(stack, "second").await;
        stack.until(&second.id, spent).await;
        stack.sandbox.fix_number(digits(NUMBER));
        let registered = made(stack, Call::Register);
        let refilled = registered[0] + HOUR * 72;
        assert!(near(next_allowed(&second, GraphCall::Register), refilled));
        let ahead = refilled.duration_since(stack.clock.now());
        ending.and_restart_after(ahead - SECOND, stack).await;
        let moved = stack.settled(&second.id).await;
        assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
        let registered = made(stack, Call::Register);
        assert_eq!(registered.len(), 9);
        // The budget counts from when the intent was recorded, a moment before the call arrived.
        assert!(
            near(registered[8], registered[0] + HOUR * 72),
            "{registered:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_time_until_which_meta_takes_no_codes_outlives_the_process() {
    const LOCKED: &str = "+12025550107";
    everywhere(&[], async |stack, ending| {
        let migration = stack.migrate(LOCKED).await;
        let code = stack.code(LOCKED).unwrap();
        let refused_at = stack.clock.now();
        let locked = stack.submit(&migration.id, &code).await.unwrap();
        assert_eq!(reason(locked.fault.as_ref()), "CODE_GUESSED_TOO_OFTEN");
        ending.and_restart_after(HOUR * 11, stack).await;
        let submitted = stack.submit(&migration.id, &code).await;
        let until = refused(stack, submitted, "CODE_CHECKS_SPENT");
        assert!(near(until, refused_at + HOUR * 12), "{until}");
        assert_eq!(made(stack, Call::VerifyCode).len(), 1);
        ending.and_restart_after(HOUR, stack).await;
        stack.submit(&migration.id, &code).await.unwrap();
        assert_eq!(made(stack, Call::VerifyCode).len(), 2);
    })
    .await;
}

/// Whether two times are the same but for what a busy machine makes of them.
fn near(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() < SECOND * 10
}
