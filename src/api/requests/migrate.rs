//! `MigrateRequest`.

use std::time::Duration;

use tonic_types::FieldViolation;

use super::{cutover, labels, values};
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::{Conditions, Cutover, Objection, PinSource, Request, Secrets, WabaId};

/// A request to start a migration.
#[derive(Debug)]
pub(in crate::api) struct NewMigration {
    /// The request.
    pub request: Request,
    /// Its secrets.
    pub secrets: Secrets,
    /// Maximum duration of the call.
    pub wait: Duration,
}

/// A request with malformed fields.
#[derive(Debug)]
pub(in crate::api) struct Rejected {
    /// The violations.
    pub violations: Vec<FieldViolation>,
    /// The well-formed fields that are also checked against the tenant and the time.
    pub conditions: Conditions,
}

impl NewMigration {
    /// Reads the message.
    pub(in crate::api) fn read(message: &v1::MigrateRequest) -> Result<Self, Rejected> {
        let mut conditions = Conditions {
            has_access_token: !message.access_token.is_empty(),
            pin_source: None,
            cutover: Cutover::Immediate,
            expires_after: None,
        };
        let read = Fields::read(|fields| {
            let request_id = fields.required("request_id", &message.request_id);
            let phone_number = fields.required("phone_number", &message.phone_number);
            let (destination, source) = accounts(
                fields,
                &message.destination_waba_id,
                &message.source_waba_id,
            );
            let route = values::route(fields, message.route);
            let code_method = values::code_method(fields, message.code_method);
            let language = fields.optional("language", &message.language);
            let two_step_pin = fields.optional("two_step_pin", &message.two_step_pin);
            conditions.pin_source = pin_source(fields, message);
            let access_token = fields.optional("access_token", &message.access_token);
            let reference = labels::reference(fields, &message.reference);
            let labels = labels::labels(fields, &message.labels);
            let cutover = cutover::cutover(fields, message.cutover);
            let expires_after = cutover::expires_after(fields, message.expires_after);
            let wait = values::wait(fields, message.wait);
            conditions.cutover = cutover.unwrap_or(conditions.cutover);
            conditions.expires_after = expires_after;
            Some(Self {
                request: Request {
                    request_id: request_id?,
                    phone_number: phone_number?,
                    destination: destination?,
                    source,
                    route: route?,
                    code_method: code_method?,
                    language,
                    pin_source: conditions.pin_source,
                    reference,
                    labels,
                    cutover: cutover?,
                    expires_after,
                },
                secrets: Secrets {
                    access_token,
                    two_step_pin,
                    code: None,
                },
                wait: wait?,
            })
        });
        read.map_err(|violations| Rejected {
            violations,
            conditions,
        })
    }
}

/// The destination and source accounts.
pub(super) fn accounts(
    fields: &mut Fields,
    destination: &str,
    source: &str,
) -> (Option<WabaId>, Option<WabaId>) {
    let destination = fields.required::<WabaId>("destination_waba_id", destination);
    let source = fields.optional::<WabaId>("source_waba_id", source);
    if source.is_some() && source == destination {
        fields.refuse(
            "source_waba_id",
            "must be another account than `destination_waba_id`",
        );
    }
    (destination, source)
}

/// Where the PIN comes from; `None` if the request does not say it.
fn pin_source(fields: &mut Fields, message: &v1::MigrateRequest) -> Option<PinSource> {
    let source = values::pin_source(fields, message.two_step_pin_source)?;
    if message.two_step_pin.is_empty() {
        // The tenant's requirement is checked later, with the other conditions.
        return source;
    }
    if matches!(source, Some(PinSource::Generated | PinSource::Code)) {
        fields.refuse(
            "two_step_pin_source",
            "cannot be combined with `two_step_pin`: send one of them",
        );
    }
    Some(PinSource::Provided)
}

/// An objection as a violation of its field.
pub(in crate::api) fn violation(objection: Objection) -> FieldViolation {
    let (field, message) = match objection {
        Objection::TwoStepPinMissing => (
            "two_step_pin",
            "is missing: your tenant requires it in each request",
        ),
        Objection::AccessTokenMissing => (
            "access_token",
            "is missing, and your tenant has none of its own: send one, or have the service's operator configure one",
        ),
        Objection::CutoverAfterExpiry => (
            cutover::NOT_BEFORE,
            "must be before the migration expires: make `expires_after` longer or the cutover earlier",
        ),
        Objection::ExpiryBeforeCutover => (
            "expires_after",
            "must end after the cutover: make it longer, or move the cutover as well",
        ),
        Objection::TooManyLabels => (
            "labels",
            "would be more than 16 with those that the migration has: remove some with remove_labels",
        ),
        Objection::CutoverPassed => (cutover::NOT_BEFORE, "must be in the future"),
    };
    FieldViolation::new(field, message)
}
