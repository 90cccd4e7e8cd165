//! Load programs: cost and speed of the service, compared with a minimal implementation.
//!
//! Each starts the program (`serve`, `sandbox`) in processes of its own, calls it over gRPC,
//! reports its progress on standard error and prints one line of JSON on standard output.
//! `docs/performance.md` explains the figures.
//!
//! One executable, since each further one would have to be linked and optimised separately.

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
    /// Added by `cargo bench`.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Program {
    /// Migrations per second from Migrate to SUCCEEDED, compared with a bare loop of the Graph
    /// calls.
    EndToEnd(end_to_end::Options),
    /// Many concurrent migrations with a slow Graph API.
    InFlight(in_flight::Options),
    /// Latency of one tenant while others misuse the service.
    Neighbours(neighbours::Options),
    /// A million migrations that wait for their code: memory, start, claims, reads.
    Parked(parked::Options),
    /// `GetStatus` and `ListMigrations`, compared with a bare tonic service with responses of that
    /// size.
    Reads(reads::Options),
    /// One, two and three processes on one PostgreSQL.
    Replicas(replicas::Options),
    /// Cost of sending traces.
    Traces(traces::Options),
    /// Cost of an idle service.
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
