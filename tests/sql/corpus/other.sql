-- Patterns, functions, catalogs, older SQL, templates, and what is not understood.

-- given
CREATE TABLE ticker (
  symbol STRING, price BIGINT, tags ARRAY<STRING>, attrs MAP<STRING, STRING>, nested ROW<a STRING, b ROW<c INT>>, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'ticker', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE found (k STRING, v BIGINT) WITH ('connector' = 'print');

-- case: pattern-changed
-- truth: unknown
-- why: what is kept of half-matched patterns is not known
-- before
INSERT INTO found SELECT symbol, p FROM ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (a d+ u) DEFINE d AS d.price < 10, u AS u.price > 10) AS t;
-- after
INSERT INTO found SELECT symbol, p FROM ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (a d{2,} u) DEFINE d AS d.price < 10, u AS u.price > 10) AS t;

-- case: pattern-feeds-aggregation
-- truth: wrong
-- why: the counts so far are of other matches
-- before
INSERT INTO found SELECT symbol, COUNT(p) FROM ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p PATTERN (d+ u) DEFINE d AS d.price < 10, u AS u.price > 10) AS t GROUP BY symbol;
-- after
INSERT INTO found SELECT symbol, COUNT(p) FROM ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p PATTERN (d+ u) DEFINE d AS d.price < 99, u AS u.price > 99) AS t GROUP BY symbol;

-- case: filter-below-pattern
-- truth: wrong
-- why: half-matched patterns hold what the old filter let in
-- before
INSERT INTO found SELECT symbol, p FROM (SELECT * FROM ticker WHERE price > 1) MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p PATTERN (d+ u) DEFINE d AS d.price < 10) AS t;
-- after
INSERT INTO found SELECT symbol, p FROM (SELECT * FROM ticker WHERE price > 2) MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p PATTERN (d+ u) DEFINE d AS d.price < 10) AS t;

-- case: scalar-function-other-class
-- truth: unknown
-- why: what the function does is not known
-- before
CREATE TEMPORARY FUNCTION mask AS 'com.acme.Mask';
INSERT INTO found SELECT mask(symbol), price FROM ticker;
-- after
CREATE TEMPORARY FUNCTION mask AS 'com.acme.Mask2';
INSERT INTO found SELECT mask(symbol), price FROM ticker;

-- case: user-aggregate-other-argument
-- truth: wrong
-- why: the accumulator goes on with another column
-- before
INSERT INTO found SELECT symbol, weighted_avg(price, 1) FROM ticker GROUP BY symbol;
-- after
INSERT INTO found SELECT symbol, weighted_avg(CARDINALITY(tags), 1) FROM ticker GROUP BY symbol;

-- case: user-function-below-key
-- truth: wrong
-- why: the keys in the state were made by another function
-- before
INSERT INTO found SELECT k, COUNT(*) FROM (SELECT mask(symbol) AS k FROM ticker) GROUP BY k;
-- after
INSERT INTO found SELECT k, COUNT(*) FROM (SELECT mask2(symbol) AS k FROM ticker) GROUP BY k;

-- case: table-function-changed
-- truth: unknown
-- why: what the function does is not known
-- before
INSERT INTO found SELECT w, price FROM ticker, LATERAL TABLE(split(symbol, ',')) AS t(w);
-- after
INSERT INTO found SELECT w, price FROM ticker, LATERAL TABLE(split(symbol, ';')) AS t(w);

-- case: table-function-below-count
-- truth: wrong
-- why: the counts so far are of other words
-- before
INSERT INTO found SELECT w, COUNT(*) FROM ticker, LATERAL TABLE(split(symbol, ',')) AS t(w) GROUP BY w;
-- after
INSERT INTO found SELECT w, COUNT(*) FROM ticker, LATERAL TABLE(split(symbol, ';')) AS t(w) GROUP BY w;

-- case: unnest-other-array-below-count
-- truth: wrong
-- why: the counts so far are of other elements
-- before
INSERT INTO found SELECT tag, COUNT(*) FROM ticker CROSS JOIN UNNEST(tags) AS t(tag) GROUP BY tag;
-- after
INSERT INTO found SELECT tag, COUNT(*) FROM ticker CROSS JOIN UNNEST(ARRAY[symbol]) AS t(tag) GROUP BY tag;

-- case: row-field-as-key
-- truth: wrong
-- why: another field of the row is the key
-- before
INSERT INTO found SELECT nested.a, COUNT(*) FROM ticker GROUP BY nested.a;
-- after
INSERT INTO found SELECT attrs['a'], COUNT(*) FROM ticker GROUP BY attrs['a'];

-- case: state-ttl-hint
-- truth: unknown
-- why: the time that one operator keeps its state
-- before
INSERT INTO found SELECT symbol, SUM(price) FROM ticker GROUP BY symbol;
-- after
INSERT INTO found SELECT /*+ STATE_TTL('ticker' = '1d') */ symbol, SUM(price) FROM ticker GROUP BY symbol;

-- case: use-other-database
-- truth: wrong
-- why: the same names mean other tables
-- before
USE shop;
INSERT INTO found SELECT user_id, COUNT(*) FROM visits GROUP BY user_id;
-- after
USE shop_eu;
INSERT INTO found SELECT user_id, COUNT(*) FROM visits GROUP BY user_id;

-- case: catalog-options
-- truth: unknown
-- why: what the catalog holds is not known
-- before
CREATE CATALOG hive WITH ('type' = 'hive', 'hive-conf-dir' = '/a');
INSERT INTO found SELECT user_id, COUNT(*) FROM hive.shop.visits GROUP BY user_id;
-- after
CREATE CATALOG hive WITH ('type' = 'hive', 'hive-conf-dir' = '/b');
INSERT INTO found SELECT user_id, COUNT(*) FROM hive.shop.visits GROUP BY user_id;

-- case: older-sql-filter-below-window
-- truth: wrong
-- why: open windows hold what the old filter let in
-- before
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "kafka", kafka_bootstrap_servers = "k1:9092", kafka_topic = "cars", encode = "json") TIMESTAMP BY proctime.proctime;
CREATE SINK STREAM fast (car_id STRING, n BIGINT) WITH (type = "kafka", kafka_bootstrap_servers = "k1:9092", kafka_topic = "fast", encode = "json");
INSERT INTO fast SELECT car_id, COUNT(*) FROM cars WHERE speed > 100 GROUP BY TUMBLE(proctime, INTERVAL '1' HOUR), car_id;
-- after
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "kafka", kafka_bootstrap_servers = "k1:9092", kafka_topic = "cars", encode = "json") TIMESTAMP BY proctime.proctime;
CREATE SINK STREAM fast (car_id STRING, n BIGINT) WITH (type = "kafka", kafka_bootstrap_servers = "k1:9092", kafka_topic = "fast", encode = "json");
INSERT INTO fast SELECT car_id, COUNT(*) FROM cars WHERE speed > 120 GROUP BY TUMBLE(proctime, INTERVAL '1' HOUR), car_id;

-- case: older-sql-alias
-- truth: unknown
-- why: nothing was measured for DLI's older SQL
-- before
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "cars", encode = "csv");
CREATE SINK STREAM fast (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "fast", encode = "csv");
INSERT INTO fast SELECT car_id, speed FROM cars WHERE speed > 100;
-- after
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "cars", encode = "csv");
CREATE SINK STREAM fast (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "fast", encode = "csv");
INSERT INTO fast SELECT c.car_id, c.speed FROM cars AS c WHERE c.speed > 100;

-- case: older-sql-channel
-- truth: wrong
-- why: the restored source would keep to the old channel
-- before
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "cars", encode = "csv");
CREATE SINK STREAM fast (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "fast", encode = "csv");
INSERT INTO fast SELECT car_id, speed FROM cars;
-- after
CREATE SOURCE STREAM cars (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "trucks", encode = "csv");
CREATE SINK STREAM fast (car_id STRING, speed INT) WITH (type = "dis", region = "cn-north-1", channel = "fast", encode = "csv");
INSERT INTO fast SELECT car_id, speed FROM cars;

-- case: template-variable
-- truth: wrong
-- why: whatever the variables stand for, the filter below the state is another one
-- before
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker WHERE price > ${min_price} GROUP BY symbol;
-- after
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker WHERE price > ${max_price} GROUP BY symbol;

-- case: not-understood
-- truth: unknown
-- why: a statement that is not understood
-- before
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker PIVOT (x FOR y IN (1)) GROUP BY symbol;
-- after
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker PIVOT (x FOR y IN (2)) GROUP BY symbol;

-- case: open-quote
-- truth: unknown
-- why: the text cannot even be read
-- before
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker GROUP BY symbol;
-- after
INSERT INTO found SELECT symbol, COUNT(*) FROM ticker WHERE symbol = 'x GROUP BY symbol;

-- case: name-quoted-otherwise
-- truth: carried
-- why: a column with a dot in its name, and a field of a row, are different things, but only the place in the source is kept
-- before
INSERT INTO found SELECT `nested.a`, 1 FROM ticker;
-- after
INSERT INTO found SELECT nested.a, 1 FROM ticker;

-- case: jar-added
-- truth: unknown
-- why: functions may come from another library
-- before
ADD JAR 'obs://libs/udf-1.jar';
INSERT INTO found SELECT symbol, SUM(price) FROM ticker GROUP BY symbol;
-- after
ADD JAR 'obs://libs/udf-2.jar';
INSERT INTO found SELECT symbol, SUM(price) FROM ticker GROUP BY symbol;

-- case: values-source
-- truth: unknown
-- why: a list of rows is planned as a source of its own
-- before
INSERT INTO found VALUES ('a', 1), ('b', 2);
-- after
INSERT INTO found VALUES ('a', 1), ('b', 3);

-- case: insert-into-other-sink
-- truth: unknown
-- why: the state of the query stays, what belongs to the sink does not
-- before
CREATE TABLE other_found (k STRING, v BIGINT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json');
INSERT INTO found SELECT symbol, SUM(price) FROM ticker GROUP BY symbol;
-- after
CREATE TABLE other_found (k STRING, v BIGINT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json');
INSERT INTO other_found SELECT symbol, SUM(price) FROM ticker GROUP BY symbol;

-- case: unused-column-below-a-pattern
-- truth: wrong
-- why: a pattern keeps the rows that it may still match whole (by the planner)
-- before
CREATE TABLE quotes (symbol STRING, price BIGINT, venue STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'kafka', 'topic' = 'quotes', 'format' = 'json');
INSERT INTO found SELECT symbol, p FROM quotes MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (a d+ u) DEFINE d AS d.price < 10, u AS u.price > 10) AS t;
-- after
CREATE TABLE quotes (symbol STRING, price BIGINT, note STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'kafka', 'topic' = 'quotes', 'format' = 'json');
INSERT INTO found SELECT symbol, p FROM quotes MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES LAST(d.price) AS p ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (a d+ u) DEFINE d AS d.price < 10, u AS u.price > 10) AS t;
