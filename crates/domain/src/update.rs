//! What a caller may change of a live migration, and the values in force after it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{CodeMethod, Cutover, Language, Migration};

/// Maximum labels of a migration.
pub const MAX_LABELS: usize = 16;

/// A change of a live migration. `None` and empty collections change nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// When the number may be registered.
    pub cutover: Option<Cutover>,
    /// How long the migration may still take, from now.
    pub expires_after: Option<SignedDuration>,
    /// Labels to add or change.
    pub labels: BTreeMap<String, String>,
    /// Keys of labels to remove.
    pub remove_labels: BTreeSet<String>,
    /// The caller's own name for the migration; empty removes it.
    pub reference: Option<String>,
    /// How the next code reaches the owner.
    pub code_method: Option<CodeMethod>,
    /// Language of the next code message.
    pub language: Option<Language>,
}

/// The caller's own names for a migration, by which lists find it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// The reference; empty if there is none.
    pub reference: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
}

impl Update {
    /// The tags of `migration` after the change; `None` if they stay as they are.
    pub(crate) fn tags(&self, migration: &Migration) -> Option<Tags> {
        let mut labels = migration.labels().clone();
        labels.retain(|key, _| !self.remove_labels.contains(key));
        labels.extend(self.labels.clone());
        let reference = self.reference.as_deref().unwrap_or(migration.reference());
        let same = labels == *migration.labels() && reference == migration.reference();
        (!same).then(|| Tags {
            reference: reference.to_owned(),
            labels,
        })
    }
}

impl Migration {
    /// The caller's own name for the migration; empty if it has none.
    #[must_use]
    pub fn reference(&self) -> &str {
        let updated = self.tags.as_ref().map(|tags| &tags.reference);
        updated.unwrap_or(&self.request.reference)
    }

    /// The caller's own labels.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<String, String> {
        let updated = self.tags.as_ref().map(|tags| &tags.labels);
        updated.unwrap_or(&self.request.labels)
    }
}
