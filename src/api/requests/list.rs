//! `ListMigrationsRequest`: which migrations, and which page of them.

use super::{labels, values};
use crate::api::fields::Fields;
use crate::api::{Error, page_token};
use crate::proto::v1;
use crate::store::{Filter, Page};
use domain::{MigrationId, State, TenantId};

const DEFAULT_SIZE: u32 = 50;
const MAX_SIZE: u32 = 200;

/// Which migrations to list.
#[derive(Debug)]
pub(in crate::api) struct Search {
    /// Those that meet this.
    pub filter: Filter,
    /// This part of them.
    pub page: Page,
    /// Without what is large of each.
    pub is_basic: bool,
}

impl Search {
    /// Reads the message, which came from this tenant.
    pub(in crate::api) fn read(
        message: &v1::ListMigrationsRequest,
        tenant: &TenantId,
    ) -> Result<Self, Error> {
        Fields::collect(|fields| {
            let states = states(fields, &message.states);
            let phone_number = fields.optional("phone_number", &message.phone_number);
            let waba = fields.optional("waba_id", &message.waba_id);
            let labels = labels::labels(fields, &message.labels);
            let reference = labels::reference(fields, &message.reference);
            let size = values::page_size(fields, message.page_size, DEFAULT_SIZE, MAX_SIZE);
            let is_basic = is_basic(fields, message.view);
            let filter = Filter {
                states,
                phone_number,
                waba,
                labels,
                reference: Some(reference).filter(|reference| !reference.is_empty()),
            };
            let after = start(fields, tenant, &filter, &message.page_token);
            Some(Self {
                filter,
                page: Page { size: size?, after },
                is_basic: is_basic?,
            })
        })
    }
}

/// Where the page starts; `None`: at the newest.
fn start(
    fields: &mut Fields,
    tenant: &TenantId,
    filter: &Filter,
    token: &str,
) -> Option<MigrationId> {
    // A token belongs to its filters: while those are wrong, nothing can be said about it.
    if token.is_empty() || !fields.is_empty() {
        return None;
    }
    let after = page_token::read(tenant, filter, token);
    if after.is_none() {
        fields.refuse(
            "page_token",
            "must be next_page_token of an answer to the same filters",
        );
    }
    after
}

/// Whether what is large is left out, which it is not where the caller does not say.
fn is_basic(fields: &mut Fields, number: i32) -> Option<bool> {
    let read = |view: v1::MigrationView| Some(view == v1::MigrationView::Basic);
    let names = "MIGRATION_VIEW_BASIC, MIGRATION_VIEW_FULL";
    fields.choice("view", number, read, names)
}

/// Each state once, however often it was given.
fn states(fields: &mut Fields, numbers: &[i32]) -> Vec<State> {
    let mut states = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        let names = "STATE_RUNNING, STATE_WAITING_FOR_CODE and the other states of the contract";
        let state = fields.choice(&format!("states[{at}]"), *number, values::state, names);
        states.extend(state.filter(|state| !states.contains(state)));
    }
    states
}
