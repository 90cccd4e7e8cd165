//! A business account: its numbers, apps, templates and call counts.
//!
//! Any id of digits is an account. Accounts with special behaviour are in `scenario::account`.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account_shape::AccountShape;
use super::error::GraphError;
use super::options::Options;
use super::refusals;
use super::scenario::account::{self as table, Oddity};
use super::template::Template;

/// The business that owns every account but one.
pub(crate) const BUSINESS: &str = "506914307656634";
/// The business of the account that belongs to another.
pub(crate) const OTHER_BUSINESS: &str = "506914307656699";
/// The app of every token.
pub(crate) const APP: &str = "1046329871234567";

const HOUR: Duration = Duration::from_hours(1);

/// One account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) fixed: bool,
    /// The override callback of the subscribed app, empty for none; `None` if no app is subscribed.
    pub(crate) app: Option<String>,
    pub(crate) numbers: BTreeSet<u64>,
    pub(crate) templates: Vec<Template>,
    /// Overrides that were set through the control API.
    pub(crate) shape: AccountShape,
    oddity: Option<Oddity>,
    calls: u32,
    hour: Option<Timestamp>,
    throttled_since: Option<Timestamp>,
}

impl Account {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            fixed: false,
            app: None,
            numbers: BTreeSet::new(),
            templates: Vec::new(),
            shape: AccountShape::default(),
            oddity: table::find(id).map(|row| row.oddity),
            calls: 0,
            hour: None,
            throttled_since: None,
        }
    }

    /// Whether the account still has this oddity.
    pub(crate) fn is(&self, oddity: Oddity) -> bool {
        !self.fixed && self.oddity == Some(oddity)
    }

    /// Whether any app is subscribed to it.
    pub(crate) fn has_app(&self) -> bool {
        self.app.is_some() || self.shape.apps().next().is_some()
    }

    /// Calls counted against it in the current hour, which begins with the first call.
    pub(crate) const fn calls(&self) -> u32 {
        self.calls
    }

    /// The business that owns it.
    pub(crate) fn business(&self) -> &'static str {
        if self.is(Oddity::OtherBusiness) {
            OTHER_BUSINESS
        } else {
            BUSINESS
        }
    }

    /// Whether its enum values are upper case. Accounts differ in this at Meta too.
    pub(crate) fn shouts(&self) -> bool {
        self.id.bytes().last().is_some_and(|digit| digit % 2 == 1)
    }

    /// Counts a call and refuses it if the account cannot be called now.
    pub(crate) fn admit(&mut self, now: Timestamp, options: &Options) -> Result<(), GraphError> {
        if self
            .hour
            .is_none_or(|hour| now.duration_since(hour).unsigned_abs() >= HOUR)
        {
            self.hour = Some(now);
            self.calls = 0;
        }
        self.calls = self.calls.saturating_add(1);
        if let Some(error) = self.shape.refuses() {
            return Err(error);
        }
        if self.is(Oddity::Unreadable) {
            return Err(refusals::NO_PERMISSION.into());
        }
        if self.is(Oddity::Throttled) && self.throttled_for(now, options).is_some() {
            self.throttled_since.get_or_insert(now);
            return Err(refusals::ACCOUNT_LIMIT.into());
        }
        Ok(())
    }

    /// The usage headers of the app and of the account, if they are due.
    pub(crate) fn usage(&self, now: Timestamp, options: &Options) -> Option<[String; 2]> {
        let throttled = self.throttle(now, options);
        let is_due = throttled.is_some() || self.calls >= options.usage_headers_after;
        is_due.then(|| self.usage_of(throttled, options))
    }

    /// The usage headers of the app and of the account. They show 100 percent while calls are
    /// refused.
    pub(crate) fn usage_of(&self, refused_for: Option<Duration>, options: &Options) -> [String; 2] {
        let percent = match refused_for {
            Some(_) => 100,
            None => (u64::from(self.calls) * 100 / u64::from(options.calls_an_hour.max(1))).min(99),
        };
        let minutes = refused_for.map_or(0, |left| left.as_secs().div_ceil(60));
        let app = json!({"call_count": percent / 2, "total_time": percent / 3, "total_cputime": percent / 3});
        let account: Value = json!([{
            "type": "whatsapp_business_management",
            "call_count": percent,
            "total_cputime": percent / 3,
            "total_time": percent / 3,
            "estimated_time_to_regain_access": minutes,
        }]);
        [app.to_string(), format!("{{\"{}\":{account}}}", self.id)]
    }

    /// Remaining time for which the throttled account refuses calls.
    pub(crate) fn throttle(&self, now: Timestamp, options: &Options) -> Option<Duration> {
        self.is(Oddity::Throttled)
            .then(|| self.throttled_for(now, options))?
    }

    /// Remaining time of the throttle; the full time before the first call.
    fn throttled_for(&self, now: Timestamp, options: &Options) -> Option<Duration> {
        let passed = self.throttled_since.map_or(Duration::ZERO, |since| {
            now.duration_since(since).unsigned_abs()
        });
        options
            .throttle
            .checked_sub(passed)
            .filter(|left| !left.is_zero())
    }
}
