//! Signals that ask the process to stop: SIGTERM and Ctrl-C.

use tokio::signal::unix::{Signal, SignalKind, signal};

const TERMINATE: &str = "SIGTERM";
const INTERRUPT: &str = "Ctrl-C";

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
            terminate: listen(SignalKind::terminate(), TERMINATE),
            interrupt: listen(SignalKind::interrupt(), INTERRUPT),
        }
    }

    /// Completes at the next signal, with its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            () = one(&mut self.terminate) => TERMINATE,
            () = one(&mut self.interrupt) => INTERRUPT,
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
