-- Ends the workers other than `$2` whose leases have ended, releases what no worker has leased any
-- more, and admits to the claim what has become due at `$1`, at most `$3` migrations.
--
-- `holder` steps from one worker with leases to the next, by one index lookup each. A worker that
-- renews its lease meanwhile is not ended: its row is read again once it is unlocked.
WITH RECURSIVE ended AS (
    DELETE FROM workers WHERE alive_until <= now() AND id <> $2 RETURNING id
), holder (id) AS (
    (SELECT m.lease_worker FROM migrations AS m WHERE m.lease_worker IS NOT NULL
    ORDER BY m.lease_worker LIMIT 1)
    UNION ALL
    SELECT (SELECT m.lease_worker FROM migrations AS m
        WHERE m.lease_worker IS NOT NULL AND m.lease_worker > holder.id
        ORDER BY m.lease_worker LIMIT 1)
    FROM holder WHERE holder.id IS NOT NULL
), released AS (
    UPDATE migrations AS m SET lease_worker = NULL
    WHERE m.lease_worker = ANY (ARRAY(
        SELECT holder.id FROM holder
        WHERE holder.id <> $2 AND (
            holder.id IN (SELECT id FROM ended)
            OR NOT EXISTS (SELECT 1 FROM workers AS w WHERE w.id = holder.id))))
    RETURNING 1
), due AS (
    SELECT m.tenant, m.id FROM migrations AS m
    WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND m.delayed
        AND m.due_at <= $1
    ORDER BY m.due_at, m.id LIMIT $3
    FOR UPDATE SKIP LOCKED
), admitted AS (
    UPDATE migrations AS m SET delayed = false FROM due
    WHERE (m.tenant, m.id) >= (due.tenant, due.id) AND (m.tenant, m.id) <= (due.tenant, due.id)
    RETURNING 1
)
