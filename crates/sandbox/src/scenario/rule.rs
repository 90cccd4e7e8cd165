//! What can be written into a row of the table: lasting oddities, and answers other than the usual one.
//!
//! Only words and data. What they do stands in `perform`, `calls` and `reads`.

use crate::call::Call;
use crate::error::Refusal;

/// A lasting oddity of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// Verified as soon as it was added.
    VerifiedOnArrival,
    /// Verified, but reads say so only after a code was asked for.
    VerifiedUnseen,
    /// No code ever arrives.
    CodesLost,
    /// Only spoken codes arrive.
    VoiceOnly,
    /// It was added before, by somebody else.
    PendingInDestination,
    /// Two-step verification is still on at the source.
    TwoStepOn,
    /// Another PIN is set, though reads do not show it.
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
    /// Registered, it shows as connected only after some reads.
    ConnectsLate,
    /// Registered, it never shows as connected.
    NeverConnects,
    /// Registered, the destination's list misses it for some reads.
    ListedLate,
}

/// An answer other than the usual one to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) call: Call,
    pub(crate) strike: Strike,
    /// Whether the call is carried out all the same.
    pub(crate) done: bool,
    pub(crate) lasts: Lasts,
}

/// What a rule answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    Refuse(Refusal),
    /// Refuses, and forgets that the number was verified.
    Unverify(Refusal),
    Drop,
    Html,
    Empty,
    BrokenJson,
    /// Answers as usual, after `Options::register_delay`.
    Slow,
}

/// How long a rule stays.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lasts {
    Times(u32),
    UntilMended,
    Maintenance,
    Deletion,
    Cooldown,
}

impl Rule {
    /// The call is refused and not carried out.
    pub(super) const fn refuse(call: Call, lasts: Lasts, refusal: Refusal) -> Self {
        Self::not_done(call, lasts, Strike::Refuse(refusal))
    }

    /// The call is not carried out, and the answer is another one.
    pub(super) const fn not_done(call: Call, lasts: Lasts, strike: Strike) -> Self {
        Self {
            call,
            strike,
            done: false,
            lasts,
        }
    }

    /// The call is carried out once, and the answer is another one.
    pub(super) const fn done(call: Call, strike: Strike) -> Self {
        Self {
            call,
            strike,
            done: true,
            lasts: Lasts::Times(1),
        }
    }
}
