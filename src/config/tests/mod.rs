mod bounds;
mod network;

use std::ffi::OsString;
use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use domain::tenancy::MetaCredentials;

impl Config {
    /// The defaults.
    pub(crate) fn defaults() -> Self {
        load(&Layers::new())
    }
}

fn load(layers: &Layers) -> Config {
    Config::load(layers).unwrap()
}

fn problems(layers: &Layers) -> Vec<String> {
    Config::load(layers)
        .unwrap_err()
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn variable(name: &str, value: &str) -> [(OsString, OsString); 1] {
    [(name.into(), value.into())]
}

#[test]
fn the_defaults_are_valid_and_equal_those_of_the_policy() {
    let config = load(&Layers::new());
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.key_file().as_deref(),
        Some("waba-migrator.db.key".as_ref())
    );
    assert_eq!(config.engine.credentials, MetaCredentials::default());
}

#[test]
fn each_source_overrides_the_one_before() {
    let key = "graph.version";
    let mut layers = Layers::new();
    assert_eq!(
        (
            load(&layers).graph.version.as_str(),
            layers.source(key).as_str()
        ),
        ("v27.0", "default")
    );
    layers = layers.toml("my.toml", "graph.version = 'v28.0'\nengine.workers = 3");
    assert_eq!(
        (
            load(&layers).graph.version.as_str(),
            layers.source(key).as_str()
        ),
        ("v28.0", "my.toml")
    );
    layers = layers.environment(variable("WABA_MIGRATOR__GRAPH__VERSION", "v29.0"));
    assert_eq!(load(&layers).graph.version.as_str(), "v29.0");
    assert_eq!(layers.source(key), "WABA_MIGRATOR__GRAPH__VERSION");
    layers = layers.set("--set", key, "v30.0");
    assert_eq!(
        (
            load(&layers).graph.version.as_str(),
            layers.source(key).as_str()
        ),
        ("v30.0", "--set")
    );
    assert_eq!(
        load(&layers).engine.workers,
        3,
        "what a later source does not name stays"
    );
}

#[test]
fn the_environment_may_set_numbers_and_texts() {
    let variables = [
        ("WABA_MIGRATOR__ENGINE__WORKERS", "7"),
        ("WABA_MIGRATOR__GRAPH__APP_ID", "012345"),
        ("WABA_MIGRATOR_SERVER", "x"),
    ];
    let config = load(
        &Layers::new().environment(variables.map(|(name, value)| (name.into(), value.into()))),
    );
    assert_eq!(
        (config.engine.workers, config.engine.credentials.app_id),
        (7, "012345".parse().ok())
    );
}

#[test]
fn all_problems_are_reported_with_key_and_source() {
    let layers = Layers::new()
        .toml("my.toml", "graf.version = 'v1'\n[graph]\nbaseurl = 'x'\ntimeout = 'soon'\n[engine]\nworkers = 'many'\nregister_limit = 10\nconfirm_base = '1m'")
        .environment(variable("WABA_MIGRATOR__SERVER__LISTEN", "0.0.0.0:8080"))
        .set("--set", "store.url", "mysql://user:hunter2@db");
    insta::assert_snapshot!(problems(&layers).join("\n"), @r#"
    graf.version (from my.toml) is not a setting. There is no such section
    graph.baseurl (from my.toml) is not a setting. Did you mean base_url?
    store.url (from --set) must be sqlite:// and a path, such as sqlite://waba-migrator.db, or postgres://user:password@host/database
    graph.timeout (from my.toml) must be a duration of whole milliseconds, such as 500ms, 10s, 5m, 72h or 14d, and is "soon"
    engine.workers (from my.toml) must be a whole number from 1 to 65536, and is "many"
    engine.register_limit (from my.toml) must be a whole number from 1 to 9, and is "10"
    engine.confirm_base (from my.toml) must not be longer than engine.confirm_cap
    server.listen (from WABA_MIGRATOR__SERVER__LISTEN) must be a loopback address, such as 127.0.0.1:8080, while no authentication is configured: every client that reaches it could move numbers. Configure auth.api_keys, auth.jwt.issuer or auth.certificates (docs/authentication.md). It is 0.0.0.0:8080
    "#);
    assert!(!problems(&layers).join(" ").contains("hunter2"));
}

#[test]
fn a_variable_that_is_almost_a_setting_is_a_warning() {
    let names = [
        "WABA_MIGRATOR_GRAPH_ACCESS_TOKEN",
        "WABA_MIGRATOR_STORE__URL",
        "WABA_MIGRATOR_ACCESS_TOKEN",
        "WABA_MIGRATOR_SERVICE_HOST",
        "WABA_MIGRATOR_API_KEY",
    ];
    let variables = names.map(|name| (name.into(), "canary".into()));
    let layers = Layers::new().environment(variables);
    assert!(layers.is_default("graph.access_token") && layers.is_default("store.url"));
    let warnings = Config::load(&layers).unwrap().warnings;
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "WABA_MIGRATOR_GRAPH_ACCESS_TOKEN has no effect: the variable of the setting \
             graph.access_token is WABA_MIGRATOR__GRAPH__ACCESS_TOKEN",
            "WABA_MIGRATOR_STORE__URL has no effect: the variable of the setting store.url is \
             WABA_MIGRATOR__STORE__URL",
        ]
    );
}

#[test]
fn a_section_is_not_a_setting_and_broken_toml_is_reported() {
    assert_eq!(
        problems(&Layers::new().set("--set", "graph", "x")),
        ["graph (from --set) is a section, not a setting"]
    );
    let broken = problems(&Layers::new().toml("my.toml", "graph = ["));
    assert!(
        broken.len() == 1 && broken[0].starts_with("my.toml is not TOML: line 1: "),
        "{broken:?}"
    );
    let text = "[graph]\naccess_token = \"EAAB-canary\nversion = \"v27.0\"";
    let broken = problems(&Layers::new().toml("my.toml", text)).join(" ");
    assert!(
        broken.contains("line 2") && !broken.contains("EAAB-canary"),
        "a line with a secret is not quoted: {broken}"
    );
    let missing = problems(&Layers::new().file(Some("/nowhere/at/all.toml".as_ref())));
    assert!(
        missing[0].starts_with("/nowhere/at/all.toml cannot be read"),
        "{missing:?}"
    );
}

#[test]
fn a_secret_may_be_in_a_file_but_not_in_two_places() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "EAAB-canary\r\n").unwrap();
    let in_file = Layers::new().set("--set", "graph.access_token_file", path.to_str().unwrap());
    let config = load(&in_file);
    assert_eq!(
        config
            .engine
            .credentials
            .access_token
            .as_ref()
            .unwrap()
            .expose(),
        "EAAB-canary"
    );
    assert!(!format!("{config:?}").contains("canary"));

    let twice =
        problems(&in_file.environment(variable("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "other")));
    assert_eq!(twice.len(), 1);
    assert!(
        twice[0].contains("excludes graph.access_token") && !twice[0].contains("other"),
        "{twice:?}"
    );
    let nowhere = problems(&Layers::new().set("--set", "graph.app_secret_file", "/nowhere"));
    assert!(
        nowhere[0].starts_with("graph.app_secret_file (from --set) names \"/nowhere\""),
        "{nowhere:?}"
    );
}

#[test]
fn keys_come_from_a_file_or_from_text_but_not_from_both() {
    let text = "k canary";
    let keys = Layers::new().environment(variable("WABA_MIGRATOR__ENCRYPTION__KEYS", text));
    let config = load(&keys);
    assert_eq!(config.encryption.keys.as_ref().unwrap().expose(), text);
    assert_eq!(config.key_file(), None, "no file is looked for");
    let shown = format!("{config:?} {:?}", keys.settings());
    assert!(!shown.contains("canary"), "{shown}");
    let both = problems(&keys.set("--set", "encryption.key_file", "/run/keys"));
    assert_eq!(
        both,
        [
            "encryption.key_file (from --set) excludes encryption.keys, which is set too (from WABA_MIGRATOR__ENCRYPTION__KEYS): \
             keep one of them"
        ]
    );
}

#[test]
fn settings_in_force_are_shown_with_their_source_and_without_secrets() {
    let layers = Layers::new()
        .set("--set", "graph.app_secret", "canary")
        .toml("my.toml", "graph.timeout = '5s'");
    let settings = layers.settings();
    assert!(
        settings
            .iter()
            .all(|setting| !setting.value.contains("canary"))
    );
    let find = |key: &str| settings.iter().find(|setting| setting.key == key).unwrap();
    assert_eq!(
        (
            find("graph.timeout").value.as_str(),
            find("graph.timeout").source.as_str()
        ),
        ("5s", "my.toml")
    );
    assert_eq!(
        (
            find("graph.app_secret").value.as_str(),
            find("graph.app_secret").source.as_str()
        ),
        ("(set)", "--set")
    );
    assert_eq!(find("engine.workers").source, "default");
}

#[test]
fn every_default_is_read() {
    // A key that no section reads would accept anything.
    for setting in Layers::new().settings() {
        let free = ["encryption.key_file", "encryption.keys"];
        if !free.contains(&setting.key.as_str()) {
            let key = setting.key.as_str();
            let nonsense = Layers::new().set("--set", key, "\u{7f} nonsense");
            assert!(Config::load(&nonsense).is_err(), "{key} accepts anything");
        }
    }
}

#[test]
fn an_unknown_log_level_is_refused() {
    for level in ["", "verbose", "info,waba_migrator", "waba_migrator=loud"] {
        let errors = problems(&Layers::new().set("--set", "log.level", level));
        assert!(
            errors.len() == 1 && errors[0].starts_with("log.level (from --set) must be off, error"),
            "{errors:?}"
        );
    }
}
