//! Moves WhatsApp phone numbers between WhatsApp Business Accounts.

pub mod clock;
pub mod migration;
pub mod proto;
