-- Claims migrations that are due, over all tenants, and returns them as `m`.
--
--     migrations_timer    [ due | due | … ]                   longest due first
--                              |
--     migrations_ready    tenant A            tenant B        tenant C
--                         +----+----+         +----+          +----+----+----+
--                         | w1 | w2 |         | w1 |          | w1 | w2 | w3 |    destinations
--                         +-|--+-|--+         +-|--+          +-|--+-|--+-|--+
--                           due  due            due             due  due  due     longest due first
--                           due                 due
--
-- 1. `timer`: the heads of the timers, up to the limit.
-- 2. `owner` steps from one tenant to the next, by one index lookup each: from the tenant after
--    `$4` to the last; then, past a row without a tenant, from the first up to `$4`.
-- 3. `share` steps likewise from one destination of a tenant to the next, from the one after the
--    tenant's in `$7` and `$8`. Of each destination it takes the longest due, up to `$6`; of each
--    tenant up to `$5`.
-- 4. It stops at the limit: what is behind is not read. Rows that are leased or not due yet are in
--    neither index.
--
-- A worker that was ended gets nothing. Rows that another process has locked are skipped.
--
-- `$1` now, `$2` the worker, `$3` the limit, `$9` tenants without quota, `$10` and `$11` the
-- tenants and ids of destinations without quota.
WITH RECURSIVE timer AS (
    SELECT m.tenant, m.id, m.due_at FROM migrations AS m
    WHERE m.state <> 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND m.due_at <= $1
        AND EXISTS (SELECT 1 FROM workers AS w WHERE w.id = $2)
    ORDER BY m.due_at, m.id LIMIT $3
    FOR UPDATE SKIP LOCKED
), owner (tenant, wrapped, turn) AS (
    SELECT $4::text COLLATE "C", false, 0 WHERE EXISTS (SELECT 1 FROM workers AS w WHERE w.id = $2)
    UNION ALL
    SELECT coalesce(next.tenant, ''), owner.wrapped OR next.tenant IS NULL, owner.turn + 1
    FROM owner LEFT JOIN LATERAL (
        SELECT m.tenant FROM migrations AS m
        WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND NOT m.delayed
            AND m.tenant > owner.tenant
        ORDER BY m.tenant LIMIT 1) AS next ON true
    WHERE NOT owner.wrapped OR next.tenant <= $4
), work AS (
    SELECT mine.tenant, mine.id, mine.due_at, owner.turn, mine.turn AS within
    FROM owner CROSS JOIN LATERAL (
        WITH RECURSIVE share (destination, last, wrapped, turn) AS (
            SELECT begin.last, begin.last, false, 0 FROM (
                SELECT coalesce((SELECT t.last FROM unnest($7::text[], $8::text[]) AS t (tenant, last)
                    WHERE t.tenant = owner.tenant LIMIT 1), '') COLLATE "C" AS last) AS begin
            UNION ALL
            SELECT coalesce(next.destination, ''), share.last,
                share.wrapped OR next.destination IS NULL, share.turn + 1
            FROM share LEFT JOIN LATERAL (
                SELECT m.destination FROM migrations AS m
                WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL
                    AND NOT m.delayed AND m.tenant = owner.tenant AND m.destination > share.destination
                ORDER BY m.destination LIMIT 1) AS next ON true
            WHERE NOT share.wrapped OR next.destination <= share.last
        )
        SELECT its.tenant, its.id, its.due_at, share.turn FROM share CROSS JOIN LATERAL (
            SELECT m.tenant, m.id, m.due_at FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL
                AND NOT m.delayed AND m.due_at <= $1 AND m.tenant = owner.tenant
                AND m.destination = share.destination
            ORDER BY m.due_at, m.id LIMIT $6
            FOR UPDATE SKIP LOCKED) AS its
        WHERE share.turn > 0
            AND (owner.tenant, share.destination) NOT IN (SELECT * FROM unnest($10::text[], $11::text[]))
        LIMIT $5) AS mine
    WHERE owner.turn > 0 AND owner.tenant <> ALL ($9)
    LIMIT $3 - (SELECT count(*) FROM timer)
), due AS (
    SELECT tenant, id, due_at, 0 AS turn, 0 AS within FROM timer
    UNION ALL SELECT tenant, id, due_at, turn, within FROM work
), m AS (
    UPDATE migrations AS m SET lease_worker = $2, suspended = false FROM due
    WHERE (m.tenant, m.id) >= (due.tenant, due.id) AND (m.tenant, m.id) <= (due.tenant, due.id)
    RETURNING m.*, due.turn, due.within
)
