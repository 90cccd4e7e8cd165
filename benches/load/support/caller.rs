//! Callers of the service: each moves numbers through the gRPC door.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tonic::transport::{Channel, Endpoint};
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{MigrateRequest, Migration, State, SubmitCodeRequest};

use super::numbers::Number;
use super::phone::Phones;
use super::stopwatch::Stopwatch;

/// A connection carries at most 200 calls at once; fewer keep it from being the bottleneck.
const CALLS_A_CONNECTION: usize = 50;
/// The longest that a call may wait.
const WAIT: prost_types::Duration = prost_types::Duration {
    seconds: 60,
    nanos: 0,
};

/// Connections to the service, or to several replicas of it.
#[derive(Debug, Clone)]
pub struct Door(Vec<Channel>);

/// How one number's move went.
#[derive(Debug, Clone, Copy)]
pub struct Journey {
    /// Of the Migrate call.
    pub migrate: Duration,
    /// Of the `SubmitCode` call.
    pub submit_code: Duration,
    /// From the one's beginning to the other's end.
    pub whole: Duration,
    /// How often the migration was saved, its creation included.
    pub saves: u64,
}

impl Door {
    /// Connects for so many callers, to each address in turn.
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

    /// The connection of the caller with this number.
    pub fn channel(&self, caller: u64) -> anyhow::Result<Channel> {
        let at = usize::try_from(caller)? % self.0.len().max(1);
        self.0.get(at).cloned().context("there is no connection")
    }

    /// A client on that connection.
    pub fn client(&self, caller: u64) -> anyhow::Result<MigrationServiceClient<Channel>> {
        Ok(MigrationServiceClient::new(self.channel(caller)?))
    }

    /// Moves a number from Migrate to `SUCCEEDED`, as its owner reads the code from the phone.
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
                "a plain number ended {:?}: {:?}",
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

    /// Starts a number's migration, or finds it, and waits until it has this state.
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
            // A minute was too short: the same request waits on.
            if migration.state() != State::Running {
                bail!(
                    "a plain number is {:?}: {:?}",
                    migration.state(),
                    migration.fault
                );
            }
        }
    }
}

/// The row's version counts its saves; it is the etag's last part.
fn version(migration: &Migration) -> anyhow::Result<u64> {
    let etag = migration.etag.trim_end_matches('"');
    let version = etag.rsplit_once('-').map(|(_, version)| version.parse());
    Ok(version.context("the etag names no version")??)
}
