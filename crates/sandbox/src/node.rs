//! A phone number node: a number in one account. Its id is Graph's phone number id.
//!
//! Owns ownership codes, registration and the fields of reads. A number has one node in each
//! account that it was added to.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::options::Options;
use super::refusals;

const CODE_LOCK: Duration = Duration::from_hours(12);
const CODE_WINDOW: Duration = Duration::from_hours(1);
/// A verified number must be registered within 14 days.
const VERIFIED_FOR: Duration = Duration::from_hours(14 * 24);

/// A number in an account.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) waba: String,
    pub(crate) digits: String,
    /// The country code, if it was given.
    pub(crate) cc: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) verified_at: Option<Timestamp>,
    pub(crate) registered_at: Option<Timestamp>,
    pub(crate) pin: Option<String>,
    pub(crate) profile: Profile,
    /// Remaining reads that show the number as not connected.
    pub(crate) late_reads: u32,
    /// Remaining lists that omit the number.
    pub(crate) hidden_lists: u32,
    pub(crate) past: Past,
    /// Dead: it is shown, but accepts no call.
    pub(crate) is_dead: bool,
    /// Fields that are shown verbatim.
    pub(crate) own: Map<String, Value>,
    code: Option<Sent>,
    requests: VecDeque<Timestamp>,
    wrong: u32,
    locked_until: Option<Timestamp>,
}

/// What was done to a node, for the times at which shapes apply.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    /// `add_number` made it.
    pub(crate) added: bool,
    /// `request_code` or `register` was refused.
    pub(crate) refused: bool,
    /// `register` took effect.
    pub(crate) registered: bool,
}

/// Status of a number in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    Connected,
    Disconnected,
    Migrated,
}

/// Properties that move with a number.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) quality: &'static str,
    pub(crate) limit: &'static str,
    pub(crate) official: bool,
}

#[derive(Debug)]
struct Sent {
    code: String,
    at: Timestamp,
}

impl Node {
    pub(crate) fn new(id: u64, waba: &str, digits: &str, profile: Profile) -> Self {
        Self {
            id,
            waba: waba.to_owned(),
            digits: digits.to_owned(),
            cc: digits.starts_with('1').then(|| "1".to_owned()),
            standing: Standing::Pending,
            verified_at: None,
            registered_at: None,
            pin: None,
            profile,
            late_reads: 0,
            hidden_lists: 0,
            past: Past::default(),
            is_dead: false,
            own: Map::new(),
            code: None,
            requests: VecDeque::new(),
            wrong: 0,
            locked_until: None,
        }
    }

    /// Whether its ownership is verified, recently enough to register.
    pub(crate) fn is_verified(&self, now: Timestamp) -> bool {
        self.verification(now) == "VERIFIED"
    }

    /// `code_verification_status`, as Graph has it.
    pub(crate) fn verification(&self, now: Timestamp) -> &'static str {
        match self.verified_at {
            None => "NOT_VERIFIED",
            Some(at)
                if self.registered_at.is_none()
                    && now.duration_since(at).unsigned_abs() >= VERIFIED_FOR =>
            {
                "EXPIRED"
            }
            Some(_) => "VERIFIED",
        }
    }

    /// Counts a code request, or refuses it at the limit.
    pub(crate) fn send_code(
        &mut self,
        code: &str,
        now: Timestamp,
        options: &Options,
    ) -> Result<(), GraphError> {
        self.requests
            .retain(|at| now.duration_since(*at).unsigned_abs() < CODE_WINDOW);
        if self.requests.len() >= usize::try_from(options.codes_an_hour).unwrap_or(usize::MAX) {
            return Err(refusals::CODE_TOO_OFTEN.into());
        }
        self.requests.push_back(now);
        self.code = Some(Sent {
            code: code.to_owned(),
            at: now,
        });
        Ok(())
    }

    /// Verifies a code. Only the newest code is valid, once, and until it expires.
    pub(crate) fn take_code(
        &mut self,
        code: &str,
        now: Timestamp,
        options: &Options,
    ) -> Result<(), GraphError> {
        if self.locked_until.is_some_and(|until| now < until) {
            return Err(refusals::GUESSED_TOO_OFTEN.into());
        }
        let fits = self.code.as_ref().is_some_and(|sent| {
            sent.code == code && now.duration_since(sent.at).unsigned_abs() < options.code_lifetime
        });
        if fits {
            self.code = None;
            self.wrong = 0;
            self.verified_at = Some(now);
            return Ok(());
        }
        self.wrong = self.wrong.saturating_add(1);
        if self.wrong > options.code_guesses {
            self.wrong = 0;
            self.locked_until = now.checked_add(CODE_LOCK).ok();
            return Err(refusals::GUESSED_TOO_OFTEN.into());
        }
        Err(refusals::WRONG_CODE.into())
    }

    /// Clears locks, guesses and the PIN.
    pub(crate) fn fix(&mut self) {
        self.wrong = 0;
        self.locked_until = None;
        self.requests.clear();
        self.pin = None;
        self.late_reads = 0;
        self.hidden_lists = 0;
    }

    /// The number as Meta displays it.
    pub(crate) fn display(&self) -> String {
        let digits = &self.digits;
        if let (11, Some(area), Some(middle), Some(last), true) = (
            digits.len(),
            digits.get(1..4),
            digits.get(4..7),
            digits.get(7..),
            digits.starts_with('1'),
        ) {
            return format!("+1 {area}-{middle}-{last}");
        }
        let cc = self.cc.as_deref().unwrap_or("");
        match digits.strip_prefix(cc) {
            Some(national) if !cc.is_empty() => format!("+{cc} {national}"),
            _ => format!("+{digits}"),
        }
    }

    /// The node for the control API.
    pub(crate) fn summary(&self, now: Timestamp) -> Value {
        json!({
            "id": self.id.to_string(),
            "waba": self.waba,
            "status": self.standing.name(),
            "code_verification_status": self.verification(now),
            "is_pin_enabled": self.pin.is_some(),
        })
    }
}

impl Standing {
    /// `status`, as Graph has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Connected => "CONNECTED",
            Self::Disconnected => "DISCONNECTED",
            Self::Migrated => "MIGRATED",
        }
    }
}

impl Profile {
    /// The profile of a healthy number; it varies by the last digits.
    pub(crate) fn usual(digits: &str) -> Self {
        let tail = digits
            .get(digits.len().saturating_sub(4)..)
            .unwrap_or(digits);
        Self {
            name: format!("Sandbox Shop {tail}"),
            quality: "GREEN",
            limit: "TIER_10K",
            official: false,
        }
    }
}
