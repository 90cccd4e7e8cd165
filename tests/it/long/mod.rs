//! What takes minutes: left out of an ordinary run, and run by `tests/long/run`.

mod silent_database;
