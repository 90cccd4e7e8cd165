//! What takes minutes: left out of an ordinary run, and run by `tests/long/run`.

mod load;
mod retention;
mod rows;
mod silent_database;
