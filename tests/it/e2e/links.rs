//! Links of faults and remedies lead to pages that are served.

use waba_migrator::proto::v1::{Fault, Migration, WatchRequest};

use crate::support::service::ServiceHarness;

const NUMBER: &str = "+12025550100";

/// A migration that waits for another code, since Meta refused one.
async fn refused(service: &ServiceHarness) -> Migration {
    let id = service.migrate(NUMBER).await.id;
    service.submit(&id, "000000").await.unwrap();
    service.until(&id, |it| it.fault.is_some()).await
}

/// All links of a fault: its own, and those of its remedies.
fn links(fault: &Fault) -> Vec<&str> {
    let remedies = fault.remedies.iter().map(|it| it.documentation.as_str());
    remedies.chain([fault.documentation.as_str()]).collect()
}

#[tokio::test]
async fn each_link_opens_a_page_of_the_service_at_the_address_of_the_caller() {
    let service = ServiceHarness::start().await;
    let migration = refused(&service).await;
    let fault = migration.fault.as_ref().unwrap();
    let found = links(fault);
    assert_eq!(found.len(), 2);
    for link in &found {
        let (page, anchor) = link.split_once('#').unwrap();
        assert!(page.starts_with(service.url()), "{link}");
        let text = reqwest::get(page).await.unwrap().text().await.unwrap();
        assert!(text.contains(&format!(" id=\"{anchor}\"")), "{link}");
    }
    let history = service.history(&migration.id).await;
    let event = history.iter().find_map(|event| event.fault.as_ref());
    assert_eq!(links(event.unwrap()), found);
    let request = WatchRequest {
        migration_id: migration.id.clone(),
        after_sequence: 0,
    };
    let stream = service.client.clone().watch(request).await;
    let mut stream = stream.unwrap().into_inner();
    let watched = loop {
        let event = stream.message().await.unwrap().unwrap().event.unwrap();
        if let Some(fault) = event.fault {
            break fault;
        }
    };
    assert_eq!(links(&watched), found);
}

#[tokio::test]
async fn links_begin_with_the_configured_address() {
    let settings = [("docs.base_url", "https://help.example.com/moving/")];
    let service = ServiceHarness::with(&settings).await;
    let fault = refused(&service).await.fault.unwrap();
    assert_eq!(
        links(&fault),
        [
            "https://help.example.com/moving/preparing-a-number#submit-new-code",
            "https://help.example.com/moving/faults#CODE_REJECTED",
        ]
    );
}
