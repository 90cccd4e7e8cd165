// A product moves a number with the client that openapi-typescript generates: see "Generated
// clients" in docs/api.md. tests/clients/generated.py generates the client, checks the types of
// this program, runs it, and compares what it prints. It converts no type by hand.
import createClient from "openapi-fetch";
import type { components, paths } from "./waba-migrator.js";

const [api, phone, number, key, adminKey] = process.argv.slice(2);
if (!api || !phone || !number || !key || !adminKey) throw new Error("5 arguments are needed");

/** What a product decides by, and what it shows. */
interface Why {
  status: number;
  reason: string;
  fields: string[];
  requestId: string;
}

function explain({ error }: components["schemas"]["Error"]): Why {
  const why: Why = { status: error.code, reason: "", fields: [], requestId: "" };
  for (const detail of error.details) {
    switch (detail["@type"]) {
      case "type.googleapis.com/google.rpc.ErrorInfo":
        why.reason = detail.reason;
        break;
      case "type.googleapis.com/google.rpc.BadRequest":
        why.fields = detail.fieldViolations.map((violation) => violation.field);
        break;
      case "type.googleapis.com/google.rpc.RequestInfo":
        why.requestId = detail.requestId; // the trace id, for a question to the operator
    }
  }
  return why;
}

function failed(error: components["schemas"]["Error"]): Error {
  return new Error(JSON.stringify(explain(error)));
}

function hasFailed({ verdict }: components["schemas"]["Check"]): boolean {
  return verdict === "VERDICT_FAIL" || verdict === "VERDICT_UNKNOWN";
}

const client = createClient<paths>({
  baseUrl: api,
  headers: { authorization: `Bearer ${key}` },
});
const accounts = { sourceWabaId: "104996122399160", destinationWabaId: "215589313241560" };

const checked = await client.POST("/v1/eligibility", {
  body: { phoneNumber: number, ...accounts },
});
if (checked.error) throw failed(checked.error);

const started = await client.POST("/v1/migrations", {
  body: {
    requestId: crypto.randomUUID(),
    phoneNumber: number,
    ...accounts,
    twoStepPinSource: "TWO_STEP_PIN_SOURCE_CODE",
    labels: { team: "south" },
    wait: "20s",
  },
});
if (started.error) throw failed(started.error);
const { id, state, nextAction } = started.data.migration;
const instruction: string = nextAction.instruction;
const path = { migration_id: id };

const updated = await client.PATCH("/v1/migrations/{migration_id}", {
  params: { path },
  body: { labels: { team: "north" }, reference: "order 7" },
});
if (updated.error) throw failed(updated.error);

const listed = await client.GET("/v1/migrations", {
  params: {
    query: {
      phoneNumberEndsWith: number.slice(-6),
      labels: { team: "north" },
      states: ["STATE_WAITING_FOR_CODE", "STATE_RUNNING"],
      view: "MIGRATION_VIEW_BASIC",
    },
  },
});
if (listed.error) throw failed(listed.error);

const inbox: { messages: { code: string }[] } = JSON.parse(await (await fetch(phone)).text());
const code = inbox.messages.at(-1)?.code ?? "";

const wrong = await client.POST("/v1/migrations/{migration_id}/code", {
  params: { path },
  body: { code: "12345", wait: "90s" },
});
if (!wrong.error) throw new Error("5 digits and 90 s were accepted");
const why = explain(wrong.error);

const moved = await client.POST("/v1/migrations/{migration_id}/code", {
  params: { path, header: { Prefer: "wait=20" } },
  body: { code },
});
if (moved.error) throw failed(moved.error);

const revealed = await client.POST("/v1/migrations/{migration_id}/two-step-pin", {
  params: { path },
});
if (revealed.error) throw failed(revealed.error);

const tenant = { tenantId: "typescript", name: "A customer", sandbox: true };
const forbidden = await client.POST("/v1/tenants", { body: tenant });
if (!forbidden.error) throw new Error("a migrator created a tenant");

const operator = createClient<paths>({ baseUrl: api, headers: { "x-api-key": adminKey } });
const created = await operator.POST("/v1/tenants", { body: tenant });
if (created.error) throw failed(created.error);
const issued = await operator.POST("/v1/tenants/{tenant_id}/keys", {
  params: { path: { tenant_id: created.data.tenant.id } },
  body: { label: "its backend", role: "ROLE_READER" },
});
if (issued.error) throw failed(issued.error);

console.log(
  JSON.stringify({
    eligible: checked.data.eligible,
    failed: checked.data.checks.filter(hasFailed).map((check) => check.id),
    state,
    kind: nextAction.kind,
    instruction,
    labels: updated.data.migration.labels,
    reference: updated.data.migration.reference,
    listed: listed.data.migrations.map((migration) => migration.id),
    id,
    wrong: [why.status, why.reason, why.fields, why.requestId],
    traceId: wrong.response.headers.get("x-trace-id"),
    moved: moved.data.migration.state,
    ended: moved.data.migration.endedAt !== undefined,
    pin: revealed.data.twoStepPin,
    code,
    forbidden: explain(forbidden.error).reason,
    tenant: created.data.tenant.name,
    role: issued.data.apiKey.role,
    key: issued.data.key.startsWith("wam_"),
  }),
);
