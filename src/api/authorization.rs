//! Which role may call which RPC.

use super::{Error, rpc};
use crate::auth::Caller;
use domain::tenancy::Role;

/// Refuses a caller whose role may not call this RPC.
pub(super) fn authorize(caller: &Caller, rpc: &str) -> Result<(), Error> {
    let (role, needed) = (caller.role(), rpc::required_role(rpc));
    if suffices(role, needed) {
        Ok(())
    } else {
        Err(Error::RoleMayNot { role, needed })
    }
}

const fn suffices(role: Role, needed: Role) -> bool {
    match (role, needed) {
        (Role::Migrator, _) | (Role::Reader, Role::Reader) => true,
        (Role::Reader, Role::Migrator) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_only_read() {
        assert!(suffices(Role::Reader, Role::Reader) && !suffices(Role::Reader, Role::Migrator));
        assert!(
            Role::ALL
                .iter()
                .all(|needed| suffices(Role::Migrator, *needed))
        );
    }
}
