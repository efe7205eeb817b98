"""The console in a real browser, headless: what is seen in light and dark, clicked, and not executed."""

from __future__ import annotations

from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.emulator.plain import PROJECT, Api
from tests.support.chromium import look, scrolled_sideways

pytestmark = pytest.mark.slow

EVIL = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>"

# The least contrast between a text and what is behind it, over all that is seen: [ratio, text].
CONTRAST = """
const lin = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
const parse = s => (s.match(/[\\d.]+/g) || []).map(Number);
const light = c => .2126 * lin(c[0]) + .7152 * lin(c[1]) + .0722 * lin(c[2]);
const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
  if (c.length == 3 || c[3] > 0) return c; } return [255, 255, 255]; };
let worst = [99, ''];
for (const e of document.querySelectorAll('main *, header *')) {
  const own = [...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim());
  if (!own || !e.getClientRects().length || e.closest('.hide, option, svg')) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < worst[0]) worst = [ratio, e.className + ' ' + e.textContent.trim().slice(0, 40)];
}
return worst;
"""


def text_of(browser: webdriver.Chrome, selector: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, selector).text)


def waiting(browser: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    """Until the next page is there, however long this machine takes for it."""
    return WebDriverWait(browser, 60, 0.1, (NoSuchElementException, StaleElementReferenceException))


def complaints(browser: webdriver.Chrome) -> list[Any]:
    """What the browser itself says: refused by policy, not found, not parsed."""
    return [entry["message"] for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.fixture(autouse=True)
def heard(browser: webdriver.Chrome) -> None:
    """What the browser said of pages of an earlier test, such as of one that is not there, is not of this one's."""
    complaints(browser)


@pytest.fixture
def job(api: Api) -> int:
    """A job with a past: three runs, a failure, a savepoint, and words that would like to be markup."""
    job_id = api.running(
        "orders", desc=EVIL, sql_body=f"insert into t select '{EVIL}', 1 from s -- all of it"
    )
    api.dli.advance(600)
    api.stop(job_id, savepoint=True)
    api.dli.advance(30)
    api.dli.add_fault("submit_fail", "run", message=EVIL)
    api.run(job_id, resume=True)
    api.dli.advance(30)
    api.run(job_id, resume=True)
    api.dli.advance(30)
    api.update(job_id, cu_number=8)
    return job_id


def test_from_the_list_to_a_job(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    browser.get(api.dli.url)
    assert "job_running" in text_of(browser, "table.jobs")
    browser.find_element(By.LINK_TEXT, "orders").click()
    assert browser.title == "orders · local DLI"
    assert "q_stream_dev" in text_of(browser, ".facts")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".life rect")) == 10
    assert "did not come up" in text_of(browser, "section[aria-labelledby=runs]")
    keyword = browser.find_element(By.CSS_SELECTOR, ".source .k")
    plain = browser.find_element(By.CSS_SELECTOR, ".source")
    assert keyword.value_of_css_property("color") != plain.value_of_css_property("color")
    assert complaints(browser) == []


def test_what_users_wrote_is_seen_and_not_executed(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    for path in ("/", f"/jobs/{PROJECT}/{job}", "/graph", "/requests?reads=1", "/faults"):
        browser.get(api.dli.url + path)
        assert "broken in" not in browser.title
        assert browser.find_elements(By.CSS_SELECTOR, "main img, script") == []
    browser.get(f"{api.dli.url}/jobs/{PROJECT}/{job}")
    assert text_of(browser, ".lead") == EVIL
    assert complaints(browser) == []


def test_a_fault_is_switched_on_strikes_and_is_switched_off(
    browser: webdriver.Chrome, api: Api, job: int
) -> None:
    look(browser)
    api.dli.clear_faults()
    browser.get(f"{api.dli.url}/faults")
    form = browser.find_element(By.ID, "stop-fails")
    Select(form.find_element(By.NAME, "job")).select_by_visible_text("orders")
    form.find_element(By.NAME, "always").click()
    form.find_element(By.CSS_SELECTOR, "button").click()
    waiting(browser).until(lambda _: "on" in text_of(browser, "#stop-fails h3"))
    assert text_of(browser, ".top .count") == "1"
    api.stop(job)
    api.dli.advance(5)
    assert api.status(job) == "job_cancel_fail"
    browser.find_element(By.CSS_SELECTOR, "#stop-fails button").click()
    waiting(browser).until(lambda _: "Switch on" in text_of(browser, "#stop-fails"))
    assert api.dli.faults() == []
    assert complaints(browser) == []


def test_a_request_is_opened(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    browser.get(f"{api.dli.url}/requests")
    entry = browser.find_element(By.CSS_SELECTOR, "details.request")
    assert not entry.find_element(By.CSS_SELECTOR, "pre").is_displayed()
    entry.find_element(By.TAG_NAME, "summary").click()
    assert '"cu_number": 8' in entry.find_element(By.CSS_SELECTOR, "pre").text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(browser: webdriver.Chrome, api: Api, job: int, scheme: str) -> None:
    look(browser, scheme)
    api.made("draft")
    backgrounds = set()
    for path in ("/", f"/jobs/{PROJECT}/{job}", "/graph", "/requests?reads=1", "/faults", "/lost"):
        browser.get(api.dli.url + path)
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        ratio, where = browser.execute_script(CONTRAST)
        assert ratio >= 4.5, where
        backgrounds.add(browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
    assert len(backgrounds) == 1
    (background,) = backgrounds
    assert ("245" in background) == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 375, 768, 1280])
def test_no_page_is_wider_than_the_window(
    browser: webdriver.Chrome, api: Api, job: int, width: int, scheme: str
) -> None:
    look(browser, scheme, width)
    long = api.running("a" * 57, queue_name="q_stream_dev", desc="d" * 500)
    tags = [{"key": "pulumi_project", "value": "p" * 40}, {"key": "pulumi_stack", "value": "s" * 40}]
    assert api("POST", f"/v3/{PROJECT}/dli_flink_job/{long}/tags/create", {"tags": tags}).ok
    jobs = (f"/jobs/{PROJECT}/{job}", f"/jobs/{PROJECT}/{long}?history=all")
    for path in ("/", "/?q=nothing", *jobs, "/graph", "/requests?reads=1", "/faults", "/no-such-page"):
        browser.get(api.dli.url + path)
        found = scrolled_sideways(browser, width)
        # A drawing may be wider than a desk; a phone is shown the same in words.
        assert [each for each in found if each != "scroll drawing" or width < 640] == [], path


def test_a_job_is_found_by_what_is_known_of_it(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    other = api.made("draft")
    tags = [{"key": "pulumi_project", "value": "shop"}, {"key": "pulumi_stack", "value": "dev"}]
    api("POST", f"/v3/{PROJECT}/dli_flink_job/{other}/tags/create", {"tags": tags})
    for words, names in (("SHOP/dev", ["draft"]), ("q_stream ord", ["orders"]), ("nothing", [])):
        browser.get(api.dli.url)
        browser.find_element(By.NAME, "q").send_keys(words, Keys.ENTER)
        waiting(browser).until(lambda driver: "q=" in driver.current_url)
        assert [each.text for each in browser.find_elements(By.CSS_SELECTOR, "table.jobs th a")] == names
    assert "None has “nothing” in its name" in text_of(browser, "main")


def test_a_job_in_the_graph_leads_to_its_page(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    table = "create table {} (a int) with ('connector' = 'kafka', 'topic' = '{}', 'format' = 'json');"
    for name, reads, writes in (("clean", EVIL.replace("'", ""), "clean"), ("sums", "clean", "sums")):
        api.made(
            name,
            sql_body=table.format("s", reads) + table.format("t", writes) + "insert into t select a from s;",
        )
    browser.get(f"{api.dli.url}/graph")
    assert browser.find_elements(By.CSS_SELECTOR, "main img, script") == []
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg.graph .job")) == 3
    assert "writes kafka clean -> sums" in text_of(browser, ".feeds")
    (box,) = [
        each for each in browser.find_elements(By.CSS_SELECTOR, "svg.graph .job a") if "sums" in each.text
    ]
    box.click()
    waiting(browser).until(lambda driver: driver.title == "sums · local DLI")
    assert complaints(browser) == []


def test_what_a_job_went_through_is_bounded_and_all_of_it_one_click_away(
    browser: webdriver.Chrome, api: Api, job: int
) -> None:
    look(browser)
    for _ in range(15):
        api.stop(job)
        api.dli.advance(30)
        api.run(job)
        api.dli.advance(30)
    browser.get(f"{api.dli.url}/jobs/{PROJECT}/{job}")
    runs = "section[aria-labelledby=runs] tbody tr"
    assert len(browser.find_elements(By.CSS_SELECTOR, runs)) == 12
    assert len(browser.find_elements(By.CSS_SELECTOR, ".history li")) == 12
    browser.find_element(By.PARTIAL_LINK_TEXT, "earlier runs").click()
    waiting(browser).until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, runs)) == 18)
    assert "earlier" not in text_of(browser, "main")


def test_a_lost_person_is_shown_the_way_and_a_program_is_refused(browser: webdriver.Chrome, api: Api) -> None:
    look(browser)
    browser.get(f"{api.dli.url}/jbos")
    assert text_of(browser, "main h1") == "No such page"
    browser.find_element(By.LINK_TEXT, "All jobs").click()
    waiting(browser).until(lambda driver: driver.title == "Jobs · local DLI")
    answer = api.session.get(f"{api.dli.url}/jbos", timeout=20)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")


def test_it_is_walked_by_keyboard(browser: webdriver.Chrome, api: Api, job: int) -> None:
    look(browser)
    browser.get(api.dli.url)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"
    names = []
    for _ in range(7):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        names.append(browser.switch_to.active_element.text.split("\n")[0])
    assert names[1:5] == ["Jobs", "Graph", "Requests", "Faults"]
    assert browser.find_elements(By.CSS_SELECTOR, "h1")[0].text == "Jobs"
    assert len(browser.find_elements(By.CSS_SELECTOR, "main")) == 1
