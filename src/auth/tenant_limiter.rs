//! Limits the request rate and the calls in flight of each tenant.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::Caller;
use super::in_flight::{InFlight, InFlightGuard, InFlightKind, InFlightLimits, TooManyInFlight};
use super::token_bucket::{Rate, TokenBucket};
use domain::TenantId;

/// Minimum number of buckets before full ones are removed.
const MIN_SWEEP: usize = 1024;

/// The limits of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// Default request rate, for tenants without a rate of their own.
    pub rate: Rate,
    /// Maximum calls in flight.
    pub in_flight: InFlightLimits,
}

/// Limits each tenant, in this process. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct TenantLimiter {
    default_rate: Rate,
    buckets: Arc<Mutex<Buckets>>,
    in_flight: InFlight,
}

/// Contains existing tenants only: a caller is authenticated before it is counted.
#[derive(Debug)]
struct Buckets {
    of: HashMap<TenantId, (Rate, TokenBucket)>,
    /// The number of buckets at which full ones are removed.
    sweep_at: usize,
}

/// A tenant has exceeded its request rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateExceeded {
    /// Its rate.
    pub rate: Rate,
    /// Time until the next request is admitted.
    pub retry_after: Duration,
}

impl TenantLimiter {
    /// A limiter without requests.
    #[must_use]
    pub fn new(limits: TenantLimits) -> Self {
        let buckets = Buckets {
            of: HashMap::new(),
            sweep_at: MIN_SWEEP,
        };
        Self {
            default_rate: limits.rate,
            buckets: Arc::new(Mutex::new(buckets)),
            in_flight: InFlight::new(limits.in_flight),
        }
    }

    /// Counts a request of this caller.
    pub fn take(&self, caller: &Caller, now: Timestamp) -> Result<(), RateExceeded> {
        let rate = self.default_rate.with(caller.limits());
        let mut buckets = self.buckets.lock();
        buckets.sweep(now);
        let entry = buckets.of.entry(caller.tenant().clone());
        let new = || (rate, TokenBucket::full(rate, now));
        let (known, bucket) = entry.or_insert_with(new);
        *known = rate;
        let taken = bucket.take(rate, now);
        taken.map_err(|retry_after| RateExceeded { rate, retry_after })
    }

    /// Counts a call or a stream of this caller as in flight until the guard is dropped.
    pub fn begin(
        &self,
        caller: &Caller,
        kind: InFlightKind,
    ) -> Result<InFlightGuard, TooManyInFlight> {
        self.in_flight.begin(caller.tenant(), kind)
    }
}

impl Buckets {
    /// Removes full buckets, which equal new ones.
    fn sweep(&mut self, now: Timestamp) {
        if self.of.len() >= self.sweep_at {
            self.of
                .retain(|_, (rate, bucket)| !bucket.is_full(*rate, now));
            self.sweep_at = MIN_SWEEP.max(self.of.len().saturating_mul(2));
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
        Caller::new(tenant, Role::Migrator, anonymous, limits, Proof::Permanent)
    }

    fn low_limits() -> TenantLimiter {
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
    fn a_tenant_has_its_own_limits_or_else_the_default_ones() {
        let (limiter, now) = (low_limits(), Timestamp::UNIX_EPOCH);
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
    fn full_buckets_are_removed() {
        let (limiter, start) = (low_limits(), Timestamp::UNIX_EPOCH);
        for n in 0..10_000_i64 {
            let now = start + SignedDuration::from_millis(10 * n);
            let caller = caller(&format!("t{n}"), RateLimits::default());
            assert_eq!(limiter.take(&caller, now), Ok(()));
        }
        let kept = limiter.buckets.lock().of.len();
        assert!(kept <= MIN_SWEEP, "{kept}");
    }
}
