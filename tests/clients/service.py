"""The service as a user starts it, with a sandbox beside it, for clients that are not ours."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "104996122399160"
DESTINATION = "215589313241560"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


class Service:
    """`waba-migrator serve` beside a sandbox of its own, as processes."""

    def __init__(self, program, folder, **settings):
        self.program, self.folder, self.settings = program, folder, settings
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.sandbox = self.spawn("sandbox")
        wait_for_port(self.sandbox_port)
        self.start()

    def spawn(self, command):
        environment = {
            **os.environ,
            "WABA_MIGRATOR__SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "WABA_MIGRATOR__OPS__LISTEN": "",
            "WABA_MIGRATOR__STORE__URL": f"sqlite://{self.folder}/migrations.db",
            "WABA_MIGRATOR__GRAPH__BASE_URL": f"http://127.0.0.1:{self.sandbox_port}",
            "WABA_MIGRATOR__GRAPH__ACCESS_TOKEN": "any-token",
            "WABA_MIGRATOR__SANDBOX__LISTEN": f"127.0.0.1:{self.sandbox_port}",
            "WABA_MIGRATOR__ENGINE__LEASE": "2s",
            **{f"WABA_MIGRATOR__{name.upper()}": value for name, value in self.settings.items()},
        }
        log = open(Path(self.folder) / f"{command}.log", "ab")
        return subprocess.Popen([self.program, command], cwd=self.folder, env=environment, stdout=log, stderr=log)

    def start(self):
        self.process = self.spawn("serve")
        wait_for_port(self.port)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        for process in (self.process, self.sandbox):
            process.terminate()
        for process in (self.process, self.sandbox):
            assert process.wait(timeout=20) == 0, "it stops cleanly when it is asked to"

    def logs(self):
        return "\n".join(path.read_text(errors="replace") for path in sorted(Path(self.folder).glob("*.log")))

    def sandbox_says(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sandbox_port}/sandbox/{path}") as answer:
            return json.load(answer)

    def code(self, digits):
        return self.sandbox_says(f"numbers/{digits}/messages")["messages"][-1]["code"]


def run(tests, start):
    """Runs each test with the service that `start` makes in a folder, and prints the totals. Returns the exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        service = start(folder)
        for test in tests:
            try:
                test(service)
                print(f"{test.__name__} ... ok", flush=True)
            except Exception:  # noqa: BLE001 - a client's test reports whatever went wrong
                failed += 1
                traceback.print_exc()
                print(f"{test.__name__} ... FAILED", flush=True)
        try:
            service.stop()
        finally:
            if failed:
                print(service.logs())
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0
