-- Migrations, their events, and indexes to find them. Times are milliseconds since 1970; ids are
-- the 16 bytes of a UUIDv7.

-- One row per migration, which is also the job in the queue. `document` is the truth; the columns
-- before it repeat what is searched for. Sealed values open with the keyring only.
CREATE TABLE migrations (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    tenant        TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    phone_number  TEXT    NOT NULL,
    destination   TEXT    NOT NULL,
    source        TEXT,
    reference     TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    due_at        INTEGER,
    lease_worker  BLOB,
    lease_until   INTEGER,
    -- When a worker may claim it: due, and not leased. Null: not due until a command changes that.
    claimable_at  INTEGER GENERATED ALWAYS AS (max(due_at, coalesce(lease_until, due_at))) VIRTUAL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    access_token  BLOB,
    two_step_pin  BLOB,
    code          BLOB,
    document      TEXT    NOT NULL,
    CHECK ((lease_worker IS NULL) = (lease_until IS NULL)),
    UNIQUE (tenant, request_id)
) STRICT;

-- One live migration per number.
CREATE UNIQUE INDEX migrations_live_number ON migrations (tenant, phone_number)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');

-- For claims: migrations whose time runs out while they wait; and running migrations, by time and
-- by destination. Waiting migrations never delay running ones, nor one destination another.
CREATE INDEX migrations_timer ON migrations (claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state <> 'RUNNING';
CREATE INDEX migrations_work ON migrations (claimable_at)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';
CREATE INDEX migrations_share ON migrations (destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';

-- For lists, newest first.
CREATE INDEX migrations_newest ON migrations (tenant, id);
CREATE INDEX migrations_state ON migrations (tenant, state, id);
CREATE INDEX migrations_phone_number ON migrations (tenant, phone_number, id);
CREATE INDEX migrations_destination ON migrations (tenant, destination, id);
CREATE INDEX migrations_source ON migrations (tenant, source, id) WHERE source IS NOT NULL;
CREATE INDEX migrations_reference ON migrations (tenant, reference, id) WHERE reference <> '';

-- The labels of a migration, which never change.
CREATE TABLE labels (
    tenant    TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    migration BLOB NOT NULL REFERENCES migrations (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, name, value, migration)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_migration ON labels (migration);

-- Events, append-only. `call_sent` names the limited call that an event records.
CREATE TABLE events (
    migration    BLOB    NOT NULL REFERENCES migrations (id) ON DELETE CASCADE,
    sequence     INTEGER NOT NULL,
    tenant       TEXT    NOT NULL,
    phone_number TEXT    NOT NULL,
    call_sent    TEXT,
    at           INTEGER NOT NULL,
    document     TEXT    NOT NULL,
    PRIMARY KEY (migration, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_attempts ON events (tenant, phone_number, at, call_sent) WHERE call_sent IS NOT NULL;

-- A value that the keyring sealed when the database was created: a keyring that cannot open it
-- belongs to another database.
CREATE TABLE keyring_check (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sealed   BLOB    NOT NULL
) STRICT;

PRAGMA user_version = 1;
