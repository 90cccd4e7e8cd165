//! Who calls. Without authentication there is one caller, and everything belongs to its one tenant.

use crate::migration::TenantId;

/// The tenant that the caller acts for. The only place in the doors where a tenant comes from.
pub(super) fn tenant() -> TenantId {
    TenantId::default_tenant()
}
