//! Signals that ask the process to stop: SIGTERM and Ctrl-C.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Stop signals that the process receives from now on. While one exists, none ends the process by
/// itself.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

impl StopSignals {
    /// Listens for the signals.
    #[must_use]
    pub fn listen() -> Self {
        let listen = |kind, name| {
            let signal = signal(kind);
            let signal = signal.inspect_err(|error| {
                tracing::warn!(%error, "cannot listen for stop signals: {name}");
            });
            signal.ok()
        };
        Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM"),
            interrupt: listen(SignalKind::interrupt(), "Ctrl-C"),
        }
    }

    /// Completes at the next signal.
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
