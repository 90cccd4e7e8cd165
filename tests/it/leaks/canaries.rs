//! Secrets to search for, in every form in which they might appear.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Length of the parts of a long secret that must not appear, in bytes.
const PART: usize = 12;

/// Start of the log lines of HTTP/2, which count bytes and show no content. Any six digits appear
/// in them sooner or later.
const COUNTS_BYTES: &str = "\"target\":\"h2::";

/// Secrets to search for.
#[derive(Default)]
pub struct Canaries(Vec<Canary>);

/// One form of one secret.
struct Canary {
    what: String,
    bytes: Vec<u8>,
    /// Consists of digits, and is ignored within a longer number, an id or a time.
    is_digits: bool,
}

/// A prepared search.
pub struct Search {
    canaries: Vec<Canary>,
    search: AhoCorasick,
}

impl Canaries {
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn add(&mut self, what: &str, bytes: impl Into<Vec<u8>>, is_digits: bool) {
        self.0.push(Canary {
            what: what.to_owned(),
            bytes: bytes.into(),
            is_digits,
        });
    }

    /// A long secret: every part of it, in plain text, hexadecimal and base64.
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
        // Three bytes are four characters, so the offset within three matters; the ends are
        // skipped, since they mix with the bytes around the secret.
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

    /// A whole phone number, in every notation.
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

    pub fn ready(self) -> Search {
        let search = AhoCorasick::new(self.0.iter().map(|canary| &canary.bytes)).unwrap();
        Search {
            canaries: self.0,
            search,
        }
    }
}

impl Search {
    /// Each canary is found where it is.
    pub fn prove(&self) {
        for canary in &self.canaries {
            let bytes = [b"x ", canary.bytes.as_slice(), b"\ny"].concat();
            assert!(!self.found(&bytes).is_empty(), "{}", canary.what);
        }
    }

    /// What of it is in there, with what stands around it.
    pub fn found(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for hit in self.search.find_overlapping_iter(bytes) {
            let canary = &self.canaries[hit.pattern()];
            let before = hit.start().checked_sub(1).map(|at| bytes[at]);
            let after = bytes.get(hit.end());
            let is_part = canary.is_digits
                && (before.is_some_and(|byte| byte.is_ascii_hexdigit() || byte == b'.')
                    || after.is_some_and(u8::is_ascii_hexdigit)
                    || line(bytes, hit.start()).contains(COUNTS_BYTES));
            if !is_part && found.len() < 20 {
                let from = hit.start().saturating_sub(200);
                let to = bytes.len().min(hit.end() + 60);
                let around = String::from_utf8_lossy(&bytes[from..to]);
                found.insert(format!("{} in {around:?}", canary.what));
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
