//! Tests that take minutes: not part of an ordinary run, started by `tests/long/run`.

mod load;
mod pauses;
mod retention;
mod rows;
mod silent_database;
