"""Tests REST against its own description: schemathesis generates valid and invalid requests from
/openapi.json.

It must find no 5xx, no undescribed status, and no response that violates its schema.

    python rest_description.py target/debug/waba-migrator
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import service

# A schema cannot describe valid numbers and accounts, so a request that matches its schema may be
# refused.
LEFT_OUT = "positive_data_acceptance"


# One event of a stream. For generated clients the description has the text of the whole stream.
EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string"}, "id": {"type": "string"}, "retry": {"type": "integer"}}
    | {"event": {"type": "string", "enum": ["message", "end", "status"]}},
}


def tolerant(document):
    """The description with what the service accepts beside it, as the JSON mapping of protobuf
    demands: null for an absent field, and numbers for the values of enums."""
    schemas, seen = document["components"]["schemas"], set()

    def accept(schema):
        name = schema.get("$ref", "").rsplit("/", 1)[-1]
        if name in schemas and name not in seen:
            seen.add(name)
            accept(schemas[name])
        for part in schema.get("allOf", []):
            accept(part)
        for key, value in schema.get("properties", {}).items():
            accept(value)
            schema["properties"][key] = {"anyOf": [value, {"type": ["null", "integer"] if is_enum(value) else "null"}]}

    def is_enum(schema):
        parts = [schema, *schema.get("allOf", [])]
        return any("enum" in schemas.get(part.get("$ref", "").rsplit("/", 1)[-1], part) for part in parts)

    for operation in [one for path in document["paths"].values() for one in path.values()]:
        for body in operation.get("requestBody", {}).get("content", {}).values():
            accept(body["schema"])
        stream = operation["responses"].get("200", {}).get("content", {}).get("text/event-stream")
        if stream:
            stream["schema"] = EVENT
    return document


def the_service_matches_its_description(service):
    described = json.load(urllib.request.urlopen(f"{service.url}/openapi.json"))
    (Path(service.folder) / "openapi.json").write_text(json.dumps(tolerant(described)))
    command = [
        Path(sys.executable).parent / "schemathesis",
        "run",
        "openapi.json",
        "--url",
        service.url,
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
