-- Deduplication, Top-N, OVER, DISTINCT, ORDER BY and LIMIT.

-- given
CREATE TABLE events (
  id BIGINT, user_id STRING, device STRING, score BIGINT, price BIGINT, ts TIMESTAMP(3), proc AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'events', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE latest (user_id STRING, score BIGINT) WITH ('connector' = 'print');
CREATE TABLE running (user_id STRING, v BIGINT) WITH ('connector' = 'print');

-- case: dedup-key
-- truth: wrong
-- why: one row is kept for another key of the same type (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS rn FROM events) WHERE rn = 1;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY proc ASC) AS rn FROM events) WHERE rn = 1;

-- case: dedup-first-becomes-last
-- truth: wrong
-- why: what was kept is the first row, not the last
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts ASC) AS rn FROM events) WHERE rn = 1;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM events) WHERE rn = 1;

-- case: dedup-becomes-top-one
-- truth: wrong
-- why: state is silently dropped (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM events) WHERE rn = 1;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY score DESC) AS rn FROM events) WHERE rn = 1;

-- case: top-n-other-n
-- truth: wrong
-- why: the rows kept are those of the old N (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 10;

-- case: top-n-order-column
-- truth: wrong
-- why: the rows kept were ranked by another column (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY price DESC) AS rn FROM events) WHERE rn <= 3;

-- case: top-n-direction
-- truth: wrong
-- why: the rows kept are the other end (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score ASC) AS rn FROM events) WHERE rn <= 3;

-- case: top-n-partition-dropped
-- truth: loses
-- why: the key vanishes
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;

-- case: top-n-rank-function
-- truth: unknown
-- why: Flink has only ROW_NUMBER for Top-N; the other is refused or planned otherwise
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, RANK() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;

-- case: top-n-filter-below
-- truth: wrong
-- why: the rows kept are those the old filter let in
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events WHERE price > 1) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events WHERE price > 2) WHERE rn <= 3;

-- case: top-n-outer-column
-- truth: wrong
-- why: the rows kept hold the other column
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT user_id, score, price, ROW_NUMBER() OVER (PARTITION BY device ORDER BY ts DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO latest SELECT user_id, price FROM (SELECT user_id, score, price, ROW_NUMBER() OVER (PARTITION BY device ORDER BY ts DESC) AS rn FROM events) WHERE rn <= 3;

-- case: top-n-rank-also-written
-- truth: carried
-- why: Flink keeps the same rows in the same order whether it writes their number or not (restored by Flink 1.20.3)
-- before
INSERT INTO running SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;
-- after
INSERT INTO running SELECT user_id, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY score DESC) AS rn FROM events) WHERE rn <= 3;

-- case: dedup-in-view
-- truth: carried
-- why: CTE, view and subquery are planned alike (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS rn FROM events) WHERE rn = 1;
-- after
CREATE TEMPORARY VIEW numbered AS SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS rn FROM events;
INSERT INTO latest SELECT user_id, score FROM numbered WHERE rn = 1;

-- case: dedup-alias-of-subquery
-- truth: carried
-- why: table aliases do not reach the plan (measured)
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS rn FROM events) WHERE rn = 1;
-- after
INSERT INTO latest SELECT d.user_id, d.score FROM (SELECT e.*, ROW_NUMBER() OVER (PARTITION BY e.user_id ORDER BY e.proc ASC) AS rn FROM events e) AS d WHERE d.rn = 1;

-- case: dedup-column-renamed
-- truth: carried
-- why: names inside the query do not reach the state's types
-- before
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS rn FROM events) WHERE rn = 1;
-- after
INSERT INTO latest SELECT user_id, score FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY proc ASC) AS row_num FROM events) WHERE row_num = 1;

-- case: over-frame-rows
-- truth: wrong
-- why: the values kept are those of the old frame (measured)
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM events;
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) FROM events;

-- case: over-frame-range
-- truth: wrong
-- why: the values kept are those of the old frame (measured)
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) FROM events;
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL '2' HOUR PRECEDING AND CURRENT ROW) FROM events;

-- case: over-key
-- truth: wrong
-- why: another key of the same type (measured)
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY device ORDER BY ts) FROM events;

-- case: over-aggregate
-- truth: wrong
-- why: the running sums are taken for maxima
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, MAX(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events;

-- case: over-time-attribute
-- truth: wrong
-- why: Flink 1.20.3 restores it (measured), but row time and processing time are kept by different operators under different names: state is dropped (by reasoning)
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY proc) FROM events;

-- case: over-named-window-frame
-- truth: wrong
-- why: the values kept are those of the old frame
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 5 PRECEDING AND CURRENT ROW);
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 6 PRECEDING AND CURRENT ROW);

-- case: over-filter-below
-- truth: wrong
-- why: the running sums count what the old filter let in
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events WHERE price > 1;
-- after
INSERT INTO running SELECT user_id, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) FROM events WHERE price > 2;

-- case: lag-offset
-- truth: wrong
-- why: the values kept are those of the old offset
-- before
INSERT INTO running SELECT user_id, LAG(score, 1) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, LAG(score, 2) OVER (PARTITION BY user_id ORDER BY ts) FROM events;

-- case: distinct-columns
-- truth: wrong
-- why: the rows seen are of another column of the same type
-- before
INSERT INTO running SELECT DISTINCT user_id, score FROM events;
-- after
INSERT INTO running SELECT DISTINCT device, score FROM events;

-- case: distinct-removed
-- truth: loses
-- why: the state has no owner
-- before
INSERT INTO running SELECT DISTINCT user_id, score FROM events;
-- after
INSERT INTO running SELECT user_id, score FROM events;

-- case: distinct-filter
-- truth: wrong
-- why: the rows seen are those the old filter let in
-- before
INSERT INTO running SELECT DISTINCT user_id, score FROM events WHERE price > 1;
-- after
INSERT INTO running SELECT DISTINCT user_id, score FROM events WHERE price > 2;

-- case: limit-changed
-- truth: wrong
-- why: the rows kept are those of the old limit
-- before
INSERT INTO running SELECT user_id, score FROM events ORDER BY score DESC LIMIT 10;
-- after
INSERT INTO running SELECT user_id, score FROM events ORDER BY score DESC LIMIT 20;

-- case: order-by-changed
-- truth: wrong
-- why: the rows kept were chosen by another order
-- before
INSERT INTO running SELECT user_id, score FROM events ORDER BY score DESC LIMIT 10;
-- after
INSERT INTO running SELECT user_id, score FROM events ORDER BY price DESC LIMIT 10;

-- case: except-sides
-- truth: wrong
-- why: the counts of each side are taken for the other's
-- before
INSERT INTO running SELECT user_id, score FROM events WHERE price > 5 EXCEPT SELECT user_id, price FROM events WHERE score > 5;
-- after
INSERT INTO running SELECT user_id, price FROM events WHERE score > 5 EXCEPT SELECT user_id, score FROM events WHERE price > 5;

-- case: intersect-becomes-except
-- truth: wrong
-- why: the counts in the state decide the opposite
-- before
INSERT INTO running SELECT user_id, score FROM events INTERSECT SELECT user_id, price FROM events;
-- after
INSERT INTO running SELECT user_id, score FROM events EXCEPT SELECT user_id, price FROM events;

-- case: two-counts-over-become-one
-- truth: loses
-- why: Flink kept two counts of one window, now it keeps one (measured)
-- before
INSERT INTO running SELECT user_id, COUNT(1) OVER w + COUNT(2) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);
-- after
INSERT INTO running SELECT user_id, COUNT(1) OVER w + COUNT(1) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);

-- case: over-read-in-another-order
-- truth: wrong
-- why: what is read first is computed first: each goes on from the other (measured with two types, then refused)
-- before
INSERT INTO running SELECT user_id, s + 2 * m FROM (SELECT user_id, SUM(score) OVER w AS s, MAX(price) OVER w AS m FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts));
-- after
INSERT INTO running SELECT user_id, 2 * m + s FROM (SELECT user_id, SUM(score) OVER w AS s, MAX(price) OVER w AS m FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts));

-- case: over-read-in-the-same-order
-- truth: carried
-- why: it is calculated behind the state
-- before
INSERT INTO running SELECT user_id, s + 2 * m FROM (SELECT user_id, SUM(score) OVER w AS s, MAX(price) OVER w AS m FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts));
-- after
INSERT INTO running SELECT user_id, s + 3 * m FROM (SELECT user_id, SUM(score) OVER w AS s, MAX(price) OVER w AS m FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts));

-- case: calculated-beside-an-over
-- truth: wrong
-- why: what needs no result of the OVER is calculated before it, and kept with the rows (by the planner)
-- before
INSERT INTO running SELECT user_id, score * 2 + SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);
-- after
INSERT INTO running SELECT user_id, score * 3 + SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);

-- case: key-calculated-beside-an-over
-- truth: wrong
-- why: the rows that the OVER keeps have another column then (by the planner)
-- before
INSERT INTO running SELECT user_id, SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);
-- after
INSERT INTO running SELECT UPPER(user_id), SUM(score) OVER w FROM events WINDOW w AS (PARTITION BY user_id ORDER BY ts);

-- case: calculated-beside-an-over-from-outside
-- truth: wrong
-- why: both queries are merged, and it is calculated before the OVER (by the planner)
-- before
INSERT INTO running SELECT user_id, s + price FROM (SELECT user_id, price * 2 AS price, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events) WHERE s > 5;
-- after
INSERT INTO running SELECT user_id, s + price FROM (SELECT user_id, price * 3 AS price, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events) WHERE s > 5;

-- case: filter-vanishes-over-an-over-that-is-not-read
-- truth: wrong
-- why: with no filter between the queries, Flink leaves out the OVER that nobody reads (by the planner)
-- before
INSERT INTO running SELECT user_id, score FROM (SELECT user_id, score, SUM(price) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events) WHERE score > 5;
-- after
INSERT INTO running SELECT user_id, score FROM (SELECT user_id, score, SUM(price) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events);

-- case: over-counts-another-literal
-- truth: wrong
-- why: over windows COUNT(1) keeps another column than COUNT(*): refused (measured)
-- before
INSERT INTO running SELECT user_id, COUNT(1) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts) FROM events;

-- case: over-below-keeps-another-column
-- truth: wrong
-- why: of a query that is filtered above and below, an OVER keeps all columns, read or not (by the planner)
-- before
INSERT INTO running SELECT user_id, COUNT(*) OVER w FROM (SELECT id, user_id, device AS d, score, price, ts FROM events WHERE device IN ('c', 'b')) AS e WHERE UPPER(user_id) = 'A' AND d <> 'b' WINDOW w AS (PARTITION BY user_id ORDER BY ts);
-- after
INSERT INTO running SELECT user_id, COUNT(*) OVER w FROM (SELECT id, user_id, device AS d, score, ts FROM events WHERE device IN ('c', 'b')) AS e WHERE UPPER(user_id) = 'A' AND d <> 'b' WINDOW w AS (PARTITION BY user_id ORDER BY ts);

-- case: filter-over-an-over-that-contradicts
-- truth: loses
-- why: with what is asked below, it is never true: Flink plans nothing (by the planner)
-- before
INSERT INTO running SELECT user_id, s FROM (SELECT user_id, device, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events WHERE device = 'b') WHERE s > 5;
-- after
INSERT INTO running SELECT user_id, s FROM (SELECT user_id, device, SUM(score) OVER (PARTITION BY user_id ORDER BY ts) AS s FROM events WHERE device = 'b') WHERE s > 5 AND device LIKE 'a%';

-- case: filter-over-results-read-in-another-order
-- truth: wrong
-- why: with no filter between them both queries are one, and the results are computed in the order of the outer one (by the planner)
-- before
INSERT INTO running SELECT user_id, n + s FROM (SELECT user_id, SUM(score) OVER w AS s, COUNT(*) OVER w AS n FROM events WHERE device = 'b' WINDOW w AS (PARTITION BY user_id ORDER BY ts));
-- after
INSERT INTO running SELECT user_id, n + s FROM (SELECT user_id, SUM(score) OVER w AS s, COUNT(*) OVER w AS n FROM events WHERE device = 'b' WINDOW w AS (PARTITION BY user_id ORDER BY ts)) WHERE n > 3;

-- case: calculation-over-a-plain-over
-- truth: wrong
-- why: what is written as it comes out of an OVER is computed of whole rows, and those are kept (by the planner)
-- before
INSERT INTO running SELECT user_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts) FROM events;
-- after
INSERT INTO running SELECT user_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts) * 2 FROM events;

-- case: calculation-over-a-calculated-over
-- truth: carried
-- why: the same columns are kept, and what is made of the result stands above them
-- before
INSERT INTO running SELECT user_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts) * 2 FROM events;
-- after
INSERT INTO running SELECT user_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts) * 3 FROM events;

-- case: unused-column-below-a-plain-over
-- truth: wrong
-- why: it is kept with the rows (by the planner)
-- before
CREATE TABLE taps (u STRING, a BIGINT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, COUNT(*) OVER (PARTITION BY u ORDER BY ts) FROM taps;
-- after
CREATE TABLE taps (u STRING, a BIGINT, c STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, COUNT(*) OVER (PARTITION BY u ORDER BY ts) FROM taps;

-- case: unused-column-below-a-number-that-is-written
-- truth: wrong
-- why: it is kept with the rows (by the planner)
-- before
CREATE TABLE taps (u STRING, a BIGINT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts) FROM taps;
-- after
CREATE TABLE taps (u STRING, a BIGINT, c STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts) FROM taps;

-- case: unused-column-below-a-sum-of-what-is-never-null
-- truth: wrong
-- why: then the sum is no calculation, and whole rows are kept (by the planner)
-- before
CREATE TABLE taps (u STRING, a BIGINT NOT NULL, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, SUM(a) OVER (PARTITION BY u ORDER BY ts) FROM taps;
-- after
CREATE TABLE taps (u STRING, a BIGINT NOT NULL, c STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, SUM(a) OVER (PARTITION BY u ORDER BY ts) FROM taps;

-- case: unused-column-below-a-sum-over
-- truth: carried
-- why: a sum that may be of nothing is calculated: only what is read is kept
-- before
CREATE TABLE taps (u STRING, a BIGINT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, SUM(a) OVER (PARTITION BY u ORDER BY ts) FROM taps;
-- after
CREATE TABLE taps (u STRING, a BIGINT, c STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'taps', 'format' = 'json');
INSERT INTO running SELECT u, SUM(a) OVER (PARTITION BY u ORDER BY ts) FROM taps;

-- case: column-beside-an-over-that-asked-only-what-is-calculated-of-it
-- truth: loses
-- why: the rows that are kept held what is calculated of the channel, and now hold the channel too (by the planner)
-- before
CREATE TABLE seen (who BIGINT, channel STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE told (a BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO told SELECT who, COUNT(CASE WHEN channel = 'a' THEN 1 ELSE 0 END) OVER (PARTITION BY who ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) FROM seen;
-- after
CREATE TABLE seen (who BIGINT, channel STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
CREATE TABLE told (a STRING, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO told SELECT channel, COUNT(CASE WHEN channel = 'a' THEN 1 ELSE 0 END) OVER (PARTITION BY who ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) FROM seen;
