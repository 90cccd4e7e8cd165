"""Holds the REST door against its own description: schemathesis makes requests from /openapi.json, good ones and bad ones.

It must find no 5xx, no status that is not described, and no answer that is not what its schema says.

    python rest_description.py target/debug/waba-migrator
"""

import os
import subprocess
import sys
from pathlib import Path

import service

# What a number or an account is cannot be said in a schema, so a request may fit its schema and be refused all the same.
LEFT_OUT = "positive_data_acceptance"


def the_service_is_what_it_says_it_is(service):
    command = [
        Path(sys.executable).parent / "schemathesis",
        "run",
        f"{service.url}/openapi.json",
        "--exclude-checks",
        LEFT_OUT,
        "--max-examples",
        "30",
        "--seed",
        "1",
        "--generation-database",
        "none",
        "--warnings",
        "off",
        "--no-color",
    ]
    assert subprocess.run(command, cwd=service.folder, check=False).returncode == 0, "schemathesis found something"


if __name__ == "__main__":
    program = os.path.abspath(sys.argv[1])
    # Each check of a number reads its accounts, and it is checked more often here than Meta would allow.
    many = {"graph__hourly_reads": "1000000", "graph__hourly_reads_fresh": "1000000"}
    sys.exit(service.run([the_service_is_what_it_says_it_is], lambda folder: service.Service(program, folder, **many)))
