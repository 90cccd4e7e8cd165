//! How near a WABA is to Meta's limits: read from the usage headers, so that calls stop before Meta blocks them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::json::{Object, integer};
use crate::migration::{Disposition, Fault, Reason, WabaId};

/// Usage in percent, by object: a WABA.
const BUSINESS_USAGE: &str = "x-business-use-case-usage";
/// Usage in percent, of the whole app.
const APP_USAGE: &str = "x-app-usage";
/// Meta blocks at 100.
const FULL_PERCENT: i64 = 95;
/// How long to pause near a limit when Meta names no time: its window moves on meanwhile.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How long to pause at a limit when Meta names no time.
const LONG_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// Meta's windows are hours; a longer time was misread.
const LONGEST_MINUTES: i64 = 72 * 60;
/// So many WABAs are remembered at most.
const REMEMBERED: usize = 10_000;

/// What the usage headers of one answer say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    objects: Vec<(String, Level)>,
    app: Level,
}

/// How near something is to its limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Level {
    /// The highest of the counts.
    percent: i64,
    /// Minutes until there is room again.
    regain_minutes: i64,
}

/// Until when which WABA should be left alone.
#[derive(Debug, Default)]
pub(super) struct Throttles(Mutex<HashMap<String, Timestamp>>);

impl Usage {
    /// What `headers` say. A header that cannot be read says nothing.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let objects = object(headers, BUSINESS_USAGE)
            .unwrap_or_default()
            .into_iter()
            .filter(|(id, _)| id.parse::<WabaId>().is_ok())
            .map(|(id, entries)| (id, level(&entries)))
            .collect();
        Self {
            objects,
            app: Level::of(&object(headers, APP_USAGE).unwrap_or_default()),
        }
    }

    /// When there is room again, as far as Meta says.
    pub(super) fn regain(&self) -> Option<SignedDuration> {
        let minutes = self
            .objects
            .iter()
            .map(|(_, level)| level.regain_minutes)
            .max()
            .unwrap_or_default();
        (minutes > 0).then(|| SignedDuration::from_mins(minutes))
    }
}

fn object(headers: &HeaderMap, name: &str) -> Option<Object> {
    serde_json::from_slice(headers.get(name)?.as_bytes()).ok()
}

/// The highest level of an object's entries, one a kind of use.
fn level(entries: &Value) -> Level {
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let levels = entries.iter().filter_map(Value::as_object).map(Level::of);
    levels.fold(Level::default(), Level::max)
}

impl Level {
    fn of(usage: &Object) -> Self {
        let number = |name| usage.get(name).and_then(integer).unwrap_or_default();
        let counts = ["call_count", "total_cputime", "total_time"].map(number);
        Self {
            percent: counts.into_iter().max().unwrap_or_default(),
            regain_minutes: number("estimated_time_to_regain_access").clamp(0, LONGEST_MINUTES),
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            percent: self.percent.max(other.percent),
            regain_minutes: self.regain_minutes.max(other.regain_minutes),
        }
    }

    /// How long to make no call, if at all.
    fn pause(self) -> Option<SignedDuration> {
        if self.regain_minutes > 0 {
            Some(SignedDuration::from_mins(self.regain_minutes))
        } else {
            (self.percent > FULL_PERCENT).then_some(SHORT_PAUSE)
        }
    }
}

impl Throttles {
    /// Remembers what an answer to a call for `waba` says.
    ///
    /// The app's own level is held against that WABA alone: which app a token belongs to is not known here, and one
    /// app's trouble must not delay another's accounts. Each of its accounts learns of it at its next call.
    pub(super) fn learn(
        &self,
        usage: &Usage,
        waba: Option<&WabaId>,
        fault: Option<&Fault>,
        now: Timestamp,
    ) {
        for (id, level) in &usage.objects {
            if let Some(pause) = level.pause() {
                self.pause(id, pause, now);
            }
        }
        let Some(waba) = waba else { return };
        if let Some(pause) = usage.app.pause() {
            self.pause(waba.as_str(), pause, now);
        }
        if let Some(fault) = fault.filter(|fault| is_limit(fault)) {
            self.pause(waba.as_str(), fault.retry_after.unwrap_or(LONG_PAUSE), now);
        }
    }

    /// Until when `waba` should be left alone, if it should now.
    pub(super) fn until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        let throttles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        throttles
            .get(waba.as_str())
            .copied()
            .filter(|until| *until > now)
    }

    fn pause(&self, id: &str, pause: SignedDuration, now: Timestamp) {
        let until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        let mut throttles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if throttles.len() >= REMEMBERED && !throttles.contains_key(id) {
            throttles.retain(|_, until| *until > now);
            // Full of pauses that still last: this one is learnt again at the next call.
            if throttles.len() >= REMEMBERED {
                return;
            }
        }
        let known = throttles.entry(id.to_owned()).or_insert(until);
        *known = (*known).max(until);
    }
}

fn is_limit(fault: &Fault) -> bool {
    let limit = matches!(
        fault.reason,
        Reason::AppRateLimited | Reason::AccountRateLimited
    );
    limit && fault.disposition == Disposition::Wait
}

#[cfg(test)]
mod tests {
    use super::*;

    const WABA: &str = "104996122399160";

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            reqwest::header::HeaderName::from_static(name),
            value.parse().unwrap(),
        )])
    }

    fn until(headers: &HeaderMap) -> Option<i64> {
        let throttles = Throttles::default();
        let waba: WabaId = WABA.parse().unwrap();
        throttles.learn(
            &Usage::read(headers),
            Some(&waba),
            None,
            Timestamp::UNIX_EPOCH,
        );
        throttles
            .until(&waba, Timestamp::UNIX_EPOCH)
            .map(Timestamp::as_second)
    }

    #[test]
    fn a_waba_rests_when_it_is_nearly_full_or_meta_names_a_time() {
        let business = |count: i64, regain: i64| {
            let value = format!(
                r#"{{"{WABA}":[{{"type":"whatsapp","call_count":1}},{{"type":"whatsapp_business_management","call_count":{count},"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":{regain}}}]}}"#
            );
            until(&headers(BUSINESS_USAGE, &value))
        };
        assert_eq!(business(95, 0), None);
        assert_eq!(business(96, 0), Some(60));
        assert_eq!(business(100, 19), Some(19 * 60));
        assert_eq!(business(1, i64::MAX), Some(LONGEST_MINUTES * 60));
        assert_eq!(
            until(&headers(
                APP_USAGE,
                r#"{"call_count":28,"total_time":99,"total_cputime":25}"#
            )),
            Some(60)
        );
    }

    #[test]
    fn headers_that_cannot_be_read_say_nothing() {
        for odd in [
            "",
            "nonsense",
            "[]",
            "{\"a\":1}",
            "{\"104996122399160\":{}}",
            "{\"104996122399160\":[7,null]}",
        ] {
            assert_eq!(until(&headers(BUSINESS_USAGE, odd)), None, "{odd}");
            assert_eq!(until(&headers(APP_USAGE, odd)), None, "{odd}");
        }
    }

    #[test]
    fn a_limit_that_was_met_is_kept_to_for_its_time() {
        let (throttles, waba) = (Throttles::default(), WABA.parse().unwrap());
        let now = Timestamp::UNIX_EPOCH;
        let fault = Fault::of(Reason::AccountRateLimited)
            .with_retry_after(Some(SignedDuration::from_secs(90)));
        throttles.learn(&Usage::default(), Some(&waba), Some(&fault), now);
        assert_eq!(
            throttles.until(&waba, now).map(Timestamp::as_second),
            Some(90)
        );
        assert_eq!(
            throttles.until(&waba, Timestamp::from_second(90).unwrap()),
            None
        );
        throttles.learn(
            &Usage::default(),
            Some(&waba),
            Some(&Fault::of(Reason::AppRateLimited)),
            now,
        );
        assert_eq!(
            throttles.until(&waba, now).map(Timestamp::as_second),
            Some(300),
            "no time named"
        );
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let throttles = Throttles::default();
        for id in 0..REMEMBERED + 5 {
            throttles.pause(&format!("{id:05}"), SHORT_PAUSE, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(throttles.0.lock().unwrap().len(), REMEMBERED);
        throttles.pause("99999", SHORT_PAUSE, Timestamp::from_second(3_600).unwrap());
        assert_eq!(
            throttles.0.lock().unwrap().len(),
            1,
            "what has passed makes room"
        );
    }
}
