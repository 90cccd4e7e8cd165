//! Keeps the memory of this process out of core dumps: it holds tokens, PINs and the keys that seal them.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Has the system write no core dump of this process, whatever becomes of it.
///
/// A limit of zero is for dumps that the kernel writes itself. Where it hands them to a program (systemd-coredump, apport), the limit
/// does not count, and only what is marked as not dumpable is left out; such a process cannot be traced by its own user, either.
pub fn forbid_core_dumps() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_forbids_core_dumps_is_not_dumpable() {
        use rustix::process::{DumpableBehavior, dumpable_behavior, getrlimit};

        forbid_core_dumps().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
