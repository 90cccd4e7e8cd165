//! `serve`: the service, with the sandbox beside it on request.

use std::convert::Infallible;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::args::StoreSettings;
use super::{Exit, Out, sandbox as beside};
use crate::config::{Config, Layers};
use crate::lifecycle::{Server, StopSignals};
use crate::telemetry::{LogFormat, Telemetry};
use crate::util::clock::Clock;
use crate::util::sighup::SighupStream;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: StoreSettings,
    /// Address to listen on: the setting `server.listen`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Run the sandbox, a local imitation of Meta's Graph API, beside the service and call it
    /// instead of Meta. Unless `store.url` is set, migrations are stored in
    /// waba-migrator-sandbox.db, separate from real ones.
    #[arg(long)]
    sandbox: bool,
    /// Accept that `graph.base_url` has another host than the one recorded in the store, and record
    /// the new one. A store used without --sandbox is never accepted with it, nor the reverse.
    #[arg(long)]
    accept_graph_host: bool,
}

/// The default store of `serve --sandbox`.
const SANDBOX_STORE: &str = "sqlite://waba-migrator-sandbox.db";

impl ServeArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let layers = self.layers()?;
        let config = self.config(&layers)?;
        let telemetry = Telemetry::start(&config.log.in_force(), config.traces.as_ref())?;
        let done = tokio::select! {
            done = Box::pin(self.serve(layers, config, out)) => done,
            never = self.reload_log_level(&telemetry) => match never {},
        };
        telemetry.close().await;
        done
    }

    /// Reloads the log level from the configuration on each SIGHUP.
    async fn reload_log_level(&self, telemetry: &Telemetry) -> Infallible {
        let mut hangups = SighupStream::listen();
        loop {
            hangups.next().await;
            let read = self.layers();
            let read = read.and_then(|layers| Ok(Config::load(&layers)?.log.in_force().level));
            match read.and_then(|level| Ok(telemetry.log_at(&level).map(|()| level)?)) {
                Ok(level) => tracing::warn!(log.level = level, "log level reloaded"),
                Err(error) => tracing::error!(
                    error = error.root_cause(),
                    "invalid configuration: the log level stays unchanged"
                ),
            }
        }
    }

    async fn serve(&self, layers: Layers, config: Config, out: &Out) -> anyhow::Result<Exit> {
        if !self.sandbox {
            return Box::pin(run(config, out, None)).await;
        }
        let listener = beside::listen(&config.sandbox).await?;
        let graph = format!("http://{}", listener.local_addr()?);
        let mut layers = layers.set("--sandbox", "graph.base_url", &graph).set(
            "--sandbox",
            "sandbox.base_url",
            &graph,
        );
        if config.engine.credentials.access_token.is_none() {
            layers = layers.set("--sandbox", "graph.access_token", "sandbox");
        }
        let sandbox = ::sandbox::Sandbox::new(beside::options(&config.sandbox));
        if config.log.format != LogFormat::Json {
            out.text(&format!(
                "sandbox for Graph on {graph} (a phone: {graph}/sandbox/numbers/12025550100/messages)"
            ))?;
        }
        let config = self.config(&layers)?;
        Box::pin(run(config, out, Some((sandbox, listener)))).await
    }

    fn config(&self, layers: &Layers) -> anyhow::Result<Config> {
        Ok(Config {
            beside_sandbox: self.sandbox,
            accept_graph_host: self.accept_graph_host,
            ..Config::load(layers)?
        })
    }

    fn layers(&self) -> anyhow::Result<Layers> {
        let mut layers = self.settings.layers()?;
        if let Some(listen) = self.listen {
            layers = layers.set("--listen", "server.listen", &listen.to_string());
        }
        if self.sandbox && layers.is_default("store.url") && layers.is_empty("store.url_file") {
            layers = layers.set("--sandbox", "store.url", SANDBOX_STORE);
        }
        Ok(layers)
    }
}

async fn run(
    config: Config,
    out: &Out,
    sandbox: Option<(::sandbox::Sandbox, TcpListener)>,
) -> anyhow::Result<Exit> {
    let mut stops = StopSignals::listen();
    let server = tokio::select! {
        // Stopped while it waited for its store.
        _ = stops.next() => return Ok(Exit::Done),
        server = Server::start(&config, Clock::default()) => server?,
    };
    if config.engine.credentials.access_token.is_none() {
        tracing::info!(
            "graph.access_token is not set: each Migrate, or its tenant, must provide an access \
             token for Meta"
        );
    }
    if config.log.format != LogFormat::Json || !tracing::enabled!(tracing::Level::INFO) {
        announce(&server, out)?;
    }
    let stopped_service = CancellationToken::new();
    let sandbox = async {
        match sandbox {
            // The service may still call it while it stops.
            Some((sandbox, listener)) => {
                Ok(sandbox.serve(listener, stopped_service.clone()).await?)
            }
            None => anyhow::Ok(()),
        }
    };
    let stop = CancellationToken::new();
    let service = async {
        let result = server.run_until(stop.cancelled()).await;
        stopped_service.cancel();
        anyhow::Ok(result?)
    };
    let forced = async {
        let signal = stops.next().await;
        tracing::info!(signal, "stop signal received");
        stop.cancel();
        stops.next().await;
        tracing::warn!("second stop signal: exiting at once without releasing leases");
    };
    tokio::select! {
        done = async { tokio::try_join!(service, sandbox) } => done.map(|_| Exit::Done),
        () = forced => Ok(Exit::Failed),
    }
}

/// Prints where the service listens, for the person who started it. A JSON log has the addresses
/// itself, and a container merges both streams.
fn announce(server: &Server, out: &Out) -> anyhow::Result<()> {
    out.text(&format!(
        "waba-migrator on {0} (gRPC and REST; documentation: {0}/docs)",
        server.url()
    ))?;
    if let Some(address) = server.ops_addr() {
        out.text(&format!(
            "operations on http://{address} (/livez, /readyz, /metrics)"
        ))?;
    }
    Ok(())
}
