//! The wire: what clients do to it that are slow, greedy, gone, or not who they say; and what those who are none of these
//! notice of it.

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
