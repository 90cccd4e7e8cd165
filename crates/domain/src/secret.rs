//! Secrets: access tokens, app secrets, PINs and verification codes.
//!
//! None of them implements `Serialize` or `Display`, so that none can reach a log, an event or a
//! stored document by accident. The store keeps them sealed, in columns of their own.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// An access token for Meta's Graph API.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AccessToken(String);

/// The secret of a Meta app.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AppSecret(String);

/// A two-step verification PIN: 6 digits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin(String);

/// A verification code that the number's owner received: 6 digits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct VerificationCode(String);

/// The secrets of one migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The caller's token for the destination, where one was given. Erased when the migration ends.
    pub access_token: Option<AccessToken>,
    /// The PIN to register with. Kept once the number was registered with it, or may have been,
    /// since the number cannot be registered again without it; otherwise erased when the migration
    /// ends.
    pub two_step_pin: Option<Pin>,
    /// The submitted code. Erased once it was used.
    pub code: Option<VerificationCode>,
}

/// Why a text is not a valid secret. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// Not a token: empty, or holds spaces or control characters.
    #[error("must be an access token: 1 to 1024 printable ASCII characters without spaces")]
    AccessToken,
    /// Not an app secret: empty, or holds spaces or control characters.
    #[error("must be an app secret: 1 to 256 printable ASCII characters without spaces")]
    AppSecret,
    /// Not 6 digits.
    #[error("must be 6 digits")]
    Pin,
    /// Not 6 digits with an optional dash.
    #[error("must be the 6 digits of the message; a dash or spaces between them are allowed")]
    Code,
}

macro_rules! secret {
    ($name:ident) => {
        impl $name {
            /// The secret in plain text, for the call that needs it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret!(AccessToken);
secret!(AppSecret);
secret!(Pin);
secret!(VerificationCode);

impl FromStr for AccessToken {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        graphic(text, 1024)
            .map(Self)
            .ok_or(InvalidSecret::AccessToken)
    }
}

impl FromStr for AppSecret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        graphic(text, 256).map(Self).ok_or(InvalidSecret::AppSecret)
    }
}

/// The trimmed text, if it is 1 to `max` printable ASCII characters without spaces.
fn graphic(text: &str, max: usize) -> Option<String> {
    let text = text.trim();
    let fits = (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

fn six_digits(text: &str) -> Option<String> {
    (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
}

impl FromStr for Pin {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        six_digits(text.trim()).map(Self).ok_or(InvalidSecret::Pin)
    }
}

impl Pin {
    /// A PIN from 8 random bytes. The bias of the remainder is below one in 10¹².
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(format!("{:06}", u64::from_le_bytes(bytes) % 1_000_000))
    }
}

impl FromStr for VerificationCode {
    type Err = InvalidSecret;

    /// Meta writes "123-830" in the SMS, and its API expects 123830.
    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '\u{2013}' | '\u{a0}'))
            .collect();
        six_digits(&digits).map(Self).ok_or(InvalidSecret::Code)
    }
}

impl From<&VerificationCode> for Pin {
    fn from(code: &VerificationCode) -> Self {
        Self(code.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_parses_in_the_form_of_the_sms() {
        for text in ["123830", "123-830", " 123 830 "] {
            assert_eq!(text.parse::<VerificationCode>().unwrap().expose(), "123830");
        }
        for text in ["12383", "1238300", "12383a", ""] {
            assert_eq!(text.parse::<VerificationCode>(), Err(InvalidSecret::Code));
        }
    }

    #[test]
    fn a_secret_never_prints_itself() {
        let secrets = Secrets {
            access_token: "EAAB-canary".parse().ok(),
            two_step_pin: "482913".parse().ok(),
            code: "918273".parse().ok(),
        };
        let app: AppSecret = "canary-of-the-app".parse().unwrap();
        let printed = format!("{secrets:?} {app:?}");
        for canary in ["EAAB-canary", "482913", "918273", "canary-of-the-app"] {
            assert!(!printed.contains(canary), "{printed}");
        }
    }

    #[test]
    fn a_random_pin_is_six_digits() {
        assert_eq!(Pin::from_random([0; 8]).expose(), "000000");
        assert_eq!(Pin::from_random([255; 8]).expose().len(), 6);
    }
}
