//! Reads settings one by one and collects the problems, so that all can be fixed at once.
//!
//! A value that cannot be read is replaced by some value of its type; [`Reader::finish`] then
//! fails.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use figment::Provider as _;
use figment::value::{Dict, Value};
use jiff::SignedDuration;

use super::layers::Layers;
use super::problem::{Error, SettingProblem};
use super::{duration, secret, url};

/// Reads settings.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<SettingProblem>,
    warnings: Vec<SettingProblem>,
}

/// How a secret is configured.
pub(super) enum Given {
    /// As text.
    Text(String),
    /// In a file.
    File {
        /// The key that names the file.
        key: &'static str,
        /// The path.
        path: String,
    },
}

impl<'a> Reader<'a> {
    /// A reader whose problems so far are unreadable sources and unknown keys.
    pub(super) fn new(layers: &'a Layers) -> Self {
        let mut reader = Self {
            layers,
            problems: layers.problems.clone(),
            warnings: layers.warnings.clone(),
        };
        if let Ok(data) = layers.figment.data() {
            for settings in data.values() {
                reader.reject_unknown_keys("", settings, &layers.defaults);
            }
        }
        reader
    }

    /// Ends the reading: what was read, with the warnings, or every problem. What was read is
    /// `None` only where a problem was reported.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<(T, Vec<SettingProblem>), Error> {
        match read {
            Some(read) if self.problems.is_empty() => Ok((read, self.warnings)),
            _ => Err(Error {
                problems: self.problems,
            }),
        }
    }

    /// Adds a problem of `key`, unless its section already has one.
    pub(super) fn problem(&mut self, key: &str, text: impl Into<String>) {
        if key
            .split_once('.')
            .is_some_and(|(section, _)| !self.sound(&[section]))
        {
            return;
        }
        let problem = self.about(key, text);
        self.problems.push(problem);
    }

    /// Adds a warning: `key` can be used but should be changed.
    pub(super) fn warning(&mut self, key: &str, text: impl Into<String>) {
        let warning = self.about(key, text);
        self.warnings.push(warning);
    }

    fn about(&self, key: &str, text: impl Into<String>) -> SettingProblem {
        SettingProblem {
            key: Some(key.to_owned()),
            source: self.layers.source(key),
            text: text.into(),
        }
    }

    /// Adds a problem: `key` is not what it must be, but `text`, which is quoted unless it may hold
    /// a password.
    pub(super) fn wrong(&mut self, key: &str, must: impl Display, text: &str) {
        self.problem(key, format!("{must}, and is {}", url::quoted(text)));
    }

    /// Whether none of `keys` has a problem, so that they can be compared.
    pub(super) fn sound(&self, keys: &[&str]) -> bool {
        !self
            .problems
            .iter()
            .filter_map(|problem| problem.key.as_deref())
            .any(|key| keys.contains(&key))
    }

    /// Whether no key of this section has a problem.
    pub(super) fn is_sound(&self, section: &str) -> bool {
        let keys = self
            .problems
            .iter()
            .filter_map(|problem| problem.key.as_deref());
        !keys
            .map(|key| key.split_once('.').map_or(key, |(section, _)| section))
            .any(|other| other == section)
    }

    /// Text; empty if not set.
    pub(super) fn text(&mut self, key: &str) -> String {
        match self.layers.figment.find_value(key).as_ref().map(text_of) {
            Ok(Some(text)) => text,
            Ok(None) => {
                self.problem(key, "must be text");
                String::new()
            }
            // A whole section was replaced by something else, which was reported already.
            Err(_) => String::new(),
        }
    }

    /// The text parsed as `T`; `None` if not set.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key);
        if text.is_empty() {
            return None;
        }
        text.parse()
            .map_err(|error| self.wrong(key, error, &text))
            .ok()
    }

    /// The text of a secret parsed as `T`; `None` if not set. The error text must not quote it.
    pub(super) fn parsed_secret<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.secret(key)?;
        text.parse()
            .map_err(|error: T::Err| self.problem(key, error.to_string()))
            .ok()
    }

    /// Adds a problem if `key` is not set. `value` is what was read of it.
    pub(super) fn require<T>(&mut self, key: &str, value: Option<&T>) {
        if value.is_none() && self.sound(&[key]) {
            self.problem(key, "must be set");
        }
    }

    /// The value beside one of these texts; `T`'s own default if the text is none of them.
    pub(super) fn choice<T: Copy + Default>(&mut self, key: &str, choices: &[(&str, T)]) -> T {
        let text = self.text(key);
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return *value;
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.wrong(key, format!("must be one of {}", names.join(", ")), &text);
        T::default()
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, key: &str) -> bool {
        let text = self.text(key);
        text.parse().unwrap_or_else(|_| {
            self.wrong(key, "must be true or false", &text);
            false
        })
    }

    /// A whole number within `range`.
    pub(super) fn number<T>(&mut self, key: &str, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let text = self.text(key);
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (from, to) = (range.start(), range.end());
                let what = format!("must be a whole number from {from} to {to}");
                self.wrong(key, what, &text);
                *range.start()
            }
        }
    }

    /// A duration within `range`.
    pub(super) fn duration(
        &mut self,
        key: &str,
        range: RangeInclusive<SignedDuration>,
    ) -> SignedDuration {
        let text = self.text(key);
        let read = within(&text, &range);
        read.unwrap_or_else(|problem| {
            self.wrong(key, problem, &text);
            *range.start()
        })
    }

    /// A duration within `range`; `None` for `never`.
    pub(super) fn duration_or_never(
        &mut self,
        key: &str,
        range: RangeInclusive<SignedDuration>,
    ) -> Option<SignedDuration> {
        let text = self.text(key);
        if text == "never" {
            return None;
        }
        let read = within(&text, &range);
        read.map_err(|problem| self.wrong(key, format!("{problem}, or never"), &text))
            .ok()
    }

    /// A duration within `range`, for timers.
    pub(super) fn timeout(&mut self, key: &str, range: RangeInclusive<SignedDuration>) -> Duration {
        self.duration(key, range).unsigned_abs()
    }

    /// Text that has a default, from `key` or from the file that `file_key` names; and the key that
    /// it came from. A file excludes a text from any source but the defaults.
    pub(super) fn text_or_file(
        &mut self,
        key: &'static str,
        file_key: &'static str,
    ) -> (&'static str, String) {
        let (text, path) = (self.text(key), self.text(file_key));
        if path.is_empty() {
            return (key, text);
        }
        if !text.is_empty() && !self.layers.is_default(key) {
            self.excludes(file_key, key);
            return (key, text);
        }
        (file_key, self.contents(file_key, &path).unwrap_or_default())
    }

    /// A secret, from `key` or from the file that is named instead. Problems never quote it.
    pub(super) fn secret(&mut self, key: &str) -> Option<String> {
        let (file_key, file) = match self.secret_or_file(key) {
            None => return None,
            Some(Given::Text(text)) => return Some(text),
            Some(Given::File { key, path }) => (key, path),
        };
        self.contents(file_key, &file)
    }

    /// The contents of the file that `file_key` names, without a newline at the end.
    fn contents(&mut self, file_key: &str, file: &str) -> Option<String> {
        let read = std::fs::read_to_string(file).map_err(|error| error.to_string());
        match read
            .as_deref()
            .map(|text| text.trim_end_matches(['\r', '\n']))
        {
            Ok("") => self.problem(file_key, format!("names {file:?}, which is empty")),
            Ok(text) => return Some(text.to_owned()),
            Err(error) => self.problem(
                file_key,
                format!("names {file:?}, which cannot be read: {error}"),
            ),
        }
        None
    }

    /// How a secret is configured: as text or in a file, never both.
    pub(super) fn secret_or_file(&mut self, key: &str) -> Option<Given> {
        let file_key = secret::file_of(key);
        debug_assert!(file_key.is_some(), "{key} would be printed");
        let (text, file_key) = (self.text(key), file_key?);
        let path = self.text(file_key);
        if path.is_empty() {
            return Some(text).filter(|text| !text.is_empty()).map(Given::Text);
        }
        if !text.is_empty() {
            self.excludes(file_key, key);
            return None;
        }
        Some(Given::File {
            key: file_key,
            path,
        })
    }

    fn excludes(&mut self, file_key: &str, key: &str) {
        let source = self.layers.source(key);
        self.problem(
            file_key,
            format!("excludes {key}, which is set too (from {source}): keep one of them"),
        );
    }

    /// Adds problems for keys that have no default, and for settings in the place of sections.
    fn reject_unknown_keys(&mut self, prefix: &str, settings: &Dict, known: &Dict) {
        for (name, value) in settings {
            let key = format!("{prefix}{name}");
            match (value, known.get(name)) {
                (Value::Dict(_, inner), Some(Value::Dict(_, known))) => {
                    self.reject_unknown_keys(&format!("{key}."), inner, known);
                }
                (Value::Dict(_, inner), None) if !inner.is_empty() => {
                    self.reject_unknown_keys(&format!("{key}."), inner, &Dict::new());
                }
                (_, Some(Value::Dict(..))) => self.problem(&key, "is a section, not a setting"),
                (_, None) => {
                    self.problem(
                        &key,
                        format!("is not a setting. {}", suggestion(name, known)),
                    );
                }
                (Value::Dict(..), Some(_)) => self.problem(&key, "is a setting, not a section"),
                (_, Some(_)) => {}
            }
        }
    }
}

/// The duration, or the requirement that it fails.
fn within(text: &str, range: &RangeInclusive<SignedDuration>) -> Result<SignedDuration, String> {
    match duration::parse(text) {
        Ok(duration) if range.contains(&duration) => Ok(duration),
        Ok(_) => {
            let [from, to] = [range.start(), range.end()].map(|end| duration::print(*end));
            Err(format!("must be a duration from {from} to {to}"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The setting that was probably meant by an unknown name, or all of the section.
fn suggestion(name: &str, known: &Dict) -> String {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let known: Vec<&str> = known.keys().map(String::as_str).collect();
    match known
        .iter()
        .find(|candidate| plain(candidate) == plain(name))
    {
        Some(meant) => format!("Did you mean {meant}?"),
        None if known.is_empty() => "There is no such section".to_owned(),
        None => format!("The section has: {}", known.join(", ")),
    }
}

/// A scalar value as text: the environment and flags have no other kind.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, truth) => Some(truth.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|number| number.to_string())
            .or_else(|| number.to_i128().map(|number| number.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string())),
        Value::Char(..) | Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}
