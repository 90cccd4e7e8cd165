//! What all pages share: head, navigation, contents and foot.

use super::html::escaped;

/// The pages in the navigation: name and label.
const NAVIGATION: [(&str, &str); 9] = [
    ("", "Overview"),
    ("preparing-a-number", "Guide"),
    ("faults", "Faults"),
    ("errors", "Errors"),
    ("api", "Walk-through"),
    ("reference", "Reference"),
    ("sandbox", "Sandbox"),
    ("authentication", "Authentication"),
    ("tenants", "Tenants"),
];

/// Where a page is, relative to the others. Links are relative, so that they also work behind a
/// proxy that serves the pages under another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// The page `/docs`.
    Top,
    /// A page below `/docs/`.
    Pages,
}

impl Root {
    /// The link to a page; the empty name is `/docs`.
    pub(super) fn page(self, name: &str) -> String {
        match self {
            Self::Top if name.is_empty() => "docs".to_owned(),
            Self::Top => format!("docs/{name}"),
            Self::Pages if name.is_empty() => "../docs".to_owned(),
            Self::Pages => name.to_owned(),
        }
    }

    /// The link to the `OpenAPI` document.
    pub(super) const fn openapi(self) -> &'static str {
        match self {
            Self::Top => "openapi.json",
            Self::Pages => "../openapi.json",
        }
    }
}

/// The content of a page.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The title, as text.
    pub(super) title: String,
    /// The text, as HTML.
    pub(super) html: String,
    /// The headings in it, in their order.
    pub(super) headings: Vec<Heading>,
}

/// A heading below the title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// Whether it belongs to the heading before it.
    pub(super) is_minor: bool,
    /// The anchor.
    pub(super) id: String,
    /// The text, as HTML without links.
    pub(super) html: String,
}

impl Heading {
    /// The heading as HTML, with a link to itself.
    pub(super) fn section(&self) -> String {
        let Self { id, html, .. } = self;
        let level = if self.is_minor { "h3" } else { "h2" };
        format!(
            "<{level} id=\"{id}\">{html} <a class=\"anchor\" href=\"#{id}\" \
             aria-label=\"Link to this section\">#</a></{level}>\n"
        )
    }
}

/// The page with this name, as a whole.
pub(super) fn page(name: &str, content: &Content) -> String {
    let root = if name.is_empty() {
        Root::Top
    } else {
        Root::Pages
    };
    let (style, icon) = (root.page("style.css"), root.page("icon.svg"));
    let (home, navigation) = (root.page(""), navigation(name, root));
    let (title, contents) = (escaped(&content.title), contents(&content.headings));
    let (suffix, class) = match (root, contents.is_empty()) {
        (Root::Top, _) => ("documentation", "home"),
        (Root::Pages, true) => ("waba-migrator", "short"),
        (Root::Pages, false) => ("waba-migrator", "long"),
    };
    let (html, version) = (&content.html, env!("CARGO_PKG_VERSION"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – {suffix}</title>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n\
         <link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">\n</head>\n\
         <body id=\"top\">\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header>\n<a class=\"brand\" href=\"{home}\">waba-migrator</a>\n\
         <nav aria-label=\"Pages\">\n<ul>\n{navigation}</ul>\n</nav>\n</header>\n\
         <main id=\"main\" class=\"{class}\">\n<h1>{title}</h1>\n{contents}\
         <div class=\"text\">\n{html}</div>\n</main>\n\
         <footer>\n<p>waba-migrator {version}</p>\n</footer>\n\
         <div class=\"beside\"><a class=\"up\" href=\"#top\" aria-label=\"Back to the top\">↑</a></div>\n</body>\n</html>\n"
    )
}

fn navigation(name: &str, root: Root) -> String {
    let is_reference = name == "types" || name.ends_with("-service");
    let current = if is_reference { "reference" } else { name };
    let link = |(page, label): (&str, &str)| {
        let mark = if page == current {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!(
            "<li><a href=\"{}\"{mark}>{label}</a></li>\n",
            root.page(page)
        )
    };
    NAVIGATION.map(link).concat()
}

/// The list of headings. Empty where a page has hardly any.
fn contents(headings: &[Heading]) -> String {
    if headings.len() < 3 {
        return String::new();
    }
    let link = |heading: &Heading| {
        let Heading { is_minor, id, html } = heading;
        let class = if *is_minor { " class=\"minor\"" } else { "" };
        format!("<li{class}><a href=\"#{id}\">{html}</a></li>\n")
    };
    let list: String = headings.iter().map(link).collect();
    format!(
        "<nav id=\"contents\" aria-labelledby=\"contents-title\">\n\
         <p id=\"contents-title\">On this page</p>\n<ul>\n{list}</ul>\n</nav>\n"
    )
}
