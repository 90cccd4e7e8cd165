//! Authentication, authorisation and isolation of tenants: through the real transport over a real
//! socket, on both stores.

mod audit;
pub mod harness;
mod in_flight;
mod isolation;
mod issuer;
mod keys;
mod limits;
mod program;
pub mod raw;
mod roles;
mod rpcs;
mod tokens;
mod unknown_keys;
mod withdrawn;
