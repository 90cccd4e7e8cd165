"""Moves numbers over gRPC with a client that is not ours: Python's grpcio.

Starts the service with its sandbox as a user would, generates the client's code from the proto files,
and runs whole migrations. Needs only the packages of requirements.txt and the path of the built program:

    python grpcio_client.py target/debug/waba-migrator
"""

import importlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from grpc_tools import protoc

import service
from service import DESTINATION, ROOT, SOURCE

TERMINAL = {"STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELED", "STATE_EXPIRED"}


def generate(folder):
    """Generates the client's code from the contract alone."""
    protos = sorted(str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto/waba").rglob("*.proto"))
    include = os.path.join(os.path.dirname(protoc.__file__), "_proto")
    arguments = ["protoc", f"-I{ROOT / 'proto'}", f"-I{include}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    assert protoc.main([*arguments, *protos]) == 0, "protoc failed"
    sys.path.insert(0, str(folder))
    base = "waba.migration.v1."
    return importlib.import_module(base + "migration_service_pb2"), importlib.import_module(
        base + "migration_service_pb2_grpc"
    )


class Service(service.Service):
    """The service, with a channel to it."""

    def start(self):
        super().start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = SERVICES.MigrationServiceStub(self.channel)

    def kill(self):
        self.channel.close()
        super().kill()

    def migrate(self, digits, **fields):
        request = {"request_id": f"python-{digits}", "phone_number": f"+{digits}", "destination_waba_id": DESTINATION}
        return self.stub.Migrate(MESSAGES.MigrateRequest(**{**request, **fields})).migration


def state(migration):
    """The name of the migration's state."""
    return type(migration).DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[migration.state].name


def refused(call):
    """The code, reason and details of the error that `call` fails with."""
    try:
        call()
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        details = {}
        for packed in status.details if status else []:
            kind = getattr(error_details_pb2, packed.TypeName().rsplit(".", 1)[1])()
            packed.Unpack(kind)
            details[type(kind).__name__] = kind
        return error.code(), details["ErrorInfo"].reason, details
    raise AssertionError("the call did not fail")


def health_and_reflection_list_the_services(service):
    health = health_pb2_grpc.HealthStub(service.channel)
    for name in ("", "waba.migration.v1.MigrationService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
    services = set(ProtoReflectionDescriptorDatabase(service.channel).get_services())
    assert "waba.migration.v1.MigrationService" in services, services


def a_number_moves_and_watch_streams_each_event_once_in_order(service):
    digits = "12025550100"
    migration = service.migrate(digits, source_waba_id=SOURCE)
    assert state(migration) == "STATE_WAITING_FOR_CODE", migration
    watch = service.stub.Watch(MESSAGES.WatchRequest(migration_id=migration.id))
    answer = service.stub.SubmitCode(MESSAGES.SubmitCodeRequest(migration_id=migration.id, code=service.code(digits)))
    assert state(answer.migration) == "STATE_SUCCEEDED", answer
    seen = [message.event.sequence for message in watch]
    assert seen == list(range(1, len(seen) + 1)), seen
    listed = service.stub.ListEvents(MESSAGES.ListEventsRequest(migration_id=migration.id, page_size=1000)).events
    assert [event.sequence for event in listed] == seen
    report = answer.migration.report
    kept = {line.subject for line in report.lines if line.outcome == 1}
    assert {"number", "display name", "quality rating"} <= kept, report
    assert report.templates, "the source's templates are listed one by one"
    pin = service.stub.RevealTwoStepPin(MESSAGES.RevealTwoStepPinRequest(migration_id=migration.id)).two_step_pin
    assert re.fullmatch(r"\d{6}", pin)
    effective = [entry["call"] for entry in service.sandbox_says(f"ledger?number={digits}")["entries"] if entry["effective"]]
    assert effective == ["add_number", "request_code", "verify_code", "register"], effective


def a_migration_survives_kill_9_while_it_waits_for_its_code(service):
    digits = "12025550187"
    migration = service.migrate(digits)
    assert state(migration) == "STATE_WAITING_FOR_CODE", migration
    service.kill()
    service.start()
    again = service.migrate(digits)
    assert again.id == migration.id, "the same request finds the same migration"
    answer = service.stub.SubmitCode(MESSAGES.SubmitCodeRequest(migration_id=migration.id, code=service.code(digits)))
    assert state(answer.migration) == "STATE_SUCCEEDED", answer


def a_migration_survives_kill_9_in_the_middle_of_its_calls(service):
    for number, delay in enumerate((0.0, 0.005, 0.01, 0.02, 0.04)):
        digits = str(12025550188 + number)
        migration = service.migrate(digits, wait={"seconds": 0})
        time.sleep(delay)
        service.kill()
        service.start()
        watched = ""
        for message in service.stub.Watch(MESSAGES.WatchRequest(migration_id=migration.id), timeout=30):
            watched = type(message.event).DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[
                message.event.state
            ].name
            if watched == "STATE_WAITING_FOR_CODE":
                break
        assert watched == "STATE_WAITING_FOR_CODE", watched
        if not service.sandbox_says(f"numbers/{digits}/messages")["messages"]:
            # The process died between its intent and the call: the code counts as sent, and the
            # owner requests another.
            continue
        request = MESSAGES.SubmitCodeRequest(migration_id=migration.id, code=service.code(digits))
        assert state(service.stub.SubmitCode(request).migration) == "STATE_SUCCEEDED"
        effective = [entry["call"] for entry in service.sandbox_says(f"ledger?number={digits}")["entries"] if entry["effective"]]
        assert effective == ["add_number", "request_code", "verify_code", "register"], effective


def errors_name_every_invalid_field(service):
    request = MESSAGES.MigrateRequest(phone_number="2025550123", destination_waba_id="10a", language="xx")
    code, reason, details = refused(lambda: service.stub.Migrate(request))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    fields = {violation.field for violation in details["BadRequest"].field_violations}
    assert fields == {"request_id", "phone_number", "destination_waba_id", "language"}, fields
    unknown = MESSAGES.GetStatusRequest(migration_id="mig_" + "0" * 32)
    code, reason, _ = refused(lambda: service.stub.GetStatus(unknown))
    assert (code, reason) == (grpc.StatusCode.NOT_FOUND, "MIGRATION_NOT_FOUND")


TESTS = [
    health_and_reflection_list_the_services,
    a_number_moves_and_watch_streams_each_event_once_in_order,
    a_migration_survives_kill_9_while_it_waits_for_its_code,
    a_migration_survives_kill_9_in_the_middle_of_its_calls,
    errors_name_every_invalid_field,
]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        MESSAGES, SERVICES = generate(Path(made))
        program = os.path.abspath(sys.argv[1])
        sys.exit(service.run(TESTS, lambda folder: Service(program, folder)))
