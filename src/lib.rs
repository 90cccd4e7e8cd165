//! Moves WhatsApp phone numbers between WhatsApp Business Accounts.
//!
//! | module | owns |
//! |---|---|
//! | [`graph`] | the adapter to Meta's Graph API |
//! | [`store`] | persistence of migrations and events; [`crypto`] encrypts their secrets |
//! | [`admin`] | administration of tenants and their API keys |
//! | [`auth`] | authentication, and limits on each caller |
//! | [`engine`] | works on migrations: claims, performs, saves, notifies |
//! | [`api`] | the gRPC and REST transports; [`proto`] is their contract |
//! | [`http_server`] | connections: TLS, limits, lifetime |
//! | [`app`], [`lifecycle`] | assemble the components; start and stop them |
//! | [`ops`] | the operations port: liveness, readiness, metrics |
//! | [`config`], [`telemetry`], [`cli`] | settings; logs, metrics and traces; the command line |
//! | [`util`] | helpers without knowledge of WhatsApp: clock, cache, backoff, SIGHUP |
//!
//! The workspace has two more crates. `domain` is pure: values, states, checks, faults, tenants,
//! and the [machine](domain::Machine) that decides. `sandbox` replaces the Graph API and shares no
//! type with the adapter.
//!
//! Dependencies run one way: `domain` ← `graph`, `store` ← `engine`, `auth`, `admin` ← `api` ←
//! `app` ← `cli`; and `http_server` ← `api`.
//!
//! Invariants:
//!
//! - The intent to change something at Meta is durable before the call is made, and a call whose
//!   outcome is unknown is not repeated before Meta was read.
//! - The row is the job: no state of a migration is in memory between two rounds of the engine.
//! - A migration is `SUCCEEDED` only after the number was read back as connected and was found in
//!   the destination's list.
//! - State and events are saved together, under the version that was read, or not at all.
//! - An endpoint takes the tenant from the [`Caller`](auth::Caller) that [`auth`] has
//!   authenticated, and from nowhere else. Only the requests of administration name one, and only
//!   callers of the tenant `default` may make them.
//! - No token, PIN or code is stored unencrypted, logged, or part of an error.

pub mod admin;
pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod engine;
pub mod graph;
pub mod http_server;
pub mod lifecycle;
pub mod ops;
pub mod proto;
pub mod store;
pub mod telemetry;
pub mod util;
