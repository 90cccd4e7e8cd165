//! Limits the number of concurrent calls of a kind, in total and per connection.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// The maximum of concurrent calls of a kind. One connection never gets all of it, so that it
/// cannot block the probes of other clients.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    max_total: usize,
    max_per_connection: usize,
    used: Mutex<Permits>,
}

/// The permits in use. Connections without a call are not in the map.
#[derive(Debug, Default)]
struct Permits {
    total: usize,
    by_connection: HashMap<Option<SocketAddr>, usize>,
}

/// The permit of a call, released when dropped.
#[derive(Debug)]
pub(super) struct ConcurrencyPermit {
    limit: Arc<ConcurrencyLimit>,
    connection: Option<SocketAddr>,
}

impl ConcurrencyLimit {
    pub(super) fn new(max_total: usize, max_per_connection: usize) -> Self {
        Self {
            max_total,
            max_per_connection,
            used: Mutex::default(),
        }
    }

    /// A permit for a call over this connection. `None` where all are in use.
    pub(super) fn take(
        self: &Arc<Self>,
        connection: Option<SocketAddr>,
    ) -> Option<ConcurrencyPermit> {
        let mut used = self.used.lock();
        let here = used
            .by_connection
            .get(&connection)
            .copied()
            .unwrap_or_default();
        if used.total >= self.max_total || here >= self.max_per_connection {
            return None;
        }
        used.total += 1;
        used.by_connection.insert(connection, here + 1);
        Some(ConcurrencyPermit {
            limit: Arc::clone(self),
            connection,
        })
    }
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        let mut used = self.limit.used.lock();
        used.total = used.total.saturating_sub(1);
        match used.by_connection.get_mut(&self.connection) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                used.by_connection.remove(&self.connection);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_connection_nor_all_of_them_exceed_their_maximum() {
        let limit = Arc::new(ConcurrencyLimit::new(5, 2));
        let address = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
        let mut taken: Vec<_> = [1, 1, 2, 2, 3]
            .into_iter()
            .map(|port| limit.take(address(port)).unwrap())
            .collect();
        assert!(limit.take(address(4)).is_none(), "all permits are in use");
        taken.pop();
        assert!(limit.take(address(1)).is_none(), "two are in use here");
        assert!(limit.take(None).is_some());
        drop(taken);
        let used = limit.used.lock();
        assert_eq!((used.total, used.by_connection.len()), (0, 0));
    }
}
