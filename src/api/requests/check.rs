//! `CheckEligibilityRequest`.

use super::{Rejected, migrate, values};
use crate::api::fields::Fields;
use crate::engine::Eligibility;
use crate::proto::v1;
use domain::{Conditions, Cutover, PinSource};

/// Reads the message.
pub(in crate::api) fn eligibility(
    message: &v1::CheckEligibilityRequest,
) -> Result<Eligibility, Rejected> {
    let read = Fields::read(|fields| {
        let phone_number = fields.required("phone_number", &message.phone_number);
        let (destination, source) = migrate::accounts(
            fields,
            &message.destination_waba_id,
            &message.source_waba_id,
        );
        let route = values::route(fields, message.route);
        let access_token = fields.optional("access_token", &message.access_token);
        Some(Eligibility {
            phone_number: phone_number?,
            destination: destination?,
            source,
            route: route?,
            access_token,
        })
    });
    read.map_err(|violations| Rejected {
        violations,
        conditions: Conditions {
            has_access_token: !message.access_token.is_empty(),
            // A check needs no PIN.
            pin_source: Some(PinSource::Generated),
            cutover: Cutover::Immediate,
            expires_after: None,
        },
    })
}
