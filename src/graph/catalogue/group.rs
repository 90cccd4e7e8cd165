//! Groups: codes and subcodes that Meta uses for several reasons, which only the text tells apart.
//!
//! A text that is not known keeps the reason of its group: Meta refuses, and its own words say why.

use super::clauses::Clauses;
use super::phrases::{self, Headline, Scope};
use domain::Reason;

/// What Meta refuses, where it is one of several reasons why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// To move a number.
    Move,
    /// To create a number's certificate.
    Certificate,
    /// To add a number to an account.
    Adding,
    /// To send a code.
    CodeRequest,
    /// To send a code for a number that is not being moved, or cannot be sent one now.
    CodeSending,
    /// To take a code.
    CodeCheck,
    /// To take a code for a number that is not being moved.
    NotMigrated,
}

impl Group {
    /// The reason in the text, else the group's own. `transient`: what Meta says of the error by its own mark.
    pub(super) fn reason(self, clauses: &Clauses, transient: Option<bool>) -> Reason {
        let said = phrases::find(clauses, self.scope(), |_, _| true);
        match said.unwrap_or_else(|| self.unsaid(clauses)) {
            // "Servers temporarily unavailable, wait 1 hour" was seen for days, for numbers that no hour helped, and marked as
            // not transient. It is an outage only where Meta marks it as transient.
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

    /// The reason where the text says none that is known.
    fn unsaid(self, clauses: &Clauses) -> Reason {
        let silent = !clauses.say_something();
        match self {
            // The documented title of an account without a subscribed app. It also introduces other reasons, which count first.
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
