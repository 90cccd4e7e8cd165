-- The target of this store: the world, and the host of Graph. Written at the first start of a
-- service.
CREATE TABLE graph_target (
    only_row   INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    world      TEXT    NOT NULL CHECK (world IN ('meta', 'sandbox')),
    graph_host TEXT    NOT NULL
) STRICT;

PRAGMA user_version = 5;
