//! The contract of the store, tested on each database.
//!
//! A database joins with a [`Backend`] and one `contract!` line.

// Before the modules, so that they see it.
/// Runs every test of the contract on a backend.
macro_rules! contract {
    ($backend:ty) => {
        contract! { $backend:
            attempts::a_call_that_another_migration_missed_conflicts,
            attempts::a_new_migration_records_no_call,
            attempts::calls_are_counted_over_all_forms_of_a_number,
            attempts::calls_are_counted_over_all_migrations_of_a_number,
            attempts::calls_are_counted_over_all_tenants,
            attempts::calls_of_a_sandbox_are_counted_apart,
            attempts::calls_survive_the_removal_of_their_migration_and_of_their_tenant,
            attempts::of_two_calls_of_a_number_at_once_one_is_counted_first,
            claim::a_claim_conflicts_with_no_command,
            claim::a_claim_is_a_round_robin_over_tenants,
            claim::a_claim_is_a_round_robin_over_destinations,
            claim::a_claim_takes_what_is_due_oldest_first,
            claim::a_command_does_not_change_the_lease,
            claim::a_command_takes_the_lease_only_if_it_is_free,
            claim::a_kept_lease_keeps_the_time_at_which_a_migration_is_due,
            claim::a_migration_can_be_created_under_a_lease,
            claim::a_released_migration_is_free_again,
            claim::delayed_migrations_are_claimed_in_a_fair_order_once_they_are_due,
            claim::many_delayed_migrations_are_claimed_claim_by_claim,
            claim::many_workers_never_claim_the_same,
            claim::the_next_due_time_takes_leases_into_account,
            claim::timers_come_before_running_migrations,
            claim::what_a_command_changes_counts_once_the_lease_ends,
            create::a_new_migration_is_stored_completely,
            create::a_number_has_one_live_migration_at_a_time,
            create::a_number_has_one_live_migration_in_all_its_forms,
            create::a_refused_migration_leaves_no_trace,
            create::of_concurrent_migrations_of_one_number_one_is_created,
            create::of_concurrent_migrations_of_one_request_one_is_created,
            create::the_same_request_returns_the_first_migration,
            directory::a_tenant_is_deleted_with_everything_that_belongs_to_it,
            directory::a_tenant_is_stored_completely,
            directory::the_id_of_a_deleted_tenant_is_not_used_again,
            directory::a_tenant_that_is_created_while_it_is_deleted_stays_deleted,
            directory::a_missing_tenant_gets_no_migration,
            directory::a_removed_secret_of_a_tenant_is_erased,
            directory::of_concurrent_saves_of_a_tenant_one_succeeds,
            directory::the_default_tenant_is_configured_like_any_other,
            history::events_come_in_order_and_in_pages,
            history::events_that_leave_a_gap_are_refused,
            history::positions_have_no_gaps_while_many_write,
            history::the_newest_events_of_many_migrations_are_read_at_once,
            keys::a_key_is_stored_completely_and_found_by_its_prefix,
            keys::a_key_is_revoked_for_good,
            keys::a_keys_expiry_and_its_last_use_can_be_set,
            keys::a_tenants_keys_are_its_own,
            keys::an_id_or_a_prefix_belongs_to_one_key,
            list::a_filter_meets_every_condition,
            list::an_actor_and_a_fault_find_what_a_migration_shows,
            list::a_list_is_newest_first_and_paged,
            list::a_list_without_findings_has_those_of_failed_checks,
            list::a_number_is_found_by_any_form,
            list::new_migrations_do_not_change_later_pages,
            list::states_are_counted_over_all_tenants,
            pages::a_page_is_bounded_in_size_and_the_pages_are_complete,
            pages::a_scan_that_finds_little_ends_and_the_next_page_continues_it,
            quotas::a_tenants_migrations_are_counted_up_to_a_limit,
            removal::a_purge_removes_what_ended_first_of_every_tenant,
            removal::an_interrupted_purge_leaves_complete_migrations,
            removal::the_request_id_and_the_calls_of_a_removed_migration_stay,
            removal::a_request_that_meets_the_removal_of_its_migration_starts_nothing,
            removal::calls_are_counted_for_as_long_as_they_count,
            removal::only_an_ended_migration_is_removed_and_only_as_it_was_read,
            removal::pins_are_found_by_the_end_of_their_migration,
            removal::concurrent_purges_remove_each_migration_once,
            removal::request_ids_are_free_again_after_their_expiry,
            removal::a_removed_migration_leaves_only_its_calls,
            removal::a_deleted_tenant_leaves_only_the_calls_of_its_numbers,
            removal::a_save_during_a_removal_is_removed_with_the_migration,
            rewrap::a_concurrent_save_wins,
            rewrap::after_a_rewrap_the_old_key_can_be_retired,
            rewrap::a_record_that_does_not_open_is_reported_and_not_changed,
            save::a_lost_lease_writes_nothing,
            save::a_save_stores_everything,
            save::changed_tags_are_found_and_the_old_ones_are_not,
            save::findings_are_written_only_when_they_change,
            save::an_old_version_writes_nothing,
            save::of_concurrent_saves_of_one_version_one_succeeds,
            save::two_hundred_concurrent_saves_all_succeed,
            secrets::a_key_that_is_missing_is_named,
            secrets::a_lost_key_loses_only_the_secrets,
            secrets::a_reopened_store_has_everything,
            secrets::a_secret_opens_in_its_own_cell_only,
            secrets::a_secret_that_does_not_open_delays_no_other_migration,
            secrets::a_removed_secret_is_erased,
            secrets::a_truncated_or_changed_secret_has_its_own_error,
            secrets::lists_hold_no_secrets,
            secrets::neither_a_key_nor_a_tenants_secret_is_stored_in_plain_text,
            secrets::no_secret_is_stored_in_plain_text,
            suspend::a_command_ends_a_suspension,
            suspend::a_suspended_timer_is_due_when_its_tenant_is_enabled,
            suspend::enabling_a_tenant_misses_no_concurrent_suspension,
            suspend::suspended_migrations_have_no_worker,
            suspend::only_migrations_of_a_disabled_tenant_are_suspended,
            suspend::suspended_migrations_wait_until_their_tenant_is_enabled,
            suspend::long_suspended_migrations_can_be_claimed_again,
            tenants::a_tenant_sees_nothing_of_another,
            tenants::tenants_share_neither_request_ids_nor_numbers,
            usage::a_migration_is_counted_when_it_starts_and_when_it_succeeds,
            usage::concurrent_creations_and_successes_are_all_counted,
            usage::usage_is_read_by_month_and_deleted_with_its_tenant,
            workers::a_lease_can_be_shortened_and_a_long_one_is_no_error,
            workers::a_lease_covers_every_migration_of_its_worker,
            workers::a_lease_that_ended_ends_its_worker_for_good,
            workers::a_worker_that_leaves_releases_its_migrations_at_once,
            workers::a_worker_that_renews_in_time_keeps_its_migrations,
            workers::an_ended_worker_claims_nothing,
            workers::of_a_renewal_and_an_ending_at_the_same_time_one_wins,
            workers::the_migrations_of_an_ended_worker_are_released_once,
            workers::what_a_worker_does_not_work_on_can_be_released,
            workers::what_an_ended_worker_leased_late_is_claimed_at_once,
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
mod per_tenant;
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
mod usage;
mod workers;

use backend::Backend;
