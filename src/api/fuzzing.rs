//! Doors for made-up input: what becomes of whatever a caller may send.

use jiff::Timestamp;
use prost::{DecodeError, Message};
use tonic::Status;
use uuid::Uuid;

use super::requests::{self, After, History, NewMigration, Rejected, Search, commands};
use super::rest;
use super::{Error, page_token};
use crate::proto::v1;
use domain::tenancy::Defaults;
use domain::{MigrationId, TenantId};

pub use super::rest::fuzzing::{Exchanged, GrpcResponse, exchange};

/// A message as it came over the wire from somebody of this tenant, to the RPC at this place in the contract.
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
        "Cancel" => drop(commands::cancel(&decoded(encoded)?)?),
        "ListMigrations" => drop(Search::read(&decoded(encoded)?, tenant)?),
        "ListEvents" => drop(History::read(&decoded(encoded)?)?),
        "Watch" => drop(After::read(&decoded(encoded)?)?),
        "GetStatus" => {
            let asked: v1::GetStatusRequest = decoded(encoded)?;
            requests::migration_id(&asked.migration_id)?;
        }
        "RevealTwoStepPin" => {
            let asked: v1::RevealTwoStepPinRequest = decoded(encoded)?;
            requests::migration_id(&asked.migration_id)?;
        }
        "DeleteMigration" => {
            let asked: v1::DeleteMigrationRequest = decoded(encoded)?;
            requests::migration_id(&asked.migration_id)?;
        }
        "ForgetNumber" => {
            let asked: v1::ForgetNumberRequest = decoded(encoded)?;
            requests::phone_number(&asked.phone_number)?;
        }
        _ => {}
    }
    Ok(())
}

fn malformed(rejected: Rejected) -> Error {
    Error::Fields(rejected.violations)
}

fn decoded<M: Message + Default>(encoded: &[u8]) -> Result<M, Status> {
    let refused = |error: DecodeError| Status::internal(error.to_string());
    M::decode(encoded).map_err(refused)
}

/// A request to the REST door as the message that it stands for, for the RPC at this place in the contract.
pub fn rest(rpc: usize, query: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    rest::fuzzing::message(rpc, query, body)
}

/// Where the page starts that a search of this tenant's asks for, as the id of the migration before it, and the token that says so:
/// its own, or this one.
pub fn page_after(
    tenant: &TenantId,
    search: &[u8],
    token: Option<&str>,
) -> Result<Option<([u8; 16], String)>, Status> {
    let mut asked: v1::ListMigrationsRequest = decoded(search)?;
    if let Some(token) = token {
        token.clone_into(&mut asked.page_token);
    }
    let after = Search::read(&asked, tenant)?.page.after;
    Ok(after.map(|after| (after.uuid().into_bytes(), asked.page_token)))
}

/// The token for the page after the migration with this id, of a search of this tenant's.
pub fn page_token(tenant: &TenantId, search: &[u8], id: [u8; 16]) -> Result<String, Status> {
    let asked = v1::ListMigrationsRequest {
        page_token: String::new(),
        ..decoded(search)?
    };
    let filter = Search::read(&asked, tenant)?.filter;
    let last = MigrationId::from_uuid(Uuid::from_bytes(id));
    Ok(page_token::write(tenant, &filter, last))
}
