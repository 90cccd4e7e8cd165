//! The catalogue: maps errors of Meta's to faults.
//!
//! It decides on evidence, in this order. First faults of the Meta app as a whole, whatever the
//! code. Then the code and the subcode, where they suffice. Then the reason in the text, not its
//! headline: "Cannot Migrate Phone Number" and the like introduce many reasons. Then, for an
//! unknown text, the group of the code or subcode. The domain takes the state of the number into
//! account, and defines what each reason means.

mod clauses;
mod group;
mod phrases;
mod rows;
mod text;
mod wait;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use self::clauses::Clauses;
use self::group::Group;
use self::rows::{CODES, CatalogueRow, LIMITS, Meaning, REGISTERING, SUBCODES};
use self::text::says;
use super::error_envelope::ErrorEnvelope;
use domain::{Disposition, Effect, Fault, Reason, Remedy};

/// Code and subcode of a missing object, or of one without access.
const NO_SUCH_OBJECT: (i64, i64) = (100, 33);
/// Ranges of codes for a missing permission of the token or the app.
const PERMISSION_CODES: [(i64, i64); 2] = [(10, 10), (200, 299)];

/// The fault for an error of Meta's.
///
/// `regain`: the time after which Meta accepts calls again, according to its usage headers.
pub(super) fn fault(
    envelope: ErrorEnvelope,
    changes: bool,
    regain: Option<SignedDuration>,
) -> Fault {
    let clauses = Clauses::of(&envelope.error);
    let case = Case::of(&envelope, &clauses, changes);
    let reason = case.reason();
    let retry_after = wait::after(reason, clauses.all(), regain);
    let inconclusive = is_inconclusive_reason(reason) || is_of_a_proxy(&envelope);
    let mut fault = Fault::of(reason).with_retry_after(retry_after);
    if reason == Reason::UnknownGraphError && case.transient == Some(true) {
        fault.disposition = Disposition::Retry;
    }
    // The certificate is created in the destination, where the name can be edited.
    if reason == Reason::DisplayNameNotApproved && case.is_in(Group::Certificate) {
        fault = fault.with_remedies(&[Remedy::EditDisplayName]);
    }
    if changes && inconclusive {
        fault.effect = Effect::Unknown;
    }
    fault.with_graph_error(envelope.error)
}

/// Whether the catalogue has a row for this code.
pub(super) fn is_known(code: i64) -> bool {
    tables().any(|row| row.is_of(code))
}

fn tables() -> impl Iterator<Item = &'static CatalogueRow> {
    [LIMITS, REGISTERING, SUBCODES, CODES].into_iter().flatten()
}

/// Whether the error leaves open whether something was changed.
const fn is_inconclusive_reason(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::MetaInternal | Reason::MoveFailedAtMeta | Reason::UnknownGraphError
    )
}

/// Whether an intermediary wrote the response, so that the effect at Meta is unknown.
fn is_of_a_proxy(envelope: &ErrorEnvelope) -> bool {
    let error = &envelope.error;
    envelope.code.is_none() && error.subcode.is_none() && error.http_status >= 500
}

/// The evidence of an error.
struct Case<'a> {
    code: Option<i64>,
    subcode: Option<i64>,
    transient: Option<bool>,
    clauses: &'a Clauses,
    /// Whether the call changes something. A refused read shows nothing about the number, and may
    /// succeed with fewer fields.
    changes: bool,
    is_of_a_proxy: bool,
}

impl<'a> Case<'a> {
    fn of(envelope: &ErrorEnvelope, clauses: &'a Clauses, changes: bool) -> Self {
        Self {
            code: envelope.code,
            subcode: envelope.error.subcode,
            transient: envelope.error.is_transient,
            clauses,
            changes,
            is_of_a_proxy: is_of_a_proxy(envelope),
        }
    }

    /// The reason of the error.
    fn reason(&self) -> Reason {
        // A proxy returns such responses while Meta is unavailable.
        if self.is_of_a_proxy {
            return Reason::GraphUnavailable;
        }
        let by_code_in = |table| self.code.and_then(|code| self.row(table, code));
        by_code_in(LIMITS)
            .or_else(|| self.of_the_app())
            .or_else(|| by_code_in(REGISTERING))
            .or_else(|| self.object_not_found())
            .or_else(|| self.by_subcode())
            .or_else(|| self.by_code())
            .unwrap_or(Reason::UnknownGraphError)
    }

    fn of_the_app(&self) -> Option<Reason> {
        phrases::find(self.clauses, phrases::APP, |_, _| true)
    }

    fn object_not_found(&self) -> Option<Reason> {
        (self.code.zip(self.subcode) == Some(NO_SUCH_OBJECT)).then_some(Reason::ObjectNotFound)
    }

    fn by_subcode(&self) -> Option<Reason> {
        let mut numbers = [self.subcode, self.code].into_iter().flatten();
        numbers.find_map(|number| self.row(SUBCODES, number))
    }

    /// By the code, or by the text if the code is general or unknown.
    fn by_code(&self) -> Option<Reason> {
        match self.code {
            Some(code) if CODES.iter().any(|row| row.is_of(code)) => self.row(CODES, code),
            _ => self.said(),
        }
    }

    /// The reason of the first row of `table` for `number`.
    fn row(&self, table: &[CatalogueRow], number: i64) -> Option<Reason> {
        let fits = |row: &&CatalogueRow| {
            let is_said = |text| self.clauses.all().iter().any(|clause| says(clause, text));
            row.is_of(number) && row.saying.is_none_or(is_said)
        };
        let reason = match table.iter().find(fits)?.meaning {
            Meaning::Only(reason) => reason,
            Meaning::Mostly(reason) => self.said().unwrap_or(reason),
            Meaning::OneOf(group) => group.reason(self.clauses, self.transient),
        };
        Some(reason)
    }

    /// The reason in the text of an error whose code does not name it. Meta announced that it will
    /// stop sending subcodes.
    fn said(&self) -> Option<Reason> {
        if !self.changes {
            return None;
        }
        let about_permission = PERMISSION_CODES.iter().any(|(first, last)| {
            self.code
                .is_some_and(|code| (*first..=*last).contains(&code))
        });
        let counts = |clause: &str, reason: Reason| {
            let names_its_code = !phrases::is_of_a_code(reason) || phrases::names_a_code(clause);
            // A sentence about a missing permission may mention what the permission is for.
            names_its_code && !(about_permission && phrases::names_a_permission(clause))
        };
        phrases::find(self.clauses, phrases::ANY, counts).or_else(|| {
            let group: Option<Group> = self.clauses.headline()?.into();
            group.map(|group| group.reason(self.clauses, self.transient))
        })
    }

    /// Whether its code, subcode or headline belongs to `group`.
    fn is_in(&self, group: Group) -> bool {
        let mut numbers = [self.subcode, self.code].into_iter().flatten();
        let is_of_it = |number: i64| {
            let mut rows = tables();
            rows.any(|row| {
                row.is_of(number) && matches!(row.meaning, Meaning::OneOf(of) if of == group)
            })
        };
        let headline = self.clauses.headline().and_then(Option::<Group>::from);
        numbers.any(is_of_it) || headline == Some(group)
    }
}
