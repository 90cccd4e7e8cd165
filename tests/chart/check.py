"""Tests the chart over a matrix of values, with the oldest and the newest Helm.

    tests/chart/check.py WABA-MIGRATOR HELM PROMTOOL

Every set of values is linted and rendered by both versions, which must agree. The objects must match
the schemas of Kubernetes, and the program must accept the configuration in them. The test of
`helm test` is run here, against a process with the rendered configuration. `tests/run` calls this.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

# The oldest supported version, a widely used one, and the newest with published schemas.
KUBERNETES = ["1.25", "1.31", "1.37"]
CHART = "helm"
NAME = "move"
MAIN = f"{NAME}-waba-migrator"
PATIENCE = 30.0
# Kinds without a schema in Kubernetes itself.
FOREIGN = {"GRPCRoute", "ServiceMonitor", "PrometheusRule"}
SECRETS = "/run/waba-migrator/secret"

POSTGRESQL = {
    "store": {"type": "postgresql"},
    "secret": {"existing": "migrator", "holds": ["store-url", "keys"]},
}
EVERYTHING = {
    **POSTGRESQL,
    "secret": {
        "existing": "migrator",
        "holds": ["store-url", "keys", "graph-access-token", "graph-app-secret", "otlp-headers"],
    },
    "image": {"repository": "registry.example/waba-migrator", "digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "autoscaling": {"enabled": True},
    "config": {
        "auth": {"api_keys": True, "jwt": {"issuer": "https://a.example", "audience": "b", "jwks_url": "https://a.example/keys"}},
        "engine": {"workers": 1000, "poll": "10s", "workers_per_tenant": 500},
        "graph": {"app_id": "138483919580948", "max_response_bytes": 4194304},
        "telemetry": {"otlp_endpoint": "http://collector:4317", "allow_http": True, "sampling_ratio": 0.25},
    },
    "tls": {"existingSecret": "migrator-tls", "clientCaSecret": "migrator-clients"},
    "service": {"type": "LoadBalancer", "port": 443, "annotations": {"a": "b"}},
    "ingress": {"enabled": True, "className": "nginx", "hosts": ["a.example"], "tls": [{"hosts": ["a.example"], "secretName": "s"}]},
    "grpcRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}], "hostnames": ["a.example"]},
    "networkPolicy": {"apiFrom": [{"namespaceSelector": {}}]},
    "sandbox": {"enabled": True},
    "tests": {"apiKeySecret": "smoke", "server": "https://a.example"},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True},
    "grafanaDashboard": {"enabled": True},
    "extraEnv": [{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "deployment.environment.name=prod"}],
    "podAnnotations": {"a": "b"},
    "podLabels": {"team": "north"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "priorityClassName": "high",
}

RENDERED = {
    "default values": {},
    "SQLite on an existing claim": {"store": {"sqlite": {"existingClaim": "mine", "accessMode": "ReadWriteOncePod"}}},
    "SQLite with given keys": {"secret": {"values": {"keys": "k1 " + "0f" * 32}}},
    "with a sandbox": {"sandbox": {"enabled": True}, "tests": {"apiKeySecret": "smoke"}},
    "PostgreSQL": POSTGRESQL,
    "PostgreSQL with one replica": {**POSTGRESQL, "replicas": 1},
    "everything": EVERYTHING,
    "the minimum": {
        "networkPolicy": {"enabled": False},
        "serviceAccount": {"create": False},
        "preStopSeconds": 0,
        "fullnameOverride": "m",
    },
}

# Values that would lose data, show a secret or not start, with the error they must cause.
REFUSED = {
    "SQLite with the URL of a server": ({"secret": {"values": {"store-url": "postgres://a"}}}, "store.type sqlite has no URL"),
    "no image": ({"image": {"repository": ""}}, "image.repository must be set"),
    "SQLite with several replicas": ({"replicas": 2}, "replicas must be 1"),
    "SQLite with autoscaling": ({"autoscaling": {"enabled": True}}, "autoscaling cannot be enabled"),
    "a misspelt setting": ({"config": {"graph": {"bas_url": "x"}}}, "bas_url"),
    "an unknown section": ({"config": {"graphs": {"version": "x"}}}, "graphs"),
    "a misspelt setting of a subsection": ({"config": {"auth": {"api_keys": True, "jwt": {"isuer": "x"}}}}, "isuer"),
    "SQLite on a network volume": ({"store": {"sqlite": {"accessMode": "ReadWriteMany"}}}, "accessMode"),
    "PostgreSQL without URL": ({"store": {"type": "postgresql"}}, "needs the database URL"),
    "PostgreSQL without keys": (
        {**POSTGRESQL, "secret": {"existing": "s", "holds": ["store-url"]}},
        "needs the encryption keys",
    ),
    "two Secrets": ({"secret": {"existing": "s", "holds": ["keys"], "values": {"keys": "k"}}}, "give either the name"),
    "a Secret without entries": ({"secret": {"existing": "s"}}, "secret.holds must list"),
    "an unknown entry of a Secret": ({"secret": {"existing": "s", "holds": ["key"]}}, "holds"),
    "a token in a ConfigMap": ({"config": {"graph": {"access_token": "EAAB"}}}, "is a secret"),
    "the store URL in the settings": ({"config": {"store": {"url_file": "x"}}}, "is set by the chart"),
    "a listen address in the settings": ({"config": {"server": {"listen": "0.0.0.0:1"}}}, "is set by the chart"),
    "TLS in the settings": ({"config": {"tls": {"key_file": "x"}}}, "is set by the chart"),
    "two sandboxes": ({"sandbox": {"enabled": True}, "config": {"sandbox": {"base_url": "http://x"}}}, "name two sandboxes"),
    "no authentication": ({"config": {"auth": {"api_keys": False}}}, "must configure authentication"),
    "client certificates without TLS": ({"tls": {"clientCaSecret": "c"}}, "needs TLS"),
    "an unknown value": ({"replicaCount": 3}, "replicaCount"),
    "an Ingress without hosts": ({"ingress": {"enabled": True}}, "ingress.hosts"),
    "a route without Gateway": ({"grpcRoute": {"enabled": True}}, "grpcRoute.parentRefs"),
}

passed = failed = 0


def check(what, wrong):
    """Counts one check. `wrong` describes the problem and is empty if there is none."""
    global passed, failed
    passed, failed = passed + (not wrong), failed + bool(wrong)
    if wrong:
        print(f"FAILED {what}: {wrong}", flush=True)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def with_image(values):
    """The values with an image, which has no default."""
    return {"image": {"repository": "registry.example/waba-migrator"}, **values}


class Helms:
    """Both Helm versions, with the same values."""

    def __init__(self, program, folder):
        self.program, self.values = program, Path(folder, "values.yaml")

    def oldest(self, values, *command):
        self.values.write_text(yaml.safe_dump(with_image(values)))
        return run(self.program, *command, "--values", str(self.values))

    def render_oldest(self, values, kubernetes=KUBERNETES[-1]):
        """The objects, and the error."""
        done = self.oldest(values, "template", NAME, CHART, "--kube-version", f"{kubernetes}.0")
        return objects(done.stdout), done.stderr if done.returncode else ""

    @staticmethod
    def render_newest(values):
        with helm_python.Chart.load(CHART) as chart:
            try:
                chart.validate_schema(with_image(values))
                made = chart.render(with_image(values), name=NAME, namespace="default")
            except helm_python.HelmError as error:
                return [], str(error)
        texts = [text for path, text in made.items() if not path.endswith("NOTES.txt")]
        return [made for text in texts for made in objects(text)], ""


def objects(text):
    return [made for made in yaml.safe_load_all(text) if made]


def invalid(one, kubernetes):
    """Why an object is invalid in that version of Kubernetes."""
    if one["kind"] in FOREIGN:
        return not one["spec"] and "no spec"
    try:
        kubernetes_validate.validate(one, kubernetes, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{list(error.path)}: {error.message}"
    return ""


def by_name(made):
    return {(one["kind"], one["metadata"]["name"]): one for one in made}


def find(made, kind, suffix=""):
    """The only object of this kind whose name has this suffix."""
    [one] = [one for one in made if one["kind"] == kind and one["metadata"]["name"].endswith(suffix)]
    return one


def settle(folder, made, name=MAIN):
    """Writes the rendered configuration, with its paths moved into the folder; returns its path."""
    toml = by_name(made)["ConfigMap", name]["data"]["waba-migrator.toml"]
    for place in ["/run/waba-migrator", "/var/lib/waba-migrator"]:
        here = Path(folder, place.strip("/"))
        here.mkdir(parents=True, exist_ok=True)
        toml = toml.replace(place, str(here))
    config = Path(folder, "waba-migrator.toml")
    config.write_text(toml)
    return config


def matrix(helms, program, promtool):
    for what, values in RENDERED.items():
        lint = helms.oldest(values, "lint", "--strict", CHART)
        check(f"{what}: lint, oldest Helm", lint.returncode and lint.stdout)
        linted = helm_python.lint(CHART, with_image(values), strict=True)
        check(f"{what}: lint, newest Helm", [one for one in linted["messages"] if one["severity"] > 1] or linted["errors"])
        old, wrong_old = helms.render_oldest(values)
        new, wrong_new = helms.render_newest(values)
        check(f"{what}: rendered", wrong_old or wrong_new)
        differing = {name for name in {**by_name(old), **by_name(new)} if by_name(old).get(name) != by_name(new).get(name)}
        check(f"{what}: equal from both versions", differing)
        check(f"{what}: names are unique", len(by_name(old)) != len(old))
        for kubernetes in KUBERNETES:
            made, _ = helms.render_oldest(values, kubernetes)
            check(f"{what}: not empty for Kubernetes {kubernetes}", not made)
            for one in made:
                check(f"{what}: {one['kind']} {one['metadata']['name']} in Kubernetes {kubernetes}", invalid(one, kubernetes))
        hardened(what, old)
        with tempfile.TemporaryDirectory() as folder:
            config = settle(folder, old, values.get("fullnameOverride", MAIN))
            holds = values.get("secret", {})
            for entry in holds.get("holds", []) + list(holds.get("values", {})):
                place = Path(folder, SECRETS.strip("/"), entry)
                place.parent.mkdir(parents=True, exist_ok=True)
                texts = {"otlp-headers": "a=b", "store-url": "postgres://u:canary@h/d\n"}
                place.write_text(texts.get(entry, "0123456789abcdef"))
            env = {**os.environ, "WABA_MIGRATOR_CONFIG": str(config)}
            done = run(program, "config", "check", "--output", "json", env=env, cwd=folder)
            check(f"{what}: the program accepts the configuration", done.returncode and done.stderr)
            check(f"{what}: no password is shown", "canary" in done.stdout + done.stderr and "it is")
            check(f"{what}: no secret is in the environment", secrets_in_environment(old))
            if what == "everything" and not done.returncode:
                large = [one["value"] for one in json.loads(done.stdout)["settings"] if one["key"] == "graph.max_response_bytes"]
                check("integers stay integers", large != ["4194304"] and large)
    for what, (values, sentence) in REFUSED.items():
        for helm, render in [("oldest", helms.render_oldest), ("newest", helms.render_newest)]:
            made, wrong = render(values)
            check(f"{what}: refused by the {helm} Helm", "" if sentence in wrong else f"not refused with {sentence!r}: {wrong}")
    everything, _ = helms.render_oldest(EVERYTHING)
    rules = find(everything, "PrometheusRule")["spec"]
    check("the alerts equal those of the file", rules != yaml.safe_load(Path(CHART, "files/rules.yaml").read_text()) and "different")
    checked = run(promtool, "check", "rules", f"{CHART}/files/rules.yaml")
    check("promtool accepts the alerts", checked.returncode and checked.stdout + checked.stderr)
    board = json.loads(find(everything, "ConfigMap", "-dashboard")["data"]["waba-migrator.json"])
    check("the dashboard has panels", not board["panels"])


def secrets_in_environment(made):
    """Variables of the service that come from a Secret: other processes of its user can read them."""
    pods = [one["spec"]["template"]["spec"] for one in made if one["kind"] == "Deployment"]
    variables = [one for pod in pods for container in pod["containers"] for one in container.get("env", [])]
    return [one["name"] for one in variables if "secretKeyRef" in one.get("valueFrom", {})]


def hardened(what, made):
    """Checks that pods are unprivileged."""
    pods = [one["spec"]["template"]["spec"] for one in made if one["kind"] == "Deployment"]
    pods += [one["spec"] for one in made if one["kind"] == "Pod"]
    for pod in pods:
        [container] = pod["containers"]
        security = container["securityContext"]
        holds = (
            pod["securityContext"]["runAsNonRoot"]
            and pod["automountServiceAccountToken"] is False
            and security["readOnlyRootFilesystem"]
            and security["allowPrivilegeEscalation"] is False
            and security["capabilities"] == {"drop": ["ALL"]}
            and container["resources"]["limits"]["memory"]
        )
        check(f"{what}: {container['name']} is unprivileged", not holds and security)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def process(program, arguments, env, folder):
    with open(Path(folder, arguments[0] + ".log"), "w") as log:
        running = subprocess.Popen([program, *arguments], env=env, cwd=folder, stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.terminate()
            running.wait(PATIENCE)


def answers(url):
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{url} did not answer")


def helm_test(helms, program, promtool):
    """Runs the test of `helm test` against processes with the rendered configuration."""
    made, _ = helms.render_oldest(RENDERED["with a sandbox"])
    [test] = find(made, "Pod")["spec"]["containers"]
    [sandbox] = find(made, "Deployment", "-sandbox")["spec"]["template"]["spec"]["containers"]
    [service] = find(made, "Deployment", MAIN)["spec"]["template"]["spec"]["containers"]
    api, ops, phones = free_port(), free_port(), free_port()
    places = {
        f"http://{MAIN}:8080": f"http://127.0.0.1:{api}",
        f"http://{MAIN}-sandbox:8089": f"http://127.0.0.1:{phones}",
        "0.0.0.0:8089": f"127.0.0.1:{phones}",
        "0.0.0.0:8080": f"127.0.0.1:{api}",
        "0.0.0.0:9090": f"127.0.0.1:{ops}",
    }

    def here(text):
        for there, place in places.items():
            text = text.replace(there, place)
        return text

    with tempfile.TemporaryDirectory() as folder:
        config = settle(folder, made)
        config.write_text(here(config.read_text()))
        env = {**os.environ, "WABA_MIGRATOR_CONFIG": str(config)}
        with (
            process(program, [here(argument) for argument in sandbox["args"]], env, folder),
            process(program, service["args"], env, folder),
        ):
            answers(f"http://127.0.0.1:{ops}{service['readinessProbe']['httpGet']['path']}")
            answers(f"http://127.0.0.1:{phones}{sandbox['readinessProbe']['httpGet']['path']}")
            made_tenant = run(program, "tenant", "create", "smoke", "--sandbox", env=env, cwd=folder)
            check("helm test: a sandbox tenant is created", made_tenant.returncode and made_tenant.stderr)
            key = run(program, "key", "create", "--tenant", "smoke", "--label", "t", "--output", "json", env=env, cwd=folder)
            [secret] = re.findall(r"wam_[0-9a-z]+_[0-9a-z]{40,}", key.stdout)
            command = [here(argument) for argument in test["args"]]
            without = run(program, *command, cwd=folder)
            check("helm test: without a key it fails", "CREDENTIALS_MISSING" not in without.stderr and without.stderr)
            env_of_test = {"WABA_MIGRATOR_API_KEY": secret}
            names = {one["name"] for one in test["env"]}
            check("helm test: the key is in its environment", "WABA_MIGRATOR_API_KEY" not in names and names)
            moved = run(program, *command, env={**os.environ, **env_of_test}, cwd=folder)
            check("helm test: a number moves", moved.returncode and moved.stdout + moved.stderr)
            with urllib.request.urlopen(f"http://127.0.0.1:{ops}/metrics") as answer:
                metrics = answer.read().decode()
            checked = run(promtool, "check", "metrics", input=metrics)
            check("promtool accepts the metrics", checked.returncode and checked.stdout + checked.stderr)


def schema_of(settings):
    """The schema of settings: by section, as in default.toml."""

    def of(value):
        if isinstance(value, dict):
            return {"type": "object", "additionalProperties": False, "properties": {key: of(one) for key, one in value.items()}}
        return {"type": ["string", "number", "boolean"]}

    return of(settings)


def settings_are_known():
    """The chart refuses settings that the service does not have. With WRITE_SCHEMA, updates the schema."""
    path = Path(CHART, "values.schema.json")
    schema = json.loads(path.read_text())
    fresh = schema_of(tomllib.loads(Path("src/config/default.toml").read_text()))
    if "WRITE_SCHEMA" in os.environ:
        schema["properties"]["config"] = fresh
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
    outdated = schema["properties"]["config"] != fresh
    check("the chart knows every setting", outdated and "run: WRITE_SCHEMA=1 tests/run")


def main(program, helm, promtool):
    program = str(Path(program).resolve())
    settings_are_known()
    hadolint = Path(sys.executable).with_name("hadolint")
    release = tomllib.loads(Path("Cargo.toml").read_text())["package"]["version"]
    chart = yaml.safe_load(Path(CHART, "Chart.yaml").read_text())
    check("the chart has the release of Cargo.toml", {chart["version"], chart["appVersion"]} != {release} and chart)
    check("the image has the release of Cargo.toml", f"ARG VERSION={release}\n" not in Path("Dockerfile").read_text() and release)
    linted = run(str(hadolint), "--failure-threshold", "style", "Dockerfile")
    check("hadolint accepts the Dockerfile", linted.returncode and linted.stdout + linted.stderr)
    folder = tempfile.mkdtemp()
    try:
        helms = Helms(helm, folder)
        matrix(helms, program, promtool)
        helm_test(helms, program, promtool)
    finally:
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
