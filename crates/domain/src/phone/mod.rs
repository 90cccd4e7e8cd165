//! Phone numbers: parsed as people write them, kept in E.164, equal if they are forms of one line.

mod invalid;
mod last_digits;
mod metadata;
mod plans;
mod raw;
mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use self::raw::RawNumber;
pub use invalid::InvalidPhoneNumber;
pub use last_digits::{InvalidLastDigits, LastDigits};

/// A phone number that is possible in its country's numbering plan.
///
/// Two are equal if they are forms of one line: see [`PhoneNumber::identity`]. `Debug` masks the
/// number; `Display` prints it in full, for calls to Meta and the API's own responses only.
///
/// A stored number is deserialised without validation: it was validated when it was parsed, that is
/// expensive, and a number must stay readable when its country's plan changes.
#[derive(Clone, Serialize, Deserialize)]
pub struct PhoneNumber {
    calling_code: Box<str>,
    national: Box<str>,
    /// What was unusual about the way it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Box<str>>,
}

impl PhoneNumber {
    /// The country calling code, without `+`: Meta's `cc`.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        &self.calling_code
    }

    /// The national number, without trunk prefix: Meta's `phone_number`.
    #[must_use]
    pub fn national(&self) -> &str {
        &self.national
    }

    /// All digits, without `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        format!("{}{}", self.calling_code, self.national)
    }

    /// The canonical form of the line, beginning with `+`: the key of everything that is counted or
    /// locked by number. An older form has the identity of the current one; two forms in use, as in
    /// Argentina, share one identity.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("+{}{}", self.calling_code, self.common())
    }

    /// The masked number, for logs: `+1•••••0123`.
    #[must_use]
    pub fn masked(&self) -> String {
        let last = self.national.len().saturating_sub(4);
        let tail = self.national.get(last..).unwrap_or_default();
        format!("+{}•••••{tail}", self.calling_code)
    }

    /// How it was read, if it was written in an older or unusual form:
    /// `read as +52 55 4132 0000: …`.
    #[must_use]
    pub fn reading(&self) -> Option<String> {
        let note = self.note.as_ref()?;
        Some(format!("read as {}: {note}", self.written()))
    }

    /// Whether it is in a range that is known to be in use. The library may be older than the plan.
    #[must_use]
    pub fn is_in_plan(&self) -> bool {
        metadata::is_in_plan(&self.calling_code, &self.national)
    }

    /// Whether it is certainly a fixed line, which receives no text messages.
    #[must_use]
    pub fn is_fixed_line(&self) -> bool {
        metadata::is_fixed_line(&self.calling_code, &self.national)
    }

    /// Whether `display`, a number as Meta shows it in a list (`+1 202-555-0123`), is this number.
    ///
    /// Meta keeps showing a number in the form in which it was added: Brazil without the ninth
    /// digit, Mexico with a `1`, Côte d'Ivoire with 8 digits.
    #[must_use]
    pub fn is_shown_as(&self, display: &str) -> bool {
        self.shown(display).is_some()
    }

    /// This number in the form of `display`, if that is the same number; otherwise unchanged.
    #[must_use]
    pub fn in_form_of(&self, display: &str) -> Self {
        self.shown(display).unwrap_or_else(|| self.clone())
    }

    /// The number that `display` shows, if it is this one.
    fn shown(&self, display: &str) -> Option<Self> {
        let digits = RawNumber::read(display)?.digits;
        let national = digits.strip_prefix(self.calling_code())?;
        let shown = Self {
            calling_code: self.calling_code.clone(),
            national: national.into(),
            note: None,
        };
        let is_same =
            shown == *self || plans::is_tail(&self.calling_code, national, &self.national);
        is_same.then_some(shown)
    }

    fn common(&self) -> Cow<'_, str> {
        plans::common(&self.calling_code, &self.national)
    }

    /// The number in its usual groups of digits.
    fn written(&self) -> String {
        metadata::written(&self.calling_code, &self.national)
    }
}

impl PartialEq for PhoneNumber {
    fn eq(&self, other: &Self) -> bool {
        self.calling_code == other.calling_code && self.common() == other.common()
    }
}

impl Eq for PhoneNumber {}

impl Hash for PhoneNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}{}", self.calling_code, self.national)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
