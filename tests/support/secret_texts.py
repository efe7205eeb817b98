"""The one table of secrets: how they are spelled, and what only looks like one. Every door is tried with all of it.

The options are those of connectors, catalogs and formats that the pages of DLI ("Connectors", "Formats", "Enhanced
Datasource Connections") and of Flink ("Table API Connectors", "Formats", "Configuration") document.
"""

from __future__ import annotations

CANARY = "hunter2-Zx9"
"""What must be seen nowhere. No part of it is a word."""

OPTIONS = (
    *("password", "PassWord", "passwd", "pwd", "pass", "db.pass", "db_password", "sink.password", "mypwd"),
    *("connector.password", "lookup.password", "lookup.redis.auth", "redis.auth"),
    *("passphrase", "passcode", "ssh.passphrase", "key.passphrase", "pass-phrase"),
    *("secret", "secret-key", "secret_key", "secretKey", "clientSecret", "client-secret", "app_secret"),
    *("fs.obs.secret.key", "fs.obs.access.key", "fs.s3a.secret.key", "fs.s3a.session.token", "s3.secret-key"),
    *("token", "access_token", "security.token", "security-token", "api-token", "refreshToken", "sas_token"),
    *("credential", "user.credentials", "fs.azure.account.key.shop.blob.core.windows.net"),
    *("access.key", "access_key", "accessKey", "access-key-id", "accessKeyId", "s3.access-key", "aws.accesskey"),
    *("ak", "sk", "AK", "SK", "obs.sk", "obs_ak", "dis.sk", "dli.ak", "cloud_sk", "dew.sk"),
    *("api.key", "apikey", "api-key", "x-api-key", "private.key", "private-key", "privatekey", "encryption-key"),
    *("account.key", "storage-key", "shared_key", "master-key", "hmac.key", "signing-key", "client.key.pem"),
    *("properties.sasl.jaas.config", "sasl.jaas.config", "properties.sasl.login.pwd"),
    *("properties.ssl.keystore.password", "properties.ssl.truststore.password", "properties.ssl.key.password"),
    *("properties.ssl.keystore.key", "ssl.truststore.key", "properties.ssl.keystore-password"),
    *("authorization", "http.headers.Authorization", "gid.connector.http.source.lookup.header.Authorization"),
    *("proxy-authorization", "x-auth-token", "cookie", "set-cookie", "signature", "bearer", "http.auth.basic"),
    *("basic.auth.user.info", "avro-confluent.basic-auth.user-info", "value.avro-confluent.basic_auth.user_info"),
    *("connector.auth.password", "hive.metastore.pwd", "elasticsearch.passwd", "kerberos.passwort"),
    *("sasl.oauthbearer.clientSecret", "oauth.client.secret", "jwt", "id_jwt", "webhook.secret"),
)  # fmt: skip
"""Names whose value is secret, wherever they stand."""

OTHER_NAMES = (
    *("connector", "topic", "format", "url", "username", "user", "driver", "table-name", "hostname", "port"),
    *("key.format", "key.fields", "key.fields-prefix", "value.fields-include", "primary-key", "primary_key"),
    *("keyspace", "bucket-key", "bucket.key", "row.key", "partition.key", "sort-key", "key", "monkey", "turkey"),
    *("sink.parallelism", "scan.startup.mode", "lookup.max-retries", "lookup.cache.max-rows", "max-attempts"),
    *("properties.group.id", "properties.bootstrap.servers", "properties.security.protocol"),
    *("properties.sasl.mechanism", "sink.buffer-flush.max-rows", "passenger", "bypass.filter", "compass"),
    *("task", "tasks.max", "ask", "risk", "skew", "disk", "mask", "break", "peak", "speak", "author", "authors"),
    *("pipeline.name", "table.exec.state.ttl", "execution.checkpointing.interval", "state.backend"),
)  # fmt: skip
"""Names that resemble a secret's, and whose value is to be seen."""

FORMS = {
    "option": "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', '{}' = '{}')",
    "option, no spaces": "'{}'='{}'",
    "option over lines": "'{}'\n  =\n  '{}'",
    "option, doubled quote": "'{}' = 'it''s {}'",
    "option, ends in a doubled quote": "'{}' = '{}'''",
    "option, cut off": "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', '{}' = '{}",
    "option, several lines": "'{}' = 'first\nsecond {}\nthird'",
    "option in back-ticks": "CREATE TABLE t (a INT) WITH (`{}` = '{}')",
    "option, escaped by JSON": '"WITH (\\"{}\\" = \\"{}\\")"',
    "option, escaped twice": 'WITH (\\\\\\"{}\\\\\\" = \\\\\\"{}\\\\\\")',
    "option, escaped single quotes": "WITH (\\'{}\\' = \\'{}\\')",
    "national literal": "CREATE TABLE t (a INT) WITH ('{}' = N'{}')",
    "older SQL": 'CREATE SOURCE STREAM s (a INT) WITH (type = "rds", {} = "{}")',
    "older SQL, quoted name": 'CREATE SINK STREAM s (a INT) WITH (type = "rds", "{}" = "{}")',
    "older SQL, cut off": 'CREATE SOURCE STREAM s (a INT) WITH (type = "rds", {} = "{}',
    "setting": "SET '{}' = '{}';",
    "bare setting": "SET {} = {};",
    "hint": "SELECT a FROM t /*+ OPTIONS('{}' = '{}') */",
    "comment": "-- '{}' = '{}'\nSELECT 1",
    "comment of several lines": "/* old:\n {} = {}\n*/ SELECT 1",
    "address": "'url' = 'jdbc:mysql://h/db?{}={}&x=1'",
    "address, second": "'url' = 'jdbc:mysql://h/db?user=me&{}={}'",
    "address, encoded": "GET https://h/a?q=1&{}%3D{}",
    "address, parts behind semicolons": "jdbc:sqlserver://h:1433;databaseName=d;{}={};encrypt=true",
    "assignment in a literal": "'login' = 'required {}=\"{}\";'",
    "sentence": "cannot log in with {}={}, try again",
    "sentence, quoted": "cannot log in with {} = '{}', try again",
    "assignment in a program": "{} := '{}'",
    "Java's map": "options: {{connector=jdbc, {}={}, n=1}}",
    "JSON": '{{"{}": "{}", "n": 1}}',
    "JSON, cut off": '{{"n": 1, "{}": "{}',
    "JSON, an escaped quote in it": '{{"{}": "a\\"{}", "n": 1}}',
    "JSON list": '{{"{}": ["{}"]}}',
    "JSON entry": '[{{"key": "{}", "value": "{}"}}]',
    "JSON entry, over lines": '[\n {{\n  "key": "{}",\n  "value": "{}"\n }}\n]',
    "JSON entry, cut off": '[{{"key": "{}", "value": "{}',
    "JSON entry in a text": '"[{{\\"key\\": \\"{}\\", \\"value\\": \\"{}\\"}}]"',
    "JSON in JSON": '{{"config": "{{\\"{}\\": \\"{}\\"}}"}}',
    "JSON in an option": "'headers' = '{{\"{}\": \"{}\"}}'",
    "Python's": "{{'{}': '{}', 'n': 1}}",
    "XML": "<Error><{0}>{1}</{0}></Error>",
    "ciphered, as Spring writes it": "{}={{cipher}}{}",
    "ciphered, in a sentence": "cannot read {} = {{cipher}}{}: no such file",
    "braces": "{}={{{}}}",
    "object": '{}={{"a":"{}"}}',
    "object, and more": '{}={{"a":1}}{}',
    "JSON, no object": '{{"{}": {{{}}}}}',
    "list, and more": "{}=[a]{}",
    "JSON list in a text, cut off": "{}=[a,{}",
    "back-ticks, and more": "{}=`a`{}",
    "quoted name with another quote": "'a\"{}' = '{}'",
    "SQL in JSON": "{{\"sql_body\": \"CREATE TABLE t (a INT)\\nWITH ('{}' = '{}')\"}}",
}
"""Where a name and its value may stand, with a place for each."""

LOGINS = (
    f"https://me:{CANARY}@host/a.jar",
    f"https://{CANARY}@host/a.jar",
    f"'url' = 'jdbc:mysql://root:{CANARY}@db:3306/shop'",
    f"'uri' = 'mongodb+srv://root:{CANARY}@db/shop?retryWrites=true'",
    f"-- mongodb://me:{CANARY}@host/db\nSELECT 1",
    f"jdbc:mysql://root:a'{CANARY}@h/db",
    f"jdbc:mysql://root:a`{CANARY}@h/db",
    f'jdbc:mysql://root:a"{CANARY}@h/db',
    f"jdbc:mysql://r'x:{CANARY}@h/db",
    f"jdbc:mysql://root:a@b{CANARY}@h/db",
    f"jdbc:mysql://root:a/b{CANARY}@h/db",
    f"jdbc:mysql://root:a:{CANARY}@h/db",
    f"jdbc:oracle:thin:scott/{CANARY}@//h:1521/db",
    f"redis://:{CANARY}@host:6379",
    f"cannot reach amqp://me:{CANARY}@host:5672",
    f'"url" = "postgres://me:{CANARY}@host',
)
"""Log-ins in addresses."""

HEADERS = (
    f"Authorization: Bearer {CANARY}",
    f"authorization: bearer {CANARY}",
    f"Authorization: Basic bWU6{CANARY}==",
    f"Authorization: {CANARY}",
    f"Authorization: SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={CANARY}",
    f"Proxy-Authorization: Basic {CANARY}",
    f"X-Auth-Token: {CANARY}",
    f"x-security-token:{CANARY}",
    f"X-Api-Key: {CANARY}",
    f"Cookie: session={CANARY}; theme=dark",
    f"Set-Cookie: JSESSIONID={CANARY}; Path=/",
    f"-H 'Authorization: Bearer {CANARY}' -H 'Accept: */*'",
    f"'http.headers' = 'Accept: */*; Authorization: Bearer {CANARY}'",
    f"{{Authorization: Bearer {CANARY}, Accept: */*}}",
    f"the gateway was sent Bearer {CANARY} and said no",
    f"invalid header value: b'Bearer {CANARY}'",
    f"'gid.connector.http.source.lookup.header.Authorization' = 'Basic {CANARY}'",
)
"""Headers of HTTP, whose value follows a colon."""

OTHERS = (
    f"password: {CANARY}",
    f"spring.datasource.password: {CANARY}\nurl: x",
    f"secretKey: {CANARY}",
    f"mysql -h h --password {CANARY} -e 'SELECT 1'",
    f"CREATE USER me IDENTIFIED BY '{CANARY}'",
    f'sasl.jaas.config=org.apache.kafka.PlainLoginModule required username="u" password="{CANARY}";',
    f"'a.jaas.config' = 'PlainLoginModule required\n username=\"u\"\n password=\"{CANARY}\";'",
    f"-----BEGIN PRIVATE KEY-----\nMIIE{CANARY}\nabc\n-----END PRIVATE KEY-----",
    f"'cert' = '-----BEGIN RSA PRIVATE KEY-----\nMIIE{CANARY}",
    f"<AccessKeyId>{CANARY}</AccessKeyId>",
    f"com.mysql.Failure: url=jdbc:mysql://h/db?PASSWORD={CANARY}",
    f"-- the password of prod is {CANARY}\nSELECT 1",
)
"""Other spellings, each by itself."""

NOT_IN_PROSE = tuple(text for text in OTHERS if text.startswith("--") and "PRIVATE" not in text)
"""What only a reader of SQL can tell, as it stands in a comment."""

PLAIN = (
    "SQL parse failed. Encountered unexpected token: FROM at line 3",
    'Encountered "token" at line 3, column 7. Was expecting one of: <EOF> ...',
    "The token has expired.",
    "SELECT name = 'x' FROM t",
    "SELECT token, access_key_id FROM logins WHERE token IS NOT NULL",
    "CREATE TABLE t (token STRING, password STRING, sk BIGINT) WITH ('connector' = 'datagen')",
    "CREATE TABLE t (access_key_id STRING, PRIMARY KEY (access_key_id) NOT ENFORCED)",
    "'key.fields' = 'id', 'key.format' = 'json'",
    "'lookup.max-retries' = '3', 'max-attempts' = '5'",
    "Object 'passwords' not found; did you mean 'password'?",
    "http://host:8080/path is unreachable",
    "https://host/path?page=2&sort=asc",
    "obs://bucket/jobs/7/savepoint-1a2b3c",
    "jdbc:mysql://db:3306/shop?useSSL=false&characterEncoding=utf8",
    "jdbc:mysql://db:3306/shop, as me@example.com",
    "orders (job 7): RESTART - state carried by savepoint",
    "token-events: RESTART - state carried by savepoint",
    "user-secrets (job 12): it did not come up: job_submit_fail",
    "check dli:accessKey [HW_ACCESS_KEY] and dli:secretKey [HW_SECRET_KEY]",
    "pulumi config set --secret dli:secretKey",
    "Basic authentication is not supported by this connector",
    "Bearer authentication required",
    "Column 'pass_count' of type INT; 'passes' too",
    "the password is wrong",
    "tasks: 4, risk: low, ask: 3, desk: 12",
    "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND",
    "key: value, keys: 3, monkey: yes",
    "a <= b AND password_count > 3 AND c <> d",
    "Kafka topic passwords-changed has 3 partitions",
    "(DLI.0005, request id 5f1c0a9e)",
)
"""Texts of which nothing is secret."""

CONTROL = {
    "escape sequence": "\x1b[31mred\x1b[0m",
    "title of the window": "\x1b]0;owned\x07",
    "bell": "ding\x07",
    "carriage return": "all is lost\rall is well",
    "backspace": "no\x08\x08yes",
    "C1's own escape": "\x9b31mred",
    "right to left": "\u202egnp.exe",
    "isolate": "\u2066a\u2069",
    "line separator": "a\u2028b",
    "lone surrogate": "a\ud800b",
    "null": "a\0b",
    "delete": "a\x7fb",
    "invisible tag": "a\U000e0041b",
}
"""What steers a terminal, or hides what it shows."""
STEERING = "\x00\x07\x08\r\x1b\x7f\x85\x9b\u200e\u200f\u202a\u202e\u2028\u2029\u2066\u2069\ud800\U000e0041"
"""Letters that reach no terminal and no page."""

CASES: dict[str, str] = {
    **{f"{name} in: {form}": text.format(name, CANARY) for form, text in FORMS.items() for name in OPTIONS},
    **{text: text for text in (*LOGINS, *HEADERS, *OTHERS)},
}
"""Every text that holds the canary, by what it is called."""
