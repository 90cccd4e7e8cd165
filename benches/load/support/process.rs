//! Processes that are measured: started, read from `/proc`, and stopped with the program.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::stopwatch::Stopwatch;

/// Linux counts a process's time in hundredths of a second, on every architecture.
const TICKS_A_SECOND: f64 = 100.0;

/// A process that listens somewhere.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens: `http://…`.
    pub address: String,
    /// From its start until it said where it listens.
    pub started_in: Duration,
    /// Kept open: a process that writes to a pipe that nobody reads fails.
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it and waits until it prints a line with its address.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let watch = Stopwatch::start();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{command:?} does not start"))?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let Some(address) = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
        else {
            bail!("{command:?} did not say where it listens, but {line:?}");
        };
        Ok(Self {
            address: address.to_owned(),
            started_in: watch.elapsed(),
            child,
            _stdout: stdout,
        })
    }

    /// The time that it spent on processors so far, in seconds.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// Its resident memory now, in bytes.
    pub fn resident(&self) -> anyhow::Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most that its resident memory has been, in bytes.
    pub fn resident_peak(&self) -> anyhow::Result<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes: u64 = line
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("its status has no {name}"))?
            .parse()?;
        Ok(kibibytes * 1024)
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        if !asked.success() {
            bail!("it could not be asked to stop");
        }
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The time that this program itself spent on processors so far, in seconds.
pub fn own_cpu_seconds() -> anyhow::Result<f64> {
    cpu_seconds("self")
}

fn cpu_seconds(process: &str) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The program's name, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("its stat has no name")?;
    // User and system time: the 12th and 13th after the name.
    let ticks = fields.split_whitespace().skip(11).take(2);
    let mut sum = 0.0;
    for field in ticks {
        sum += field.parse::<f64>()?;
    }
    Ok(sum / TICKS_A_SECOND)
}
