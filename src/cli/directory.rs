//! The store, for an operator who works on it directly.

use crate::app;
use crate::config::Config;
use crate::store::Database;

use super::args::StoreSettings;
use super::out::note;

/// Opens the store, does `work` and closes it.
pub(super) async fn with<T>(
    settings: &StoreSettings,
    work: impl AsyncFnOnce(&Database) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let config = Config::load(&settings.layers()?)?;
    let new = config.store_url.file().filter(|file| !file.exists());
    let store = app::open_store(&config).await?;
    if let Some(file) = new {
        // Mostly a mistake: another directory than the service's.
        note(&format!("made {}: there was no such file", file.display()));
    }
    let done = work(&store).await;
    store.close().await;
    done
}
