-- What is on hand of each article in each warehouse, always up to date.
--
--   reads   Kafka         stock_movements  goods in (> 0) and out (< 0), written by the warehouses
--   writes  upsert-Kafka  stock_levels     one row per article and warehouse; the shop shows "only 3 left"
--
-- State: one sum per article and warehouse, kept for good. Losing it would mean counting the warehouses.

CREATE TABLE stock_movements (
  article   STRING,
  warehouse STRING,
  quantity  INT,
  moved_at  TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.stock_movements',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'properties.group.id' = '@{prefix}.stock_levels',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE stock_levels (
  article   STRING,
  warehouse STRING,
  on_hand   BIGINT,
  last_move TIMESTAMP_LTZ(3),
  PRIMARY KEY (article, warehouse) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '@{prefix}.stock_levels',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'key.format' = 'json',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

INSERT INTO stock_levels
SELECT
  article,
  warehouse,
  SUM(CAST(quantity AS BIGINT)) AS on_hand,
  MAX(moved_at) AS last_move
FROM stock_movements
GROUP BY article, warehouse;
