//! The scenario tokens. Any other token that is not empty is valid.

use serde::Serialize;

/// One token with documented behaviour.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub token: &'static str,
    /// What it does.
    pub effect: &'static str,
    #[serde(skip)]
    pub(crate) flaw: Flaw,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Expired,
    NoPermission,
    MissingScope,
}

/// Every scenario token.
pub const ALL: &[Token] = &[
    Token {
        token: "sandbox-expired-token",
        effect: "every call answers 190/463; inspected by another token, it is not valid",
        flaw: Flaw::Expired,
    },
    Token {
        token: "sandbox-no-permission",
        effect: "every call but debug_token answers 200; its assets are other accounts",
        flaw: Flaw::NoPermission,
    },
    Token {
        token: "sandbox-missing-scope",
        effect: "every call but debug_token answers 10; its scopes lack whatsapp_business_management",
        flaw: Flaw::MissingScope,
    },
];

/// The flaw of a token, if it has one.
pub(crate) fn flaw(token: &str) -> Option<Flaw> {
    ALL.iter()
        .find(|row| row.token == token)
        .map(|row| row.flaw)
}
