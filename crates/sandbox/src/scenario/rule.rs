//! Parts of a scenario: lasting quirks, and rules that change the response to a call.
//!
//! Data only. The effects are in `perform`, `calls` and `reads`.

use crate::call::Call;
use crate::error::Refusal;

/// A lasting quirk of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// Verified as soon as it is added.
    VerifiedOnArrival,
    /// Verified, but reads show it only after a code was requested.
    VerifiedUnseen,
    /// No code ever arrives.
    CodesLost,
    /// Only spoken codes arrive.
    VoiceOnly,
    /// It was added earlier by another party.
    PendingInDestination,
    /// Two-step verification is still on at the source.
    TwoStepOn,
    /// Another PIN is set, but reads do not show it.
    OtherPin,
    /// Its display name is in review.
    NameInReview,
    /// It is in use in the `WhatsApp` Business app.
    OnBusinessApp,
    /// It is one of Meta's test numbers.
    TestNumber,
    /// It needs no migration.
    PlainAddOnly,
    /// A deregistration was left half done.
    HalfDeregistered,
    /// Once registered, it is shown as connected only after some reads.
    ConnectsLate,
    /// Once registered, it is never shown as connected.
    NeverConnects,
    /// Once registered, the destination's list omits it for some reads.
    ListedLate,
}

/// A rule that changes the response to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) call: Call,
    pub(crate) strike: Strike,
    /// Whether the call is performed nevertheless.
    pub(crate) done: bool,
    pub(crate) lasts: Lasts,
}

/// The response of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    Refuse(Refusal),
    /// Refuses, and marks the number as not verified.
    Unverify(Refusal),
    Drop,
    Html,
    Empty,
    BrokenJson,
    /// Responds as usual after `Options::register_delay`.
    Slow,
}

/// How long a rule applies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lasts {
    Times(u32),
    UntilFixed,
    Maintenance,
    Deletion,
    Cooldown,
}

impl Rule {
    /// The call is refused and not performed.
    pub(super) const fn refuse(call: Call, lasts: Lasts, refusal: Refusal) -> Self {
        Self::not_done(call, lasts, Strike::Refuse(refusal))
    }

    /// The call is refused until the number is fixed.
    pub(super) const fn always(call: Call, refusal: Refusal) -> Self {
        Self::refuse(call, Lasts::UntilFixed, refusal)
    }

    /// The call is not performed, and the response is another one.
    pub(super) const fn not_done(call: Call, lasts: Lasts, strike: Strike) -> Self {
        Self {
            call,
            strike,
            done: false,
            lasts,
        }
    }

    /// The call is performed once, and the response is another one.
    pub(super) const fn done(call: Call, strike: Strike) -> Self {
        Self {
            call,
            strike,
            done: true,
            lasts: Lasts::Times(1),
        }
    }
}
