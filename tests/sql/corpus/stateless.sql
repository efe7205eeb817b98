-- Queries that keep nothing but their place in the source.

-- given
CREATE TABLE orders (
  order_id BIGINT, user_id STRING, amount DECIMAL(10, 2), status STRING, country STRING, ts TIMESTAMP(3)
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE audit (order_id BIGINT, user_id STRING, amount DECIMAL(10, 2), status STRING) WITH ('connector' = 'kafka', 'topic' = 'audit', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE short (order_id BIGINT, label STRING) WITH ('connector' = 'print');

-- case: literal-of-filter
-- truth: carried
-- why: the operators are the same, and no state depends on the filter
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 100;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 250;

-- case: string-literal-of-filter
-- truth: carried
-- why: the operators are the same, and no state depends on the filter
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE status = 'paid';
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE status = 'shipped';

-- case: condition-added-to-filter
-- truth: carried
-- why: the same operator evaluates one condition more
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 100;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 100 AND country = 'DE';

-- case: condition-removed-from-filter
-- truth: carried
-- why: the same operator evaluates one condition less
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 100 AND country = 'DE';
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 100;

-- case: in-list-changed
-- truth: carried
-- why: the same operator evaluates another list
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE country IN ('DE', 'FR');
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE country IN ('DE', 'FR', 'IT');

-- case: like-pattern-changed
-- truth: carried
-- why: the same operator evaluates another pattern
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE user_id LIKE 'a%';
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE user_id LIKE 'b%';

-- case: range-narrowed
-- truth: carried
-- why: the same operator evaluates the same range with other bounds
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount BETWEEN 10 AND 100;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount BETWEEN 10 AND 50;

-- case: expression-changed
-- truth: carried
-- why: the same operator calculates something else
-- before
INSERT INTO short SELECT order_id, UPPER(status) FROM orders;
-- after
INSERT INTO short SELECT order_id, LOWER(status) FROM orders;

-- case: factor-changed
-- truth: carried
-- why: the same operator calculates something else
-- before
INSERT INTO audit SELECT order_id, user_id, CAST(amount * 1.19 AS DECIMAL(10, 2)), UPPER(status) FROM orders;
-- after
INSERT INTO audit SELECT order_id, user_id, CAST(amount * 1.25 AS DECIMAL(10, 2)), UPPER(status) FROM orders;

-- case: other-column-where-filter-stays
-- truth: carried
-- why: the same operator filters and picks another column
-- before
INSERT INTO short SELECT order_id, status FROM orders WHERE amount > 5;
-- after
INSERT INTO short SELECT order_id, country FROM orders WHERE amount > 5;

-- case: filter-added-to-expression
-- truth: carried
-- why: the operator that calculates now filters too
-- before
INSERT INTO short SELECT order_id, UPPER(status) FROM orders;
-- after
INSERT INTO short SELECT order_id, UPPER(status) FROM orders WHERE amount > 5;

-- case: first-filter-appears
-- truth: unknown
-- why: an operator may appear between source and sink, and the sink's state loses its place
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 5;

-- case: last-filter-vanishes
-- truth: unknown
-- why: an operator may vanish between source and sink
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 5;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders;

-- case: filter-becomes-contradiction
-- truth: unknown
-- why: Flink plans no source at all for a filter that lets nothing in
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 5;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 5 AND amount < 3;

-- case: filter-becomes-constant
-- truth: unknown
-- why: a constant filter is planned away
-- before
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE amount > 5;
-- after
INSERT INTO audit SELECT order_id, user_id, amount, status FROM orders WHERE 1 = 1;

-- case: aggregation-introduced
-- truth: loses
-- why: other operators, and the sink is fed by an aggregation
-- before
INSERT INTO short SELECT order_id, MAX(status) FROM orders GROUP BY order_id;
-- after
INSERT INTO short SELECT order_id, status FROM orders;

-- case: distinct-introduced
-- truth: unknown
-- why: the source is restored (measured), and DISTINCT begins empty: rows that were written are written again
-- before
INSERT INTO short SELECT order_id, status FROM orders;
-- after
INSERT INTO short SELECT DISTINCT order_id, status FROM orders;

-- case: union-branch-reordered
-- truth: wrong
-- why: each branch's source would read on from the other's offsets
-- before
CREATE TABLE refunds (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'refunds', 'format' = 'json');
CREATE TABLE returns (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'returns', 'format' = 'json');
INSERT INTO short SELECT order_id, label FROM refunds UNION ALL SELECT order_id, label FROM returns;
-- after
CREATE TABLE refunds (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'refunds', 'format' = 'json');
CREATE TABLE returns (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'returns', 'format' = 'json');
INSERT INTO short SELECT order_id, label FROM returns UNION ALL SELECT order_id, label FROM refunds;

-- case: union-branch-added
-- truth: carried
-- why: the first source finds its place (restored by Flink 1.20.3), the second one begins at its start
-- before
CREATE TABLE refunds (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'refunds', 'format' = 'json');
INSERT INTO short SELECT order_id, status FROM orders;
-- after
CREATE TABLE refunds (order_id BIGINT, label STRING) WITH ('connector' = 'kafka', 'topic' = 'refunds', 'format' = 'json');
INSERT INTO short SELECT order_id, status FROM orders UNION ALL SELECT order_id, label FROM refunds;

-- case: union-all-becomes-union
-- truth: unknown
-- why: the sources are restored (measured), and UNION begins empty: rows that were written are written again
-- before
INSERT INTO short SELECT order_id, status FROM orders WHERE amount > 5 UNION ALL SELECT order_id, country FROM orders WHERE amount > 50;
-- after
INSERT INTO short SELECT order_id, status FROM orders WHERE amount > 5 UNION SELECT order_id, country FROM orders WHERE amount > 50;

-- case: filter-in-union-branch
-- truth: carried
-- why: each branch keeps its operators, and no state depends on them
-- before
INSERT INTO short SELECT order_id, status FROM orders WHERE amount > 5 UNION ALL SELECT order_id, country FROM orders WHERE country = 'DE';
-- after
INSERT INTO short SELECT order_id, status FROM orders WHERE amount > 9 UNION ALL SELECT order_id, country FROM orders WHERE country = 'DE';

-- case: user-function-called
-- truth: unknown
-- why: a user's function may keep anything, and may run in an operator of its own
-- before
INSERT INTO short SELECT order_id, UPPER(status) FROM orders;
-- after
INSERT INTO short SELECT order_id, mask_pii(status) FROM orders;

-- case: case-expression-changed
-- truth: carried
-- why: the operator that filters calculates something else
-- before
INSERT INTO short SELECT order_id, CASE WHEN amount > 100 THEN 'big' ELSE 'small' END FROM orders WHERE country = 'DE';
-- after
INSERT INTO short SELECT order_id, CASE WHEN amount > 500 THEN 'big' ELSE 'small' END FROM orders WHERE country = 'DE';
