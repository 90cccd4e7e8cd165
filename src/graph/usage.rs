//! Meta's usage headers: how near a WABA is to its limits, so that calls stop before Meta blocks
//! them.

use jiff::SignedDuration;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::json::{Object, integer};
use domain::WabaId;

/// Usage of each WABA, percent.
const BUSINESS_USAGE: &str = "x-business-use-case-usage";
/// Usage of the whole app, percent.
const APP_USAGE: &str = "x-app-usage";
/// Usage above which calls pause, percent. Meta blocks at 100.
const FULL_PERCENT: i64 = 95;
/// Pause near a limit if Meta names no time, in which Meta's window slides.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Maximum pause, minutes. Meta's windows are hours, so a longer time is a misreading.
const LONGEST_MINUTES: i64 = 72 * 60;

/// The usage headers of one response.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    objects: Vec<(String, Level)>,
    app: Level,
}

/// The usage of one limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Level {
    /// The highest of the counts.
    percent: i64,
    /// Time until calls are accepted again, minutes.
    regain_minutes: i64,
}

impl Usage {
    /// Parses the headers. A malformed header is ignored.
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

    /// The usage of each WABA, percent.
    pub(super) fn percents(&self) -> impl Iterator<Item = (&str, u32)> {
        let objects = self.objects.iter();
        objects.map(|(id, level)| {
            (
                id.as_str(),
                u32::try_from(level.percent).unwrap_or_default(),
            )
        })
    }

    /// The WABAs that should pause, and for how long.
    pub(super) fn pauses(&self) -> impl Iterator<Item = (&str, SignedDuration)> {
        let objects = self.objects.iter();
        objects.filter_map(|(id, level)| Some((id.as_str(), level.pause()?)))
    }

    /// How long the whole app should pause, if at all.
    pub(super) fn app_pause(&self) -> Option<SignedDuration> {
        self.app.pause()
    }

    /// The time after which calls are accepted again, if Meta names one.
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

#[cfg(test)]
impl Usage {
    /// The usage in this value of the WABA header.
    pub(super) fn of_waba(value: &str) -> Self {
        let name = reqwest::header::HeaderName::from_static(BUSINESS_USAGE);
        Self::read(&HeaderMap::from_iter([(name, value.parse().unwrap())]))
    }
}

fn object(headers: &HeaderMap, name: &str) -> Option<Object> {
    serde_json::from_slice(headers.get(name)?.as_bytes()).ok()
}

/// The highest usage among the entries of a WABA, which has one for each kind of use.
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

    /// How long to pause, if at all.
    fn pause(self) -> Option<SignedDuration> {
        if self.regain_minutes > 0 {
            Some(SignedDuration::from_mins(self.regain_minutes))
        } else {
            (self.percent > FULL_PERCENT).then_some(SHORT_PAUSE)
        }
    }
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

    /// The pause of the WABA, or of the app, seconds.
    fn pause(headers: &HeaderMap) -> Option<i64> {
        let usage = Usage::read(headers);
        let own = usage.pauses().find(|(id, _)| *id == WABA);
        own.map(|(_, pause)| pause)
            .or(usage.app_pause())
            .map(|pause| pause.as_secs())
    }

    #[test]
    fn a_waba_pauses_near_its_limit_or_if_meta_names_a_time() {
        let business = |count: i64, regain: i64| {
            let value = format!(
                r#"{{"{WABA}":[{{"type":"whatsapp","call_count":1}},{{"type":"whatsapp_business_management","call_count":{count},"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":{regain}}}]}}"#
            );
            pause(&headers(BUSINESS_USAGE, &value))
        };
        assert_eq!(business(95, 0), None);
        assert_eq!(business(96, 0), Some(60));
        assert_eq!(business(100, 19), Some(19 * 60));
        assert_eq!(business(1, i64::MAX), Some(LONGEST_MINUTES * 60));
        assert_eq!(
            pause(&headers(
                APP_USAGE,
                r#"{"call_count":28,"total_time":99,"total_cputime":25}"#
            )),
            Some(60)
        );
    }

    #[test]
    fn malformed_headers_are_ignored() {
        for odd in [
            "",
            "nonsense",
            "[]",
            "{\"a\":1}",
            "{\"104996122399160\":{}}",
            "{\"104996122399160\":[7,null]}",
        ] {
            assert_eq!(pause(&headers(BUSINESS_USAGE, odd)), None, "{odd}");
            assert_eq!(pause(&headers(APP_USAGE, odd)), None, "{odd}");
        }
    }
}
