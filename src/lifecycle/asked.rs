//! Being asked to stop: SIGTERM, or Ctrl-C.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The times that the process is asked to stop, from now on. While somebody listens, none ends the process by itself.
#[derive(Debug)]
pub struct Stops {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

impl Stops {
    /// Listens.
    #[must_use]
    pub fn heard() -> Self {
        let listen = |kind, name| {
            let heard = signal(kind);
            heard
                .inspect_err(|error| tracing::warn!(%error, "{name} cannot be heard"))
                .ok()
        };
        Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM"),
            interrupt: listen(SignalKind::interrupt(), "Ctrl-C"),
        }
    }

    /// Completes at the next time; never, where none can be heard.
    pub async fn next(&mut self) {
        tokio::select! {
            () = one(&mut self.terminate) => {}
            () = one(&mut self.interrupt) => {}
        }
    }
}

async fn one(signal: &mut Option<Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}
