"""Takes the README's side-by-side pictures anew from a running demo: `make pictures`. Needs chromium.

The same lead, digest and form are opened as Ana sees them on Slack and as Jonas sees them on Discord (the form: as
Maria, on both), and set side by side. The demo's clock stands on a fixed day, so that a picture changes only when what
it shows does.
"""

from __future__ import annotations

import base64
import contextlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CLOCK = "2026-11-24T07:05:00"  # a Tuesday, five minutes after the digest
SETTLED = 800  # milliseconds until the console has scrolled to what is new
MEMBERS = {"Slack": "ana", "Discord": "jonas"}
MODERATORS = {"Slack": "maria", "Discord": "maria-discord"}
SIDE_BY_SIDE = """<body style="margin:0;font:15px sans-serif;background:#fff"><div style="display:flex;gap:20px;
padding:16px;align-items:flex-start" id="all">{figures}</div></body>"""
FIGURE = '<figure style="margin:0;flex:1"><figcaption style="padding:4px 2px">{name}</figcaption>{picture}</figure>'


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The address of a seeded demo."""
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", "--clock", CLOCK]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            for line in running.stderr or ():
                if found := re.search(r"http://[\d.:]+", line):
                    yield found[0]
                    break
        finally:
            running.terminate()


def open_as(browser: Browser, base: str, persona: str) -> Page:
    """The console as somebody sees it, in the channel where they begin."""
    page = browser.new_page(viewport={"width": 1100, "height": 1800}, device_scale_factor=1.5)
    page.goto(f"{base}/as/{persona}")
    return page


def digest(page: Page) -> bytes:
    """The digest of the morning."""
    return page.locator("article.message", has_text="Daily digest").last.locator("form.card").screenshot()


def lead(page: Page) -> bytes:
    """The first lead of the digest, opened from its select."""
    card = page.locator("article.message", has_text="Daily digest").last
    card.locator("select").first.select_option(index=1)
    card.get_by_role("button", name="Choose").first.click()
    shown = page.locator("article.message.private").last
    shown.wait_for()
    page.wait_for_timeout(SETTLED)
    return shown.locator("form.card").screenshot()


def form(page: Page) -> bytes:
    """The form of `/mod setup`."""
    page.locator("#line").fill("/mod setup")
    page.locator("#line").press("Enter")
    page.get_by_role("button", name="Change").last.click()
    dialogue = page.get_by_role("dialog")
    dialogue.wait_for()
    return dialogue.screenshot()


def side_by_side(browser: Browser, pictures: dict[str, bytes], name: str) -> None:
    """Write one picture of several, each under its name."""
    drawn = {of: f'<img width="100%" src="data:image/png;base64,{encode(raw)}">' for of, raw in pictures.items()}
    figures = "".join(FIGURE.format(name=of, picture=picture) for of, picture in drawn.items())
    page = browser.new_page(viewport={"width": 1500, "height": 400})
    page.set_content(SIDE_BY_SIDE.format(figures=figures))
    page.locator("#all").screenshot(path=FOLDER / name)


def encode(raw: bytes) -> str:
    """Bytes as an address can hold them."""
    return base64.b64encode(raw).decode()


def main() -> None:
    """Take every picture."""
    with demo() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, shows, who in (("digest", digest, MEMBERS), ("lead", lead, MEMBERS), ("form", form, MODERATORS)):
            taken = {platform: shows(open_as(browser, base, persona)) for platform, persona in who.items()}
            side_by_side(browser, taken, f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
