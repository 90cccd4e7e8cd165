-- The target of this store: the world, and the host of Graph. Written at the first start of a
-- service.
CREATE TABLE graph_target (
    only_row   integer          NOT NULL PRIMARY KEY CHECK (only_row = 1),
    world      text COLLATE "C" NOT NULL CHECK (world IN ('meta', 'sandbox')),
    graph_host text COLLATE "C" NOT NULL
);
