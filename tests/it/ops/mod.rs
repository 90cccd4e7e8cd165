//! What can be seen of a service from outside: the operations port of the program itself.

mod alerts;
pub mod collector;
mod commands;
mod drain;
mod metrics;
mod port;
mod stores;
mod traces;
