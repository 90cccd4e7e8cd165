//! The program: parses the command line and runs it.

use std::process::ExitCode;

use anyhow::Context as _;
use waba_migrator::cli::{self, Cli};

/// Every call allocates hundreds of short strings, which costs a fifth of the CPU time with the
/// system allocator. Without huge pages, which would double the memory of an idle process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(exit) => return Ok(exit.into()),
    };
    cli::forbid_core_dumps().context("cannot disable core dumps")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let exit = runtime.block_on(cli.run());
    // A read from the keyboard cannot be cancelled, and its result is not needed.
    runtime.shutdown_background();
    Ok(exit.into())
}
