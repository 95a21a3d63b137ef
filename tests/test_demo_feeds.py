"""The demo's world: each board truly in its own format, new postings as the clock moves, and a believable community."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import aiohttp
import feedparser
import pytest
from lxml import etree

from adapters.web.demo import community, formats, samples
from adapters.web.demo.feed_server import RETIRED, FeedServer
from bot.people import Role
from bot.when import SetClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)

AT_THE_START = {
    "northpier/remote-ai-jobs.rss": 9,
    "contract-desk/job_feed.rss": 9,
    "workbench/work.atom": 8,
    "pocket-projects/open.json": 8,
    "roundup/index.rdf": 5,
    "noticeboard/index.xml": 5,
    "evenings/latest.rss": 4,
    "evening-classes/upcoming.rss": 2,
    "first-issues/open.atom": 2,
}
AFTER_FIVE_DAYS = {
    "northpier/remote-ai-jobs.rss": 13,
    "contract-desk/job_feed.rss": 15,
    "workbench/work.atom": 12,
    "pocket-projects/open.json": 12,
    "roundup/index.rdf": 7,
    "noticeboard/index.xml": 6,
    "evenings/latest.rss": 5,
    "evening-classes/upcoming.rss": 3,
    "first-issues/open.atom": 3,
}


def wire(path: str, now: datetime = START) -> bytes:
    """The bytes of one feed at `now`."""
    feed = next(feed for feed in samples.feeds() if feed.path == path)
    return formats.write(feed, feed.out(START, now), START)


def entry(entry_id: str) -> samples.SampleEntry:
    return next(e for feed in samples.feeds() for e in feed.entries if e.id == entry_id)


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in AT_THE_START if not path.endswith(".json")])
@pytest.mark.parametrize(("days", "counts"), [(0, AT_THE_START), (5, AFTER_FIVE_DAYS)])
def test_feedparser_finds_every_posting(path: str, days: int, counts: dict[str, int]) -> None:
    document = feedparser.parse(wire(path, START + days * DAY))
    assert len(document.entries) == counts[path]
    assert all(e.title and e.link.startswith("https://") and e.summary for e in document.entries)
    assert bool(document.bozo) is (path == "evenings/latest.rss")
    assert document.feed.title


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("northpier/remote-ai-jobs.rss", "rss20"),
        ("contract-desk/job_feed.rss", "rss20"),
        ("workbench/work.atom", "atom10"),
        ("roundup/index.rdf", "rss10"),
        ("noticeboard/index.xml", "rss091u"),
        ("evenings/latest.rss", "rss20"),
        ("evening-classes/upcoming.rss", "rss20"),
        ("first-issues/open.atom", "atom10"),
    ],
)
def test_each_feed_is_what_it_says(path: str, version: str) -> None:
    assert feedparser.parse(wire(path)).version == version


def test_the_remote_board_has_plain_extension_elements() -> None:
    items = etree.fromstring(wire("northpier/remote-ai-jobs.rss")).findall("channel/item")
    first = items[0]
    assert first.findtext("title") == "Kestrel Clinics: RAG chatbot for a clinic network"
    assert first.findtext("region") == "Remote (EU hours)"
    assert [country.text for country in first.findall("country")] == ["Germany", "Austria", "Netherlands"]
    assert first.findtext("type") == "Contract"
    assert first.findtext("skills") == "Python, RAG, pgvector, Healthcare privacy"
    assert first.findtext("pubDate") == "Tue, 24 Nov 2026 02:10:00 +0000"
    assert first.findtext("expires_at") == "Sun, 20 Dec 2026 06:30:00 +0000"
    assert "$80–110/h" in (first.findtext("description") or "")


def test_the_wordpress_board_has_its_own_namespace() -> None:
    items = etree.fromstring(wire("contract-desk/job_feed.rss")).findall("channel/item")
    namespaces = {"job_listing": "https://contract-desk.example", "c": "http://purl.org/rss/1.0/modules/content/"}
    first = items[1]
    assert first.findtext("job_listing:company", namespaces=namespaces) == "Larder"
    assert first.findtext("job_listing:salary", namespaces=namespaces) == "$95 per hour"
    assert first.findtext("guid") == "https://contract-desk.example/?post_type=job_listing&p=48213"
    assert (first.findtext("description") or "").endswith(" [&#8230;]")
    assert "read a query plan" in (first.findtext("c:encoded", namespaces=namespaces) or "")
    silent = items[7]
    assert silent.findtext("title") == "Chatbot developer"
    assert silent.find("job_listing:salary", namespaces) is None
    assert silent.find("job_listing:job_type", namespaces) is None


def test_the_marketplace_is_a_json_feed() -> None:
    document = json.loads(wire("pocket-projects/open.json"))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert len(document["items"]) == AT_THE_START["pocket-projects/open.json"]
    first = document["items"][0]
    assert first["title"] == "Prompts for 900 product descriptions of garden tools"
    assert first["content_html"].startswith("<p><b>Budget</b>: $600</p>\n<p>Our shop has 900 products")
    assert first["date_published"] == "2026-11-24T05:00:00+00:00"
    assert len(json.loads(wire("pocket-projects/open.json", START + 5 * DAY))["items"]) == 12


def test_the_noticeboard_is_latin_1_without_dates() -> None:
    body = wire("noticeboard/index.xml")
    assert "cafés, £450 a day".encode("iso-8859-1") in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    document = feedparser.parse(body)
    assert document.entries[0].title.endswith("£450 a day")
    assert not any("published" in e or "id" in e for e in document.entries)


def test_the_broken_feed_is_not_well_formed() -> None:
    body = wire("evenings/latest.rss")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert b"</rss>" not in body
    assert feedparser.parse(body).entries[1].title == "Barista for weekends, coffee & plants"


@pytest.mark.parametrize(
    "path", [path for path in AT_THE_START if path not in ("evenings/latest.rss", "pocket-projects/open.json")]
)
def test_all_others_are_well_formed(path: str) -> None:
    etree.fromstring(wire(path, START + 5 * DAY))


# --- what they say ---------------------------------------------------------------------------------------------------


def test_the_mix_is_that_of_real_boards() -> None:
    mix = Counter(e.truth for feed in samples.feeds() for e in feed.entries if not e.copy_of)
    assert mix == {"gig": 39, "job": 7, "unclear": 3, "neither": 25}
    assert sum(e.scam for feed in samples.feeds() for e in feed.entries) == 2


def test_three_to_five_new_postings_turn_up_on_each_of_five_days() -> None:
    def out(day: int) -> int:
        return sum(len(feed.out(START, START + day * DAY)) for feed in samples.feeds())

    assert [out(day) for day in range(6)] == [52, 57, 62, 67, 72, 76]


def test_most_of_it_is_from_the_last_three_days() -> None:
    old = [e.id for feed in samples.feeds() for e in feed.entries if e.at < -3 * DAY]
    assert old == ["fathom-audio-fine-tuning-a-speech-model-for-field-recordings"]


def test_a_repost_keeps_employer_and_role_and_adds_tracking() -> None:
    copies = [e for feed in samples.feeds() for e in feed.entries if e.copy_of]
    assert [(e.id, e.copy_of) for e in copies] == [
        ("48207", "lumen-and-oak-llm-evaluation-engineer"),
        ("kestrel-rag", "kestrel-clinics-rag-chatbot-for-a-clinic-network"),
    ]
    assert all("utm_source=" in e.link for e in copies)
    assert copies[0].company == entry(copies[0].copy_of).company
    assert copies[1].link.partition("?")[0].endswith("/remote-jobs/" + copies[1].copy_of)


def test_odd_titles_arrive_unharmed() -> None:
    forum = feedparser.parse(wire("workbench/work.atom"), sanitize_html=False)
    assert forum.entries[3].title == (
        "[Hiring] @everyone <!channel> RAG answers went **wrong** after an update,"
        " see [the log](http://evil.example/login)"
    )
    assert 400 <= len(entry("p-30520").title) <= 440


def test_texts_are_neither_empty_nor_endless() -> None:
    for feed in samples.feeds():
        ids = [e.id for e in feed.entries]
        links = [feed.link(e) for e in feed.entries]
        assert len(set(ids)) == len(ids)
        assert len(set(links)) == len(links)
        for e in feed.entries:
            assert 30 <= len(e.text.split()) <= 200, e.id


@pytest.mark.parametrize("text", ["", "-", "5h", "+1w", "-5", "+1h2d", "- 5h"])
def test_an_offset_must_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        samples.parse_offset(text)


# --- over HTTP -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def boards() -> AsyncIterator[tuple[aiohttp.ClientSession, SetClock]]:
    clock = SetClock(START)
    server = FeedServer(clock, START)
    base = await server.start()
    async with aiohttp.ClientSession(base) as session:
        yield session, clock
    await server.close()


async def test_every_feed_is_served_with_validators_and_its_type(
    boards: tuple[aiohttp.ClientSession, SetClock],
) -> None:
    session, clock = boards
    feeds = FeedServer(clock, START).feeds()
    assert [(feed.path, feed.side, feed.kind) for feed in feeds] == [
        ("northpier/remote-ai-jobs.rss", "demand", "jobs"),
        ("contract-desk/job_feed.rss", "demand", "jobs"),
        ("workbench/work.atom", "mixed", "jobs"),
        ("pocket-projects/open.json", "demand", "jobs"),
        ("roundup/index.rdf", "mixed", "jobs"),
        ("noticeboard/index.xml", "demand", "jobs"),
        ("evenings/latest.rss", "demand", "jobs"),
        ("evening-classes/upcoming.rss", "supply", "learning"),
        ("first-issues/open.atom", "demand", "open-source"),
    ]
    types = []
    for feed in feeds:
        async with session.get(feed.path) as answer:
            assert answer.status == 200
            assert await answer.read() == wire(feed.path)
            assert re.fullmatch(r'"[0-9a-f]{20}"', answer.headers["ETag"])
            types.append(answer.content_type)
    assert types == [
        "application/rss+xml",
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "text/xml",
        "application/rss+xml",
        "application/rss+xml",
        "application/atom+xml",
    ]


async def test_a_known_version_is_not_sent_again_until_something_is_new(
    boards: tuple[aiohttp.ClientSession, SetClock],
) -> None:
    session, clock = boards
    path = "northpier/remote-ai-jobs.rss"
    async with session.get(path) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert parsedate_to_datetime(modified) == START - timedelta(hours=4, minutes=20)

    async def status(**headers: str) -> int:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with session.get(path, headers=names) as answer:
            body = await answer.read()
            assert (body == b"") is (answer.status == 304)
            return answer.status

    assert await status(If_None_Match=etag, If_Modified_Since=modified) == 304
    assert await status(If_None_Match=etag) == 304
    assert await status(If_Modified_Since=modified) == 304
    assert await status(If_None_Match='"another"', If_Modified_Since=modified) == 200
    clock.move(START + timedelta(hours=5, minutes=59))
    assert await status(If_None_Match=etag) == 304
    clock.move(START + timedelta(hours=6))
    assert await status(If_None_Match=etag, If_Modified_Since=modified) == 200
    assert await status(If_Modified_Since=modified) == 200
    async with session.get(path) as answer:
        newest = feedparser.parse(await answer.read()).entries[0]
    assert newest.title == "Mirador Legal: Contract engineer, clause extraction with LLMs"


async def test_pages_link_their_feeds_and_a_retired_board_is_gone(
    boards: tuple[aiohttp.ClientSession, SetClock],
) -> None:
    session, _clock = boards

    async def linked(path: str) -> list[Any]:
        async with session.get(path) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/html"
            page = etree.HTML(await answer.read())
        return [(link.get("type"), link.get("href")) for link in page.findall(".//link[@rel='alternate']")]

    assert await linked("workbench/") == [("application/atom+xml", "/workbench/work.atom")]
    assert [href for _type, href in await linked("/")] == [f"/{path}" for path in AT_THE_START]
    for path in (RETIRED, "northpier/"):
        async with session.get(path) as answer:
            assert answer.status == 404


async def test_it_listens_on_loopback_only_and_stops() -> None:
    server = FeedServer(SetClock(START), START)
    base = await server.start()
    assert base.startswith("http://127.0.0.1:")
    assert base.endswith("/")
    await server.close()
    await server.close()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(base)


# --- the community ---------------------------------------------------------------------------------------------------


def test_twelve_members_in_nine_zones() -> None:
    guild = community.load()
    assert (guild.name, guild.zone) == ("AI Freelance Guild", "Europe/Berlin")
    assert len(guild.members) == 12
    assert len({ZoneInfo(member.zone).key for member in guild.members}) == 9
    assert Counter(member.role for member in guild.members) == {Role.MEMBER: 10, Role.ORGANISER: 1, Role.MODERATOR: 1}


def test_ana_jonas_and_maria_are_who_the_tour_says() -> None:
    people = {member.id: member for member in community.load().members}
    who = {name: (p.role, p.zone, [platform for platform, _id in p.accounts]) for name, p in people.items()}
    assert who["ana"] == (Role.MEMBER, "Europe/Lisbon", ["slack"])
    assert who["jonas"] == (Role.MEMBER, "Europe/Berlin", ["discord"])
    assert who["maria"] == (Role.MODERATOR, "Europe/Berlin", ["slack", "discord"])
    assert "vector-databases" in people["ana"].wants
    assert [p.name for p in people.values() if "vector-databases" in p.teaches] == ["Jonas", "Arjun"]


def test_ids_look_like_those_of_the_platforms() -> None:
    guild = community.load()
    slack, discord = guild.spaces
    assert (slack.platform, discord.platform) == ("slack", "discord")
    assert re.fullmatch(r"T0[0-9A-Z]{9}", slack.id)
    for channel in (slack.gigs, slack.moderators, slack.general):
        assert re.fullmatch(r"C0[0-9A-Z]{9}", channel.id)
    for snowflake in (discord.id, discord.gigs.id, discord.moderators.id, discord.general.id):
        assert re.fullmatch(r"[0-9]{19}", snowflake)
    for space in guild.spaces:
        assert (space.gigs.name, space.moderators.name, space.general.name) == ("gigs", "moderators", "general")
    accounts = [account for member in guild.members for account in member.accounts]
    assert len(set(accounts)) == len(accounts) == 13
    looks = {"slack": r"U0[0-9A-Z]{9}", "discord": r"[0-9]{18}"}
    assert all(re.fullmatch(looks[platform], user) for platform, user in accounts)


def test_members_name_skills_of_the_taxonomy() -> None:
    taxonomy = tomllib.loads((Path(__file__).parent.parent / "bot" / "taxonomy.toml").read_text(encoding="utf-8"))
    known = {skill["id"] for skill in taxonomy["skill"]}
    for member in community.load().members:
        assert set(member.teaches + member.wants) <= known, member.name
        assert not set(member.teaches) & set(member.wants)
