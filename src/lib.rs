//! Moves WhatsApp phone numbers between WhatsApp Business Accounts.

pub mod api;
pub mod clock;
pub mod crypto;
pub mod engine;
pub mod graph;
pub mod migration;
pub mod proto;
pub mod sandbox;
pub mod store;
