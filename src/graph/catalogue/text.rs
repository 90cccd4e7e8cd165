//! Normalises Meta's texts for comparison, in any language and spelling.

use unicode_normalization::UnicodeNormalization;

/// `text` in lower case, without accents and other marks, with plain quotes, hyphens and digits,
/// and with single spaces. Line breaks stay.
pub(super) fn normalised(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for c in text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_mark(*c))
    {
        match c {
            'ı' => normal.push('i'),
            'ø' => normal.push('o'),
            'ł' => normal.push('l'),
            'đ' | 'ð' => normal.push('d'),
            'ß' => normal.push_str("ss"),
            'æ' => normal.push_str("ae"),
            'œ' => normal.push_str("oe"),
            // Arabic letters that are interchangeable with another one of the same sound or shape.
            'ى' | 'ی' => normal.push('ي'),
            'ة' => normal.push('ه'),
            'ک' => normal.push('ك'),
            // Both mark a nasal vowel in Hindi.
            'ँ' => normal.push('ं'),
            '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2bc}' | '`' => normal.push('\''),
            '\u{201c}'..='\u{201f}' | '«' | '»' | '\u{2033}' => normal.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => normal.push('-'),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                trim_end(&mut normal);
                if !normal.ends_with('\n') {
                    normal.push('\n');
                }
            }
            c if c.is_whitespace() => {
                if !normal.ends_with([' ', '\n']) {
                    normal.push(' ');
                }
            }
            c => normal.push(digit(c).unwrap_or(c)),
        }
    }
    trim_end(&mut normal);
    normal
}

/// Whether it only modifies another character or the layout: accents, Arabic vowels, the dot below
/// of Hindi, joiners and direction marks.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{93c}' | '\u{ad}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The ASCII digit for an Arabic, Persian or Devanagari digit. Full-width digits are ASCII already.
fn digit(c: char) -> Option<char> {
    let zeros = ['\u{660}', '\u{6f0}', '\u{966}'];
    let values = zeros.map(|zero| u32::from(c).checked_sub(u32::from(zero)));
    let value = values.into_iter().flatten().find(|value| *value < 10)?;
    char::from_digit(value, 10)
}

fn trim_end(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
}

/// Whether `text` contains `word`. In Latin script it must be at the start of a word, so that `app`
/// does not match `whatsapp`, and its end is free, so that a stem matches every form. With the
/// prefix
/// `=` it must be a whole word.
///
/// Arabic and Hindi words may be prefixed by other words, and match anywhere.
pub(super) fn holds(text: &str, word: &str) -> bool {
    let (word, whole) = match word.strip_prefix('=') {
        Some(word) => (word, true),
        None => (word, false),
    };
    let apart = word.starts_with(|c: char| c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + found.len()..)
            .and_then(|after| after.chars().next());
        let is_start = !apart || !before.is_some_and(char::is_alphanumeric);
        is_start && !(whole && after.is_some_and(char::is_alphanumeric))
    })
}

/// Whether `text` matches the pattern `wanted`: words of [`holds`], separated by `|`, of which one
/// must match, in groups separated by `&`, which all must match. A group after `!` must not match.
pub(super) fn says(text: &str, wanted: &str) -> bool {
    let group = |group: &str| match group.trim().strip_prefix('!') {
        Some(unwanted) => !words(unwanted).any(|word| holds(text, word)),
        None => words(group).any(|word| holds(text, word)),
    };
    wanted.split('&').all(group)
}

/// The words of a group.
pub(super) fn words(group: &str) -> impl Iterator<Item = &str> {
    group.split('|').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_normalised() {
        for (text, expected) in [
            ("Não  foi\u{a0}possível", "nao foi possivel"),
            // The same with combining accents.
            ("Na\u{303}o foi possi\u{301}vel", "nao foi possivel"),
            ("doesn\u{2019}t", "doesn't"),
            (
                "\u{201c}Messaging For\u{201d} \u{2013} «x»",
                "\"messaging for\" - \"x\"",
            ),
            ("DOĞRULAMA İşlemi ısı", "dogrulama islemi isi"),
            ("Straße Übertragung Œuvre", "strasse ubertragung oeuvre"),
            ("طريقةُ الدفعِ إلى أيّ", "طريقه الدفع الي اي"),
            ("फ़ोन नंबर जोड़ें", "फोन नंबर जोडें"),
            ("wait ١٢ or ۱۲ or १२ or １２", "wait 12 or 12 or 12 or 12"),
            (" a \r\n\n b ", " a\nb"),
            ("zero\u{200b}width", "zerowidth"),
        ] {
            assert_eq!(normalised(text), expected, "{text}");
        }
    }

    #[test]
    fn a_pattern_matches_at_the_start_of_a_word() {
        assert!(holds("the app is disabled", "app is"));
        assert!(!holds("whatsapp is disabled", "app is"));
        assert!(holds("deactivated", "deactivat"));
        assert!(holds("no method", "=no"));
        assert!(!holds("normal method", "=no"));
        assert!(holds("للطريقه الدفع", "طريقه"));
    }

    #[test]
    fn every_group_must_match_and_no_unwanted_word() {
        let wanted = "payment|credit & not|=no & !permission";
        assert!(says("a credit line is not there", wanted));
        assert!(says("no payment method", wanted));
        assert!(!says("a payment method", wanted));
        assert!(!says("no permission to read the payment method", wanted));
    }
}
