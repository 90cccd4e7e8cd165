//! `ListEventsRequest` and `WatchRequest`.

use super::values;
use crate::api::Error;
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::MigrationId;

const DEFAULT_SIZE: u32 = 100;
const MAX_SIZE: u32 = 1000;

/// The events of one migration after a sequence.
#[derive(Debug)]
pub(in crate::api) struct After {
    /// The migration.
    pub id: MigrationId,
    /// The sequence.
    pub sequence: u64,
}

/// A page of the events of one migration.
#[derive(Debug)]
pub(in crate::api) struct History {
    /// The start of the page.
    pub after: After,
    /// Maximum events.
    pub size: u32,
}

impl After {
    /// Reads the message.
    pub(in crate::api) fn read(message: &v1::WatchRequest) -> Result<Self, Error> {
        Fields::collect(|fields| after(fields, &message.migration_id, message.after_sequence))
    }
}

impl History {
    /// Reads the message.
    pub(in crate::api) fn read(message: &v1::ListEventsRequest) -> Result<Self, Error> {
        Fields::collect(|fields| {
            let after = after(fields, &message.migration_id, message.after_sequence);
            let size = values::page_size(fields, message.page_size, DEFAULT_SIZE, MAX_SIZE);
            Some(Self {
                after: after?,
                size: size?,
            })
        })
    }
}

fn after(fields: &mut Fields, id: &str, sequence: i64) -> Option<After> {
    let id = fields.required("migration_id", id);
    let sequence = u64::try_from(sequence).ok();
    if sequence.is_none() {
        fields.refuse("after_sequence", "must not be negative");
    }
    Some(After {
        id: id?,
        sequence: sequence?,
    })
}
