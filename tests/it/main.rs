//! The integration tests: one binary, linked once.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
