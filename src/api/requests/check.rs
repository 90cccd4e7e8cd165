//! `CheckEligibilityRequest`.

use super::{migrate, values};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::engine::Eligibility;
use crate::proto::v1;

/// What to check. `token_configured`: the access token may be left out.
pub(in crate::api) fn eligibility(
    message: &v1::CheckEligibilityRequest,
    token_configured: bool,
) -> Result<Eligibility, Error> {
    Fields::collect(|fields| {
        let phone_number = fields.required("phone_number", &message.phone_number);
        let (destination, source) = migrate::accounts(
            fields,
            &message.destination_waba_id,
            &message.source_waba_id,
        );
        let route = values::route(fields, message.route);
        let access_token = values::access_token(fields, &message.access_token, token_configured);
        Some(Eligibility {
            phone_number: phone_number?,
            destination: destination?,
            source,
            route: route?,
            access_token,
        })
    })
}
