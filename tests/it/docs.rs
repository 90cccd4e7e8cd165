//! The documents say what is true: what the program points to is there, and its tables are whole.

use std::fs;
use std::path::Path;

use waba_migrator::api;
use waba_migrator::migration::{Reason, Remedy};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The anchor that a heading gets where Markdown is shown.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn each_remedy_has_its_place_in_the_guide() {
    let guide = read("docs/preparing-a-number.md");
    let anchors: Vec<String> = guide
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(anchor)
        .collect();
    for remedy in Remedy::ALL {
        let (file, wanted) = remedy.documentation().split_once('#').unwrap();
        assert_eq!(file, "docs/preparing-a-number.md");
        let places = anchors.iter().filter(|anchor| *anchor == wanted).count();
        assert_eq!(places, 1, "{wanted}");
    }
}

#[test]
fn each_fault_stands_in_the_table_of_faults() {
    let table = read("docs/faults.md");
    for reason in Reason::ALL {
        let row = table
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", reason.as_str())));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/faults.md", reason.as_str()));
        assert!(row.contains(reason.sentence()), "{row}");
        let disposition = serde_json::to_value(reason.disposition()).unwrap();
        assert!(
            row.contains(&format!("| `{}` |", disposition.as_str().unwrap())),
            "{row}"
        );
        for remedy in reason.remedies() {
            assert!(
                row.contains(remedy.as_str()),
                "{row} lacks {}",
                remedy.as_str()
            );
        }
    }
}

#[test]
fn each_error_reason_stands_in_the_readme() {
    let readme = read("README.md");
    for reason in api::Reason::ALL {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", reason.as_str())));
        let row = row.unwrap_or_else(|| panic!("{} is not in the README", reason.as_str()));
        assert!(row.contains(reason.sentence()), "{row}");
    }
}

#[test]
fn each_rpc_stands_in_the_readme() {
    let (readme, contract) = (
        read("README.md"),
        read("proto/waba/migration/v1/migration_service.proto"),
    );
    for rpc in contract
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc "))
    {
        let name = rpc.split('(').next().unwrap();
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "{name} is not in the README"
        );
    }
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in [
        "README.md",
        "docs/architecture.md",
        "docs/keys.md",
        "docs/postgresql.md",
        "docs/sandbox.md",
        "docs/operations.md",
        "docs/preparing-a-number.md",
        "docs/faults.md",
        "docs/tenants.md",
        "docs/authentication.md",
    ] {
        let text = read(document);
        let folder = root.join(document).parent().unwrap().to_owned();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            if target.starts_with("http") || target.starts_with("mailto") {
                continue;
            }
            let (file, wanted) = target
                .split_once('#')
                .map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let path = if file.is_empty() {
                root.join(document)
            } else {
                folder.join(file)
            };
            let there = fs::read_to_string(&path)
                .unwrap_or_else(|_| panic!("{document} links to {target}"));
            if let Some(wanted) = wanted {
                let found = there
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == wanted);
                assert!(found, "{document} links to {target}");
            }
        }
    }
}
