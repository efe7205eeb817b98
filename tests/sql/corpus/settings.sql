-- SET statements.

-- given
CREATE TABLE clicks (user_id STRING, n BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE by_user (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE copy (k STRING, n BIGINT) WITH ('connector' = 'print');

-- case: ttl-set
-- truth: loses
-- why: state with a time to live has another format (measured)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: ttl-unset
-- truth: loses
-- why: state with a time to live has another format (measured)
-- before
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: ttl-to-zero
-- truth: loses
-- why: zero means no time to live
-- before
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.state.ttl' = '0 ms';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: ttl-longer
-- truth: carried
-- why: one hour to two is taken over (measured)
-- before
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.state.ttl' = '2 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: parallelism
-- truth: carried
-- why: state is spread anew (measured)
-- before
SET 'parallelism.default' = '1';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'parallelism.default' = '2';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: max-parallelism
-- truth: loses
-- why: the number of key groups is fixed for ever (measured)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'pipeline.max-parallelism' = '256';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: mini-batch
-- truth: loses
-- why: other operators (measured)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.mini-batch.enabled' = 'true';
SET 'table.exec.mini-batch.allow-latency' = '5 s';
SET 'table.exec.mini-batch.size' = '1000';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: two-phase
-- truth: carried
-- why: without mini-batch there is one phase, whatever the setting says (restored by Flink 1.20.3)
-- before
SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: operator-chaining
-- truth: loses
-- why: operators get other numbers (measured)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'pipeline.operator-chaining' = 'false';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: upsert-materialize
-- truth: carried
-- why: the sink has no key by which anything could be kept (restored by Flink 1.20.3)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.sink.upsert-materialize' = 'FORCE';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: time-zone-under-windows
-- truth: wrong
-- why: the days in the state begin at another hour
-- before
SET 'table.local-time-zone' = 'UTC';
INSERT INTO by_user SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY user_id, window_start, window_end;
-- after
SET 'table.local-time-zone' = 'Asia/Shanghai';
INSERT INTO by_user SELECT user_id, SUM(n) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY user_id, window_start, window_end;

-- case: checkpoint-interval
-- truth: carried
-- why: how often the state is saved is no state
-- before
SET 'execution.checkpointing.interval' = '60 s';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'execution.checkpointing.interval' = '30 s';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: pipeline-name
-- truth: carried
-- why: a label
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'pipeline.name' = 'clicks by user';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: settings-reordered
-- truth: cosmetic
-- why: settings may stand in any order
-- before
SET 'parallelism.default' = '2';
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.state.ttl' = '1 h';
SET 'parallelism.default' = '2';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: restart-strategy
-- truth: carried
-- why: what happens on a failure is no state
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'restart-strategy' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '3';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: unknown-setting
-- truth: unknown
-- why: nothing is known of this setting
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.simplify-operator-name-enabled' = 'false';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: idle-timeout
-- truth: unknown
-- why: watermarks may advance where they did not
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.source.idle-timeout' = '30 s';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: unclaimed-state-ignored
-- truth: wrong
-- why: what would have been refused is now dropped without a word
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'execution.savepoint.ignore-unclaimed-state' = 'true';
SET 'table.exec.source.idle-timeout' = '30 s';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: cdc-duplicates
-- truth: carried
-- why: the source is no changelog, so nothing is deduplicated (restored by Flink 1.20.3)
-- before
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.source.cdc-events-duplicate' = 'true';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: ttl-set-without-state
-- truth: carried
-- why: nothing is kept that could expire
-- before
INSERT INTO copy SELECT user_id, n FROM clicks;
-- after
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO copy SELECT user_id, n FROM clicks;

-- case: setting-moved-behind-the-insert
-- truth: unknown
-- why: a local Flink plans all INSERTs after all SETs, and restores it (measured); what DLI does is not known
-- before
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
SET 'table.exec.state.ttl' = '1 h';

-- case: ttl-said-twice
-- truth: loses
-- why: the last one counts, and it switches the time to live off
-- before
SET 'table.exec.state.ttl' = '1 h';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;
-- after
SET 'table.exec.state.ttl' = '1 h';
SET 'table.exec.state.ttl' = '0 s';
INSERT INTO by_user SELECT user_id, SUM(n) FROM clicks GROUP BY user_id;

-- case: parallelism-of-a-sink
-- truth: loses
-- why: the window is chained to a sink of as many tasks, and is found under another id otherwise (measured)
-- before
CREATE TABLE seen (a STRING, n BIGINT, came AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 'seen', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE sums (a STRING, n BIGINT) WITH ('connector' = 'print', 'sink.parallelism' = '2');
SET 'parallelism.default' = '2';
INSERT INTO sums SELECT a, SUM(n) FROM seen GROUP BY a, TUMBLE(came, INTERVAL '1' MINUTE);
-- after
CREATE TABLE seen (a STRING, n BIGINT, came AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 'seen', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE sums (a STRING, n BIGINT) WITH ('connector' = 'print', 'sink.parallelism' = '2');
SET 'parallelism.default' = '1';
INSERT INTO sums SELECT a, SUM(n) FROM seen GROUP BY a, TUMBLE(came, INTERVAL '1' MINUTE);
