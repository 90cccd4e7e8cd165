//! Interprets the health of an account: which problem concerns what.
//!
//! Meta has one health for everything that is involved in sending: a missing payment method, an
//! unverified business, a calling setting of one number and a ban all result in the same BLOCKED or
//! LIMITED. The error codes distinguish them, also where Meta translates the texts.

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
    /// WhatsApp calls and their SIP server. Irrelevant to a move.
    Calling,
    /// Anything else.
    Other,
}

/// The known codes: the first, the last, and their cause.
///
/// Sources: Meta's health status page and the examples of its OpenAPI file (141006, 141010,
/// 141014), its calling reference (138xxx), and observed responses.
const CODES: [(i64, i64, Cause); 4] = [
    (138_000, 138_999, Cause::Calling),
    (141_006, 141_006, Cause::Payment),
    (141_010, 141_010, Cause::Verification),
    // The account is banned.
    (141_014, 141_014, Cause::Other),
];

/// Words in the description of a payment problem, for unknown codes, in the languages that Meta was
/// observed to use.
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

/// Which part of the account an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The account, or the business that owns it.
    Account,
    /// The calling app.
    App,
    /// A number, a template or a flow: it has a health of its own, and never restricts the account.
    Item,
    /// An unknown kind.
    Unknown,
}

/// An error, with its entity.
#[derive(Debug, Clone, Copy)]
pub(super) struct HealthProblem<'a> {
    entity: &'a HealthEntity,
    error: &'a HealthError,
}

/// A restriction of the account that no other check covers, with Meta's text about it, if any.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Restriction {
    /// It is blocked.
    Blocked(String),
    /// It is limited, or its health has an unknown value.
    Limited(String),
    /// The calling app has a problem of its own.
    OfTheApp(String),
}

/// The first error of `health` with the cause `wanted`.
pub(super) fn trouble(health: &AccountHealth, wanted: Cause) -> Option<HealthProblem<'_>> {
    health
        .entities
        .iter()
        .flat_map(|entity| {
            let errors = entity.errors.iter();
            errors.map(move |error| HealthProblem { entity, error })
        })
        .find(|problem| problem.cause() == wanted)
}

/// The worst restriction of the account that no other check covers.
pub(super) fn restriction(health: &AccountHealth) -> Option<Restriction> {
    let whole = health.can_send_message.as_deref();
    let whole = whole.map_or(ValueClass::Good, |value| HEALTH.classify(value));
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
    // If nothing shows which entity the overall value is due to, it is the account. In Meta's own
    // example of a calling problem the whole is blocked while each entity is available.
    let explains = |entity: &HealthEntity| {
        let mut errors = entity.errors.iter();
        standing(entity, whole) != ValueClass::Good
            || errors.any(|error| {
                matches!(part(entity), Part::App | Part::Item)
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

    /// Whether its code is known, or its entity cannot send. If only the text names the cause, and
    /// sending is possible all the same, it is not serious.
    pub(super) fn is_serious(&self) -> bool {
        let value = self.entity.can_send_message.as_deref();
        let is_available = value.is_some_and(|value| HEALTH.classify(value) == ValueClass::Good);
        by_code(self.error).is_some() || !is_available
    }

    /// Meta's text about it.
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
        Part::Item
    } else {
        Part::Unknown
    }
}

/// The health of an entity. With errors but without a value it is that of the whole.
fn standing(entity: &HealthEntity, whole: ValueClass) -> ValueClass {
    match entity.can_send_message.as_deref() {
        Some(value) => HEALTH.classify(value),
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

/// The cause of an error: by its code, or by its text if it is an error of the account.
fn cause(entity: &HealthEntity, error: &HealthError) -> Cause {
    if let Some(cause) = by_code(error) {
        return cause;
    }
    let text = match part(entity) {
        Part::Account | Part::Unknown => error.description.as_deref(),
        Part::App | Part::Item => None,
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

/// Meta's texts about those of `entities` that no cause with a check of its own explains; `None` if
/// all are explained. An entity without errors is explained if another names the cause
/// (`is_known`).
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
            texts.extend(entity.additional_info.iter().map(|info| attributed(info)));
        }
    }
    texts.map(|texts| texts.join(" "))
}

fn attributed(text: &str) -> String {
    format!("Meta says: \"{text}\"")
}

/// An error, quoted.
fn quoted(error: &HealthError) -> String {
    let code = error
        .code
        .map_or_else(String::new, |code| format!(" (health code {code})"));
    let description = match &error.description {
        Some(description) => format!("{}{code}", attributed(description)),
        None => format!("Meta names an error without a description{code}"),
    };
    match &error.solution {
        Some(solution) => format!("{description}, and advises: \"{solution}\""),
        None => format!("{description}."),
    }
}
