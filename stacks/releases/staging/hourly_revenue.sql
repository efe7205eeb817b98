-- Revenue and number of orders by hour, country and currency.
--
--   reads   Kafka         orders_enriched  written by order_enrichment
--   writes  upsert-Kafka  hourly_revenue   one row per hour, country and currency; the finance dashboard shows it
--
-- State: the windows that are still open, at most some two hours of sums.

CREATE TABLE orders_enriched (
  order_id   STRING,
  country    STRING,
  amount     DECIMAL(12, 2),
  currency   STRING,
  ordered_at TIMESTAMP_LTZ(3),
  -- The shop's servers deliver orders up to a minute late; later ones do not count.
  WATERMARK FOR ordered_at AS ordered_at - INTERVAL '1' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.orders_enriched',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'properties.group.id' = '@{prefix}.hourly_revenue',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE hourly_revenue (
  hour_start TIMESTAMP(3),
  country    STRING,
  currency   STRING,
  orders     BIGINT,
  revenue    DECIMAL(38, 2),
  PRIMARY KEY (hour_start, country, currency) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '@{prefix}.hourly_revenue',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'key.format' = 'json',
  'value.format' = 'json'
);

INSERT INTO hourly_revenue
SELECT
  window_start AS hour_start,
  country,
  currency,
  COUNT(*) AS orders,
  SUM(amount) AS revenue
FROM TABLE(TUMBLE(TABLE orders_enriched, DESCRIPTOR(ordered_at), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, country, currency;
