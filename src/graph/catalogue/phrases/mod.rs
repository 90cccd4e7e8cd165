//! The meaning of Meta's texts, in the languages that Meta was observed, or is likely, to use.
//!
//! Meta translates titles and explanations into the locale of the token. Each language has a file,
//! and each meaning a row: patterns that match its sentences and no others, as short as possible.
//! Sources: in English, Portuguese and Spanish Meta's own pages and observed responses; in the
//! other languages the vocabulary of Meta's products. Uncertain patterns are left out: an unknown
//! text gets the reason of its group and is shown in full.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod headlines;
mod hi;
mod id;
mod it;
mod pt;
mod tr;

#[cfg(test)]
pub(super) mod sentences;
#[cfg(test)]
mod tests;

pub(super) use self::headlines::{Headline, headline, is_filler, names_a_code, names_a_permission};

use super::clauses::Clauses;
use super::text::says;
use domain::Reason;

/// The patterns of a meaning in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase {
    /// The meaning.
    pub(super) reason: Reason,
    /// Patterns of [`says`], one of which must match.
    pub(super) said_by: &'static [&'static str],
}

const fn phrase(reason: Reason, said_by: &'static [&'static str]) -> Phrase {
    Phrase { reason, said_by }
}

/// The rows of each language.
const LANGUAGES: [(&str, &[Phrase]); 10] = [
    ("en", en::PHRASES),
    ("pt", pt::PHRASES),
    ("es", es::PHRASES),
    ("de", de::PHRASES),
    ("fr", fr::PHRASES),
    ("ar", ar::PHRASES),
    ("id", id::PHRASES),
    ("tr", tr::PHRASES),
    ("it", it::PHRASES),
    ("hi", hi::PHRASES),
];

/// Meanings that are searched for together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// From the most specific to the most general: in one sentence the first counts.
    particular: &'static [&'static [Reason]],
    /// General meanings, which count only if there is no other in any sentence.
    general: &'static [Reason],
}

/// What concerns the Meta app as a whole.
pub(super) const APP: Scope = scope(&[&[Reason::AppBlocked, Reason::AppTermsNotAccepted]], &[]);
/// What concerns an account, a number or its move.
pub(super) const MOVE: Scope = scope(&[OF_A_MOVE], &[Reason::MoveFailedAtMeta]);
/// The same, and reasons why no code is sent.
pub(super) const CODE_REQUEST: Scope = scope(&[OF_A_CODE_REQUEST, OF_A_MOVE], &[]);
/// The same, and reasons why a code is refused.
pub(super) const CODE_CHECK: Scope = scope(&[OF_A_CODE, OF_A_MOVE], &[Reason::CodeRejected]);
/// Everything but the app as a whole.
pub(super) const ANY: Scope = scope(
    &[OF_A_MOVE, OF_A_CODE_REQUEST, OF_A_CODE],
    &[Reason::MoveFailedAtMeta, Reason::CodeRejected],
);

const OF_A_MOVE: &[Reason] = &[
    Reason::NumberOnBusinessApp,
    Reason::MessagingForNotApproved,
    Reason::SourceAccountNotSetUp,
    Reason::DifferentBusiness,
    Reason::NothingToMove,
    Reason::AlreadyInDestination,
    Reason::NumberUsedElsewhere,
    Reason::AlreadyVerified,
    Reason::NotBeingMigrated,
    Reason::PaymentMethodMissing,
    Reason::PaymentProblem,
    Reason::DisplayNameNotApproved,
    Reason::OwnershipNotConfirmed,
    Reason::TwoStepEnabled,
    Reason::AppMayNotAddNumbers,
    Reason::CannotAddNumber,
    Reason::TemplateLimitReached,
    Reason::NumberInMaintenance,
    Reason::AccountTermsNotAccepted,
    Reason::AccountRestricted,
    Reason::DestinationNotApproved,
    Reason::NotSubscribed,
];
const OF_A_CODE_REQUEST: &[Reason] = &[
    Reason::CodeRequestedTooOften,
    Reason::CodeSendingUnavailable,
];
const OF_A_CODE: &[Reason] = &[Reason::CodeGuessedTooOften];

const fn scope(particular: &'static [&'static [Reason]], general: &'static [Reason]) -> Scope {
    Scope {
        particular,
        general,
    }
}

/// Whether it is about a verification code: elsewhere it counts only if the sentence names one.
pub(super) fn is_of_a_code(reason: Reason) -> bool {
    OF_A_CODE_REQUEST.contains(&reason)
        || OF_A_CODE.contains(&reason)
        || reason == Reason::CodeRejected
}

/// The meaning of `clauses` among those of `scope`. A sentence counts for a meaning only if
/// `counts` returns true.
pub(super) fn find(
    clauses: &Clauses,
    scope: Scope,
    counts: impl Fn(&str, Reason) -> bool,
) -> Option<Reason> {
    let of = |region: &[String], reasons: &[Reason]| {
        let mut reasons = reasons.iter().copied();
        reasons.find(|reason| {
            let mut clauses = region.iter();
            clauses.any(|clause| means(clause, *reason) && counts(clause, *reason))
        })
    };
    let particular = |region: &[String]| {
        let mut groups = scope.particular.iter();
        groups.find_map(|reasons| of(region, reasons))
    };
    let mut regions = clauses.regions().into_iter();
    regions
        .find_map(particular)
        .or_else(|| of(clauses.all(), scope.general))
}

/// Whether a sentence has this meaning, in any language.
fn means(clause: &str, reason: Reason) -> bool {
    let mut phrases = LANGUAGES.iter().flat_map(|(_, phrases)| *phrases);
    phrases.any(|phrase| {
        phrase.reason == reason && phrase.said_by.iter().any(|wanted| says(clause, wanted))
    })
}

/// The number of rows.
#[cfg(test)]
pub(super) fn rows() -> usize {
    LANGUAGES.iter().map(|(_, phrases)| phrases.len()).sum()
}
