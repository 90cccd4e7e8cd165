"""Runs an image of the service as a cluster would, and tests it from outside.

    tests/image.py IMAGE SIZE-LIMIT

`tests/image` builds the image and calls this.
"""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime

PATIENCE = 30.0
READY_LIMIT = 0.3
VOLUME = "waba-migrator-image-test"
# Small limits: the defaults may exceed those of the machine.
RUN = ["run", "--detach", "--network=host", "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL"]
RUN += ["--security-opt=no-new-privileges", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]

passed = failed = 0
containers = []


def check(what, holds, detail=""):
    """Counts and prints one check."""
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(("ok     " if holds else "FAILED ") + what, detail, flush=True)


def podman(*arguments, ok=True):
    """Runs podman and returns the result."""
    done = subprocess.run(["podman", "--runtime", "runc", *arguments], capture_output=True, text=True)
    if ok and done.returncode:
        raise SystemExit(f"podman {' '.join(arguments)}: {done.stderr}{done.stdout}")
    return done


def start(image, options, *command):
    """Starts a container and returns its id."""
    container = podman(*RUN, *options, image, *command).stdout.strip()
    containers.append(container)
    return container


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ready(port):
    """Waits until the service is ready; returns the time in seconds since the epoch."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return time.time()
        except (urllib.error.URLError, OSError):
            time.sleep(0.002)
    raise SystemExit("the service did not become ready: " + podman("logs", containers[-1], ok=False).stderr)


def started(container):
    """The start of its process, in seconds since the epoch."""
    at = podman("inspect", "--format", "{{json .State.StartedAt}}", container).stdout
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", json.loads(at))).timestamp()


def main(image, limit):
    described = json.loads(podman("image", "inspect", image).stdout)[0]
    size, config = described["Size"], described["Config"]
    check(f"the image has {size / 2**20:.1f} MiB", size < limit)
    check("it runs as an unprivileged user", config["User"] == "65532:65532")
    labels = config["Labels"]
    names = ["title", "licenses", "version", "revision"]
    check("it has its labels", all(labels.get(f"org.opencontainers.image.{name}") for name in names), labels)
    shell = podman("run", "--rm", *RUN[2:], "--entrypoint", "/bin/sh", image, "-c", "true", ok=False)
    check("it has no shell", shell.returncode != 0)
    version = podman("run", "--rm", *RUN[2:], image, "--version").stdout.strip()
    check("it prints its release", labels["org.opencontainers.image.revision"] in version, version)

    podman("volume", "rm", "--force", VOLUME)
    api, ops, phones = free_port(), free_port(), free_port()
    sandbox = ["--env", f"WABA_MIGRATOR__SANDBOX__LISTEN=127.0.0.1:{phones}"]
    start(image, sandbox, "sandbox")
    options = ["--volume", f"{VOLUME}:/var/lib/waba-migrator"]
    for name, value in [
        ("SERVER__LISTEN", f"127.0.0.1:{api}"),
        ("OPS__LISTEN", f"127.0.0.1:{ops}"),
        ("SANDBOX__BASE_URL", f"http://127.0.0.1:{phones}"),
    ]:
        options += ["--env", f"WABA_MIGRATOR__{name}={value}"]
    for times in ["the first start, with a new database", "the second start"]:
        service = start(image, options)
        took = ready(ops) - started(service)
        check(f"ready {took * 1000:.0f} ms after its process started: {times}", took < READY_LIMIT)
        if times.startswith("the first"):
            podman("stop", "--time=30", service)
    check("its health check passes", podman("healthcheck", "run", service, ok=False).returncode == 0)

    def inside(*command):
        return podman("exec", *[word for name in environment for word in ("--env", name)], service, "waba-migrator", *command, ok=False)

    environment = []
    made = inside("tenant", "create", "smoke", "--sandbox")
    check("a tenant is created in it", made.returncode == 0, made.stderr)
    key = json.loads(inside("key", "create", "--tenant", "smoke", "--label", "image", "--output", "json").stdout)
    [secret] = [value for value in key.values() if isinstance(value, str) and value.startswith("wam_") and len(value) > 40]
    environment = [f"WABA_MIGRATOR_API_KEY={secret}"]
    places = ["--server", f"http://127.0.0.1:{api}", "--sandbox", f"http://127.0.0.1:{phones}"]
    moved = inside("smoke-test", *places)
    check("a number moves through it", moved.returncode == 0, moved.stdout.strip().splitlines()[-1:])
    environment = []
    refused = inside("list", "--server", f"http://127.0.0.1:{api}")
    check("a caller without a key is rejected", refused.returncode != 0)

    podman("stop", "--time=30", service)
    code = podman("inspect", "--format", "{{.State.ExitCode}}", service).stdout.strip()
    check("it shuts down cleanly", code == "0", f"exit code {code}")


try:
    main(sys.argv[1], int(sys.argv[2]))
finally:
    for made in containers:
        podman("rm", "--force", "--time=0", made, ok=False)
    podman("volume", "rm", "--force", VOLUME, ok=False)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
