-- Tenants and their API keys.

-- One row per tenant. `document` is the truth; the columns before it repeat what statements use.
-- Sealed values open with the keyring only.
CREATE TABLE tenants (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    disabled_at  timestamptz,
    version      bigint           NOT NULL,
    access_token bytea,
    app_secret   bytea,
    document     json             NOT NULL
);

-- The tenant of callers without authentication, which can be configured like any other.
INSERT INTO tenants (id, version, document)
SELECT 'default', 1, json_build_object('id', 'default', 'name', 'Default', 'created_at', now, 'updated_at', now)
FROM (SELECT date_trunc('milliseconds', now()) AS now) AS moment;

-- One row per key. Of its text there is only a hash, and the prefix that it is found by.
CREATE TABLE api_keys (
    id           uuid             NOT NULL PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    prefix       text COLLATE "C" NOT NULL UNIQUE,
    hash         bytea            NOT NULL CHECK (length(hash) = 32),
    role         text COLLATE "C" NOT NULL,
    label        text             NOT NULL,
    created_at   timestamptz      NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

CREATE INDEX api_keys_tenant ON api_keys (tenant, id);

-- Migrations that are suspended because their tenant is disabled, with the lease of no worker.
-- Found when the tenant is enabled. The planner cannot choose this index for a statement about one
-- migration, as it could choose an index over every row of a tenant.
CREATE INDEX migrations_suspended ON migrations (tenant)
    WHERE lease_worker = '00000000-0000-0000-0000-000000000000';
