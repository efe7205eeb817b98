-- Other ways of writing the same, and changes that only look dangerous.

-- given
CREATE TABLE bid (auction BIGINT, price BIGINT, channel STRING, n INT, extra STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'bid', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE auction (id BIGINT, item STRING, extra STRING, ts TIMESTAMP(3)) WITH ('connector' = 'kafka', 'topic' = 'auction', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');
CREATE TABLE pairs (k BIGINT, v STRING) WITH ('connector' = 'print');

-- case: join-operands-turned
-- truth: carried
-- why: an equation has no direction (measured)
-- before
INSERT INTO pairs SELECT a.id, b.channel FROM bid b JOIN auction a ON b.auction = a.id;
-- after
INSERT INTO pairs SELECT a.id, b.channel FROM bid b JOIN auction a ON a.id = b.auction;

-- case: comma-join
-- truth: carried
-- why: a comma and WHERE are planned as JOIN and ON (measured)
-- before
INSERT INTO pairs SELECT a.id, b.channel FROM bid b, auction a WHERE b.auction = a.id;
-- after
INSERT INTO pairs SELECT a.id, b.channel FROM bid b JOIN auction a ON b.auction = a.id;

-- case: comparison-turned-below-state
-- truth: carried
-- why: the same rows pass
-- before
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE price > 2 GROUP BY channel;
-- after
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE 2 < price GROUP BY channel;

-- case: comparison-reversed-below-state
-- truth: wrong
-- why: other rows pass
-- before
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE price > 2 GROUP BY channel;
-- after
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE 2 > price GROUP BY channel;

-- case: between-as-two-comparisons
-- truth: carried
-- why: the planner makes two comparisons of BETWEEN (measured)
-- before
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE price BETWEEN 2 AND 9 GROUP BY channel;
-- after
INSERT INTO snk SELECT channel, SUM(price) FROM bid WHERE price >= 2 AND price <= 9 GROUP BY channel;

-- case: count-of-one
-- truth: carried
-- why: a literal is never NULL, so all rows are counted (measured)
-- before
INSERT INTO snk SELECT channel, COUNT(*) FROM bid GROUP BY channel;
-- after
INSERT INTO snk SELECT channel, COUNT(1) FROM bid GROUP BY channel;

-- case: distinct-as-group-by
-- truth: carried
-- why: DISTINCT is planned as grouping by all columns (measured)
-- before
INSERT INTO pairs SELECT DISTINCT auction, channel FROM bid;
-- after
INSERT INTO pairs SELECT auction, channel FROM bid GROUP BY auction, channel;

-- case: distinct-over-results
-- truth: carried
-- why: the keys are unique already, so Flink plans no second aggregation
-- before
INSERT INTO snk SELECT channel, COUNT(*) FROM bid GROUP BY channel;
-- after
INSERT INTO snk SELECT DISTINCT channel, COUNT(*) FROM bid GROUP BY channel;

-- case: window-named
-- truth: carried
-- why: a window is the same with and without a name (measured)
-- before
INSERT INTO snk SELECT channel, SUM(price) OVER (PARTITION BY channel ORDER BY ts) FROM bid;
-- after
INSERT INTO snk SELECT channel, SUM(price) OVER w FROM bid WINDOW w AS (PARTITION BY channel ORDER BY ts);

-- case: rank-below
-- truth: carried
-- why: ranks are whole numbers (measured)
-- before
INSERT INTO snk SELECT channel, price FROM (SELECT channel, price, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY price DESC) AS rn FROM bid) WHERE rn <= 5;
-- after
INSERT INTO snk SELECT channel, price FROM (SELECT channel, price, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY price DESC) AS rn FROM bid) WHERE rn < 6;

-- given
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');

-- case: unused-column-retyped
-- truth: carried
-- why: the column is left out before the state, before and after (measured)
-- before
CREATE TABLE src (channel STRING, price BIGINT, extra STRING) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT, extra INT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;

-- case: last-unused-column-goes
-- truth: loses
-- why: the operator that left it out vanishes before the state
-- before
CREATE TABLE src (channel STRING, price BIGINT, extra STRING) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;

-- case: column-read-by-star-retyped
-- truth: loses
-- why: the star reads it
-- before
CREATE TABLE src (channel STRING, price BIGINT, extra STRING) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, COUNT(*) FROM (SELECT DISTINCT * FROM src) GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT, extra INT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, COUNT(*) FROM (SELECT DISTINCT * FROM src) GROUP BY channel;

-- case: types-by-other-names
-- truth: carried
-- why: INTEGER is INT, VARCHAR(2147483647) is STRING, and NULL is the default
-- before
CREATE TABLE src (channel STRING, price BIGINT, n INT, d DECIMAL(10, 0)) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price + n) FROM src WHERE d > 1 GROUP BY channel;
-- after
CREATE TABLE src (channel VARCHAR(2147483647), price BIGINT NULL, n INTEGER, d NUMERIC) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price + n) FROM src WHERE d > 1 GROUP BY channel;

-- case: one-more-topic
-- truth: carried
-- why: offsets are kept for each partition of each topic; new ones are read from their beginning
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid;bid-eu', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;

-- case: server-id
-- truth: carried
-- why: the id by which the database knows its reader is no place in the binary log
-- before
CREATE TABLE src (channel STRING, price BIGINT, PRIMARY KEY (channel) NOT ENFORCED) WITH ('connector' = 'mysql-cdc', 'hostname' = 'h', 'database-name' = 'd', 'table-name' = 't');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT, PRIMARY KEY (channel) NOT ENFORCED) WITH ('connector' = 'mysql-cdc', 'hostname' = 'h', 'database-name' = 'd', 'table-name' = 't', 'server-id' = '5400-5408');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;

-- case: watermark-below-a-window
-- truth: wrong
-- why: windows are counted by another time
-- before
CREATE TABLE src (channel STRING, price BIGINT, x STRING, t1 TIMESTAMP(3), t2 TIMESTAMP(3), WATERMARK FOR t1 AS t1) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(t1), INTERVAL '1' HOUR)) GROUP BY channel, window_start, window_end;
-- after
CREATE TABLE src (channel STRING, price BIGINT, x STRING, t1 TIMESTAMP(3), t2 TIMESTAMP(3), WATERMARK FOR t1 AS t2) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(t1), INTERVAL '1' HOUR)) GROUP BY channel, window_start, window_end;

-- case: distinct-over-some-results
-- truth: unknown
-- why: a second aggregation appears, and begins empty
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT 'all', COUNT(*) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT DISTINCT 'all', COUNT(*) FROM src GROUP BY channel;

-- case: distinct-or-not-of-expressions
-- truth: loses
-- why: the aggregation vanishes
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT DISTINCT UPPER(channel), price FROM src;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT UPPER(channel), price FROM src;

-- case: pattern-by-another-key
-- truth: wrong
-- why: half-found matches of one key go on with the rows of another
-- before
CREATE TABLE src (b STRING, c BIGINT, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT b, m FROM src MATCH_RECOGNIZE (PARTITION BY b ORDER BY t MEASURES LAST(X.c) AS m ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (X+ Y) DEFINE X AS X.c > 1, Y AS Y.c < 1);
-- after
CREATE TABLE src (b STRING, c BIGINT, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT b, m FROM src MATCH_RECOGNIZE (PARTITION BY UPPER(b) ORDER BY t MEASURES LAST(X.c) AS m ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (X+ Y) DEFINE X AS X.c > 1, Y AS Y.c < 1);

-- case: other-hint
-- truth: unknown
-- why: what a hint of another kind does to the plan is not known here
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT channel, SUM(price) FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
INSERT INTO snk SELECT /*+ LOOKUP('table' = 'src') */ channel, SUM(price) FROM src GROUP BY channel;

-- case: ctas-another-key
-- truth: wrong
-- why: a CREATE TABLE AS is a table and an INSERT
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
CREATE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
CREATE TABLE made WITH ('connector' = 'print') AS SELECT channel || 'x', SUM(price) AS s FROM src GROUP BY channel || 'x';

-- case: ctas-expression-over-results
-- truth: carried
-- why: it stands above all state
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
CREATE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
CREATE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) * 2 AS s FROM src GROUP BY channel;

-- case: replace-table-as-another-filter
-- truth: wrong
-- why: a REPLACE TABLE AS is a table and an INSERT too
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
REPLACE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
REPLACE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src WHERE price > 2 GROUP BY channel;

-- case: replace-table-as-filter-on-results
-- truth: carried
-- why: it stands above all state
-- before
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
REPLACE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src GROUP BY channel;
-- after
CREATE TABLE src (channel STRING, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
REPLACE TABLE made WITH ('connector' = 'print') AS SELECT channel, SUM(price) AS s FROM src GROUP BY channel HAVING SUM(price) > 3;

-- case: condition-that-is-always-true
-- truth: carried
-- why: Flink plans none
-- before
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen GROUP BY k;
-- after
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE 1 = 1 GROUP BY k;

-- case: condition-beside-one-that-is-always-true
-- truth: carried
-- why: Flink plans one
-- before
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE k <> 'a' GROUP BY k;
-- after
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE 1 = 1 AND k <> 'a' AND TRUE GROUP BY k;

-- case: condition-that-is-never-true
-- truth: loses
-- why: Flink plans nothing
-- before
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen GROUP BY k;
-- after
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE 1 = 2 GROUP BY k;

-- case: is-true
-- truth: carried
-- why: of a condition, unknown is as good as false
-- before
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE live GROUP BY k;
-- after
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE live IS TRUE GROUP BY k;

-- case: is-not-false
-- truth: wrong
-- why: unknown is let in
-- before
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE live GROUP BY k;
-- after
CREATE TABLE seen (k STRING, live BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE counted (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT k, COUNT(*) FROM seen WHERE live IS NOT FALSE GROUP BY k;
