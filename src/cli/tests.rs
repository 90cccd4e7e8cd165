use clap::{CommandFactory as _, Parser as _};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn commands_are_accepted_as_documented() {
    for line in [
        "waba-migrator serve --sandbox --config my.toml --set engine.workers=3 --listen 127.0.0.1:0",
        "waba-migrator sandbox --listen 127.0.0.1:0",
        "waba-migrator demo --yes --number +12025550107",
        "waba-migrator migrate +12025550123 --to 1 --from 2 --label a=b --label c=d --not-before 2026-12-01T02:00:00Z --wait 0s",
        "waba-migrator migrate +12025550123 --to 1 --hold --use-code-as-pin --expires-after 3d --follow",
        "waba-migrator code mig_1",
        "waba-migrator code mig_1 -",
        "waba-migrator resend mig_1 --voice --language pt_BR --output json",
        "waba-migrator --server http://127.0.0.1:1 resume mig_1 --access-token-file - --pin-file pin",
        "waba-migrator list --state waiting-for-code --state failed --label a=b --limit 500",
        "waba-migrator list --actor number-owner --fault CODE_REJECTED --updated-since 2h --number 0151",
        "waba-migrator list --updated-since 2026-12-01T02:00:00Z",
        "waba-migrator update +12025550151 --not-before 2026-12-06T02:00:00+01:00 --label a=b --remove-label c",
        "waba-migrator update 0151 --hold --expires-after 3d --sms --language de --wait 0s",
        "waba-migrator update mig_1 --no-cutover --voice --reference= --output json",
        "waba-migrator completions zsh",
        "waba-migrator man",
        "waba-migrator man target/man",
        "waba-migrator watch mig_1 --after 7",
        "waba-migrator watch 0151 --to-end",
        "waba-migrator events mig_1 --after 7",
        "waba-migrator check +12025550123 --to 1 --from 2 --route added-number",
        "waba-migrator reveal-pin mig_1 --no-color",
        "waba-migrator cancel mig_1 --wait 1m",
        "waba-migrator delete mig_1 --yes --output json",
        "waba-migrator forget +12025550123 --yes",
        "waba-migrator health --live --set ops.listen=127.0.0.1:9091",
        "waba-migrator smoke-test --server https://a --sandbox http://b:8089 --api-key-file k",
        "waba-migrator list --server http://migrator:8080 --allow-http --api-key-file k",
        "waba-migrator config check --set a.b=c",
        "waba-migrator config default",
        "waba-migrator tenant create acme --name Acme --sandbox --code-method voice --language de --pin code --store sqlite://a.db",
        "waba-migrator tenant create acme --requests-per-second 20 --burst 50 --access-token-file - --app-id 138483919580948 --app-secret-file s",
        "waba-migrator tenant list --config my.toml --set encryption.key_file=k",
        "waba-migrator tenant show acme --output json",
        "waba-migrator tenant update acme --sandbox=false --unset access-token --unset pin",
        "waba-migrator tenant disable acme",
        "waba-migrator tenant enable acme",
        "waba-migrator tenant delete acme --yes",
        "waba-migrator tenant usage acme --from-month 2026-01 --to-month 2026-06",
        "waba-migrator tenant list --server https://a --api-key-file k",
        "waba-migrator key create --label operator --role admin",
        "waba-migrator key create --label billing",
        "waba-migrator key create --label billing --role reader --expires-after 90d --tenant acme",
        "waba-migrator key list --tenant acme",
        "waba-migrator key revoke key_00000000000000000000000000000007",
        "waba-migrator key rotate key_00000000000000000000000000000007 --tenant acme --overlap 1h --expires-after 90d",
        "waba-migrator encryption-key create store.key",
        "waba-migrator encryption-key list --count --store sqlite://m.db --config my.toml",
        "waba-migrator encryption-key rotate --set encryption.key_file=store.key",
        "waba-migrator encryption-key add",
        "waba-migrator encryption-key activate k-01234567",
        "waba-migrator encryption-key rewrap",
        "waba-migrator encryption-key retire k-01234567",
        "waba-migrator list --server https://a --ca-file ca.pem --client-certificate-file c.pem --client-key-file c.key",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn invalid_command_lines_are_refused() {
    for line in [
        "waba-migrator",
        "waba-migrator migrate +12025550123",
        "waba-migrator migrate +12025550123 --to 1 --access-token EAAB",
        "waba-migrator migrate +12025550123 --to 1 --hold --not-before 2026-12-01T02:00:00Z",
        "waba-migrator migrate +12025550123 --to 1 --pin-file x --use-code-as-pin",
        "waba-migrator migrate +12025550123 --to 1 --label nonsense",
        "waba-migrator migrate +12025550123 --to 1 --voice --sms",
        "waba-migrator update 0151 --hold --no-cutover",
        "waba-migrator update 0151 --not-before tomorrow",
        "waba-migrator list --actor unknown",
        "waba-migrator list --updated-since yesterday",
        "waba-migrator completions cmd",
        "waba-migrator migrate +12025550123 --to 1 --not-before tomorrow",
        "waba-migrator migrate +12025550123 --to 1 --wait soon",
        "waba-migrator watch mig_1 --after -1",
        "waba-migrator delete --yes",
        "waba-migrator forget --yes",
        "waba-migrator list --state asleep",
        "waba-migrator list --limit 0",
        "waba-migrator tenant create Acme",
        "waba-migrator tenant create acme --access-token EAAB",
        "waba-migrator tenant create acme --app-secret x",
        "waba-migrator tenant create acme --burst 0",
        "waba-migrator tenant create acme --burst 1000001",
        "waba-migrator tenant update acme --requests-per-second 4294967295",
        "waba-migrator tenant create acme --unset pin",
        "waba-migrator key create",
        "waba-migrator key revoke wam_0000000000_0",
        "waba-migrator encryption-key retire",
        "waba-migrator encryption-key activate no/name",
        "waba-migrator list --client-certificate-file client.pem",
    ] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn errors_decide_the_exit_code() {
    let nowhere = client::Address::of("http://127.0.0.1:1");
    let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
    assert_eq!(
        report(anyhow::Error::from(pipe).context("list"), &nowhere, false),
        Exit::Done
    );
    assert_eq!(
        report(Failure::usage("no").into(), &nowhere, true),
        Exit::Usage
    );
    assert_eq!(
        report(
            crate::config::Error {
                problems: Vec::new()
            }
            .into(),
            &nowhere,
            false
        ),
        Exit::Usage
    );
    assert_eq!(
        report(anyhow::anyhow!("disk full"), &nowhere, false),
        Exit::Failed
    );
    let refused = Failure::from(tonic::Status::failed_precondition("no code is awaited"));
    assert_eq!(report(refused.into(), &nowhere, false), Exit::Refused);
}

#[test]
fn a_secret_is_never_accepted_in_a_flag() {
    for (key, instead) in [
        ("graph.access_token", "graph.access_token_file"),
        ("encryption.keys", "encryption.key_file"),
    ] {
        let settings = args::Settings {
            set: vec![(key.to_owned(), "canary".to_owned())],
            config: None,
        };
        let refused = settings.layers().unwrap_err().to_string();
        assert!(
            refused.contains(instead) && !refused.contains("canary"),
            "{refused}"
        );
    }
}

#[test]
fn a_database_password_is_not_accepted_on_the_command_line() {
    let settings = |set: &[(&str, &str)]| args::Settings {
        set: set
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        config: None,
    };
    for url in [
        "postgres://a:canary@db/m",
        "postgres://db/m?password=canary",
        "postgres://a:can@ary@db/m",
        "postgres://a:can/ary@db/m",
        "postgres:a:canary@db",
    ] {
        let by_flag = args::StoreSettings {
            settings: settings(&[]),
            store: Some(url.to_owned()),
        };
        let by_set = settings(&[("store.url", url)]);
        for refused in [by_flag.layers(), by_set.layers()] {
            let refused = refused.unwrap_err().to_string();
            let names = [
                "store.url_file",
                "PGPASSWORD",
                "PGPASSFILE",
                "WABA_MIGRATOR__STORE__URL",
            ];
            assert!(names.iter().all(|name| refused.contains(name)), "{refused}");
            assert!(!refused.contains("canary"), "{refused}");
        }
    }
    for url in ["sqlite://m.db", "postgres://a@db/m?sslmode=verify-full"] {
        let by_flag = args::StoreSettings {
            settings: settings(&[]),
            store: Some(url.to_owned()),
        };
        assert!(by_flag.layers().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_distinguished_from_an_invalid_address() {
    let connect = async |line: &str| {
        let cli = parse(&format!("waba-migrator list {line}")).unwrap();
        client::connect(&cli.common.address).await.unwrap_err()
    };
    let missing = connect("--server http://127.0.0.1:1").await;
    assert_eq!(missing.exit(), Exit::Failed);
    assert!(missing.to_string().contains("waba-migrator serve"));
    for wrong in [
        "--server 127.0.0.1:8080",
        "--server http://127.0.0.1:1 --ca-file ca.pem",
        "--server https://127.0.0.1:1 --ca-file /nowhere",
    ] {
        assert_eq!(connect(wrong).await.exit(), Exit::Usage, "{wrong}");
    }
}

#[test]
fn only_a_reader_that_has_seen_enough_is_no_failure() {
    let address = client::Address::of("http://127.0.0.1:1");
    let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
    assert_eq!(super::report(broken().into(), &address, true), Exit::Done);
    let of_the_service = tonic::Status::from_error(Box::new(broken()));
    assert_eq!(
        super::report(of_the_service.into(), &address, true),
        Exit::Failed
    );
}
