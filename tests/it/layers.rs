//! Dependencies between the modules of the service have one direction. Read from the source; the
//! dependencies of the other crates are in their `Cargo.toml`, except for the parts of `std` that
//! do I/O.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules that each module may use. Every module may use `util`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("util", &[]),
    ("proto", &[]),
    ("crypto", &[]),
    ("telemetry", &[]),
    ("http_server", &[]),
    ("graph", &["telemetry"]),
    ("store", &["crypto", "telemetry"]),
    ("auth", &["store"]),
    ("admin", &["store"]),
    ("engine", &["graph", "store", "telemetry"]),
    (
        "config",
        &[
            "api",
            "auth",
            "engine",
            "graph",
            "http_server",
            "store",
            "telemetry",
        ],
    ),
    (
        "api",
        &[
            "admin",
            "auth",
            "engine",
            "http_server",
            "proto",
            "store",
            "telemetry",
        ],
    ),
    ("ops", &["engine", "http_server", "store", "telemetry"]),
    (
        "app",
        &[
            "api",
            "auth",
            "config",
            "crypto",
            "engine",
            "graph",
            "http_server",
            "store",
            "telemetry",
        ],
    ),
    (
        "lifecycle",
        &["api", "app", "config", "engine", "ops", "store"],
    ),
    (
        "cli",
        &[
            "api",
            "app",
            "config",
            "crypto",
            "lifecycle",
            "proto",
            "store",
            "telemetry",
        ],
    ),
];

/// Parts of `std` that the domain must not use.
const OUTSIDE_WORLD: &[&str] = &[
    "std::net",
    "std::fs",
    "std::env",
    "std::thread",
    "std::time::Instant",
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

/// All source files in `folder`: module, path, and code without comments.
fn sources(folder: &str) -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    rust_files(&src)
        .into_iter()
        .filter(|path| {
            !path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        })
        .map(|path| {
            let module = path
                .strip_prefix(&src)
                .unwrap()
                .iter()
                .next()
                .unwrap()
                .to_str()
                .unwrap();
            let module = module.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            // Comments may name any module, and a module's own tests may build what they need.
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (module, path, code)
        })
        .collect()
}

/// The modules that `code` names: `crate::module::…` and `use crate::{module, other::…}`.
fn named(code: &str) -> BTreeSet<String> {
    let first_name = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut modules = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // Not `$crate`, `pub(crate)` or a longer name that ends in `crate`.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => modules.extend([first_name(rest)]),
            Some(group) => {
                let mut depth = 0;
                for item in group.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        modules.extend([first_name(item.trim_start())]);
                    }
                    depth += i32::from(item.ends_with('{')) - i32::from(item.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    modules.remove("");
    modules
}

#[test]
fn dependencies_of_modules_have_one_direction() {
    let mut wrong = Vec::new();
    for (module, path, code) in sources("src") {
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("a new module: {module}"));
        for used in named(&code) {
            let is_module = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_module && used != module && used != "util" && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_does_no_io() {
    for (_, path, code) in sources("crates/domain/src") {
        for used in OUTSIDE_WORLD {
            assert!(!code.contains(used), "{} uses {used}", path.display());
        }
    }
}

#[test]
fn endpoints_take_the_tenant_from_the_caller_only() {
    for (module, path, code) in sources("src/api") {
        // Tests may name a tenant.
        let product = code.split("#[cfg(test)]").next().unwrap();
        let ways = [
            "TenantId::default_tenant",
            "TenantId::from_stored",
            "parse::<TenantId>",
        ];
        let names = ways.iter().any(|way| product.contains(way));
        assert!(!names, "api/{module}: {} names a tenant", path.display());
    }
}

#[test]
fn used_modules_are_found_in_every_notation() {
    let code = "use crate::{graph, store::{self, Lease}};\nlet x = crate::engine::Engine;\nmacro: $crate::cli";
    assert_eq!(
        named(code),
        ["engine", "graph", "store"].map(str::to_owned).into()
    );
}
