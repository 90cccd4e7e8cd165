//! `MigrateRequest`: what the caller asks for, its secrets, and how long it may take.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{cutover, labels, values};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::clock;
use crate::migration::{CodeMethod, Language, Migration, Pin, PinSource, Request, Secrets, WabaId};
use crate::proto::v1::{self, migrate_request::TwoStepPin};

/// A migration that was asked for.
#[derive(Debug)]
pub(in crate::api) struct Asked {
    /// What is asked for.
    pub request: Request,
    /// The secrets that came with it, and a PIN where none came.
    pub secrets: Secrets,
    /// How long it may take.
    pub expires_after: SignedDuration,
    /// How long the RPC may take.
    pub wait: Duration,
    /// The time of its cutover has come already: right for a repeat of a request, wrong for a new one.
    pub is_late: bool,
}

impl Asked {
    /// Reads the message. `token_configured`: the access token may be left out.
    pub(in crate::api) fn read(
        message: &v1::MigrateRequest,
        token_configured: bool,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Fields::collect(|fields| {
            let request_id = fields.required("request_id", &message.request_id);
            let phone_number = fields.required("phone_number", &message.phone_number);
            let (destination, source) = accounts(
                fields,
                &message.destination_waba_id,
                &message.source_waba_id,
            );
            let route = values::route(fields, message.route);
            let code_method = values::code_method(fields, message.code_method);
            let language = fields.optional::<Language>("language", &message.language);
            let (pin_source, pin) = two_step_pin(fields, message.two_step_pin.as_ref());
            let access_token =
                values::access_token(fields, &message.access_token, token_configured);
            let reference = labels::reference(fields, &message.reference);
            let labels = labels::labels(fields, &message.labels);
            let cutover = cutover::cutover(fields, message.cutover);
            let expires_after = cutover::expires_after(fields, message.expires_after);
            cutover::expires_first(fields, cutover, expires_after, now);
            let wait = values::wait(fields, message.wait);

            let is_late = cutover.is_some_and(|cutover| cutover::is_past(cutover, now));
            if is_late && !fields.is_empty() {
                cutover::refuse_past(fields);
            }
            Some(Self {
                request: Request {
                    request_id: request_id?,
                    phone_number: phone_number?,
                    destination: destination?,
                    source,
                    route: route?,
                    code_method: code_method?.unwrap_or(CodeMethod::Sms),
                    language: language.unwrap_or_default(),
                    pin_source,
                    reference,
                    labels,
                    cutover: cutover?,
                },
                secrets: Secrets {
                    access_token,
                    two_step_pin: pin,
                    code: None,
                },
                expires_after: expires_after?,
                wait: wait?,
                is_late,
            })
        })
    }

    /// The error of a new migration whose cutover has come already.
    pub(in crate::api) fn late() -> Error {
        let refused = Fields::collect(|fields| {
            cutover::refuse_past(fields);
            None::<std::convert::Infallible>
        });
        match refused {
            Err(error) => error,
        }
    }

    /// The fields in which it differs from the migration that its request id started. Secrets are not compared: a
    /// token may have been renewed since.
    pub(in crate::api) fn differing(&self, started: &Migration) -> Vec<&'static str> {
        // Taken apart, so that a new field cannot be forgotten.
        let Request {
            request_id,
            phone_number,
            destination,
            source,
            route,
            code_method,
            language,
            pin_source,
            reference,
            labels,
            cutover,
        } = &started.request;
        let asked = &self.request;
        let expires_after = started.expires_at.duration_since(started.created_at);
        [
            ("request_id", asked.request_id == *request_id),
            ("phone_number", asked.phone_number == *phone_number),
            ("destination_waba_id", asked.destination == *destination),
            ("source_waba_id", asked.source == *source),
            ("route", asked.route == *route),
            ("code_method", asked.code_method == *code_method),
            ("language", asked.language == *language),
            ("two_step_pin", asked.pin_source == *pin_source),
            ("reference", asked.reference == *reference),
            ("labels", asked.labels == *labels),
            ("cutover", asked.cutover == *cutover),
            ("expires_after", self.expires_after == expires_after),
        ]
        .into_iter()
        .filter_map(|(field, same)| (!same).then_some(field))
        .collect()
    }
}

/// The destination, and the source where the caller said.
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
            "must be another account than destination_waba_id",
        );
    }
    (destination, source)
}

/// Where the PIN comes from, and the PIN. There always is one: where the code shall be the PIN, it serves in case Meta
/// asks for no code.
fn two_step_pin(fields: &mut Fields, given: Option<&TwoStepPin>) -> (PinSource, Option<Pin>) {
    let random = || Some(Pin::from_random(clock::random_bytes()));
    match given {
        Some(TwoStepPin::Provided(pin)) => (PinSource::Provided, fields.required("provided", pin)),
        Some(TwoStepPin::Generate(v1::GeneratePin {})) | None => (PinSource::Generated, random()),
        Some(TwoStepPin::UseCode(v1::UseCodeAsPin {})) => (PinSource::Code, random()),
    }
}
