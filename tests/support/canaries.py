"""Secrets that are told apart, one in each place where a secret can stand; and the table of where they were seen.

`python -m tests.support.canaries` prints the places.
"""

from __future__ import annotations

from collections.abc import Mapping

_OPTIONS = {
    "option password": "'password' = '{}'",
    "option pass": "'pass' = '{}'",
    "option connector.password": "'connector.password' = '{}'",
    "option lookup.password": "'lookup.password' = '{}'",
    "option ak": "'dis.ak' = '{}'",
    "option sk": "'dis.sk' = '{}'",
    "option passphrase": "'ssh.passphrase' = '{}'",
    "option private-key": "'private-key' = '{}'",
    "option authorization": "'http.header.Authorization' = 'Basic {}'",
    "option basic auth": "'avro-confluent.basic-auth.user-info' = 'me:{}'",
    "option keystore": "'properties.ssl.keystore.password' = '{}'",
    "option truststore": "'properties.ssl.truststore.password' = '{}'",
    "option jaas": "'properties.sasl.jaas.config' = 'Plain required username=\"u\" password=\"{}\";'",
    "option fs.obs": "'fs.obs.access.key' = '{}'",
    "option token": "'x-auth-token' = '{}'",
    "doubled quote": "'sink.password' = 'it''s {}'",
    "upper case": "'DB.PASSWORD' = '{}'",
    "several lines": "'ssl.key' = 'one\n{}\nthree'",
    "address, first": "'url' = 'jdbc:mysql://h/db?password={}&x=1'",
    "address, later": "'url2' = 'jdbc:mysql://h/db?user=me&PassWord={}'",
    "address, log-in": "'url3' = 'mongodb://me:{}@h/db'",
    "JSON in an option": "'headers' = '{{\"Authorization\": \"Bearer {}\"}}'",
    "header in an option": "'header' = 'Authorization: Bearer {}'",
}
_PLACES = (
    *_OPTIONS,
    *("comment", "comment of lines", "hint", "SET", "secret config in SQL", "template SQL"),
    *("runtime_config", "runtime_config, JSON"),
    *("dli:accessKey", "dli:secretKey", "environment"),
    *(
        "error message",
        "error of another shape",
        "HTML answer",
        "cut answer",
        "status_desc",
        "status_desc, header",
    ),
    *("exception of Flink",),
)
CANARIES: Mapping[str, str] = {place: f"canary{number:02}Zx9" for number, place in enumerate(_PLACES)}
"""What must be seen nowhere, by its place."""


def secret_sql(function: str = "SUM") -> str:
    """A job's SQL with a canary in each place that SQL has; `%pw%` is where a program puts a secret of the config."""
    options = ",\n  ".join(text.format(CANARIES[place]) for place, text in _OPTIONS.items())
    return f"""-- the password was {CANARIES["comment"]}
/* token:
   {CANARIES["comment of lines"]} */
SET 'security.token' = '{CANARIES["SET"]}';
CREATE TABLE clicks (k STRING, v INT) WITH ('connector' = 'kafka', 'source.password' = '%pw%',
  {options});
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO totals SELECT k, {function}(v) FROM clicks /*+ OPTIONS('api-key' = '{CANARIES["hint"]}') */ GROUP BY k;"""


def runtime_config() -> dict[str, str]:
    """A job's settings with canaries in them."""
    return {
        "fs.obs.secret.key": CANARIES["runtime_config"],
        "env.headers": f'{{"X-Auth-Token": "{CANARIES["runtime_config, JSON"]}"}}',
    }


def seen(doors: Mapping[str, str]) -> dict[str, list[str]]:
    """Places whose secret was seen, each with the doors; empty if all is well. A door is its name and all it showed."""
    found = {
        place: [door for door, text in doors.items() if canary in text] for place, canary in CANARIES.items()
    }
    return {place: where for place, where in found.items() if where}


def table(doors: Mapping[str, str]) -> str:
    """Place by door: a dot where nothing was seen."""
    lines = [f"{'':26} " + " ".join(f"{number:>2}" for number in range(1, len(doors) + 1))]
    for place, canary in CANARIES.items():
        marks = " ".join(" X" if canary in text else " ." for text in doors.values())
        lines.append(f"{place:26} {marks}")
    lines += [
        f"{number:>2} {door} ({len(text)} letters)" for number, (door, text) in enumerate(doors.items(), 1)
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print("\n".join(CANARIES))
