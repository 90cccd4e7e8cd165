-- Migrations are claimed tenant by tenant, and within a tenant destination by destination, so that
-- none delays another. The planner cannot choose this index for a statement about one migration, as
-- it could choose an index over every row of a tenant.
DROP INDEX migrations_share;
CREATE INDEX migrations_share ON migrations (tenant, destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';
