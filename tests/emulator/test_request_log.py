"""The request log tells every call, in order, with what came of it, and nothing of the admin interface."""

from __future__ import annotations

import time

from tests.emulator.plain import PROJECT, Api


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
