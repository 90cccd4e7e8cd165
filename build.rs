//! Compiles the contract in `proto/` to Rust, without a system `protoc`.

use std::error::Error;
use std::path::PathBuf;

use protox::prost::Message as _;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its folder this way"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("waba/migration/v1/migration_service.proto")?;

    // The compiler's own encoding keeps the `google.api.http` options, which prost's types would drop.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("waba_migration_v1.bin"), &descriptors)?;

    let set = tonic_prost_build::FileDescriptorSet::decode(descriptors.as_slice())?;
    // Maps in order, so that the same message is always written the same.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(set)?;
    Ok(())
}
