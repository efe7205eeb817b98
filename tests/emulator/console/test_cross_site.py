"""A page from elsewhere in a real browser: whatever it tries on the local DLI, nothing is done and nothing is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.emulator.plain import PROJECT, RUNNABLE, Api

pytestmark = pytest.mark.slow

CREATE = f"/v1.0/{PROJECT}/streaming/sql-jobs"
LIST = f"/v1.0/{PROJECT}/streaming/jobs?show_detail=true"
BODY = json.dumps({**RUNNABLE, "name": "foreign"})

# Tries everything on `target`, and leaves in `done` what it was told: "opaque" is an answer that no page can look into.
PAGE = """<!doctype html><title>elsewhere</title><a id=link href="TARGET/">a link</a>
<iframe name=sink></iframe>
<form method=post enctype=text/plain target=sink action="TARGET/CREATE"><input name=x></form>
<script>
const target = 'TARGET', body = BODY, told = {}, waits = [];
const ask = (name, path, options) => waits.push(fetch(target + path, options)
  .then(async r => told[name] = r.type == 'opaque' ? 'opaque' : 'read: ' + await r.text(), e => told[name] = 'failed'));
const load = (name, tag, put) => waits.push(new Promise(over => {
  const made = document.createElement(tag);
  made.onload = () => over(told[name] = 'loaded');
  made.onerror = () => over(told[name] = 'failed');
  put(made); document.body.append(made);
}));
const input = document.querySelector('input');
[input.name, input.value] = [body.slice(0, -1) + ',"desc":"', '"}'];
document.querySelector('form').submit();
const plain = {method: 'POST', body, headers: {'Content-Type': 'text/plain'}};
const json = {method: 'POST', body, headers: {'Content-Type': 'application/json'}};
const run = JSON.stringify({job_ids: [JOB]});
ask('post no-cors', 'CREATE', {...plain, mode: 'no-cors'});
ask('post no-cors, with cookies', 'CREATE', {...plain, mode: 'no-cors', credentials: 'include'});
ask('post plain cors', 'CREATE', plain);
ask('post json cors', 'CREATE', json);
ask('run no-cors', '/v1.0/PROJECT/streaming/jobs/run', {...plain, body: run, mode: 'no-cors'});
ask('delete', '/v1.0/PROJECT/streaming/jobs/JOB', {method: 'DELETE'});
ask('reset no-cors', '/_emulator/reset', {method: 'POST', mode: 'no-cors'});
ask('fault no-cors', '/_emulator/faults', {...plain, body: '{"kind":"submit_fail","call":"run"}', mode: 'no-cors'});
for (const [name, path] of [['jobs', 'LIST'], ['log', '/_emulator/requests'], ['console', '/']]) {
  ask('get ' + name, path);
  ask('get no-cors ' + name, path, {mode: 'no-cors'});
  load('image ' + name, 'img', made => made.src = target + path);
  load('script ' + name, 'script', made => made.src = target + path);
  load('style ' + name, 'link', made => Object.assign(made, {rel: 'stylesheet', href: target + path}));
}
told.beacon = navigator.sendBeacon(target + 'CREATE', new Blob([body], {type: 'text/plain'}));
Promise.all(waits).then(() => setTimeout(() => window.done = told, 1000));
</script>"""


class Elsewhere:
    """A web server on another port of the loopback interface: shows `page`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.page = ""
        self.asked: list[tuple[str, str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                site.asked.append((self.command, self.path, text))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page.encode())

            do_POST = do_OPTIONS = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Not into the tests' output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    site = Elsewhere()
    yield site
    site.close()


def tried(browser: webdriver.Chrome, elsewhere: Elsewhere, target: str, job: int) -> dict[str, Any]:
    """What the page was told by the target."""
    page = PAGE.replace("TARGET/CREATE", target + CREATE).replace("TARGET", target)
    page = page.replace("CREATE", CREATE).replace("LIST", LIST).replace("PROJECT", PROJECT)
    elsewhere.page = page.replace("JOB", str(job)).replace("BODY", json.dumps(BODY))
    browser.get(elsewhere.url)
    wait = WebDriverWait(browser, 60, 0.1)
    return dict(wait.until(lambda driver: driver.execute_script("return window.done")))


def test_a_page_from_elsewhere_does_and_reads_nothing(
    browser: webdriver.Chrome, api: Api, elsewhere: Elsewhere
) -> None:
    job = api.made("secret-orders")
    before = api.dli.cursor()
    told = tried(browser, elsewhere, api.dli.url, job)
    assert told.pop("beacon"), "sent, and nobody says what came of it"
    assert {name: said for name, said in told.items() if said not in ("failed", "opaque")} == {}
    assert "secret-orders" not in str(told)
    assert api.dli.cursor() == before, "no call has come so far"
    assert [(each.name, each.status) for each in api.dli.jobs()] == [("secret-orders", "job_init")]
    assert api.dli.faults() == []
    assert browser.find_elements(By.TAG_NAME, "iframe")


def test_the_page_can_do_it_where_nobody_checks(browser: webdriver.Chrome, elsewhere: Elsewhere) -> None:
    """So that what fails above fails at the door: a server without one is asked all of it."""
    victim = Elsewhere()
    try:
        tried(browser, elsewhere, victim.url, 1)
    finally:
        victim.close()
    posted = [text for method, path, text in victim.asked if (method, path) == ("POST", CREATE)]
    assert len(posted) >= 4
    assert all(json.loads(text)["name"] == "foreign" for text in posted)
    got = [path for method, path, _ in victim.asked if method == "GET"]
    assert min(got.count(path) for path in (LIST, "/_emulator/requests", "/")) >= 4


def test_a_link_from_elsewhere_leads_to_the_console(
    browser: webdriver.Chrome, api: Api, elsewhere: Elsewhere
) -> None:
    tried(browser, elsewhere, api.dli.url, 1)
    browser.find_element(By.ID, "link").click()
    WebDriverWait(browser, 60, 0.1).until(lambda driver: "local DLI" in driver.title)
