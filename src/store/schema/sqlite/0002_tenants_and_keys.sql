-- Tenants and their API keys. Times are milliseconds since 1970.

-- One row per tenant. `document` is the truth; the columns before it repeat what statements use.
-- Sealed values open with the keyring only.
CREATE TABLE tenants (
    id           TEXT    NOT NULL PRIMARY KEY,
    disabled_at  INTEGER,
    version      INTEGER NOT NULL,
    access_token BLOB,
    app_secret   BLOB,
    document     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The tenant of callers without authentication, which can be configured like any other.
INSERT INTO tenants (id, version, document)
SELECT 'default', 1, json_object('id', 'default', 'name', 'Default', 'created_at', now, 'updated_at', now)
FROM (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now);

-- One row per key. Of its text there is only a hash, and the prefix that it is found by.
CREATE TABLE api_keys (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    tenant       TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    prefix       TEXT    NOT NULL UNIQUE,
    hash         BLOB    NOT NULL CHECK (length(hash) = 32),
    role         TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX api_keys_tenant ON api_keys (tenant, id);

-- Migrations that are suspended because their tenant is disabled, with the lease of no worker.
-- Found when the tenant is enabled.
CREATE INDEX migrations_suspended ON migrations (tenant)
    WHERE lease_worker = x'00000000000000000000000000000000';

PRAGMA user_version = 2;
