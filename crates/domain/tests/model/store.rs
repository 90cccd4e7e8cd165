//! The modelled store: the row of one migration, the leases of workers, and the budgets of the
//! number.
//!
//! A lease belongs to a worker, not to a row: the row names the worker that leased it, and the
//! worker renews its one lease. When a lease has ended by the database's clock, another worker
//! deletes it and releases its rows, in one transaction. A worker whose lease was deleted takes a
//! new id, so no row names it again.

use super::migrations::{Counts, Due, MigrationRef};

/// Ticks that a lease lasts.
pub const LEASE: u8 = 2;

/// The store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Store {
    /// The row's document, without the budgets.
    pub row: MigrationRef,
    pub due: Due,
    pub leased: Leased,
    /// Ticks until the lease of each worker ends, by the database's clock; `None`: it was deleted,
    /// or there is no such worker.
    pub leases: [Option<u8>; 2],
    /// The calls that were counted for the number.
    pub counts: Counts,
}

/// Who leased the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leased {
    No,
    To(u8),
    /// To an id that no process uses any more. Its lease ends after this number of ticks.
    ToFormer(u8),
}

impl Store {
    /// A new id takes the lease of the row; the lease ends in this number of ticks.
    pub fn lease_to(&mut self, worker: u8, left: u8) {
        self.leased = Leased::To(worker);
        self.leases[usize::from(worker)] = Some(left);
    }

    /// The process uses the worker's id no more.
    pub fn forget(&mut self, worker: u8) {
        let left = self.leases[usize::from(worker)].take();
        if self.leased == Leased::To(worker) {
            self.leased = left.map_or(Leased::No, Leased::ToFormer);
        }
    }

    /// Whether the lease on the row has ended, so that a worker may release it.
    pub fn has_ended(&self) -> bool {
        match self.leased {
            Leased::No => false,
            Leased::To(worker) => self.leases[usize::from(worker)] == Some(0),
            Leased::ToFormer(left) => left == 0,
        }
    }

    /// Another worker deletes the lease that has ended, and releases its row.
    pub fn release_ended(&mut self) {
        if let Leased::To(worker) = self.leased {
            self.leases[usize::from(worker)] = None;
        }
        self.leased = Leased::No;
    }

    /// Time passes.
    pub fn tick(&mut self) {
        for left in self.leases.iter_mut().flatten() {
            *left = left.saturating_sub(1);
        }
        if let Leased::ToFormer(left) = &mut self.leased {
            *left = left.saturating_sub(1);
        }
        if let Due::In(ticks) = &mut self.due {
            *ticks = ticks.saturating_sub(1);
        }
    }
}
