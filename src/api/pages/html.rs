//! Text as HTML.

/// The text with HTML's special characters escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text of the contract: text in backticks becomes code.
pub(super) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| {
            if at % 2 == 1 {
                code(part)
            } else {
                escaped(part)
            }
        })
        .collect()
}

/// Paragraphs of texts of the contract.
pub(super) fn paragraphs<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let paragraph = |text| format!("<p>{}</p>\n", prose(text));
    texts.map(paragraph).collect()
}

/// Text in the font for code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A link. Its text is HTML.
pub(super) fn link(target: &str, html: &str) -> String {
    format!("<a href=\"{}\">{html}</a>", escaped(target))
}

/// Lines of code, with a label where it is not empty. The keyboard can scroll it.
pub(super) fn code_block(label: &str, text: &str) -> String {
    let label = match label {
        "" => String::new(),
        label => format!("<p class=\"label\">{}</p>\n", escaped(label)),
    };
    format!(
        "<div class=\"code\">\n{label}<pre tabindex=\"0\"><code>{}</code></pre>\n</div>\n",
        escaped(text)
    )
}

/// A table about fields, values or RPCs: the name is first. Its cells are HTML already. Empty if it
/// has no rows.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = TableWriter::default();
    table.begin("fields");
    for head in heads {
        table.head(head, &escaped(head));
    }
    for row in rows {
        table.row();
        for cell in row {
            table.cell(cell);
        }
    }
    table.end()
}

/// Writes a table. On a narrow screen it is shown as a list, where each cell has the label of its
/// column; the roles keep it a table for screen readers.
#[derive(Debug, Default)]
pub(super) struct TableWriter {
    html: String,
    labels: Vec<String>,
    column: usize,
    has_rows: bool,
}

impl TableWriter {
    /// Begins a table of this class, and its head.
    pub(super) fn begin(&mut self, class: &str) {
        let begin = format!(
            "<table class=\"{class}\" role=\"table\">\n<thead role=\"rowgroup\">\n<tr role=\"row\">"
        );
        self.html.push_str(&begin);
    }

    /// Adds a column. `label` is the text of its head, and `html` the same as HTML.
    pub(super) fn head(&mut self, label: &str, html: &str) {
        self.labels.push(escaped(label));
        let cell = format!("<th role=\"columnheader\" scope=\"col\">{html}</th>");
        self.html.push_str(&cell);
    }

    /// The label of the first column.
    pub(super) fn first_label(&self) -> &str {
        self.labels.first().map_or("", String::as_str)
    }

    /// Begins a row.
    pub(super) fn row(&mut self) {
        let before = if self.has_rows {
            "</tr>\n"
        } else {
            "</tr>\n</thead>\n<tbody role=\"rowgroup\">\n"
        };
        self.html.push_str(before);
        self.html.push_str("<tr role=\"row\">");
        (self.column, self.has_rows) = (0, true);
    }

    /// Adds a cell, which is HTML.
    pub(super) fn cell(&mut self, html: &str) {
        let label = self.labels.get(self.column).map_or("", String::as_str);
        let cell = format!("<td role=\"cell\" data-label=\"{label}\">{html}</td>");
        self.html.push_str(&cell);
        self.column += 1;
    }

    /// Adds a column before the first row, and else a cell. `text` is the content of the cell, and
    /// `html` the same as HTML.
    pub(super) fn add(&mut self, text: &str, html: &str) {
        if self.has_rows {
            self.cell(html);
        } else {
            self.head(text, html);
        }
    }

    /// Ends the table, and returns it.
    pub(super) fn end(mut self) -> String {
        let end = if self.has_rows {
            "</tr>\n</tbody>\n</table>\n"
        } else {
            "</tr>\n</thead>\n</table>\n"
        };
        self.html.push_str(end);
        self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_backticks_is_code_and_markup_is_escaped() {
        assert_eq!(prose("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
        assert_eq!(table(["x"], &[]), "");
    }

    #[test]
    fn each_cell_of_a_table_has_the_label_of_its_column() {
        let table = table(["a\"", "b"], &[["1".to_owned(), "2".to_owned()]]);
        assert!(table.contains("data-label=\"a&quot;\">1</td>"), "{table}");
        assert!(table.contains("data-label=\"b\">2</td>"), "{table}");
        assert_eq!(table.matches("<tr").count(), table.matches("</tr>").count());
    }
}
