//! SIGHUP, which asks a service to read its files again.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUPs that the process receives from now on. While one exists, SIGHUP does not end the
/// process.
#[derive(Debug)]
pub struct SighupStream(Option<Signal>);

impl SighupStream {
    /// Listens for SIGHUP, but not on a terminal: that sends it when it is closed, to end the
    /// process.
    #[must_use]
    pub fn listen() -> Self {
        use std::io::IsTerminal as _;
        if std::io::stdin().is_terminal() {
            return Self::none();
        }
        let signal = signal(SignalKind::hangup()).inspect_err(|error| {
            tracing::warn!(%error, "cannot listen for SIGHUP: files are reloaded by polling only");
        });
        Self(signal.ok())
    }

    /// A stream without signals.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Completes at the next SIGHUP.
    pub async fn next(&mut self) {
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl From<Signal> for SighupStream {
    fn from(signal: Signal) -> Self {
        Self(Some(signal))
    }
}
