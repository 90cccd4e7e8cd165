//! Measured processes: started, read from `/proc`, and stopped with the load program.

use std::time::Duration;

use anyhow::Context as _;

use super::program::{self, Program};
use super::stopwatch::Stopwatch;

/// Ticks per second of the processor times in `/proc`, on every architecture.
const TICKS_A_SECOND: f64 = 100.0;

/// A process that listens.
pub struct Process {
    child: program::Process,
    /// Where it listens: `http://…`.
    pub address: String,
    /// From its start until it reported where it listens.
    pub started_in: Duration,
}

impl Process {
    /// Starts it and waits until it prints a line with its address.
    pub fn start(program: Program) -> Self {
        let watch = Stopwatch::start();
        let mut process = program.start();
        Self {
            address: process.url("http://"),
            started_in: watch.elapsed(),
            child: process,
        }
    }

    /// Its processor time so far, in seconds.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// Its resident memory now, in bytes.
    pub fn resident(&self) -> u64 {
        self.child.resident_bytes()
    }

    /// The maximum of its resident memory so far, in bytes.
    pub fn resident_peak(&self) -> u64 {
        self.child.peak_bytes()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(self) {
        self.child.terminate();
        self.child.ended();
    }
}

/// Processor time of this program itself, in seconds.
pub fn own_cpu_seconds() -> anyhow::Result<f64> {
    cpu_seconds("self")
}

fn cpu_seconds(process: &str) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The program name, in parentheses, may contain anything.
    let (_, fields) = stat.rsplit_once(')').context("its stat has no name")?;
    // User and system time: the 12th and 13th after the name.
    let ticks = fields.split_whitespace().skip(11).take(2);
    let mut sum = 0.0;
    for field in ticks {
        sum += field.parse::<f64>()?;
    }
    Ok(sum / TICKS_A_SECOND)
}
