//! The statuses of administrative acts that failed or were refused.

use tonic_types::FieldViolation;

use super::{Reason, StatusBuilder, capitalized, from_store, invalid};
use crate::admin::Error;
use crate::util::error_chain::chain;

impl From<Error> for StatusBuilder {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let status = |reason: Reason| {
            let message = format!("{}. {}", capitalized(&text), reason.action());
            Self::new(reason).message(message)
        };
        match error {
            Error::TenantExists(id) => status(Reason::TenantExists).tenant(&id),
            Error::TenantIdRetired(id) => status(Reason::TenantIdRetired).tenant(&id),
            Error::TenantNotFound(id) => status(Reason::TenantNotFound).tenant(&id),
            Error::TenantChanged(id) => status(Reason::TenantChanged).tenant(&id),
            Error::TenantHasMigrations { id, migrations } => status(Reason::TenantHasMigrations)
                .tenant(&id)
                .metadata("migrations", &migrations)
                .state(id.as_str(), text),
            Error::DefaultNotDeleted(id) | Error::OwnTenantNotDisabled(id) => {
                status(Reason::TenantIsDefault)
                    .tenant(&id)
                    .state(id.as_str(), text)
            }
            Error::KeyNotFound { tenant, id } => {
                status(Reason::ApiKeyNotFound).api_key(&tenant, id)
            }
            Error::KeyNotValid {
                tenant,
                id,
                status: state,
            } => status(Reason::ApiKeyNotValid)
                .api_key(&tenant, id)
                .metadata("status", state.as_str())
                .state(id.to_string(), text),
            Error::AdminOfOtherTenant => violation("role", text),
            Error::ExpiryMissing(_) => violation("expires_after", text),
            Error::Random(_) | Error::PrefixTaken => {
                tracing::error!(error = %chain(&error), "no API key was created");
                Self::new(Reason::Internal)
            }
            Error::Store(error) => from_store(&error),
        }
    }
}

fn violation(field: &str, fix: String) -> StatusBuilder {
    invalid(vec![FieldViolation::new(field, fix)])
}
