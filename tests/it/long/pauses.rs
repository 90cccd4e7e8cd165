//! Processes that are stopped again and again, for some minutes.

use crate::processes::rounds;

/// Number of pauses, unless `WABA_MIGRATOR_LONG_PAUSES` sets it.
const ROUNDS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/long/run"]
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
async fn no_call_is_made_under_a_lost_lease_in_many_pauses() {
    let count = std::env::var("WABA_MIGRATOR_LONG_PAUSES");
    rounds(count.map_or(ROUNDS, |count| count.parse().unwrap())).await;
}
