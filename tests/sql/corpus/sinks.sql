-- Definitions of tables that are written.

-- given
CREATE TABLE clicks (user_id STRING, device STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');

-- case: sink-topic
-- truth: carried
-- why: without transactions the sink keeps nothing of the old topic
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'totals', 'format' = 'json');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'totals_v2', 'format' = 'json');
INSERT INTO totals SELECT user_id, n FROM clicks;

-- case: sink-exactly-once
-- truth: unknown
-- why: the sink's state changes its kind
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'totals', 'format' = 'json');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'totals', 'format' = 'json', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'totals');
INSERT INTO totals SELECT user_id, n FROM clicks;

-- case: sink-connector
-- truth: unknown
-- why: the old sink's state has no reader
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'totals', 'format' = 'json');
INSERT INTO totals SELECT user_id, n FROM clicks;

-- case: sink-flush-interval
-- truth: carried
-- why: how rows are written in batches is no state
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't', 'sink.buffer-flush.interval' = '1s');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't', 'sink.buffer-flush.interval' = '10s');
INSERT INTO totals SELECT user_id, n FROM clicks;

-- case: sink-password
-- truth: carried
-- why: credentials are no state
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't', 'password' = 'old-secret');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't', 'password' = 'new-secret');
INSERT INTO totals SELECT user_id, n FROM clicks;

-- case: sink-renamed
-- truth: carried
-- why: the name of a table does not reach the plan
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE user_totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO user_totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: sink-key-other-column
-- truth: wrong
-- why: what was written is kept by another key of the same type
-- before
CREATE TABLE totals (k STRING, d STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;
-- after
CREATE TABLE totals (k STRING, d STRING, n BIGINT, PRIMARY KEY (d) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;

-- case: sink-key-added
-- truth: unknown
-- why: the aggregation is restored (measured), and a new operator that keeps what was written begins empty
-- before
CREATE TABLE totals (k STRING, d STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;
-- after
CREATE TABLE totals (k STRING, d STRING, n BIGINT, PRIMARY KEY (d) NOT ENFORCED) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;

-- case: sink-rows-type
-- truth: loses
-- why: whole rows are kept before the sink in the types of its columns, as its key is not that of the query (measured)
-- before
CREATE TABLE totals (k STRING, d STRING, n BIGINT, PRIMARY KEY (d) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;
-- after
CREATE TABLE totals (k STRING, d STRING, n DECIMAL(38, 0), PRIMARY KEY (d) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/x', 'table-name' = 't');
INSERT INTO totals SELECT user_id, device, SUM(n) FROM clicks GROUP BY user_id, device;

-- case: sink-column-type
-- truth: carried
-- why: a conversion appears above all state, and the sink keeps nothing (measured)
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE totals (k STRING, n DECIMAL(38, 0)) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: sink-column-list
-- truth: unknown
-- why: a projection may appear before the sink
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, n FROM clicks;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals (k, n) SELECT user_id, n FROM clicks;

-- case: print-identifier
-- truth: carried
-- why: a label of the output
-- before
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'totals');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: first-having-over-a-sink-of-its-own-parallelism
-- truth: unknown
-- why: the sink's writer gets another id; what it keeps there depends on the driver
-- before
CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h:3306/shop', 'table-name' = 'totals', 'sink.parallelism' = '2');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h:3306/shop', 'table-name' = 'totals', 'sink.parallelism' = '2');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id HAVING COUNT(*) > 1;

-- case: sink-of-another-form-beside-one-that-shares
-- truth: loses
-- why: blackhole wants no old row beside the new one: what was computed once for both is computed twice (by the planner)
-- before
CREATE TABLE told (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE shown (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO told SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO shown SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE told (k STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE shown (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO told SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO shown SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: sink-of-another-type-kept-by-key
-- truth: wrong
-- why: what was written is kept by the key of the sink, as the types of the sink (by the planner)
-- before
CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 't');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE totals (k STRING, n DECIMAL(19, 0), PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 't');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
