//! Administration of tenants and their keys through the API, over the transport of this run.

mod harness;
mod inputs;
mod keys;
mod life;
mod store;
mod tenants;
mod usage;
