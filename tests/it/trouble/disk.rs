//! Disks that refuse to be written to, for a while.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::process::{Process, url};

/// A folder for a database, on a disk that can be made to refuse what is written.
pub struct Disk {
    folder: PathBuf,
    way: Way,
    _temporary: TempDir,
}

/// How it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is small, and filled up.
    Full,
    /// Its files become immutable.
    ReadOnly,
    /// The process meets a limit on the size of its files. Needs no right that every user has not, so it stands in where one of
    /// the others is not permitted.
    Limit,
}

impl Disk {
    /// One that fills up.
    pub fn small() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("disk");
        std::fs::create_dir(&folder).unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs"];
        let mounted = does(Command::new("mount").args(mount).arg(&folder));
        Self::new(
            temporary,
            folder,
            if mounted { Way::Full } else { Way::Limit },
        )
    }

    /// One whose files can be made immutable, as by a system that goes on for reading only.
    pub fn that_locks() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        let probe = folder.join("probe");
        File::create(&probe).unwrap();
        let permitted =
            immutable("+i", std::slice::from_ref(&probe)) && File::create(&probe).is_err();
        immutable("-i", &[probe]);
        let way = if permitted { Way::ReadOnly } else { Way::Limit };
        Self::new(temporary, folder, way)
    }

    #[expect(
        clippy::print_stdout,
        reason = "what could be tried here is worth a line"
    )]
    fn new(temporary: TempDir, folder: PathBuf, way: Way) -> Self {
        println!("a disk that refuses writes by: {way:?}");
        Self {
            folder,
            way,
            _temporary: temporary,
        }
    }

    /// The database on it.
    pub fn url(&self) -> String {
        url(&self.folder)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a program for which there is no room for more than the smallest files.
    pub fn starter(&self) -> Vec<&'static str> {
        match self.way {
            Way::Full | Way::ReadOnly => Vec::new(),
            Way::Limit => vec!["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"],
        }
    }

    /// What the log must say while it refuses.
    pub fn sentence(&self) -> &'static str {
        match self.way {
            Way::Full => "the disk that the store's file is on is full: make room there",
            Way::ReadOnly => "the store's file can only be read: ",
            Way::Limit => "has reached a limit on the size of files: ",
        }
    }

    /// From now on nothing can be written.
    pub fn refuse(&self, process: &Process) {
        match self.way {
            Way::Full => {
                let mut filler = File::create(self.folder.join("filler")).unwrap();
                while filler.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
            }
            Way::ReadOnly => assert!(immutable("+i", &self.files())),
            Way::Limit => {
                let log = self.folder.join("m.db-wal");
                limit(process, &log.metadata().unwrap().len().to_string());
            }
        }
    }

    /// From now on it takes what is written again.
    pub fn accept(&self, process: &Process) {
        match self.way {
            Way::Full => std::fs::remove_file(self.folder.join("filler")).unwrap(),
            Way::ReadOnly => assert!(immutable("-i", &self.files())),
            Way::Limit => limit(process, "unlimited"),
        }
    }

    /// The files that are written to. Not the one that connections share, which is mapped into memory: the system ends a
    /// process that writes to such a file when it may not.
    fn files(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(&self.folder).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files
            .filter(|file| !file.to_string_lossy().ends_with("-shm"))
            .collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        match self.way {
            Way::Full => drop(does(Command::new("umount").arg("-l").arg(&self.folder))),
            Way::ReadOnly => drop(immutable("-i", &self.files())),
            Way::Limit => {}
        }
    }
}

fn limit(process: &Process, bytes: &str) {
    let (id, size) = (process.id().to_string(), format!("--fsize={bytes}:"));
    assert!(does(Command::new("prlimit").args(["--pid", &id, &size])));
}

fn immutable(change: &str, files: &[impl AsRef<Path>]) -> bool {
    let files = files.iter().map(AsRef::as_ref);
    does(Command::new("chattr").arg(change).args(files))
}

fn does(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
