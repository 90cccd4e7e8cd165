//! Shares the workers fairly between tenants and their destinations.

mod round_robin;
mod slots;

pub(super) use round_robin::advance;
pub(super) use slots::{WorkerSlot, WorkerSlots};
