-- Migrations, their events, and what finds them. Ids are UUIDv7, which sort by the time of their making. Texts that are
-- compared or sorted go by their bytes, as they do in the program.

-- One row a migration: what it is, and the job of moving it on. `document` is the truth; the columns before it repeat
-- what the engine looks for. What is sealed opens with the keyring only. A row is written a dozen times in its life, and
-- PostgreSQL then writes an entry into each of its indexes: what lists search for, and never changes, is in `requests`.
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
    -- When a worker may take it: due, and under no live lease. Null: when a command has made it due. `greatest` passes
    -- over nulls, so that one that is not due would be claimable when its lease ends.
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

-- Documents are `json`, which keeps the text that it was given: they are read whole, and `jsonb` takes a document apart at
-- each save and puts it together at each reading, half of all the server's work. LZ4 packs it in a tenth of the time; a
-- server may be built without it.
DO $$ BEGIN
    ALTER TABLE migrations ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- No index of this table begins with the tenant: while the table is small, the server would rather walk along all rows of a
-- tenant than look one up by its id, and keep to that plan when the table has grown.
CREATE UNIQUE INDEX migrations_request ON migrations (request_id, tenant);
-- One live migration a number.
CREATE UNIQUE INDEX migrations_live_number ON migrations (phone_number, tenant)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');

-- What is claimed: whose time runs out while it waits for somebody; and whose turn is ours, by time and by destination.
-- What waits for a person is never in the way of work, and one destination's work never in the way of another's.
CREATE INDEX migrations_timer ON migrations (claimable_at, id) WHERE claimable_at IS NOT NULL AND state <> 'RUNNING';
CREATE INDEX migrations_work ON migrations (claimable_at) WHERE claimable_at IS NOT NULL AND state = 'RUNNING';
CREATE INDEX migrations_share ON migrations (destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';

CREATE INDEX migrations_state ON migrations (state, tenant, id);

-- What the caller asked for, as far as lists search for it. Written once, in the statement that makes the migration.
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

-- The labels of a migration, likewise.
CREATE TABLE labels (
    tenant    text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    migration uuid             NOT NULL,
    PRIMARY KEY (tenant, name, value, migration)
);

CREATE INDEX labels_migration ON labels (migration);

-- What happened, append-only. `call_sent` names the call that a budget counts, in the events that say it was sent.
-- Events are written by the statement that writes their migration and by none else, so no foreign key is checked.
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

-- A text that the keyring sealed when the database was made: a keyring that cannot open it is not this database's.
CREATE TABLE keyring_check (
    only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sealed   bytea   NOT NULL
);
