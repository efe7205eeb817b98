-- Windows: table-valued functions, group windows, and what feeds them.

-- given
CREATE TABLE bids (
  auction STRING, bidder STRING, price BIGINT, channel STRING, ts TIMESTAMP(3), ts2 TIMESTAMP(3),
  proc AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'bids', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE hourly (w TIMESTAMP(3), k STRING, v BIGINT) WITH ('connector' = 'print');

-- case: tumble-size
-- truth: wrong
-- why: the windows in the state have the old size
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' HOUR)) GROUP BY window_start, window_end, auction;

-- case: tumble-unit
-- truth: wrong
-- why: the windows in the state have the old size
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECONDS)) GROUP BY window_start, window_end, auction;

-- case: tumble-offset
-- truth: wrong
-- why: the windows in the state begin elsewhere
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '8' HOUR)) GROUP BY window_start, window_end, auction;

-- case: time-column
-- truth: wrong
-- why: the windows in the state were cut by another time
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(proc), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: tumble-becomes-hop
-- truth: loses
-- why: hopping windows keep slices of another size
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTES, INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: hop-slide
-- truth: wrong
-- why: the slices in the state have the old width
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTES, INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '20' MINUTES, INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: cumulate-step
-- truth: wrong
-- why: state is silently dropped (measured)
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTES, INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: session-gap
-- truth: wrong
-- why: the sessions in the state were cut with the old gap
-- before
INSERT INTO hourly SELECT window_start, bidder, SUM(price) FROM TABLE(SESSION(TABLE bids PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, bidder;
-- after
INSERT INTO hourly SELECT window_start, bidder, SUM(price) FROM TABLE(SESSION(TABLE bids PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '9' MINUTES)) GROUP BY window_start, window_end, bidder;

-- case: group-window-size
-- truth: wrong
-- why: the windows in the state have the old size
-- before
INSERT INTO hourly SELECT TUMBLE_START(ts, INTERVAL '1' HOUR), auction, SUM(price) FROM bids GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), auction;
-- after
INSERT INTO hourly SELECT TUMBLE_START(ts, INTERVAL '3' HOUR), auction, SUM(price) FROM bids GROUP BY TUMBLE(ts, INTERVAL '3' HOUR), auction;

-- case: group-window-becomes-tvf
-- truth: loses
-- why: equal windows, kept by different operators (measured)
-- before
INSERT INTO hourly SELECT TUMBLE_START(ts, INTERVAL '1' HOUR), auction, SUM(price) FROM bids GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: window-key-other-column
-- truth: wrong
-- why: a key of the same type
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, bidder, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, bidder;

-- case: window-aggregate
-- truth: wrong
-- why: the sums in open windows are taken for maxima
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, MAX(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: filter-before-window
-- truth: wrong
-- why: open windows hold what the old filter let in
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE channel = 'web' GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE channel = 'app' GROUP BY window_start, window_end, auction;

-- case: window-start-dropped-from-key
-- truth: loses
-- why: without both bounds in the key it is no window aggregation any more
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, auction;

-- case: window-table-alias
-- truth: carried
-- why: table aliases do not reach the plan (measured)
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT w.window_start, w.auction, SUM(w.price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) AS w GROUP BY w.window_start, w.window_end, w.auction;

-- case: window-in-cte
-- truth: carried
-- why: CTE, view and subquery are planned alike (measured)
-- before
INSERT INTO hourly SELECT window_start, auction, total FROM (SELECT window_start, auction, SUM(price) AS total FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction) WHERE total > 9;
-- after
INSERT INTO hourly WITH w AS (SELECT window_start, auction, SUM(price) AS total FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction) SELECT window_start, auction, total FROM w WHERE total > 9;

-- case: having-over-window
-- truth: carried
-- why: the filter stands above the state, in the same operator
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction HAVING SUM(price) > 100;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction HAVING SUM(price) > 200;

-- case: window-over-view-with-filter
-- truth: wrong
-- why: the view below the window lets other rows in
-- before
CREATE TEMPORARY VIEW web AS SELECT * FROM bids WHERE channel = 'web';
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE web, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
CREATE TEMPORARY VIEW web AS SELECT * FROM bids WHERE channel = 'app';
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE web, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: window-top-n
-- truth: wrong
-- why: the rows kept for the old N are too few or too many
-- before
INSERT INTO hourly SELECT window_start, auction, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY price DESC) AS rn FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR))) WHERE rn <= 3;
-- after
INSERT INTO hourly SELECT window_start, auction, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY price DESC) AS rn FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR))) WHERE rn <= 5;

-- case: window-join-size
-- truth: wrong
-- why: both sides of the window join keep windows of the old size
-- before
INSERT INTO hourly SELECT l.window_start, l.auction, r.price FROM (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) l JOIN (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) r ON l.bidder = r.bidder AND l.window_start = r.window_start AND l.window_end = r.window_end;
-- after
INSERT INTO hourly SELECT l.window_start, l.auction, r.price FROM (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTES))) l JOIN (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTES))) r ON l.bidder = r.bidder AND l.window_start = r.window_start AND l.window_end = r.window_end;

-- case: interval-spelled-in-other-unit
-- truth: carried
-- why: sixty minutes are one hour; the window is the same
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '60' MINUTES)) GROUP BY window_start, window_end, auction;

-- case: named-arguments
-- truth: carried
-- why: named and positional arguments are the same call
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;

-- case: named-arguments-other-size
-- truth: wrong
-- why: the windows in the state have the old size
-- before
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' HOUR)) GROUP BY window_start, window_end, auction;
-- after
INSERT INTO hourly SELECT window_start, auction, SUM(price) FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '2' HOUR)) GROUP BY window_start, window_end, auction;

-- case: session-table-keeps-rows
-- truth: wrong
-- why: until a session is over, its rows are kept, with the columns that are read (by the planner)
-- before
INSERT INTO hourly SELECT window_start, auction, price FROM TABLE(SESSION(TABLE bids PARTITION BY auction, DESCRIPTOR(ts), INTERVAL '5' MINUTE));
-- after
INSERT INTO hourly SELECT window_start, auction, CHAR_LENGTH(bidder) FROM TABLE(SESSION(TABLE bids PARTITION BY auction, DESCRIPTOR(ts), INTERVAL '5' MINUTE));

-- case: event-time-is-written-no-more
-- truth: loses
-- why: an operator takes the time of a row before it is written; without it, the writer has another number (by the planner)
-- before
CREATE TABLE told (k STRING, t TIMESTAMP(3)) WITH ('connector' = 'kafka', 'topic' = 'told', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
INSERT INTO told SELECT UPPER(auction), ts FROM bids;
-- after
CREATE TABLE told (k STRING, t TIMESTAMP(3)) WITH ('connector' = 'kafka', 'topic' = 'told', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
INSERT INTO told SELECT UPPER(auction), ts2 FROM bids;
