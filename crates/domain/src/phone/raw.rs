//! The digits of a phone number as it was written, before its country is known.
//!
//! People copy numbers from contact lists, web pages and chats: with digits of their own script,
//! marks of text direction, and spaces and dashes of every kind.

/// The digits of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawNumber {
    /// Whether a plus sign precedes them.
    pub(super) plus: bool,
    /// The digits, in ASCII.
    pub(super) digits: String,
    /// The index of a zero in parentheses among the digits: "+44 (0)20 …".
    pub(super) bracketed_zero: Option<usize>,
}

/// The digit zero of each decimal script; the other nine follow it.
const ZEROS: [char; 35] = [
    '0',
    '\u{0660}',  // Arabic-Indic
    '\u{06f0}',  // Persian and Urdu
    '\u{07c0}',  // N'Ko
    '\u{0966}',  // Devanagari
    '\u{09e6}',  // Bengali
    '\u{0a66}',  // Gurmukhi
    '\u{0ae6}',  // Gujarati
    '\u{0b66}',  // Odia
    '\u{0be6}',  // Tamil
    '\u{0c66}',  // Telugu
    '\u{0ce6}',  // Kannada
    '\u{0d66}',  // Malayalam
    '\u{0de6}',  // Sinhala
    '\u{0e50}',  // Thai
    '\u{0ed0}',  // Lao
    '\u{0f20}',  // Tibetan
    '\u{1040}',  // Burmese
    '\u{1090}',  // Shan
    '\u{17e0}',  // Khmer
    '\u{1810}',  // Mongolian
    '\u{19d0}',  // New Tai Lue
    '\u{1b50}',  // Balinese
    '\u{1bb0}',  // Sundanese
    '\u{1c50}',  // Ol Chiki
    '\u{a9d0}',  // Javanese
    '\u{abf0}',  // Meetei Mayek
    '\u{ff10}',  // fullwidth
    '\u{1e950}', // Adlam
    // Mathematical: bold, double-struck, sans-serif, sans-serif bold, monospace. Used as ornament.
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{11066}', // Brahmi
];

/// Schemes before a number that was copied from a link or from another provider's API.
const SCHEMES: [&str; 2] = ["tel:", "whatsapp:"];

impl RawNumber {
    /// Reads the text; `None` if it contains anything besides digits, a leading plus and
    /// separators.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let mut written = Self {
            plus: false,
            digits: String::new(),
            bracketed_zero: None,
        };
        let mut opened = None;
        for c in without_scheme(text).chars() {
            if let Some(digit) = digit(c) {
                written.digits.push(digit);
                continue;
            }
            match c {
                '+' | '\u{ff0b}' | '\u{fe62}' | '\u{207a}'
                    if !written.plus && written.digits.is_empty() =>
                {
                    written.plus = true;
                }
                '(' | '\u{ff08}' => opened = Some(written.digits.len()),
                ')' | '\u{ff09}' => {
                    let inside = opened.take().filter(|at| *at > 0);
                    let zero = inside.filter(|at| written.digits.get(*at..) == Some("0"));
                    written.bracketed_zero = written.bracketed_zero.or(zero);
                }
                _ if is_separator(c) || is_invisible(c) => {}
                _ => return None,
            }
        }
        Some(written)
    }
}

fn without_scheme(text: &str) -> &str {
    let rest = SCHEMES.iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.unwrap_or(text)
}

/// The ASCII digit for a decimal digit of any script.
fn digit(c: char) -> Option<char> {
    ZEROS.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        char::from_digit(value, 10)
    })
}

/// Spaces, dashes, dots and slashes. Not line breaks: they separate two numbers.
fn is_separator(c: char) -> bool {
    match c {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => false,
        '-'
        | '.'
        | '/'
        | '\u{b7}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{ff0e}'
        | '\u{ff0f}' => true,
        _ => c.is_whitespace(),
    }
}

/// Invisible characters: soft hyphen, marks of text direction, joiners, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Option<String> {
        RawNumber::read(text).map(|written| written.digits)
    }

    #[test]
    fn digits_of_every_script_are_read() {
        for zero in ZEROS {
            let ten: String = (0..10)
                .map(|value| char::from_u32(u32::from(zero) + value).unwrap())
                .collect();
            assert_eq!(digits(&ten).as_deref(), Some("0123456789"), "{ten}");
        }
    }

    #[test]
    fn what_is_neither_a_digit_nor_a_separator_is_refused() {
        for text in [
            "12a", "12,34", "12;ext=3", "12 #3", "+1+2", "1+2", "12\n34", "⑫", "½",
        ] {
            assert_eq!(RawNumber::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_zero_in_parentheses_after_other_digits_is_remembered() {
        let at = |text| RawNumber::read(text).unwrap().bracketed_zero;
        assert_eq!(at("+44 (0)20 7946 0958"), Some(2));
        assert_eq!(at("+44 ( 0 ) 20 7946 0958"), Some(2));
        assert_eq!(at("(0)20 7946 0958"), None);
        assert_eq!(at("+44 (020) 7946 0958"), None);
    }

    #[test]
    fn schemes_are_ignored() {
        assert_eq!(
            digits("tel:+1-202-555-0123").as_deref(),
            Some("12025550123")
        );
        assert_eq!(
            digits("WhatsApp:+12025550123").as_deref(),
            Some("12025550123")
        );
        assert_eq!(digits("mailto:12"), None);
    }
}
