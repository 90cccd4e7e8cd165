//! `[log]`: what is logged, and how.

use super::{Reader, environment};
use crate::telemetry::{self, LogFormat, LogSettings};

impl LogSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "log.level";
        let level = reader.text(key);
        if !telemetry::is_level(&level) {
            let what = "must be off, error, warn, info, debug or trace, or levels by target such \
                        as info,waba_migrator::graph=debug";
            reader.wrong(key, what, &level);
        }
        let formats = [
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("json", LogFormat::Json),
        ];
        Self {
            format: reader.choice("log.format", &formats),
            level,
            colours: true,
        }
    }

    /// These settings, with `RUST_LOG` and `NO_COLOR` applied.
    #[must_use]
    pub fn in_force(&self) -> Self {
        Self {
            format: self.format,
            level: environment::rust_log().unwrap_or_else(|| self.level.clone()),
            colours: !environment::no_color(),
        }
    }
}
