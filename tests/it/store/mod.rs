//! The store's contract: what every implementation of `Store` and `Directory` promises, written once.
//!
//! An implementation joins by a [`Backend`] and one `contract!` line.

// Before the modules, so that they see it.
/// Runs every fact of the contract against a backend.
macro_rules! contract {
    ($backend:ty) => {
        contract! { $backend:
            attempts::calls_are_counted_over_all_forms_of_a_number,
            attempts::calls_are_counted_over_all_migrations_of_a_number,
            attempts::calls_older_than_every_window_are_left_out,
            claim::a_claim_disturbs_no_command,
            claim::a_claim_goes_round_tenants_first,
            claim::a_claim_is_shared_out_among_destinations,
            claim::a_claim_takes_what_is_due_oldest_first,
            claim::a_command_leaves_the_lease_where_it_is,
            claim::a_command_takes_the_lease_only_where_it_is_free,
            claim::a_lease_holds_until_it_runs_out,
            claim::a_migration_can_be_created_under_a_lease,
            claim::a_released_migration_is_free_again,
            claim::a_renewal_answers_what_is_still_held,
            claim::many_workers_never_claim_the_same,
            claim::the_next_due_time_takes_leases_into_account,
            claim::time_that_runs_out_waits_for_no_work,
            create::a_new_migration_is_kept_whole,
            create::a_number_has_one_live_migration_at_a_time,
            create::a_number_has_one_live_migration_whatever_form_it_is_written_in,
            create::a_refused_migration_leaves_no_trace,
            create::of_many_at_once_for_one_number_one_is_kept,
            create::of_many_at_once_of_one_request_one_is_kept,
            create::the_same_request_answers_the_first_migration,
            directory::a_tenant_goes_with_all_that_it_has,
            directory::a_tenant_is_kept_whole,
            directory::the_id_of_a_deleted_tenant_is_not_used_again,
            directory::of_a_tenant_that_is_created_while_it_is_deleted_nothing_comes_back,
            directory::a_tenant_that_is_not_there_gets_no_migration,
            directory::a_tenants_secret_that_is_gone_is_erased,
            directory::of_many_who_configure_a_tenant_one_is_first,
            directory::the_default_tenant_is_configured_like_any_other,
            history::events_come_in_order_and_in_pages,
            history::events_that_leave_a_gap_are_refused,
            history::the_newest_events_of_many_migrations_are_read_at_once,
            keys::a_key_is_kept_whole_and_found_by_its_prefix,
            keys::a_key_is_revoked_once_and_for_all,
            keys::a_keys_expiry_and_its_last_use_can_be_set,
            keys::a_tenants_keys_are_its_own,
            keys::an_id_or_a_prefix_belongs_to_one_key,
            list::a_filter_meets_every_condition,
            list::a_list_is_newest_first_and_paged,
            list::a_number_is_found_by_any_form,
            list::a_page_stays_put_while_new_migrations_come,
            list::states_are_counted_over_all_tenants,
            pages::a_page_holds_no_more_than_fits_and_the_pages_all_of_it,
            pages::a_walk_that_finds_little_ends_and_goes_on_where_it_ended,
            quotas::a_tenants_migrations_are_counted_as_far_as_asked,
            removal::a_purge_takes_what_ended_first_whoever_it_belongs_to,
            removal::a_purge_that_is_cut_short_leaves_whole_migrations,
            removal::a_removed_migration_leaves_its_request_id_and_its_calls,
            removal::a_request_that_meets_the_removal_of_its_migration_starts_nothing,
            removal::calls_of_removed_migrations_are_counted_for_as_long_as_they_count,
            removal::only_an_ended_migration_is_removed_and_only_as_it_was_read,
            removal::pins_are_found_by_the_end_of_their_migration,
            removal::purges_at_once_take_each_migration_once,
            removal::request_ids_are_free_again_when_their_time_is_up,
            removal::what_removed_migrations_leave_goes_with_their_tenant,
            removal::what_is_saved_while_a_migration_is_removed_goes_with_it,
            rewrap::a_save_that_comes_in_between_wins,
            rewrap::the_active_key_takes_over_and_the_old_one_can_go,
            rewrap::what_does_not_open_is_named_and_left_as_it_is,
            save::a_lost_lease_writes_nothing,
            save::a_save_keeps_everything,
            save::an_old_version_writes_nothing,
            save::of_many_saves_of_one_version_one_lands,
            save::two_hundred_saves_at_once_all_land,
            secrets::a_key_that_is_missing_is_named,
            secrets::a_lost_key_costs_the_secrets_alone,
            secrets::a_reopened_store_has_everything,
            secrets::a_secret_opens_in_its_own_place_alone,
            secrets::a_secret_that_does_not_open_holds_up_nobody_else,
            secrets::a_secret_that_is_gone_is_erased,
            secrets::a_secret_that_was_cut_short_or_changed_is_told_so,
            secrets::lists_hold_no_secrets,
            secrets::neither_a_key_nor_a_tenants_secret_is_kept_in_the_clear,
            secrets::no_secret_is_kept_in_the_clear,
            suspend::enabling_misses_nothing_that_is_set_aside_meanwhile,
            suspend::nobody_is_the_worker_of_what_is_suspended,
            suspend::only_a_disabled_tenants_own_are_suspended,
            suspend::what_is_suspended_stands_still_until_its_tenant_is_enabled,
            suspend::what_stays_disabled_for_long_is_offered_again,
            tenants::a_tenant_sees_nothing_of_another,
            tenants::tenants_share_neither_request_ids_nor_numbers,
        }
    };
    ($backend:ty: $($module:ident::$fact:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fact() {
                super::$module::$fact::<$backend>().await;
            }
        )*
    };
}

mod attempts;
pub mod backend;
mod claim;
pub mod cluster;
mod create;
mod directory;
mod history;
mod keys;
mod list;
mod locks;
mod pages;
pub mod postgres;
mod quotas;
mod removal;
mod rewrap;
mod save;
mod secrets;
mod silence;
pub mod sqlite;
mod suspend;
mod targets;
mod tenants;
mod upgrade;

use backend::Backend;
