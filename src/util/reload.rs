//! Reads files again when they change.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::sighup::SighupStream;

/// Calls `reload` at each SIGHUP, and whenever `fingerprint` differs from the last one, which is
/// checked at this interval. Both run where they may block. Ends at `stop`.
pub async fn on_change<F: PartialEq + Send + 'static>(
    every: Duration,
    mut sighups: SighupStream,
    stop: CancellationToken,
    mut seen: F,
    mut fingerprint: impl FnMut() -> F + Send + 'static,
    mut reload: impl FnMut() + Send + 'static,
) {
    let mut check = move |forced: bool| {
        let now = fingerprint();
        if forced || now != seen {
            seen = now;
            reload();
        }
    };
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let forced = tokio::select! {
            () = stop.cancelled() => return,
            () = sighups.next() => true,
            _ = ticks.tick() => false,
        };
        let checked = tokio::task::spawn_blocking(move || {
            check(forced);
            check
        });
        let Ok(again) = checked.await else { return };
        check = again;
    }
}
