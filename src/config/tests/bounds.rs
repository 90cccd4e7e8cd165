//! Values that are harmful alone or together.

use super::*;

#[test]
fn token_keys_are_fetched_again_before_they_are_too_old() {
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
fn a_limit_of_zero_or_beyond_the_maximum_is_refused() {
    for (setting, most) in [
        ("limits.requests_per_second", 1_000_000),
        ("limits.burst", 1_000_000),
        ("limits.live_migrations", 100_000_000),
        ("limits.kept_migrations", 100_000_000),
    ] {
        let set = |value: i64| Layers::new().set("--set", setting, &value.to_string());
        Config::load(&set(most)).unwrap();
        for value in [0, most + 1] {
            let errors = format!(
                "{setting} (from --set) must be a whole number from 1 to {most}, and is \"{value}\""
            );
            assert_eq!(problems(&set(value)), [errors]);
        }
    }
}

#[test]
fn the_tolerated_skew_of_the_clock_has_bounds() {
    let skew = |skew| Layers::new().set("--set", "engine.max_clock_skew", skew);
    for good in ["5s", "1h"] {
        assert!(Config::load(&skew(good)).is_ok(), "{good}");
    }
    for bad in ["4s", "61m", "0s"] {
        assert_eq!(problems(&skew(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn no_window_is_longer_than_the_store_counts() {
    for key in ["code.requests_window", "code.checks_window"] {
        let window = |window| Layers::new().set("--set", key, window);
        assert!(Config::load(&window("72h")).is_ok());
        assert_eq!(problems(&window("73h")).len(), 1, "{key}");
    }
}

#[test]
fn a_retention_is_positive_and_unlimited_only_if_never_is_written() {
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
    let kept = |key, value| load(&set(key, value)).engine.retention;
    let days = |days: i64| Some(SignedDuration::from_hours(24 * days));
    let default = load(&Layers::new()).engine.retention;
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
fn a_call_may_take_longer_than_it_may_ask_to_wait() {
    let timeout = |text| Layers::new().set("--set", "server.request_timeout", text);
    assert!(Config::load(&timeout("65s")).is_ok());
    assert_eq!(problems(&timeout("60s")).len(), 1);
}

#[test]
fn the_largest_message_fits_in_the_request_budget() {
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
fn a_register_call_times_out_before_another_is_made() {
    let settings = |lease: &str, settles: &str, timeout: &str| {
        Layers::new()
            .set("--set", "engine.lease", lease)
            .set("--set", "engine.register_settles", settles)
            .set("--set", "graph.register_timeout", timeout)
    };
    load(&settings("1s", "60s", "60s"));
    for (settles, timeout) in [("0s", "60s"), ("59s", "60s"), ("60s", "61s")] {
        let errors = problems(&settings("30s", settles, timeout));
        assert!(
            errors.len() == 1
                && errors[0]
                    .starts_with("engine.register_settles (from --set) must not be shorter"),
            "{errors:?}"
        );
    }
}

#[test]
fn a_timeout_of_zero_and_a_tiny_response_limit_are_refused() {
    for (key, value) in [
        ("graph.connect_timeout", "0s"),
        ("graph.timeout", "0s"),
        ("graph.register_timeout", "0s"),
        ("graph.max_response_bytes", "10"),
        ("graph.calls", "0"),
        ("graph.calls_per_tenant", "0"),
        ("graph.calls_per_waba", "0"),
        ("graph.hourly_reads", "0"),
        ("graph.hourly_reads_fresh", "0"),
    ] {
        let errors = problems(&Layers::new().set("--set", key, value));
        assert!(
            errors.len() == 1 && errors[0].starts_with(key),
            "{errors:?}"
        );
    }
}
