//! What can be seen of a service from outside: the operations port of the program itself.

mod alerts;
mod collector;
mod commands;
mod metrics;
mod port;
mod program;
mod traces;
