//! `sandbox`: the local imitation of Meta's Graph API, alone.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::args::Settings;
use super::{Exit, Out};
use crate::config::{self, Config};
use crate::lifecycle::StopSignals;
use crate::telemetry::Telemetry;

#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    #[command(flatten)]
    settings: Settings,
    /// Address to listen on: the setting `sandbox.listen`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl SandboxArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let mut layers = self.settings.layers()?;
        if let Some(listen) = self.listen {
            layers = layers.set("--listen", "sandbox.listen", &listen.to_string());
        }
        let config = Config::load(&layers)?;
        // Without traces.
        let _ = Telemetry::start(&config.log.in_force(), None)?;
        let listener = listen(&config.sandbox).await?;
        let address = listener.local_addr()?;
        out.text(&format!("sandbox for Graph on http://{address}"))?;
        let shutdown = CancellationToken::new();
        let stopped = async {
            StopSignals::listen().next().await;
            shutdown.cancel();
            Ok(())
        };
        let served =
            sandbox::Sandbox::new(options(&config.sandbox)).serve(listener, shutdown.clone());
        tokio::try_join!(served, stopped)?;
        Ok(Exit::Done)
    }
}

/// The sandbox's options.
pub(super) fn options(config: &config::SandboxSettings) -> sandbox::Options {
    sandbox::Options {
        latency: config.latency,
        register_delay: config.register_delay,
        ..sandbox::Options::default()
    }
}

/// Binds the sandbox's address.
pub(super) async fn listen(config: &config::SandboxSettings) -> anyhow::Result<TcpListener> {
    let address = config.listen;
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: set another address with sandbox.listen")
    })
}
