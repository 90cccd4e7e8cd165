//! The limiter: limits, growing pauses, and slots that are left for others.

use super::*;
use crate::config::Config;

const WABA: &str = "104996122399160";
const OTHER: &str = "105000000000001";
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn limits() -> CallLimits {
    Config::defaults().graph.limits
}

fn waba(id: &str) -> WabaId {
    id.parse().unwrap()
}

fn of(waba: &WabaId) -> LimitScope<'_> {
    LimitScope {
        waba: Some(waba),
        ..LimitScope::default()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn reads(limiter: &Limiter, times: u32, second: i64) -> Result<(), Fault> {
    for _ in 0..times {
        limiter.acquire(of(&waba(WABA)), true, at(second)).await?;
    }
    Ok(())
}

#[test]
fn a_waba_at_metas_limit_is_paused_for_the_named_time() {
    let limiter = Limiter::new(limits());
    let mut fault =
        Fault::of(Reason::AccountRateLimited).with_retry_after(Some(SignedDuration::from_secs(90)));
    limiter.record(&Usage::default(), of(&waba(WABA)), Some(&mut fault), NOW);
    assert_eq!(limiter.paused_until(&waba(WABA), NOW), Some(at(90)));
    assert_eq!(limiter.paused_until(&waba(WABA), at(90)), None);
    assert_eq!(limiter.paused_until(&waba(OTHER), NOW), None);
}

#[tokio::test]
async fn pauses_at_a_limit_grow_and_a_few_reads_probe_whether_it_has_passed() {
    let limiter = Limiter::new(limits());
    let refused = |second| {
        let mut fault = Fault::of(Reason::AccountRateLimited);
        limiter.record(
            &Usage::default(),
            of(&waba(WABA)),
            Some(&mut fault),
            at(second),
        );
        fault.retry_after.unwrap().as_secs()
    };
    assert_eq!(refused(0), 300);
    assert_eq!(refused(1), 299, "a call that was under way");
    assert!(
        reads(&limiter, 1, 200).await.is_err(),
        "not before the pause is over"
    );
    assert!(reads(&limiter, 4, 300).await.is_ok());
    let waits = reads(&limiter, 1, 300).await.unwrap_err();
    assert_eq!(waits.retry_after, Some(SignedDuration::from_secs(30)));
    assert_eq!(refused(301), 600);
    assert_eq!(refused(901), 1_200);
    assert!(reads(&limiter, 1, 2_101).await.is_ok());
    limiter.record(&Usage::default(), of(&waba(WABA)), None, at(2_101));
    assert!(
        reads(&limiter, 50, 2_101).await.is_ok(),
        "Meta answers again"
    );
    assert_eq!(refused(2_102), 300);
}

#[tokio::test]
async fn a_fresh_waba_is_read_no_more_than_its_hourly_limit_allows() {
    let limiter = Limiter::new(limits());
    reads(&limiter, 190, 0).await.unwrap();
    let refused = reads(&limiter, 1, 60).await.unwrap_err();
    assert_eq!(refused.reason, Reason::AccountRateLimited);
    assert_eq!(
        refused.retry_after,
        Some(SignedDuration::from_mins(59)),
        "until the hour of the first is over"
    );
    assert_eq!(limiter.paused_until(&waba(WABA), at(60)), Some(at(3600)));
    let written = limiter.acquire(of(&waba(WABA)), false, at(60)).await;
    assert!(written.is_ok(), "changing calls are not counted");
    assert!(
        limiter
            .acquire(of(&waba(OTHER)), true, at(60))
            .await
            .is_ok()
    );
    reads(&limiter, 190, 3600).await.unwrap();
}

#[tokio::test]
async fn a_counted_changing_call_reduces_the_reads_and_is_never_refused() {
    let limiter = Limiter::new(limits());
    reads(&limiter, 189, 0).await.unwrap();
    for _ in 0..2 {
        limiter.count(of(&waba(WABA)), NOW);
    }
    assert!(reads(&limiter, 1, 1).await.is_err());
    assert!(limiter.acquire(of(&waba(WABA)), false, at(1)).await.is_ok());
}

#[tokio::test]
async fn a_waba_with_a_number_may_be_read_more() {
    let limiter = Limiter::new(limits());
    reads(&limiter, 190, 0).await.unwrap();
    limiter.has_number(&waba(WABA), NOW);
    reads(&limiter, 4_500, 1).await.unwrap();
    assert!(reads(&limiter, 500, 1).await.is_err());
}

#[tokio::test]
async fn a_busy_waba_leaves_slots_for_others() {
    let limiter = Limiter::new(CallLimits {
        calls: 3,
        calls_per_waba: 2,
        ..limits()
    });
    let enter = |id| {
        let waba = waba(id);
        let limiter = &limiter;
        async move { limiter.acquire(of(&waba), true, NOW).await.unwrap() }
    };
    let held = (enter(WABA).await, enter(WABA).await);
    let mut third = Box::pin(enter(WABA));
    assert!(futures_util::poll!(&mut third).is_pending());
    let other = enter(OTHER).await;
    let mut fourth = Box::pin(enter(OTHER));
    assert!(futures_util::poll!(&mut fourth).is_pending(), "all taken");
    drop(held);
    let _passes = (third.await, fourth.await);
    drop(other);
}

#[tokio::test]
async fn a_busy_tenant_leaves_slots_for_others() {
    let limiter = Limiter::new(CallLimits {
        calls: 3,
        calls_per_tenant: 2,
        ..limits()
    });
    let enter = |tenant: &'static str, waba_id| {
        let (tenant, waba, limiter) = (tenant.parse().unwrap(), waba(waba_id), &limiter);
        async move {
            let tenant = Some(&tenant);
            let whose = LimitScope {
                tenant,
                ..of(&waba)
            };
            limiter.acquire(whose, true, NOW).await.unwrap()
        }
    };
    let _held = (enter("acme", WABA).await, enter("acme", OTHER).await);
    let mut third = Box::pin(enter("acme", "105000000000002"));
    assert!(futures_util::poll!(&mut third).is_pending());
    let _other = enter("other", WABA).await;
}

#[tokio::test]
async fn wabas_are_counted_by_their_usage() {
    let limiter = Limiter::new(limits());
    let counted = |second| limiter.usage(at(second)).map(|(_, count)| count);
    assert_eq!(counted(0), [0; 5]);
    reads(&limiter, 96, 0).await.unwrap();
    limiter.pause(OTHER, SignedDuration::from_secs(10), NOW);
    assert_eq!(counted(0), [0, 1, 0, 0, 1], "half of its hour, and paused");
    let said = |percent| {
        let headers = format!(r#"{{"{WABA}":[{{"call_count":{percent}}}]}}"#);
        Usage::of_waba(&headers)
    };
    limiter.record(&said(90), of(&waba(WABA)), None, NOW);
    assert_eq!(counted(20), [1, 0, 1, 0, 0]);
    limiter.record(&said(10), of(&waba(WABA)), None, at(3_000));
    assert_eq!(counted(3_000), [1, 1, 0, 0, 0], "its own count stays");
    assert_eq!(counted(7_200), [2, 0, 0, 0, 0]);
}

#[test]
fn the_table_of_wabas_is_bounded() {
    let limiter = Limiter::new(limits());
    let pause = SignedDuration::from_mins(1);
    for id in 0..MAX_TRACKED + 5 {
        limiter.pause(&format!("{id:05}"), pause, NOW);
    }
    assert_eq!(limiter.lock().accounts.len(), MAX_TRACKED);
    limiter.pause("99999", pause, at(3_600));
    assert_eq!(limiter.lock().accounts.len(), 1, "past pauses are dropped");
}

#[tokio::test]
async fn wabas_far_from_a_limit_are_dropped() {
    let limiter = Limiter::new(limits());
    for id in 0..MAX_TRACKED {
        let id = waba(&format!("{id:05}"));
        limiter.acquire(of(&id), true, NOW).await.unwrap();
    }
    reads(&limiter, 1, 0).await.unwrap();
    assert_eq!(
        limiter.lock().accounts.len(),
        1,
        "each of the others was read once"
    );
    reads(&limiter, 189, 0).await.unwrap();
    for id in 0..MAX_TRACKED {
        let id = waba(&format!("{id:05}"));
        limiter.acquire(of(&id), true, at(2)).await.unwrap();
    }
    assert!(
        reads(&limiter, 1, 2).await.is_err(),
        "a WABA near its limit is kept"
    );
}
