//! The contract in `proto/`, as generated Rust.

/// `waba.migration.v1`.
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::pedantic,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("waba.migration.v1");
}

/// The descriptors of the contract, with its comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/waba_migration_v1.bin"));
