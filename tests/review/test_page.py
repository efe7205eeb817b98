"""The HTML review in a real browser: dated, sortable, readable on a phone and in the dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.review.test_jobs_around import STAYS, WRITER, report_of
from tests.support.chromium import look, scrolled_sideways
from tests.support.reviewed_jobs import SUBJECTS, html_page

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: webdriver.Chrome, tmp_path: Path) -> webdriver.Chrome:
    look(browser)
    file = tmp_path / "review.html"
    long = {name: SUBJECTS[name] for name in ("restart-at-risk", "replace", "drifted", "in-place")}
    file.write_text(html_page([report_of(WRITER, STAYS, *long.values())]), encoding="utf-8")
    browser.get(file.as_uri())
    return browser


def test_it_says_when_it_was_made(page: webdriver.Chrome) -> None:
    made = page.find_element(By.TAG_NAME, "time")
    assert (made.text, made.get_attribute("datetime")) == ("2026-11-01 12:30 UTC", "2026-11-01T12:30Z")


def test_a_table_is_sorted_by_each_of_its_columns(page: webdriver.Chrome) -> None:
    table = page.find_element(By.TAG_NAME, "table")

    def cells() -> list[str]:
        return [each.text for each in table.find_elements(By.CSS_SELECTOR, "td:nth-child(2)")]

    worst_first = cells()
    button = table.find_elements(By.CSS_SELECTOR, "th button")[1]
    assert button.text == "action"
    button.click()
    assert cells() == sorted(worst_first) != worst_first
    assert table.find_elements(By.TAG_NAME, "th")[1].get_attribute("aria-sort") == "ascending"
    button.click()
    assert cells() == sorted(worst_first, reverse=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_it_is_read_without_scrolling_sideways(page: webdriver.Chrome, width: int, scheme: str) -> None:
    look(page, scheme, width)
    page.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = scrolled_sideways(page, width)
    # A drawing may be wider than a small window; a phone is shown the same in words.
    assert [each for each in found if each != "scroll" or width < 640] == []
    background = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert ("255" in background) == (scheme == "light")


def test_a_phone_has_the_graph_in_words(page: webdriver.Chrome) -> None:
    drawing, words = page.find_element(By.CLASS_NAME, "scroll"), page.find_element(By.CLASS_NAME, "feeds")
    assert (drawing.is_displayed(), words.is_displayed()) == (True, False)
    look(page, width=375)
    assert (drawing.is_displayed(), words.is_displayed()) == (False, True)
    assert "loses b" in words.text
