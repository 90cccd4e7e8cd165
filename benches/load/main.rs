//! Load programs: what the service costs and how fast it is, beside the least that could be done.
//!
//! Each starts the real program (`serve`, `sandbox`) as processes of their own, asks through the real gRPC door, tells its
//! progress on standard error and prints one line of JSON on standard output. They judge nothing: what the figures
//! mean stands in `docs/performance.md`.
//!
//! All of them are one program, since each more would be linked and optimised anew.

mod end_to_end;
mod idle;
mod in_flight;
mod neighbours;
mod parked;
mod reads;
mod replicas;
mod support;
mod traces;

use clap::{Parser, Subcommand};

use support::{echo, report};

/// Load programs of waba-migrator.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    program: Program,
    /// What `cargo bench` adds.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Program {
    /// Migrations a second from Migrate to SUCCEEDED, beside a bare loop of the same Graph calls.
    EndToEnd(end_to_end::Options),
    /// Many migrations at once while Graph takes its time.
    InFlight(in_flight::Options),
    /// One tenant's answer times beside another's misuse.
    Neighbours(neighbours::Options),
    /// A million migrations that wait for their code: memory, start-up, claims, readings.
    Parked(parked::Options),
    /// `GetStatus` and `ListMigrations`, beside a bare tonic service with answers of the same size.
    Reads(reads::Options),
    /// One, two and three processes on one PostgreSQL.
    Replicas(replicas::Options),
    /// What it costs to send traces.
    Traces(traces::Options),
    /// What a service costs that nobody uses.
    Idle(idle::Options),
    /// The bare tonic service: `reads` starts it.
    #[command(hide = true)]
    Echo(echo::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (name, figures) = match Cli::parse().program {
        Program::EndToEnd(options) => ("end_to_end", end_to_end::run(options).await?),
        Program::InFlight(options) => ("in_flight", in_flight::run(options).await?),
        Program::Neighbours(options) => ("neighbours", Box::pin(neighbours::run(options)).await?),
        Program::Parked(options) => ("parked", Box::pin(parked::run(options)).await?),
        Program::Reads(options) => ("reads", reads::run(options).await?),
        Program::Replicas(options) => ("replicas", replicas::run(options).await?),
        Program::Traces(options) => ("traces", Box::pin(traces::run(options)).await?),
        Program::Idle(options) => ("idle", idle::run(options).await?),
        Program::Echo(options) => return echo::run(&options).await,
    };
    report::print(name, figures)
}
