//! A state of everything: the store, the workers, Meta, and what may still go wrong.

use super::bounds::Left;
use super::meta::Meta;
use super::migrations::Due;
use super::properties::Properties;
use super::store::{Leased, Store};
use super::worker::Worker;

/// A state of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct World {
    pub store: Store,
    pub workers: [Option<Worker>; 2],
    pub meta: Meta,
    pub left: Left,
    /// What the step to this state violated.
    pub broken: Properties,
}

impl World {
    pub fn worker(&mut self, index: u8) -> &mut Worker {
        self.workers[usize::from(index)].as_mut().expect("it works")
    }

    /// The process stops its work, and takes a new id.
    pub fn stop(&mut self, index: u8) {
        self.workers[usize::from(index)] = None;
        self.meta.abandon(index);
        self.store.forget(index);
    }

    /// A process without work. Two such processes are alike.
    pub fn idle(&self) -> Option<u8> {
        let idle = |index: &u8| self.workers[usize::from(*index)].is_none();
        [0, 1].into_iter().find(idle)
    }

    pub fn is_claimable(&self) -> bool {
        self.store.leased == Leased::No && self.store.due == Due::In(0)
    }

    /// The same with the two workers exchanged.
    pub fn exchanged(mut self) -> Self {
        self.workers.swap(0, 1);
        self.store.leases.swap(0, 1);
        if let Leased::To(worker) = &mut self.store.leased {
            *worker = 1 - *worker;
        }
        for received in self.meta.calls.iter_mut().flatten() {
            received.waiter = received.waiter.map(|it| 1 - it);
        }
        self.meta.calls.sort_unstable();
        self
    }
}
