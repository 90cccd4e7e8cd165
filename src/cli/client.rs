//! The connection to the service.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::api_key::{self, ApiKeyHeader};
use super::failure::{Failure, cause};
use crate::config::{masked_url, quoted_url};
use crate::proto::v1::Migration;
use crate::proto::v1::migration_service_client::MigrationServiceClient;

/// A client of the service.
pub type ServiceClient = MigrationServiceClient<InterceptedService<Channel, ApiKeyHeader>>;

/// A service that is there answers sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that died in the middle of a watch is noticed after this time.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where the service is, and how it and this client prove who they are.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Address {
    /// The service to talk to.
    #[arg(
        long,
        global = true,
        display_order = 1000,
        help_heading = "For every command",
        value_name = "URL",
        env = "WABA_MIGRATOR_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// The authorities that an https service's certificate must come from, as PEM. Without it those that this machine trusts.
    #[arg(
        long,
        global = true,
        display_order = 1001,
        help_heading = "For every command",
        value_name = "FILE",
        env = "WABA_MIGRATOR_CA_FILE"
    )]
    ca_file: Option<PathBuf>,
    /// A certificate to show to a service that asks for one, as PEM.
    #[arg(
        long,
        global = true,
        display_order = 1002,
        help_heading = "For every command",
        value_name = "FILE",
        env = "WABA_MIGRATOR_CLIENT_CERTIFICATE_FILE",
        requires = "client_key_file"
    )]
    client_certificate_file: Option<PathBuf>,
    /// The key of that certificate, as PEM.
    #[arg(
        long,
        global = true,
        display_order = 1003,
        help_heading = "For every command",
        value_name = "FILE",
        env = "WABA_MIGRATOR_CLIENT_KEY_FILE",
        requires = "client_certificate_file"
    )]
    client_key_file: Option<PathBuf>,
    #[command(flatten)]
    key: api_key::ApiKeyArgs,
}

impl Address {
    /// A service at a URL, with nothing to prove.
    pub(super) fn of(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            ..Self::default()
        }
    }

    fn endpoint(&self) -> Result<Endpoint, Failure> {
        let Self { server, .. } = self;
        let wrong = |error| Failure::usage(format!("--server {}: {error}", quoted_url(server)));
        let endpoint = Endpoint::from_shared(server.clone()).map_err(wrong)?;
        if server.starts_with("https://") {
            endpoint.tls_config(self.tls()?).map_err(|error| {
                Failure::usage(format!("TLS cannot be set up as asked: {}", cause(&error)))
            })
        } else if !server.starts_with("http://") {
            Err(Failure::usage(format!(
                "--server must be a URL such as http://127.0.0.1:8080 or https://migrator.example.com, and is {}",
                quoted_url(server)
            )))
        } else if self.ca_file.is_some() || self.client_certificate_file.is_some() {
            Err(Failure::usage(format!(
                "--ca-file and --client-certificate-file are for a service with TLS, and {} is none: its URL begins with https://",
                masked_url(server)
            )))
        } else {
            Ok(endpoint)
        }
    }

    fn tls(&self) -> Result<ClientTlsConfig, Failure> {
        let tls = ClientTlsConfig::new().timeout(CONNECT_TIMEOUT);
        let tls = match &self.ca_file {
            Some(file) => tls.ca_certificate(Certificate::from_pem(pem("--ca-file", file)?)),
            None => tls.with_native_roots(),
        };
        Ok(
            match (&self.client_certificate_file, &self.client_key_file) {
                (Some(certificate), Some(key)) => {
                    let certificate = pem("--client-certificate-file", certificate)?;
                    tls.identity(Identity::from_pem(
                        certificate,
                        pem("--client-key-file", key)?,
                    ))
                }
                _ => tls,
            },
        )
    }
}

/// Connects to the service.
pub(super) async fn connect(address: &Address) -> Result<ServiceClient, Failure> {
    let endpoint = address
        .endpoint()?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    let shown = address.key.shown_to(&address.server)?;
    let channel = endpoint.connect().await.map_err(|error| {
        let server = masked_url(&address.server);
        if server.starts_with("https://") {
            return Failure::failed(format!(
                "no connection to {server} could be made: {}",
                cause(&error)
            ));
        }
        Failure::failed(format!(
            "no service answers at {server}. Start one with `waba-migrator serve`, or name it with --server"
        ))
    })?;
    Ok(MigrationServiceClient::with_interceptor(channel, shown))
}

fn pem(flag: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::usage(format!("{flag} {} cannot be read: {error}", file.display()))
    })
}

/// The migration of an answer.
pub(super) fn migration(migration: Option<Migration>) -> Result<Migration, Failure> {
    migration.ok_or_else(|| Failure::failed("the service answered without the migration"))
}
