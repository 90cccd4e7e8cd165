-- Migrations, their events, and indexes to find them. Ids are UUIDv7, which sort by the time of
-- their creation. Texts are compared and sorted by their bytes, as in the program.

-- One row per migration, which is also the job in the queue. `document` is the truth; the columns
-- before it repeat what the engine looks for. Sealed values open with the keyring only. A row is
-- updated a dozen times, and each update writes an entry into each of its indexes; so the columns
-- that lists search for, which never change, are in `requests`.
CREATE TABLE migrations (
    id            uuid             NOT NULL PRIMARY KEY,
    tenant        text COLLATE "C" NOT NULL,
    request_id    text COLLATE "C" NOT NULL,
    phone_number  text COLLATE "C" NOT NULL,
    destination   text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    version       bigint           NOT NULL,
    last_sequence bigint           NOT NULL,
    due_at        timestamptz,
    lease_worker  uuid,
    lease_until   timestamptz,
    -- When a worker may claim it: due, and not leased. Null: not due until a command changes that.
    -- Without the CASE, `greatest` would ignore a null `due_at` and return the end of the lease.
    claimable_at  timestamptz GENERATED ALWAYS AS (
        CASE WHEN due_at IS NOT NULL THEN greatest(due_at, lease_until) END) STORED,
    created_at    timestamptz      NOT NULL,
    updated_at    timestamptz      NOT NULL,
    access_token  bytea,
    two_step_pin  bytea,
    code          bytea,
    document      json             NOT NULL,
    CHECK ((lease_worker IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Documents are `json`, which keeps the text: they are read as a whole, and `jsonb` would parse
-- them at each save and serialise them at each read, which is half of the server's work. LZ4
-- compresses in a tenth of the time; a server may be built without it.
DO $$ BEGIN
    ALTER TABLE migrations ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- No index of this table begins with the tenant: while the table is small, the server would prefer
-- to scan all rows of a tenant over a lookup by id, and keep that plan when the table has grown.
CREATE UNIQUE INDEX migrations_request ON migrations (request_id, tenant);
-- One live migration per number.
CREATE UNIQUE INDEX migrations_live_number ON migrations (phone_number, tenant)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');

-- For claims: migrations whose time runs out while they wait; and running migrations, by time and
-- by destination. Waiting migrations never delay running ones, nor one destination another.
CREATE INDEX migrations_timer ON migrations (claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state <> 'RUNNING';
CREATE INDEX migrations_work ON migrations (claimable_at)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';
CREATE INDEX migrations_share ON migrations (destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';

CREATE INDEX migrations_state ON migrations (state, tenant, id);

-- The columns of a request that lists search for. Written once, with the migration.
CREATE TABLE requests (
    tenant       text COLLATE "C" NOT NULL,
    id           uuid             NOT NULL,
    phone_number text COLLATE "C" NOT NULL,
    destination  text COLLATE "C" NOT NULL,
    source       text COLLATE "C",
    reference    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX requests_phone_number ON requests (tenant, phone_number, id);
CREATE INDEX requests_destination ON requests (tenant, destination, id);
CREATE INDEX requests_source ON requests (tenant, source, id) WHERE source IS NOT NULL;
CREATE INDEX requests_reference ON requests (tenant, reference, id) WHERE reference <> '';

-- The labels of a migration, also written once.
CREATE TABLE labels (
    tenant    text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    migration uuid             NOT NULL,
    PRIMARY KEY (tenant, name, value, migration)
);

CREATE INDEX labels_migration ON labels (migration);

-- Events, append-only. `call_sent` names the limited call that an event records. Events are written
-- only by the statement that writes their migration, so there is no foreign key.
CREATE TABLE events (
    migration    uuid             NOT NULL,
    sequence     bigint           NOT NULL,
    tenant       text COLLATE "C" NOT NULL,
    phone_number text COLLATE "C" NOT NULL,
    call_sent    text COLLATE "C",
    at           timestamptz      NOT NULL,
    document     json             NOT NULL,
    PRIMARY KEY (migration, sequence)
);

CREATE INDEX events_attempts ON events (tenant, phone_number, at, call_sent) WHERE call_sent IS NOT NULL;

-- A value that the keyring sealed when the database was created: a keyring that cannot open it
-- belongs to another database.
CREATE TABLE keyring_check (
    only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sealed   bytea   NOT NULL
);
