//! The integration tests: one binary, linked once.

#[cfg(test)]
mod access;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod e2e;
#[cfg(test)]
mod field;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod http_server;
#[cfg(test)]
mod language;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod long;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod ops;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod watches;
