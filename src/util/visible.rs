//! Removes invisible characters from text, such as terminal escapes and direction overrides.
//!
//! Names and error texts come from other businesses, through Meta. Printed to a terminal unchanged,
//! an escape sequence could clear the screen, write the clipboard or set the window title, and a
//! direction override would show other text than there is.

use std::borrow::Cow;

/// `text` without invisible characters.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_visible(*c)).collect())
    }
}

/// Whether a character is kept: a visible one, a line break, a tab, or one that scripts need. Of
/// the last kind are joiners, which Persian, Hindi and many emoji need, and direction marks, which
/// affect only their neighbours.
#[must_use]
pub const fn is_visible(c: char) -> bool {
    !matches!(c,
        // Control characters of ASCII and ISO 6429 (C0, DEL and C1), except tab and line break.
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Soft hyphen, zero-width space, word joiner, invisible operators, byte order mark.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        // Line breaks that most programs do not treat as such.
        | '\u{2028}' | '\u{2029}'
        // Direction embeddings, overrides and isolates, and deprecated format characters.
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Interlinear annotations and tags.
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_commands_and_hidden_text_are_removed() {
        for (text, shown) in [
            ("\u{1b}]52;c;aGk=\u{7}name", "]52;c;aGk=name"),
            ("\u{1b}[2J\u{9b}2Jname", "[2J2Jname"),
            ("all is well\rBAD", "all is wellBAD"),
            ("a\0b\u{7f}c\u{85}d\u{8}", "abcd"),
            ("abc\u{202e}fed\u{202c}\u{2066}g\u{2069}", "abcfedg"),
            ("pay\u{200b}pal\u{feff}\u{2060}\u{ad}", "paypal"),
            ("one\u{2028}two", "onetwo"),
            ("\u{e0041}\u{e0042}", ""),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_is_kept() {
        for text in [
            "",
            "Two lines\n\tand a tab",
            "می‌خواهم",
            "क्‍ष",
            "👩‍👩‍👧 Größe ¿qué? 店",
            "\u{200f}שלום\u{200e} (OK)",
            "\u{fffd}",
        ] {
            assert!(
                matches!(visible(text), Cow::Borrowed(kept) if kept == text),
                "{text:?}"
            );
        }
    }
}
