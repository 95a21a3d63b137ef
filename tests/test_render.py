"""Any card, on either platform: within the limits, nobody called, nothing lost. The checks are written by hand here."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.discord import render as discord
from adapters.slack import render as slack
from bot.cards import (
    Button,
    Card,
    Controls,
    Divider,
    Fact,
    Facts,
    Heading,
    Items,
    Link,
    LinkButton,
    Note,
    Option,
    Paragraph,
    Person,
    Quote,
    Select,
    Styled,
    Time,
    bold,
    sentence,
)
from bot.drawing import CannotDraw
from bot.literal import label, shorten, tidy, web_address
from bot.presses import press_id, read_press

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from bot.cards import Block

BOTH = pytest.mark.parametrize("platform", [discord, slack], ids=["discord", "slack"])
SEE_ALL = Controls(
    (Button("Back", "page show", ("1",)), Button("Next", "page show", ("2",)), Button("See all", "page all"))
)
NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)

# --- what may be sent, from the platforms' documentation -------------------------------------------------------------


def faults(platform: ModuleType, body: dict[str, Any]) -> list[str]:
    return list(_discord_faults(body) if platform is discord else _slack_faults(body))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _discord_faults(body: dict[str, Any]) -> Iterator[str]:
    if body["flags"] != 32768 or body["allowed_mentions"] != {"parse": []} or set(body) & {"content", "embeds", "poll"}:
        yield "not a silent message of components"
    every = list(_components(body["components"]))
    if len(every) > 40:
        yield f"{len(every)} components"
    shown = [one["content"] for one in every if one["type"] == 10]
    if sum(map(units, shown)) > 4000 or not all(text.strip() for text in shown):
        yield "text"
    ids = [one["custom_id"] for one in every if "custom_id" in one]
    if len(set(ids)) < len(ids) or not all(1 <= len(one) <= 100 for one in ids):
        yield "ids"
    for one in every:
        if one["type"] == 1:
            kinds = [inner["type"] for inner in one["components"]]
            if kinds != [3] and not (set(kinds) == {2} and len(kinds) <= 5):
                yield f"row of {kinds}"
        if one["type"] == 2 and not (1 <= units(one["label"]) <= 80 and len(one.get("url", "")) <= 512):
            yield "button"
        if one["type"] == 3:
            values = [option["value"] for option in one["options"]]
            texts = [text for option in one["options"] for text in option.values()]
            if not 1 <= len(values) <= 25 or len(set(values)) < len(values) or units(one["placeholder"]) > 150:
                yield "select"
            if not all(1 <= units(text) <= 100 for text in texts):
                yield "option"


def _components(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from _components(part.get("components", []))


def _slack_faults(body: dict[str, Any]) -> Iterator[str]:
    if body["unfurl_links"] or body["unfurl_media"] or not 1 <= units(body["text"]) <= 4000:
        yield "message"
    if not 1 <= len(body["blocks"]) <= 45:
        yield f"{len(body['blocks'])} blocks"
    texts = list(_texts(body["blocks"]))
    if sum(units(text["text"]) for text in texts) > 9000:
        yield "text in all"
    if not all(text["text"].strip() and units(text["text"]) <= 3000 for text in texts):
        yield "text"
    if not all(text["verbatim"] for text in texts if text["type"] == "mrkdwn"):
        yield "addresses in plain words become links"
    elements = [element for block in body["blocks"] if block["type"] == "actions" for element in block["elements"]]
    ids = [element["action_id"] for element in elements]
    if len(set(ids)) < len(ids) or not all(1 <= len(one) <= 255 for one in ids):
        yield "ids"
    for block in body["blocks"]:
        if block["type"] == "header" and units(block["text"]["text"]) > 150:
            yield "header"
        if block["type"] == "actions" and not 1 <= len(block["elements"]) <= 25:
            yield "actions"
        if block["type"] == "context" and not 1 <= len(block["elements"]) <= 10:
            yield "context"
    for element in elements:
        if element["type"] == "button":
            if max(units(element["text"]["text"]), units(element.get("accessibility_label", ""))) > 75:
                yield "button"
        elif not 1 <= len(element["options"]) <= 100 or units(element["placeholder"]["text"]) > 150:
            yield "select"
        for option in element.get("options", []):
            if max(units(text["text"]) for text in _texts(option)) > 75 or units(option["value"]) > 150:
                yield "option"


def _texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for child in node:
            yield from _texts(child)
    elif isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node
        for child in node.values():
            yield from _texts(child)


# --- what a reader sees, and what would come alive -------------------------------------------------------------------


def texts(platform: ModuleType, body: dict[str, Any], *, small: bool = True) -> list[str]:
    """The marked-up texts of a body, without its controls; also without small print unless `small`."""
    if platform is discord:
        shown = [one["content"] for one in _components(body["components"]) if one["type"] == 10]
        return [text for text in shown if small or not text.startswith("-# ")]
    kinds = ("section", "header", "context") if small else ("section", "header")
    return [text["text"] for block in body["blocks"] if block["type"] in kinds for text in _texts(block)]


def letters(text: str) -> str:
    """What is neither blank nor a mark of any kind: all that drawing must keep."""
    return "".join(character for character in text if character.isalnum())


def seen(platform: ModuleType, bodies: list[dict[str, Any]], *, small: bool = False) -> str:
    """The letters of all bodies, with the platform's escapes undone."""
    shown = "".join(text for body in bodies for text in texts(platform, body, small=small))
    if platform is slack:
        shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\u02cd", "_")
        shown = shown.replace("\u02cb", "`")
    return letters(shown)


def alive(platform: ModuleType, body: dict[str, Any]) -> list[str]:
    """Whatever in the body of a card of literal words would call somebody, link, or be formatted."""
    raw = json.dumps(body, ensure_ascii=False)
    calls = r"@everyone|@here|<[@#]|<t:" if platform is discord else r"@everyone|@here|@channel|<[@#!]"
    found = re.findall(calls, raw)
    for text in texts(platform, body):
        if platform is discord:
            bare = re.sub(r"\\[^0-9A-Za-z\s]", "�", text)
            bare = re.sub(r"(?m)^(### |> |-# |- |\d+\. +)", "", bare)
            found += re.findall(r"https?://|\|\||[*_~`<\[\]@]|(?m:^\s*(?:#|>|-|\d+[.)]) )", bare)
        else:
            bare = re.sub(r"(?m)^> ", "", text)
            found += re.findall(r"[<>*~`]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|(?m:^\s*&gt;)|:[a-z0-9_+-]+:", bare)
    return found


# --- cards nobody would write ----------------------------------------------------------------------------------------

NASTY = [
    "@everyone look",
    "@here <!channel> <!here|here> <@U123ABC> <#C42|general> <@123456789012345678> <@&99> <#77>",
    "**bold** __under__ ~~gone~~ ||hidden|| `code` ```block``` *x* _y_ ~z~",
    "[click](https://evil.example/) <https://evil.example|bank> https://evil.example/a_b_c",
    "# big\n## bigger\n- list\n1. one\n> quote\n>>> all of it\n-# small",
    "<t:1:R> <a:b:12> :fire: </hub:1> <id:guide>",
    "مرحبا \u202eevil\u202c עולם",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽 e\u0301\u0301",
    "\u200b\u200d\u2060 zero\u200bwidth",
    "\\*back\\_slash\\\\",
    "a\x00b\r\nc\u2028d \ud800 e",
    "&lt;b&gt; &amp; <script>",
    "snake_case 2*3*4 ~60 h",
]
long_words = st.sampled_from("aW🙂&*é").map(lambda one: one * 10_000)
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.sampled_from(NASTY), st.text(), long_words)
phrases = st.lists(words, max_size=3).map(" ".join)
literal_blocks: st.SearchStrategy[Block] = st.one_of(
    phrases.map(lambda text: Paragraph((text,))),
    phrases.map(Quote),
    st.lists(phrases, max_size=5).map(lambda items: Items(tuple((item,) for item in items))),
    st.just(Divider()),
)
labels = st.text("abc xyz*_é🙂<>&@", min_size=1, max_size=120).map(lambda text: f"x{text}")
controls = st.one_of(
    st.builds(Button, labels, st.just("lead save"), st.tuples(st.text(max_size=4)), spoken=labels),
    st.builds(LinkButton, labels, st.just("https://example.org/?" + "q" * 700)),
    st.builds(LinkButton, labels, st.sampled_from(["https://example.org/a", "javascript:alert(1)", "nonsense"])),
    st.integers(1, 140).map(
        lambda n: Select("Open", "lead open", tuple(Option(f"label {i} " * 20, str(i), "more " * 30) for i in range(n)))
    ),
)
styled = st.builds(Styled, st.sampled_from(["bold", "italic", "strike", "code"]), phrases)
spans = st.one_of(
    phrases,
    styled,
    st.builds(Link, phrases, st.sampled_from(["https://example.org/x", "https://e.org/)>|](", "data:text/html,x"])),
    st.builds(Time, st.just(NOON), st.sampled_from(["full", "date", "time", "relative"])),
    st.builds(Person, words, st.sampled_from([(), (("discord", "42"), ("slack", "U42")), (("discord", "4> @x"),)])),
)
facts = st.builds(Fact, phrases, st.lists(spans, max_size=3).map(tuple))
blocks: st.SearchStrategy[Block] = st.one_of(
    literal_blocks,
    st.builds(Heading, phrases, st.sampled_from(["", "https://example.org/"]), st.booleans()),
    st.lists(facts, max_size=4).map(lambda some: Facts(tuple(some))),
    st.lists(spans, max_size=3).map(lambda text: Note(tuple(text))),
    st.lists(controls, min_size=1, max_size=12).map(lambda some: Controls(tuple(some))),
)
ASKED = settings().max_examples  # 100 by default; ten thousand with --hypothesis-profile=thorough, for an hour
modest = settings(
    max_examples=20 if ASKED == 100 else ASKED,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@BOTH
@modest
@given(some=st.lists(blocks, max_size=5))
def test_every_page_of_any_card_is_within_the_limits_with_room_for_paging_buttons(
    platform: ModuleType, some: list[Block]
) -> None:
    card = Card("A card.", tuple(some))
    pages = platform.pages(card)
    for page in pages:
        assert faults(platform, platform.message(page)) == []
        assert platform.pages(page) == [page]
        if len(pages) > 1:
            assert faults(platform, platform.message(page.with_blocks(SEE_ALL))) == []


@BOTH
@modest
@given(some=st.lists(literal_blocks, max_size=4))
def test_literal_words_are_all_there_and_none_of_them_is_alive(platform: ModuleType, some: list[Block]) -> None:
    written = "".join(
        block.text if isinstance(block, Quote) else "".join(str(span) for span in text)
        for block in some
        for text in (
            block.items if isinstance(block, Items) else [block.text] if isinstance(block, Paragraph | Quote) else []
        )
    )
    if not letters(tidy(written)):
        return  # a card that says nothing shows its summary
    bodies = [platform.message(page) for page in platform.pages(Card("A card.", tuple(some)))]
    assert [alive(platform, body) for body in bodies] == [[] for _ in bodies]
    assert seen(platform, bodies) == letters(tidy(written))


@BOTH
@modest
@given(values=st.lists(phrases, max_size=60))
def test_no_named_fact_is_lost_and_their_order_is_kept(platform: ModuleType, values: list[str]) -> None:
    named = [
        Fact(f"name{number:02}q", (f"from{number:02} {value} till{number:02}",)) for number, value in enumerate(values)
    ]
    bodies = [platform.message(page) for page in platform.pages(Card("Facts.", (Facts(tuple(named)),)))]
    shown = seen(platform, bodies)
    places = [shown.find(f"{word}{number:02}") for number in range(len(values)) for word in ("name", "from", "till")]
    assert -1 not in places
    assert places == sorted(places)


# --- what happens to a long card -------------------------------------------------------------------------------------


@BOTH
def test_a_card_of_sixty_facts_keeps_its_buttons_on_every_page(platform: ModuleType) -> None:
    facts = Facts(tuple(Fact(f"Fact {number}", ("word " * 40,)) for number in range(60)))
    approve = Controls((Button("Approve", "lead approve", ("42",), "primary"),))
    pages = platform.pages(Card("A long lead.", (Heading("A long lead"), facts, approve)))

    assert len(pages) > 1
    assert [page.blocks[-1] for page in pages] == [approve] * len(pages)
    assert pages[0].summary == f"A long lead. (page 1 of {len(pages)})"
    assert pages[0].blocks[0] == Heading("A long lead")
    assert pages[1].blocks[0] == Note((f"A long lead · page 2 of {len(pages)}",))
    assert [fact for page in pages for block in page.blocks if isinstance(block, Facts) for fact in block.facts] == [
        Fact(fact.name, fact.value) for fact in facts.facts
    ]


@BOTH
def test_a_card_that_fits_is_its_only_page(platform: ModuleType) -> None:
    card = sentence("All is well.", Button("Fine", "hub"))
    assert platform.pages(card) == [card]


@BOTH
def test_a_numbered_list_counts_on_over_pages(platform: ModuleType) -> None:
    lead = "An offer that is quite long and goes on. " * 10
    pages = platform.pages(Card("Digest.", (Items(tuple((lead,) for _ in range(40)), numbered=True),)))
    shown = "\n".join(text for page in pages for text in texts(platform, platform.message(page)))
    numbers = [int(number) for number in re.findall(r"(?m)^(\d+)\. An offer", shown)]
    assert numbers == list(range(1, 41))


@BOTH
def test_a_ten_thousand_character_title_goes_on_in_a_paragraph(platform: ModuleType) -> None:
    pages = platform.pages(Card("A lead.", (Heading("Wanted " + "ж" * 10_000, "https://example.org/"),)))
    bodies = [platform.message(page) for page in pages]
    assert [faults(platform, body) for body in bodies] == [[] for _ in bodies]
    assert seen(platform, bodies).count("ж") == 10_000


@BOTH
def test_a_heading_does_not_stay_behind_alone(platform: ModuleType) -> None:
    long = "word " * (700 if platform is discord else 1600)
    pages = platform.pages(Card("Two parts.", (Paragraph((long,)), Heading("Meetups"), Paragraph((long,)))))
    assert [type(page.blocks[-1]) for page in pages] == [Paragraph, Paragraph]
    assert Heading("Meetups") in pages[1].blocks


@BOTH
def test_the_fact_that_fills_pages_says_that_it_goes_on(platform: ModuleType) -> None:
    pages = platform.pages(Card("A log.", (Facts((Fact("Log", ("x" * 10_000,)), Fact("Last", ("here",)))),)))
    shown = [" ".join(texts(platform, platform.message(page))) for page in pages]
    assert len(pages) > 1
    assert all("Log (continued)" in text.replace("\\", "") for text in shown[1:])
    assert "Last" in shown[-1]


@BOTH
def test_emoji_are_never_cut_in_two(platform: ModuleType) -> None:
    family = "👩‍👩‍👧‍👦"
    pages = platform.pages(sentence(family * 1000))
    shown = [text for page in pages for text in texts(platform, platform.message(page), small=False)]
    assert len(shown) > 1
    assert all(text.replace(family, "") == "" for text in shown)


# --- controls --------------------------------------------------------------------------------------------------------


@BOTH
def test_two_buttons_that_do_the_same_have_two_ids_and_one_meaning(platform: ModuleType) -> None:
    twice = Controls((Button("Save", "lead save", ("42",)), Button("Save it", "lead save", ("42",))))
    body = platform.message(Card("Twice.", (Paragraph(("Twice.",)), twice)))
    ids = re.findall(r'"(v1:[^"]+)"', json.dumps(body))
    assert ids == ["v1:lead:save:42", "v1:lead:save:42#2"]
    assert {read_press(one) for one in ids} == {("lead save", ("42",))}


@BOTH
def test_an_argument_that_looks_like_a_number_sign_keeps_its_meaning(platform: ModuleType) -> None:
    assert read_press(press_id("lead find", ("c#2:x",))) == ("lead find", ("c#2:x",))


@BOTH
def test_what_cannot_be_drawn_raises(platform: ModuleType) -> None:
    for wrong in (
        Button("", "lead save"),
        Button("Save", "lead save", ("x" * 300,)),
        Select("Open", "lead open", ()),
        Select("Open", "lead open", (Option("One", "1"), Option("Also one", "1"))),
        Select("Open", "lead open", (Option("One", "1" * 200),)),
    ):
        with pytest.raises(CannotDraw):
            platform.message(sentence("Choose.", wrong))
    with pytest.raises(CannotDraw):
        platform.message(Card("Too much.", tuple(Divider() for _ in range(60))))
    with pytest.raises(CannotDraw):
        platform.message(Card(" "))


@BOTH
def test_a_button_with_an_address_nobody_should_open_says_so_in_words(platform: ModuleType) -> None:
    card = sentence("A lead.", LinkButton("Open post", "javascript:alert(1)"))
    body = platform.message(card)
    assert "javascript" not in json.dumps(body)
    assert texts(platform, body)[-1].endswith("Open post: this address cannot be opened from here.")


@BOTH
def test_a_card_without_blocks_shows_its_summary(platform: ModuleType) -> None:
    assert texts(platform, platform.message(Card("Nothing new today."))) == ["Nothing new today."]


# --- addresses and labels --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.org/jobs/1?a=b&c=d#top", "https://example.org/jobs/1?a=b&c=d#top"),
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://example.org/a (b)|<c>\"'`", "https://example.org/a%20%28b%29%7C%3Cc%3E%22%27%60"),
        ("https://example.org/%20%zz", "https://example.org/%20%25zz"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://example.org/\n](x)", "https://example.org/%5D%28x%29"),
        ("javascript:alert(1)", ""),
        ("//example.org/", ""),
        ("https://", ""),
        ("https://bank.example@evil.example/", ""),
        ("https://exa mple.org/", ""),
        ("https://example.org:port/", ""),
        ("https://example.org/" + "x" * 3000, ""),
    ],
)
def test_only_web_addresses_pass_and_none_can_break_out(url: str, address: str) -> None:
    assert web_address(url) == address


@pytest.mark.parametrize("platform", [discord, slack])
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Log in at https://bank.example/login", "Log in at https://bank.example/login (board.example)"),
        ("www.bank.example", "www.bank.example (board.example)"),
        ("https://bank.example@board.example.evil.example/", "(board.example)"),
        ("https://WWW.board.example/jobs/7", "https://WWW.board.example/jobs/7"),
        ("ASP.NET developer", "ASP.NET developer"),
    ],
)
def test_words_of_a_link_do_not_pretend_to_be_another_address(platform: Any, words: str, shown: str) -> None:
    address = "https://board.example/jobs/7"
    for block in (Heading(words, address), Paragraph((Link(words, address),))):
        [text] = texts(platform, platform.message(Card("A job.", (block,))))
        bare = re.sub(r"[\\\u2060]|\[https?://", "", text)
        assert shown.removeprefix("https://") in bare
        assert ("(board.example)" in bare) == ("(board.example)" in shown)


def test_labels_are_one_line_and_say_when_they_are_shortened() -> None:
    assert label(" Open \n post ", 20) == "Open post"
    assert label("Open this post", 9) == "Open thi…"
    assert shorten("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 14) == "👩‍👩‍👧‍👦…"
    assert "@everyone" not in label("@everyone", 20)


def test_emphasis_goes_from_line_to_line() -> None:
    card = Card("Two lines.", (Paragraph((bold("one\ntwo"),)),))
    assert texts(discord, discord.message(card)) == ["**one**\n**two**"]
    assert texts(slack, slack.message(card)) == ["*one*\n*two*"]
