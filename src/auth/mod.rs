//! Who calls: from what a call shows to a [`Caller`], or a [`Refusal`].
//!
//! Owns what proves who somebody is (API keys, tokens, certificates), what was read of keys and tenants a moment ago, how much
//! each tenant has asked for lately, and how much it has under way. It must never know what the call is about: which RPC a role may call, and in which words a
//! refusal is told, is for the doors to say.
//!
//! What costs nothing comes first: a mistyped key is refused without asking the store. Clients that are not authenticated can make
//! this module read, but only a little at a time ([`lane`]), and it remembers what they made up for two seconds at most.

mod allowances;
mod authenticator;
mod bucket;
mod caller;
mod certificate;
mod credentials;
mod flights;
#[cfg(fuzzing)]
pub mod fuzzing;
mod in_flight;
mod known;
mod lane;
mod origin;
mod refusal;
mod settings;
mod token;

pub use allowances::{Allowance, Allowances, Exceeded};
pub use authenticator::Authenticator;
pub use bucket::{Bucket, Rate};
pub use caller::Caller;
pub use certificate::{CertificateNames, InvalidNames};
pub use credentials::Malformed;
pub use in_flight::{Counted, InFlightKind, InFlightLimits, ReadTurn, TooManyInFlight};
pub use origin::{InvalidOrigin, Origin, Origins};
pub use refusal::{Refusal, Why};
pub use settings::{Kind, Settings};
pub use token::{
    Algorithms, Claim, Error, InvalidAlgorithms, InvalidClaim, InvalidUrl, KeySetUrl,
    Problem as TokenProblem, Settings as TokenSettings,
};
