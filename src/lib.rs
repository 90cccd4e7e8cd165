//! Moves WhatsApp phone numbers between WhatsApp Business Accounts: the map of the house.
//!
//! | room | owns |
//! |---|---|
//! | [`migration`] | the domain, pure: values, states, checks, faults, and the [machine](migration::Machine) that decides |
//! | [`tenancy`] | tenants and their API keys, pure: what is theirs, what a key is, whether it opens |
//! | [`graph`] | the adapter to Meta's Graph API |
//! | [`store`] | where migrations and their events are kept; [`crypto`] seals their secrets |
//! | [`auth`] | who calls, and how much they may ask for |
//! | [`engine`] | makes migrations move: claims, performs, records, wakes |
//! | [`api`] | the doors, gRPC and REST; [`proto`] is their contract |
//! | [`wire`] | connections: TLS, what one may cost, how long it lives |
//! | [`app`], [`lifecycle`] | put the parts together; start and stop them |
//! | [`ops`] | the operations port: whether the service lives and is ready, and its metrics |
//! | [`config`], [`telemetry`], [`cli`] | settings; logs, metrics and traces; the command line |
//! | [`sandbox`] | a stand-in for Graph that shares no type with the adapter |
//! | [`clock`] | the one place that reads the time and draws ids |
//! | [`cache`], [`hangup`] | what was read a moment ago; SIGHUP |
//! | [`loopback`], [`visible`] | which hosts are this machine; text without control characters |
//!
//! Arrows run one way: `migration` ← `tenancy`, `graph`, `store` ← `engine`, `auth` ← `api` ← `app` ← `cli`; and `wire` ← `api`.
//!
//! What must always hold:
//!
//! - An intent to change something at Meta is durable before the call is made, and a call whose outcome is not known is
//!   never made again before Meta was read.
//! - The row is the job: nothing about a migration lives in memory between two rounds of the engine.
//! - `SUCCEEDED` is only said after the number was read back as connected and found in the destination's list.
//! - State and events are saved together, under the version that was read, or not at all.
//! - A door learns for whom it acts from the [`Caller`](auth::Caller) that [`auth`] let in, and from nowhere else.
//! - No token, PIN or code is stored unsealed, logged, or part of an error.

pub mod api;
pub mod app;
pub mod auth;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod engine;
pub mod graph;
pub mod hangup;
pub mod lifecycle;
pub mod loopback;
pub mod migration;
pub mod ops;
pub mod proto;
pub mod sandbox;
pub mod store;
pub mod telemetry;
pub mod tenancy;
pub mod visible;
pub mod wire;
