//! The integration tests: one binary, linked once.

#[cfg(test)]
mod machine;
