//! The connection to the service.

use std::time::Duration;

use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use super::failure::Failure;
use super::shown::Shown;
use crate::proto::v1::Migration;
use crate::proto::v1::migration_service_client::MigrationServiceClient;

/// A client of the service.
pub type Client = MigrationServiceClient<InterceptedService<Channel, Shown>>;

/// A service that is there answers sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that died in the middle of a watch is noticed after this time.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Connects to the service, and shows it this with every call.
pub(super) async fn connect(server: &str, shown: Shown) -> Result<Client, Failure> {
    if !server.starts_with("http://") {
        return Err(Failure::usage(format!(
            "--server must be a URL such as http://127.0.0.1:8080, and is {server:?}"
        )));
    }
    let endpoint = Endpoint::from_shared(server.to_owned())
        .map_err(|error| Failure::usage(format!("--server {server:?}: {error}")))?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    let channel = endpoint.connect().await.map_err(|_| {
        Failure::failed(format!(
            "no service answers at {server}. Start one with `waba-migrator serve`, or name it with --server"
        ))
    })?;
    Ok(MigrationServiceClient::with_interceptor(channel, shown))
}

/// The migration of an answer.
pub(super) fn migration(migration: Option<Migration>) -> Result<Migration, Failure> {
    migration.ok_or_else(|| Failure::failed("the service answered without the migration"))
}
