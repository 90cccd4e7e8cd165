//! The configuration file in the working directory, which may be any directory, such as `/tmp`: the
//! file must be the user's own.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Permission bits by which others than the owner may write a file.
const GROUP_AND_OTHERS: u32 = 0o022;
const ROOT: u32 = 0;

/// The contents of the file, or why it is refused; `None` if there is no file.
pub(super) fn read(path: &Path) -> Option<Result<String, String>> {
    // Opening a pipe would block the program, so the type is checked first.
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(unreadable(&error))),
        Ok(about) if !about.is_file() => Some(Err("is not a file".to_owned())),
        Ok(_) => Some(read_ours(path)),
    }
}

/// Why a file that cannot be read is refused.
pub(super) fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Checks owner and mode of the handle that is read. The directory is not checked: a user who can
/// replace the file there can only put their own files, or other files of this user, in its place.
fn read_ours(path: &Path) -> Result<String, String> {
    let mut file = File::open(path).map_err(|error| unreadable(&error))?;
    let about = file.metadata().map_err(|error| unreadable(&error))?;
    let user = rustix::process::geteuid().as_raw();
    if let Some(why) = refusal(about.uid(), about.mode(), user) {
        return Err(why);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|error| unreadable(&error))?;
    Ok(text)
}

/// Why `user` must not use a file of this owner and mode.
fn refusal(owner: u32, mode: u32, user: u32) -> Option<String> {
    const NAME_IT: &str = "If it is the intended file, name it with --config";
    if owner != user && owner != ROOT {
        Some(format!(
            "is in the working directory and belongs to another user ({owner}), who could redirect \
             tokens with it. {NAME_IT}"
        ))
    } else if mode & GROUP_AND_OTHERS != 0 {
        let mode = mode & 0o777;
        Some(format!(
            "is in the working directory and can be written by other users (mode {mode:03o}), who \
             could redirect tokens with it. Run chmod go-w on it. {NAME_IT}"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_used_that_no_other_user_can_write() {
        for (owner, mode, used) in [
            (1000, 0o100_600, true),
            (1000, 0o100_644, true),
            (ROOT, 0o100_644, true),
            (1000, 0o100_664, false),
            (1000, 0o100_646, false),
            (ROOT, 0o100_666, false),
            (1001, 0o100_600, false),
        ] {
            let refused = refusal(owner, mode, 1000);
            assert_eq!(refused.is_none(), used, "{owner} {mode:o}");
            assert!(refused.is_none_or(|why| why.contains("--config")));
        }
    }

    #[test]
    fn a_directory_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(&folder.path().join("missing.toml")).is_none());
        let read = read(folder.path()).unwrap();
        assert_eq!(read, Err("is not a file".to_owned()));
    }
}
