-- Migrations, their events, tenants, and what the processes that share the database keep in it.
--
-- The tenant comes first in the primary key of every table of tenant rows, and every statement of a
-- call names it, so that the database can be sharded by tenant. The other tables are small, and
-- every shard would have them whole. Ids are UUIDv7, which sort by the time of their creation.
-- Texts are compared and sorted by their bytes, as in the program.

-- Tenants. `document` is the truth; the columns before it repeat what statements use. Sealed values
-- open with the keyring only.
CREATE TABLE tenants (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    disabled_at  timestamptz,
    version      bigint           NOT NULL,
    access_token bytea,
    app_secret   bytea,
    document     text             NOT NULL
);

-- Every id that a tenant has or had. It stays when the tenant is deleted: tokens, certificates and
-- keys that were issued for it must not be valid for a later tenant with the same id.
CREATE TABLE used_tenant_ids (
    id text COLLATE "C" NOT NULL PRIMARY KEY
);

-- The position of the newest event of each tenant. A writer of events locks the row of its tenant
-- until it commits. So positions are given in the order of commits, and a reader that has seen one
-- position has missed none before it: without the lock, a transaction that began earlier could
-- commit later, with a lower position.
CREATE TABLE feeds (
    tenant        text COLLATE "C" NOT NULL PRIMARY KEY,
    last_position bigint           NOT NULL
) WITH (fillfactor = 50);

-- The tenant of callers without authentication, which can be configured like any other.
INSERT INTO tenants (id, version, document)
SELECT 'default', 1,
    json_build_object('id', 'default', 'name', 'Default', 'created_at', now, 'updated_at', now)::text
FROM (SELECT date_trunc('milliseconds', now()) AS now) AS moment;
INSERT INTO used_tenant_ids (id) VALUES ('default');
INSERT INTO feeds (tenant, last_position) VALUES ('default', 0);

-- What each tenant has used in each month (UTC; 202611 is November 2026). Migrations are counted by
-- the statement that creates or ends them, behind the lock of their tenant's feed; calls are added
-- every few seconds, one tenant at a time. The figures stay when migrations are removed.
CREATE TABLE usage (
    tenant               text COLLATE "C" NOT NULL,
    month                integer          NOT NULL,
    migrations_started   bigint           NOT NULL DEFAULT 0,
    migrations_succeeded bigint           NOT NULL DEFAULT 0,
    graph_calls          bigint           NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, month)
) WITH (fillfactor = 50);

-- API keys. Of the text of a key there is only a hash, and the prefix that it is found by.
CREATE TABLE api_keys (
    tenant       text COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           uuid             NOT NULL,
    prefix       text COLLATE "C" NOT NULL UNIQUE,
    hash         bytea            NOT NULL CHECK (length(hash) = 32),
    role         text COLLATE "C" NOT NULL,
    label        text             NOT NULL,
    created_at   timestamptz      NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (tenant, id),
    UNIQUE (id)
);

-- Workers, which lease migrations. A worker renews its lease here and nowhere else. After
-- `alive_until`, by the clock of the server, another worker deletes it and releases its migrations.
CREATE TABLE workers (
    id          uuid        NOT NULL PRIMARY KEY,
    alive_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Migrations: one row each, which is also the job in the queue. `document` is the truth; the
-- columns before it repeat what statements look for. Sealed values open with the keyring only.
--
-- A row is updated a dozen times. An update that changes no column of an index, as most do, writes
-- to no index. What never changes is in `requests`, and what seldom changes in `findings`.
CREATE TABLE migrations (
    tenant        text COLLATE "C" NOT NULL,
    id            uuid             NOT NULL,
    request_id    text COLLATE "C" NOT NULL,
    -- The keyed hash of the number's line, by which its limited calls are counted.
    number        bytea            NOT NULL CHECK (length(number) = 16),
    destination   text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    -- Who must act, and the fault that it waits for.
    actor         text COLLATE "C",
    fault         text COLLATE "C",
    version       bigint           NOT NULL,
    last_sequence bigint           NOT NULL,
    -- When it is due. Null: not before a command changes that.
    due_at        timestamptz,
    -- It was not due yet when it was saved. A claim clears this once it is due, so that claims
    -- never walk over rows that are not due yet.
    delayed       boolean          NOT NULL,
    -- Its tenant is disabled. When the tenant is enabled, it is due at once.
    suspended     boolean          NOT NULL DEFAULT false,
    -- The worker that works on it. A row with a worker is in no index of due rows.
    lease_worker  uuid,
    created_at    timestamptz      NOT NULL,
    updated_at    timestamptz      NOT NULL,
    -- The hour of `updated_at`: an index on the exact time would be written to at each save.
    updated_hour  timestamptz      NOT NULL,
    ended_at      timestamptz,
    access_token  bytea,
    two_step_pin  bytea,
    code          bytea,
    -- When it ended, if it still has a PIN: in a column of its own, so that the planner uses its
    -- index.
    ended_with_pin_at timestamptz GENERATED ALWAYS AS (
        CASE WHEN two_step_pin IS NOT NULL THEN ended_at END) STORED,
    document      text             NOT NULL,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Apart from the primary key, no index of this table begins with the tenant: while the table is
-- small, the server would prefer to scan all rows of a tenant over a lookup by key, and keep that
-- plan when the table has grown.
CREATE UNIQUE INDEX migrations_request ON migrations (request_id, tenant);
-- One live migration per number.
CREATE UNIQUE INDEX migrations_live_number ON migrations (number, tenant)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED');

-- For claims: see claim.sql.
CREATE INDEX migrations_ready ON migrations (tenant, destination, due_at, id)
    WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND NOT delayed;
CREATE INDEX migrations_delayed ON migrations (due_at, id)
    WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND delayed;
CREATE INDEX migrations_timer ON migrations (due_at, id)
    WHERE state <> 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL;
CREATE INDEX migrations_leased ON migrations (lease_worker, tenant, id) WHERE lease_worker IS NOT NULL;
CREATE INDEX migrations_suspended ON migrations (tenant) WHERE suspended;

-- For lists and counts.
CREATE INDEX migrations_state ON migrations (state, tenant, id);
-- For the longest wait for a person. Of the hour, since an index on the exact time would be written
-- to at each save.
CREATE INDEX migrations_waiting ON migrations (updated_hour)
    WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED');
CREATE INDEX migrations_actor ON migrations (actor, tenant, id) WHERE actor IS NOT NULL;
CREATE INDEX migrations_fault ON migrations (fault, tenant, id) WHERE fault IS NOT NULL;
CREATE INDEX migrations_updated ON migrations (updated_hour, tenant, id);

-- For the removal of ended migrations and of their PINs. Live migrations are in neither index.
CREATE INDEX migrations_ended ON migrations (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX migrations_ended_with_pin ON migrations (ended_with_pin_at)
    WHERE ended_with_pin_at IS NOT NULL;

-- What a migration found out about its number: checks, snapshots, report. Large, and written in few
-- steps only.
CREATE TABLE findings (
    tenant    text COLLATE "C" NOT NULL,
    migration uuid             NOT NULL,
    document  text             NOT NULL,
    PRIMARY KEY (tenant, migration)
) WITH (fillfactor = 70);

-- The columns of a request that lists search for. Written with the migration; an update may change
-- the reference.
CREATE TABLE requests (
    tenant          text COLLATE "C" NOT NULL,
    id              uuid             NOT NULL,
    -- The identity of the number's line, which is the same for all forms of the number.
    phone_number    text COLLATE "C" NOT NULL,
    -- Its digits from the last to the first: by its last digits, a number is found in a range.
    digits_reversed text COLLATE "C" NOT NULL,
    destination     text COLLATE "C" NOT NULL,
    source          text COLLATE "C",
    reference       text COLLATE "C" NOT NULL,
    batch_id        uuid,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX requests_phone_number ON requests (tenant, phone_number, id);
CREATE INDEX requests_last_digits ON requests (tenant, digits_reversed, id);
CREATE INDEX requests_destination ON requests (tenant, destination, id);
CREATE INDEX requests_source ON requests (tenant, source, id) WHERE source IS NOT NULL;
CREATE INDEX requests_reference ON requests (tenant, reference, id) WHERE reference <> '';
CREATE INDEX requests_batch ON requests (tenant, batch_id, id) WHERE batch_id IS NOT NULL;

-- The labels of a migration. Written with it, and by updates.
CREATE TABLE labels (
    tenant    text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    migration uuid             NOT NULL,
    PRIMARY KEY (tenant, name, value, migration)
);

CREATE INDEX labels_migration ON labels (migration);

-- Events, append-only. `position` counts the events of a tenant in the order of their commits, see
-- `feeds`. Events are written only by the statement that writes their migration, so there is no
-- foreign key.
CREATE TABLE events (
    tenant    text COLLATE "C" NOT NULL,
    migration uuid             NOT NULL,
    sequence  bigint           NOT NULL,
    position  bigint           NOT NULL,
    at        timestamptz      NOT NULL,
    document  text             NOT NULL,
    PRIMARY KEY (tenant, migration, sequence)
);

CREATE UNIQUE INDEX events_position ON events (tenant, position);

-- Limited calls, for as long as Meta counts them. Meta counts per number, so this table knows
-- neither tenants nor migrations, and outlives both: it has a keyed hash of the number. An ordinal
-- is given to one call of a number only. Of two migrations that record a call at the same time, one
-- cannot be written, and counts again.
CREATE TABLE limited_calls (
    number  bytea            NOT NULL,
    ordinal bigint           NOT NULL,
    call    text COLLATE "C" NOT NULL,
    at      timestamptz      NOT NULL,
    PRIMARY KEY (number, ordinal)
);

CREATE INDEX limited_calls_at ON limited_calls (at);

-- The key of the hashes of numbers, sealed. A keyring that cannot open it belongs to another
-- database.
CREATE TABLE number_key (
    only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sealed   bytea   NOT NULL
);

-- The target of this store: the world, and the host of Graph. Written at the first start of a
-- service.
CREATE TABLE graph_target (
    only_row   integer          NOT NULL PRIMARY KEY CHECK (only_row = 1),
    world      text COLLATE "C" NOT NULL CHECK (world IN ('meta', 'sandbox')),
    graph_host text COLLATE "C" NOT NULL
);

-- The timeline of the server's write-ahead log, and when it last changed: a server with another
-- timeline was a standby, and may lack the last commits.
CREATE TABLE server_timeline (
    only_row   integer          NOT NULL PRIMARY KEY CHECK (only_row = 1),
    timeline   text COLLATE "C" NOT NULL,
    changed_at timestamptz
);

-- Request ids of removed migrations, so that a late repeat of a request starts nothing.
CREATE TABLE removed_requests (
    tenant      text COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    request_id  text COLLATE "C" NOT NULL,
    taken_until timestamptz      NOT NULL,
    PRIMARY KEY (tenant, request_id)
);

CREATE INDEX removed_requests_taken_until ON removed_requests (taken_until);
