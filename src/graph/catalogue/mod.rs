//! The catalogue: which fault an error of Meta's is.
//!
//! Meta documents its migration errors as subcodes that it calls deprecated, gives one of them nine meanings, and
//! answers with an HTTP status that says little. So an error is matched by code and subcode, then by subcode, then by
//! code, then by its text. The rows stand in [`rows`]; what a reason means is the domain's to say.

mod rows;
mod wait;

use jiff::SignedDuration;

use self::rows::{ROWS, Row};
use super::error::Envelope;
use crate::migration::{Disposition, Effect, Fault, Reason};

/// The code of an invalid parameter: Meta uses it for the migration errors too, with or without their subcode.
const INVALID_PARAMETER: i64 = 100;

/// The fault that an error of Meta's is.
///
/// `regain` is the time after which Meta's usage headers promise room again.
pub(super) fn fault(envelope: Envelope, changes: bool, regain: Option<SignedDuration>) -> Fault {
    let reason = reason(&envelope);
    let retry_after = wait::after(reason, &envelope.words(), regain);
    let doubtful = leaves_doubt(reason) || is_of_a_proxy(&envelope);
    let transient = envelope.error.is_transient == Some(true);
    let mut fault = Fault::of(reason)
        .with_retry_after(retry_after)
        .with_graph_error(envelope.error);
    if reason == Reason::UnknownGraphError && transient {
        fault.disposition = Disposition::Retry;
    }
    if changes && doubtful {
        fault.effect = Effect::Unknown;
    }
    fault
}

/// Whether this is a code of Meta's that the catalogue has a row for.
pub(super) fn is_known(code: i64) -> bool {
    let stands_for = |row: &Row| {
        let in_codes = row
            .codes
            .map(|(first, last)| (first..=last).contains(&code));
        in_codes.unwrap_or(row.subcode == Some(code))
    };
    code == INVALID_PARAMETER || ROWS.iter().any(stands_for)
}

/// Whether Meta itself does not say, with this answer, that nothing was changed.
const fn leaves_doubt(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::MetaInternal | Reason::MoveFailedAtMeta | Reason::UnknownGraphError
    )
}

/// Whether something between Meta and us wrote the answer: what Meta did with the call, it does not say.
fn is_of_a_proxy(envelope: &Envelope) -> bool {
    let error = &envelope.error;
    envelope.code.is_none() && error.subcode.is_none() && error.http_status >= 500
}

/// What an error means.
fn reason(envelope: &Envelope) -> Reason {
    let words = Words::of(envelope);
    let code = envelope.code;
    let subcode = envelope.error.subcode;
    // A proxy in front of Meta writes such answers while Meta is away.
    if is_of_a_proxy(envelope) {
        return Reason::GraphUnavailable;
    }
    let find = |fits: &dyn Fn(&Row) -> bool| words.first(&ROWS.iter().filter(|row| fits(row)));
    let in_codes = |row: &Row, code| {
        row.codes
            .is_some_and(|(first, last)| (first..=last).contains(&code))
    };

    let by_both = || {
        find(&|row| {
            row.subcode.is_some()
                && row.subcode == subcode
                && code.is_some_and(|code| in_codes(row, code))
        })
    };
    // Some answers carry what is documented as a subcode as their code.
    let by_subcode = || {
        find(&|row| {
            row.codes.is_none()
                && row.subcode.is_some()
                && (row.subcode == subcode || row.subcode == code)
        })
    };
    // The text says more than "invalid parameter", once Meta has stopped sending subcodes as it announced.
    let by_text = || find(&|row| row.codes.is_none() && !row.texts.is_empty());
    let by_text_of_invalid = || {
        matches!(code, None | Some(INVALID_PARAMETER))
            .then(by_text)
            .flatten()
    };
    let by_code =
        || find(&|row| row.subcode.is_none() && code.is_some_and(|code| in_codes(row, code)));

    let found = by_both()
        .or_else(by_subcode)
        .or_else(by_text_of_invalid)
        .or_else(by_code)
        .or_else(by_text);
    match found {
        // Meta was seen to say "servers temporarily unavailable, wait 1 hour" for a number that no hour would help. It
        // marked that answer as not transient, and the mark is right where the prose is not. On other rows the mark
        // says nothing: Meta sends `false` along with most errors, its own temporary ones among them.
        Some(Reason::GraphUnavailable)
            if code == Some(rows::REQUEST_CODE_ERROR)
                && envelope.error.is_transient == Some(false) =>
        {
            Reason::CodeRequestRefused
        }
        found => found.unwrap_or(Reason::UnknownGraphError),
    }
}

/// What an error says, in lower case.
struct Words {
    title: String,
    all: String,
}

impl Words {
    fn of(envelope: &Envelope) -> Self {
        let title = envelope
            .error
            .user_title
            .as_deref()
            .unwrap_or_default()
            .to_lowercase();
        Self {
            title,
            all: envelope.words(),
        }
    }

    /// The reason of the first of `rows` whose text is in the title, else anywhere: a title names one meaning, while
    /// the explanation below it may mention others. Rows without a text stand for any.
    fn first<'a>(&self, rows: &(impl Iterator<Item = &'a Row> + Clone)) -> Option<Reason> {
        let says = |text: &str| {
            let says = move |row: &&Row| row.texts.iter().any(|wanted| text.contains(wanted));
            rows.clone().find(says)
        };
        let row = says(&self.title)
            .or_else(|| says(&self.all))
            .or_else(|| rows.clone().find(|row| row.texts.is_empty()));
        row.map(|row| row.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::GraphError;

    fn envelope(code: Option<i64>, subcode: Option<i64>, title: &str, message: &str) -> Envelope {
        let user_title = Some(title.to_owned());
        let error = GraphError {
            code: code.unwrap_or(0),
            subcode,
            user_title,
            message: message.to_owned(),
            ..GraphError::default()
        };
        Envelope { code, error }
    }

    #[test]
    fn subcodes_go_before_codes_and_pairs_before_both() {
        let named = |code, subcode| reason(&envelope(Some(code), Some(subcode), "", ""));
        assert_eq!(named(100, 33), Reason::ObjectNotFound);
        assert_eq!(named(100, 2_388_012), Reason::AlreadyInDestination);
        assert_eq!(named(133_005, 2_388_091), Reason::NotBeingMigrated);
        assert_eq!(named(100, 999), Reason::InvalidRequest);
        assert_eq!(named(190, 463), Reason::TokenRefused);
    }

    #[test]
    fn a_subcode_that_comes_as_the_code_is_understood() {
        assert_eq!(
            reason(&envelope(Some(2_388_012), None, "", "")),
            Reason::AlreadyInDestination
        );
    }

    #[test]
    fn the_title_decides_where_the_explanation_mentions_another_meaning() {
        let title = "Your WhatsApp account must be approved";
        let message = "Before that, please ensure two-step authentication is disabled and subscribe to webhooks.";
        assert_eq!(
            reason(&envelope(Some(100), Some(2_388_103), title, message)),
            Reason::DestinationNotApproved
        );
    }

    #[test]
    fn an_unknown_error_is_retried_if_meta_calls_it_transient() {
        let unknown = |transient| {
            let mut unknown = envelope(Some(987_654), None, "", "(#987654) New");
            unknown.error.is_transient = transient;
            fault(unknown, true, None)
        };
        assert_eq!(unknown(Some(true)).disposition, Disposition::Retry);
        for transient in [None, Some(false)] {
            assert_eq!(unknown(transient).disposition, Disposition::Ask);
            assert_eq!(
                (unknown(transient).reason, unknown(transient).effect),
                (Reason::UnknownGraphError, Effect::Unknown)
            );
        }
    }

    #[test]
    fn waiting_an_hour_is_not_believed_where_meta_says_not_transient() {
        let said = |transient| {
            let mut said = envelope(
                Some(136_024),
                None,
                "Error",
                "Servers temporarily unavailable, wait 1 hour",
            );
            said.error.is_transient = transient;
            fault(said, true, None)
        };
        assert_eq!(said(Some(false)).reason, Reason::CodeRequestRefused);
        assert_eq!(said(None).reason, Reason::GraphUnavailable);
        assert_eq!(said(None).retry_after, Some(SignedDuration::from_hours(1)));
    }

    #[test]
    fn an_error_without_a_code_and_status_5xx_is_the_of_a_proxy() {
        let mut of_a_proxy = envelope(None, None, "", "bad gateway");
        assert_eq!(reason(&of_a_proxy), Reason::UnknownGraphError);
        of_a_proxy.error.http_status = 502;
        assert_eq!(reason(&of_a_proxy), Reason::GraphUnavailable);
        assert_eq!(
            fault(of_a_proxy, true, None).effect,
            Effect::Unknown,
            "Meta may have done it all the same"
        );
    }
}
