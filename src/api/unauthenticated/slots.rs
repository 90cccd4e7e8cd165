//! How many calls of a kind there are, in all and on each connection.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Room for calls of a kind. Those of one connection never take all of it: another client's probe would be refused for them.
#[derive(Debug)]
pub(super) struct Places {
    in_all: usize,
    on_a_connection: usize,
    taken: Mutex<Taken>,
}

/// What is taken. A connection without a call is not in it.
#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    on: HashMap<Option<SocketAddr>, usize>,
}

/// A call's place, for as long as this is there.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    connection: Option<SocketAddr>,
}

impl Places {
    pub(super) fn new(in_all: usize, on_a_connection: usize) -> Self {
        Self {
            in_all,
            on_a_connection,
            taken: Mutex::default(),
        }
    }

    /// A place for a call that came by this connection; `None` where there is none.
    pub(super) fn take(self: &Arc<Self>, connection: Option<SocketAddr>) -> Option<Place> {
        let mut taken = self.taken();
        let on = taken.on.get(&connection).copied().unwrap_or_default();
        if taken.in_all >= self.in_all || on >= self.on_a_connection {
            return None;
        }
        taken.in_all += 1;
        taken.on.insert(connection, on + 1);
        Some(Place {
            places: Arc::clone(self),
            connection,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nothing in here can panic half-way, so what a panic left is whole.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.in_all = taken.in_all.saturating_sub(1);
        match taken.on.get_mut(&self.connection) {
            Some(on) if *on > 1 => *on -= 1,
            _ => {
                taken.on.remove(&self.connection);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_connection_takes_no_more_than_its_share_and_all_no_more_than_there_are() {
        let places = Arc::new(Places::new(5, 2));
        let address = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
        let mut taken: Vec<_> = [1, 1, 2, 2, 3]
            .into_iter()
            .map(|port| places.take(address(port)).unwrap())
            .collect();
        assert!(places.take(address(4)).is_none(), "all are taken");
        taken.pop();
        assert!(places.take(address(1)).is_none(), "its share is taken");
        assert!(places.take(None).is_some());
        drop(taken);
        let taken = places.taken();
        assert_eq!((taken.in_all, taken.on.len()), (0, 0));
    }
}
