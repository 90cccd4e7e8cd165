//! Text that shows what it is: without the characters that command a terminal or hide and reorder what is around them.
//!
//! Names and error texts come from other businesses, through Meta. Written to a terminal as they are, an escape sequence in one
//! clears the screen, writes the clipboard or sets the window's title, and an override of the writing direction shows another
//! text than the one that is there.

use std::borrow::Cow;

/// `text` without what is not visible.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_visible(*c)).collect())
    }
}

/// Whether this character may stand in a text: one that is shown, a line break, a tab, or one that scripts are written with. The
/// joiners and the marks of direction are of the last kind: Persian, Hindi and many emoji need the former, and the latter affect
/// nothing beyond their neighbours.
#[must_use]
pub const fn is_visible(c: char) -> bool {
    !matches!(c,
        // The controls of ASCII and of ISO 6429 (C0, DEL and C1), but for the tab and the line break.
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // The soft hyphen, the zero-width space and the word joiner, invisible operators, and the byte order mark.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        // Line breaks that are no line breaks to most programs.
        | '\u{2028}' | '\u{2029}'
        // Embeddings, overrides and isolates of the writing direction, and the switches that Unicode withdrew.
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Annotations within the line, and tags.
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_or_hides_text_is_left_out() {
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
    fn what_people_write_is_kept() {
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
