//! What must not be found, in every form in which it might stand somewhere.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// So much of a long secret is as bad as the whole.
const PART: usize = 12;

/// Lines of the log that count bytes, in many forms: those of HTTP/2, which tell no content. They come by any six digits
/// sooner or later.
const COUNTS_BYTES: &str = "\"target\":\"h2::";

/// What is searched for.
#[derive(Default)]
pub struct Needles(Vec<Needle>);

/// One form of one secret.
struct Needle {
    what: String,
    bytes: Vec<u8>,
    /// It is of digits alone, and means nothing as a part of a longer number, of an id or of a time.
    is_digits: bool,
}

/// Needles in the order of their search.
pub struct Ready {
    needles: Vec<Needle>,
    search: AhoCorasick,
}

impl Needles {
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn add(&mut self, what: &str, bytes: impl Into<Vec<u8>>, is_digits: bool) {
        self.0.push(Needle {
            what: what.to_owned(),
            bytes: bytes.into(),
            is_digits,
        });
    }

    /// A long secret: any part of it, in hexadecimal and in base64 too.
    pub fn text(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 2 * PART, "{secret} is short");
        let secret = secret.as_bytes();
        for part in secret.chunks_exact(PART) {
            self.add(what, part, false);
            let hex = part
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            self.add(&format!("{what} in hexadecimal"), hex, false);
        }
        // Three bytes make four characters, so where it begins within three matters; its ends mix with what is around it.
        for skipped in 0..3 {
            let whole = (secret.len() - skipped) / 3 * 3;
            let text = STANDARD_NO_PAD.encode(&secret[skipped..skipped + whole]);
            self.add(&format!("{what} in base64"), text, false);
        }
    }

    /// A code or a PIN.
    pub fn digits(&mut self, what: &str, secret: &str) {
        assert!(secret.len() == 6 && secret.bytes().all(|byte| byte.is_ascii_digit()));
        self.add(what, secret, true);
    }

    /// A whole phone number, in each way that it is written.
    pub fn number(&mut self, number: &str) {
        let digits = number.trim_start_matches('+');
        self.add("a number", digits, true);
        let Some(national) = digits.strip_prefix('1') else {
            return;
        };
        let (area, exchange, line) = (&national[..3], &national[3..6], &national[6..]);
        self.add("a national number", national, true);
        for written in [
            format!("{area}-{exchange}-{line}"),
            format!("{area} {exchange} {line}"),
            format!("({area}) {exchange}-{line}"),
        ] {
            self.add("a number as Meta writes it", written, true);
        }
    }

    pub fn ready(self) -> Ready {
        let search = AhoCorasick::new(self.0.iter().map(|needle| &needle.bytes)).unwrap();
        Ready {
            needles: self.0,
            search,
        }
    }
}

impl Ready {
    /// Each needle is found where it is.
    pub fn prove(&self) {
        for needle in &self.needles {
            let bytes = [b"x ", needle.bytes.as_slice(), b"\ny"].concat();
            assert!(!self.found(&bytes).is_empty(), "{}", needle.what);
        }
    }

    /// What of it is in there, with what stands around it.
    pub fn found(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for hit in self.search.find_overlapping_iter(bytes) {
            let needle = &self.needles[hit.pattern()];
            let before = hit.start().checked_sub(1).map(|at| bytes[at]);
            let after = bytes.get(hit.end());
            let is_part = needle.is_digits
                && (before.is_some_and(|byte| byte.is_ascii_hexdigit() || byte == b'.')
                    || after.is_some_and(u8::is_ascii_hexdigit)
                    || line(bytes, hit.start()).contains(COUNTS_BYTES));
            if !is_part && found.len() < 20 {
                let from = hit.start().saturating_sub(200);
                let to = bytes.len().min(hit.end() + 60);
                let around = String::from_utf8_lossy(&bytes[from..to]);
                found.insert(format!("{} in {around:?}", needle.what));
            }
        }
        found
    }
}

/// The line that this place is in.
fn line(bytes: &[u8], at: usize) -> String {
    let is_end = |byte: &u8| *byte == b'\n';
    let start = bytes[..at]
        .iter()
        .rposition(is_end)
        .map_or(0, |end| end + 1);
    let end = bytes[at..]
        .iter()
        .position(is_end)
        .map_or(bytes.len(), |end| at + end);
    String::from_utf8_lossy(&bytes[start..end]).into_owned()
}
