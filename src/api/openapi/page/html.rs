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
    texts.map(paragraph).collect::<Vec<_>>().concat()
}

/// Text in the font for code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A table of cells that are HTML already. Empty if it has no rows.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head = heads.map(|head| format!("<th>{head}</th>")).concat();
    let row = |row: &[String; N]| {
        let cells = row.each_ref().map(|cell| format!("<td>{cell}</td>"));
        format!("<tr>{}</tr>\n", cells.concat())
    };
    let body = rows.iter().map(row).collect::<Vec<_>>().concat();
    format!("<table>\n<tr>{head}</tr>\n{body}</table>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_backticks_is_code_and_markup_is_escaped() {
        assert_eq!(prose("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
        assert_eq!(table(["x"], &[]), "");
    }
}
