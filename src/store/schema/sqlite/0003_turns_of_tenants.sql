-- Migrations are claimed tenant by tenant, and within a tenant destination by destination, so that
-- none delays another.
DROP INDEX migrations_share;
CREATE INDEX migrations_share ON migrations (tenant, destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';

PRAGMA user_version = 3;
