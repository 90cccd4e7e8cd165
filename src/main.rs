//! The program: parses the command line and runs it.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use waba_migrator::cli::{self, Cli};

/// Every call makes and drops hundreds of small texts; the system's allocator takes a fifth of all the work for that. Without
/// huge pages, which would double what an idle process holds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    cli::forbid_core_dumps().context("core dumps of this program cannot be switched off")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the system gives this program no threads")?;
    let exit = runtime.block_on(cli.run());
    // A read from the keyboard cannot be broken off, and nobody waits for what it brings.
    runtime.shutdown_background();
    Ok(exit.into())
}
