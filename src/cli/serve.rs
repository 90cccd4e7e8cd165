//! `serve`: the service, with the sandbox beside it where asked.

use std::convert::Infallible;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::args::StoreSettings;
use super::{Exit, Out, sandbox as beside};
use crate::config::{Config, Layers};
use crate::lifecycle::{Server, StopSignals};
use crate::telemetry::Telemetry;
use crate::util::clock::Clock;
use crate::util::sighup::SighupStream;

/// Runs the service.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: StoreSettings,
    /// Where to listen: `server.listen`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Runs a stand-in for Meta's Graph API beside the service and calls that. Unless `store.url` names another store,
    /// migrations are kept in waba-migrator-sandbox.db, apart from real ones.
    #[arg(long)]
    sandbox: bool,
    /// Takes the store although `graph.base_url` names another host than the one that its calls went to, and records the new one.
    /// A store also records its world, and nothing changes that: one that was served without --sandbox is refused with it, and the
    /// reverse.
    #[arg(long)]
    accept_graph_host: bool,
}

/// The store of `serve --sandbox` where none is named.
const SANDBOX_STORE: &str = "sqlite://waba-migrator-sandbox.db";

impl ServeArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let layers = self.layers()?;
        let config = self.config(&layers)?;
        let telemetry = Telemetry::start(&config.log.in_force(), config.traces.as_ref())?;
        let done = tokio::select! {
            done = Box::pin(self.served(layers, config, out)) => done,
            never = self.follow_level(&telemetry) => match never {},
        };
        telemetry.close().await;
        done
    }

    /// Has the log be as the configuration says now, whenever the process gets SIGHUP.
    async fn follow_level(&self, telemetry: &Telemetry) -> Infallible {
        let mut hangups = SighupStream::listen();
        loop {
            hangups.next().await;
            let read = self.layers();
            let read = read.and_then(|layers| Ok(Config::load(&layers)?.log.in_force().level));
            match read.and_then(|level| Ok(telemetry.log_at(&level).map(|()| level)?)) {
                Ok(level) => tracing::warn!(log.level = level, "what is logged was read again"),
                Err(error) => tracing::error!(
                    error = error.root_cause(),
                    "the configuration cannot be used as it is now: what is logged stays as it was"
                ),
            }
        }
    }

    async fn served(&self, layers: Layers, config: Config, out: &Out) -> anyhow::Result<Exit> {
        if !self.sandbox {
            return run(config, out, None).await;
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
        let stand_in = ::sandbox::Sandbox::new(beside::options(&config.sandbox));
        out.text(&format!("sandbox for Graph on {graph}"))?;
        run(self.config(&layers)?, out, Some((stand_in, listener))).await
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
    stand_in: Option<(::sandbox::Sandbox, TcpListener)>,
) -> anyhow::Result<Exit> {
    let mut stops = StopSignals::listen();
    let server = tokio::select! {
        // Its store was away all the time.
        () = stops.next() => return Ok(Exit::Done),
        server = Server::start(&config, Clock::default()) => server?,
    };
    out.text(&format!(
        "waba-migrator on {0} (gRPC and REST; {0}/docs explains it)",
        server.url()
    ))?;
    if let Some(address) = server.ops_addr() {
        out.text(&format!(
            "operations on http://{address} (/livez, /readyz, /metrics)"
        ))?;
    }
    let answered = CancellationToken::new();
    let sandbox = async {
        match stand_in {
            // The service may still be reading from it while it stops.
            Some((sandbox, listener)) => Ok(sandbox.serve(listener, answered.clone()).await?),
            None => anyhow::Ok(()),
        }
    };
    let asked = CancellationToken::new();
    let service = async {
        let result = server.run_until(asked.cancelled()).await;
        answered.cancel();
        anyhow::Ok(result?)
    };
    let stopped = async {
        stops.next().await;
        asked.cancel();
        stops.next().await;
        tracing::warn!("asked to stop once more: the service ends at once, and leases run out");
    };
    tokio::select! {
        done = async { tokio::try_join!(service, sandbox) } => done.map(|_| Exit::Done),
        () = stopped => Ok(Exit::Failed),
    }
}
