//! Problems with settings: all of them at once, each with its key, its source and the fix.

use std::fmt;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// The key; `None` if a whole source cannot be read.
    pub key: Option<String>,
    /// The source of the value: a file, a variable, a flag, or `default`.
    pub source: String,
    /// What is wrong, and what would be right.
    pub text: String,
}

/// The settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// Every problem.
    pub problems: Vec<SettingProblem>,
}

impl SettingProblem {
    /// A source that cannot be read.
    pub(super) fn of_source(source: impl fmt::Display, text: String) -> Self {
        Self {
            key: None,
            source: source.to_string(),
            text,
        }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key} (from {}) {}", self.source, self.text),
            None => write!(f, "{} {}", self.source, self.text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}
