"""The pages for people in a real browser, with the links of a real fault.

    python pages.py target/debug/waba-migrator NODE_MODULES /usr/bin/chromium
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import service
from service import DESTINATION, ROOT, SOURCE


def call(service, path, body):
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(service.url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["migration"]


def refused_code(service):
    """A migration whose code Meta refused."""
    numbers = {"phoneNumber": "+12025550100", "sourceWabaId": SOURCE, "destinationWabaId": DESTINATION}
    migration = call(service, "/v1/migrations", {"requestId": "pages", "wait": "20s", **numbers})
    return call(service, f"/v1/migrations/{migration['id']}/code", {"code": "000000", "wait": "20s"})


def the_pages_can_be_read_on_a_phone_and_on_a_desk(service):
    fault = refused_code(service)["fault"]
    links = [fault["documentation"], *(remedy["documentation"] for remedy in fault["remedies"])]
    assert len(links) > 1 and all(link.startswith(service.url) for link in links), links
    # Node.js finds the packages beside the program that imports them.
    script = Path(NODE_MODULES).parent / "check.mjs"
    script.write_text((ROOT / "tests/pages/check.mjs").read_text())
    checked = subprocess.run(
        ["node", script, service.url, BROWSER, *links], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert checked.returncode == 0, checked.stdout


if __name__ == "__main__":
    program, NODE_MODULES, BROWSER = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    sys.exit(
        service.run(
            [the_pages_can_be_read_on_a_phone_and_on_a_desk], lambda folder: service.Service(program, folder)
        )
    )
