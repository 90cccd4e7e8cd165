-- Ended migrations, found by the time of their end for removal. Live migrations are in neither
-- index, so that their saves do not write to them.
ALTER TABLE migrations ADD COLUMN ended_at INTEGER;
UPDATE migrations SET ended_at = CAST(unixepoch(document ->> '$.ended_at', 'subsec') * 1000 AS INTEGER)
    WHERE state IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');
-- The same for migrations with a PIN: in a column of its own, so that the planner uses its index.
ALTER TABLE migrations ADD COLUMN ended_with_pin_at INTEGER GENERATED ALWAYS AS (
    CASE WHEN two_step_pin IS NOT NULL THEN ended_at END) VIRTUAL;
CREATE INDEX migrations_ended ON migrations (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX migrations_ended_with_pin ON migrations (ended_with_pin_at)
    WHERE ended_with_pin_at IS NOT NULL;

-- Request ids of removed migrations, so that a late repeat of a request starts nothing.
CREATE TABLE removed_requests (
    tenant      TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    request_id  TEXT    NOT NULL,
    taken_until INTEGER NOT NULL,
    PRIMARY KEY (tenant, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_requests_taken_until ON removed_requests (taken_until);

-- Limited calls of removed migrations, for as long as Meta counts them: budgets count these and the
-- events.
CREATE TABLE removed_calls (
    tenant       TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    phone_number TEXT    NOT NULL,
    call_sent    TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX removed_calls_attempts ON removed_calls (tenant, phone_number, at, call_sent);
CREATE INDEX removed_calls_at ON removed_calls (at);

PRAGMA user_version = 7;
