//! What most load programs measure: a service with a sandbox, and connections to it.

use super::connections::Connections;
use super::phone::Phones;
use super::process::Process;
use super::service;
use super::workspace::{Store, Workspace};

/// A running service and its environment. Dropped in this order.
pub struct Setup {
    /// Connections to the service.
    pub connections: Connections,
    /// The phones of the sandbox.
    pub phones: Phones,
    /// The service.
    pub server: Process,
    /// The sandbox.
    pub sandbox: Process,
    /// The files and the database.
    pub workspace: Workspace,
}

impl Setup {
    /// Starts a sandbox that responds at once, and a service on an empty store.
    pub async fn start(store: &Store, settings: &[String], callers: usize) -> anyhow::Result<Self> {
        let workspace = store.workspace()?;
        let sandbox = service::sandbox(&workspace, "0s");
        Self::on(workspace, sandbox, settings, callers).await
    }

    /// Starts a service on this store and sandbox.
    pub async fn on(
        workspace: Workspace,
        sandbox: Process,
        settings: &[String],
        callers: usize,
    ) -> anyhow::Result<Self> {
        let server = service::serve(&workspace, &sandbox.address, settings);
        Ok(Self {
            connections: Connections::open(&[&server.address], callers).await?,
            phones: Phones::of(&sandbox.address),
            server,
            sandbox,
            workspace,
        })
    }
}
