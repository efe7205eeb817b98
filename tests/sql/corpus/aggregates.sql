-- Grouped aggregation without windows.

-- given
CREATE TABLE orders (
  order_id BIGINT, user_id STRING, shop_id STRING, amount BIGINT, discount BIGINT, status STRING, country STRING
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE totals (k STRING, n BIGINT, s BIGINT) WITH ('connector' = 'print');
CREATE TABLE single (k STRING, s BIGINT) WITH ('connector' = 'print');
CREATE TABLE kept (k STRING, n BIGINT, s BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'kept', 'key.format' = 'json', 'value.format' = 'json');

-- case: count-and-sum-swapped
-- truth: wrong
-- why: each goes on from the other's value (measured)
-- before
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, SUM(amount), COUNT(order_id) FROM orders GROUP BY user_id;

-- case: sum-becomes-max
-- truth: wrong
-- why: the sums so far are taken for maxima (measured)
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, MAX(amount) FROM orders GROUP BY user_id;

-- case: max-becomes-min
-- truth: wrong
-- why: the maxima so far are taken for minima (measured)
-- before
INSERT INTO single SELECT user_id, MAX(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, MIN(amount) FROM orders GROUP BY user_id;

-- case: other-column-summed
-- truth: wrong
-- why: the sums of one column go on with another (measured)
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(discount) FROM orders GROUP BY user_id;

-- case: filter-clause-added
-- truth: wrong
-- why: the count so far is of all rows (measured)
-- before
INSERT INTO single SELECT user_id, COUNT(order_id) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(order_id) FILTER (WHERE status = 'paid') FROM orders GROUP BY user_id;

-- case: filter-clause-changed
-- truth: wrong
-- why: the count so far is of the other rows (measured)
-- before
INSERT INTO single SELECT user_id, COUNT(order_id) FILTER (WHERE status = 'paid') FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(order_id) FILTER (WHERE status = 'open') FROM orders GROUP BY user_id;

-- case: group-key-other-column
-- truth: wrong
-- why: a key of the same type: users' sums are taken for shops' sums (measured)
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT shop_id, SUM(amount) FROM orders GROUP BY shop_id;

-- case: group-key-other-type
-- truth: loses
-- why: the key's serializer does not fit
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT CAST(order_id AS STRING), SUM(amount) FROM orders GROUP BY order_id;

-- case: group-key-added
-- truth: loses
-- why: the key's serializer does not fit
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id, shop_id;

-- case: group-keys-and-select-reordered
-- truth: wrong
-- why: keys of the same type change places (measured)
-- before
INSERT INTO totals SELECT user_id, 1, SUM(amount) FROM orders GROUP BY user_id, shop_id;
-- after
INSERT INTO totals SELECT shop_id, 1, SUM(amount) FROM orders GROUP BY shop_id, user_id;

-- case: group-key-expression
-- truth: wrong
-- why: the keys in the state were made by another expression
-- before
INSERT INTO single SELECT UPPER(user_id), SUM(amount) FROM orders GROUP BY UPPER(user_id);
-- after
INSERT INTO single SELECT LOWER(user_id), SUM(amount) FROM orders GROUP BY LOWER(user_id);

-- case: filter-literal-below-count
-- truth: wrong
-- why: the state holds what the old filter let in
-- before
INSERT INTO single SELECT user_id, COUNT(*) FROM orders WHERE status = 'paid' GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(*) FROM orders WHERE status = 'open' GROUP BY user_id;

-- case: filter-condition-added-below-sum
-- truth: wrong
-- why: the state holds what the old filter let in
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders WHERE status = 'paid' GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders WHERE status = 'paid' AND country = 'DE' GROUP BY user_id;

-- case: filter-below-in-cte
-- truth: wrong
-- why: the state holds what the old filter let in
-- before
INSERT INTO single WITH paid AS (SELECT user_id, amount FROM orders WHERE status = 'paid') SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
INSERT INTO single WITH paid AS (SELECT user_id, amount FROM orders WHERE status <> 'open') SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: filter-below-in-view
-- truth: wrong
-- why: the view below the state lets other rows in
-- before
CREATE TEMPORARY VIEW paid AS SELECT user_id, amount FROM orders WHERE amount > 10;
INSERT INTO single SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
CREATE TEMPORARY VIEW paid AS SELECT user_id, amount FROM orders WHERE amount > 20;
INSERT INTO single SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: first-filter-below-count
-- truth: wrong
-- why: Flink 1.20.3 restores it (measured), and the count so far is of all rows, not of the paid ones (by reasoning)
-- before
INSERT INTO single SELECT user_id, COUNT(*) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(*) FROM orders WHERE status = 'paid' GROUP BY user_id;

-- case: expression-below-sum
-- truth: wrong
-- why: the sums so far were made of other values
-- before
INSERT INTO single SELECT user_id, SUM(net) FROM (SELECT user_id, amount - discount AS net FROM orders) GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(net) FROM (SELECT user_id, amount + discount AS net FROM orders) GROUP BY user_id;

-- case: expression-inside-sum
-- truth: wrong
-- why: the sums so far were made of other values
-- before
INSERT INTO single SELECT user_id, SUM(amount * 2) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount * 3) FROM orders GROUP BY user_id;

-- case: case-inside-sum
-- truth: wrong
-- why: the sums so far count other rows
-- before
INSERT INTO single SELECT user_id, SUM(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END) FROM orders GROUP BY user_id;

-- case: distinct-inside-count
-- truth: loses
-- why: a distinct count keeps a map, not a number
-- before
INSERT INTO single SELECT user_id, COUNT(shop_id) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(DISTINCT shop_id) FROM orders GROUP BY user_id;

-- case: distinct-count-other-column
-- truth: wrong
-- why: the distinct values so far are of another column of the same type
-- before
INSERT INTO single SELECT user_id, COUNT(DISTINCT shop_id) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, COUNT(DISTINCT country) FROM orders GROUP BY user_id;

-- case: aggregate-added
-- truth: loses
-- why: the accumulator has one field more
-- before
INSERT INTO totals SELECT user_id, 0, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;

-- case: aggregate-removed
-- truth: loses
-- why: the accumulator has one field less
-- before
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, 0, SUM(amount) FROM orders GROUP BY user_id;

-- case: having-literal-on-count
-- truth: carried
-- why: the filter stands above the state, in the same operator
-- before
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 5;
-- after
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 10;

-- case: having-on-key
-- truth: wrong
-- why: a filter on the key is applied before the state
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id HAVING user_id <> 'a';
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id HAVING user_id <> 'b';

-- case: having-other-aggregate
-- truth: wrong
-- why: the aggregate that is only compared keeps state too
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id HAVING MAX(amount) > 5;
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id HAVING MIN(amount) > 5;

-- case: having-added
-- truth: carried
-- why: an operator appears above all state, and the sink keeps nothing (measured)
-- before
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 5;

-- case: outer-filter-literal-on-count
-- truth: carried
-- why: the filter stands above the state, in the same operator
-- before
INSERT INTO totals SELECT user_id, n, s FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE n > 5;
-- after
INSERT INTO totals SELECT user_id, n, s FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE n > 6;

-- case: outer-filter-on-key
-- truth: wrong
-- why: a filter on the key is applied before the state
-- before
INSERT INTO totals SELECT user_id, n, s FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE user_id <> 'a';
-- after
INSERT INTO totals SELECT user_id, n, s FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE user_id <> 'b';

-- case: outer-column-other-aggregate
-- truth: wrong
-- why: the aggregate that is not read is not kept, and the other takes its place
-- before
INSERT INTO single SELECT user_id, n FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id);
-- after
INSERT INTO single SELECT user_id, s FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id);

-- case: outer-filter-other-aggregate
-- truth: wrong
-- why: the aggregate that is not read is not kept, and the other takes its place
-- before
INSERT INTO single SELECT user_id, 1 FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE n > 5;
-- after
INSERT INTO single SELECT user_id, 1 FROM (SELECT user_id, COUNT(order_id) AS n, SUM(amount) AS s FROM orders GROUP BY user_id) WHERE s > 5;

-- case: expression-over-results
-- truth: carried
-- why: the same operator above the state calculates something else
-- before
INSERT INTO single SELECT CONCAT('user-', user_id), SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT CONCAT('customer-', user_id), SUM(amount) FROM orders GROUP BY user_id;

-- case: result-multiplied-by-more
-- truth: carried
-- why: the same operator above the state calculates something else
-- before
INSERT INTO single SELECT user_id, SUM(amount) * 2 FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount) * 3 FROM orders GROUP BY user_id;

-- case: expression-over-results-appears
-- truth: carried
-- why: an operator appears above all state, and the sink keeps nothing (measured)
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount) * 2 FROM orders GROUP BY user_id;

-- case: expression-over-results-into-keyed-sink
-- truth: wrong
-- why: Flink keeps what it wrote by the sink's key, which the old expression made
-- before
INSERT INTO kept SELECT UPPER(user_id), COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO kept SELECT LOWER(user_id), COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id;

-- case: two-levels-inner-key
-- truth: wrong
-- why: the inner aggregation gets another key of the same type
-- before
INSERT INTO single SELECT k, SUM(s) FROM (SELECT country AS k, user_id, SUM(amount) AS s FROM orders GROUP BY country, user_id) GROUP BY k;
-- after
INSERT INTO single SELECT k, SUM(s) FROM (SELECT country AS k, shop_id, SUM(amount) AS s FROM orders GROUP BY country, shop_id) GROUP BY k;

-- case: two-levels-filter-between
-- truth: wrong
-- why: the filter stands below the outer aggregation
-- before
INSERT INTO single SELECT k, SUM(s) FROM (SELECT country AS k, user_id, SUM(amount) AS s FROM orders GROUP BY country, user_id) WHERE s > 10 GROUP BY k;
-- after
INSERT INTO single SELECT k, SUM(s) FROM (SELECT country AS k, user_id, SUM(amount) AS s FROM orders GROUP BY country, user_id) WHERE s > 20 GROUP BY k;

-- case: two-levels-having-inside
-- truth: wrong
-- why: HAVING of the inner query stands below the outer aggregation
-- before
INSERT INTO single SELECT k, COUNT(*) FROM (SELECT country AS k, user_id FROM orders GROUP BY country, user_id HAVING COUNT(*) > 3) GROUP BY k;
-- after
INSERT INTO single SELECT k, COUNT(*) FROM (SELECT country AS k, user_id FROM orders GROUP BY country, user_id HAVING COUNT(*) > 4) GROUP BY k;

-- case: grouping-sets-changed
-- truth: wrong
-- why: the groups in the state are other groups
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY GROUPING SETS ((user_id), (shop_id));
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY GROUPING SETS ((user_id), (user_id, shop_id));

-- case: group-by-becomes-rollup
-- truth: loses
-- why: ROLLUP adds an operator before the state and a column to the key
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(amount) FROM orders GROUP BY ROLLUP (user_id);

-- case: global-aggregate-changed
-- truth: wrong
-- why: the one sum is taken for the one maximum
-- before
INSERT INTO single SELECT 'all', SUM(amount) FROM orders;
-- after
INSERT INTO single SELECT 'all', MAX(amount) FROM orders;

-- case: listagg-separator
-- truth: wrong
-- why: the text so far was put together with the other separator
-- before
INSERT INTO kept SELECT LISTAGG(status, ','), 1, 1 FROM orders GROUP BY user_id;
-- after
INSERT INTO kept SELECT LISTAGG(status, ';'), 1, 1 FROM orders GROUP BY user_id;

-- case: first-becomes-last
-- truth: wrong
-- why: the first value so far is taken for the last
-- before
INSERT INTO single SELECT user_id, FIRST_VALUE(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, LAST_VALUE(amount) FROM orders GROUP BY user_id;

-- case: case-of-a-column-name
-- truth: unknown
-- why: Flink's names are case-sensitive; this is another column, or none
-- before
INSERT INTO single SELECT user_id, SUM(amount) FROM orders WHERE status = 'paid' GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(Amount) FROM orders WHERE status = 'paid' GROUP BY user_id;

-- case: having-literal-into-sink-of-same-key
-- truth: carried
-- why: the sink's key is the grouping key, so nothing is kept above the aggregation
-- before
INSERT INTO kept SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 5;
-- after
INSERT INTO kept SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 9;

-- case: aggregate-moved-from-having-to-select
-- truth: wrong
-- why: Flink 1.20.3 restores it (measured), and count and sum, both BIGINT, change places in the state (by reasoning)
-- before
INSERT INTO totals SELECT user_id, 0, SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 5;
-- after
INSERT INTO totals SELECT user_id, COUNT(order_id), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(order_id) > 5;

-- case: key-literal-in-select
-- truth: wrong
-- why: a constant in the key keeps groups apart that were one
-- before
INSERT INTO single SELECT k, SUM(amount) FROM (SELECT CONCAT(user_id, '-a') AS k, amount FROM orders) GROUP BY k;
-- after
INSERT INTO single SELECT k, SUM(amount) FROM (SELECT CONCAT(user_id, '-b') AS k, amount FROM orders) GROUP BY k;

-- case: group-by-expression-named-in-subquery
-- truth: carried
-- why: Flink merges the subquery into the aggregation's input either way
-- before
INSERT INTO single SELECT UPPER(user_id), SUM(amount) FROM orders GROUP BY UPPER(user_id);
-- after
INSERT INTO single SELECT k, SUM(amount) FROM (SELECT UPPER(user_id) AS k, amount FROM orders) GROUP BY k;

-- case: columns-of-subquery-crossed
-- truth: wrong
-- why: the names stay, and each stands for the other column now
-- before
INSERT INTO single SELECT k, SUM(v) FROM (SELECT user_id AS k, amount AS v FROM orders) GROUP BY k;
-- after
INSERT INTO single SELECT k, SUM(v) FROM (SELECT shop_id AS k, discount AS v FROM orders) GROUP BY k;

-- case: star-column-shadowed
-- truth: wrong
-- why: the summed name stands for another column
-- before
INSERT INTO single SELECT user_id, SUM(net) FROM (SELECT user_id, amount AS net FROM (SELECT * FROM orders)) GROUP BY user_id;
-- after
INSERT INTO single SELECT user_id, SUM(net) FROM (SELECT user_id, discount AS net FROM (SELECT * FROM orders)) GROUP BY user_id;

-- case: having-asks-in-another-order
-- truth: wrong
-- why: results that only HAVING asks for are kept in the order in which it asks (measured)
-- before
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING MAX(amount) > 20 AND MIN(amount) < 5;
-- after
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING MIN(amount) < 5 AND MAX(amount) > 20;

-- case: having-turned-round
-- truth: wrong
-- why: the maximum was asked for first, now the minimum is: each goes on from the other (measured)
-- before
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING MAX(amount) > MIN(amount);
-- after
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING MIN(amount) < MAX(amount);

-- case: having-between-results
-- truth: loses
-- why: BETWEEN asks for the sum first, two comparisons for the minimum (measured)
-- before
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING SUM(amount) BETWEEN MIN(order_id) AND MAX(order_id);
-- after
INSERT INTO single SELECT user_id, 1 FROM orders GROUP BY user_id HAVING MIN(order_id) <= SUM(amount) AND SUM(amount) <= MAX(order_id);

-- case: having-in-another-order-of-what-is-selected
-- truth: carried
-- why: what is selected is asked for first (measured)
-- before
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(*) > 2 AND SUM(amount) > 20;
-- after
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING SUM(amount) > 20 AND COUNT(*) > 2;

-- case: two-filters-become-one
-- truth: loses
-- why: Flink kept two sums, for it does not see that both filters are one (measured)
-- before
INSERT INTO totals SELECT user_id, SUM(amount) FILTER (WHERE status IN ('a', 'b')), SUM(amount) FILTER (WHERE status = 'b' OR status = 'a') FROM orders GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, SUM(amount) FILTER (WHERE status IN ('a', 'b')), SUM(amount) FILTER (WHERE status IN ('a', 'b')) FROM orders GROUP BY user_id;

-- case: one-column-by-two-names
-- truth: loses
-- why: Flink kept two sums of the column, now it keeps one (measured)
-- before
INSERT INTO totals SELECT user_id, SUM(x), SUM(y) FROM (SELECT user_id, amount AS x, amount AS y FROM orders) GROUP BY user_id;
-- after
INSERT INTO totals SELECT user_id, SUM(amount), SUM(amount) FROM orders GROUP BY user_id;

-- case: a-list-becomes-one-with-another
-- truth: loses
-- why: Flink planned the OR apart from the list; written as the list, both become one operator (measured)
-- before
INSERT INTO single SELECT k, COUNT(*) FROM (SELECT user_id AS k, status AS s FROM orders WHERE status IN ('a', 'b') GROUP BY user_id, status UNION ALL SELECT user_id, status FROM orders WHERE status = 'b' OR status = 'a' GROUP BY user_id, status) GROUP BY k;
-- after
INSERT INTO single SELECT k, COUNT(*) FROM (SELECT user_id AS k, status AS s FROM orders WHERE status IN ('a', 'b') GROUP BY user_id, status UNION ALL SELECT user_id, status FROM orders WHERE status IN ('a', 'b') GROUP BY user_id, status) GROUP BY k;

-- case: having-the-least-of-a-key
-- truth: wrong
-- why: the least one of a key is the key, so Flink filters before the aggregation (by the planner)
-- before
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id, discount HAVING MIN(discount) > 5;
-- after
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id, discount HAVING MIN(discount) > 6;

-- case: having-that-is-never-true
-- truth: loses
-- why: Flink plans nothing of such a query, and refuses its state (by the planner)
-- before
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(*) > 10;
-- after
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(*) > 10 AND COUNT(*) < 5;

-- case: having-of-a-result-and-itself
-- truth: loses
-- why: it is never true either (by the planner)
-- before
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(*) > 10;
-- after
INSERT INTO totals SELECT user_id, COUNT(*), SUM(amount) FROM orders GROUP BY user_id HAVING COUNT(*) < COUNT(*);

-- case: having-of-another-result-that-is-not-read
-- truth: wrong
-- why: nobody but HAVING read MAX, which is left out without it (by the planner)
-- before
INSERT INTO single SELECT k, n FROM (SELECT user_id AS k, COUNT(*) AS n, MAX(amount) AS m FROM orders GROUP BY user_id HAVING MAX(amount) > 3);
-- after
INSERT INTO single SELECT k, n FROM (SELECT user_id AS k, COUNT(*) AS n, MAX(amount) AS m FROM orders GROUP BY user_id HAVING COUNT(*) > 3);

-- case: filter-that-contradicts-having-by-another-count
-- truth: loses
-- why: id is never NULL, so both count every row: n < 1 and n > 2 is never true, and Flink plans nothing of it (by the planner)
-- before
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, n FROM (SELECT shop, COUNT(id) AS n FROM visits GROUP BY shop HAVING COUNT(*) > 2) WHERE n > 3;
-- after
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, n FROM (SELECT shop, COUNT(id) AS n FROM visits GROUP BY shop HAVING COUNT(*) > 2) WHERE n < 1;

-- case: having-of-two-counts-of-every-row
-- truth: loses
-- why: the same within HAVING (by the planner)
-- before
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, COUNT(*) FROM visits GROUP BY shop HAVING COUNT(*) > 2 AND COUNT(id) > 3;
-- after
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, COUNT(*) FROM visits GROUP BY shop HAVING COUNT(*) > 2 AND COUNT(id) < 1;

-- case: having-of-the-greatest-and-the-greatest-of-different-ones
-- truth: loses
-- why: they are one to Flink, and never above 2 and below 1 (by the planner)
-- before
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, MAX(id) FROM visits GROUP BY shop HAVING MAX(id) > 2 AND MAX(DISTINCT id) > 3;
-- after
CREATE TABLE visits (id BIGINT NOT NULL, shop STRING) WITH ('connector' = 'kafka', 'topic' = 'visits', 'format' = 'json');
CREATE TABLE busy (shop STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO busy SELECT shop, MAX(id) FROM visits GROUP BY shop HAVING MAX(id) > 2 AND MAX(DISTINCT id) < 1;
