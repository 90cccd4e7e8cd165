//! The machine: its table, its invariants, and the behaviour of each step. No clock, no socket, no
//! database.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod next_action;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod table;
#[cfg(test)]
mod uncertain_calls;
mod update;
