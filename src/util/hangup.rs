//! SIGHUP, which asks a service to read its files again.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The SIGHUPs that the process gets from now on. While somebody listens, none ends the process.
#[derive(Debug)]
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// Listens; not on a terminal, which sends the same when it is closed: there it is to end the process.
    #[must_use]
    pub fn heard() -> Self {
        use std::io::IsTerminal as _;
        if std::io::stdin().is_terminal() {
            return Self(None);
        }
        let heard = signal(SignalKind::hangup());
        Self(
            heard
                .inspect_err(|error| {
                    tracing::warn!(%error, "SIGHUP cannot be heard; files that change are found all the same");
                })
                .ok(),
        )
    }

    /// Hears none.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Completes at the next; never, where none is heard.
    pub async fn next(&mut self) {
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl From<Signal> for Hangups {
    fn from(signal: Signal) -> Self {
        Self(Some(signal))
    }
}
