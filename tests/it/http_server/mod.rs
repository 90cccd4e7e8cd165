//! The HTTP server: clients that are slow, greedy, disconnected or unauthenticated, and their
//! effect on other clients.

mod age;
mod authorities;
mod budget;
mod calls;
mod clients;
mod files;
mod harness;
mod limits;
mod reload;
mod service;
mod silence;
mod stop;
mod tls;
mod unauthenticated;
