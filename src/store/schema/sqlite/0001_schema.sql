-- Migrations, their events, tenants, and the workers. The same tables as in PostgreSQL, whose
-- schema explains more. Times are milliseconds since 1970; ids are the 16 bytes of a UUIDv7.

-- Tenants. `document` is the truth; the columns before it repeat what statements use. Sealed values
-- open with the keyring only.
CREATE TABLE tenants (
    id           TEXT    NOT NULL PRIMARY KEY,
    disabled_at  INTEGER,
    version      INTEGER NOT NULL,
    access_token BLOB,
    app_secret   BLOB,
    document     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Every id that a tenant has or had. It stays when the tenant is deleted: tokens, certificates and
-- keys that were issued for it must not be valid for a later tenant with the same id.
CREATE TABLE used_tenant_ids (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The position of the newest event of each tenant. There is one writer, so positions are given in
-- the order of commits.
CREATE TABLE feeds (
    tenant        TEXT    NOT NULL PRIMARY KEY,
    last_position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The tenant of callers without authentication, which can be configured like any other.
INSERT INTO tenants (id, version, document)
SELECT 'default', 1, json_object('id', 'default', 'name', 'Default', 'created_at', now, 'updated_at', now)
FROM (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now);
INSERT INTO used_tenant_ids (id) VALUES ('default');
INSERT INTO feeds (tenant, last_position) VALUES ('default', 0);

-- What each tenant has used in each month (UTC; 202611 is November 2026). Migrations are counted by
-- the transaction that creates or ends them; calls are added every few seconds. The figures stay
-- when migrations are removed.
CREATE TABLE usage (
    tenant               TEXT    NOT NULL,
    month                INTEGER NOT NULL,
    migrations_started   INTEGER NOT NULL DEFAULT 0,
    migrations_succeeded INTEGER NOT NULL DEFAULT 0,
    graph_calls          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, month)
) STRICT, WITHOUT ROWID;

-- API keys. Of the text of a key there is only a hash, and the prefix that it is found by.
CREATE TABLE api_keys (
    tenant       TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    prefix       TEXT    NOT NULL UNIQUE,
    hash         BLOB    NOT NULL CHECK (length(hash) = 32),
    role         TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Workers, which lease migrations. `alive_until` is in milliseconds since the machine's boot: the
-- processes that share the file are on one machine, and that clock is never set.
CREATE TABLE workers (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    alive_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Migrations: one row each, which is also the job in the queue. `document` is the truth; the
-- columns before it repeat what statements look for.
CREATE TABLE migrations (
    tenant        TEXT    NOT NULL,
    id            BLOB    NOT NULL CHECK (length(id) = 16),
    request_id    TEXT    NOT NULL,
    -- The keyed hash of the number's line, by which its limited calls are counted.
    number        BLOB    NOT NULL CHECK (length(number) = 16),
    destination   TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    -- Who must act, and the fault that it waits for.
    actor         TEXT,
    fault         TEXT,
    version       INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    -- When it is due. Null: not before a command changes that.
    due_at        INTEGER,
    -- It was not due yet when it was saved. A claim clears this once it is due, so that claims
    -- never walk over rows that are not due yet.
    delayed       INTEGER NOT NULL CHECK (delayed IN (0, 1)),
    -- Its tenant is disabled. When the tenant is enabled, it is due at once.
    suspended     INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    -- The worker that works on it. A row with a worker is in no index of due rows.
    lease_worker  BLOB,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    -- The hour of `updated_at`: an index on the exact time would be written to at each save.
    updated_hour  INTEGER NOT NULL,
    ended_at      INTEGER,
    access_token  BLOB,
    two_step_pin  BLOB,
    code          BLOB,
    -- When it ended, if it still has a PIN: in a column of its own, so that the planner uses its
    -- index.
    ended_with_pin_at INTEGER GENERATED ALWAYS AS (
        CASE WHEN two_step_pin IS NOT NULL THEN ended_at END) VIRTUAL,
    document      TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE UNIQUE INDEX migrations_request ON migrations (tenant, request_id);
-- One live migration per number.
CREATE UNIQUE INDEX migrations_live_number ON migrations (tenant, number)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');

-- For claims.
CREATE INDEX migrations_ready ON migrations (tenant, destination, due_at, id)
    WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND delayed = 0;
CREATE INDEX migrations_delayed ON migrations (due_at, tenant, id)
    WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND delayed = 1;
CREATE INDEX migrations_timer ON migrations (due_at, tenant, id)
    WHERE state <> 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL;
CREATE INDEX migrations_leased ON migrations (lease_worker, tenant, id) WHERE lease_worker IS NOT NULL;
CREATE INDEX migrations_suspended ON migrations (tenant) WHERE suspended = 1;

-- For lists and counts, newest first.
CREATE INDEX migrations_state ON migrations (tenant, state, id);
-- For the longest wait for a person. Of the hour, since an index on the exact time would be written
-- to at each save.
CREATE INDEX migrations_waiting ON migrations (updated_hour)
    WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED');
CREATE INDEX migrations_actor ON migrations (tenant, actor, id) WHERE actor IS NOT NULL;
CREATE INDEX migrations_fault ON migrations (tenant, fault, id) WHERE fault IS NOT NULL;
CREATE INDEX migrations_updated ON migrations (tenant, updated_hour, id);

-- For the removal of ended migrations and of their PINs. Live migrations are in neither index.
CREATE INDEX migrations_ended ON migrations (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX migrations_ended_with_pin ON migrations (ended_with_pin_at)
    WHERE ended_with_pin_at IS NOT NULL;

-- What a migration found out about its number: checks, snapshots, report. Large, and written in few
-- steps only.
CREATE TABLE findings (
    tenant    TEXT NOT NULL,
    migration BLOB NOT NULL,
    document  TEXT NOT NULL,
    PRIMARY KEY (tenant, migration)
) STRICT;

-- The columns of a request that lists search for. Written with the migration; an update may change
-- the reference.
CREATE TABLE requests (
    tenant          TEXT NOT NULL,
    id              BLOB NOT NULL,
    -- The identity of the number's line, which is the same for all forms of the number.
    phone_number    TEXT NOT NULL,
    -- Its digits from the last to the first: by its last digits, a number is found in a range.
    digits_reversed TEXT NOT NULL,
    destination     TEXT NOT NULL,
    source          TEXT,
    reference       TEXT NOT NULL,
    batch_id        BLOB,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_phone_number ON requests (tenant, phone_number, id);
CREATE INDEX requests_last_digits ON requests (tenant, digits_reversed, id);
CREATE INDEX requests_destination ON requests (tenant, destination, id);
CREATE INDEX requests_source ON requests (tenant, source, id) WHERE source IS NOT NULL;
CREATE INDEX requests_reference ON requests (tenant, reference, id) WHERE reference <> '';
CREATE INDEX requests_batch ON requests (tenant, batch_id, id) WHERE batch_id IS NOT NULL;

-- The labels of a migration. Written with it, and by updates.
CREATE TABLE labels (
    tenant    TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    migration BLOB NOT NULL,
    PRIMARY KEY (tenant, name, value, migration)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_migration ON labels (tenant, migration);

-- Events, append-only. `position` counts the events of a tenant in the order of their commits.
CREATE TABLE events (
    tenant    TEXT    NOT NULL,
    migration BLOB    NOT NULL,
    sequence  INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    document  TEXT    NOT NULL,
    PRIMARY KEY (tenant, migration, sequence)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX events_position ON events (tenant, position);

-- Limited calls, for as long as Meta counts them. Meta counts per number, so this table knows
-- neither tenants nor migrations, and outlives both: it has a keyed hash of the number. An ordinal
-- is given to one call of a number only. Of two migrations that record a call at the same time, one
-- cannot be written, and counts again.
CREATE TABLE limited_calls (
    number  BLOB    NOT NULL,
    ordinal INTEGER NOT NULL,
    call    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (number, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX limited_calls_at ON limited_calls (at);

-- The key of the hashes of numbers, sealed. A keyring that cannot open it belongs to another
-- database.
CREATE TABLE number_key (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sealed   BLOB    NOT NULL
) STRICT;

-- The target of this store: the world, and the host of Graph. Written at the first start of a
-- service.
CREATE TABLE graph_target (
    only_row   INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    world      TEXT    NOT NULL CHECK (world IN ('meta', 'sandbox')),
    graph_host TEXT    NOT NULL
) STRICT;

-- Request ids of removed migrations, so that a late repeat of a request starts nothing.
CREATE TABLE removed_requests (
    tenant      TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    request_id  TEXT    NOT NULL,
    taken_until INTEGER NOT NULL,
    PRIMARY KEY (tenant, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_requests_taken_until ON removed_requests (taken_until);

PRAGMA user_version = 1;
