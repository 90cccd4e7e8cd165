//! Encryption of stored secrets: sealed cells, the columns that hold them, and re-wrapping.

pub(super) mod cells;
pub(super) mod columns;
pub(super) mod rewrap;
