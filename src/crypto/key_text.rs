//! Keys as a text: one key per line, a name and 64 hexadecimal digits. The first is active. `#`
//! begins a comment.

use zeroize::Zeroizing;

use super::cipher::KEY_BYTES;
use super::wrapping_keys::{WrappingKey, WrappingKeys};
use super::{Error, KeyId, KeySource};

/// The keys in a text. Errors never hold text of a line.
pub(super) fn parse(origin: &KeySource, text: &str) -> Result<WrappingKeys, Error> {
    let mut keys = Vec::<WrappingKey>::new();
    for (index, line) in text.lines().enumerate() {
        let line = stripped(line);
        if line.is_empty() {
            continue;
        }
        let wrong = |problem| Error::NotAKey {
            origin: origin.clone(),
            line: index.saturating_add(1),
            problem,
        };
        let key = key(line).map_err(wrong)?;
        if keys.iter().any(|other| other.id == key.id) {
            return Err(wrong("its name is on an earlier line, too"));
        }
        keys.push(key);
    }
    let mut keys = keys.into_iter();
    let active = keys.next().ok_or_else(|| Error::NoKey(origin.clone()))?;
    Ok(WrappingKeys {
        active,
        others: keys.collect(),
    })
}

/// The line of a key.
pub(super) fn line(key: &WrappingKey) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::with_capacity(128));
    line.push_str(key.id.as_str());
    line.push(' ');
    for nibble in key.bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
        line.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
    }
    line.push('\n');
    line
}

/// The text with `line` at its end: a key that only opens.
pub(super) fn with_last(text: &str, line: &str) -> Zeroizing<String> {
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    joined(&[text, end, line])
}

/// The text with `line` before its first key: the active key.
pub(super) fn with_first(text: &str, line: &str) -> Zeroizing<String> {
    let comments: usize = text
        .split_inclusive('\n')
        .take_while(|line| stripped(line).is_empty())
        .map(str::len)
        .sum();
    match text.split_at_checked(comments) {
        Some((comments, keys)) if !keys.is_empty() => joined(&[comments, line, keys]),
        _ => with_last(text, line),
    }
}

/// The text without the line of the key `id`, and that line.
pub(super) fn without(text: &str, id: &KeyId) -> (Zeroizing<String>, Zeroizing<String>) {
    let (mut rest, mut taken) = (Vec::new(), Vec::new());
    for line in text.split_inclusive('\n') {
        let name = stripped(line).split_whitespace().next();
        if name == Some(id.as_str()) {
            taken.push(line);
        } else {
            rest.push(line);
        }
    }
    let mut line = joined(&taken);
    if !line.is_empty() && !line.ends_with('\n') {
        line = joined(&[&line, "\n"]);
    }
    (joined(&rest), line)
}

/// A line without its comment and the space around it.
fn stripped(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

/// Concatenates in one allocation, so that no copy of a key is left behind in a shorter one.
fn joined(parts: &[&str]) -> Zeroizing<String> {
    Zeroizing::new(parts.concat())
}

fn key(line: &str) -> Result<WrappingKey, &'static str> {
    let mut parts = line.split_whitespace();
    let (Some(name), Some(hex), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("it must be a name and 64 hexadecimal digits");
    };
    let id = name
        .parse()
        .map_err(|_| "its name must be 1 to 32 letters, digits, dashes, dots or underscores")?;
    let bytes = from_hex(hex).ok_or("its second part must be 64 hexadecimal digits")?;
    Ok(WrappingKey { id, bytes })
}

fn from_hex(hex: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    if hex.len() != KEY_BYTES * 2 {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        let digit = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTING: KeySource = KeySource::Setting("encryption.keys");

    fn names(text: &str) -> Vec<String> {
        let keys = parse(&SETTING, text).unwrap();
        keys.iter().map(|key| key.id.to_string()).collect()
    }

    #[test]
    fn the_first_key_is_the_active_one() {
        let (one, other) = ("11".repeat(32), "Ab".repeat(32));
        let text = format!("# rotated\n\nnew {other} # now\n  old {one}");
        assert_eq!(names(&text), ["new", "old"]);
    }

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        let key = WrappingKey::random().unwrap();
        let read = parse(&SETTING, &line(&key)).unwrap();
        assert!(read.active == key && read.others.is_empty());
    }

    #[test]
    fn the_error_for_an_invalid_line_does_not_repeat_its_text() {
        let canary = "c0ffee".repeat(10);
        let good = format!("a {}", "11".repeat(32));
        for bad in [
            canary.clone(),
            format!("a {canary}"),
            format!("a/b {canary}abcd"),
            good.clone(),
            format!("b {canary}zzzz"),
        ] {
            let error = parse(&SETTING, &format!("{good}\n{bad}\n")).unwrap_err();
            assert!(matches!(error, Error::NotAKey { line: 2, .. }), "{error}");
            let text = format!("{error} {error:?}");
            assert!(text.contains("line 2 of encryption.keys"), "{text}");
            assert!(!text.contains(&canary), "{text}");
        }
        let error = parse(&SETTING, "# nothing\n").unwrap_err();
        assert!(matches!(error, Error::NoKey(_)), "{error}");
    }

    #[test]
    fn keys_are_added_moved_and_removed_and_comments_stay() {
        let line = |name: &str| format!("{name} {}\n", "11".repeat(32));
        let (a, b, c) = (line("a"), line("b"), line("c"));
        let text = format!("# head\n{a}# between\n{}", b.trim_end());
        let added = with_last(&text, &c);
        assert_eq!(*added, format!("# head\n{a}# between\n{b}{c}"));
        let (rest, taken) = without(&text, &"b".parse().unwrap());
        assert_eq!((&*rest, &*taken), (&format!("# head\n{a}# between\n"), &b));
        assert_eq!(
            *with_first(&rest, &taken),
            format!("# head\n{b}{a}# between\n")
        );
        let (rest, taken) = without(&text, &"z".parse().unwrap());
        assert_eq!((rest.as_str(), taken.as_str()), (text.as_str(), ""));
        assert_eq!(*with_first("# head", &a), format!("# head\n{a}"));
    }
}
