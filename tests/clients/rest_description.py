"""Tests REST against its own description: schemathesis generates valid and invalid requests from
/openapi.json.

It must find no 5xx, no undescribed status, and no response that violates its schema.

    python rest_description.py target/debug/waba-migrator
"""

import os
import subprocess
import sys
from pathlib import Path

import service

# A schema cannot describe valid numbers and accounts, so a request that matches its schema may be
# refused.
LEFT_OUT = "positive_data_acceptance"


def the_service_matches_its_description(service):
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
    # Each check of a number reads its accounts, here more often than Meta allows.
    many = {"graph__hourly_reads": "1000000", "graph__hourly_reads_fresh": "1000000"}
    sys.exit(service.run([the_service_matches_its_description], lambda folder: service.Service(program, folder, **many)))
