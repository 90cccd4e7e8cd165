//! What a tenant carries is what its migrations use; what becomes of them when it is disabled; and whose turn it is. Facts of
//! the engine on both stores.

// Before the modules, so that they see it.
/// Runs every fact against a backend.
macro_rules! facts {
    ($backend:ty) => {
        facts! { $backend:
            credentials::a_call_is_made_with_what_is_its_tenants,
            credentials::a_migration_without_any_token_asks_for_one_and_calls_nobody,
            credentials::a_mended_token_is_used_by_what_is_under_way,
            disabled::a_disabled_tenants_migrations_come_to_a_stand_and_go_on,
            disabled::nobody_acts_for_a_disabled_tenant,
            disabled::what_runs_out_does_so_though_its_tenant_is_disabled,
            erased::what_served_its_purpose_is_erased,
            turns::many_destinations_of_one_tenant_do_not_delay_another_s_single_number,
            worlds::a_sandbox_tenants_numbers_move_in_the_sandbox,
            worlds::a_tenant_that_changes_worlds_reaches_neither,
            worlds::what_an_account_suffers_in_one_world_it_does_not_in_the_other,
            worlds::without_a_sandbox_its_tenants_are_refused,
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

mod credentials;
mod disabled;
mod erased;
mod seen;
mod town;
mod turns;
mod worlds;

mod on_sqlite {
    use crate::store::sqlite::SqliteFile;
    facts!(SqliteFile);
}

mod on_postgres {
    use crate::store::postgres::PostgresDatabase;
    facts!(PostgresDatabase);
}
