use std::ffi::OsString;
use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::migration::Policy;

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
fn the_defaults_are_valid_and_are_the_machines_own() {
    let config = load(&Layers::new());
    assert_eq!(config.policy(), Policy::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.key_file().as_deref(),
        Some("waba-migrator.db.key".as_ref())
    );
    assert_eq!(
        (config.graph.access_token, config.graph.app_id),
        (None, None)
    );
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
    assert_eq!(load(&layers).graph.version, "v29.0");
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
fn the_environment_knows_numbers_durations_and_nothing_of_others() {
    let variables = [
        ("WABA_MIGRATOR__ENGINE__WORKERS", "7"),
        ("WABA_MIGRATOR__GRAPH__APP_ID", "012345"),
        ("WABA_MIGRATOR_SERVER", "x"),
    ];
    let config = load(
        &Layers::new().environment(variables.map(|(name, value)| (name.into(), value.into()))),
    );
    assert_eq!(
        (config.engine.workers, config.graph.app_id),
        (7, "012345".parse().ok())
    );
}

#[test]
fn all_problems_are_told_at_once_each_with_its_key_and_source() {
    let layers = Layers::new()
        .toml("my.toml", "graf.version = 'v1'\n[graph]\nbaseurl = 'x'\ntimeout = 'soon'\n[engine]\nworkers = 'many'\nregister_limit = 10\nconfirm_base = '1m'")
        .environment(variable("WABA_MIGRATOR__SERVER__LISTEN", "0.0.0.0:8080"))
        .set("--set", "store.url", "mysql://user:hunter2@db");
    insta::assert_snapshot!(problems(&layers).join("\n"), @r#"
    graf.version (from my.toml) is no setting. Its section does not exist
    graph.baseurl (from my.toml) is no setting. Did you mean base_url?
    store.url (from --set) must be sqlite:// and a path, such as sqlite://waba-migrator.db, or postgres://user:password@host/database
    graph.timeout (from my.toml) must be a duration of whole milliseconds, such as 500ms, 10s, 5m, 72h or 14d, and is "soon"
    engine.workers (from my.toml) must be a whole number from 1 to 65536, and is "many"
    engine.register_limit (from my.toml) must be a whole number from 1 to 9, and is "10"
    engine.confirm_base (from my.toml) must not be longer than engine.confirm_cap
    server.listen (from WABA_MIGRATOR__SERVER__LISTEN) must be an address of loopback, such as 127.0.0.1:8080, while nobody is asked who they are: whoever reaches it could move numbers. Say who is let in, with auth.api_keys, auth.jwt.issuer or auth.certificates (docs/authentication.md). It is 0.0.0.0:8080
    "#);
    assert!(!problems(&layers).join(" ").contains("hunter2"));
}

#[test]
fn the_keys_of_tokens_are_fetched_again_before_they_are_too_old_to_use() {
    let with = |max_stale| {
        let layers = Layers::new()
            .set("--set", "auth.jwt.issuer", "https://login.example.com")
            .set("--set", "auth.jwt.audience", "waba-migrator")
            .set(
                "--set",
                "auth.jwt.jwks_url",
                "https://login.example.com/keys",
            );
        layers.set("--set", "auth.jwt.max_stale", max_stale)
    };
    let tokens = load(&with("10m")).auth.tokens.unwrap();
    assert_eq!(tokens.max_stale, tokens.refresh_after);
    insta::assert_snapshot!(
        problems(&with("9m")).join("\n"),
        @"auth.jwt.max_stale (from --set) must not be shorter than auth.jwt.refresh_after and auth.jwt.fetch_every: the keys would be too old to use before they are fetched again"
    );
    let unreadable = problems(&with("soon"));
    assert_eq!(unreadable.len(), 1, "{unreadable:?}");
}

#[test]
fn a_limit_that_is_none_is_refused() {
    for (setting, most) in [
        ("limits.requests_per_second", 1_000_000),
        ("limits.burst", 1_000_000),
        ("limits.live_migrations", 100_000_000),
        ("limits.kept_migrations", 100_000_000),
    ] {
        let set = |value: i64| Layers::new().set("--set", setting, &value.to_string());
        Config::load(&set(most)).unwrap();
        for value in [0, most + 1] {
            let told = format!(
                "{setting} (from --set) must be a whole number from 1 to {most}, and is \"{value}\""
            );
            assert_eq!(problems(&set(value)), [told]);
        }
    }
}

#[test]
fn a_section_is_not_a_setting_and_broken_toml_is_told() {
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
fn a_secret_may_stand_in_a_file_but_not_in_two_places() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "EAAB-canary\r\n").unwrap();
    let in_file = Layers::new().set("--set", "graph.access_token_file", path.to_str().unwrap());
    let config = load(&in_file);
    assert_eq!(
        config.graph.access_token.as_ref().unwrap().expose(),
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
fn keys_come_from_a_file_or_from_a_text_and_not_from_both() {
    let text = "k canary";
    let keys = Layers::new().environment(variable("WABA_MIGRATOR__SECRETS__KEYS", text));
    let config = load(&keys);
    assert_eq!(config.secrets.keys.as_ref().unwrap().expose(), text);
    assert_eq!(config.key_file(), None, "nor is one looked for");
    let shown = format!("{config:?} {:?}", keys.settings());
    assert!(!shown.contains("canary"), "{shown}");
    let both = problems(&keys.set("--set", "secrets.key_file", "/run/keys"));
    assert_eq!(
        both,
        [
            "secrets.key_file (from --set) excludes secrets.keys, which is set too (from WABA_MIGRATOR__SECRETS__KEYS): \
             keep one of them"
        ]
    );
}

#[test]
fn what_is_in_force_is_shown_with_its_source_and_without_secrets() {
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
fn no_budget_is_counted_further_back_than_the_store_does() {
    for key in ["code.requests_window", "code.checks_window"] {
        let window = |window| Layers::new().set("--set", key, window);
        assert!(Config::load(&window("72h")).is_ok());
        assert_eq!(problems(&window("73h")).len(), 1, "{key}");
    }
}

#[test]
fn nothing_is_kept_for_no_time_at_all_and_for_ever_must_be_said() {
    let set = |key, value| Layers::new().set("--set", key, value);
    for zero in ["0", "0s", "", "-1d"] {
        for key in ["retention.migrations", "retention.pins"] {
            let problems = problems(&set(key, zero));
            assert!(
                problems.len() == 1
                    && problems[0].starts_with(&format!("{key} (from --set) must be")),
                "{problems:?}"
            );
        }
    }
    insta::assert_snapshot!(problems(&set("retention.migrations", "0s")).join(""), @r#"retention.migrations (from --set) must be a duration from 1s to 3650d, or never, and is "0s""#);
    insta::assert_snapshot!(problems(&set("retention.pins", "0s")).join(""), @r#"retention.pins (from --set) must be a duration from 1s to 3650d, or never, and is "0s""#);
    let kept = |key, value| load(&set(key, value)).retention.kept;
    let days = |days: i64| Some(SignedDuration::from_hours(24 * days));
    let default = load(&Layers::new()).retention.kept;
    assert_eq!((default.migrations, default.pins), (days(90), days(30)));
    assert_eq!(kept("retention.migrations", "never").migrations, None);
    assert_eq!(kept("retention.pins", "never").pins, None);
    assert_eq!(kept("retention.migrations", "3650d").migrations, days(3650));
    for key in ["retention.migrations", "retention.pins"] {
        let shortest = kept(key, "1s").shortest();
        assert_eq!(shortest, Some(SignedDuration::from_secs(1)), "{key}");
    }
}

#[test]
fn every_default_is_read() {
    // A key that no section reads would take any nonsense.
    for setting in Layers::new().settings() {
        let free = ["graph.app_secret", "secrets.key_file", "secrets.keys"];
        if !free.contains(&setting.key.as_str()) {
            let key = setting.key.as_str();
            let nonsense = Layers::new().set("--set", key, "\u{7f} nonsense");
            assert!(Config::load(&nonsense).is_err(), "{key} takes anything");
        }
    }
}

#[test]
fn graph_is_spoken_to_in_the_clear_only_where_it_is_not_metas() {
    let base_url = |url: &str| Layers::new().set("--set", "graph.base_url", url);
    let local = load(&base_url("http://127.0.0.1:8089/")).graph;
    assert_eq!(local.base_url, "http://127.0.0.1:8089");
    let allowed = |url: &str| base_url(url).set("--set", "graph.allow_http", "true");
    let sandbox = load(&allowed("http://sandbox:8089/")).graph;
    assert_eq!(sandbox.base_url, "http://sandbox:8089");
    assert_eq!(problems(&allowed("http://graph.facebook.com")).len(), 1);
    for bad in [
        "http://graph.facebook.com",
        "http://sandbox:8089",
        "ftp://x",
        "graph.facebook.com",
        "https://user@x",
        "https://x/?a=b",
        "data:x",
    ] {
        assert_eq!(problems(&base_url(bad)).len(), 1, "{bad}");
    }
    assert_eq!(
        load(&Layers::new()).graph.register_timeout,
        Duration::from_mins(1)
    );
}

#[test]
fn tls_is_a_certificate_with_its_key() {
    let set = |settings: &[(&str, &str)]| {
        settings.iter().fold(Layers::new(), |layers, (key, value)| {
            layers.set("--set", key, value)
        })
    };
    let pair = [("tls.certificate_file", "a.pem"), ("tls.key_file", "a.key")];
    assert_eq!(load(&Layers::new()).tls, None);
    let tls = load(&set(&pair)).tls.unwrap();
    assert_eq!(
        (tls.key_file.to_str(), tls.client_ca_file),
        (Some("a.key"), None)
    );
    insta::assert_snapshot!(
        problems(&set(&[pair[0], ("tls.client_certificates", "maybe")])).join("\n"), @r#"
    tls.client_certificates (from --set) must be required or optional, and is "maybe"
    tls.certificate_file (from --set) needs tls.key_file: the two belong together
    "#);
    insta::assert_snapshot!(
        problems(&set(&[("tls.client_ca_file", "ca.pem")])).join("\n"), @"tls.client_ca_file (from --set) needs tls.certificate_file and tls.key_file: clients show a certificate over TLS alone");
}

#[test]
fn a_call_may_take_longer_than_it_may_ask_to_wait() {
    let timeout = |text| Layers::new().set("--set", "server.request_timeout", text);
    assert!(Config::load(&timeout("65s")).is_ok());
    assert_eq!(problems(&timeout("60s")).len(), 1);
}

#[test]
fn the_largest_message_fits_in_the_budget_of_request_bytes() {
    let sized = |message: &str, budget: &str| {
        Layers::new()
            .set("--set", "server.max_message_bytes", message)
            .set("--set", "server.max_request_bytes_in_flight", budget)
    };
    assert!(Config::load(&sized("16777216", "16842752")).is_ok());
    insta::assert_snapshot!(
        problems(&sized("16777216", "16842751")).join("\n"), @"server.max_request_bytes_in_flight (from --set) must be at least 16842752, 65536 more than server.max_message_bytes, and is 16842751");
    assert_eq!(problems(&sized("65536", "65536")).len(), 1);
}

#[test]
fn a_sandbox_is_never_meta() {
    let base_url = |url: &str| Layers::new().set("--set", "sandbox.base_url", url);
    let allowed = base_url("http://sandbox:8089/").set("--set", "sandbox.allow_http", "true");
    let sandbox = load(&allowed).sandbox;
    assert_eq!(sandbox.base_url.as_deref(), Some("http://sandbox:8089"));
    let local = load(&base_url("http://localhost:8089")).sandbox;
    assert_eq!(local.base_url.as_deref(), Some("http://localhost:8089"));
    assert_eq!(load(&Layers::new()).sandbox.base_url, None);
    for bad in [
        "https://graph.facebook.com",
        "https://facebook.com/graph",
        "sandbox:8089",
        "http://sandbox:8089",
    ] {
        assert_eq!(problems(&base_url(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn a_door_that_asks_who_calls_may_listen_anywhere() {
    let anywhere = || Layers::new().set("--listen", "server.listen", "0.0.0.0:8080");
    assert_eq!(problems(&anywhere()).len(), 1);
    assert!(
        !load(&anywhere().set("--set", "auth.api_keys", "true"))
            .auth
            .is_open()
    );
    let certificates = anywhere().set("--set", "auth.certificates", "billing.example = acme");
    insta::assert_snapshot!(problems(&certificates).join("\n"), @"auth.certificates (from --set) needs tls.client_ca_file, the authorities that clients' certificates must come from: without it no client is asked for a certificate");
    let asked = ["certificate_file", "key_file", "client_ca_file"];
    let asked = asked.iter().fold(certificates, |layers, file| {
        layers.set("--set", &format!("tls.{file}"), "some.pem")
    });
    assert!(!load(&asked).auth.is_open());
    // What cannot be read is told, and not that nothing was said.
    let wrong = problems(&anywhere().set("--set", "auth.certificates", "billing"));
    assert!(
        wrong.len() == 1 && wrong[0].starts_with("auth.certificates"),
        "{wrong:?}"
    );
}

#[test]
fn web_pages_are_allowed_by_their_origins_and_by_nothing_less() {
    let origins = |text: &str| Layers::new().set("--set", "rest.cors_origins", text);
    let allowed = load(&origins("https://console.example.com"))
        .rest
        .cors_origins;
    assert_eq!(allowed[0].as_str(), "https://console.example.com");
    assert!(load(&Layers::new()).rest.cors_origins.is_empty());
    for bad in ["*", "console.example.com", "https://a.example, null"] {
        assert_eq!(problems(&origins(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn the_host_of_graph_is_without_its_scheme_and_port() {
    for (url, host) in [
        ("https://graph.facebook.com", "graph.facebook.com"),
        ("https://graph.facebook.com:443/", "graph.facebook.com"),
        ("HTTPS://Graph.Example:8443/a", "graph.example"),
        ("http://127.0.0.1:8089/a", "127.0.0.1"),
        ("HTTP://LOCALHOST", "localhost"),
    ] {
        let graph = load(&Layers::new().set("--set", "graph.base_url", url)).graph;
        assert_eq!(graph.host(), host, "{url}");
    }
}

#[test]
fn no_error_and_no_list_repeats_a_password_in_a_url() {
    let urls = [
        "https://user:canary@keys.example/jwks",
        "https://canary@keys.example",
        "http://user:canary@[",
        "user:canary@keys.example",
        "ftp://user:canary@keys.example",
        "https://keys.example/?token=canary",
    ];
    let keys = [
        "store.url",
        "graph.base_url",
        "sandbox.base_url",
        "auth.jwt.issuer",
        "auth.jwt.jwks_url",
        "telemetry.otlp_endpoint",
        "rest.cors_origins",
        "server.listen",
        "engine.workers",
        "engine.poll",
        "auth.api_keys",
        "log.level",
        "graph.version",
    ];
    for key in keys {
        for url in urls {
            let layers = Layers::new().set("--set", key, url);
            let errors = Config::load(&layers).err();
            let told = errors.map(|error| format!("{error} {error:?}"));
            assert!(
                !told.is_some_and(|told| told.contains("canary")),
                "{key} {url}"
            );
            let is_url = ["url", "issuer", "endpoint"]
                .iter()
                .any(|end| key.ends_with(end));
            let mut settings = layers.settings().into_iter();
            let shown = settings.find(|setting| setting.key == key).unwrap();
            assert!(!is_url || !shown.value.contains("canary"), "{shown:?}");
        }
    }
}

#[test]
fn a_store_s_url_may_stand_in_a_file_but_not_in_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "postgres://a:canary@db/m\n").unwrap();
    let in_file = Layers::new().set("--set", "store.url_file", path.to_str().unwrap());
    let config = load(&in_file);
    assert_eq!(config.store.url.expose(), "postgres://a:canary@db/m");
    assert!(!format!("{config:?}").contains("canary"));
    let empty = in_file
        .clone()
        .environment(variable("WABA_MIGRATOR__STORE__URL", ""));
    assert!(
        load(&empty).store.url.is_shared(),
        "an empty text is not set"
    );
    let twice = in_file.set("--store", "store.url", "sqlite://m.db");
    assert_eq!(
        problems(&twice),
        [
            "store.url_file (from --set) excludes store.url, which is set too (from --store): keep one of them"
        ]
    );
    std::fs::write(&path, "mysql://a:canary@db/m").unwrap();
    let wrong = problems(&Layers::new().set("--set", "store.url_file", path.to_str().unwrap()));
    assert!(
        wrong.len() == 1 && wrong[0].starts_with("store.url_file (from --set) must be sqlite://"),
        "{wrong:?}"
    );
    assert!(!wrong[0].contains("canary"));
    let nowhere = problems(&Layers::new().set("--set", "store.url_file", "/nowhere"));
    assert!(
        nowhere.len() == 1
            && nowhere[0].starts_with("store.url_file (from --set) names \"/nowhere\""),
        "{nowhere:?}"
    );
}

#[test]
fn a_register_call_is_given_up_before_another_is_made() {
    let settings = |lease: &str, settles: &str, timeout: &str| {
        Layers::new()
            .set("--set", "engine.lease", lease)
            .set("--set", "engine.register_settles", settles)
            .set("--set", "graph.register_timeout", timeout)
    };
    load(&settings("1s", "60s", "60s"));
    for (settles, timeout) in [("0s", "60s"), ("59s", "60s"), ("60s", "61s")] {
        let told = problems(&settings("30s", settles, timeout));
        assert!(
            told.len() == 1
                && told[0].starts_with("engine.register_settles (from --set) must not be shorter"),
            "{told:?}"
        );
    }
}

#[test]
fn limits_have_an_end() {
    for key in ["limits.requests_per_second", "limits.burst"] {
        load(&Layers::new().set("--set", key, "1000000"));
        assert_eq!(
            problems(&Layers::new().set("--set", key, "1000001")).len(),
            1
        );
    }
}

#[test]
fn a_level_that_does_not_exist_is_refused() {
    for level in ["", "verbose", "info,waba_migrator", "waba_migrator=loud"] {
        let told = problems(&Layers::new().set("--set", "log.level", level));
        assert!(
            told.len() == 1 && told[0].starts_with("log.level (from --set) must be off, error"),
            "{told:?}"
        );
    }
}

#[test]
fn traces_cross_a_network_in_the_clear_only_where_that_was_allowed() {
    let endpoint = |url: &str| Layers::new().set("--set", "telemetry.otlp_endpoint", url);
    let secret = |url: &str| endpoint(url).set("--set", "telemetry.otlp_headers", "a=canary");
    let allow = |layers: Layers| layers.set("--set", "telemetry.allow_http", "true");
    let far = "http://collector:4317";
    for silent in [
        secret("http://127.0.0.1:4317"),
        secret("https://collector:4317"),
        endpoint("http://localhost:4317"),
        allow(endpoint(far)),
        allow(secret(far)),
    ] {
        assert_eq!(load(&silent).warnings, []);
    }
    let warnings = load(&endpoint(far)).warnings;
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}")
    };
    assert!(
        warning.to_string().contains("telemetry.allow_http"),
        "{warning}"
    );
    let refused = problems(&secret(far));
    assert!(
        refused.len() == 1
            && refused[0].contains("telemetry.allow_http")
            && !refused[0].contains("canary"),
        "{refused:?}"
    );
}
