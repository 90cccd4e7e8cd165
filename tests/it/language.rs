//! The language of the repository: plain English with the terms of the field, comments of at most
//! 100 columns, and one name for one type.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;

/// Words and phrases to avoid, and what to write.
const AVOID: &[(&str, &str)] = &[
    ("afresh", "again"),
    ("all that is", "everything that, or a noun"),
    ("anew", "again"),
    ("are away", "are unavailable"),
    ("be let in", "be authenticated, be authorised"),
    ("believed", "cached"),
    ("believes", "a verb for what the program does"),
    ("by then", "a point in time"),
    ("door", "endpoint, transport"),
    ("doors", "endpoints, transports"),
    ("doubt", "unconfirmed"),
    ("doubted", "unconfirmed"),
    ("ears", "subscribers"),
    ("for the sake", "for, because"),
    ("gets on", "continues"),
    ("goes away", "disconnects, is unavailable"),
    ("heard", "received"),
    ("hears", "receives"),
    ("hither", "a standard word"),
    ("in the house", "in the module, in the crate"),
    ("is away", "is unavailable"),
    ("is let in", "is authenticated, is authorised"),
    ("lets in", "authenticates, authorises"),
    ("lets us in", "accepts the credentials"),
    ("made up", "random, invalid, fuzzed"),
    ("made-up", "random, invalid, fuzzed"),
    ("makes up for", "compensates"),
    ("mend", "fix, remedy"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("mends", "fixes"),
    ("nobody", "no caller, no process, nothing"),
    ("of its own accord", "by itself"),
    ("of the house", "of the module, of the crate"),
    ("said so", "reported it"),
    ("say so", "report it"),
    ("says so", "reports it"),
    ("so many", "this number of, a limit"),
    ("so often", "this often, a limit"),
    ("somebody", "a caller, a person"),
    ("stand-in", "fake, test server, sandbox"),
    ("stands still", "is stuck"),
    ("stranger", "unauthenticated client, untrusted input"),
    ("strangers", "unauthenticated clients, untrusted input"),
    ("that which", "a noun"),
    ("thereby", "a standard word"),
    ("therein", "a standard word"),
    ("thereof", "a standard word"),
    ("those that are", "a noun"),
    ("told", "returned, logged, reported"),
    ("went away", "disconnected"),
    ("what is so", "a noun"),
    ("whereof", "a standard word"),
    ("whoever", "the caller that"),
    ("whosever", "any, of any"),
];

/// Paths, or an empty one for all; texts with a word of [`AVOID`] that may stay there; reasons.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("", "to_do_anew", "a field of the published contract"),
    ("", "toDoAnew", "a field of the published contract"),
    (
        "tests/postgres",
        "runuser -u nobody",
        "the name of a system user",
    ),
    (
        "tests/postgres",
        "chown -R nobody",
        "the name of a system user",
    ),
];

const PLACES: &[&str] = &[
    ".ci",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "Dockerfile",
    "README.md",
    "SECURITY.md",
    "benches",
    "build.rs",
    "buf.yaml",
    "clippy.toml",
    "compose.yaml",
    "crates",
    "deny.toml",
    "docs",
    "fuzz",
    "helm",
    "packaging",
    "proto",
    "src",
    "tests",
];

/// Files and folders that are not written by hand, and this file.
const SKIPPED: &[&str] = &[
    "Cargo.lock",
    "__pycache__",
    "artifacts",
    "corpus",
    "language.rs",
    "node_modules",
    "package-lock.json",
    "proptest-regressions",
    "requirements.txt",
    "seeds",
    "target",
];

/// Maximum length of a comment line, in characters.
const COLUMNS: usize = 100;

/// Words of at least this length, such as URLs, make a comment line exempt.
const UNBREAKABLE: usize = 60;

fn files_below(path: PathBuf, files: &mut Vec<PathBuf>) {
    let name = path.file_name().unwrap_or_default();
    if SKIPPED.iter().any(|skipped| name == *skipped) {
        return;
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files_below(entry.unwrap().path(), files);
        }
    } else if path.exists() {
        files.push(path);
    }
}

/// Every text file of the repository: its path, and its text.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for place in PLACES {
        files_below(root.join(place), &mut files);
    }
    files.sort();
    let text = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        let path = path.strip_prefix(root).unwrap();
        Some((path.display().to_string(), text))
    };
    files.into_iter().filter_map(text).collect()
}

/// The line in lower case, with spaces for `_` and between the words of `CamelCase`.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut before = ' ';
    for c in line.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            plain.push(' ');
        }
        plain.extend(if c == '_' { ' ' } else { c }.to_lowercase());
        before = c;
    }
    plain
}

/// Finds the phrases of [`AVOID`] between word boundaries in a line, as [`plain`] returns it.
struct Search(AhoCorasick);

impl Search {
    fn new() -> Self {
        let phrases = AVOID.iter().map(|(phrase, _)| phrase);
        Self(AhoCorasick::new(phrases).unwrap())
    }

    fn found(&self, line: &str) -> Vec<&'static (&'static str, &'static str)> {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let matches = self.0.find_overlapping_iter(line);
        let between_boundaries = matches.filter(|found| {
            let before = line[..found.start()].chars().next_back();
            let after = line[found.end()..].chars().next();
            !is_word(before) && !is_word(after)
        });
        between_boundaries
            .map(|found| &AVOID[found.pattern().as_usize()])
            .collect()
    }
}

#[test]
fn words_are_found_in_every_notation() {
    let search = Search::new();
    let words = |line: &str| -> Vec<&str> {
        let found = search.found(&plain(line));
        found.into_iter().map(|(phrase, _)| *phrase).collect()
    };
    for line in [
        "It is told.",
        "fn what_was_told_once()",
        "struct ToldOnce;",
        "TOLD",
    ] {
        assert_eq!(words(line), ["told"], "{line}");
    }
    assert_eq!(words("that_goes_away"), ["goes away"]);
    assert_eq!(words("an untold, toldish"), [""; 0]);
}

#[test]
fn words_of_a_private_vocabulary_are_avoided() {
    let search = Search::new();
    let mut found = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let is_exempt = EXCEPTIONS
                .iter()
                .any(|(file, text, _)| path.starts_with(file) && line.contains(text));
            if is_exempt {
                continue;
            }
            let avoided = search.found(&plain(line));
            found.extend(avoided.iter().map(|(phrase, better)| {
                format!("{path}:{}: {phrase} (write: {better})", number + 1)
            }));
        }
    }
    assert!(found.is_empty(), "{}\n{}", found.join("\n"), found.len());
}

/// What a comment line of this file starts with.
fn comment_marks(path: &str) -> &'static [&'static str] {
    match Path::new(path).extension().and_then(|it| it.to_str()) {
        Some("rs" | "proto" | "js") => &["//"],
        Some("sql") => &["--"],
        Some("md" | "json" | "txt" | "tpl") => &[],
        _ => &["#"],
    }
}

#[test]
fn comments_are_at_most_100_columns_wide() {
    let mut found = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let start = line.trim_start();
            let is_comment = comment_marks(&path)
                .iter()
                .any(|mark| start.starts_with(mark));
            let breakable = line.split_whitespace().all(|word| word.len() < UNBREAKABLE);
            if is_comment && breakable && line.chars().count() > COLUMNS {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}\n{}", found.join("\n"), found.len());
}

/// The name of the public type that a line declares.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(") ")?.1,
        None => rest.strip_prefix(' ')?,
    };
    let (keyword, rest) = rest.split_once(' ')?;
    let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
    matches!(keyword, "struct" | "enum" | "trait" | "type").then_some(name)
}

/// Both stores have the same structure.
fn store_twin(path: &str) -> String {
    path.replace("store/sqlite/", "store/postgres/")
        .replace("store/sqlite.rs", "store/postgres.rs")
}

#[test]
fn public_types_of_a_crate_have_distinct_names() {
    const SHARED: [&str; 2] = ["Error", "Settings"];
    let mut found = Vec::new();
    let texts = texts();
    for home in ["src/", "crates/domain/src/", "crates/sandbox/src/"] {
        let mut declared: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (path, text) in texts.iter().filter(|(path, _)| path.starts_with(home)) {
            if path.split('/').any(|part| part.starts_with("tests")) {
                continue;
            }
            let code = text.split("#[cfg(test)]\nmod").next().unwrap();
            for name in code.lines().filter_map(public_type) {
                let places = declared.entry(name).or_default();
                let place = store_twin(path);
                if !SHARED.contains(&name) && !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        let twice = declared.into_iter().filter(|(_, places)| places.len() > 1);
        found.extend(twice.map(|(name, places)| format!("{name}: {}", places.join(", "))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
