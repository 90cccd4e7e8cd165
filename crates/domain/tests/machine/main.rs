//! The machine: its table, its invariants, and the story of each step. No clock, no socket, no database.

#[cfg(test)]
mod doubts;
#[cfg(test)]
mod field;
#[cfg(test)]
mod next_action;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod table;
#[cfg(test)]
mod world;
