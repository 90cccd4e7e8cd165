//! The pages, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::StaticDocument;
use super::layout::{self, Content, Root};
use super::markdown::{self, Generated};
use super::{entries, reference};
use crate::api::contract::Contract;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");
const HOME: &str = include_str!("home.md");
/// The guide for people who own or move a number.
pub(super) const GUIDE: &str = include_str!("../../../docs/preparing-a-number.md");
const NOT_FOUND: &str = include_str!("not_found.md");

/// Returns what a page has in place of its table of reasons.
type Entries = fn(Root) -> Generated;

/// The pages that are made from the documents in `docs/`: name, Markdown, entries.
const DOCUMENTS: [(&str, &str, Option<Entries>); 7] = [
    ("preparing-a-number", GUIDE, None),
    (
        "faults",
        include_str!("../../../docs/faults.md"),
        Some(entries::faults),
    ),
    (
        "errors",
        include_str!("../../../docs/errors.md"),
        Some(entries::errors),
    ),
    ("api", include_str!("../../../docs/api.md"), None),
    ("sandbox", include_str!("../../../docs/sandbox.md"), None),
    (
        "authentication",
        include_str!("../../../docs/authentication.md"),
        None,
    ),
    ("tenants", include_str!("../../../docs/tenants.md"), None),
];

/// All pages.
#[derive(Debug)]
pub(super) struct Site {
    /// The page `/docs`.
    pub(super) home: StaticDocument,
    /// The page for unknown paths.
    pub(super) not_found: StaticDocument,
    pages: BTreeMap<String, StaticDocument>,
}

impl Site {
    /// The pages, with the reference of this contract.
    pub(super) fn new(contract: &Arc<Contract>) -> Self {
        let mut site = Self {
            home: page("", || markdown::render(HOME, Root::Top, None)),
            not_found: page("not-found", || {
                markdown::render(NOT_FOUND, Root::Pages, None)
            }),
            pages: BTreeMap::new(),
        };
        for (name, text, entries) in DOCUMENTS {
            site.add(name, move || {
                let generated = entries.map(|entries| entries(Root::Pages));
                markdown::render(text, Root::Pages, generated)
            });
        }
        let of_contract = Arc::clone(contract);
        site.add("reference", move || reference::index(&of_contract));
        for service in reference::services(contract) {
            let of_contract = Arc::clone(contract);
            let name = reference::page_name(service.name());
            site.add(&name, move || reference::service(&of_contract, &service));
        }
        let of_contract = Arc::clone(contract);
        site.add("types", move || reference::types(&of_contract));
        let (style, icon) = (
            StaticDocument::new("text/css; charset=utf-8", || STYLE.to_owned()),
            StaticDocument::new("image/svg+xml", || ICON.to_owned()),
        );
        site.pages.insert("style.css".to_owned(), style);
        site.pages.insert("icon.svg".to_owned(), icon);
        site
    }

    /// The page with this name.
    pub(super) fn page(&self, name: &str) -> Option<&StaticDocument> {
        self.pages.get(name)
    }

    fn add(&mut self, name: &str, content: impl FnOnce() -> Content + Send + 'static) {
        self.pages.insert(name.to_owned(), page(name, content));
    }
}

/// The page with this content.
fn page(name: &str, content: impl FnOnce() -> Content + Send + 'static) -> StaticDocument {
    let name = name.to_owned();
    StaticDocument::new(HTML, move || layout::page(&name, &content()))
}

/// Whether a document is served as the page with this name.
pub(super) fn is_document(name: &str) -> bool {
    DOCUMENTS.iter().any(|(document, ..)| *document == name)
}
