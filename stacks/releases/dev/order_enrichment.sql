-- Every order, with what is known of the customer who placed it.
--
--   reads     Kafka  orders           one message per order, written by the shop
--   looks up  MySQL  customers        country and tier at the moment the order is processed
--   writes    Kafka  orders_enriched  read by hourly_revenue and by the data warehouse
--
-- State: only the position in Kafka. A lookup keeps nothing but a cache.

CREATE TABLE orders (
  order_id     STRING,
  customer_id  BIGINT,
  amount       DECIMAL(12, 2),
  currency     STRING,
  ordered_at   TIMESTAMP_LTZ(3),
  processed_at AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.orders',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'properties.group.id' = '@{prefix}.order_enrichment',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE customers (
  customer_id BIGINT,
  country     STRING,
  tier        STRING,
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:mysql://@{customers_db}/shop',
  'table-name' = 'customers',
  'username' = 'flink_reader',
  'password' = '@{customers_password}',
  'lookup.cache.max-rows' = '50000',
  'lookup.cache.ttl' = '10min',
  'lookup.max-retries' = '3'
);

CREATE TABLE orders_enriched (
  order_id    STRING,
  customer_id BIGINT,
  country     STRING,
  tier        STRING,
  amount      DECIMAL(12, 2),
  currency    STRING,
  ordered_at  TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.orders_enriched',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'key.format' = 'json',
  'key.fields' = 'customer_id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

INSERT INTO orders_enriched
SELECT
  o.order_id,
  o.customer_id,
  COALESCE(c.country, 'unknown') AS country,
  COALESCE(c.tier, 'standard') AS tier,
  o.amount,
  o.currency,
  o.ordered_at
FROM orders AS o
-- An order of a customer who is not in the table yet is passed on all the same.
LEFT JOIN customers FOR SYSTEM_TIME AS OF o.processed_at AS c
  ON o.customer_id = c.customer_id;
