"""Walks through the pages as a person does: pastes each block, in the order of the page, into the
shell that the page names. Everything is done twice, in the same directory.

    python walk.py target/debug/waba-migrator NODE-MODULES

The first word after the language in a block's fence says what it is:

- `shell=NAME`: for the shell of that name, on a terminal of its own
- the name of a program: a part of it; a later block of a shell runs the program

Any other block must be in NOT_RUN, with the reason. The pages' ports are replaced by free ones, and the
packages that they install come in the versions of the lock files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from service import ROOT, free_port
from terminal import Terminal

# Files of the programs, by the marks of their blocks.
PROGRAMS = {
    "python requests": "move_requests.py",
    "python grpcio": "move_grpcio.py",
    "ts fetch": "move_fetch.mts",
    "ts grpc-js": "move_grpc.mts",
}

# Page, a part of the block, and why it is not run.
NOT_RUN = [
    ("README.md", "your backend ──gRPC", "a drawing"),
    ("README.md", "CHECK ─▶", "a drawing"),
    ("README.md", "tests/run", "it runs this walk"),
    ("README.md", "docker compose", "needs a container engine: tests/compose runs its services and its commands"),
    ("docs/authentication.md", "[auth.jwt]", "settings, with the address of an issuer"),
    ("docs/authentication.md", '"iss":', "a token"),
    ("docs/authentication.md", "[tls]", "settings, with the files of an authority"),
    ("docs/deployment.md", "[docs]", "settings, with the address of a service"),
    ("docs/deployment.md", "cargo install --path", "takes ten minutes"),
    ("docs/deployment.md", "/etc/waba-migrator", "changes the machine: tests/run checks the unit"),
    ("docs/deployment.md", "docker ", "needs a container engine: tests/image builds and runs the image"),
    ("docs/deployment.md", "helm install", "needs a cluster: tests/chart renders the chart and runs its parts"),
    ("docs/deployment.md", "kubectl exec", "needs a cluster: tests/chart runs the same commands"),
    ("docs/deployment.md", "/run/tls/tls.crt", "needs a certificate of an authority; the block before tries TLS"),
    ("docs/api.md", "new EventSource", "for a browser: browser.py runs the same"),
    ("docs/api.md", '"error": {', "an answer"),
    ("docs/api.md", "npx openapi-typescript", "generated.py runs it, with other packages than this walk"),
    ("docs/api.md", "openapi-python-client generate", "generated.py runs it, with other packages than this walk"),
    ("docs/api.md", "client.POST(", "a part of tests/generated/move.mts, which generated.py runs"),
    ("docs/api.md", "function explain(", "a part of tests/generated/move.mts, which generated.py runs"),
    ("docs/api.md", "migrate.sync(", "a part of tests/generated/move.py, which generated.py runs"),
    ("docs/api.md", "def explain(", "a part of tests/generated/move.py, which generated.py runs"),
]

# Page, a part of the block, and what its output must contain.
EXPECTED = [
    ("README.md", "cargo run -- demo", ["SUCCEEDED"]),
    ("README.md", "order-'$number'", ["STATE_SUCCEEDED"]),
    ("README.md", "status +$number", ["SUCCEEDED"]),
    ("README.md", "config check", ["graph.access_token"]),
    ("README.md", "--access-token-file token", ["acme"]),
    ("docs/authentication.md", "npx buf curl", ["WAITING_FOR_CODE", '"migrations"']),
    ("docs/authentication.md", "8080/v1/migrations", ['"migrations"']),
    ("docs/authentication.md", "--role admin", ['"id":"acme"']),
    ("docs/api.md", "/v1/eligibility", ['"eligible":true']),
    ("docs/api.md", "buf curl", ['"eligible": true']),
    ("docs/api.md", "/code -H", ["STATE_SUCCEEDED"]),
    ("docs/api.md", "watch | grep", ["id: "]),
    ("docs/api.md", "If-None-Match", ["304", "twoStepPin"]),
    ("docs/api.md", "2025550190", ["400"]),
    (
        "docs/api.md",
        "python move_requests.py",
        # One from each program's part that reads an error, and what each prints at its end.
        ["VERDICT_PASS", "400 INVALID_ARGUMENT ['INVALID_FIELDS']", "StatusCode.INVALID_ARGUMENT INVALID_FIELDS"]
        + ["INVALID_ARGUMENT INVALID_FIELDS", "INVALID_ARGUMENT: ", "display name", "EVENT_KIND_ACCEPTED"],
    ),
]

CODE = re.compile(r'"code":"(\d{6})"')


def blocks(page):
    """The blocks of a page: mark and text."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


class Walk:
    """A person who has the repository in a folder and reads one page."""

    def __init__(self, page, folder, program):
        self.page, self.folder = page, Path(folder)
        self.api, self.ops, self.sandbox = free_port(), free_port(), free_port()
        self.shells, self.programs = {}, {}
        self.environment = environment(self, program)
        self.used = set()

    def here(self, text):
        """The text with free ports instead of the page's."""
        for port, free in [(8080, self.api), (8089, self.sandbox), (9090, self.ops)]:
            text = re.sub(rf"\b(127\.0\.0\.1|localhost):{port}\b", rf"\1:{free}", text)
        return re.sub(r"^npm install .*$", lambda line: pinned(line.group()), text, flags=re.MULTILINE)

    def walk(self):
        parts = blocks(self.page)
        try:
            while parts:
                mark, text = parts.pop(0)
                if any(page == self.page and part in text for page, part, _ in NOT_RUN):
                    continue
                if mark in PROGRAMS:
                    self.programs.setdefault(PROGRAMS[mark], []).append(text)
                    continue
                shell = re.search(r"\bshell=(\w+)", mark)
                assert shell, f"{self.page}: not run, and not in NOT_RUN: ```{mark}\n{text}"
                self.paste(shell.group(1), text, parts)
        finally:
            for shell in self.shells.values():
                shell.close()
        expected = [one for one in EXPECTED if one[0] == self.page]
        unused = [part for _, part, _ in expected if part not in self.used]
        assert not unused, f"{self.page} has no block with {unused}"

    def paste(self, name, text, later):
        shell = self.shells.get(name)
        if shell is None:
            shell = self.shells[name] = Terminal(name, self.folder, self.environment)
        shell.interrupt()
        for file, pieces in self.programs.items():
            (self.folder / file).write_text(self.here("\n".join(pieces)))
        # The commands' default server has the page's port. Those that also work on the store do so
        # unless they are given a server, and the pages give none.
        on_the_store = re.search(r"waba-migrator (tenant|key) ", text)
        server = "unset" if on_the_store else f"export WABA_MIGRATOR_SERVER=http://127.0.0.1:{self.api};:"
        shell.paste(f"{server} WABA_MIGRATOR_SERVER\n{self.here(text)}")
        if "waba-migrator serve" in text:
            shell.wait(lambda output: "documentation: " in output or "end-" in output, "the address")
            assert "documentation: " in shell.output, shell.output
            self.check(text, shell.output)
            return
        if "cargo run -- demo" in text:
            # The page shows the phone beside the prompt.
            shell.type(shell.wait(code_and_prompt, "the prompt and the code") + "\n")
        if "--follow" in text:
            shell.wait(lambda output: re.search(r"code[^\n]*: $", output, re.IGNORECASE), "the prompt")
            mark, phone = later.pop(0)
            other = re.search(r"\bshell=(\w+)", mark).group(1)
            assert other != name, "this shell is occupied"
            self.paste(other, phone, later)
            shell.type(CODE.findall(self.output)[-1] + "\n")
        self.output = shell.finish()
        if text.startswith("install -m 600"):
            # The page asks for it.
            Path(self.folder, text.split()[-1]).write_text("EAAB-not-a-real-token\n")
        self.check(text, self.output)

    def check(self, text, output):
        assert "command not found" not in output, output
        for page, part, words in EXPECTED:
            if page == self.page and part in text:
                self.used.add(part)
                missing = [word for word in words if word not in output]
                assert not missing, f"{missing} is not in the output of:\n{text}\n{output}"


def code_and_prompt(output):
    """The code at the phone, once the prompt for it is there."""
    codes = re.findall(r"\b\d{6}\b|\b\d{3}-\d{3}\b", output)
    return codes and re.search(r": ?$", output) and codes[-1]


def pinned(line):
    """The packages with the versions of the lock file."""
    versions = json.loads((ROOT / "tests/clients/node/package.json").read_text())["dependencies"]
    words = line.split(" ")
    assert all(word in versions or word.startswith("-") for word in words[2:]), f"not in the lock file: {line}"
    return " ".join(f"{word}@{versions[word]}" if word in versions else word for word in words)


def environment(walk, program):
    """The variables of a person's shell, with a repository in the folder."""
    target = Path(program).resolve().parents[1]
    folder = walk.folder
    for name in ["proto", "docs", "Cargo.toml"]:
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    if not (folder / "target").exists():
        (folder / "target").symlink_to(target)
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    # The repository is elsewhere, and built already.
    cargo = tools / "cargo"
    cargo.write_text(f'#!/bin/sh\ncd "{ROOT}" && CARGO_TARGET_DIR="{target}" exec "{shutil.which("cargo")}" "$@"\n')
    cargo.chmod(0o755)
    constraints = tools / "constraints.txt"
    listed = (ROOT / "tests/clients/requirements.txt").read_text()
    constraints.write_text("\n".join(re.findall(r"^[\w.-]+==\S+", listed, re.MULTILINE)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WABA_", "VIRTUAL_ENV", "PIP_"))}
    path = [part for part in kept["PATH"].split(":") if part != str(Path(sys.executable).parent)]
    # README.md and the page of the API say how to find the program.
    installed = [] if walk.page in ["README.md", "docs/api.md"] else [str(target / "debug")]
    return {
        **kept,
        "PATH": ":".join([str(tools), *installed, *path]),
        "WABA_MIGRATOR__SERVER__LISTEN": f"127.0.0.1:{walk.api}",
        "WABA_MIGRATOR__OPS__LISTEN": f"127.0.0.1:{walk.ops}",
        "WABA_MIGRATOR__SANDBOX__LISTEN": f"127.0.0.1:{walk.sandbox}",
        "PIP_CONSTRAINT": str(constraints),
        "PIP_ONLY_BINARY": ":all:",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_ignore_scripts": "true",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_yes": "true",
    }


def types_are_correct(folder, modules):
    """The TypeScript of docs/api.md under a strict compiler."""
    for name in ["move_fetch.mts", "move_grpc.mts"]:
        options = "--noEmit --strict --target es2022 --module nodenext --lib es2022,dom,dom.asynciterable --types node"
        roots = ["--typeRoots", str(Path(modules, "@types"))]
        command = [str(Path(modules, ".bin/tsc")), *options.split(), *roots, name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def main(program, modules, *pages):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        tests = []
        for page in pages or ["README.md", "docs/api.md", "docs/authentication.md", "docs/deployment.md"]:
            place = Path(folder, page.replace("/", "-"))
            place.mkdir()
            for time in ["the first time", "the second time"]:
                tests.append((f"{page}, {time}", lambda page=page, place=place: Walk(page, place, program).walk()))
            if page == "docs/api.md":
                tests.append(("the types of its TypeScript", lambda place=place: types_are_correct(place, modules)))
        for what, test in tests:
            try:
                test()
                passed += 1
                print(f"{what} ... ok", flush=True)
            except Exception:  # noqa: BLE001 - whatever stops a reader is a failure
                failed += 1
                traceback.print_exc()
                print(f"{what} ... FAILED", flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*(os.path.abspath(path) for path in sys.argv[1:3]), *sys.argv[3:]))
