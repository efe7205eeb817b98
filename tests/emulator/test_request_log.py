"""The request log tells every call, in order, with what came of it, and nothing of the admin interface."""

from __future__ import annotations

import json
import time

from tests.emulator.plain import PROJECT, SQL, Api

JSON = {"Content-Type": "application/json"}


def test_calls_in_order_with_their_outcome(api: Api) -> None:
    api.dli.set(resume_without_savepoint="refuse")
    cursor = api.dli.cursor()
    job_id = api.made()
    api.get(job_id)
    answer = api.run(job_id, resume=True)
    api.dli.jobs()
    entries = api.dli.requests(cursor)
    assert [(entry.call, entry.status, entry.error_code, entry.write) for entry in entries] == [
        ("create", 200, None, True),
        ("get", 200, None, False),
        ("run", 400, "DLI.13017", True),
    ]
    last = entries[-1]
    assert last.request_id == answer.headers["X-Request-Id"]
    assert (last.method, last.path) == ("POST", f"/v1.0/{PROJECT}/streaming/jobs/run")
    assert last.json() == {"job_ids": [job_id], "resume_savepoint": True}
    assert entries[1].json() is None
    assert (last.executed, last.answered) == (True, True)
    assert abs(last.at - time.time()) < 5
    assert 0 < last.duration_ms < 5000


def test_writes_projects_and_cursors(api: Api) -> None:
    job_id = api.made()
    Api(api.dli, "other0project").create()
    api("GET", "/streaming/jobs", params={"limit": 3, "name": "a b"})
    api.delete(job_id)
    assert [entry.call for entry in api.dli.writes(project=PROJECT)] == ["create", "delete"]
    assert [entry.call for entry in api.dli.requests(project="other0project")] == ["create"]
    seen = api.dli.requests()
    assert seen[2].query == "limit=3&name=a+b"
    assert [entry.call for entry in api.dli.requests(seen[2].seq)] == ["delete"]
    assert [entry.call for entry in api.dli.requests(limit=1)] == ["create"]
    assert api.dli.requests(api.dli.cursor()) == []


def test_no_secret_is_kept_in_the_log_and_each_job_keeps_its_own(api: Api) -> None:
    """On disk too: what a job needs stands in its definition, and nowhere else."""
    secret = "hunter2hunter2"
    sql = SQL.replace("'connector' = 'print'", f"'connector' = 'print', 'password' = '{secret}'")
    runtime = json.dumps([{"key": "fs.obs.secret.key", "value": secret}, {"key": "a", "value": "b"}])
    job_id = api.made(sql_body=sql, runtime_config=runtime, desc=f"jdbc:mysql://u:{secret}@h/db")
    api(
        "POST",
        f"/v3/{PROJECT}/dli_flink_job/{job_id}/tags/create",
        {"tags": [{"key": "token", "value": secret}]},
    )
    api("GET", f"/streaming/jobs?tags=password%3D{secret}")
    api("POST", "/streaming/sql-jobs", None, data=f"{{\"sql_body\": \"... 'sk' = '{secret}'", headers=JSON)
    entries = api.dli.requests()
    assert [entry.call for entry in entries] == ["create", "tags_create", "list", "create"]
    assert [entry.call for entry in entries if secret in entry.body + entry.query] == []
    kept = api.dli._dli.store.db.execute("SELECT * FROM requests").fetchall()  # type: ignore[attr-defined]
    assert len(kept) == len(entries)
    assert secret not in str(kept)
    assert secret in api.detail(job_id)["sql_body"]


def test_what_holds_no_secret_is_kept_as_it_was_sent(api: Api) -> None:
    body = '{"job_ids" : [ 1 ],  "note": "p\\u00e4 = 1"}'
    api.session.post(f"{api.dli.url}/v1.0/{PROJECT}/streaming/jobs/run", data=body, headers=JSON, timeout=20)
    assert api.dli.requests()[-1].body == body
