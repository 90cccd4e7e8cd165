//! Requests with a command for one migration.

use std::time::Duration;

use super::{cutover, labels, values};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::{Command, MigrationId, Update};

/// A command for a migration.
#[derive(Debug)]
pub(in crate::api) struct Order {
    /// The migration.
    pub id: MigrationId,
    /// The command.
    pub command: Command,
    /// Maximum duration of the call.
    pub wait: Duration,
}

impl Order {
    fn read(
        id: &str,
        wait: Option<prost_types::Duration>,
        command: impl FnOnce(&mut Fields) -> Option<Command>,
    ) -> Result<Self, Error> {
        Fields::collect(|fields| {
            let id = fields.required("migration_id", id);
            let command = command(fields);
            let wait = values::wait(fields, wait);
            Some(Self {
                id: id?,
                command: command?,
                wait: wait?,
            })
        })
    }
}

/// `SubmitCode`.
pub(in crate::api) fn submit_code(message: &v1::SubmitCodeRequest) -> Result<Order, Error> {
    Order::read(&message.migration_id, message.wait, |fields| {
        fields
            .required("code", &message.code)
            .map(Command::SubmitCode)
    })
}

/// `ResendCode`.
pub(in crate::api) fn resend_code(message: &v1::ResendCodeRequest) -> Result<Order, Error> {
    Order::read(&message.migration_id, message.wait, |fields| {
        let method = values::code_method(fields, message.code_method);
        let language = fields.optional("language", &message.language);
        Some(Command::ResendCode {
            method: method?,
            language,
        })
    })
}

/// `Resume`.
pub(in crate::api) fn resume(message: &v1::ResumeRequest) -> Result<Order, Error> {
    Order::read(&message.migration_id, message.wait, |fields| {
        Some(Command::Resume {
            access_token: fields.optional("access_token", &message.access_token),
            two_step_pin: fields.optional("two_step_pin", &message.two_step_pin),
        })
    })
}

/// `UpdateMigration`.
pub(in crate::api) fn update(message: &v1::UpdateMigrationRequest) -> Result<Order, Error> {
    Order::read(&message.migration_id, message.wait, |fields| {
        let cutover = cutover::changed(fields, message.cutover);
        let expires_after = cutover::expires_after(fields, message.expires_after);
        let labels = labels::labels(fields, &message.labels);
        let remove_labels = labels::removed(fields, &message.remove_labels, &labels);
        let reference = message.reference.as_deref();
        let reference = reference.map(|text| labels::reference(fields, text));
        let code_method = values::code_method(fields, message.code_method);
        let language = fields.optional("language", &message.language);
        Some(Command::Update(Box::new(Update {
            cutover,
            expires_after,
            labels,
            remove_labels,
            reference,
            code_method: code_method?,
            language,
        })))
    })
}

/// `Cancel`.
pub(in crate::api) fn cancel(message: &v1::CancelRequest) -> Result<Order, Error> {
    Order::read(&message.migration_id, message.wait, |_| {
        Some(Command::Cancel)
    })
}
