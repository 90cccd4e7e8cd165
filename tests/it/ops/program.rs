//! `serve`, as a process of its own, and what it tells on its operations port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `serve`. Killed when it is dropped.
pub struct Program {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    folder: TempDir,
}

/// What the port answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Program {
    /// Starts it with these arguments, besides an API on a port of its own.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// The same, with these files in its folder.
    pub fn start_with(arguments: &[&str], files: &[(&str, &str)]) -> Self {
        Self::start_in(arguments, files, |_| {})
    }

    /// The same, once `prepare` has changed the folder.
    pub fn start_in(
        arguments: &[&str],
        files: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        prepare(folder.path());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_waba-migrator"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("WABA_MIGRATOR__SANDBOX__LISTEN", "127.0.0.1:0")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdout,
            folder,
        }
    }

    /// The URL on the next line that it says with this in it.
    pub fn url(&mut self, with: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended: {}", self.log());
            if line.contains(with) {
                let url = line.split_whitespace().find(|word| word.contains("://"));
                return url.unwrap().to_owned();
            }
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The memory that it has of the system, in bytes.
    pub fn resident_bytes(&self) -> usize {
        self.memory("VmRSS:")
    }

    /// The most that it has had.
    pub fn peak_bytes(&self) -> usize {
        self.memory("VmHWM:")
    }

    fn memory(&self, what: &str) -> usize {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<usize>().unwrap() << 10
    }

    /// Waits until its log has this.
    pub fn logs(&self, text: &str) -> String {
        until(|| Some(self.log()).filter(|log| log.contains(text)))
    }

    /// Where it was started.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Has it read its configuration again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = until(|| self.child.try_wait().unwrap());
        (status, self.log())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks an operations port.
pub fn ask(port: SocketAddr, path: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(port).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split_whitespace().nth(1)?.parse().ok()?,
        body: body.to_owned(),
    })
}

/// The address in a URL.
pub fn address(url: &str) -> SocketAddr {
    url.split_once("://").unwrap().1.parse().unwrap()
}

/// A port that nobody listens on just now.
pub fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Looks until there is something to see.
#[expect(clippy::disallowed_methods, reason = "the test waits for a process")]
pub fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}
