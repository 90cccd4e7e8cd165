//! Runs a test on each store, with clean shutdowns and with crashes.

use jiff::SignedDuration;

use crate::store::cluster;
use crate::support::service::ServiceHarness;

/// How a process ends.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    InOrder,
    Crash,
}

/// Long timeouts: all calls are answered, and a busy machine must not look like a lost response.
const LONG_TIMEOUTS: [(&str, &str); 4] = [
    ("graph.timeout", "20s"),
    ("graph.connect_timeout", "20s"),
    ("graph.register_timeout", "20s"),
    ("engine.register_settles", "20s"),
];

/// Runs the test on each store, with each way for a process to end.
pub async fn everywhere(
    settings: &[(&'static str, &str)],
    test: impl AsyncFn(&mut ServiceHarness, Ending),
) {
    let settings = [&LONG_TIMEOUTS, settings].concat();
    for ending in [Ending::InOrder, Ending::Crash] {
        test(&mut ServiceHarness::with(&settings).await, ending).await;
        let (url, key_file) = cluster::prepared().await;
        let mut settings = settings.clone();
        settings.extend([
            ("store.url", url.as_str()),
            ("encryption.key_file", key_file.to_str().unwrap()),
        ]);
        test(&mut ServiceHarness::with(&settings).await, ending).await;
    }
}

impl Ending {
    /// One process ends, and another starts.
    pub async fn and_restart(self, service: &mut ServiceHarness) {
        self.and_restart_after(SignedDuration::ZERO, service).await;
    }

    /// One process ends, and another starts after this pause.
    pub async fn and_restart_after(self, pause: SignedDuration, service: &mut ServiceHarness) {
        match self {
            Self::InOrder => service.stop().await,
            Self::Crash => service.crash().await,
        }
        service.clock.advance(pause.max(SignedDuration::ZERO));
        service.restart().await;
    }
}
