//! `health`: whether a service on this machine takes work, asked at its operations port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::args::Settings;
use super::failure::Failure;
use super::{Exit, Out};
use crate::config::Config;
use crate::util::error_chain::root_cause;

/// Asks the service on this machine whether it takes work: for health checks where there is no other client.
#[derive(Debug, clap::Args)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    settings: Settings,
    /// Asks only whether the process lives: what does not should be restarted.
    #[arg(long)]
    live: bool,
}

/// A service that is well answers at once.
const PATIENCE: Duration = Duration::from_secs(2);

impl HealthArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let config = Config::load(&self.settings.layers()?)?;
        let listens = config.ops_listen.ok_or_else(|| {
            Failure::usage("ops.listen is empty, so there is no operations port to ask")
        })?;
        let path = if self.live { "livez" } else { "readyz" };
        let url = format!("http://{}/{path}", reachable(listens));
        let (is_well, said) = ask(&url).await?;
        out.text(said.trim_end())?;
        Ok(if is_well { Exit::Done } else { Exit::Failed })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service's own operations port; no call to Meta"
)]
async fn ask(url: &str) -> anyhow::Result<(bool, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let silent = |error: &reqwest::Error| {
        Failure::failed(format!(
            "no service answers at {url}: {}",
            root_cause(error)
        ))
    };
    let answer = client
        .get(url)
        .send()
        .await
        .map_err(|error| silent(&error))?;
    let is_well = answer.status().is_success();
    Ok((
        is_well,
        answer.text().await.map_err(|error| silent(&error))?,
    ))
}

/// Where a service that listens there can be reached from its own machine.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let loopback = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(loopback, listens.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_open_to_all_is_asked_over_loopback() {
        for (listens, reached) in [
            ("0.0.0.0:9090", "127.0.0.1:9090"),
            ("[::]:9090", "[::1]:9090"),
            ("10.0.0.7:9090", "10.0.0.7:9090"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), reached);
        }
    }
}
