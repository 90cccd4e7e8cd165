//! `MigrateRequest`: what the caller asks for, its secrets, and how long it may take.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tonic_types::FieldViolation;

use super::{cutover, labels, values};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::engine::Terms;
use crate::proto::v1::{self, migrate_request::TwoStepPin};
use crate::util::clock;
use domain::{CodeMethod, Language, LeftOpen, Migration, Pin, PinSource, Request, Secrets, WabaId};

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
    /// What is wrong with it, unless it repeats a request that was accepted.
    pub wrong_if_new: Vec<FieldViolation>,
}

impl Asked {
    /// Reads the message. `terms` say what holds for the tenant where the message says nothing.
    pub(in crate::api) fn read(
        message: &v1::MigrateRequest,
        terms: &Terms,
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
            let two_step_pin = message.two_step_pin.as_ref();
            let (pin_source, pin) = self::two_step_pin(fields, two_step_pin, terms);
            let access_token = fields.optional("access_token", &message.access_token);
            if message.access_token.is_empty() && !terms.has_access_token {
                fields.refuse_if_new("access_token", values::NO_TOKEN);
            }
            let reference = labels::reference(fields, &message.reference);
            let labels = labels::labels(fields, &message.labels);
            let cutover = cutover::cutover(fields, message.cutover);
            let expires_after = cutover::expires_after(fields, message.expires_after);
            cutover::expires_first(fields, cutover, expires_after, now);
            cutover::comes_later(fields, cutover, now);
            let wait = values::wait(fields, message.wait);
            let (code_method, phone_number) = (code_method?, phone_number?);
            Some(Self {
                request: Request {
                    request_id: request_id?,
                    destination: destination?,
                    source,
                    route: route?,
                    left_open: LeftOpen {
                        code_method: code_method.is_none(),
                        language: language.is_none(),
                        pin_source: two_step_pin.is_none(),
                    },
                    code_method: code_method
                        .or(terms.code_method)
                        .unwrap_or_else(|| CodeMethod::suited_to(&phone_number)),
                    phone_number,
                    language: language.unwrap_or_else(|| terms.language.clone()),
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
                wrong_if_new: fields.if_new(),
            })
        })
    }

    /// The fields in which it differs from the migration that its request id started. Secrets are not compared: a
    /// token may have been renewed since. What both left open is the same, whatever held for the tenant at either time; so
    /// is a number in another form.
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
            left_open,
        } = &started.request;
        let asked = &self.request;
        let (now, then) = (asked.left_open, left_open);
        let expires_after = started.expires_at.duration_since(started.created_at);
        [
            ("request_id", asked.request_id == *request_id),
            ("phone_number", asked.phone_number == *phone_number),
            ("destination_waba_id", asked.destination == *destination),
            ("source_waba_id", asked.source == *source),
            ("route", asked.route == *route),
            (
                "code_method",
                asked.code_method == *code_method || (now.code_method && then.code_method),
            ),
            (
                "language",
                asked.language == *language || (now.language && then.language),
            ),
            (
                "two_step_pin",
                asked.pin_source == *pin_source || (now.pin_source && then.pin_source),
            ),
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
fn two_step_pin(
    fields: &mut Fields,
    given: Option<&TwoStepPin>,
    terms: &Terms,
) -> (PinSource, Option<Pin>) {
    let source = match given {
        Some(TwoStepPin::Provided(pin)) => {
            return (PinSource::Provided, fields.required("provided", pin));
        }
        Some(TwoStepPin::Generate(v1::GeneratePin {})) => PinSource::Generated,
        Some(TwoStepPin::UseCode(v1::UseCodeAsPin {})) => PinSource::Code,
        None => terms.pin_source,
    };
    if source == PinSource::Provided {
        fields.refuse_if_new(
            "two_step_pin",
            "is missing: your tenant wants each request to say it",
        );
        return (source, None);
    }
    (source, Some(Pin::from_random(clock::random_bytes())))
}
