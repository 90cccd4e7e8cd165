//! `CheckEligibilityRequest`.

use super::{migrate, values};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::engine::{Eligibility, Terms};
use crate::proto::v1;

/// What to check. `terms` say whether the access token may be left out.
pub(in crate::api) fn eligibility(
    message: &v1::CheckEligibilityRequest,
    terms: &Terms,
) -> Result<Eligibility, Error> {
    Fields::collect(|fields| {
        let phone_number = fields.required("phone_number", &message.phone_number);
        let (destination, source) = migrate::accounts(
            fields,
            &message.destination_waba_id,
            &message.source_waba_id,
        );
        let route = values::route(fields, message.route);
        let access_token = fields.optional("access_token", &message.access_token);
        if message.access_token.is_empty() && !terms.has_access_token {
            fields.refuse("access_token", values::NO_TOKEN);
        }
        Some(Eligibility {
            phone_number: phone_number?,
            destination: destination?,
            source,
            route: route?,
            access_token,
        })
    })
}
