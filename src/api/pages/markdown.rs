//! Markdown of `docs/` as HTML, with the anchors that other renderers give to its headings.

use std::collections::HashMap;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::html::{TableWriter, code, code_block, escaped, link};
use super::layout::{Content, Heading, Root};
use super::{entries, reference, site};

/// The table with this label in its first column is replaced by generated sections.
const REASON: &str = "reason";

/// Sections that a page has in place of a table.
#[derive(Debug)]
pub(super) struct Generated {
    /// The sections.
    pub(super) html: String,
    /// Their headings.
    pub(super) headings: Vec<Heading>,
}

/// A document as the content of a page. `generated` replaces its table of reasons.
pub(super) fn render(text: &str, root: Root, generated: Option<Generated>) -> Content {
    let mut writer = Writer {
        root,
        generated,
        content: Content::default(),
        anchors: HashMap::new(),
        pieces: Vec::new(),
        plain: String::new(),
        links: Vec::new(),
        table: None,
        fence: None,
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        writer.write(event);
    }
    writer.content
}

struct Writer {
    root: Root,
    generated: Option<Generated>,
    content: Content,
    /// How often each anchor was used.
    anchors: HashMap<String, usize>,
    /// The HTML of the headings and table cells that are open.
    pieces: Vec<String>,
    /// The plain text of the innermost of them.
    plain: String,
    /// Whether each open link has a target.
    links: Vec<bool>,
    table: Option<TableWriter>,
    /// The label and the text of the open code block.
    fence: Option<(String, String)>,
}

impl Writer {
    fn push(&mut self, html: &str) {
        let target = self.pieces.last_mut().unwrap_or(&mut self.content.html);
        target.push_str(html);
    }

    fn write(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                if let Some((_, lines)) = &mut self.fence {
                    lines.push_str(&text);
                } else {
                    self.plain.push_str(&text);
                    self.push(&escaped(&text));
                }
            }
            Event::Code(text) => {
                self.plain.push_str(&text);
                let is_linked = self.links.contains(&true) || self.is_heading();
                let target = entries::target(&text, self.root).filter(|_| !is_linked);
                let text = code(&text);
                let html = target.map(|target| link(&target, &text));
                self.push(&html.unwrap_or(text));
            }
            Event::SoftBreak => self.push("\n"),
            Event::HardBreak => self.push("<br>\n"),
            Event::Rule => self.push("<hr>\n"),
            // Comments only.
            _ => {}
        }
    }

    /// Whether the innermost open piece is a heading.
    fn is_heading(&self) -> bool {
        self.table.is_none() && !self.pieces.is_empty()
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::TableCell => self.open(),
            Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.begin("prose");
                }
            }
            Tag::Table(_) => self.table = Some(TableWriter::default()),
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            Tag::CodeBlock(kind) => {
                let label = match kind {
                    CodeBlockKind::Fenced(info) => label(&info),
                    CodeBlockKind::Indented => String::new(),
                };
                self.fence = Some((label, String::new()));
            }
            Tag::Link { dest_url, .. } => {
                let target = target(&dest_url, self.root);
                self.links.push(target.is_some());
                if let Some(target) = target {
                    self.push(&format!("<a href=\"{}\">", escaped(&target)));
                }
            }
            Tag::Paragraph => self.push("<p>"),
            Tag::BlockQuote(_) => self.push("<blockquote>\n"),
            Tag::List(None) => self.push("<ul>\n"),
            Tag::List(Some(_)) => self.push("<ol>\n"),
            Tag::Item => self.push("<li>"),
            Tag::Emphasis => self.push("<em>"),
            Tag::Strong => self.push("<strong>"),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::TableCell => {
                let html = self.pieces.pop().unwrap_or_default();
                let plain = std::mem::take(&mut self.plain);
                if let Some(table) = &mut self.table {
                    table.add(&plain, &html);
                }
            }
            TagEnd::Table => self.table(),
            TagEnd::CodeBlock => {
                if let Some((label, text)) = self.fence.take() {
                    self.push(&code_block(&label, &text));
                }
            }
            TagEnd::Link => {
                let is_open = self.links.pop() == Some(true);
                self.push(if is_open { "</a>" } else { "" });
            }
            TagEnd::Paragraph => self.push("</p>\n"),
            TagEnd::BlockQuote(_) => self.push("</blockquote>\n"),
            TagEnd::List(false) => self.push("</ul>\n"),
            TagEnd::List(true) => self.push("</ol>\n"),
            TagEnd::Item => self.push("</li>\n"),
            TagEnd::Emphasis => self.push("</em>"),
            TagEnd::Strong => self.push("</strong>"),
            _ => {}
        }
    }

    fn open(&mut self) {
        self.pieces.push(String::new());
        self.plain.clear();
    }

    fn heading(&mut self, level: HeadingLevel) {
        let html = self.pieces.pop().unwrap_or_default();
        let plain = std::mem::take(&mut self.plain);
        if level == HeadingLevel::H1 {
            self.content.title = plain;
            return;
        }
        let heading = Heading {
            is_minor: level > HeadingLevel::H2,
            id: self.unique(&anchor(&plain)),
            html,
        };
        self.push(&heading.section());
        self.content.headings.push(heading);
    }

    /// The anchor, with a number if another heading has it.
    fn unique(&mut self, anchor: &str) -> String {
        let used = self.anchors.entry(anchor.to_owned()).or_default();
        let id = match *used {
            0 => anchor.to_owned(),
            n => format!("{anchor}-{n}"),
        };
        *used += 1;
        id
    }

    fn table(&mut self) {
        let Some(table) = self.table.take() else {
            return;
        };
        let is_replaced = table.first_label() == REASON;
        match self.generated.take_if(|_| is_replaced) {
            Some(generated) => {
                self.push(&generated.html);
                self.content.headings.extend(generated.headings);
            }
            None => self.push(&table.end()),
        }
    }
}

/// The anchor of a heading, as other renderers of Markdown make it.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The label of a code block: its language, and what it uses.
fn label(info: &str) -> String {
    let mut words = info.split_whitespace();
    let language = match words.next() {
        Some("sh" | "bash") => "Shell",
        Some("python") => "Python",
        Some("ts") => "TypeScript",
        Some("js") => "JavaScript",
        Some("json") => "JSON",
        Some("toml") => "TOML",
        Some("yaml") => "YAML",
        Some("sql") => "SQL",
        _ => return String::new(),
    };
    match words.next() {
        Some(library) => format!("{language}, {library}"),
        None => language.to_owned(),
    }
}

/// Where a link of a document leads on the served pages. `None` if its target is not served.
fn target(dest: &str, root: Root) -> Option<String> {
    if ["#", "https://", "http://"]
        .iter()
        .any(|start| dest.starts_with(start))
    {
        return Some(dest.to_owned());
    }
    let (file, anchor) = dest.split_once('#').unwrap_or((dest, ""));
    let page = match file {
        "openapi.json" => return Some(root.openapi().to_owned()),
        "reference" | "types" => file,
        _ => match file.rsplit('/').next()?.split_once('.')? {
            (name, "md") if site::is_document(name) => name,
            (name, "proto") => {
                let page = reference::page_of_file(name)?;
                return Some(root.page(&page));
            }
            _ => return None,
        },
    };
    let page = root.page(page);
    Some(match anchor {
        "" => page,
        anchor => format!("{page}#{anchor}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_get_anchors_and_are_listed() {
        let text = "# A page\n\n## Two: `X_Y`, and so on!\n\n### Two\n\n## Two\n";
        let content = render(text, Root::Pages, None);
        assert_eq!(content.title, "A page");
        let listed: Vec<_> = content
            .headings
            .iter()
            .map(|it| (it.id.as_str(), it.is_minor))
            .collect();
        let expected = [
            ("two-x_y-and-so-on", false),
            ("two", true),
            ("two-1", false),
        ];
        assert_eq!(listed, expected);
        assert!(
            content
                .html
                .contains("<h2 id=\"two-x_y-and-so-on\">Two: <code>X_Y</code>")
        );
    }

    #[test]
    fn links_lead_to_served_pages_or_become_text() {
        for (link, top, below) in [
            ("faults.md", Some("docs/faults"), Some("faults")),
            (
                "preparing-a-number.md#remedies",
                Some("docs/preparing-a-number#remedies"),
                Some("preparing-a-number#remedies"),
            ),
            (
                "openapi.json",
                Some("openapi.json"),
                Some("../openapi.json"),
            ),
            (
                "../proto/waba/migration/v1/migration_service.proto",
                Some("docs/migration-service"),
                Some("migration-service"),
            ),
            ("#here", Some("#here"), Some("#here")),
            (
                "https://example.com/",
                Some("https://example.com/"),
                Some("https://example.com/"),
            ),
            ("deployment.md", None, None),
            ("../crates/domain/src/lib.rs", None, None),
            ("javascript:alert(1)", None, None),
        ] {
            assert_eq!(target(link, Root::Top).as_deref(), top, "{link}");
            assert_eq!(target(link, Root::Pages).as_deref(), below, "{link}");
        }
        let content = render("See [deployment](deployment.md).", Root::Pages, None);
        assert_eq!(content.html, "<p>See deployment.</p>\n");
    }

    #[test]
    fn markup_in_a_document_is_never_html() {
        let text = "a <b>bold</b> & `<i>`\n\n<!-- hidden -->\n\n<script>x</script>\n\n```sh curl\n<x>\n```\n";
        let html = render(text, Root::Pages, None).html;
        for raw in ["<b>", "<i>", "<script", "hidden", "<x>"] {
            assert!(!html.contains(raw), "{raw}: {html}");
        }
        assert!(
            html.contains("&lt;i&gt;") && html.contains("Shell, curl"),
            "{html}"
        );
    }

    #[test]
    fn the_table_of_reasons_is_replaced_and_other_tables_are_not() {
        let text =
            "| group | b |\n|---|---|\n| `x` | 2 |\n\n| reason | b |\n|---|---|\n| gone | 2 |\n";
        let generated = Generated {
            html: "<p>sections</p>".to_owned(),
            headings: Vec::new(),
        };
        let html = render(text, Root::Pages, Some(generated)).html;
        assert!(
            html.contains("data-label=\"group\"><code>x</code>"),
            "{html}"
        );
        assert!(
            html.contains("<p>sections</p>") && !html.contains("gone"),
            "{html}"
        );
    }
}
