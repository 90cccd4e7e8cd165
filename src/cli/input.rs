//! Secrets and codes that a user hands in: from files, pipes and the keyboard.

use std::fmt::Display;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::str::FromStr;

use tokio::sync::mpsc;

use super::failure::Failure;

/// A secret from a file; `-` is standard input. What it was is never said.
pub(super) fn secret_file<T: FromStr<Err: Display>>(flag: &str, path: &Path) -> Result<T, Failure> {
    let read = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let path = path.display();
    let text =
        read.map_err(|error| Failure::usage(format!("{flag} {path}: cannot be read: {error}")))?;
    text.trim()
        .parse()
        .map_err(|error| Failure::usage(format!("{flag} {path}: what it holds {error}")))
}

/// One line from standard input, after `prompt` where a person sits at it.
pub(super) fn line(prompt: &str) -> io::Result<String> {
    if is_terminal() {
        ask(prompt);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Whether a person sits at the keyboard and sees what is asked.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Puts a question. The answer follows on the same line.
pub(super) fn ask(prompt: &str) {
    let mut stderr = io::stderr();
    let _nobody_reads = write!(stderr, "{prompt}").and_then(|()| stderr.flush());
}

/// Lines from the keyboard as they are typed; the channel ends with the input.
///
/// A thread of its own, which the program does not wait for at its end: a read from a terminal cannot be broken off.
pub(super) fn lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line.trim().to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}
