//! The sandbox under test, over real sockets.

mod accounts;
mod app;
mod calls;
mod control;
mod faults;
mod field;
mod harness;
mod journey;
mod languages;
mod limits;
mod placing;
mod reads;
mod shapes;
mod table;
mod transport;
