//! The sandbox under test, over real sockets.

mod control;
mod journey;
mod limits;
mod reads;
mod table;
mod town;
mod transport;
