//! The RPCs of the contract: their services and names, the role that each requires, and whether it
//! changes something.

use crate::proto::v1::admin_service_server::SERVICE_NAME as ADMINISTRATION;
use crate::proto::v1::migration_service_server::SERVICE_NAME as MIGRATIONS;
use domain::tenancy::Role;

/// The services of the contract.
pub(super) const SERVICES: [&str; 2] = [MIGRATIONS, ADMINISTRATION];

/// An RPC.
#[derive(Debug)]
struct Row {
    service: &'static str,
    name: &'static str,
    role: Role,
    changes: bool,
}

const fn row(service: &'static str, name: &'static str, role: Role, changes: bool) -> Row {
    Row {
        service,
        name,
        role,
        changes,
    }
}

/// An RPC that reads migrations, or the state at Meta.
const fn read(name: &'static str) -> Row {
    row(MIGRATIONS, name, Role::Reader, false)
}

/// An RPC that changes migrations, or reveals a secret of one.
const fn change(name: &'static str) -> Row {
    row(MIGRATIONS, name, Role::Migrator, true)
}

/// An RPC that reads tenants.
const fn inspect(name: &'static str) -> Row {
    row(ADMINISTRATION, name, Role::Admin, false)
}

/// An RPC that changes tenants or their keys.
const fn administer(name: &'static str) -> Row {
    row(ADMINISTRATION, name, Role::Admin, true)
}

const RPCS: &[Row] = &[
    administer("CreateTenant"),
    inspect("GetTenant"),
    inspect("ListTenants"),
    administer("UpdateTenant"),
    administer("DisableTenant"),
    administer("EnableTenant"),
    administer("DeleteTenant"),
    administer("CreateApiKey"),
    inspect("ListApiKeys"),
    administer("RotateApiKey"),
    administer("RevokeApiKey"),
    inspect("GetUsage"),
    change("Migrate"),
    change("SubmitCode"),
    read("GetStatus"),
    read("CheckEligibility"),
    change("ResendCode"),
    change("Resume"),
    change("Cancel"),
    change("RevealTwoStepPin"),
    read("ListMigrations"),
    read("ListEvents"),
    read("Watch"),
    change("UpdateMigration"),
    change("DeleteMigration"),
    change("ForgetNumber"),
];

/// The name of unknown RPCs in metrics and logs.
pub(super) const OTHER: &str = "_OTHER";

fn find(rpc: &str) -> Option<&'static Row> {
    RPCS.iter().find(|row| row.name == rpc)
}

/// The role that an RPC requires: migrator if it is not in the table.
pub(super) fn required_role(rpc: &str) -> Role {
    find(rpc).map_or(Role::Migrator, |row| row.role)
}

/// The name of an RPC for metrics and logs. An unknown name is untrusted input.
pub(super) fn name(rpc: &str) -> &'static str {
    find(rpc).map_or(OTHER, |row| row.name)
}

/// Whether an RPC returns a stream.
pub(super) fn streams(rpc: &str) -> bool {
    rpc == "Watch"
}

/// Whether an RPC changes something.
pub(super) fn changes(rpc: &str) -> bool {
    find(rpc).is_some_and(|row| row.changes)
}

/// The names of the RPCs, and [`OTHER`].
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    RPCS.iter().map(|row| row.name).chain([OTHER])
}

/// The RPC at a path; empty if it is not in one of our services.
pub(super) fn at_path(path: &str) -> &str {
    match split(path) {
        // A service has no RPC of another.
        Some((service, rpc)) if find(rpc).is_some_and(|row| row.service != service) => OTHER,
        Some((_, rpc)) => rpc,
        None => "",
    }
}

/// The service and the RPC of a path.
fn split(path: &str) -> Option<(&str, &str)> {
    let (service, rpc) = path.strip_prefix('/')?.split_once('/')?;
    SERVICES.contains(&service).then_some((service, rpc))
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto::DESCRIPTORS;

    #[test]
    fn the_table_lists_exactly_the_rpcs_of_the_contract() {
        let set = prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap();
        let mut rpcs: Vec<(String, String)> = Vec::new();
        for file in &set.file {
            for service in &file.service {
                let full_name = format!("{}.{}", file.package(), service.name());
                for method in &service.method {
                    assert_eq!(streams(method.name()), method.server_streaming());
                    rpcs.push((full_name.clone(), method.name().to_owned()));
                }
            }
        }
        let table: Vec<(String, String)> = RPCS
            .iter()
            .map(|row| (row.service.to_owned(), row.name.to_owned()))
            .collect();
        assert_eq!(table, rpcs);
    }

    #[test]
    fn each_rpc_has_a_role_and_is_known_to_change_or_to_read() {
        let table: Vec<String> = RPCS
            .iter()
            .map(|row| {
                let does = if row.changes { "changes" } else { "reads" };
                format!("{} {} {does}", row.name, row.role)
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        CreateTenant admin changes
        GetTenant admin reads
        ListTenants admin reads
        UpdateTenant admin changes
        DisableTenant admin changes
        EnableTenant admin changes
        DeleteTenant admin changes
        CreateApiKey admin changes
        ListApiKeys admin reads
        RotateApiKey admin changes
        RevokeApiKey admin changes
        GetUsage admin reads
        Migrate migrator changes
        SubmitCode migrator changes
        GetStatus reader reads
        CheckEligibility reader reads
        ResendCode migrator changes
        Resume migrator changes
        Cancel migrator changes
        RevealTwoStepPin migrator changes
        ListMigrations reader reads
        ListEvents reader reads
        Watch reader reads
        UpdateMigration migrator changes
        DeleteMigration migrator changes
        ForgetNumber migrator changes
        ");
        assert_eq!(required_role("Teleport"), Role::Migrator);
    }

    #[test]
    fn an_rpc_is_known_in_its_own_service_only() {
        for (path, rpc) in [
            ("/waba.migration.v1.MigrationService/Migrate", "Migrate"),
            ("/waba.migration.v1.AdminService/GetTenant", "GetTenant"),
            ("/waba.migration.v1.MigrationService/GetTenant", OTHER),
            ("/waba.migration.v1.AdminService/Migrate", OTHER),
            ("/waba.migration.v1.AdminService/Teleport", "Teleport"),
            ("/waba.migration.v1.AdminService", ""),
            ("/grpc.health.v1.Health/Check", ""),
            ("/v1/tenants", ""),
        ] {
            assert_eq!(at_path(path), rpc, "{path}");
        }
    }
}
