-- Changes of looks only: a running job must never notice them.

-- given
CREATE TABLE orders (
  order_id BIGINT, user_id STRING, amount DECIMAL(10, 2), status STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE revenue (user_id STRING, total DECIMAL(38, 2)) WITH ('connector' = 'print');

-- case: line-comment-added
-- truth: cosmetic
-- why: a comment is no part of the query
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
-- revenue by customer, asked for by finance
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;

-- case: block-comment-changed-inside
-- truth: cosmetic
-- why: a comment is no part of the query
-- before
INSERT INTO revenue SELECT user_id, /* gross */ SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, /* net; see "FIN-12" it's final */ SUM(amount) FROM orders GROUP BY user_id;

-- case: semicolon-in-comment
-- truth: cosmetic
-- why: a semicolon in a comment ends nothing
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) -- first part; second part
FROM orders GROUP BY user_id;

-- case: reformatted
-- truth: cosmetic
-- why: white space is no part of the query
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE status='paid' GROUP BY user_id;
-- after
INSERT INTO revenue
SELECT
    user_id,
    SUM( amount )
FROM orders
WHERE status = 'paid'
GROUP BY user_id
;

-- case: tabs-for-spaces
-- truth: cosmetic
-- why: a tab is white space
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
	INSERT INTO revenue	SELECT user_id,	SUM(amount) FROM orders GROUP BY user_id;

-- case: key-words-lower-case
-- truth: cosmetic
-- why: key words and the names of built-in functions have no case
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE status IS NOT NULL GROUP BY user_id HAVING COUNT(*) > 3;
-- after
insert into revenue select user_id, sum(amount) from orders where status is not null group by user_id having count(*) > 3;

-- case: scalar-function-lower-case
-- truth: cosmetic
-- why: the names of built-in functions have no case
-- before
INSERT INTO revenue SELECT DATE_FORMAT(ts, 'yyyy-MM-dd'), SUM(amount) FROM orders GROUP BY DATE_FORMAT(ts, 'yyyy-MM-dd');
-- after
INSERT INTO revenue SELECT date_format(ts, 'yyyy-MM-dd'), SUM(amount) FROM orders GROUP BY date_format(ts, 'yyyy-MM-dd');

-- case: last-semicolon-removed
-- truth: cosmetic
-- why: the last semicolon is superfluous
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id

-- case: doubled-semicolons
-- truth: cosmetic
-- why: an empty statement does nothing
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
;INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;;

-- case: trailing-new-lines
-- truth: cosmetic
-- why: white space at the end is no part of the query
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;



-- case: commented-out-statement-added
-- truth: cosmetic
-- why: a statement in a comment is a comment
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
/* INSERT INTO revenue SELECT status, SUM(amount) FROM orders GROUP BY status; */
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;

-- case: window-key-words-lower-case
-- truth: cosmetic
-- why: key words have no case, those of windows neither
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM table(tumble(table orders, descriptor(ts), interval '5' minutes)) GROUP BY user_id, window_start, window_end;

-- case: order-direction-lower-case
-- truth: cosmetic
-- why: DESC is a key word in ORDER BY
-- before
INSERT INTO revenue SELECT user_id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1;
-- after
INSERT INTO revenue SELECT user_id, amount FROM (SELECT *, row_number() over (partition by user_id order by ts desc) AS rn FROM orders) WHERE rn = 1;

-- case: hint-kept-comment-beside-it
-- truth: cosmetic
-- why: only the comment is new, the hint is the same
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders /*+ OPTIONS('scan.startup.mode'='latest-offset') */ GROUP BY user_id;
-- after
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders /*+ OPTIONS('scan.startup.mode'='latest-offset') */ /* hint above */ GROUP BY user_id;

-- case: quote-inside-literal-kept
-- truth: cosmetic
-- why: what looks like a comment inside a literal is not touched
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders WHERE status <> 'it''s -- not; /* a comment */' GROUP BY user_id;
-- after
INSERT INTO revenue
SELECT user_id, SUM(amount) FROM orders WHERE status <> 'it''s -- not; /* a comment */' GROUP BY user_id -- done

-- case: set-statement-key-words
-- truth: cosmetic
-- why: SET is a key word
-- before
SET 'table.exec.state.ttl' = '1 d';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
set 'table.exec.state.ttl'='1 d';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;

-- case: statement-set-key-words
-- truth: cosmetic
-- why: the brackets of a statement set are key words
-- before
EXECUTE STATEMENT SET BEGIN
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
END;
-- after
execute statement set
begin
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
end;

-- case: ddl-reformatted
-- truth: cosmetic
-- why: the definition of a view is laid out differently
-- before
CREATE TEMPORARY VIEW paid AS SELECT * FROM orders WHERE status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;
-- after
create temporary view paid as
  select * from orders where status = 'paid';
INSERT INTO revenue SELECT user_id, SUM(amount) FROM paid GROUP BY user_id;

-- case: chinese-comment
-- truth: cosmetic
-- why: comments may be in any language
-- before
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
-- after
-- 按用户统计收入；每小时
INSERT INTO revenue SELECT user_id, SUM(amount) FROM orders GROUP BY user_id;
