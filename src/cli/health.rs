//! `health`: the health of the service on this machine, from its operations port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::args::Settings;
use super::failure::Failure;
use super::{Exit, Out};
use crate::config::Config;
use crate::util::error_chain::root_cause;

#[derive(Debug, clap::Args)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    settings: Settings,
    /// Check only whether the process is alive: if not, restart it.
    #[arg(long)]
    live: bool,
}

/// Maximum time to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

impl HealthArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let config = Config::load(&self.settings.layers()?)?;
        let listen = config.ops_listen.ok_or_else(|| {
            Failure::usage("ops.listen is empty: the service has no operations port")
        })?;
        let path = if self.live { "livez" } else { "readyz" };
        let url = format!("http://{}/{path}", reachable(listen));
        let (healthy, text) = get(&url).await?;
        out.text(text.trim_end())?;
        Ok(if healthy { Exit::Done } else { Exit::Failed })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service's own operations port; no call to Meta"
)]
async fn get(url: &str) -> anyhow::Result<(bool, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()?;
    let answer = async {
        let answer = client.get(url).send().await?;
        Ok((answer.status().is_success(), answer.text().await?))
    };
    answer.await.map_err(|error: reqwest::Error| {
        Failure::failed(format!(
            "no service answers at {url}: {}",
            root_cause(&error)
        ))
        .into()
    })
}

/// The address to reach a listening service from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let loopback = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(loopback, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_on_every_interface_is_reached_over_loopback() {
        for (listen, reached) in [
            ("0.0.0.0:9090", "127.0.0.1:9090"),
            ("[::]:9090", "[::1]:9090"),
            ("10.0.0.7:9090", "10.0.0.7:9090"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), reached);
        }
    }
}
