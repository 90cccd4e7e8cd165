-- Work is claimed tenant by tenant, and within a tenant destination by destination: neither's work is ever in the way of
-- another's. No statement about one migration can take this index for its own, as it could one that held every row of the
-- tenant.
DROP INDEX migrations_share;
CREATE INDEX migrations_share ON migrations (tenant, destination, claimable_at, id)
    WHERE claimable_at IS NOT NULL AND state = 'RUNNING';
