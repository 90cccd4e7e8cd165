//! The machine: its table, its invariants, and the story of each step. No clock, no socket, no database.

mod doubts;
mod field;
mod next_action;
mod numbers;
mod properties;
mod removal;
mod steps;
mod table;
mod world;
