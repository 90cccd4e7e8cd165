//! The demo's environment: a temporary folder, and settings with short times.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use crate::config::Layers;
use crate::util::clock;

/// A temporary folder for the database and its key. Removed when dropped.
pub(super) struct DemoFolder(PathBuf);

impl DemoFolder {
    pub(super) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("waba-migrator-demo-{}", clock::new_id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }

    /// The settings. No file and no environment, so that the demo is the same everywhere.
    pub(super) fn layers(&self, graph: &str) -> Layers {
        let store = format!("sqlite://{}", self.0.join("demo.db").display());
        let settings = [
            ("server.listen", "127.0.0.1:0"),
            ("ops.listen", ""),
            // The demo prints the events itself.
            ("log.level", "error"),
            ("server.shutdown_grace", "1s"),
            ("store.url", &store),
            ("graph.base_url", graph),
            ("graph.access_token", "sandbox"),
            ("engine.poll", "50ms"),
            ("engine.retry_base", "100ms"),
            ("engine.retry_cap", "1s"),
            ("graph.connect_timeout", "3s"),
            ("graph.timeout", "3s"),
            ("graph.register_timeout", "3s"),
            ("engine.register_settles", "3s"),
            ("engine.confirm_base", "100ms"),
            ("engine.confirm_cap", "500ms"),
            ("engine.confirm_for", "10s"),
            ("engine.limit_pause", "2s"),
            ("code.cooldown", "0s"),
        ];
        settings
            .into_iter()
            .fold(Layers::new(), |layers, (key, value)| {
                layers.set("demo", key, value)
            })
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        // If it fails, the system cleans up its temporary folder.
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}

/// The sandbox's options: delays that are minutes at Meta are seconds here.
pub(super) fn sandbox() -> ::sandbox::Options {
    const SOON: Duration = Duration::from_secs(2);
    ::sandbox::Options {
        register_delay: SOON,
        maintenance: SOON,
        deletion: SOON,
        code_cooldown: SOON,
        throttle: SOON,
        ..::sandbox::Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_settings_are_valid_and_the_folder_is_removed() {
        let folder = DemoFolder::new().unwrap();
        let path = folder.0.clone();
        let config = Config::load(&folder.layers("http://127.0.0.1:1")).unwrap();
        assert!(
            config
                .key_file()
                .is_some_and(|file| file.starts_with(&path))
                && path.is_dir()
        );
        drop(folder);
        assert!(!path.exists());
    }
}
