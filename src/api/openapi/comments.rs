//! What the contract says of its parts: the comments of the proto, which the descriptors keep.

use prost_types::FileDescriptorProto;

/// How a paragraph begins that lists reasons.
const ERRORS: &str = "Errors: ";

/// A comment, in paragraphs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Comment(Vec<String>);

impl Comment {
    /// The comment of what stands at this path of a file.
    pub(super) fn of(file: &FileDescriptorProto, path: &[i32]) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let mut here = locations.filter(|location| location.path == path);
        here.next()
            .map(|location| Self::read(location.leading_comments()))
            .unwrap_or_default()
    }

    fn read(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let paragraphs = lines.split(|line| line.is_empty());
        Self(
            paragraphs
                .filter(|paragraph| !paragraph.is_empty())
                .map(|paragraph| paragraph.join(" "))
                .collect(),
        )
    }

    /// Its first sentence.
    pub(super) fn summary(&self) -> &str {
        let first = self.0.first().map_or("", String::as_str);
        first.split_inclusive(". ").next().unwrap_or(first).trim()
    }

    /// All of it but the reasons.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        let all = self.0.iter().map(String::as_str);
        all.filter(|paragraph| !paragraph.starts_with(ERRORS))
    }

    /// The same as one text.
    pub(super) fn text(&self) -> String {
        self.paragraphs().collect::<Vec<_>>().join("\n\n")
    }

    /// What stands where reasons are listed.
    pub(super) fn errors(&self) -> &str {
        let mut all = self.0.iter();
        all.find_map(|paragraph| paragraph.strip_prefix(ERRORS))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_read_in_paragraphs() {
        let comment =
            Comment::read(" Does it. At once,\n and well.\n\n More.\n\n Errors: A_B,\n C_D.\n");
        assert_eq!(comment.summary(), "Does it.");
        assert_eq!(comment.text(), "Does it. At once, and well.\n\nMore.");
        assert_eq!(comment.errors(), "A_B, C_D.");
        assert_eq!(Comment::read("").summary(), "");
    }
}
