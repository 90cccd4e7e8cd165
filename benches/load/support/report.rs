//! Prints figures on standard output, and progress on standard error.

use std::num::NonZero;

use serde_json::{Map, Value, json};
use waba_migrator::util::clock::Clock;

/// Prints one line: program, time, machine and figures.
#[expect(clippy::print_stdout, reason = "the line is the result of the program")]
pub fn print(program: &str, figures: Value) -> anyhow::Result<()> {
    let mut line = Map::new();
    line.insert("program".to_owned(), program.into());
    line.insert("at".to_owned(), Clock::default().now().to_string().into());
    line.insert("machine".to_owned(), machine());
    if let Value::Object(figures) = figures {
        line.extend(figures);
    }
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}

/// Prints progress.
#[expect(
    clippy::print_stderr,
    reason = "progress of a program that runs for minutes"
)]
pub fn progress(text: &str) {
    eprintln!("{text}");
}

/// `amount` per second, to one decimal place.
pub fn rate(amount: u64, seconds: f64) -> f64 {
    rounded(float(amount) / seconds, 1)
}

/// `value`, to this number of decimal places.
pub fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
pub fn float(count: u64) -> f64 {
    count as f64
}

fn machine() -> Value {
    let line = |path: &str, name: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let found = text.lines().find(|line| line.starts_with(name));
        let value = found.and_then(|line| line.split_once(':'));
        value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    json!({
        "cores": std::thread::available_parallelism().map_or(0, NonZero::get),
        "processor": line("/proc/cpuinfo", "model name"),
        "memory": line("/proc/meminfo", "MemTotal"),
        "kernel": std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
    })
}
