//! Where the service listens and sends, and what is shown of it.

use super::*;
use crate::graph::BaseUrl;

fn url(text: &str) -> BaseUrl {
    text.parse().unwrap()
}

#[test]
fn only_a_sandbox_may_be_called_over_plain_http() {
    let base_url = |url: &str| Layers::new().set("--set", "graph.base_url", url);
    let local = load(&base_url("http://127.0.0.1:8089/")).graph;
    assert_eq!(local.base_url, url("http://127.0.0.1:8089"));
    let allowed = |url: &str| base_url(url).set("--set", "graph.allow_http", "true");
    let sandbox = load(&allowed("http://sandbox:8089/")).graph;
    assert_eq!(sandbox.base_url, url("http://sandbox:8089"));
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
    assert_eq!((tls.key.to_str(), tls.clients), (Some("a.key"), None));
    insta::assert_snapshot!(
        problems(&set(&[pair[0], ("tls.client_certificates", "maybe")])).join("\n"), @r#"
    tls.client_certificates (from --set) must be one of required, optional, and is "maybe"
    tls.certificate_file (from --set) needs tls.key_file: the two belong together
    "#);
    insta::assert_snapshot!(
        problems(&set(&[("tls.client_ca_file", "ca.pem")])).join("\n"), @"tls.client_ca_file (from --set) needs tls.certificate_file and tls.key_file: client certificates need TLS");
}

#[test]
fn a_sandbox_is_never_meta() {
    let base_url = |url: &str| Layers::new().set("--set", "sandbox.base_url", url);
    let allowed = base_url("http://sandbox:8089/").set("--set", "sandbox.allow_http", "true");
    let sandbox = load(&allowed).sandbox;
    assert_eq!(sandbox.base_url, Some(url("http://sandbox:8089")));
    let local = load(&base_url("http://localhost:8089")).sandbox;
    assert_eq!(local.base_url, Some(url("http://localhost:8089")));
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
fn an_endpoint_with_authentication_may_listen_anywhere() {
    let anywhere = || Layers::new().set("--listen", "server.listen", "0.0.0.0:8080");
    assert_eq!(problems(&anywhere()).len(), 1);
    assert!(
        !load(&anywhere().set("--set", "auth.api_keys", "true"))
            .auth
            .is_open()
    );
    let certificates = anywhere().set("--set", "auth.certificates", "billing.example = acme");
    insta::assert_snapshot!(problems(&certificates).join("\n"), @"auth.certificates (from --set) needs tls.client_ca_file, the authorities that client certificates must come from: without it no client is asked for a certificate");
    let asked = ["certificate_file", "key_file", "client_ca_file"];
    let asked = asked.iter().fold(certificates, |layers, file| {
        layers.set("--set", &format!("tls.{file}"), "some.pem")
    });
    assert!(!load(&asked).auth.is_open());
    // A wrong value is one problem; that there is no authentication is not a second one.
    let wrong = problems(&anywhere().set("--set", "auth.certificates", "billing"));
    assert!(
        wrong.len() == 1 && wrong[0].starts_with("auth.certificates"),
        "{wrong:?}"
    );
}

#[test]
fn web_pages_are_allowed_by_complete_origins_only() {
    let origins = |text: &str| Layers::new().set("--set", "rest.cors_origins", text);
    let allowed = load(&origins("https://console.example.com")).cors_origins;
    assert_eq!(allowed[0].as_str(), "https://console.example.com");
    assert!(load(&Layers::new()).cors_origins.is_empty());
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
        assert_eq!(graph.base_url.host(), host, "{url}");
    }
}

#[test]
fn no_error_and_no_list_shows_a_password_in_a_url() {
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
        "docs.base_url",
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
            let errors = errors.map(|error| format!("{error} {error:?}"));
            assert!(
                !errors.is_some_and(|errors| errors.contains("canary")),
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
fn the_store_url_may_be_in_a_file_but_not_in_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "postgres://a:canary@db/m\n").unwrap();
    let in_file = Layers::new().set("--set", "store.url_file", path.to_str().unwrap());
    let config = load(&in_file);
    assert_eq!(config.store_url.expose(), "postgres://a:canary@db/m");
    assert!(!format!("{config:?}").contains("canary"));
    let empty = in_file
        .clone()
        .environment(variable("WABA_MIGRATOR__STORE__URL", ""));
    assert!(
        load(&empty).store_url.is_shared(),
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
fn traces_cross_a_network_without_tls_only_if_allowed() {
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
