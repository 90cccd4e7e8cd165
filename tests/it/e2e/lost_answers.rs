//! Answers that are lost: each scenario ends well, with exactly one effective call.

use sandbox::{Call, Fault, Kind};
use waba_migrator::proto::v1::State;

use super::stack::{Stack, digits};

const ONCE_EACH: [&str; 4] = ["add_number", "request_code", "verify_code", "register"];

#[tokio::test]
async fn an_answer_that_is_lost_after_the_call_was_done_never_makes_it_happen_twice() {
    let stack = Stack::start().await;
    for number in [
        "+12025550170",
        "+12025550171",
        "+12025550172",
        "+12025550173",
    ] {
        let waiting = stack.migrate(number).await;
        assert_eq!(waiting.state(), State::WaitingForCode, "{number}");
        stack
            .submit(&waiting.id, &stack.code(number).unwrap())
            .await
            .unwrap();
        let ended = stack.settled(&waiting.id).await;
        assert_eq!(ended.state(), State::Succeeded, "{number}: {ended:#?}");
        assert_eq!(
            stack.attempted(number),
            ONCE_EACH,
            "{number}: each call was made once, and took effect once"
        );
    }
}

#[tokio::test]
async fn a_register_call_that_is_slower_than_our_patience_is_found_and_not_repeated() {
    let stack = Stack::with(&[("engine.register_settles", "5s")]).await;
    let number = "+12025550193";
    // Done at once, answered after our time-out.
    stack.sandbox.inject(
        Fault::new(Kind::Delay { delay_ms: 3000 })
            .on_number(digits(number))
            .on_call(Call::Register),
    );
    let waiting = stack.migrate(number).await;
    stack
        .submit(&waiting.id, &stack.code(number).unwrap())
        .await
        .unwrap();
    let ended = stack.settled(&waiting.id).await;
    assert_eq!(ended.state(), State::Succeeded);
    assert_eq!(stack.attempted(number), ONCE_EACH);
}

#[tokio::test]
async fn reads_that_fail_at_every_turn_only_delay_a_migration() {
    let stack = Stack::start().await;
    let number = "+12025550194";
    for call in [Call::ReadObject, Call::ListNumbers, Call::ListApps] {
        for kind in [
            Kind::LostResponse,
            Kind::Html,
            Kind::Empty,
            Kind::BrokenJson,
        ] {
            stack.sandbox.inject(Fault::new(kind).on_call(call));
        }
    }
    let waiting = stack.migrate(number).await;
    let waiting = stack.settled(&waiting.id).await;
    assert_eq!(waiting.state(), State::WaitingForCode, "{waiting:#?}");
    stack
        .submit(&waiting.id, &stack.code(number).unwrap())
        .await
        .unwrap();
    assert_eq!(stack.settled(&waiting.id).await.state(), State::Succeeded);
    assert_eq!(stack.attempted(number), ONCE_EACH);
}
