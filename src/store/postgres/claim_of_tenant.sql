-- Claims running migrations of one tenant, `$1`, and returns their ids in order: the part of
-- claim.sql within one tenant, for a database that is sharded by tenant and accepts row locks of
-- one tenant only.
--
--     migrations_ready    tenant $1
--                         +----+----+----+
--                         | w1 | w2 | w3 |    destinations, from the one after `$5`
--                         +-|--+-|--+-|--+
--                           due  due  due     longest due first, up to `$6` of each
--                           due
--
-- `$2` now, `$3` the worker, `$4` the limit, `$7` destinations without quota.
WITH RECURSIVE share (destination, wrapped, turn) AS (
    SELECT $5::text COLLATE "C", false, 0
    UNION ALL
    SELECT coalesce(next.destination, ''), share.wrapped OR next.destination IS NULL, share.turn + 1
    FROM share LEFT JOIN LATERAL (
        SELECT m.destination FROM migrations AS m
        WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND NOT m.delayed
            AND m.tenant = $1 AND m.destination > share.destination
        ORDER BY m.destination LIMIT 1) AS next ON true
    WHERE NOT share.wrapped OR next.destination <= $5
), due AS (
    SELECT its.id, its.due_at, share.turn FROM share CROSS JOIN LATERAL (
        SELECT m.id, m.due_at FROM migrations AS m
        WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND NOT m.delayed
            AND m.due_at <= $2 AND m.tenant = $1 AND m.destination = share.destination
        ORDER BY m.due_at, m.id LIMIT $6
        FOR UPDATE SKIP LOCKED) AS its
    WHERE share.turn > 0 AND share.destination <> ALL ($7)
    LIMIT $4
), taken AS (
    UPDATE migrations AS m SET lease_worker = $3, suspended = false
    WHERE m.tenant = $1 AND m.id = ANY (ARRAY(SELECT id FROM due)) RETURNING m.id
)
SELECT due.id FROM due JOIN taken ON taken.id = due.id ORDER BY due.turn, due.due_at, due.id
