//! The connection to the service.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use prost::Name;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::api_key::{ApiKeyArgs, ApiKeyHeader};
use super::failure::Failure;
use super::{Exit, Out, connection, render};
use crate::config::{masked_url, quoted_url};
use crate::proto::v1::Migration;
use crate::proto::v1::migration_service_client::MigrationServiceClient;
use crate::util::error_chain::root_cause;

/// A client of the service.
pub type ServiceClient = MigrationServiceClient<InterceptedService<Channel, ApiKeyHeader>>;

/// The service, if no other is named.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
/// Maximum time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval of HTTP/2 pings, which detect a connection that broke in the middle of a watch.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The service that a command calls, and where its answer goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServiceSession<'a> {
    pub address: &'a Address,
    pub out: &'a Out,
}

/// Where the service is, and how it and this client authenticate.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Address {
    /// URL of the service. Default: `http://127.0.0.1:8080`; `tenant` and `key` work on the store
    /// itself without it.
    #[arg(long, global = true, value_name = "URL", env = "WABA_MIGRATOR_SERVER")]
    pub(super) server: Option<String>,
    /// CA certificates (PEM) to verify an https service with. Default: those that this machine
    /// trusts.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WABA_MIGRATOR_CA_FILE"
    )]
    ca_file: Option<PathBuf>,
    /// Client certificate (PEM) for a service that requires mutual TLS.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WABA_MIGRATOR_CLIENT_CERTIFICATE_FILE",
        requires = "client_key_file"
    )]
    pub(super) client_certificate_file: Option<PathBuf>,
    /// Private key (PEM) of the client certificate.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WABA_MIGRATOR_CLIENT_KEY_FILE",
        requires = "client_certificate_file"
    )]
    client_key_file: Option<PathBuf>,
    #[command(flatten)]
    key: ApiKeyArgs,
}

impl ServiceSession<'_> {
    /// Connects to the service.
    pub(super) async fn client(self) -> Result<ServiceClient, Failure> {
        connect(self.address).await
    }

    /// Prints a migration: `answer`, which holds it, for a program. Returns the exit code for the
    /// migration's state.
    pub(super) fn show(
        self,
        answer: &impl Name,
        migration: Option<&Migration>,
    ) -> anyhow::Result<Exit> {
        let migration = present(migration)?;
        self.out
            .message(answer, |style| render::migration(style, migration))?;
        Ok(Exit::of_state(migration.state()))
    }
}

impl Address {
    /// A service at a URL, without TLS options or an API key.
    pub(super) fn of(server: &str) -> Self {
        Self {
            server: Some(server.to_owned()),
            ..Self::default()
        }
    }

    /// The URL of the service.
    pub(super) fn url(&self) -> &str {
        self.server.as_deref().unwrap_or(DEFAULT_SERVER)
    }

    fn endpoint(&self) -> Result<Endpoint, Failure> {
        let server = self.url();
        let wrong = |error| Failure::usage(format!("--server {}: {error}", quoted_url(server)));
        let endpoint = Endpoint::from_shared(server.to_owned()).map_err(wrong)?;
        if server.starts_with("https://") {
            endpoint.tls_config(self.tls()?).map_err(|error| {
                Failure::usage(format!("invalid TLS options: {}", root_cause(&error)))
            })
        } else if !server.starts_with("http://") {
            Err(Failure::usage(format!(
                "--server {}: must be a URL such as http://127.0.0.1:8080 or \
                 https://migrator.example.com",
                quoted_url(server)
            )))
        } else if self.ca_file.is_some() || self.client_certificate_file.is_some() {
            Err(Failure::usage(format!(
                "--server {}: --ca-file and --client-certificate-file need an https:// URL",
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
        let (Some(certificate), Some(key)) = (&self.client_certificate_file, &self.client_key_file)
        else {
            return Ok(tls);
        };
        let certificate = pem("--client-certificate-file", certificate)?;
        let key = pem("--client-key-file", key)?;
        Ok(tls.identity(Identity::from_pem(certificate, key)))
    }
}

/// Connects to the service.
pub(super) async fn connect(address: &Address) -> Result<ServiceClient, Failure> {
    let (channel, header) = channel(address).await?;
    Ok(MigrationServiceClient::with_interceptor(channel, header))
}

/// A connection to the service, and the header that authenticates each call.
pub(super) async fn channel(address: &Address) -> Result<(Channel, ApiKeyHeader), Failure> {
    let endpoint = address
        .endpoint()?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    let header = address.key.header_for(address.url())?;
    let connected = endpoint.connect().await;
    let channel = connected.map_err(|error| connection::failure(address, &root_cause(&error)))?;
    Ok((channel, header))
}

fn pem(flag: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::usage(format!("{flag} {} cannot be read: {error}", file.display()))
    })
}

/// The migration of an answer, which every correct answer has.
pub(super) fn present<M>(migration: Option<M>) -> Result<M, Failure> {
    migration.ok_or_else(|| Failure::failed("the service answered without the migration"))
}
