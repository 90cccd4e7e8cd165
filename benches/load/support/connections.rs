//! gRPC connections to a service, and the calls that move a number.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tonic::transport::{Channel, Endpoint};
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{MigrateRequest, Migration, State, SubmitCodeRequest};

use super::numbers::Number;
use super::phone::Phones;
use super::stopwatch::Stopwatch;

/// Calls per connection. The maximum is 200; with fewer the connection is not the bottleneck.
const CALLS_A_CONNECTION: usize = 50;
/// Maximum wait of a call.
const WAIT: prost_types::Duration = prost_types::Duration {
    seconds: 60,
    nanos: 0,
};

/// Connections to the service, or to several replicas of it.
#[derive(Debug, Clone)]
pub struct Connections(Vec<Channel>);

/// The measurements of one migration.
#[derive(Debug, Clone, Copy)]
pub struct Journey {
    /// Duration of the Migrate call.
    pub migrate: Duration,
    /// Duration of the `SubmitCode` call.
    pub submit_code: Duration,
    /// Duration of the whole migration.
    pub whole: Duration,
    /// Number of saves, including the creation.
    pub saves: u64,
}

impl Connections {
    /// Opens connections for this number of callers, to each address.
    pub async fn open(addresses: &[&str], callers: usize) -> anyhow::Result<Self> {
        let mut channels = Vec::new();
        for _ in 0..callers.div_ceil(CALLS_A_CONNECTION) {
            for address in addresses {
                let endpoint = Endpoint::from_shared((*address).to_owned())?;
                channels.push(endpoint.connect().await?);
            }
        }
        Ok(Self(channels))
    }

    /// The connection of this caller.
    pub fn channel(&self, caller: u64) -> anyhow::Result<Channel> {
        let at = usize::try_from(caller)? % self.0.len().max(1);
        self.0.get(at).cloned().context("no connection")
    }

    /// A client on the connection of this caller.
    pub fn client(&self, caller: u64) -> anyhow::Result<MigrationServiceClient<Channel>> {
        Ok(MigrationServiceClient::new(self.channel(caller)?))
    }

    /// Moves a number from Migrate to `SUCCEEDED`, with the code from its phone.
    pub async fn journey(&self, phones: &Phones, place: u64) -> anyhow::Result<Journey> {
        let number = Number::at(place);
        let whole = Stopwatch::start();
        let waiting = self.migrate(place, &number, State::WaitingForCode).await?;
        let migrate = whole.elapsed();
        let code = phones.code(&number).await?;
        let watch = Stopwatch::start();
        let request = SubmitCodeRequest {
            migration_id: waiting.id,
            code,
            wait: Some(WAIT),
        };
        let answer = self.client(place)?.submit_code(request).await?.into_inner();
        let mut migration = answer
            .migration
            .context("an answer without the migration")?;
        if migration.state() == State::Running {
            migration = self.migrate(place, &number, State::Succeeded).await?;
        }
        if migration.state() != State::Succeeded {
            bail!(
                "an ordinary number ended {:?}: {:?}",
                migration.state(),
                migration.fault
            );
        }
        Ok(Journey {
            migrate,
            submit_code: watch.elapsed(),
            whole: whole.elapsed(),
            saves: version(&migration)?,
        })
    }

    /// Starts or finds the migration of a number, and waits until it has this state.
    pub async fn migrate(
        &self,
        place: u64,
        number: &Number,
        awaited: State,
    ) -> anyhow::Result<Migration> {
        let mut client = self.client(place)?;
        loop {
            let request = MigrateRequest {
                request_id: format!("load-{place}"),
                phone_number: number.e164(),
                destination_waba_id: number.waba.clone(),
                wait: Some(WAIT),
                ..MigrateRequest::default()
            };
            let answer = client.migrate(request).await?.into_inner();
            let migration = answer
                .migration
                .context("an answer without the migration")?;
            if migration.state() == awaited {
                return Ok(migration);
            }
            // Not within the maximum wait: the same request waits again.
            if migration.state() != State::Running {
                bail!(
                    "an ordinary number is {:?}: {:?}",
                    migration.state(),
                    migration.fault
                );
            }
        }
    }
}

/// The version of the row, which counts its saves: the last part of the etag.
fn version(migration: &Migration) -> anyhow::Result<u64> {
    let etag = migration.etag.trim_end_matches('"');
    let version = etag.rsplit_once('-').map(|(_, version)| version.parse());
    Ok(version.context("the etag names no version")??)
}
