//! How a database server is used.

/// How the store uses a database server. A file needs no settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// How migrations are claimed.
    pub claim: ClaimForm,
    /// How processes learn of each other's commits.
    pub notifications: NotificationMode,
}

/// How migrations are claimed. Both forms claim the same, in the same order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClaimForm {
    /// Over all tenants where the server can, otherwise tenant by tenant.
    #[default]
    Auto,
    /// Over all tenants, in one statement.
    AllTenants,
    /// Tenant by tenant, in statements that a database sharded by tenant accepts.
    PerTenant,
}

/// How processes learn of each other's commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotificationMode {
    /// By LISTEN where that works; otherwise they poll.
    #[default]
    Auto,
    /// By LISTEN. A server that does not deliver notifications is refused.
    Listen,
    /// They poll. No notification is sent or received.
    Poll,
}
