//! Who is let in, to what, and what they get to see: through the real transport over a real socket, on both stores.

mod audit;
mod in_flight;
mod isolation;
mod issuer;
mod keys;
mod limits;
mod lookups;
mod program;
pub mod raw;
mod roles;
mod rpcs;
mod tokens;
mod town;
mod withdrawn;
