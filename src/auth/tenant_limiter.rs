//! How much each tenant may ask for: how often, and how much at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Caller;
use super::in_flight::{InFlight, InFlightGuard, InFlightKind, InFlightLimits, TooManyInFlight};
use super::token_bucket::{Rate, TokenBucket};
use domain::TenantId;

/// Fewer are not worth looking through.
const FEW: usize = 1024;

/// How much a tenant may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// How often, where the tenant has no limits of its own.
    pub rate: Rate,
    /// How much at once.
    pub in_flight: InFlightLimits,
}

/// How much each tenant has asked for lately and has under way, in this process. A clone is the same.
#[derive(Debug, Clone)]
pub struct TenantLimiter {
    usual: Rate,
    buckets: Arc<Mutex<Buckets>>,
    in_flight: InFlight,
}

/// Only of tenants that are there: a caller was let in before it is counted.
#[derive(Debug)]
struct Buckets {
    of: HashMap<TenantId, (Rate, TokenBucket)>,
    /// With so many, those are looked for that are full again.
    sweep_at: usize,
}

/// A tenant has asked for too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateExceeded {
    /// As much as it may ask for.
    pub rate: Rate,
    /// When it may ask again.
    pub retry_after: Duration,
}

impl TenantLimiter {
    /// No tenant has asked for anything yet.
    #[must_use]
    pub fn new(allowance: TenantLimits) -> Self {
        let buckets = Buckets {
            of: HashMap::new(),
            sweep_at: FEW,
        };
        Self {
            usual: allowance.rate,
            buckets: Arc::new(Mutex::new(buckets)),
            in_flight: InFlight::new(allowance.in_flight),
        }
    }

    /// Counts a request of this caller's.
    pub fn take(&self, caller: &Caller, now: Timestamp) -> Result<(), RateExceeded> {
        let rate = self.usual.with(caller.limits());
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = if let Some((known, bucket)) = buckets.of.get_mut(caller.tenant()) {
            *known = rate;
            bucket.take(rate, now)
        } else {
            buckets.sweep(now);
            let mut bucket = TokenBucket::full(rate, now);
            let taken = bucket.take(rate, now);
            buckets.of.insert(caller.tenant().clone(), (rate, bucket));
            taken
        };
        taken.map_err(|retry_after| RateExceeded { rate, retry_after })
    }

    /// Counts a call or a stream of this caller's as under way, until what is returned is dropped.
    pub fn begin(
        &self,
        caller: &Caller,
        kind: InFlightKind,
    ) -> Result<InFlightGuard, TooManyInFlight> {
        self.in_flight.begin(caller.tenant(), kind)
    }
}

impl Buckets {
    /// Forgets those that are as good as new ones.
    fn sweep(&mut self, now: Timestamp) {
        if self.of.len() >= self.sweep_at {
            self.of
                .retain(|_, (rate, bucket)| !bucket.is_full(*rate, now));
            self.sweep_at = FEW.max(self.of.len().saturating_mul(2));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::auth::caller::Proof;
    use domain::Principal;
    use domain::tenancy::{RateLimits, Role};

    fn caller(tenant: &str, limits: RateLimits) -> Caller {
        let tenant = tenant.parse().unwrap();
        let anonymous = Principal::anonymous();
        Caller::new(tenant, Role::Migrator, anonymous, limits, Proof::Lasting)
    }

    fn few() -> TenantLimiter {
        let two = 2.try_into().unwrap();
        TenantLimiter::new(TenantLimits {
            rate: Rate {
                per_second: 1.try_into().unwrap(),
                burst: two,
            },
            in_flight: InFlightLimits {
                calls: two,
                watches: two,
                reads: two,
            },
        })
    }

    #[test]
    fn a_tenants_limits_are_its_own_and_the_usual_ones_where_it_has_none() {
        let (limiter, now) = (few(), Timestamp::UNIX_EPOCH);
        let own = RateLimits {
            requests_per_second: None,
            burst: 1.try_into().ok(),
        };
        let taken = |caller: &Caller| {
            let taken = std::iter::from_fn(|| limiter.take(caller, now).ok());
            taken.count()
        };
        assert_eq!(taken(&caller("acme", RateLimits::default())), 2);
        assert_eq!(taken(&caller("bakery", own)), 1);
        assert_eq!(taken(&caller("acme", RateLimits::default())), 0);
    }

    #[test]
    fn who_rests_is_forgotten() {
        let (limiter, start) = (few(), Timestamp::UNIX_EPOCH);
        for n in 0..10_000_i64 {
            let now = start + SignedDuration::from_millis(10 * n);
            let caller = caller(&format!("t{n}"), RateLimits::default());
            assert_eq!(limiter.take(&caller, now), Ok(()));
        }
        let kept = limiter.buckets.lock().unwrap().of.len();
        assert!(kept <= FEW, "{kept}");
    }
}
