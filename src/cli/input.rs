//! Secrets and codes from files, pipes and the keyboard.

use std::fmt::Display;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::str::FromStr;

use tokio::sync::mpsc;

use super::failure::Failure;

/// Reads a secret from a file; `-` is standard input. Errors do not contain it.
pub(super) fn secret_file<T: FromStr<Err: Display>>(flag: &str, path: &Path) -> Result<T, Failure> {
    let read = if path.as_os_str() == "-" {
        io::read_to_string(io::stdin().lock())
    } else {
        std::fs::read_to_string(path)
    };
    let path = path.display();
    let text =
        read.map_err(|error| Failure::usage(format!("{flag} {path}: cannot be read: {error}")))?;
    text.trim()
        .parse()
        .map_err(|error| Failure::usage(format!("{flag} {path}: its content {error}")))
}

/// Reads one line from standard input, after a prompt on a terminal.
pub(super) fn line(prompt: &str) -> io::Result<String> {
    if is_terminal() {
        ask(prompt);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Whether a person can read a prompt and type an answer.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prints a prompt. The answer follows on the same line.
pub(super) fn ask(prompt: &str) {
    let mut stderr = io::stderr();
    let _closed = write!(stderr, "{prompt}").and_then(|()| stderr.flush());
}

/// Reads lines from the keyboard as they are typed; the channel closes at the end of the input.
///
/// Runs in its own thread, which the program does not join: a read from a terminal cannot be
/// interrupted.
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
