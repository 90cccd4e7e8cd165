//! Which role may call which RPC.

use super::{Error, rpc};
use crate::auth::Caller;

/// Refuses a caller whose role may not call this RPC.
pub(super) fn authorize(caller: &Caller, rpc: &str) -> Result<(), Error> {
    let (role, needed) = (caller.role(), rpc::required_role(rpc));
    if role.includes(needed) {
        Ok(())
    } else {
        Err(Error::RoleMayNot {
            role,
            needed,
            is_anonymous: caller.is_anonymous(),
        })
    }
}
