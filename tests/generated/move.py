"""A product moves a number with the client that openapi-python-client generates: see "Generated
clients" in docs/api.md. tests/clients/generated.py generates the client, checks the types of this
program, runs it, and compares what it prints. It converts no type by hand.
"""

import json
import sys
import urllib.request
import uuid
from dataclasses import dataclass, field

from waba_migrator_client import AuthenticatedClient, models
from waba_migrator_client.api.migrations import check_eligibility, list_migrations, migrate
from waba_migrator_client.api.migrations import reveal_two_step_pin, submit_code, update_migration
from waba_migrator_client.api.administration import create_api_key, create_tenant

api, phone, number, key, admin_key = sys.argv[1:]


@dataclass
class Why:
    """What a product decides by, and what it shows."""

    status: int
    reason: str = ""
    fields: list[str] = field(default_factory=list)
    request_id: str = ""


def explain(error: models.Error) -> Why:
    why = Why(error.error.code)
    for detail in error.error.details:
        if isinstance(detail, models.ErrorInfo):
            why.reason = detail.reason
        elif isinstance(detail, models.BadRequest):
            why.fields = [violation.field for violation in detail.field_violations]
        elif isinstance(detail, models.RequestInfo):
            why.request_id = detail.request_id  # the trace id, for a question to the operator
    return why


class Failed(Exception):
    """A call did not return what this program needs."""

    def __init__(self, answer: models.Error | None):
        super().__init__(explain(answer) if answer else "a status that is not in the description")


client = AuthenticatedClient(base_url=api, token=key)
FAILED = [models.Verdict.VERDICT_FAIL, models.Verdict.VERDICT_UNKNOWN]
SOURCE, DESTINATION = "104996122399160", "215589313241560"

checked = check_eligibility.sync(
    client=client,
    body=models.CheckEligibilityRequest(
        phone_number=number, source_waba_id=SOURCE, destination_waba_id=DESTINATION
    ),
)
if not isinstance(checked, models.CheckEligibilityResponse):
    raise Failed(checked)

started = migrate.sync(
    client=client,
    body=models.MigrateRequest(
        request_id=str(uuid.uuid4()),
        phone_number=number,
        source_waba_id=SOURCE,
        destination_waba_id=DESTINATION,
        two_step_pin_source=models.TwoStepPinSource.TWO_STEP_PIN_SOURCE_CODE,
        labels=models.MigrateRequestLabels.from_dict({"team": "south"}),
        wait="20s",
    ),
)
if not isinstance(started, models.MigrateResponse):
    raise Failed(started)
migration = started.migration
instruction: str = migration.next_action.instruction

updated = update_migration.sync(
    migration.id,
    client=client,
    body=models.UpdateMigrationRequest(
        labels=models.UpdateMigrationRequestLabels.from_dict({"team": "north"}), reference="order 7"
    ),
)
if not isinstance(updated, models.UpdateMigrationResponse):
    raise Failed(updated)

listed = list_migrations.sync(
    client=client,
    phone_number_ends_with=number[-6:],
    # The generator sends the key as the whole name of the parameter.
    labels=models.ListMigrationsLabels.from_dict({"labels[team]": "north"}),
    states=[models.State.STATE_WAITING_FOR_CODE, models.State.STATE_RUNNING],
    view=models.MigrationView.MIGRATION_VIEW_BASIC,
)
if not isinstance(listed, models.ListMigrationsResponse):
    raise Failed(listed)

code = json.load(urllib.request.urlopen(phone))["messages"][-1]["code"]

wrong = submit_code.sync_detailed(
    migration.id, client=client, body=models.SubmitCodeRequest(code="12345", wait="90s")
)
if not isinstance(wrong.parsed, models.Error):
    raise SystemExit("5 digits and 90 s were accepted")
why = explain(wrong.parsed)

moved = submit_code.sync(
    migration.id, client=client, body=models.SubmitCodeRequest(code=code), prefer="wait=20"
)
if not isinstance(moved, models.SubmitCodeResponse):
    raise Failed(moved)

revealed = reveal_two_step_pin.sync(migration.id, client=client)
if not isinstance(revealed, models.RevealTwoStepPinResponse):
    raise Failed(revealed)

tenant = models.CreateTenantRequest(tenant_id="python", name="A customer", sandbox=True)
forbidden = create_tenant.sync(client=client, body=tenant)
if not isinstance(forbidden, models.Error):
    raise SystemExit("a migrator created a tenant")

operator = AuthenticatedClient(
    base_url=api, token=admin_key, prefix="", auth_header_name="x-api-key"
)
created = create_tenant.sync(client=operator, body=tenant)
if not isinstance(created, models.CreateTenantResponse):
    raise Failed(created)
issued = create_api_key.sync(
    created.tenant.id,
    client=operator,
    body=models.CreateApiKeyRequest(label="its backend", role=models.Role.ROLE_READER),
)
if not isinstance(issued, models.CreateApiKeyResponse):
    raise Failed(issued)

print(
    json.dumps(
        {
            "eligible": checked.eligible,
            "failed": [check.id for check in checked.checks if check.verdict in FAILED],
            "state": migration.state,
            "kind": migration.next_action.kind,
            "instruction": instruction,
            "labels": updated.migration.labels.to_dict(),
            "reference": updated.migration.reference,
            "listed": [each.id for each in listed.migrations],
            "id": migration.id,
            "wrong": [why.status, why.reason, why.fields, why.request_id],
            "traceId": wrong.headers["x-trace-id"],
            "moved": moved.migration.state,
            "ended": bool(moved.migration.ended_at),
            "pin": revealed.two_step_pin,
            "code": code,
            "forbidden": explain(forbidden).reason,
            "tenant": created.tenant.name,
            "role": issued.api_key.role,
            "key": issued.key.startswith("wam_"),
        }
    )
)
