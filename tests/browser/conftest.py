"""A real Chromium on real pages, with a real office, a real mail server and the real loops in between."""

from __future__ import annotations

import os
import shutil

import pytest

from dossiers import tasks

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120_000.0  # milliseconds: a busy machine is no failure
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; a missing one is a failure where the environment demands it."""
    if CHROMIUM is None:
        if os.environ.get("IPPORTAL_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is demanded and not installed")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, live_server):
    """A page that fails its test on any script error or refused resource."""
    context = chromium.new_context(base_url=live_server.url, viewport=DESKTOP, locale="ja-JP")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.troubles = troubles
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def work():
    """Do what the worker would do: all loops, once round, in this process."""

    def round_of_work() -> None:
        for loop in (tasks.pump_intake, tasks.pump_refresh, tasks.pump_alerts):
            loop()

    return round_of_work
