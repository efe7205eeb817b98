-- Definitions of tables that are read.

-- given
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE copy (k STRING, n BIGINT) WITH ('connector' = 'print');

-- case: other-topic
-- truth: wrong
-- why: the restored source goes on reading the old topic's partitions
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks_v2', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: other-topic-stateless
-- truth: wrong
-- why: the restored source goes on reading the old topic's partitions
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks_v2', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: other-topic-by-hint
-- truth: wrong
-- why: the hint overrides the topic
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks /*+ OPTIONS('topic' = 'clicks_v2') */;

-- case: other-table-of-the-script
-- truth: wrong
-- why: the offsets of one topic are taken for the other's
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
CREATE TABLE taps (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
CREATE TABLE taps (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM taps;

-- case: other-catalog-table
-- truth: wrong
-- why: another table's offsets
-- before
INSERT INTO totals SELECT user_id, COUNT(*) FROM hive.shop.clicks GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, COUNT(*) FROM hive.shop.taps GROUP BY user_id;

-- case: other-cluster
-- truth: wrong
-- why: offsets of one cluster mean other records in another
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'old1:9092,old2:9092', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'new1:9092,new2:9092', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: broker-added
-- truth: unknown
-- why: most likely the same cluster, but nobody can tell from here
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092,k2:9092', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: other-connector
-- truth: loses
-- why: the place in one source cannot be read by another
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'obs://b/clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: rows-per-second
-- truth: carried
-- why: source options such as rates do not matter (measured)
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: startup-mode
-- truth: carried
-- why: a restored source starts from its state
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '1700000000000', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: startup-mode-by-hint
-- truth: carried
-- why: a restored source starts from its state
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */;

-- case: consumer-group
-- truth: carried
-- why: a restored source goes on from the offsets in its state
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.group.id' = 'a', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.group.id' = 'b', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: password-rotated
-- truth: carried
-- why: credentials are no state
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="old";', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="new";', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: parse-errors-ignored
-- truth: carried
-- why: how broken records are met is no state
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json', 'json.ignore-parse-errors' = 'false');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json', 'json.ignore-parse-errors' = 'true');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: other-format
-- truth: unknown
-- why: rows come in another form; the state does not know
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'csv');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: becomes-changelog
-- truth: loses
-- why: an aggregation over changes keeps one counter more
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'debezium-json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: unused-column-added
-- truth: loses
-- why: a projection appears before the state (measured)
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, device STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: column-type-widened
-- truth: loses
-- why: the accumulator has another type
-- before
CREATE TABLE clicks (user_id STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, MAX(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, MAX(n) FROM clicks GROUP BY user_id;

-- case: key-column-not-null
-- truth: loses
-- why: the key has another type (measured)
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING NOT NULL, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: columns-reordered-under-distinct
-- truth: wrong
-- why: columns of the same type change places in the rows that are kept
-- before
CREATE TABLE pairs (a STRING, b STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'pairs', 'format' = 'json');
CREATE TABLE pairs_out (a STRING, b STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO pairs_out SELECT DISTINCT * FROM pairs;
-- after
CREATE TABLE pairs (b STRING, a STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'pairs', 'format' = 'json');
CREATE TABLE pairs_out (a STRING, b STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO pairs_out SELECT DISTINCT * FROM pairs;

-- case: computed-column
-- truth: wrong
-- why: the keys in the state were made by the old expression
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT, k AS UPPER(user_id)) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT k, SUM(n) FROM clicks GROUP BY k;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, k AS LOWER(user_id)) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT k, SUM(n) FROM clicks GROUP BY k;

-- case: metadata-column-source
-- truth: wrong
-- why: the maxima so far are of another piece of metadata
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT METADATA FROM 'offset' VIRTUAL) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, MAX(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT METADATA FROM 'partition' VIRTUAL) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, MAX(n) FROM clicks GROUP BY user_id;

-- case: json-path-column-renamed
-- truth: wrong
-- why: another field of the record is summed
-- before
CREATE TABLE clicks (user_id STRING, gross BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(gross) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, net BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(net) FROM clicks GROUP BY user_id;

-- case: watermark-delay
-- truth: unknown
-- why: windows may close twice or lose late rows around the restart
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY user_id, window_start, window_end;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '30' SECOND) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY user_id, window_start, window_end;

-- case: watermark-other-column
-- truth: wrong
-- why: the windows in the state were cut by another time
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT, t1 TIMESTAMP(3), t2 TIMESTAMP(3), ts AS t1, WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY user_id, window_start, window_end;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, t1 TIMESTAMP(3), t2 TIMESTAMP(3), ts AS t2, WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY user_id, window_start, window_end;

-- case: watermark-added
-- truth: carried
-- why: nobody reads the time column, and Kafka's source makes the watermarks itself (restored by Flink 1.20.3)
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT, ts TIMESTAMP(3)) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: upsert-source-key
-- truth: wrong
-- why: the last rows are kept by another key of the same type
-- before
CREATE TABLE users (a STRING, b STRING, n BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'users', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO totals SELECT b, SUM(n) FROM users GROUP BY b;
-- after
CREATE TABLE users (a STRING, b STRING, n BIGINT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'users', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO totals SELECT b, SUM(n) FROM users GROUP BY b;

-- case: cdc-other-table
-- truth: wrong
-- why: the place in one table's log is taken for another's
-- before
CREATE TABLE users (a STRING, n BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'mysql-cdc', 'hostname' = 'db', 'port' = '3306', 'username' = 'u', 'password' = 'p-secret', 'database-name' = 'shop', 'table-name' = 'users');
INSERT INTO totals SELECT a, SUM(n) FROM users GROUP BY a;
-- after
CREATE TABLE users (a STRING, n BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'mysql-cdc', 'hostname' = 'db', 'port' = '3306', 'username' = 'u', 'password' = 'p-secret', 'database-name' = 'shop', 'table-name' = 'customers');
INSERT INTO totals SELECT a, SUM(n) FROM users GROUP BY a;

-- case: topic-in-like-base
-- truth: wrong
-- why: the table takes its topic over by LIKE
-- before
CREATE TABLE base (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
CREATE TABLE clicks WITH ('scan.startup.mode' = 'earliest-offset') LIKE base;
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE base (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
CREATE TABLE clicks WITH ('scan.startup.mode' = 'earliest-offset') LIKE base;
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: unknown-option
-- truth: unknown
-- why: nothing is known of this option
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
INSERT INTO totals SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: source-path
-- truth: wrong
-- why: the files read so far are of another folder
-- before
CREATE TABLE files (user_id STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'obs://b/in', 'format' = 'json', 'source.monitor-interval' = '1 min');
INSERT INTO totals SELECT user_id, COUNT(*) FROM files GROUP BY user_id;
-- after
CREATE TABLE files (user_id STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'obs://b/in2', 'format' = 'json', 'source.monitor-interval' = '1 min');
INSERT INTO totals SELECT user_id, COUNT(*) FROM files GROUP BY user_id;

-- case: source-schema-stateless-column-added
-- truth: unknown
-- why: a projection may appear; nothing but the place in the source is kept
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT, device STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: column-type-changed-stateless
-- truth: unknown
-- why: a conversion may appear before the sink; nothing but the place in the source is kept
-- before
CREATE TABLE clicks (user_id STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: definition-moved-behind-the-insert
-- truth: unknown
-- why: the INSERT does not see it there
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
INSERT INTO copy SELECT user_id, n FROM clicks;
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');

-- case: same-last-name-in-other-catalog
-- truth: wrong
-- why: the qualified name means a table of the catalog, not the one defined here
-- before
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO totals SELECT user_id, SUM(n) FROM hive.shop.clicks GROUP BY user_id;

-- case: unread-column-before-one-that-is-read-by-its-place
-- truth: wrong
-- why: fields of CSV have no names: y reads what stood in z
-- before
CREATE TABLE reading (x INT, y INT, z INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'csv');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;
-- after
CREATE TABLE reading (x INT, z INT, y INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'csv');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;

-- case: unread-column-more-before-one-that-is-read-by-its-place
-- truth: wrong
-- why: y reads the field behind its own
-- before
CREATE TABLE reading (x INT, y INT, z INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'avro');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;
-- after
CREATE TABLE reading (x INT, w INT, y INT, z INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'avro');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;

-- case: unread-column-more-behind-those-that-are-read-by-their-place
-- truth: carried
-- why: what is read has its place
-- before
CREATE TABLE reading (x INT, y INT, z INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'csv');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;
-- after
CREATE TABLE reading (x INT, y INT, z INT, w INT) WITH ('connector' = 'kafka', 'topic' = 'reading', 'format' = 'csv');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading GROUP BY x;

-- case: type-of-a-column-that-only-a-filter-reads
-- truth: wrong
-- why: 3.6 is read as 4, and let in where it was not
-- before
CREATE TABLE reading (x INT, y INT, z DECIMAL(10, 2)) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 'reading');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading WHERE z > 3.7 GROUP BY x;
-- after
CREATE TABLE reading (x INT, y INT, z DECIMAL(10, 0)) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 'reading');
CREATE TABLE told (a INT, n INT) WITH ('connector' = 'print');
INSERT INTO told SELECT x, SUM(y) FROM reading WHERE z > 3.7 GROUP BY x;
