//! Tenants in the engine, on both stores: their credentials, disabled tenants, fairness, and
//! separation of Meta and the sandbox.

/// Runs every fact against a backend.
macro_rules! facts {
    ($backend:ty) => {
        facts! { $backend:
            credentials::calls_use_the_credentials_of_their_tenant,
            credentials::a_migration_without_a_token_requests_one_and_makes_no_call,
            credentials::a_corrected_token_is_used_by_running_migrations,
            disabled::migrations_of_a_disabled_tenant_pause_and_resume,
            disabled::no_call_is_made_for_a_disabled_tenant,
            disabled::migrations_of_a_disabled_tenant_still_expire,
            erased::used_secrets_are_erased,
            fairness::many_destinations_of_one_tenant_do_not_delay_the_single_number_of_another,
            worlds::a_sandbox_tenants_numbers_move_in_the_sandbox,
            worlds::a_tenant_that_switches_between_meta_and_the_sandbox_reaches_neither,
            worlds::rate_limits_of_an_account_at_meta_and_in_the_sandbox_are_independent,
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
mod fairness;
mod harness;
mod recording_graph;
mod worlds;

mod on_sqlite {
    use crate::store::sqlite::SqliteFile;
    facts!(SqliteFile);
}

mod on_postgres {
    use crate::store::postgres::PostgresDatabase;
    facts!(PostgresDatabase);
}
