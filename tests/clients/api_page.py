"""Runs the snippets of docs/api.md: those of one language together are a program that moves a number.

    python api_page.py target/debug/waba-migrator NODE-MODULES
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import service
from service import ROOT

PAGE = (ROOT / "docs/api.md").read_text()


def snippets(kind):
    """The snippets of the page with this mark, in order, as one text."""
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks, f"docs/api.md has no {kind}"
    return "\n".join(blocks)


def ran(service, folder, name, text, command):
    """Runs a program as the page has it, except for the addresses. Returns its output."""
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{service.port}")
    text = text.replace("127.0.0.1:8089", f"127.0.0.1:{service.sandbox_port}")
    (folder / name).write_text(text)
    venv = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder / 'node_modules/.bin'}:{venv}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{name}: {done.stdout}\n{done.stderr}"
    return done.stdout


def place(service, name):
    """A folder for a program, with the contract in it."""
    folder = Path(service.folder) / name
    folder.mkdir()
    (folder / "proto").symlink_to(ROOT / "proto")
    return folder


def moved(output, *others):
    for word in ("STATE_SUCCEEDED", *others):
        assert word in output, f"{word} is not in:\n{output}"


def curl_moves_a_number(service):
    output = ran(service, place(service, "curl"), "program.sh", snippets("sh curl"), ["sh", "program.sh"])
    moved(output, '"eligible":true', "id: ", "304", "twoStepPin", "400")


def requests_move_a_number(service):
    output = ran(service, place(service, "requests"), "program.py", snippets("python requests"), ["python", "program.py"])
    moved(output, "VERDICT_PASS", "EVENT_KIND_ACCEPTED", "display name", "400 INVALID_ARGUMENT ['INVALID_FIELDS']")


def grpcio_moves_a_number(service):
    folder = place(service, "grpcio")
    ran(service, folder, "generate.sh", snippets("sh grpcio"), ["sh", "generate.sh"])
    output = ran(service, folder, "program.py", snippets("python grpcio"), ["python", "program.py"])
    moved(output, "EVENT_KIND_ACCEPTED", "display name", "StatusCode.INVALID_ARGUMENT")


def typescript(service, name):
    folder = place(service, name)
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copy(ROOT / "tests/clients/node/package.json", folder)
    # A program with `await` at its top is a module.
    text = snippets(f"ts {name}") + "\nexport {};\n"
    check = "tsc --strict --target es2022 --module nodenext --lib es2022,dom,dom.asynciterable program.ts"
    output = ran(service, folder, "program.ts", text, ["sh", "-c", f"{check} && node program.js"])
    moved(output, "true", "EVENT_KIND_ACCEPTED", "display name")


def typescript_moves_a_number_by_fetch(service):
    typescript(service, "fetch")


def typescript_moves_a_number_by_grpc(service):
    typescript(service, "grpc-js")


TESTS = [
    curl_moves_a_number,
    requests_move_a_number,
    grpcio_moves_a_number,
    typescript_moves_a_number_by_fetch,
    typescript_moves_a_number_by_grpc,
]

if __name__ == "__main__":
    program, MODULES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    sys.exit(service.run(TESTS, lambda folder: service.Service(program, folder)))
