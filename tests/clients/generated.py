"""Clients that foreign generators make from the description of REST: the types of programs that use
them are checked strictly, and the programs move a number.

    python generated.py target/debug/waba-migrator PYTHON-ENVIRONMENT NODE-MODULES

The commands are those of "Generated clients" in docs/api.md, with the versions of the lock files.
Two other readers of OpenAPI must find no error and no warning in the description.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import service
from service import ROOT

PROGRAMS = ROOT / "tests/generated"
# The options beside --strict make the compiler read optional fields as the description means them.
TSC = (
    "tsc --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --noEmitOnError"
    " --target es2022 --module nodenext --types node move.mts"
)
# Errors inside the generated package are the generator's, so they are not reported.
MYPY = "mypy --strict --follow-imports=silent --no-incremental move.py"
# What would hide a type that the generators got wrong.
ESCAPES = re.compile(r"\bas [\w{]|[\w\])]!|\bany\b|@ts-|\bAny\b|\bcast\b|type: ignore")


def section():
    """The blocks of the section of the page: language and text."""
    page = (ROOT / "docs/api.md").read_text()
    text = re.search(r"^## Generated clients\n(.*?)^## ", page, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def generate(folder):
    """Runs the commands of the page, but not those that install: the lock files have done that."""
    lines = [line for language, text in section() if language == "sh" for line in text.splitlines()]
    commands = [line for line in lines if not re.match(r"(npm|pip) install ", line)]
    assert len(commands) == 3, commands
    for command in commands:
        output = run(folder, command)
        assert "warning" not in output.lower(), output


def run(folder, command, *arguments):
    """Runs a command with the tools on PATH. Returns everything that it prints."""
    environment = {
        **os.environ,
        "PATH": ":".join([*TOOLS, os.environ["PATH"]]),
        # The linter reports to its maker, and looks for a newer version.
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    }
    words = ["bash", "-c", f'{command} "$@"' if arguments else command, "bash", *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(words, cwd=folder, env=environment, text=True, check=False, **both)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def start(folder):
    """A service with API keys, and a folder for the clients and the programs that use them."""
    started = service.Service(PROGRAM, folder, auth__api_keys="true")
    started.workshop = Path(folder, "workshop")
    started.workshop.mkdir()
    (started.workshop / "node_modules").symlink_to(NODE_MODULES)
    for program in ["move.mts", "move.py"]:
        (started.workshop / program).write_text((PROGRAMS / program).read_text())
    return started


def key(service, role):
    """A key of the operator's tenant."""
    store = f"sqlite://{service.folder}/migrations.db"
    command = f"waba-migrator key create --tenant default --role {role} --label {role}"
    created = run(service.folder, f"{command} --store {store} --output json 2>key.log")
    return json.loads(created)["key"]


def moves_a_number(service, command, digits):
    phone = f"http://127.0.0.1:{service.sandbox_port}/sandbox/numbers/{digits}"
    urllib.request.urlopen(urllib.request.Request(phone, method="PUT")).close()
    keys = [key(service, role) for role in ["migrator", "admin"]]
    arguments = [service.url, f"{phone}/messages", f"+{digits}", *keys]
    seen = json.loads(run(service.workshop, command, *arguments))
    assert seen["eligible"] and seen["failed"] == [], seen
    assert seen["state"] == "STATE_WAITING_FOR_CODE", seen
    assert seen["kind"] == "NEXT_ACTION_KIND_SUBMIT_CODE", seen
    assert "6 digits" in seen["instruction"], seen
    assert seen["labels"] == {"team": "north"} and seen["reference"] == "order 7", seen
    assert seen["listed"] == [seen["id"]], seen
    assert seen["wrong"] == [400, "INVALID_FIELDS", ["code", "wait"], seen["traceId"]], seen
    assert seen["moved"] == "STATE_SUCCEEDED" and seen["ended"], seen
    assert seen["pin"] == seen["code"], seen
    assert seen["forbidden"] == "ROLE_MAY_NOT", seen
    assert seen["tenant"] == "A customer" and seen["role"] == "ROLE_READER" and seen["key"], seen


def both_clients_are_generated_without_a_warning(service):
    generate(service.workshop)


def a_strict_compiler_accepts_the_typescript(service):
    run(service.workshop, TSC)


def a_strict_checker_accepts_the_python(service):
    run(service.workshop, MYPY)


def the_programs_escape_no_type(_):
    for program in ["move.mts", "move.py"]:
        lines = (PROGRAMS / program).read_text().splitlines()
        found = [line for line in lines if ESCAPES.search(re.sub(r"(//|#).*", "", line))]
        assert not found, f"{program}: {found}"


def the_typescript_client_moves_a_number(service):
    moves_a_number(service, "node move.mjs", "12025560123")


def the_python_client_moves_a_number(service):
    moves_a_number(service, "python move.py", "12025560124")


def the_page_shows_parts_of_the_programs(_):
    for language, text in section():
        if language != "sh":
            program = (PROGRAMS / {"ts": "move.mts", "python": "move.py"}[language]).read_text()
            missing = [part for part in re.split(r"\n\n+", text.strip()) if part not in program]
            assert not missing, "this is not in the program:\n" + "\n\n".join(missing)


def a_linter_finds_nothing_in_the_description(service):
    if node_version() < (20, 19):
        print("Redocly's linter needs Node.js 20.19: it was not run.")
        return
    lint = "redocly lint --extends=recommended --format=json openapi.json 2>lint.log"
    found = run(service.workshop, lint)
    assert json.loads(found)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, found


def a_validator_finds_nothing_in_the_description(service):
    found = run(service.workshop, "openapi-spec-validator --validation-errors all openapi.json")
    assert found == "openapi.json: OK\n", found


def node_version():
    version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return tuple(int(part) for part in re.findall(r"\d+", version.stdout)[:2])


if __name__ == "__main__":
    PROGRAM, environment, NODE_MODULES = (os.path.abspath(path) for path in sys.argv[1:4])
    TOOLS = [str(Path(PROGRAM).parent), f"{NODE_MODULES}/.bin", f"{environment}/bin"]
    tests = [
        both_clients_are_generated_without_a_warning,
        a_strict_compiler_accepts_the_typescript,
        a_strict_checker_accepts_the_python,
        the_programs_escape_no_type,
        the_typescript_client_moves_a_number,
        the_python_client_moves_a_number,
        the_page_shows_parts_of_the_programs,
        a_linter_finds_nothing_in_the_description,
        a_validator_finds_nothing_in_the_description,
    ]
    sys.exit(service.run(tests, start))
