//! The arrows between the rooms of the house run one way, and the domain knows no machinery. Read from the source
//! itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use of the others. A room that is not named is a mistake of this list.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cache", &[]),
    ("clock", &[]),
    ("hangup", &[]),
    ("loopback", &[]),
    ("visible", &[]),
    ("crypto", &["hangup"]),
    ("migration", &[]),
    ("tenancy", &["migration"]),
    ("proto", &[]),
    ("sandbox", &[]),
    ("telemetry", &["clock"]),
    (
        "auth",
        &[
            "cache",
            "clock",
            "loopback",
            "migration",
            "store",
            "tenancy",
        ],
    ),
    (
        "config",
        &["auth", "loopback", "migration", "telemetry", "tenancy"],
    ),
    (
        "graph",
        &[
            "cache",
            "clock",
            "loopback",
            "migration",
            "telemetry",
            "visible",
        ],
    ),
    (
        "store",
        &[
            "clock",
            "crypto",
            "loopback",
            "migration",
            "telemetry",
            "tenancy",
        ],
    ),
    (
        "engine",
        &[
            "cache",
            "clock",
            "graph",
            "migration",
            "store",
            "telemetry",
            "tenancy",
        ],
    ),
    ("wire", &["clock", "hangup"]),
    (
        "api",
        &[
            "auth",
            "clock",
            "engine",
            "migration",
            "proto",
            "store",
            "telemetry",
            "tenancy",
            "wire",
        ],
    ),
    ("ops", &["clock", "engine", "store", "telemetry", "wire"]),
    (
        "app",
        &[
            "api",
            "auth",
            "clock",
            "config",
            "crypto",
            "engine",
            "graph",
            "migration",
            "store",
            "telemetry",
            "tenancy",
            "wire",
        ],
    ),
    (
        "lifecycle",
        &["api", "app", "clock", "config", "engine", "ops", "store"],
    ),
    (
        "cli",
        &[
            "api",
            "app",
            "clock",
            "config",
            "crypto",
            "hangup",
            "lifecycle",
            "loopback",
            "migration",
            "proto",
            "sandbox",
            "store",
            "telemetry",
            "tenancy",
            "visible",
        ],
    ),
];

/// The rooms of the domain.
const PURE: &[&str] = &["migration", "tenancy"];

/// What the domain must never know.
const MACHINERY: &[&str] = &[
    "tokio",
    "sqlx",
    "rusqlite",
    "tonic",
    "reqwest",
    "axum",
    "tracing",
    "std::net",
    "std::fs",
    "std::env",
    "std::thread",
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    rust_files(&src)
        .into_iter()
        // A room's own tests may build what they need.
        .filter(|path| {
            !path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        })
        .map(|path| {
            let room = path
                .strip_prefix(&src)
                .unwrap()
                .iter()
                .next()
                .unwrap()
                .to_str()
                .unwrap();
            let room = room.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            // Comments may speak of anything.
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (room, path, code)
        })
        .collect()
}

/// The rooms that `code` names: `crate::room::…` and `use crate::{room, other::…}`.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate`, `pub(crate)` and a longer name that ends in `crate` are something else.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.extend([word(rest)]),
            Some(group) => {
                let mut depth = 0;
                for item in group.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        rooms.extend([word(item.trim_start())]);
                    }
                    depth += i32::from(item.ends_with('{')) - i32::from(item.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    rooms.remove("");
    rooms
}

#[test]
fn the_arrows_run_one_way() {
    let mut wrong = Vec::new();
    for (room, path, code) in sources() {
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("a new room: {room}"));
        for used in named(&code) {
            let is_room = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_room && used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_knows_no_machinery() {
    for (room, path, code) in sources() {
        if !PURE.contains(&room.as_str()) {
            continue;
        }
        for machinery in MACHINERY {
            let named = code.match_indices(machinery).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let after = &code[at + machinery.len()..];
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && after.starts_with("::")
            });
            assert!(!named, "{} uses {machinery}", path.display());
        }
    }
}

#[test]
fn the_doors_name_no_tenant_themselves() {
    for (room, path, code) in sources() {
        // Their tests may: what stands before those is the door.
        let door = code.split("#[cfg(test)]").next().unwrap();
        let ways = [
            "TenantId::default_tenant",
            "TenantId::from_stored",
            "parse::<TenantId>",
        ];
        let names = ways.iter().any(|way| door.contains(way));
        assert!(room != "api" || !names, "{} names a tenant", path.display());
    }
}

#[test]
fn the_reader_of_this_test_finds_what_it_looks_for() {
    let code = "use crate::{graph, store::{self, Lease}};\nlet x = crate::engine::Engine;\nmacro: $crate::cli";
    assert_eq!(
        named(code),
        ["engine", "graph", "store"].map(str::to_owned).into()
    );
}
