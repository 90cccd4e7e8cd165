//! Encryption of stored secrets: cells that are sealed and opened, the columns that hold them, and
//! the re-wrapping of their keys.

pub(super) mod cells;
pub(super) mod columns;
pub(super) mod rewrap;
