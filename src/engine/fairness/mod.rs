//! Fair use of the workers between tenants and destinations.

mod round_robin;
mod slots;

pub(super) use round_robin::move_on;
pub(super) use slots::{Slot, Slots};
