"""Feeds as they are found, and as they are made to do harm: what becomes of each."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.leads.boards import BoardFacts, read_board
from bot.leads.dates import read_date
from bot.leads.entry import Entry
from bot.leads.parse import discover, parse, read
from bot.leads.text import title_text, to_text

FEEDS = Path(__file__).parent / "feeds"


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


def plain(entry: Entry, wanted: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in wanted:
        value = getattr(entry, name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif name == "fields":
            value = {key: list(values) for key, values in value.items()}
        elif name == "categories":
            value = list(value)
        found[name] = value
    return found


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.expect")), ids=lambda path: path.stem)
def test_an_odd_input_becomes_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    url, content_type = expected.get("url", ""), expected.get("content_type", "")
    body = path.with_suffix("").read_bytes()
    if "error" in expected:
        with pytest.raises(UserError) as refused:
            parse(body, url=url, content_type=content_type)
        assert refused.value.code == expected["error"]
        assert expected.get("says", "") in refused.value.happened
        assert refused.value.advice
        return
    document = parse(body, url=url, content_type=content_type)
    for name in ("reader", "title", "language", "ttl_minutes"):
        if name in expected:
            assert getattr(document, name) == expected[name]
    found = [plain(entry, wanted) for entry, wanted in zip(document.entries, expected["entries"], strict=True)]
    assert found == expected["entries"]
    assert all(entry.guid for entry in document.entries)


@pytest.mark.parametrize("poll", ["poll1", "poll2"])
def test_never_fewer_entries_than_feedparser_finds(shared: Path, poll: str) -> None:
    import feedparser

    read = 0
    for path in sorted((shared / "feeds" / "world" / poll).glob("*/*")):
        body = path.read_bytes()
        if path.suffix == ".html":
            continue
        if path.suffix == ".json":
            wanted = len(json.loads(body)["items"])
        else:
            wanted = len(feedparser.parse(io.BytesIO(body)).entries)
        found = parse(body, url=f"http://127.0.0.1:8900/{path.name}").entries
        assert len(found) >= wanted, path
        read += 1
    assert read == 31


PIECES = st.sampled_from(
    [
        *("<item><title>A</title></item>", "<item><guid>1</guid></item>", "<item/>", "<item>", "</item>", "<entry>"),
        *(
            "<entry><id>2</id><link href='/x'/></entry>",
            "</entry>",
            "<title>R&D</title>",
            "<p>",
            "</p>",
            "&",
            "<",
            "text",
        ),
        *(
            "<item><link>/a</link><description><![CDATA[<b>x</b>]]></description></item>",
            "<x:item/>",
            "<!-- <item/> -->",
        ),
    ]
)
FRAMES = st.sampled_from(
    [
        ("<rss version='2.0'><channel>", "</channel></rss>"),
        ("<rss version='0.91'><channel>", "</channel></rss>"),
        ("<rss><channel>", ""),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "</feed>"),
        ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>", "</feed>"),
        (
            (
                "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
                "<channel><title>T</title></channel>"
            ),
            "</rdf:RDF>",
        ),
    ]
)


@settings(max_examples=300, deadline=2000)
@given(FRAMES, st.lists(PIECES, min_size=1, max_size=12))
def test_never_fewer_items_than_feedparser_finds_in_feeds_whole_or_broken(
    frame: tuple[str, str], pieces: list[str]
) -> None:
    import feedparser

    body = (frame[0] + "".join(pieces) + frame[1]).encode()
    wanted = len(feedparser.parse(io.BytesIO(body)).entries)
    try:
        found = len(read(body).items)
    except UserError:
        found = 0
    assert found >= wanted


def test_feedparser_loses_a_repeated_field_that_we_keep() -> None:
    import feedparser

    body = rss("<item><title>T</title><country>Canada</country><country>United States</country></item>")
    (theirs,) = feedparser.parse(io.BytesIO(body)).entries
    assert "Canada" not in str(theirs)
    (ours,) = parse(body).entries
    assert ours.fields["country"] == ("Canada", "United States")


def test_every_guid_and_link_of_the_world_is_found_as_it_stands(shared: Path) -> None:
    world = json.loads((shared / "feeds" / "world" / "world.json").read_text(encoding="utf-8"))
    missing = []
    for feed in world["feeds"]:
        path = shared / "feeds" / "world" / "poll1" / feed["path"]
        if path.suffix == ".html":
            continue
        found = {(entry.guid, entry.link) for entry in parse(path.read_bytes()).entries}
        for entry in world["entries"]:
            if entry["feed"] == feed["path"] and 1 in entry["polls"] and not entry["link_by_poll"]:
                guid = (entry["guid_by_poll"] or {}).get("1", entry["guid"])
                if guid and (guid, entry["link"]) not in found:
                    missing.append((guid, entry["link"]))
    assert not missing


def test_of_a_longer_feed_the_newest_are_kept_in_the_feeds_order() -> None:
    days = [3, 9, 1, 7, 5]
    items = "".join(f"<item><guid>{day}</guid><pubDate>0{day} Nov 2026 08:00 +0000</pubDate></item>" for day in days)
    document = parse(rss(items), max_items=3)
    assert [entry.guid for entry in document.entries] == ["9", "7", "5"]
    assert document.cut == 2


def test_without_dates_the_first_are_kept() -> None:
    document = parse(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(9))), max_items=4)
    assert [entry.guid for entry in document.entries] == ["0", "1", "2", "3"]
    assert document.cut == 5


def test_a_broken_feed_is_cut_before_the_slow_reader_sees_it() -> None:
    document = parse(rss("&" + "".join(f"<item><guid>{n}</guid></item>" for n in range(50_000))), max_items=10)
    assert (len(document.entries), document.cut, document.reader) == (10, 49_990, "feedparser")


@pytest.mark.parametrize("broken", ["", "&"])
def test_absurd_nesting_ends_in_a_clear_error(broken: str) -> None:
    with pytest.raises(UserError, match="nested deeper"):
        parse(rss(broken + "<a>" * 100_000))


def test_absurd_nesting_inside_a_body_is_cut_short() -> None:
    assert to_text("kept" + "<div>" * 100_000 + "lost") == "kept"


def test_deep_json_ends_in_a_clear_error() -> None:
    with pytest.raises(UserError, match="nested deeper"):
        parse(b"[" * 200_000)


def test_a_title_of_ten_thousand_characters_is_harmless() -> None:
    (entry,) = parse(rss(f"<item><title>{'x' * 10_000}</title></item>")).entries
    assert len(entry.title) == 500
    assert entry.title.endswith("x…")


def test_a_page_gives_away_its_feeds() -> None:
    page = b"""<!doctype html><html><head><base href="/sub/">
      <link rel="stylesheet" href="x.css">
      <link rel="alternate" type="application/rss+xml" title="Jobs &amp; gigs" href="jobs.rss">
      <link rel="Alternate home" type="application/atom+xml" href="https://other.example/atom">
      <link rel="alternate" type="application/json" title="JSON" href="/wp-json/wp/v2/pages/2">
      <link rel="alternate" type="application/feed+json" href="//j.example/feed.json">
      <link rel="alternate" type="application/rss+xml" href="javascript:x">
      <link rel="alternate" type="text/html" hreflang="de" href="/de">"""
    assert discover(page, "https://board.example/index.html") == [
        ("https://board.example/sub/jobs.rss", "Jobs & gigs"),
        ("https://other.example/atom", ""),
        ("https://j.example/feed.json", ""),
    ]


def test_what_is_no_page_gives_nothing_away() -> None:
    assert discover(b"", "https://x.example") == []
    assert discover(b"\x89PNG\r\n\x1a\n\x00", "https://x.example") == []


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hi <b>you</b></p><ul><li>One<li><p>Two</p></li><li></li></ul>done", "Hi you\n• One\n• Two\ndone"),
        ("a &lt; b and <p>use &lt;div&gt; tags", "a < b and\nuse <div> tags"),
        ("&lt;p&gt;We&amp;#39;re &lt;b&gt;hiring&lt;/b&gt;&lt;/p&gt;", "We're hiring"),
        ("x\x00\ud800\u202ey\u200bz", "xyz"),
        ("one\r\n\r\n  two\t\tthree", "one\ntwo three"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<script>alert(1)</script>ok<!-- no -->", "ok"),
    ],
)
def test_markup_becomes_quiet_text(markup: str, text: str) -> None:
    assert to_text(markup) == text


def test_long_text_ends_in_an_ellipsis() -> None:
    text = to_text("<p>" + "word " * 10_000)
    assert len(text) <= 20_000
    assert text.endswith("word…")


@given(st.text())
def test_text_is_never_more_than_text(markup: str) -> None:
    for text in (to_text(markup), title_text(markup)):
        text.encode("utf-8")
        assert "\x00" not in text
        assert text == text.strip()
    assert "\n" not in title_text(markup)


@given(st.binary())
def test_any_bytes_end_in_a_feed_or_a_sentence(body: bytes) -> None:
    with contextlib.suppress(UserError):
        parse(body)


def test_titles_lose_tags_that_come_in_pairs_and_keep_what_is_text() -> None:
    assert title_text("<b>AI</b> &amp; R&D\nlead") == "AI & R&D lead"
    assert title_text("use of <b> and List<String>") == "use of <b> and List<String>"


@given(st.datetimes(datetime(1991, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_survives_being_written_in_both_ways(instant: datetime) -> None:
    instant = instant.replace(microsecond=0)
    assert read_date(instant.isoformat()) == instant
    assert read_date(instant.strftime("%a, %d %b %Y %H:%M:%S GMT")) == instant


def entry(title: str = "", link: str = "", text: str = "", **fields: tuple[str, ...]) -> Entry:
    return Entry("1", link, title, text, fields={name.replace("__", ":"): values for name, values in fields.items()})


@pytest.mark.parametrize(
    ("given_entry", "facts"),
    [
        pytest.param(
            entry(
                "A.Team: Senior AI architect",
                "https://weworkremotely.com/remote-jobs/a-team",
                region=("Anywhere in the World",),
                country=("🇨🇦 Canada and 🇺🇸 United States",),
                skills=("Python, RAG, and SQL, $100, 000 or more USD, Anywhere in the World",),
                type=("Contract",),
                expires_at=("Mon, 14 Dec 2026 02:10:00 +0000",),
            ),
            BoardFacts(
                company="A.Team",
                role="Senior AI architect",
                pay_text="$100,000 or more USD per year",
                place="Canada and United States",
                types=("contract",),
                skill_words=("Python", "RAG", "SQL"),
                expires=datetime(2026, 12, 14, 2, 10, tzinfo=UTC),
            ),
            id="we work remotely",
        ),
        pytest.param(
            entry(
                "Prompt engineer",
                job_listing__company=("Skaylink",),
                job_listing__location=("München",),
                job_listing__job_type=("Freelance",),
                job_listing__salary=("$50 - $80 USD per hour",),
                job_listing__job_category=("Data, Engineering",),
            ),
            BoardFacts(
                company="Skaylink",
                role="Prompt engineer",
                pay_text="$50 - $80 USD per hour",
                place="München",
                types=("freelance",),
                skill_words=("Data", "Engineering"),
            ),
            id="wp job manager",
        ),
        pytest.param(
            entry(
                "AI trainer",
                himalayasJobs__companyName=("SQUIRE",),
                himalayasJobs__locationRestriction=("Canada", "United States"),
                himalayasJobs__expiryDate=("Fri, 15 Jan 2027 21:23:00 GMT",),
            ),
            BoardFacts(
                company="SQUIRE",
                role="AI trainer",
                place="Canada; United States",
                expires=datetime(2027, 1, 15, 21, 23, tzinfo=UTC),
            ),
            id="himalayas",
        ),
        pytest.param(
            entry(
                "Voicemail with AI",
                job__company=("",),
                job__location=("Remote",),
                job__job_type=("CONTRACT",),
                job__salary=("$1,300 USD fixed price",),
                job__tags=("Chatbots,Python",),
            ),
            BoardFacts(
                role="Voicemail with AI",
                pay_text="$1,300 USD fixed price",
                place="Remote",
                types=("contract",),
                skill_words=("Chatbots", "Python"),
            ),
            id="larajobs",
        ),
        pytest.param(
            entry("Cloud engineer", remoteStatus=("hybrid",), tt__name=("Office",), tt__country=("Finland",)),
            BoardFacts(role="Cloud engineer", place="Hybrid; Office, Finland"),
            id="teamtailor",
        ),
        pytest.param(
            entry("Data Analyst at TextNow", "https://remoteOK.com/1", company=("TextNow",), tags=("dev, sql",)),
            BoardFacts(company="TextNow", role="Data Analyst", skill_words=("dev", "sql")),
            id="remoteok",
        ),
        pytest.param(
            entry(
                "WhatsApp agent - Upwork",
                text="Build it.\nHourly Range: $20.00-$80.00\nPosted On: now\nSkills:Chatbots, n8n\nCountry: Spain",
            ),
            BoardFacts(
                role="WhatsApp agent",
                pay_text="$20.00-$80.00 per hour",
                types=("freelance",),
                skill_words=("Chatbots", "n8n"),
            ),
            id="upwork",
        ),
        pytest.param(
            entry(
                'New comment by ana in "Ask HN: Who is hiring? (November 2026)"',
                text="Caura & Co. | Seattle, WA | ONSITE/REMOTE | Full-time | AI Engineer | $180K-220K | https://x.co",
            ),
            BoardFacts(
                company="Caura & Co.",
                role="AI Engineer",
                pay_text="$180K-220K",
                place="Seattle, WA, ONSITE/REMOTE",
                types=("full_time",),
            ),
            id="hiring thread",
        ),
        pytest.param(
            entry("Nox Metals (YC S25) Is Hiring SWE"), BoardFacts(company="Nox Metals", role="SWE"), id="is hiring"
        ),
        pytest.param(
            entry("Data engineer, Acme, Inc", "https://www.python.org/jobs/1/", "Oslo, Norway\nWe build."),
            BoardFacts(company="Inc", role="Data engineer, Acme", place="Oslo, Norway"),
            id="python.org, whose last comma divides",
        ),
        pytest.param(entry("How do I build a chatbot?"), BoardFacts(role="How do I build a chatbot?"), id="nothing"),
    ],
)
def test_a_board_says_what_it_says(given_entry: Entry, facts: BoardFacts) -> None:
    assert read_board(given_entry) == facts
