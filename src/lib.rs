//! Moves WhatsApp phone numbers between WhatsApp Business Accounts.
//!
//! | module | owns |
//! |---|---|
//! | [`graph`] | the adapter to Meta's Graph API |
//! | [`store`] | where migrations and their events are kept; [`crypto`] seals their secrets |
//! | [`auth`] | authentication, and limits on each caller |
//! | [`engine`] | moves migrations: claims, performs, records, wakes |
//! | [`api`] | the gRPC and REST transports; [`proto`] is their contract |
//! | [`http_server`] | connections: TLS, what one may cost, how long it lives |
//! | [`app`], [`lifecycle`] | put the parts together; start and stop them |
//! | [`ops`] | the operations port: liveness, readiness, metrics |
//! | [`config`], [`telemetry`], [`cli`] | settings; logs, metrics and traces; the command line |
//! | [`util`] | small parts that know nothing of WhatsApp: the clock, a cache, SIGHUP |
//!
//! Two crates stand beside it in the workspace. `domain` is pure: values, states, checks, faults, tenants, and the
//! [machine](domain::Machine) that decides. `sandbox` is a stand-in for Graph that shares no type with the adapter.
//!
//! Arrows run one way: `domain` ← `graph`, `store` ← `engine`, `auth` ← `api` ← `app` ← `cli`; and `http_server` ← `api`.
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
