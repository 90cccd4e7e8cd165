//! `[auth]`: who is let in.

use jiff::SignedDuration;

use super::Reader;
use crate::auth::{CertificateNames, Settings};

impl Settings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            api_keys: reader.switch("auth.api_keys"),
            certificates: reader
                .parsed::<CertificateNames>("auth.certificates")
                .unwrap_or_default(),
            // So long may go on calling whose key was revoked, or whose tenant was disabled.
            believed_for: reader.duration(
                "auth.believed_for",
                SignedDuration::ZERO..=SignedDuration::from_mins(1),
            ),
        }
    }
}
