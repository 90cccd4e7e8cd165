//! The sources of settings, and which one overrides which.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::problem::SettingProblem;
use super::setting;
use super::working_directory::{self, unreadable};

/// The compiled-in defaults.
pub const DEFAULTS: &str = include_str!("default.toml");
/// The name of the compiled-in source.
const DEFAULT: &str = "default";
/// The file that is read if none is named.
const USUAL_FILE: &str = "waba-migrator.toml";
/// Prefix of all environment variables of the program.
const PROGRAM: &str = "WABA_MIGRATOR_";
/// Prefix of the environment variables that are settings.
const PREFIX: &str = "WABA_MIGRATOR__";

/// The sources of settings; each overrides the ones before.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) defaults: Dict,
    pub(super) figment: Figment,
    /// Sources that cannot be read.
    pub(super) problems: Vec<SettingProblem>,
    /// Sources that have no effect.
    pub(super) warnings: Vec<SettingProblem>,
}

/// The settings of one source.
struct Layer {
    name: String,
    settings: Dict,
}

impl Default for Layers {
    fn default() -> Self {
        Self::new()
    }
}

impl Layers {
    /// The defaults alone.
    #[must_use]
    pub fn new() -> Self {
        let empty = Self {
            defaults: Dict::new(),
            figment: Figment::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        let mut layers = empty.toml(DEFAULT, DEFAULTS);
        layers.defaults = layers
            .figment
            .data()
            .ok()
            .and_then(|mut data| data.remove(&Profile::Default))
            .unwrap_or_default();
        layers
    }

    /// The file at `path`; without one, `waba-migrator.toml` in the working directory, if it
    /// exists. The latter is refused if another user could have written it: it decides where tokens
    /// are sent.
    #[must_use]
    pub fn file(mut self, path: Option<&Path>) -> Self {
        let (name, read) = match path {
            Some(path) => {
                let read = std::fs::read_to_string(path);
                (
                    path.display().to_string(),
                    read.map_err(|error| unreadable(&error)),
                )
            }
            None => match working_directory::read(Path::new(USUAL_FILE)) {
                Some(read) => (USUAL_FILE.to_owned(), read),
                None => return self,
            },
        };
        match read {
            Ok(text) => self.toml(&name, &text),
            Err(why) => {
                self.problems.push(SettingProblem::of_source(name, why));
                self
            }
        }
    }

    /// TOML text from a source of this name.
    #[must_use]
    pub fn toml(mut self, name: &str, text: &str) -> Self {
        match Toml::from_str::<Dict>(text) {
            Ok(settings) => self.over(name, settings),
            Err(error) => {
                let (line, what) = (line_of(text, error.span()), error.message());
                let words = format!("is not TOML: line {line}: {what}");
                self.problems.push(SettingProblem::of_source(name, words));
                self
            }
        }
    }

    /// The environment variables that are settings. A variable that is almost one is a warning.
    #[must_use]
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut ours: Vec<(String, OsString)> = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PROGRAM))
            .collect();
        ours.sort();
        for (name, value) in ours {
            let Some(key) = name.strip_prefix(PREFIX) else {
                self.warnings.extend(self.misspelt(&name));
                continue;
            };
            let key = key.to_lowercase().replace("__", ".");
            self = if let Ok(value) = value.into_string() {
                self.set(&name, &key, &value)
            } else {
                self.problems
                    .push(SettingProblem::of_source(&name, "is not UTF-8".to_owned()));
                self
            };
        }
        self
    }

    /// The warning about a variable that would be a setting with other underscores.
    fn misspelt(&self, name: &str) -> Option<SettingProblem> {
        let underscored = |key: &str| key.to_uppercase().replace('.', "_");
        let meant = name.strip_prefix(PROGRAM)?.replace("__", "_");
        let key = setting::keys(&self.defaults)
            .into_iter()
            .find(|key| underscored(key) == meant)?;
        let right = format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"));
        let text = format!("has no effect: the variable of the setting {key} is {right}");
        Some(SettingProblem::of_source(name, text))
    }

    /// One setting from a source of this name. Always text: each key parses its own.
    #[must_use]
    pub fn set(self, source: &str, key: &str, value: &str) -> Self {
        let nested = key.rsplit('.').fold(Value::from(value), |inner, part| {
            Value::from(Dict::from([(part.to_owned(), inner)]))
        });
        self.over(source, nested.into_dict().unwrap_or_default())
    }

    fn over(mut self, name: &str, settings: Dict) -> Self {
        self.figment = self.figment.merge(Layer {
            name: name.to_owned(),
            settings,
        });
        self
    }

    /// Whether `key` is not set, or empty.
    #[must_use]
    pub fn is_empty(&self, key: &str) -> bool {
        let value = self.figment.find_value(key).ok();
        value.is_none_or(|value| value.as_str().is_some_and(str::is_empty))
    }

    /// Whether no source set `key`.
    #[must_use]
    pub fn is_default(&self, key: &str) -> bool {
        self.source(key) == DEFAULT
    }

    /// The name of the source of `key`.
    pub(super) fn source(&self, key: &str) -> String {
        self.figment
            .find_metadata(key)
            .map_or_else(|| DEFAULT.to_owned(), |metadata| metadata.name.to_string())
    }
}

/// The number of the line where `span` begins. The line itself is not quoted: it may hold a secret.
fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let before = text.get(..span.map_or(0, |span| span.start));
    before.unwrap_or(text).matches('\n').count() + 1
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.settings.clone())]))
    }
}
