//! Disks that temporarily refuse writes.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::service::{ServiceProcess, url};

/// A folder for a database, on a disk that can refuse writes.
pub struct Disk {
    folder: PathBuf,
    way: Way,
    _temporary: TempDir,
}

/// How it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The disk is small, and is filled.
    Full,
    /// The files become immutable.
    ReadOnly,
    /// The process reaches a limit on the size of files. Requires no privileges, so it replaces the
    /// others where they are not permitted.
    Limit,
}

impl Disk {
    /// A disk that can be filled.
    pub fn small() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("disk");
        std::fs::create_dir(&folder).unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs"];
        let mounted = succeeds(Command::new("mount").args(mount).arg(&folder));
        Self::new(
            temporary,
            folder,
            if mounted { Way::Full } else { Way::Limit },
        )
    }

    /// A disk whose files can be made immutable, as if it were remounted read-only.
    pub fn read_only() -> Self {
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
        reason = "the output shows which failure was tested"
    )]
    fn new(temporary: TempDir, folder: PathBuf, way: Way) -> Self {
        println!("a disk that refuses writes by: {way:?}");
        Self {
            folder,
            way,
            _temporary: temporary,
        }
    }

    /// The URL of the database on it.
    pub fn url(&self) -> String {
        url(&self.folder)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command that starts a program which can write only small files.
    pub fn starter(&self) -> Vec<&'static str> {
        match self.way {
            Way::Full | Way::ReadOnly => Vec::new(),
            Way::Limit => vec!["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"],
        }
    }

    /// The text in the log while it refuses writes.
    pub fn sentence(&self) -> &'static str {
        match self.way {
            Way::Full => "the disk of the store's file is full: free space there",
            Way::ReadOnly => "the store's file is read-only: ",
            Way::Limit => "or a limit on the size of files is reached: ",
        }
    }

    /// Refuses writes from now on.
    pub fn refuse(&self, process: &ServiceProcess) {
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

    /// Accepts writes again.
    pub fn accept(&self, process: &ServiceProcess) {
        match self.way {
            Way::Full => std::fs::remove_file(self.folder.join("filler")).unwrap(),
            Way::ReadOnly => assert!(immutable("-i", &self.files())),
            Way::Limit => limit(process, "unlimited"),
        }
    }

    /// The files of the database, except the shared memory file: the system kills a process that
    /// writes to a mapped file without permission.
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
            Way::Full => drop(succeeds(Command::new("umount").arg("-l").arg(&self.folder))),
            Way::ReadOnly => drop(immutable("-i", &self.files())),
            Way::Limit => {}
        }
    }
}

fn limit(process: &ServiceProcess, bytes: &str) {
    let (id, size) = (process.id().to_string(), format!("--fsize={bytes}:"));
    assert!(succeeds(
        Command::new("prlimit").args(["--pid", &id, &size])
    ));
}

fn immutable(change: &str, files: &[impl AsRef<Path>]) -> bool {
    let files = files.iter().map(AsRef::as_ref);
    succeeds(Command::new("chattr").arg(change).args(files))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
