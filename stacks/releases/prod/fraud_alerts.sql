-- An alert when a card is declined three times or more and then accepted, all within ten minutes: somebody guesses
-- at a card number, or at its code.
--
--   reads   Kafka  payments      every attempt to pay, written by the payment service
--   writes  Kafka  fraud_alerts  read by the risk team's case tool
--
-- State: the attempts of each card in the last ten minutes.

CREATE TABLE payments (
  payment_id STRING,
  card_hash  STRING,
  amount     DECIMAL(12, 2),
  currency   STRING,
  outcome    STRING, -- APPROVED or DECLINED
  paid_at    TIMESTAMP_LTZ(3),
  WATERMARK FOR paid_at AS paid_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.payments',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'properties.group.id' = '@{prefix}.fraud_alerts',
  'properties.auto.offset.reset' = 'latest',
  'scan.startup.mode' = 'group-offsets',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE fraud_alerts (
  card_hash      STRING,
  payment_id     STRING,
  amount         DECIMAL(12, 2),
  currency       STRING,
  declined       BIGINT,
  first_declined TIMESTAMP_LTZ(3),
  accepted       TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka',
  'topic' = '@{prefix}.fraud_alerts',
  'properties.bootstrap.servers' = '@{kafka_brokers}',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'sink.delivery-guarantee' = 'at-least-once'
);

INSERT INTO fraud_alerts
SELECT card_hash, payment_id, amount, currency, declined, first_declined, accepted
FROM payments
MATCH_RECOGNIZE (
  PARTITION BY card_hash
  ORDER BY paid_at
  MEASURES
    hit.payment_id         AS payment_id,
    hit.amount             AS amount,
    hit.currency           AS currency,
    COUNT(miss.payment_id) AS declined,
    FIRST(miss.paid_at)    AS first_declined,
    hit.paid_at            AS accepted
  ONE ROW PER MATCH
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN (miss{3,} hit) WITHIN INTERVAL '10' MINUTE
  DEFINE
    miss AS miss.outcome = 'DECLINED',
    hit  AS hit.outcome = 'APPROVED'
);
