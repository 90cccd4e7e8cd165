//! Disables core dumps: the memory of this process contains tokens, PINs and encryption keys.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Disables core dumps of this process.
///
/// The limit of zero applies to dumps that the kernel writes itself. If it pipes them to a program
/// (systemd-coredump, apport), it ignores the limit and respects only the "not dumpable" attribute.
/// That also prevents other processes of the same user from tracing this one.
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
