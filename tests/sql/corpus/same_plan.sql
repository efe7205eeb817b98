-- Changes of the text that Flink plans alike: a restart, and the state is carried.

-- given
CREATE TABLE orders (
  order_id BIGINT, user_id STRING, amount DECIMAL(10, 2), status STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE customers (
  user_id STRING, country STRING, city STRING
) WITH ('connector' = 'kafka', 'topic' = 'customers', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE revenue (user_id STRING, total DECIMAL(38, 2)) WITH ('connector' = 'print');
CREATE TABLE named (user_id STRING, country STRING, amount DECIMAL(10, 2)) WITH ('connector' = 'print');

-- case: table-alias-added
-- truth: carried
-- why: table aliases do not reach the plan (measured)
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT o.user_id, SUM(o.amount) FROM orders AS o GROUP BY o.user_id;

-- case: table-alias-renamed-in-join
-- truth: carried
-- why: table aliases do not reach the plan (measured)
-- before
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o JOIN customers c ON o.user_id = c.user_id;
-- after
INSERT INTO named SELECT ord.user_id, cust.country, ord.amount FROM orders ord JOIN customers cust ON ord.user_id = cust.user_id;

-- case: as-left-out
-- truth: carried
-- why: AS before an alias is optional
-- before
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders AS o JOIN customers AS c ON o.user_id = c.user_id;
-- after
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o JOIN customers c ON o.user_id = c.user_id;

-- case: column-qualified-in-join
-- truth: carried
-- why: the column has one owner with or without its alias
-- before
INSERT INTO named SELECT o.user_id, country, amount FROM orders o JOIN customers c ON o.user_id = c.user_id;
-- after
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o JOIN customers c ON o.user_id = c.user_id;

-- case: inner-written-out
-- truth: carried
-- why: JOIN is INNER JOIN
-- before
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o JOIN customers c ON o.user_id = c.user_id;
-- after
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o INNER JOIN customers c ON o.user_id = c.user_id;

-- case: outer-left-out
-- truth: carried
-- why: LEFT OUTER JOIN is LEFT JOIN
-- before
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o LEFT OUTER JOIN customers c ON o.user_id = c.user_id;
-- after
INSERT INTO named SELECT o.user_id, c.country, o.amount FROM orders o LEFT JOIN customers c ON o.user_id = c.user_id;

-- case: cte-becomes-view
-- truth: carried
-- why: CTE, view and subquery are planned alike (measured)
-- before
INSERT INTO revenue WITH paid AS (SELECT user_id, amount FROM orders WHERE status = 'paid')
SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW paid AS SELECT user_id, amount FROM orders WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: subquery-becomes-cte
-- truth: carried
-- why: CTE, view and subquery are planned alike (measured)
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM (SELECT user_id, amount FROM orders WHERE status = 'paid') GROUP BY user_id;
-- after
INSERT INTO revenue WITH paid AS (SELECT user_id, amount FROM orders WHERE status = 'paid') SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: filter-moved-into-cte
-- truth: carried
-- why: Flink merges the two into one operator
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE status = 'paid' GROUP BY user_id;
-- after
INSERT INTO revenue WITH paid AS (SELECT * FROM orders WHERE status = 'paid') SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: cte-inlined-over-aggregation
-- truth: carried
-- why: CTE, view and subquery are planned alike (measured)
-- before
INSERT INTO revenue WITH sums AS (SELECT user_id, SUM(amount) AS total FROM orders GROUP BY user_id) SELECT * FROM sums;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) AS total FROM orders GROUP BY user_id;

-- case: view-renamed
-- truth: carried
-- why: the name of a view does not reach the plan
-- before
CREATE TEMPORARY VIEW paid AS SELECT user_id, amount FROM orders WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW paid_orders AS SELECT user_id, amount FROM orders WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid_orders GROUP BY user_id;

-- case: view-over-view-flattened
-- truth: carried
-- why: views are put in place before planning
-- before
CREATE TEMPORARY VIEW valid AS SELECT * FROM orders WHERE amount > 0;
CREATE TEMPORARY VIEW paid AS SELECT * FROM valid WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW paid AS SELECT * FROM (SELECT * FROM orders WHERE amount > 0) WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: output-alias-changed
-- truth: carried
-- why: a sink takes columns by position
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) AS total FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) AS revenue_total FROM orders GROUP BY user_id;

-- case: names-put-in-back-ticks
-- truth: carried
-- why: a quoted name is the same name
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO `revenue` SELECT `user_id`, SUM(`amount`) FROM `orders` GROUP BY `user_id`;

-- case: conditions-reordered-over-one-table
-- truth: carried
-- why: one operator evaluates them, in whatever order
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE status = 'paid' AND amount > 0 GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE amount > 0 AND status = 'paid' GROUP BY user_id;

-- case: ddl-reordered
-- truth: carried
-- why: definitions may stand in any order before their use
-- before
CREATE TEMPORARY VIEW a AS SELECT user_id, amount FROM orders WHERE status = 'paid';
CREATE TEMPORARY VIEW b AS SELECT user_id FROM customers;
INSERT INTO revenue SELECT user_id, SUM(amount) FROM a GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW b AS SELECT user_id FROM customers;
CREATE TEMPORARY VIEW a AS SELECT user_id, amount FROM orders WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM a GROUP BY user_id;

-- case: unused-view-added
-- truth: carried
-- why: what no INSERT uses is not planned
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW later AS SELECT user_id, city FROM customers;
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;

-- case: unused-table-removed
-- truth: carried
-- why: what no INSERT uses is not planned
-- before
CREATE TABLE archive (x INT) WITH ('connector' = 'blackhole');
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;

-- case: if-not-exists-added
-- truth: carried
-- why: the table is created all the same
-- before
CREATE TABLE clicks (user_id STRING) WITH ('connector' = 'datagen');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE IF NOT EXISTS clicks (user_id STRING) WITH ('connector' = 'datagen');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;

-- case: column-comment-added
-- truth: carried
-- why: comments of columns and tables do not reach the plan
-- before
CREATE TABLE clicks (user_id STRING) WITH ('connector' = 'datagen');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING COMMENT 'who clicked') COMMENT 'all clicks' WITH ('connector' = 'datagen');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;

-- case: with-options-reordered
-- truth: carried
-- why: the order of options does not matter (measured)
-- before
CREATE TABLE clicks (user_id STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE clicks (user_id STRING) WITH ('format' = 'json', 'topic' = 'clicks', 'connector' = 'kafka');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;

-- case: source-table-renamed
-- truth: carried
-- why: state is found by the operator's number, not by the table's name
-- before
CREATE TABLE clicks (user_id STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM clicks GROUP BY user_id;
-- after
CREATE TABLE page_clicks (user_id STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM page_clicks GROUP BY user_id;

-- case: column-alias-inside-subquery-renamed
-- truth: carried
-- why: names inside the query do not reach the state's types
-- before
INSERT INTO revenue SELECT u, SUM(a) FROM (SELECT user_id AS u, amount AS a FROM orders WHERE status = 'paid') GROUP BY u;
-- after
INSERT INTO revenue SELECT usr, SUM(amt) FROM (SELECT user_id AS usr, amount AS amt FROM orders WHERE status = 'paid') GROUP BY usr;

-- case: expression-moved-into-subquery
-- truth: carried
-- why: Flink merges both into one operator before the aggregation
-- before
INSERT INTO revenue SELECT user_id, SUM(amount * 2) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(doubled) FROM (SELECT user_id, amount * 2 AS doubled FROM orders) GROUP BY user_id;

-- case: count-star-for-count-one
-- truth: carried
-- why: COUNT(1) is planned as COUNT(*)
-- before
INSERT INTO revenue SELECT user_id, CAST(COUNT(1) AS DECIMAL(38, 2)) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, CAST(COUNT(*) AS DECIMAL(38, 2)) FROM orders GROUP BY user_id;
