//! `ListMigrationsRequest`.

use jiff::Timestamp;

use super::{labels, values};
use crate::api::fields::Fields;
use crate::api::{Error, page_token};
use crate::proto::v1;
use crate::store::{Filter, Page};
use domain::{MigrationId, Reason, State, TenantId};

const DEFAULT_SIZE: u32 = 50;
const MAX_SIZE: u32 = 200;

/// A search for migrations.
#[derive(Debug)]
pub(in crate::api) struct Search {
    /// The filters.
    pub filter: Filter,
    /// The page.
    pub page: Page,
    /// Whether the basic view was requested, without the large fields.
    pub is_basic: bool,
}

impl Search {
    /// Reads the message of a caller of this tenant.
    pub(in crate::api) fn read(
        message: &v1::ListMigrationsRequest,
        tenant: &TenantId,
    ) -> Result<Self, Error> {
        Fields::collect(|fields| {
            let states = states(fields, &message.states);
            let phone_number = fields.optional("phone_number", &message.phone_number);
            let last_digits =
                fields.optional("phone_number_ends_with", &message.phone_number_ends_with);
            let waba = fields.optional("waba_id", &message.waba_id);
            let labels = labels::labels(fields, &message.labels);
            let reference = labels::reference(fields, &message.reference);
            let size = values::page_size(fields, message.page_size, DEFAULT_SIZE, MAX_SIZE);
            let is_basic = is_basic(fields, message.view);
            let actor = values::actor(fields, message.actor);
            let fault = fault(fields, &message.fault);
            let updated_since = updated_since(fields, message.updated_since);
            let filter = Filter {
                states,
                phone_number,
                last_digits,
                waba,
                labels,
                reference: Some(reference).filter(|reference| !reference.is_empty()),
                actor,
                fault,
                updated_since,
            };
            let after = start(fields, tenant, &filter, &message.page_token);
            let is_basic = is_basic?;
            Some(Self {
                filter,
                page: Page {
                    size: size?,
                    after,
                    findings: !is_basic,
                },
                is_basic,
            })
        })
    }
}

/// The migration before the page; `None` for the first page.
fn start(
    fields: &mut Fields,
    tenant: &TenantId,
    filter: &Filter,
    token: &str,
) -> Option<MigrationId> {
    // A token is bound to its filters, so it can only be checked with valid ones.
    if token.is_empty() || !fields.is_empty() {
        return None;
    }
    let after = page_token::read(tenant, filter, token);
    if after.is_none() {
        fields.refuse(
            "page_token",
            "must be `next_page_token` of a response to the same filters",
        );
    }
    after
}

/// `view`; full by default.
fn is_basic(fields: &mut Fields, number: i32) -> Option<bool> {
    let read = |view: v1::MigrationView| Some(view == v1::MigrationView::Basic);
    let names = "MIGRATION_VIEW_BASIC, MIGRATION_VIEW_FULL";
    fields.choice("view", number, read, names)
}

/// `fault`; `None` if it is empty.
fn fault(fields: &mut Fields, name: &str) -> Option<Reason> {
    let reason = Reason::ALL.iter().find(|it| it.as_str() == name).copied();
    if reason.is_none() && !name.is_empty() {
        fields.refuse(
            "fault",
            "must be the reason of a fault, for example CODE_REJECTED; /docs/faults lists them",
        );
    }
    reason
}

/// `updated_since`; `None` if it is absent.
fn updated_since(fields: &mut Fields, given: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    let at = values::timestamp(given?);
    if at.is_none() {
        fields.refuse("updated_since", values::INVALID_TIME);
    }
    at
}

/// `states`, without duplicates.
fn states(fields: &mut Fields, numbers: &[i32]) -> Vec<State> {
    let mut states = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        let names = "STATE_RUNNING, STATE_WAITING_FOR_CODE and the other states of the contract";
        let state = fields.choice(&format!("states[{at}]"), *number, values::state, names);
        states.extend(state.filter(|state| !states.contains(state)));
    }
    states
}
