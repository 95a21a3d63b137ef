"""Finding the feed behind an address: the address itself, what its page links, then four usual places.

Once, when a moderator adds or tests it; from then on only the feed itself is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bot.cards import Button, Card, sentence
from bot.errors import UserError
from bot.leads import hosts
from bot.leads.cards import lasting, shorten
from bot.leads.freshness import JITTER
from bot.literal import web_address
from bot.ports import Fetched, FetchFailed, WorkerFailed
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.commands import Look
    from bot.leads.entry import Document, Side, Verdict
    from bot.leads.kinds import Kind

USUAL_PLACES = ("/feed", "/rss", "/atom.xml", "/feed.xml")
"""Where WordPress, Ghost and job boards, Jekyll, and Hugo and its like have their feeds."""

MOST_CHOICES = 10
_OWN_MACHINE = ("localhost", "[")  # names without a dot that are no slip: this machine, an IPv6 address


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was fetched, read and judged; or, in `choices`, the (address, title) of several to choose from."""

    url: str = ""
    fetched: Fetched | None = None
    document: Document | None = None
    kind: Kind = "jobs"
    side: Side = "demand"
    verdicts: tuple[Verdict, ...] = ()  # none unless its kind is jobs
    elsewhere: Mapping[Side, tuple[Verdict, ...]] = field(default_factory=dict)  # by the sides that others gave it
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """How a feed is to be seen; None is guessed."""

    kind: Kind | None = None
    side: Side | None = None


def address_of(words: str) -> str:
    """What was typed as an absolute address, without the marks that Slack puts around one. Raises `UserError`."""
    typed = words.strip().strip("<>").partition("|")[0].partition("#")[0]
    named = "://" in typed or "." in typed.partition("/")[0] or typed.startswith(_OWN_MACHINE)  # a server has a dot
    address = "" if " " in typed or not named else web_address(typed if "://" in typed else f"https://{typed}")
    if not address:
        raise UserError(
            "E-ADDRESS",
            say("“{words}” is not a web address.", words=shorten(words, 80)),
            advice=say("Paste the feed's or the page's address, such as https://example.com/jobs.rss."),
        )
    return address


async def look_at(look: Look, address: str, seen: Seen, again: Button) -> Found:
    """Fetch, read and judge the feed at an address, or the one that belongs to the page there.

    Raises `UserError`: E-RATE while its host is to be left alone, with the button by which to try `again`.
    """
    url = address_of(address)
    await _wait_for_turn(look, url, again)
    try:
        fetched = await look.fetcher.get(url)
    except FetchFailed as failure:
        raise _explained(failure) from None
    try:
        return await _read(look, url, fetched, seen)
    except UserError as error:
        if error.code != "E-NOTFEED":
            raise
        linked = await look.workers.run("bot.leads.reading:find_feeds", fetched.body, fetched.url)
        if len(linked) > 1:
            return Found(url=url, choices=tuple(linked[:MOST_CHOICES]))
        for other in linked:
            await _wait_for_turn(look, other[0], again)
        found = await _first_of(look, [linked[0][0]] if linked else _usual(fetched.url), seen, linked=bool(linked))
        if found is None:
            raise _no_feed(url, error, linked=bool(linked)) from None
    return found


async def _wait_for_turn(look: Look, url: str, again: Button) -> None:
    """Refuse to ask a host that has asked to be left alone, or whose terms allow few looks a day.

    The seconds that lie between two polls are not asked of a person, whose looks are few.
    """
    async with look.read() as db:
        ready = await hosts.ready_at(db, url)
    if ready is not None and ready - look.now > hosts.GAP * (1 + JITTER):
        wait = lasting(ready - look.now)
        raise UserError(
            "E-RATE",
            say("I can look at {host} again in {wait}.", host=shorten(hosts.host_of(url), 80), wait=wait),
            why=say("It asked for that much time, or its terms do."),
            buttons=(again,),
        )


def _usual(url: str) -> list[str]:
    return [urljoin(url, place) for place in USUAL_PLACES]


async def _first_of(look: Look, addresses: list[str], seen: Seen, *, linked: bool) -> Found | None:
    """The first of these addresses that is a feed. One that a page links says what is wrong with it."""
    for url in addresses:
        try:
            return await _read(look, url, await look.fetcher.get(url), seen)
        except FetchFailed as failure:
            if linked:
                raise _explained(failure) from None
            if failure.retry_after is not None or failure.code in ("E-BUSY", "E-TIMEOUT", "E-CONNECT"):
                return None  # a site that is in trouble is not asked four times
        except UserError as error:
            if error.code != "E-NOTFEED":
                raise
    return None


async def _read(look: Look, url: str, fetched: Fetched, seen: Seen) -> Found:
    try:
        document, kind, side, verdicts = await look.workers.run(
            "bot.leads.reading:read_feed",
            fetched.body,
            fetched.url,
            fetched.headers.get("content-type", ""),
            look.settings.feeds.max_items,
            seen.kind,
            seen.side,
            look.now,
        )
    except WorkerFailed as failure:
        raise UserError(
            "E-FEEDBAD",
            say("That feed took too long or too much memory to read, so I stopped."),
            why=str(failure),
            advice=say("Try a smaller feed of the same site."),
        ) from None
    return Found(url, fetched, document, kind, side, verdicts)


def _explained(failure: FetchFailed) -> UserError:
    return UserError(failure.code, failure.sentence, advice=failure.advice)


def _no_feed(url: str, error: UserError, *, linked: bool) -> UserError:
    tried = say("I tried the page and the feed that it links.") if linked else ""
    tried = tried or say("I tried the page, its links and {n} usual places.", n=len(USUAL_PLACES))
    return UserError(
        "E-NOTFEED",
        say("No feed found at {url}. {tried}", url=shorten(url, 120), tried=tried),
        why=error.happened,
        advice=error.advice,
        buttons=(
            Button(say("Try another address"), "feeds start", (), "primary"),
            Button(say("What counts as a feed?"), "feeds explain"),
        ),
    )


def choice_card(found: Found, command: str, *more: str) -> Card:
    """One button for each feed that may be meant; it runs `command` with the feed's address and `more` arguments."""
    text = say("Which one? There are {n}.", n=count(len(found.choices), say("feed"), say("feeds")))
    buttons = [
        Button(shorten(title or url, 75), command, (url, *more), spoken=shorten(url, 75))
        for url, title in found.choices
    ]
    return sentence(text, *buttons)
