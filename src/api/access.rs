//! Which role may call which RPC. One that does not stand here is for nobody but a migrator; a test holds that each does.

use crate::proto::v1::migration_service_server::SERVICE_NAME;
use domain::tenancy::Role;

/// The RPCs, and the least that somebody must be who calls them.
///
/// `CheckEligibility` changes nothing, but it spends Graph calls of the tenant's, made with the tenant's token.
const NEEDED: &[(&str, Role)] = &[
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
    ("DeleteMigration", Role::Migrator),
    ("ForgetNumber", Role::Migrator),
];

/// What stands for all that is none of ours.
pub(super) const OTHER: &str = "_OTHER";

/// The least that somebody must be who calls this RPC of the migration service.
pub(super) fn needed(rpc: &str) -> Role {
    let row = NEEDED.iter().find(|(name, _)| *name == rpc);
    row.map_or(Role::Migrator, |(_, role)| *role)
}

/// The name of this RPC, for the log: one that is none of ours may be anything at all.
pub(super) fn name(rpc: &str) -> &'static str {
    let row = NEEDED.iter().find(|(name, _)| *name == rpc);
    row.map_or(OTHER, |(name, _)| name)
}

/// Whether this RPC of the migration service answers with a stream.
pub(super) fn streams(rpc: &str) -> bool {
    rpc == "Watch"
}

/// Whether this RPC of the migration service does something.
pub(super) fn changes(rpc: &str) -> bool {
    rpc != OTHER && needed(rpc) == Role::Migrator
}

/// The names of the RPCs, and the one that stands for all that is none of ours.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NEEDED.iter().map(|(name, _)| *name).chain([OTHER])
}

/// The RPC that the path of a request asks for, where it is one of the migration service.
pub(super) fn asked_for(path: &str) -> &str {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(SERVICE_NAME))
        .and_then(|path| path.strip_prefix('/'))
        .unwrap_or_default()
}

/// Whether somebody of this role may do what needs that one.
pub(super) const fn suffices(role: Role, needed: Role) -> bool {
    match (role, needed) {
        (Role::Migrator, _) | (Role::Reader, Role::Reader) => true,
        (Role::Reader, Role::Migrator) => false,
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto::DESCRIPTORS;

    #[test]
    fn each_rpc_of_the_contract_has_its_role_and_no_other() {
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
        let table: Vec<&str> = NEEDED.iter().map(|(name, _)| *name).collect();
        assert_eq!(table, rpcs);
    }

    #[test]
    fn what_reads_is_for_everybody_and_all_else_for_migrators() {
        let table: Vec<String> = NEEDED
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
        assert_eq!(needed("Teleport"), Role::Migrator);
        assert!(suffices(Role::Reader, Role::Reader) && !suffices(Role::Reader, Role::Migrator));
    }
}
