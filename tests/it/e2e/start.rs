//! The start of the program itself, while its database is away or does not let it in.

use std::io::{BufRead as _, BufReader, Read};
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::store::cluster;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
const WAITS: &str = "waits for its database";

/// `serve`, and what it says.
struct Process {
    child: Child,
    says: mpsc::Receiver<String>,
    said: Vec<String>,
    _folder: TempDir,
}

impl Process {
    /// Starts it on a database that [`cluster::prepared`] made, or one that is reached by another URL.
    async fn serve(listen: SocketAddr, url: impl FnOnce(&str) -> String) -> Self {
        let (database, key_file) = cluster::prepared().await;
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_waba-migrator"))
            .args([
                "serve",
                "--listen",
                &listen.to_string(),
                "--set",
                "ops.listen=",
            ])
            .env("WABA_MIGRATOR__STORE__URL", url(&database))
            .args(["--set", &format!("secrets.key_file={}", key_file.display())])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (say, says) = mpsc::channel();
        hear(child.stdout.take().unwrap(), say.clone());
        hear(child.stderr.take().unwrap(), say);
        Self {
            child,
            says,
            said: Vec::new(),
            _folder: folder,
        }
    }

    /// Waits until it says this.
    fn until(&mut self, text: &str) -> String {
        loop {
            let line = self.says.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never {text:?}: {:#?}", self.said));
            self.said.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Asks it to stop.
    fn terminate(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended; how, and all that it said.
    fn ended(mut self) -> (ExitStatus, String) {
        loop {
            match self.says.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                // Nobody is left who says anything.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it goes on: {:#?}", self.said),
            }
        }
        (self.child.wait().unwrap(), self.said.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hear(from: impl Read + Send + 'static, say: mpsc::Sender<String>) {
    thread::spawn(move || {
        let lines = BufReader::new(from).lines().map_while(Result::ok);
        lines.for_each(|line| drop(say.send(line)));
    });
}

/// An address that nobody listens on, and that no outgoing connection takes: those are made from 127.0.0.1.
fn unused() -> SocketAddr {
    let listener = StdListener::bind("127.0.0.2:0").unwrap();
    listener.local_addr().unwrap()
}

/// The same database by another way.
fn by_way_of(address: SocketAddr, url: &str) -> String {
    let (user, rest) = url.split_once('@').unwrap();
    let (_, name) = rest.split_once('/').unwrap();
    format!("{user}@{address}/{name}")
}

/// From now on whoever connects to `address` reaches the database at `url`.
async fn open_the_way(address: SocketAddr, url: &str) {
    let (_, rest) = url.split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind(address).await.unwrap();
    let tracker = TaskTracker::new();
    tracker.clone().spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut to = TcpStream::connect(&server).await.unwrap();
            tracker.spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_waited_for_and_that_is_said_once() {
    let (listen, way) = (unused(), unused());
    let mut process = Process::serve(listen, |url| by_way_of(way, url)).await;
    let told = process.until(WAITS);
    assert!(told.contains("Connection refused"), "why: {told}");
    assert!(told.contains(&way.to_string()), "for what: {told}");
    assert!(!told.contains("tests:"), "no password: {told}");
    StdStream::connect(listen).expect_err("nobody listens who cannot answer");
    // More than one of its tries.
    tokio::time::sleep(Duration::from_secs(3)).await;
    open_the_way(way, &cluster::shared()).await;
    process.until(&format!("waba-migrator on http://{listen}"));
    StdStream::connect(listen).unwrap();
    process.terminate();
    let (ended, said) = process.ended();
    assert!(ended.success(), "{said}");
    assert_eq!(said.matches(WAITS).count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_waits_for_its_database_can_be_stopped() {
    let way = unused();
    let mut process = Process::serve(unused(), |url| by_way_of(way, url)).await;
    process.until(WAITS);
    process.terminate();
    let (ended, said) = process.ended();
    assert!(ended.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_let_us_in_is_not_waited_for() {
    type Way = fn(&str) -> String;
    let wrong_password = |url: &str| {
        let (_, rest) = url.split_once('@').unwrap();
        format!("postgres://tests:canary@{rest}")
    };
    let refused = "the database does not let us in";
    let ways: [(Way, &str, &str); 3] = [
        (wrong_password, refused, "password authentication failed"),
        (
            |url| cluster::database(url, "no_such_database"),
            refused,
            "database \"no_such_database\" does not exist",
        ),
        // The server of the tests does not encrypt.
        (
            |url| format!("{url}?sslmode=require"),
            "is not to be trusted",
            "TLS",
        ),
    ];
    for (url, what, why) in ways {
        let (ended, said) = Process::serve(unused(), url).await.ended();
        assert_eq!(ended.code(), Some(1), "{said}");
        assert!(said.contains(what), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!said.contains(WAITS), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}
