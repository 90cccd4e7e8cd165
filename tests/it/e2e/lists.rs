//! Lists: large migrations, and filters that match few of them.

use domain::{Check, CheckId, TenantId, Verdict};
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use waba_migrator::app;
use waba_migrator::proto::v1::{ListMigrationsRequest, ListMigrationsResponse, MigrationView};
use waba_migrator::store::WALKED_AT_MOST;

use crate::store::backend::created;
use crate::support::migrations::migration;
use crate::support::program::Program;
use crate::support::service::ServiceHarness;

/// What most clients take, at most.
const MESSAGE: usize = 4 << 20;

/// The pages of a list, from the newest to the last.
async fn pages(
    service: &ServiceHarness,
    mut request: ListMigrationsRequest,
) -> Vec<ListMigrationsResponse> {
    let mut pages = Vec::new();
    loop {
        let answer = service
            .client
            .clone()
            .list_migrations(request.clone())
            .await;
        let page = answer.unwrap().into_inner();
        assert!(page.encoded_len() < MESSAGE, "{}", page.encoded_len());
        request.page_token = page.next_page_token.clone();
        pages.push(page);
        assert!(pages.len() < 100, "the pages have no end");
        if request.page_token.is_empty() {
            return pages;
        }
    }
}

async fn large_migrations_are_all_reached(service: &ServiceHarness) {
    let store = app::open_store(&service.config()).await.unwrap();
    let tenant = TenantId::default_tenant();
    for n in 0..20 {
        let mut it = migration(&tenant, n);
        it.findings.checks = vec![Check {
            id: CheckId::NumberInPlan,
            verdict: Verdict::Pass,
            finding: "x".repeat(500_000),
            remedies: Vec::new(),
            graph_error: None,
        }];
        created(&store, &it, None).await;
    }
    let request = |view: MigrationView| ListMigrationsRequest {
        page_size: 200,
        view: view.into(),
        ..ListMigrationsRequest::default()
    };
    let by_view = async |view| -> (usize, Vec<_>) {
        let pages = pages(service, request(view)).await;
        let count = pages.len();
        (
            count,
            pages.into_iter().flat_map(|it| it.migrations).collect(),
        )
    };
    let (full_pages, full) = by_view(MigrationView::Full).await;
    assert!((3..=5).contains(&full_pages), "{full_pages}");
    assert_eq!(by_view(MigrationView::Unspecified).await.1, full);
    let ids: Vec<_> = full.iter().map(|it| &it.id).collect();
    assert_eq!(ids.len(), 20);
    assert!(ids.is_sorted_by(|newer, older| newer > older));
    assert!(full.iter().all(|it| it.checks[0].finding.len() == 500_000));

    // All else is the same.
    let (_, basic) = by_view(MigrationView::Basic).await;
    assert_eq!(basic.len(), 20);
    for (basic, mut full) in basic.into_iter().zip(full) {
        full.checks.clear();
        // Another view has a tag of its own.
        full.etag.clone_from(&basic.etag);
        assert_eq!(basic, full);
    }
    store.close().await;
}

#[tokio::test]
async fn on_postgresql_large_migrations_are_all_reached() {
    let service = ServiceHarness::on_postgres(&[]).await;
    Box::pin(large_migrations_are_all_reached(&service)).await;
}

#[tokio::test]
async fn the_view_without_what_is_large_lacks_nothing_else() {
    let service = ServiceHarness::start().await;
    let number = "+12025550100";
    let id = service.migrate(number).await.id;
    let code = service.code(number).unwrap();
    service.submit(&id, &code).await.unwrap();
    let mut moved = service.settled(&id).await;
    assert!(!moved.checks.is_empty());
    assert!(moved.before.is_some() && moved.after.is_some() && moved.report.is_some());
    let basic = ListMigrationsRequest {
        view: MigrationView::Basic.into(),
        ..ListMigrationsRequest::default()
    };
    let pages = pages(&service, basic).await;
    moved.checks.clear();
    (moved.before, moved.after, moved.report) = (None, None, None);
    // Another view is another representation, so it has a tag of its own.
    let basic = &pages[0].migrations[0];
    assert_ne!(basic.etag, moved.etag);
    moved.etag.clone_from(&basic.etag);
    assert_eq!(pages[0].migrations, [moved]);
}

/// The output of `waba-migrator list` for these labels.
async fn listed(service: &ServiceHarness, labels: &[&str]) -> serde_json::Value {
    let list = Program::new("list")
        .args(["--output", "json", "--server", service.url()])
        .args(labels.iter().flat_map(|label| ["--label", label]));
    list.run_async().await.json()
}

#[tokio::test]
async fn empty_pages_lead_to_what_is_found_and_to_the_end() {
    let service = ServiceHarness::on_postgres(&[]).await;
    let store = &app::open_store(&service.config()).await.unwrap();
    let tenant = TenantId::default_tenant();
    let count = u16::try_from(WALKED_AT_MOST).unwrap() + 1;
    let all = (0..count).map(|n| {
        let mut it = migration(&tenant, n);
        let tier = if n == 0 { "gold" } else { "silver" };
        let labels = [("team", "north"), ("tier", tier)];
        it.request.labels = labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        async move { created(store, &it, None).await.id }
    });
    let all: Vec<_> = stream::iter(all).buffered(256).collect().await;
    let filter = |tier: &str| ListMigrationsRequest {
        labels: [("team", "north"), ("tier", tier)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..ListMigrationsRequest::default()
    };
    let counts = async |tier| -> Vec<usize> {
        let pages = pages(&service, filter(tier)).await;
        pages.iter().map(|page| page.migrations.len()).collect()
    };
    assert_eq!(counts("gold").await, [0, 1]);
    assert_eq!(counts("bronze").await, [0, 0]);
    let gold = listed(&service, &["team=north", "tier=gold"]).await;
    assert_eq!(gold["migrations"][0]["id"], all[0].to_string());
    assert_eq!(gold["nextPageToken"], "");
    store.close().await;
}
