//! What the health of an account says: which trouble is whose.
//!
//! Meta answers one health for everything that sending involves: a missing payment method, an unverified business, a calling
//! setting of one number and a ban all end in the same BLOCKED or LIMITED. The error codes tell them apart, also where Meta
//! translates the texts.

use super::finding::is;
use super::known_values::{HEALTH, ValueClass};
use crate::facts::{AccountHealth, HealthEntity, HealthError};

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The payment method.
    Payment,
    /// The verification of the business.
    Verification,
    /// Calls over WhatsApp and their SIP server: nothing that a move needs.
    Calling,
    /// Anything else.
    Other,
}

/// The codes that are known: the first, the last, and what they are about.
///
/// Sources: Meta's health status page and the examples of its OpenAPI file (141006, 141010, 141014), its calling reference
/// (138xxx), and answers seen.
const CODES: [(i64, i64, Cause); 4] = [
    (138_000, 138_999, Cause::Calling),
    (141_006, 141_006, Cause::Payment),
    (141_010, 141_010, Cause::Verification),
    // The account is banned.
    (141_014, 141_014, Cause::Other),
];

/// What a description of a payment problem holds, where its code is not known: in the languages that Meta was seen to
/// answer in.
const PAYMENT_WORDS: [&str; 13] = [
    "payment",
    "credit line",
    "pagamento",
    "de pago",
    "zahlung",
    "paiement",
    "pembayaran",
    "ödeme",
    "betaal",
    "оплат",
    "भुगतान",
    "الدفع",
    "支払",
];

/// Which part of the whole an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The account, or the business that owns it.
    Account,
    /// The app that reads.
    App,
    /// A number, a template or a flow: it has a health of its own, and never restricts the account.
    Piece,
    /// Nothing is known of the kind.
    Unknown,
}

/// An error, and what has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct HealthProblem<'a> {
    entity: &'a HealthEntity,
    error: &'a HealthError,
}

/// What keeps an account from sending, beyond what other checks judge; with what Meta says of it, as far as it does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Restriction {
    /// It is blocked.
    Blocked(String),
    /// It is limited, or nothing is known of Meta's word for it.
    Limited(String),
    /// The app that reads has a problem of its own.
    OfTheApp(String),
}

/// The first error of `health` that is about `wanted`.
pub(super) fn trouble(health: &AccountHealth, wanted: Cause) -> Option<HealthProblem<'_>> {
    health
        .entities
        .iter()
        .flat_map(|entity| {
            let errors = entity.errors.iter();
            errors.map(move |error| HealthProblem { entity, error })
        })
        .find(|trouble| trouble.cause() == wanted)
}

/// What restricts the account and is none of the causes that other checks judge: the worst of it.
pub(super) fn restriction(health: &AccountHealth) -> Option<Restriction> {
    let whole = health.can_send_message.as_deref();
    let whole = whole.map_or(ValueClass::Good, |word| HEALTH.classify(word));
    let of = |wanted: &'static [Part], bad: &'static [ValueClass]| {
        let entities = health.entities.iter();
        entities.filter(move |entity| {
            wanted.contains(&part(entity)) && bad.contains(&standing(entity, whole))
        })
    };
    // A missing verification limits, and never blocks.
    let is_payment = trouble(health, Cause::Payment).is_some();
    let is_known = is_payment || trouble(health, Cause::Verification).is_some();
    let blocked = unexplained(of(&[Part::Account], &[ValueClass::Bad]), is_payment);
    let limited = || {
        let parts = &[Part::Account, Part::Unknown];
        unexplained(of(parts, &[ValueClass::Bad, ValueClass::Unknown]), is_known)
    };
    let of_the_app = || {
        let apps = of(
            &[Part::App],
            &[ValueClass::Good, ValueClass::Bad, ValueClass::Unknown],
        );
        let is_bad = |app: &&HealthEntity| {
            !app.errors.is_empty() || standing(app, whole) != ValueClass::Good
        };
        unexplained(apps.filter(is_bad), false)
    };
    // Where nothing tells what of it all the word is about, it is about the account. Meta's own example of a calling problem
    // blocks the whole while each part is available.
    let explains = |entity: &HealthEntity| {
        let mut errors = entity.errors.iter();
        standing(entity, whole) != ValueClass::Good
            || errors.any(|error| {
                matches!(part(entity), Part::App | Part::Piece)
                    || cause(entity, error) != Cause::Other
            })
    };
    let is_explained = health.entities.iter().any(explains);
    let as_a_whole = || match whole {
        _ if is_explained => None,
        ValueClass::Good => None,
        ValueClass::Bad => Some(Restriction::Blocked(String::new())),
        ValueClass::Unknown => Some(Restriction::Limited(String::new())),
    };
    blocked
        .map(Restriction::Blocked)
        .or_else(|| limited().map(Restriction::Limited))
        .or_else(|| of_the_app().map(Restriction::OfTheApp))
        .or_else(as_a_whole)
}

impl HealthProblem<'_> {
    fn cause(&self) -> Cause {
        cause(self.entity, self.error)
    }

    /// Whether it counts: not where only its text tells what it is about, and Meta says that sending is possible all the same.
    pub(super) fn is_serious(&self) -> bool {
        let word = self.entity.can_send_message.as_deref();
        let is_available = word.is_some_and(|word| HEALTH.classify(word) == ValueClass::Good);
        by_code(self.error).is_some() || !is_available
    }

    /// What Meta says of it.
    pub(super) fn quoted(&self) -> String {
        quoted(self.error)
    }
}

fn part(entity: &HealthEntity) -> Part {
    let kind = |kinds: &[&str]| kinds.iter().any(|kind| is(&entity.kind, kind));
    if kind(&["", "WABA", "BUSINESS"]) {
        Part::Account
    } else if kind(&["APP"]) {
        Part::App
    } else if kind(&["PHONE_NUMBER", "MESSAGE_TEMPLATE", "FLOW"]) {
        Part::Piece
    } else {
        Part::Unknown
    }
}

/// How an entity stands. One with errors and without a word stands as the whole does.
fn standing(entity: &HealthEntity, whole: ValueClass) -> ValueClass {
    match entity.can_send_message.as_deref() {
        Some(word) => HEALTH.classify(word),
        None if entity.errors.is_empty() => ValueClass::Good,
        None => whole,
    }
}

fn by_code(error: &HealthError) -> Option<Cause> {
    let code = error.code?;
    let row = CODES
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&code));
    row.map(|(_, _, cause)| *cause)
}

/// What an error is about: by its code, and by its text only where it is an error of the account.
fn cause(entity: &HealthEntity, error: &HealthError) -> Cause {
    if let Some(cause) = by_code(error) {
        return cause;
    }
    let text = match part(entity) {
        Part::Account | Part::Unknown => error.description.as_deref(),
        Part::App | Part::Piece => None,
    };
    let text = text.unwrap_or_default().to_lowercase();
    if PAYMENT_WORDS.iter().any(|word| text.contains(word)) {
        Cause::Payment
    } else if text.contains("business verification") {
        Cause::Verification
    } else {
        Cause::Other
    }
}

/// What Meta says of those of `entities` that no cause with a check of its own explains; `None` where all are explained. One
/// without an error is explained where another names the cause (`is_known`).
fn unexplained<'a>(
    entities: impl Iterator<Item = &'a HealthEntity>,
    is_known: bool,
) -> Option<String> {
    let mut texts: Option<Vec<String>> = None;
    for entity in entities {
        let others = || {
            let errors = entity.errors.iter();
            errors.filter(|error| cause(entity, error) == Cause::Other)
        };
        let is_silent = entity.errors.is_empty() && !is_known;
        if is_silent || others().next().is_some() {
            let texts = texts.get_or_insert_default();
            texts.extend(others().map(quoted));
            texts.extend(entity.additional_info.iter().map(|info| says(info)));
        }
    }
    texts.map(|texts| texts.join(" "))
}

fn says(text: &str) -> String {
    format!("Meta says: \"{text}\"")
}

/// An error in Meta's own words.
fn quoted(error: &HealthError) -> String {
    let code = error
        .code
        .map_or_else(String::new, |code| format!(" (health code {code})"));
    let description = match &error.description {
        Some(description) => format!("{}{code}", says(description)),
        None => format!("Meta names an error without a description{code}"),
    };
    match &error.solution {
        Some(solution) => format!("{description}, and advises: \"{solution}\""),
        None => format!("{description}."),
    }
}
