//! The commands of an operator, which work on the store itself, with and without a running service.

use std::path::Path;

use domain::TenantId;
use domain::tenancy::{KeyStatus, KeyText, Tenant};
use serde_json::Value;
use tempfile::TempDir;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{Database, Directory as _, Store as _};

use crate::store::cluster;
use crate::support::migrations::{accepted, at, migration};
use crate::support::program::{Finished, Program};
use crate::support::raw::{self, Cell};

/// Runs commands of the program on one store.
struct Operator {
    url: String,
    folder: TempDir,
}

/// The output of a command.
struct CommandOutput(Finished);

impl Operator {
    /// On a SQLite file that does not exist yet.
    fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/migrations.db", folder.path().display());
        Self { url, folder }
    }

    /// On an empty PostgreSQL database.
    async fn on_postgres() -> Self {
        let operator = Self {
            url: cluster::empty().await,
            ..Self::on_sqlite()
        };
        Keyring::create(&operator.key_file()).unwrap();
        operator
    }

    fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join("migrations.db.key")
    }

    fn run(&self, line: &str) -> CommandOutput {
        self.run_with(line, "")
    }

    /// Runs a command with standard input.
    fn run_with(&self, line: &str, input: &str) -> CommandOutput {
        let (command, arguments) = line.split_once(' ').unwrap();
        let program = Program::new(command)
            .args(arguments.split_whitespace())
            .store(&self.url)
            .set("encryption.key_file", self.key_file().display())
            .within(self.folder.path());
        CommandOutput(program.run_with(input))
    }

    async fn store(&self) -> Database {
        let keyring = Keyring::load(&self.key_file()).unwrap();
        Database::open(&self.url, keyring).await.unwrap()
    }

    async fn tenant(&self, id: &str) -> Tenant {
        let store = self.store().await;
        let tenant = store.tenant(&id.parse().unwrap()).await.unwrap();
        store.close().await;
        tenant.unwrap()
    }
}

impl CommandOutput {
    #[track_caller]
    fn json(&self) -> Value {
        self.0.json()
    }

    /// Asserts the exit code, and that the error message contains `text`.
    #[track_caller]
    fn fails(&self, code: i32, text: &str) {
        assert_eq!(self.0.code(), Some(code), "{}", self.stderr());
        assert!(self.0.stdout.is_empty());
        let error: Value = serde_json::from_str(self.stderr().lines().last().unwrap()).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(text), "{message}");
    }

    fn stderr(&self) -> &str {
        &self.0.stderr
    }
}

async fn tenant_lifecycle(operator: Operator) {
    let created = operator.run_with(
        "tenant create acme --name Acme --sandbox --language de --pin code --burst 50 --app-id 138483919580948 \
         --access-token-file -",
        "EAABcanaryToken\n",
    );
    let json = &created.json()["tenant"];
    for (field, value) in [
        ("id", "\"acme\""),
        ("name", "\"Acme\""),
        ("enabled", "true"),
        ("sandbox", "true"),
        ("codeMethod", "\"CODE_METHOD_UNSPECIFIED\""),
        ("language", "\"de\""),
        ("twoStepPinSource", "\"TWO_STEP_PIN_SOURCE_CODE\""),
        ("requestsPerSecond", "0"),
        ("burst", "50"),
        ("hasAccessToken", "true"),
        ("appId", "\"138483919580948\""),
        ("hasAppSecret", "false"),
    ] {
        assert_eq!(json[field].to_string(), value, "{field}");
    }
    operator.run("tenant create acme").fails(3, "acme");

    std::fs::write(operator.folder.path().join("secret"), "canaryOfTheApp\n").unwrap();
    let update = "tenant update acme --sandbox=false --unset pin --unset access-token --app-secret-file secret";
    let updated = operator.run(update);
    let json = &updated.json()["tenant"];
    assert_eq!(json["hasAppSecret"], true);
    assert_eq!(
        (&json["sandbox"], &json["language"]),
        (&false.into(), &"de".into())
    );
    let kept = operator.tenant("acme").await;
    assert_eq!(kept.defaults.pin_source, None);
    assert_eq!(kept.credentials.access_token, None);
    assert_eq!(kept.credentials.app_secret, "canaryOfTheApp".parse().ok());

    let shown = operator.run("tenant show acme");
    assert_eq!(&shown.json()["tenant"], json);
    let table = operator.run("tenant show acme --output table");
    let all = operator.run("tenant list");
    let ids: Vec<Value> = all.json()["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tenant| tenant["id"].clone())
        .collect();
    assert_eq!(ids, ["acme", "default"]);
    for answer in [created, updated, shown, table, all] {
        let whole = answer.0.text();
        assert!(!whole.contains("canary"), "{whole}");
    }

    let disabled = operator.run("tenant disable acme").json();
    assert_eq!(disabled["tenant"]["enabled"], false);
    assert_eq!(
        operator.run("tenant disable acme").json(),
        disabled,
        "a repeat changes nothing"
    );
    let enabled = operator.run("tenant enable acme").json();
    assert_eq!(enabled["tenant"]["enabled"], true);

    let store = operator.store().await;
    let it = migration(&"acme".parse().unwrap(), 1);
    store
        .create(&it.tenant, &it, &accepted(&it), Some(at(0)), None)
        .await
        .unwrap();
    store.close().await;
    operator.run("tenant delete acme").fails(2, "--yes");
    operator
        .run("tenant delete acme --yes")
        .fails(3, "1 migrations");
    operator
        .run("tenant delete default --yes")
        .fails(3, "default");
    operator.run("tenant create bakery").json();
    let deleted = operator.run("tenant delete bakery --yes").json();
    assert_eq!(deleted, serde_json::json!({}));
    operator
        .run("tenant delete bakery --yes")
        .fails(4, "bakery");
    operator.run("tenant show bakery").fails(4, "bakery");
    operator
        .run("tenant create bakery")
        .fails(3, "its id cannot be used again");
    operator
        .run("tenant update acme")
        .fails(2, "no option to change");
    operator
        .run("tenant update acme --unset pin --pin generated")
        .fails(2, "--unset pin");
}

async fn key_lifecycle(operator: Operator) {
    operator.run("tenant create acme").json();
    let create = operator.run("key create --tenant acme --label billing --role reader");
    assert!(create.stderr().contains("shown once"));
    let created = create.json();
    let text: KeyText = created["key"].as_str().unwrap().parse().unwrap();
    let store = operator.store().await;
    let key = store.key_by_prefix(&text.prefix()).await.unwrap().unwrap();
    store.close().await;
    assert!(key.is(&text));
    assert_eq!(
        (key.tenant.as_str(), key.role.as_str(), key.label.as_str()),
        ("acme", "reader", "billing")
    );

    let id = created["apiKey"]["id"].as_str().unwrap();
    let rotated = operator
        .run(&format!("key rotate {id} --tenant acme --overlap 2h"))
        .json();
    let next: KeyText = rotated["key"].as_str().unwrap().parse().unwrap();
    assert_ne!(next, text);
    assert_eq!(
        (&rotated["apiKey"]["role"], &rotated["apiKey"]["label"]),
        (&"ROLE_READER".into(), &"billing".into())
    );
    assert_eq!(rotated["replaced"]["id"], id);
    let store = operator.store().await;
    let acme: TenantId = "acme".parse().unwrap();
    let keys = store.keys(&acme).await.unwrap();
    store.close().await;
    let [old, new] = keys.as_slice() else {
        panic!("{keys:?}")
    };
    let hour = jiff::SignedDuration::from_hours(1);
    let late = old
        .expires_at
        .unwrap()
        .duration_since(new.created_at + hour * 2);
    assert!(late.abs() < jiff::SignedDuration::from_secs(5), "{late}");
    assert_eq!(new.expires_at, None);
    assert_eq!(
        old.status(new.created_at + hour),
        KeyStatus::Valid,
        "both are valid"
    );

    // A key that expires is not replaced by one without an expiry, unless it is requested.
    let again = format!("key rotate {id} --tenant acme");
    operator
        .run(&again)
        .fails(2, "is missing: the old key expires");
    let next = operator.run(&format!("{again} --expires-after 90d")).json();
    let end: jiff::Timestamp = next["apiKey"]["expiresAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let created: jiff::Timestamp = next["apiKey"]["createdAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(end, created + hour * 24 * 90);
    let kept = next["replaced"]["expiresAt"].as_str().unwrap().parse().ok();
    assert_eq!(kept, old.expires_at, "it is not extended");

    let revoke = format!("key revoke {id}");
    operator
        .run(&revoke)
        .fails(4, "The tenant default has no API key");
    let revoked = operator.run(&format!("{revoke} --tenant acme")).json();
    assert_eq!(revoked["apiKey"]["status"], "API_KEY_STATUS_REVOKED");
    operator.run(&again).fails(3, "revoked");
    let list = operator.run("key list --tenant acme").json();
    assert_eq!(list["apiKeys"].as_array().unwrap().len(), 3);
    assert!(!list.to_string().contains("wam_"));
    assert_eq!(
        operator.run("key list").json()["apiKeys"],
        Value::Array(Vec::new())
    );
    operator
        .run("key create --label x --tenant missing")
        .fails(4, "missing");
    operator
        .run("key list --tenant missing")
        .fails(4, "missing");
    operator
        .run("key create --label x --expires-after 0s")
        .fails(2, "expires");
}

#[tokio::test]
async fn a_tenant_is_created_configured_and_removed_on_sqlite() {
    Box::pin(tenant_lifecycle(Operator::on_sqlite())).await;
}

#[tokio::test]
async fn a_tenant_is_created_configured_and_removed_on_postgres() {
    Box::pin(tenant_lifecycle(Operator::on_postgres().await)).await;
}

#[tokio::test]
async fn a_key_is_created_rotated_and_revoked_on_sqlite() {
    key_lifecycle(Operator::on_sqlite()).await;
}

#[tokio::test]
async fn a_key_is_created_rotated_and_revoked_on_postgres() {
    key_lifecycle(Operator::on_postgres().await).await;
}

#[tokio::test]
async fn a_tenant_with_an_unreadable_secret_is_listed_with_the_others() {
    let operator = Operator::on_sqlite();
    operator.run_with("tenant create acme --access-token-file -", "EAABcanary");
    let acme = Cell::of_tenant(&"acme".parse().unwrap(), "access_token");
    raw::put(&operator.url, &acme, b"not sealed").await;
    let list = operator.run("tenant list");
    assert_eq!(list.0.code(), Some(1));
    let all: Value = serde_json::from_str(&list.0.stdout).unwrap();
    let [acme, default] = all["tenants"].as_array().unwrap().as_slice() else {
        panic!("{all}")
    };
    assert_eq!(
        (&acme["id"], &default["id"]),
        (&"acme".into(), &"default".into())
    );
    assert_eq!(acme["unreadable"], true);
    assert_eq!(default["enabled"], true);
    let stderr = list.stderr();
    for text in [
        "1 of the tenants cannot be read",
        "tenants.access_token of acme",
    ] {
        assert!(stderr.contains(text), "{stderr}");
    }
}

#[tokio::test]
async fn tenants_and_keys_are_managed_through_the_service_as_on_the_store() {
    let operator = Operator::on_sqlite();
    let create = "key create --role admin --label operator";
    let admin = operator.run(create).json()["key"].clone();
    let file = operator.folder.path().join("admin.key");
    std::fs::write(&file, admin.as_str().unwrap()).unwrap();
    let (process, url) = Program::serve()
        .store(&operator.url)
        .set("encryption.key_file", operator.key_file().display())
        .set("auth.api_keys", true)
        .set("ops.listen", "")
        .listening_async()
        .await;
    let call = |line: &str| {
        let (command, arguments) = line.split_once(' ').unwrap();
        let program = Program::new(command)
            .args(arguments.split_whitespace())
            .args(["--output", "json", "--server", &url, "--api-key-file"])
            .args([&file]);
        CommandOutput(program.run())
    };
    let created = call("tenant create acme --name Acme --burst 50").json();
    assert_eq!(created["tenant"]["burst"], 50);
    let key = call("key create --tenant acme --label billing").json();
    assert!(key["key"].as_str().unwrap().starts_with("wam_"));
    for line in ["tenant show acme", "tenant list", "key list --tenant acme"] {
        let (called, opened) = (call(line), operator.run(line));
        assert_eq!(called.json(), opened.json(), "{line}");
    }
    for (line, exit) in [
        ("tenant show bakery", 4),
        ("tenant create acme", 3),
        ("tenant delete default --yes", 3),
        ("key rotate key_00000000000000000000000000000007", 4),
    ] {
        let (called, opened) = (call(line), operator.run(line));
        let message = |output: &CommandOutput| {
            let line = output.stderr().lines().last().unwrap_or_default();
            let error: Value = serde_json::from_str(line).unwrap();
            (output.0.code(), error["error"]["message"].clone())
        };
        assert_eq!(message(&called), message(&opened), "{line}");
        assert_eq!(called.0.code(), Some(exit), "{line}");
    }
    call("tenant list --store sqlite://a.db").fails(2, "--store");
    call("tenant list --set log.level=info").fails(2, "--server");
    drop(process);
}

#[tokio::test]
async fn commands_work_while_the_service_has_the_file_open() {
    let operator = Operator::on_sqlite();
    let created = operator.run("tenant list");
    created.json();
    assert!(
        created.stderr().contains("it did not exist"),
        "{}",
        created.stderr()
    );
    let service = operator.store().await;
    operator.run("tenant create acme").json();
    let acme = service.tenant(&"acme".parse().unwrap()).await.unwrap();
    let acme = acme.expect("another process reads what this one wrote");
    operator.run("tenant disable acme").json();
    let saved = service.save_tenant(&acme).await.unwrap();
    assert_eq!(saved, waba_migrator::store::Saved::Conflict);
    service.close().await;
    assert!(Path::new(&operator.key_file()).exists());
}

#[tokio::test]
async fn standard_input_can_hold_only_one_secret() {
    let operator = Operator::on_sqlite();
    let both = "tenant create acme --access-token-file - --app-secret-file -";
    operator
        .run_with(both, "canary")
        .fails(2, "only one secret");
    assert!(!operator.key_file().exists(), "no key was created");
}
