//! Groups: codes and subcodes that Meta uses for several reasons, which only the text
//! distinguishes.
//!
//! An unknown text gets the reason of its group: Meta refuses, and its own message says why.

use super::clauses::Clauses;
use super::phrases::{self, Headline, Scope};
use domain::Reason;

/// What Meta refuses, for one of several reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Moving a number.
    Move,
    /// Creating a number's certificate.
    Certificate,
    /// Adding a number to an account.
    Adding,
    /// Sending a code.
    CodeRequest,
    /// Sending a code for a number that is not being moved, or that cannot receive one now.
    CodeSending,
    /// Accepting a code.
    CodeCheck,
    /// Accepting a code for a number that is not being moved.
    NotMigrated,
}

impl Group {
    /// The reason in the text, or else the group's own. `transient`: Meta's `is_transient`.
    pub(super) fn reason(self, clauses: &Clauses, transient: Option<bool>) -> Reason {
        let said = phrases::find(clauses, self.scope(), |_, _| true);
        match said.unwrap_or_else(|| self.unsaid(clauses)) {
            // "Servers temporarily unavailable, wait 1 hour" was observed for days, marked as not
            // transient, for numbers for which no wait helped. It is an outage only if Meta marks
            // it as transient.
            Reason::CodeSendingUnavailable if transient == Some(true) => Reason::GraphUnavailable,
            reason => reason,
        }
    }

    const fn scope(self) -> Scope {
        match self {
            Self::Move | Self::Certificate | Self::Adding => phrases::MOVE,
            Self::CodeRequest | Self::CodeSending => phrases::CODE_REQUEST,
            Self::CodeCheck | Self::NotMigrated => phrases::CODE_CHECK,
        }
    }

    /// The reason for an unknown text.
    fn unsaid(self, clauses: &Clauses) -> Reason {
        let silent = !clauses.say_something();
        match self {
            // The documented title for an account without a subscribed app. It also introduces
            // other reasons, which take precedence.
            Self::Move if silent && clauses.headline() == Some(Headline::Move) => {
                Reason::NotSubscribed
            }
            Self::Move => Reason::MoveRefused,
            Self::Certificate => Reason::CertificateRefused,
            Self::Adding => Reason::CannotAddNumber,
            Self::CodeSending if silent => Reason::NotBeingMigrated,
            Self::CodeRequest | Self::CodeSending => Reason::CodeRequestRefused,
            Self::CodeCheck => Reason::CodeRejected,
            Self::NotMigrated => Reason::NotBeingMigrated,
        }
    }
}

impl From<Headline> for Option<Group> {
    fn from(headline: Headline) -> Self {
        match headline {
            Headline::Move => Some(Group::Move),
            Headline::Certificate => Some(Group::Certificate),
            Headline::Other => None,
        }
    }
}
