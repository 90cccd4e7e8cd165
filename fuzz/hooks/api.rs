//! Entry points for fuzzing: the requests of callers.

use jiff::Timestamp;
use prost::{DecodeError, Message};
use tonic::Status;
use uuid::Uuid;

use super::requests::{
    self, After, History, NewMigration, Rejected, Search, administration, commands,
};
use super::rest;
use super::{Error, page_token};
use crate::proto::v1;
use domain::tenancy::{Defaults, Month};
use domain::{MigrationId, TenantId};

pub use super::rest::fuzzing::{Exchanged, GrpcResponse, exchange};

/// Reads an encoded message of this tenant for the RPC with this index.
pub fn message(
    rpc: usize,
    encoded: &[u8],
    tenant: &TenantId,
    now: Timestamp,
) -> Result<(), Status> {
    match super::rpcs().nth(rpc).unwrap_or_default() {
        "Migrate" => {
            let NewMigration {
                request, secrets, ..
            } = NewMigration::read(&decoded(encoded)?).map_err(malformed)?;
            let conditions = request.conditions(&secrets);
            let objections = conditions.objections(&Defaults::default(), false, now);
            if !objections.is_empty() {
                let violations = objections.into_iter().map(requests::violation).collect();
                return Err(Error::Fields(violations).into());
            }
        }
        "CheckEligibility" => drop(requests::eligibility(&decoded(encoded)?).map_err(malformed)?),
        "SubmitCode" => drop(commands::submit_code(&decoded(encoded)?)?),
        "ResendCode" => drop(commands::resend_code(&decoded(encoded)?)?),
        "Resume" => drop(commands::resume(&decoded(encoded)?)?),
        "UpdateMigration" => drop(commands::update(&decoded(encoded)?)?),
        "Cancel" => drop(commands::cancel(&decoded(encoded)?)?),
        "ListMigrations" => drop(Search::read(&decoded(encoded)?, tenant)?),
        "ListEvents" => drop(History::read(&decoded(encoded)?)?),
        "Watch" => drop(After::read(&decoded(encoded)?)?),
        "GetStatus" => {
            let request: v1::GetStatusRequest = decoded(encoded)?;
            requests::migration_id(&request.migration_id)?;
        }
        "RevealTwoStepPin" => {
            let request: v1::RevealTwoStepPinRequest = decoded(encoded)?;
            requests::migration_id(&request.migration_id)?;
        }
        "DeleteMigration" => {
            let request: v1::DeleteMigrationRequest = decoded(encoded)?;
            requests::migration_id(&request.migration_id)?;
        }
        "ForgetNumber" => {
            let request: v1::ForgetNumberRequest = decoded(encoded)?;
            requests::phone_number(&request.phone_number)?;
        }
        "CreateTenant" => drop(administration::create_tenant(&decoded(encoded)?)?),
        "UpdateTenant" => drop(administration::update_tenant(&decoded(encoded)?)?),
        "ListTenants" => drop(administration::list_tenants(&decoded(encoded)?)?),
        "CreateApiKey" => drop(administration::create_api_key(&decoded(encoded)?)?),
        "RotateApiKey" => drop(administration::rotate_api_key(&decoded(encoded)?)?),
        "RevokeApiKey" => drop(administration::revoke_api_key(&decoded(encoded)?)?),
        "GetUsage" => {
            let request = decoded(encoded)?;
            drop(administration::get_usage(&request, Month::of(now))?);
        }
        _ => {}
    }
    Ok(())
}

fn malformed(rejected: Rejected) -> Error {
    Error::Fields(rejected.violations)
}

fn decoded<M: Message + Default>(encoded: &[u8]) -> Result<M, Status> {
    let internal = |error: DecodeError| Status::internal(error.to_string());
    M::decode(encoded).map_err(internal)
}

/// Decodes a REST request to the message of the RPC with this index.
pub fn rest(rpc: usize, query: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    rest::fuzzing::message(rpc, query, body)
}

/// The migration before the page that a search of this tenant requests, and the page token: its
/// own, or `token`.
pub fn page_after(
    tenant: &TenantId,
    search: &[u8],
    token: Option<&str>,
) -> Result<Option<([u8; 16], String)>, Status> {
    let mut request: v1::ListMigrationsRequest = decoded(search)?;
    if let Some(token) = token {
        token.clone_into(&mut request.page_token);
    }
    let after = Search::read(&request, tenant)?.page.after;
    Ok(after.map(|after| (after.uuid().into_bytes(), request.page_token)))
}

/// The token for the page after the migration with this id, in a search of this tenant.
pub fn page_token(tenant: &TenantId, search: &[u8], id: [u8; 16]) -> Result<String, Status> {
    let request = v1::ListMigrationsRequest {
        page_token: String::new(),
        ..decoded(search)?
    };
    let filter = Search::read(&request, tenant)?.filter;
    let last = MigrationId::from_uuid(Uuid::from_bytes(id));
    Ok(page_token::write(tenant, &filter, last))
}
