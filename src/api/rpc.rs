//! The RPCs of the migration service: their names, and the role that each requires.

use crate::proto::v1::migration_service_server::SERVICE_NAME;
use domain::tenancy::Role;

/// The RPCs, and the role that each requires.
///
/// `CheckEligibility` changes nothing, but it makes Graph calls with the tenant's token.
const REQUIRED: &[(&str, Role)] = &[
    ("Migrate", Role::Migrator),
    ("SubmitCode", Role::Migrator),
    ("GetStatus", Role::Reader),
    ("CheckEligibility", Role::Migrator),
    ("ResendCode", Role::Migrator),
    ("Resume", Role::Migrator),
    ("Cancel", Role::Migrator),
    ("RevealTwoStepPin", Role::Migrator),
    ("ListMigrations", Role::Reader),
    ("ListEvents", Role::Reader),
    ("Watch", Role::Reader),
    ("UpdateMigration", Role::Migrator),
    ("DeleteMigration", Role::Migrator),
    ("ForgetNumber", Role::Migrator),
];

/// The name of unknown RPCs in metrics and logs.
pub(super) const OTHER: &str = "_OTHER";

/// The role that an RPC requires: migrator if it is not in the table.
pub(super) fn required_role(rpc: &str) -> Role {
    let row = REQUIRED.iter().find(|(name, _)| *name == rpc);
    row.map_or(Role::Migrator, |(_, role)| *role)
}

/// The name of an RPC for metrics and logs. An unknown name is untrusted input.
pub(super) fn name(rpc: &str) -> &'static str {
    let row = REQUIRED.iter().find(|(name, _)| *name == rpc);
    row.map_or(OTHER, |(name, _)| name)
}

/// Whether an RPC returns a stream.
pub(super) fn streams(rpc: &str) -> bool {
    rpc == "Watch"
}

/// Whether an RPC changes something.
pub(super) fn changes(rpc: &str) -> bool {
    rpc != OTHER && required_role(rpc) == Role::Migrator
}

/// The names of the RPCs, and [`OTHER`].
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    REQUIRED.iter().map(|(name, _)| *name).chain([OTHER])
}

/// The RPC of the migration service at a path; empty if there is none.
pub(super) fn at_path(path: &str) -> &str {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(SERVICE_NAME))
        .and_then(|path| path.strip_prefix('/'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto::DESCRIPTORS;

    #[test]
    fn the_table_lists_exactly_the_rpcs_of_the_contract() {
        let set = prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap();
        let mut rpcs: Vec<String> = Vec::new();
        for file in &set.file {
            for service in &file.service {
                assert_eq!(
                    format!("{}.{}", file.package(), service.name()),
                    SERVICE_NAME
                );
                for method in &service.method {
                    assert_eq!(streams(method.name()), method.server_streaming());
                    rpcs.push(method.name().to_owned());
                }
            }
        }
        let table: Vec<&str> = REQUIRED.iter().map(|(name, _)| *name).collect();
        assert_eq!(table, rpcs);
    }

    #[test]
    fn rpcs_that_read_are_for_every_role_and_all_others_for_migrators() {
        let table: Vec<String> = REQUIRED
            .iter()
            .map(|(rpc, role)| format!("{rpc} {role}"))
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        Migrate migrator
        SubmitCode migrator
        GetStatus reader
        CheckEligibility migrator
        ResendCode migrator
        Resume migrator
        Cancel migrator
        RevealTwoStepPin migrator
        ListMigrations reader
        ListEvents reader
        Watch reader
        DeleteMigration migrator
        ForgetNumber migrator
        ");
        assert_eq!(required_role("Teleport"), Role::Migrator);
    }
}
