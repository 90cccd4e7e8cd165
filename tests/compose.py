"""Runs what compose.yaml describes, without containers: its script, and its services as processes of
the built program, with the image's configuration; then the commands of README.md, twice.

    TEST_POSTGRES_URL=postgres://… tests/compose.py target/debug/waba-migrator

`tests/run` calls this.
"""

import contextlib
import os
import re
import shlex
import socket
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

PATIENCE = 30.0
SECRETS = "/run/waba-migrator"
# Words that name a secret in an environment; a `_FILE` names only its path.
SECRET = re.compile(r"(TOKEN|SECRET|PASSWORD|KEYS?|URL)$")

passed = failed = 0


def check(what, wrong):
    """Counts one check. `wrong` describes the problem and is empty if there is none."""
    global passed, failed
    passed, failed = passed + (not wrong), failed + bool(wrong)
    if wrong:
        print(f"FAILED {what}: {wrong}", flush=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def safe(services):
    """What must be true of the file itself."""
    for name, service in services.items():
        open_ports = [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")]
        check(f"{name}: ports are published on loopback only", open_ports)
        variables = service.get("environment", {})
        check(f"{name}: no secret is in the file", [key for key in variables if SECRET.search(key) and "BASE_URL" not in key])
    own = {name: service for name, service in services.items() if service["image"].startswith("waba-migrator")}
    check("the program runs twice", sorted(own) != ["sandbox", "service"] and list(own))
    check("one of them builds the image", ["build" in own["service"], "build" in own["sandbox"]] != [True, False])
    for name, service in own.items():
        check(f"{name}: unprivileged", (service["read_only"], service["cap_drop"]) != (True, ["ALL"]))
    needed = services["service"]["depends_on"]
    check("one that ends is awaited, or `up --wait` fails", needed["secrets"]["condition"] != "service_completed_successfully")


def secrets(service, folder):
    """Runs the script that draws the secrets, twice; returns them."""
    [script] = service["command"]
    script = script.replace("$$", "$").replace(SECRETS, str(folder))
    drawn = []
    for _ in range(2):
        # Only root can give files away.
        ran = subprocess.run(
            ["bash", "-ec", "chown() { :; }\n" + script], capture_output=True, text=True, check=False
        )
        check("the script draws the secrets", ran.returncode and ran.stderr)
        drawn.append({file.name: file.read_text().strip() for file in folder.iterdir()})
    check("a second start keeps the secrets", drawn[0] != drawn[1])
    modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}
    check("only their owners read them", set(modes.values()) != {"0o600"} and modes)
    url = urllib.parse.urlsplit(drawn[0]["store-url"])
    check("the URL has the password of the database", url.password != drawn[0]["postgres-password"] or len(url.password) < 64)
    return url


def agrees(service, url):
    """The database is the one that the URL names."""
    variables = service["environment"]
    names = (variables["POSTGRES_USER"], variables["POSTGRES_DB"], 5432)
    check("the URL names the database of the file", (url.username, url.path.strip("/"), url.port) != names and names)
    check("the URL names the service of the database", url.hostname != "postgres")


def image():
    """The configuration and the health check of the image."""
    text = Path("Dockerfile").read_text()
    toml = re.search(r"printf '(\[server\].*?)' ", text).group(1).replace("\\n", "\n")
    health = re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE).group(1)
    return toml, yaml.safe_load(health)


@contextlib.contextmanager
def process(program, arguments, env, folder):
    with open(Path(folder, arguments[0] + ".log"), "w") as log:
        running = subprocess.Popen([program, *arguments], env=env, cwd=folder, stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.terminate()
            code = running.wait(PATIENCE)
            check(f"{arguments[0]} stops cleanly", code and f"{code}: {Path(folder, log.name).read_text()}")


def answers(url):
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def database(folder):
    """A new database of the test server; its URL."""
    server = os.environ["TEST_POSTGRES_URL"]
    name = f"compose_{os.getpid()}"
    subprocess.run(["psql", "--quiet", "--command", f"CREATE DATABASE {name}", server], check=True)
    url = urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()
    Path(folder, "store-url").write_text(url)
    return lambda: subprocess.run(["psql", "--quiet", "--command", f"DROP DATABASE {name} WITH (FORCE)", server], check=True)


def run(program, services, folder, secret):
    """Starts the services and runs the commands of README.md."""
    toml, health = image()
    api, ops, phones = free_port(), free_port(), free_port()
    places = {"0.0.0.0:8080": api, "0.0.0.0:9090": ops, "0.0.0.0:8089": phones, "sandbox:8089": phones, "127.0.0.1:8080": api}

    def here(text):
        for there, port in places.items():
            text = text.replace(there, f"127.0.0.1:{port}")
        return text.replace(SECRETS, str(secret))

    config = Path(folder, "waba-migrator.toml")
    config.write_text(here(toml))
    tomllib.loads(toml)
    env = {name: value for name, value in os.environ.items() if not name.startswith("WABA_")}
    env["WABA_MIGRATOR_CONFIG"] = str(config)
    of_service = env | {name: here(value) for name, value in services["service"]["environment"].items()}
    sandbox = [here(argument) for argument in services["sandbox"]["command"]]
    with process(program, sandbox, env, folder), process(program, services["service"]["command"], of_service, folder):
        ready = answers(f"http://127.0.0.1:{ops}/readyz")
        check("the service is ready", not ready and Path(folder, "serve.log").read_text())
        healthy = subprocess.run([program, *health[1:]], env=of_service, capture_output=True, text=True, check=False)
        check("its health check passes", healthy.returncode and healthy.stdout + healthy.stderr)
        # `docker compose exec service` runs a command beside the service, with its environment.
        exported = " ".join(f"{name}={shlex.quote(of_service[name])}" for name in of_service if name.startswith("WABA_"))
        docker = Path(folder, "docker")
        docker.write_text(
            f'#!/bin/sh\ncase "$*" in\n"compose up"*) ;;\n'
            f'"compose exec service waba-migrator "*) shift 4; {exported} exec {shlex.quote(program)} "$@" ;;\n'
            f"*) exit 64 ;;\nesac\n"
        )
        docker.chmod(0o755)
        readme = re.search(r"^```sh shell=docker\n(.*?)^```$", Path("README.md").read_text(), re.MULTILINE | re.DOTALL)
        for turn in ["the first time", "the second time"]:
            ran = subprocess.run(
                ["bash", "-ec", here(readme.group(1))],
                env=env | {"PATH": f"{folder}:{env['PATH']}"},
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            check(f"the commands of README.md, {turn}", (ran.returncode or "migrations" not in ran.stdout) and ran.stdout + ran.stderr)


def main(program):
    services = yaml.safe_load(Path("compose.yaml").read_text())["services"]
    safe(services)
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder, "secrets")
        secret.mkdir()
        url = secrets(services["secrets"], secret)
        agrees(services["postgres"], url)
        drop = database(secret)
        try:
            run(str(Path(program).resolve()), services, folder, secret)
        finally:
            drop()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
