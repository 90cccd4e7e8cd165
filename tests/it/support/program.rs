//! Starts the program: commands that run to their end, and services that are watched, signalled and
//! killed. The load programs use this file too.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use tempfile::TempDir;

use super::PATIENCE;
use super::wait::until;

/// A command line of the program, with its environment and its working directory. It inherits no
/// variable but `PATH`, and runs in an empty temporary directory unless [`Program::within`] names
/// another.
pub struct Program {
    line: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    log: String,
    folder: PathBuf,
    temporary: Option<TempDir>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A running program. Killed when it is dropped.
pub struct Process {
    child: Child,
    stdout: mpsc::Receiver<String>,
    log: PathBuf,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Program {
    pub fn new(command: &str) -> Self {
        Self::of(env!("CARGO_BIN_EXE_waba-migrator"), command)
    }

    /// Another executable.
    pub fn of(executable: impl Into<OsString>, command: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self {
            line: vec![executable.into(), command.into()],
            environment: Vec::new(),
            log: format!("{command}.log"),
            folder: temporary.path().to_owned(),
            temporary: Some(temporary),
        }
    }

    /// `serve`, on a free port.
    pub fn serve() -> Self {
        Self::serve_on("127.0.0.1:0")
    }

    /// `serve`, on this address.
    pub fn serve_on(address: impl Display) -> Self {
        Self::new("serve")
            .args(["--listen", &address.to_string()])
            .env("WABA_MIGRATOR__SANDBOX__LISTEN", "127.0.0.1:0")
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter();
        self.line
            .extend(arguments.map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds `--set key=value`.
    pub fn set(self, key: &str, value: impl Display) -> Self {
        self.settings([format!("{key}={value}")])
    }

    /// Adds `--set` for each `key=value`.
    pub fn settings(self, settings: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        settings.into_iter().fold(self, |program, setting| {
            program.args(["--set", setting.as_ref()])
        })
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let variable = (name.to_owned(), value.as_ref().to_owned());
        self.environment.push(variable);
        self
    }

    /// Names the store in the environment: the URL of a server's database holds a password.
    pub fn store(self, url: &str) -> Self {
        self.env("WABA_MIGRATOR__STORE__URL", url)
    }

    /// Runs in this directory, and keeps the log there.
    pub fn within(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self.temporary = None;
        self
    }

    /// Writes a file into the working directory.
    pub fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.join(name), text).unwrap();
        self
    }

    /// Has another command start the program: `["setpriv", "--bounding-set=-dac_override"]`.
    pub fn started_by(mut self, starter: &[&str]) -> Self {
        let starter = starter.iter().map(OsString::from);
        self.line.splice(0..0, starter);
        self
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it.
    pub fn start(self) -> Process {
        let log = self.folder.join(&self.log);
        let stderr = File::options().create(true).append(true).open(&log);
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr.unwrap())
            .spawn()
            .unwrap();
        let (sender, stdout) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Read to the end even if no test wants the lines: a full pipe would stop the process.
        thread::spawn(move || {
            let lines = lines.map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        Process {
            child,
            stdout,
            log,
            folder: self.folder,
            _temporary: self.temporary,
        }
    }

    /// Starts a service and waits until it listens; itself, and its URL.
    pub fn listening(self) -> (Process, String) {
        let mut process = self.start();
        let url = process.url("waba-migrator on");
        (process, url)
    }

    /// The same, for a runtime that must go on while the service starts.
    pub async fn listening_async(self) -> (Process, String) {
        let started = tokio::task::spawn_blocking(|| self.listening());
        started.await.unwrap()
    }

    /// Runs it to its end.
    pub fn run(self) -> Finished {
        self.run_with("")
    }

    /// Runs it to its end, with this on its standard input.
    pub fn run_with(self, input: &str) -> Finished {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that fails early reads nothing.
        let _unread = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Finished {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it to its end, for a runtime that must go on meanwhile.
    pub async fn run_async(self) -> Finished {
        let ran = tokio::task::spawn_blocking(|| self.run());
        ran.await.unwrap()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "where programs are found is no setting of the service"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.line[0]);
        command
            .args(&self.line[1..])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder);
        command
    }
}

impl Finished {
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output, then standard error.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Standard output of a command that succeeded, as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.status.success(), "{}", self.text());
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for the next line of its standard output with this text, and returns the URL there.
    #[track_caller]
    pub fn url(&mut self, text: &str) -> String {
        loop {
            let line = self.stdout.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("no {text:?} ({error}): {}", self.log()));
            if line.contains(text) {
                let url = line.split_whitespace().find(|word| word.contains("://"));
                return url.unwrap().to_owned();
            }
        }
    }

    /// Its standard error, whole.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The lines of its log with this text.
    pub fn log_lines(&self, text: &str) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }

    /// Waits until its log has a line with this text, and returns the line.
    #[track_caller]
    pub fn logged(&self, text: &str) -> String {
        until(|| self.log_lines(text).into_iter().next())
    }

    /// Its resident memory, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The maximum of its resident memory so far, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() * 1024
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Has it read its configuration again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Stops it until it is resumed, as a frozen container or a suspended machine does.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Continues it after a pause.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended; its status, and its log.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = until(|| self.child.try_wait().unwrap());
        (status, self.log())
    }

    /// The same, for a runtime that must go on meanwhile.
    pub async fn ended_async(self) -> (ExitStatus, String) {
        let ended = tokio::task::spawn_blocking(|| self.ended());
        ended.await.unwrap()
    }

    /// Kills it; it must be running.
    pub fn kill(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "it has ended already: {ended:?}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            // The folder of the log may be gone.
            eprintln!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
