"""A real browser, headless, and what is asked of pages in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def look(browser: webdriver.Chrome, scheme: str = "light", width: int = 1280) -> None:
    """What the system wishes for: light or dark, and how wide the window is."""
    wishes = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wishes})
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def scrolled_sideways(browser: webdriver.Chrome, width: int) -> list[str]:
    """What is wider than there is room for: the page as a whole, or a part that has its own bar. SQL may be."""
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    parts: list[str] = browser.execute_script(
        """return [...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tagName != 'PRE').map(e => e.className)"""
    )
    return [*parts, *([f"the page: {wide}"] if wide > width else [])]


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser of its own, with a profile of its own; skips the test where there is none."""
    if BROWSER is None or DRIVER is None:
        missing = " and ".join(
            n for n, found in (("chromium", BROWSER), ("chromedriver", DRIVER)) if not found
        )
        pytest.skip(f"NOT TESTED IN A BROWSER: {missing} not on PATH (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
    ):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # as root it does not start with one
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()
