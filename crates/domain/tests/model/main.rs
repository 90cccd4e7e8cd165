//! A model of the protocol that keeps a call to Meta from being made twice, explored exhaustively.
//!
//! The machine is the real one ([`domain::Machine`]); what surrounds it is modelled: the store with
//! leases of workers, versions and budgets ([`store`]), two worker processes ([`worker`]), Meta
//! ([`meta`]), and the steps between them ([`protocol`]). The protocol is that of
//! `docs/architecture.md`, "One call, one worker".
//!
//! **What can happen**, in any order: a process pauses between any two steps, for any time; it
//! dies; a lease ends, and another worker takes over; a renewal is answered late; an answer of Meta
//! is lost, and its call takes effect or does not; a call takes effect late, or its success is
//! answered before; a reading fails; Meta refuses a call; a command comes; the migration expires.
//! [`bounds`] limits the number of each, but for pauses, leases and late effects, which have no
//! limit.
//!
//! **What must hold** in every state is in [`properties`]. One of them is about the future: from
//! every state an end can be reached without further misfortune.
//!
//! **What is not modelled**: a process that is paused between the check of its permit and the
//! departure of the request (no program can exclude that; the model has it as one step); a
//! failover that loses commits; two migrations of one number; the moment at which the window of a
//! budget ends (it passes in one step, in which nothing else happens); clocks that run at different
//! speeds (the margin of the deadline is for these).
//!
//! **How to run it**: `cargo test -p domain --test model` explores a whole move with one misfortune
//! of each kind, and finds each mistake in [`mutations`]; with `-- --nocapture` it prints the
//! number of states and the trace of each mistake. `tests/long/run model` explores combinations of
//! misfortunes.
//!
//! **Why an explorer of our own** ([`explorer`], 250 lines): "an end can be reached" needs the
//! graph of states, which the checkers for Rust do not keep.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod explorer;
#[cfg(test)]
mod meta;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod step;
#[cfg(test)]
mod store;
#[cfg(test)]
mod worker;
#[cfg(test)]
mod world;
