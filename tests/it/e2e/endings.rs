//! Stories that must come out the same on each store, and however the processes in them end.

use jiff::SignedDuration;

use super::stack::Stack;
use crate::store::cluster;

/// How a process ends.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    InOrder,
    Crash,
}

/// Every call of these stories is answered: a busy machine alone must not be taken for a lost answer.
const PATIENT: [(&str, &str); 4] = [
    ("graph.timeout", "20s"),
    ("graph.connect_timeout", "20s"),
    ("graph.register_timeout", "20s"),
    ("engine.register_settles", "20s"),
];

/// Tells a story on each store: with processes that stop in order, and with processes that crash.
pub async fn everywhere(
    settings: &[(&'static str, &str)],
    story: impl AsyncFn(&mut Stack, Ending),
) {
    let settings = [&PATIENT, settings].concat();
    for ending in [Ending::InOrder, Ending::Crash] {
        story(&mut Stack::with(&settings).await, ending).await;
        let (url, key_file) = cluster::prepared().await;
        let mut settings = settings.clone();
        settings.extend([
            ("store.url", url.as_str()),
            ("encryption.key_file", key_file.to_str().unwrap()),
        ]);
        story(&mut Stack::with(&settings).await, ending).await;
    }
}

impl Ending {
    /// One process ends, and another starts.
    pub async fn and_restart(self, stack: &mut Stack) {
        self.and_restart_after(SignedDuration::ZERO, stack).await;
    }

    /// One process ends, and another starts so much later.
    pub async fn and_restart_after(self, pause: SignedDuration, stack: &mut Stack) {
        match self {
            Self::InOrder => stack.stop().await,
            Self::Crash => stack.crash().await,
        }
        stack.clock.advance(pause.max(SignedDuration::ZERO));
        stack.restart().await;
    }
}
