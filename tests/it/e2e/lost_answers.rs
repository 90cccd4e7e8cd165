//! Lost responses of Meta: every migration succeeds, and each call takes effect once.

use sandbox::{Call, Fault, Kind};
use waba_migrator::proto::v1::State;

use crate::support::service::{ServiceHarness, digits};

const ONCE_EACH: [&str; 4] = ["add_number", "request_code", "verify_code", "register"];

#[tokio::test]
async fn a_call_with_a_lost_response_takes_effect_once() {
    let service = ServiceHarness::start().await;
    for number in [
        "+12025550170",
        "+12025550171",
        "+12025550172",
        "+12025550173",
    ] {
        let waiting = service.migrate(number).await;
        assert_eq!(waiting.state(), State::WaitingForCode, "{number}");
        service
            .submit(&waiting.id, &service.code(number).unwrap())
            .await
            .unwrap();
        let ended = service.settled(&waiting.id).await;
        assert_eq!(ended.state(), State::Succeeded, "{number}: {ended:#?}");
        assert_eq!(
            service.attempted(number),
            ONCE_EACH,
            "{number}: each call was made once, and took effect once"
        );
    }
}

#[tokio::test]
async fn a_register_call_that_times_out_is_found_and_not_repeated() {
    let service = ServiceHarness::with(&[("engine.register_settles", "5s")]).await;
    let number = "+12025550193";
    // Meta acts at once and responds after the timeout.
    service.sandbox.inject(
        Fault::new(Kind::Delay { delay_ms: 3000 })
            .on_number(digits(number))
            .on_call(Call::Register),
    );
    let waiting = service.migrate(number).await;
    service
        .submit(&waiting.id, &service.code(number).unwrap())
        .await
        .unwrap();
    let ended = service.settled(&waiting.id).await;
    assert_eq!(ended.state(), State::Succeeded);
    assert_eq!(service.attempted(number), ONCE_EACH);
}

#[tokio::test]
async fn failing_reads_only_delay_a_migration() {
    let service = ServiceHarness::start().await;
    let number = "+12025550194";
    for call in [Call::ReadObject, Call::ListNumbers, Call::ListApps] {
        for kind in [
            Kind::LostResponse,
            Kind::Html,
            Kind::Empty,
            Kind::BrokenJson,
        ] {
            service.sandbox.inject(Fault::new(kind).on_call(call));
        }
    }
    let waiting = service.migrate(number).await;
    let waiting = service.settled(&waiting.id).await;
    assert_eq!(waiting.state(), State::WaitingForCode, "{waiting:#?}");
    service
        .submit(&waiting.id, &service.code(number).unwrap())
        .await
        .unwrap();
    assert_eq!(service.settled(&waiting.id).await.state(), State::Succeeded);
    assert_eq!(service.attempted(number), ONCE_EACH);
}
