-- Several INSERTs in one job.

-- given
CREATE TABLE clicks (user_id STRING, device STRING, n BIGINT, m BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE views (user_id STRING, device STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'views', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE by_user (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE by_device (k STRING, n BIGINT) WITH ('connector' = 'print');

-- case: insert-with-own-source-added-after
-- truth: loses
-- why: operators get other numbers (measured)
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM views GROUP BY device;

-- case: insert-with-own-source-added-before
-- truth: loses
-- why: operators get other numbers (measured)
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_device SELECT device, COUNT(*) FROM views GROUP BY device;
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: insert-of-same-source-added-after
-- truth: unknown
-- why: whether the numbers stay depends on how the plans are joined
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;

-- case: insert-of-same-source-added-before
-- truth: wrong
-- why: the new aggregation takes the number, and so the state, of the old one
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: insert-removed
-- truth: loses
-- why: its state has no owner
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM views GROUP BY device;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: first-insert-removed
-- truth: loses
-- why: its state has no owner
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM views GROUP BY device;
-- after
INSERT INTO by_device SELECT device, COUNT(*) FROM views GROUP BY device;

-- case: inserts-reordered
-- truth: wrong
-- why: each goes on from the other's equally typed state (measured)
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;
-- after
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: sinks-swapped
-- truth: wrong
-- why: the queries stay, but each now feeds the other's sink
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;
-- after
INSERT INTO by_user SELECT device, COUNT(*) FROM clicks GROUP BY device;
INSERT INTO by_device SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: reordered-and-changed
-- truth: wrong
-- why: each goes on from the other's state, whatever else changes
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
-- after
INSERT INTO by_device SELECT d.device, SUM(d.n) FROM clicks d GROUP BY d.device;
INSERT INTO by_user SELECT u.user_id, SUM(u.n) FROM clicks u GROUP BY u.user_id;

-- case: same-query-second-sink
-- truth: loses
-- why: the aggregation is chained to one more sink, which goes into its number (measured on 1.20.3)
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;

-- case: second-insert-changed-inside-set
-- truth: wrong
-- why: the second aggregation sums another column
-- before
EXECUTE STATEMENT SET BEGIN
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;
-- after
EXECUTE STATEMENT SET BEGIN
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(m) FROM clicks GROUP BY device;
END;

-- case: alias-inside-set
-- truth: carried
-- why: table aliases do not reach the plan (measured)
-- before
BEGIN STATEMENT SET;
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;
-- after
BEGIN STATEMENT SET;
INSERT INTO by_user SELECT c.user_id, SUM(c.n) FROM clicks AS c GROUP BY c.user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;

-- case: set-around-two-inserts
-- truth: carried
-- why: the INSERTs of a job are one Flink job either way (restored by Flink 1.20.3)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
-- after
EXECUTE STATEMENT SET BEGIN
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;

-- case: other-spelling-of-the-set
-- truth: carried
-- why: both spell one statement set
-- before
BEGIN STATEMENT SET;
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;
-- after
EXECUTE STATEMENT SET BEGIN
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, SUM(n) FROM clicks GROUP BY device;
END;

-- case: table-of-one-insert-changed
-- truth: wrong
-- why: one of the two sources reads another topic
-- before
CREATE TABLE taps (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT user_id, SUM(n) FROM taps GROUP BY user_id;
-- after
CREATE TABLE taps (user_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'taps_eu', 'format' = 'json');
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT user_id, SUM(n) FROM taps GROUP BY user_id;

-- case: filter-of-shared-source
-- truth: unknown
-- why: two INSERTs that filter alike share an operator, and do not any more
-- before
INSERT INTO by_user SELECT user_id, n FROM clicks WHERE m > 5;
INSERT INTO by_device SELECT device, n FROM clicks WHERE m > 5;
-- after
INSERT INTO by_user SELECT user_id, n FROM clicks WHERE m > 5;
INSERT INTO by_device SELECT device, n FROM clicks WHERE m > 6;

-- case: filter-of-own-source
-- truth: carried
-- why: the other INSERT reads another table, so no operator is shared
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, n FROM views WHERE n > 5;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, n FROM views WHERE n > 6;

-- case: hint-on-one-of-two-reads
-- truth: unknown
-- why: the two reads of the table shared one source, and do not any more
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks GROUP BY device;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id;
INSERT INTO by_device SELECT device, COUNT(*) FROM clicks /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */ GROUP BY device;

-- case: comparison-turned-round-in-one-of-two-readers
-- truth: loses
-- why: Flink ran equal queries once; it takes the turned one for another, and parts their operators (by the planner)
-- before
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks WHERE n > 5 GROUP BY user_id;
INSERT INTO by_device SELECT user_id, COUNT(*) FROM clicks WHERE n > 5 GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, COUNT(*) FROM clicks WHERE n > 5 GROUP BY user_id;
INSERT INTO by_device SELECT user_id, COUNT(*) FROM clicks WHERE 5 < n GROUP BY user_id;

-- case: condition-of-a-join-turned-round-in-one-of-two-readers
-- truth: loses
-- why: as with a comparison in WHERE (by the planner)
-- before
INSERT INTO by_user SELECT c.user_id, v.n FROM clicks AS c JOIN views AS v ON c.user_id = v.user_id;
INSERT INTO by_device SELECT c.user_id, v.n FROM clicks AS c JOIN views AS v ON c.user_id = v.user_id;
-- after
INSERT INTO by_user SELECT c.user_id, v.n FROM clicks AS c JOIN views AS v ON c.user_id = v.user_id;
INSERT INTO by_device SELECT c.user_id, v.n FROM clicks AS c JOIN views AS v ON v.user_id = c.user_id;

-- case: aliases-differ-in-one-of-two-readers
-- truth: carried
-- why: names of tables inside a query do not reach the plan, so both stay one
-- before
INSERT INTO by_user SELECT c.user_id, COUNT(*) FROM clicks AS c WHERE c.n > 5 GROUP BY c.user_id;
INSERT INTO by_device SELECT c.user_id, COUNT(*) FROM clicks AS c WHERE c.n > 5 GROUP BY c.user_id;
-- after
INSERT INTO by_user SELECT c.user_id, COUNT(*) FROM clicks AS c WHERE c.n > 5 GROUP BY c.user_id;
INSERT INTO by_device SELECT d.user_id, COUNT(*) FROM clicks AS d WHERE d.n > 5 GROUP BY d.user_id;

-- case: filter-beside-an-aggregation-kept-by-key
-- truth: wrong
-- why: what both write is kept by the key of the sink, rows of the old filter among it (by the planner)
-- before
CREATE TABLE kept (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 't');
INSERT INTO kept SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id UNION ALL SELECT user_id, n FROM `views`;
-- after
CREATE TABLE kept (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 't');
INSERT INTO kept SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id UNION ALL SELECT user_id, n FROM `views` WHERE n > 3;
