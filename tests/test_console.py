"""The web console without JavaScript: plain HTTP against a real database."""

from __future__ import annotations

import asyncio
import html
import re
from typing import TYPE_CHECKING, Any, Self

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from adapters.web.draw import draw_card
from adapters.web.markup import Viewer
from adapters.web.security import POLICY
from bot import when
from bot.cards import Card, Note, Paragraph, Quote, sentence
from tests.console_world import (
    ANA,
    DISCORD_GIGS,
    HOSTILE,
    MORNING,
    SLACK_GIGS,
    SLACK_MODS,
    World,
    everything,
    open_world,
    seedling,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from lxml.html import HtmlElement


@pytest.fixture
async def console_world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


@pytest.fixture
async def console(console_world: World) -> AsyncIterator[Browser]:
    async with Browser(console_world) as browser:
        yield browser


def select(root: HtmlElement, selector: str) -> list[Any]:
    """Elements by the few kinds of CSS selector that these tests use: `tag#id.class[name=value] descendant, …`."""
    found: list[Any] = []
    for path in selector.split(", "):
        steps = []
        for step in path.split():
            tag, marks = re.fullmatch(r"(\w*)(.*)", step).groups()  # type: ignore[union-attr]
            steps.append(tag or "*")
            for kind, name, value in re.findall(r"([.#\[])([\w-]+)(?:=([\w-]+))?", marks):
                if kind == ".":
                    steps[-1] += f"[contains(concat(' ', @class, ' '), ' {name} ')]"
                else:
                    steps[-1] += f"[@id='{name}']" if kind == "#" else f"[@{name}='{value}']" if value else f"[@{name}]"
        found += root.xpath("descendant::" + "/descendant::".join(steps))
    return found


class Browser:
    """A browser without JavaScript: opens pages, presses buttons, follows redirects."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.page: HtmlElement = document_fromstring("<html></html>")
        self.url = ""

    async def __aenter__(self) -> Self:
        self.client = TestClient(TestServer(self.world.console()))
        await self.client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def open(self, path: str) -> HtmlElement:
        return await self._show(await self.client.get(path))

    async def _show(self, response: Any) -> HtmlElement:
        assert response.status == 200, await response.text()
        self.url = f"{response.url.path_qs}"
        self.page = document_fromstring(await response.text())
        return self.page

    @property
    def csrf(self) -> str:
        return str(self.page.xpath("//input[@name='csrf']/@value")[0])

    async def say(self, line: str) -> str:
        """Type a line into the command box; returns the text of the newest message."""
        (form,) = select(self.page, "form.say")
        await self._show(await self.client.post(form.action, data={"csrf": self.csrf, "line": line}))
        return self.newest

    async def press(self, label: str, message: int = -1) -> str:
        """Press a button of a message; returns the text of the newest message."""
        form = select(self.page, "form.card")[message]
        (button,) = [b for b in select(form, "button") if " ".join(b.text_content().split()) == label]
        given = {field.get("name"): field.get("value") for field in select(form, "input[type=hidden]")}
        given[button.get("name")] = button.get("value")
        given |= {s.get("name"): s.value for s in select(form, "select") if s.value}
        await self._show(await self.client.post(form.action, data=given))
        return self.newest

    async def submit(self, **values: str | list[str]) -> None:
        """Fill in the open form and submit it."""
        (form,) = select(self.page, "dialog form")
        given = [(f.get("name"), f.get("value")) for f in select(form, "input[type=hidden]")]
        for name, value in values.items():
            assert form.xpath(f".//*[@name='field:{name}']"), name
            given += [(f"field:{name}", each) for each in ([value] if isinstance(value, str) else value)]
        await self._show(await self.client.post(form.action, data=given))

    @property
    def messages(self) -> list[str]:
        return [" ".join(card.text_content().split()) for card in select(self.page, "form.card")]

    @property
    def newest(self) -> str:
        return self.messages[-1] if self.messages else ""

    def text(self, selector: str) -> str:
        return " ".join(" ".join(e.text_content().split()) for e in select(self.page, selector))


# --- reading ---------------------------------------------------------------------------------------------------------


async def test_it_opens_as_the_first_persona_on_the_newest_message(console: Browser) -> None:
    await console.world.post("slack", SLACK_GIGS, sentence("yesterday's"))
    await console.world.post("slack", SLACK_GIGS, everything("this morning"))
    page = await console.open("/")
    assert console.url == f"/as/ana/{SLACK_GIGS}"
    assert "this morning" in console.newest
    assert console.messages[0] == "yesterday's"
    assert page.get("lang") == "en"
    assert console.text("[aria-current=true]") == "Ana (Slack) Slack"
    latest = page.get_element_by_id("latest")
    assert latest.getnext().get("aria-label") == "Everything about this morning."


async def test_a_card_is_drawn_as_each_platform_in_the_viewers_zone(console: Browser) -> None:
    await console.world.post("slack", SLACK_GIGS, everything("a digest"))
    for query, faces in (("", "slack"), ("?show=discord", "discord")):
        page = await console.open(f"/as/ana/{SLACK_GIGS}{query}")
        (main,) = select(page, "main")
        assert main.get("class") == faces
        words = console.text(".words")
        assert "When: Tue 24 Nov 2026 11:00" in words  # Lisbon is at UTC in winter
        assert "Age: just now" in words
        assert [e.text for e in select(page, ".words strong")][:1] == ["bold"]
        assert [e.text for e in select(page, ".words em")] == ["italic"]
        assert [e.text for e in select(page, ".words s")] == ["struck"]
        assert [li.text_content() for li in select(page, ".words ul li")] == ["a bullet", "another"]
        assert [ol.get("start") for ol in select(page, ".words ol")] == ["1"]
        assert select(page, ".words ol a")[0].get("href") == "https://board.example/1?x=1&y=2"
        assert select(page, ".words a")[0].get("rel") == "noopener noreferrer"
        assert console.text(".words blockquote") == "first linesecond line"
        assert console.text(".words h3") == "Daily digest · Tue 24 Nov"
    payload = console.text("details.payload pre")
    assert '"type": 17' in payload
    await console.open(f"/as/jonas/{DISCORD_GIGS}")
    assert "17:00" in console.text("#clock")  # the same instant in Tokyo


async def test_hostile_words_stay_words(console: Browser) -> None:
    await console.world.post("slack", SLACK_GIGS, everything(HOSTILE))
    await console.world.post("discord", DISCORD_GIGS, everything(HOSTILE))
    for path in (f"/as/ana/{SLACK_GIGS}", f"/as/jonas/{DISCORD_GIGS}"):
        page = await console.open(path)
        assert not select(page, "b, form script, article script")
        assert not page.xpath("//a[contains(@href, 'e.example')]")
        words = console.newest
        assert "<b>bold</b> <script>alert(1)</script> @" in words
        assert "[l](http://e.example)" in words
        assert '"q" &amp;' in words
        assert "everyone" not in console.text(".mention")
    answer = await console.say("/garden <img src=x onerror=alert(1)>")
    assert "<img" in answer
    assert not select(console.page, "img")


async def test_an_edit_changes_the_message_and_direct_messages_have_a_pane(console: Browser) -> None:
    message = await console.world.post("slack", SLACK_GIGS, sentence("open"))
    await console.world.post("slack", ANA, sentence("only for Ana"), direct=True)
    await console.world.edit(message, sentence("closed"))
    await console.open(f"/as/ana/{SLACK_GIGS}")
    assert console.messages == ["closed"]
    await console.open("/as/ana/dm")
    assert console.messages == ["only for Ana"]
    await console.open("/as/maria/dm")
    assert console.messages == []


async def test_a_file_is_shown_with_its_name_and_words(console: Browser) -> None:
    await console.world.post("slack", ANA, sentence("Your feeds."), direct=True, file="<opml>&amp;</opml>")
    await console.open("/as/ana/dm")
    assert console.messages == ["Your feeds."]
    assert console.text("details.payload").startswith("File: file.txt <opml>&amp;</opml> Payload")


async def test_a_picture_is_shown_as_one(console: Browser) -> None:
    await console.world.post("slack", SLACK_GIGS, sentence("The week."), file="dots", name="market.png")
    page = await console.open(f"/as/ana/{SLACK_GIGS}")
    (picture,) = select(page, "img.picture")
    assert picture.get("src") == "data:image/png;base64,ZG90cw=="
    assert picture.get("alt") == "market.png"


async def test_an_empty_channel_says_what_to_do_next(tmp_path: Path) -> None:
    async with open_world(tmp_path, set_up=False) as world, Browser(world) as console:
        page = await console.open("/as/maria")
        (empty,) = select(page, ".empty")
        assert "/garden queue" in [b.text for b in select(empty, "button")]
        assert "isn't set up here yet" in await console.say("/garden show")


def seen(fragment: str) -> str:
    """The words of a piece of HTML, with the marks that a browser puts before list items."""
    root = document_fromstring(f"<div>{fragment}</div>")
    for items in root.iter("ul", "ol"):
        for number, item in enumerate(items, start=int(items.get("start", "0"))):
            item.text = (f"{number}." if items.tag == "ol" else "•") + (item.text or "")
    return "".join(map(str, root.itertext()))


@given(words=st.text(st.sampled_from(list("abZ 09*_~`|<>&;:/\\\\[]()#@!-.+'\"\n•^{}é😀")), max_size=60))
@example(words=HOSTILE)
@example(words="• a\n•  b\n1. c\n2. d\n2. e\n01. f\n- g\n# h")
@example(words="<t:1:F> <!date^1^{time}|x> <@1> <#1> <http://e.example|x> &lt;b&gt; **b** ~~s~~ `` ` `` \\*")
@settings(max_examples=300, deadline=None)
def test_any_words_are_read_back_as_they_were_written(words: str) -> None:
    viewer = Viewer(when.zone("UTC"), MORNING, {}, {})
    twins = str.maketrans({"\u2217": "*", "\u223c": "~", "\u02cb": "`", "\u02cd": "_", "\u2060": None, "\u200b": None})
    for platform in ("slack", "discord"):
        message = draw_card(platform, Card("Words.", (Paragraph((words,)), Quote(words), Note((words,)))), viewer)
        drawn = "".join(seen(part.words) for part in message.parts)
        assert "".join(drawn.translate(twins).split()) == "".join((words * 3 or "Words.").split()) or not words.strip()


# --- saying, pressing, filling in ------------------------------------------------------------------------------------


async def test_a_typed_command_is_answered_to_that_persona_alone(console: Browser) -> None:
    await console.open("/as/ana")
    assert "Daily digest" in await console.say("/garden show roses")
    assert "Ana used /garden show roses" in console.text(".said")
    assert "Only you can see this" in console.text(".byline")
    await console.open("/as/maria")
    assert console.messages == []
    await console.say("/garden shout Good morning")
    await console.open("/as/ana")
    assert console.newest == "Good morning"
    assert "Maria used" in console.text(".said")


async def test_a_button_answers_in_place_and_a_second_press_says_who_was_first(console: Browser) -> None:
    await console.open("/as/maria")
    await console.say("/garden queue")
    await console.say("/garden queue")
    assert await console.press("Approve") == "Approved by Maria."
    assert len(console.messages) == 2  # the answer took the card's place
    stale = await console.press("Approve", message=0)
    assert "Maria already approved this." in stale
    assert "E-DONE" in stale
    assert len(console.messages) == 3


async def test_a_button_under_a_posted_message_answers_in_place_until_the_message_is_edited(console: Browser) -> None:
    message = await console.world.post("slack", SLACK_MODS, seedling())
    await console.open(f"/as/maria/{SLACK_MODS}")
    await console.press("Approve")
    assert console.messages == ["Approved by Maria."]
    await console.world.edit(message, sentence("Approved by Maria, posted in #gigs."))
    await console.open(f"/as/maria/{SLACK_MODS}")
    assert console.messages == ["Approved by Maria, posted in #gigs."]


async def test_a_select_needs_a_choice(console: Browser) -> None:
    await console.open("/as/ana")
    await console.say("/garden show")
    assert await console.press("Choose") == "Choose something from the list first."
    select(console.page, "form.card select")[0].value = "green"
    assert await console.press("Choose", message=0) == "You picked green."


@pytest.mark.parametrize("persona", ["ana", "jonas"])
async def test_a_form_with_a_mistake_is_shown_again_and_then_done(console: Browser, persona: str) -> None:
    await console.open(f"/as/{persona}")
    await console.say("/garden plant")
    assert "form=" in console.url
    assert "Every plant has a name and a place." in console.text("dialog")
    channel = SLACK_GIGS if persona == "ana" else DISCORD_GIGS
    await console.submit(name="", light="shade", care=["water", "prune"], where=channel)
    (mistake,) = select(console.page, "#wrong-name")
    assert mistake.text == "Please fill this in."
    assert "wrong-name" in console.page.get_element_by_id("field-name").get("aria-describedby")
    assert select(console.page, ".mend a")[0].get("href") == "#field-name"
    assert [box.get("value") for box in select(console.page, "dialog [checked]")] == ["shade", "water", "prune"]
    assert console.page.get_element_by_id("field-where").value == channel
    await console.submit(
        name="Fern", light="shade", care=["water", "prune"], where=channel, notes="two\r\nlines"
    )  # a line break has no text
    assert console.newest == f"Planted Fern (shade; water,prune) in {channel}. twolines"
    assert not select(console.page, "dialog")


async def test_what_the_command_refuses_is_said_beside_the_field_or_on_a_card(console: Browser) -> None:
    await console.open("/as/ana")
    await console.say("/garden plant")
    await console.submit(name="Ab", light="sun", where=SLACK_GIGS)
    assert console.text("#wrong-name") == "A name has at least three letters."
    await console.open("/as/jonas")
    await console.say("/garden plant")
    await console.submit(name="Ab", light="sun", where=DISCORD_GIGS)
    assert "A name has at least three letters." in console.newest  # Discord's modals cannot say it
    await console.press("Edit again")
    assert console.page.get_element_by_id("field-name").value == "Ab"


async def test_a_typed_line_with_a_wrong_option_says_what_would_do(console: Browser) -> None:
    await console.open("/as/ana")
    assert "sun, half shade, shade" in await console.say("/garden light neon")
    assert "/garden show" in await console.say("/garden shwo")


async def test_somebody_who_may_not_is_told_so(console: Browser) -> None:
    await console.world.post("slack", SLACK_GIGS, seedling())
    page = await console.open("/as/ana")
    offered = [option.get("value").strip() for option in select(page, "datalist option")]
    assert "/garden show" in offered
    assert "/garden queue" not in offered
    assert "Only moderators" in await console.press("Approve")


async def test_unknown_buttons_are_out_of_date_and_bugs_have_a_code(console: Browser) -> None:
    await console.open("/as/ana")
    for identifier in ("v0:garden:show", "nonsense", "v1:garden:gone:1", ""):
        data = {"csrf": console.csrf, "id": identifier, "ref": "a99"}
        await console._show(await console.client.post(f"/as/ana/{SLACK_GIGS}/press", data=data))
        assert "E-STALE" in console.newest, identifier
    answer = await console.say("/garden crash")
    assert "E-UNKNOWN" in answer
    assert "secret" not in html.unescape(await (await console.client.get(console.url)).text())


async def test_after_a_restart_old_pages_still_work(console_world: World) -> None:
    async with Browser(console_world) as before:
        await before.open("/as/maria")
        await before.say("/garden queue")
        cookies = {c.key: c.value for c in before.client.session.cookie_jar}
        queue, csrf = before.page, before.csrf
        await before.say("/garden plant")
        form = before.page
    async with Browser(console_world) as after:
        after.client.session.cookie_jar.update_cookies(cookies)
        after.page = queue
        assert await after.press("Approve") == "Approved by Maria."
        assert after.csrf == csrf
        after.page = form
        await after.submit(name="Fern", light="sun", where=SLACK_GIGS)
        assert after.newest.startswith("Planted Fern")
        after.page = form
        await after.submit(name="x", light="sun", where=SLACK_GIGS)
        assert "A name has at least three letters." in after.newest
        await after.open(f"/as/maria/{SLACK_GIGS}?form=token-gone")
        assert "no longer here" in after.text("#notice")


async def test_lines_are_completed(console: Browser) -> None:
    await console.open("/as/ana")
    address = f"/as/ana/{SLACK_GIGS}/complete"

    async def complete(line: str) -> list[str]:
        response = await console.client.get(address, params={"line": line})
        return [each["value"] for each in await response.json()]

    assert await complete("/garden light s") == ["/garden light sun", "/garden light shade"]
    assert await complete("/garden light level:h") == ['/garden light level:"half shade"']
    assert await complete("/garden light sun ") == []
    assert await complete("/garden queue ") == []
    assert await complete("no such thing") == []


# --- time-lapse and tour ---------------------------------------------------------------------------------------------


async def test_the_clock_moves_on_and_says_so(console: Browser) -> None:
    await console.open("/as/ana")
    address = f"/as/ana/{SLACK_GIGS}/travel"
    for how in ("+1h", "+1d", "monday"):
        await console._show(await console.client.post(address, data={"csrf": console.csrf, "how": how}))
    at = [f"{to:%a %d %H:%M}" for to in console.world.travels]
    assert at == ["Tue 24 09:00", "Wed 25 09:00", "Mon 30 08:00"]  # 09:00 in Berlin, where the community is
    assert "Mon 30 Nov 2026 08:00" in console.text("#clock")
    assert (await console.client.post(address, data={"csrf": console.csrf, "how": "-1h"})).status == 400


async def test_while_time_passes_nobody_can_move_it_again_and_a_failure_is_told(console_world: World) -> None:
    go_on = asyncio.Event()

    async def slowly(to: datetime) -> None:
        console_world.travels.append(to)
        await go_on.wait()
        raise RuntimeError("no more time")

    console_world.travel = slowly
    async with Browser(console_world) as console:
        await console.open("/as/ana")
        address = f"/as/ana/{SLACK_GIGS}/travel"
        for _ in range(2):
            await console._show(await console.client.post(address, data={"csrf": console.csrf, "how": "+1h"}))
        assert console_world.travels == [MORNING.replace(hour=9)]
        assert "Time is passing…" in console.text("#clock")
        assert len(select(console.page, "#clock button[disabled]")) == 3
        go_on.set()
        while "Time is passing…" in console.text("#clock"):
            await console.open(console.url)
        assert "The clock stopped early" in console.text("#clock")


async def test_the_tour_leads_to_a_filled_in_command_box(console: Browser) -> None:
    page = await console.open("/as/ana")
    assert console.text("#tour h2") == "Tour 1 / 2"
    (link,) = select(page, "#tour a")
    page = await console.open(link.get("href"))
    assert console.text("[aria-current=true]") == "Maria (moderator, Slack) Slack"
    assert page.get_element_by_id("line").value == "/garden queue"


# --- what is let in --------------------------------------------------------------------------------------------------


async def test_every_answer_is_armoured(console: Browser) -> None:
    for path in ("/", "/nowhere", "/static/style.css", "/static/console.js", "/healthz"):
        response = await console.client.get(path, allow_redirects=False)
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert await (await console.client.get("/healthz")).text() == "ok"
    response = await console.client.get(f"/as/ana/{SLACK_GIGS}")
    text = await response.text()
    assert "<style" not in text
    assert not re.search(r"\son\w+=|\sstyle=|<script(?! src=\"/static/console\.js\")", text)


async def test_only_our_own_host_name_is_answered(console: Browser) -> None:
    port = console.client.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert (await console.client.get("/healthz", headers={"Host": host})).status == 200, host
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1:1",
        "localhost",
        "",
        f"127.0.0.1.evil.example:{port}",
    ):
        response = await console.client.get("/as/ana", headers={"Host": host})
        assert response.status == 421, host
        assert "its own address" in await response.text()


async def test_a_mapped_port_is_allowed_by_name(console_world: World) -> None:
    application = console_world.console(allowed_hosts={"localhost", "demo.example:80"})
    async with TestClient(TestServer(application)) as client:
        for host, status in (("localhost:9000", 200), ("demo.example", 200), ("demo.example:81", 421)):
            assert (await client.get("/healthz", headers={"Host": host})).status == status


async def test_other_sites_change_nothing(console: Browser) -> None:
    await console.open("/as/ana")
    address, good = f"/as/ana/{SLACK_GIGS}/say", {"line": "/garden shout hello", "csrf": console.csrf}
    refused: list[tuple[dict[str, str], dict[str, str]]] = [
        ({**good, "csrf": ""}, {}),
        ({**good, "csrf": "0" * 64}, {}),
        ({**good, "csrf": "é"}, {}),
        ({"line": good["line"]}, {}),
        (good, {"Sec-Fetch-Site": "cross-site"}),
        (good, {"Sec-Fetch-Site": "same-site"}),
        (good, {"Origin": "https://evil.example"}),
        (good, {"Origin": "null"}),
        (good, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
        (good, {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}),
    ]
    for data, headers in refused:
        response = await console.client.post(address, data=data, headers=headers)
        assert response.status == 403, (data, headers)
        assert "<h1>" in await response.text()
    await console.open("/as/ana")
    assert console.messages == []
    assert (await console.client.get(address)).status == 405
    console.client.session.cookie_jar.clear()
    assert (await console.client.post(address, data=good)).status == 403


async def test_the_cookie_stays_at_home(console: Browser) -> None:
    response = await console.client.get(f"/as/ana/{SLACK_GIGS}")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_what_does_not_exist_or_is_too_large_has_a_page(console: Browser) -> None:
    for path in ("/nowhere", "/as/nobody", "/as/ana/C0OTHER", f"/as/ana/{DISCORD_GIGS}", "/static/../console.py"):
        response = await console.client.get(path)
        assert response.status == 404, path
        page = document_fromstring(await response.text())
        assert select(page, "main h1")
        assert select(page, "a.button")[0].get("href") == "/"
    await console.open("/as/ana")
    data = {"csrf": console.csrf, "line": "x" * 70_000}
    response = await console.client.post(f"/as/ana/{SLACK_GIGS}/say", data=data)
    assert response.status == 413
    assert "64 KiB" in await response.text()


async def test_a_bug_in_the_console_is_a_page_with_a_code(console: Browser) -> None:
    await console.open("/as/ana")
    console.world.done = None  # type: ignore[assignment]  # breaks the tour
    response = await console.client.get(f"/as/ana/{SLACK_GIGS}")
    assert response.status == 500
    text = await response.text()
    assert "written it down as" in text
    assert "Traceback" not in text
    assert "NoneType" not in text


# --- live ------------------------------------------------------------------------------------------------------------


async def test_an_open_page_is_told_to_look_again_and_let_go_on_shutdown(console: Browser) -> None:
    response = await console.client.get(f"/as/ana/{SLACK_GIGS}/live")
    assert response.headers["Content-Type"] == "text/event-stream"
    assert await response.content.readline() == b": hello\n"
    await console.world.post("slack", SLACK_GIGS, sentence("news"))
    lines = [await response.content.readline() for _ in range(2)]
    assert b"data: look\n" in lines
    console.world.bell.close()
    await asyncio.wait_for(response.content.read(), 5)


async def test_the_script_is_told_where_to_look(console: Browser) -> None:
    await console.open("/as/ana")
    data = {"csrf": console.csrf, "line": "/garden show"}
    address = f"/as/ana/{SLACK_GIGS}/say"
    response = await console.client.post(address, data=data, headers={"X-Console": "fetch"})
    assert await response.json() == {"to": f"/as/ana/{SLACK_GIGS}#m-a1"}
