"""Cards and forms as Discord gets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from adapters.discord.render import form, message, pages
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
    Span,
    Styled,
    Time,
    bold,
    sentence,
)
from bot.drawing import CannotDraw
from bot.forms import ChannelField, ChecksField, ChoiceField, Form, Page, TextField, TimeField

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
CLINIC = "https://weworkremotely.com/jobs/1"

LEAD = Card(
    "New lead: RAG chatbot for a clinic network, $80–110/h, remote EU.",
    (
        Heading("RAG chatbot for a clinic network", CLINIC),
        Facts(
            (
                Fact("Rate", ("$80–110/h",)),
                Fact("Type", ("Contract",)),
                Fact("Place", ("Remote (EU hours)",)),
                Fact("Length", ("~60 h",)),
                Fact("Wants", ("Python · RAG · pgvector · healthcare privacy",)),
            )
        ),
        Quote("Build and evaluate a retrieval chatbot over 4 000 care guidelines."),
        Note(("Gig, contract · We Work Remotely · ", Time(NOON, "relative"))),
        Controls(
            (
                LinkButton("Open post", CLINIC),
                Button("Save", "lead save", ("42",)),
                Button("Not for me", "lead hide", ("42",)),
                Button("More", "lead more", ("42",)),
            )
        ),
    ),
)

DIGEST = Card(
    "Daily digest: 2 new gigs.",
    (
        Heading("Daily digest · Tue 24 Nov"),
        Items(((Link("RAG chatbot", CLINIC), " · $80–110/h"), ("Data labelling · rate not stated",)), numbered=True),
        Controls((Select("Open a lead…", "lead open", (Option("RAG chatbot", "42"), Option("Labelling", "43"))),)),
        Divider(),
        Items((("Pricing fixed-fee AI projects",),)),
        Controls((Button("Digest settings", "digest", style="primary"), Button("Stop", "digest stop", style="danger"))),
    ),
)

SETUP = Form(
    "Set up Guildhall",
    "mod setup",
    (
        Page(
            "Channels",
            (
                ChannelField("leads", "Leads channel", "Where gigs are posted", value="1234"),
                TextField("at", "Digest time", value="08:00", max_length=5),
                TextField("about", "About", long=True, required=False, max_length=9000),
            ),
        ),
        Page(
            "How strict",
            (
                ChoiceField(
                    "approval",
                    "Approval",
                    (Option("Review", "review", "You see each"), Option("Auto", "auto")),
                    value="auto",
                ),
                ChecksField(
                    "days", "Days", (Option("Mon", "mon"), Option("Tue", "tue"), Option("Wed", "wed")), value="mon,wed"
                ),
                ChoiceField("zone", "Zone", tuple(Option(f"UTC+{n}", str(n)) for n in range(12)), required=False),
            ),
        ),
    ),
    ("7",),
    intro="Change any *later*.",
)


def parts(card: Card) -> list[dict[str, Any]]:
    (container,) = message(card)["components"]
    assert container["type"] == 17
    inside: list[dict[str, Any]] = container["components"]
    return inside


def said(*text: Span) -> str:
    (part,) = parts(Card("Something.", (Paragraph(text),)))
    content: str = part["content"]
    return content


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_lead_card_reads_like_the_mock_up_in_ten_components() -> None:
    body = message(LEAD)
    assert body["flags"] == 1 << 15
    assert body["allowed_mentions"] == {"parse": []}
    title, facts, quote, small, row = parts(LEAD)
    assert title == {"type": 10, "content": f"### [RAG chatbot for a clinic network]({CLINIC})"}
    assert facts["content"] == (
        r"**Rate:** $80–110/h · **Type:** Contract · **Place:** Remote (EU hours) · **Length:** \~60 h"
        "\n**Wants:** Python · RAG · pgvector · healthcare privacy"
    )
    assert quote["content"] == "> Build and evaluate a retrieval chatbot over 4 000 care guidelines."
    assert small["content"] == "-# Gig, contract · We Work Remotely · <t:1795543200:R>"
    assert row["components"] == [
        {"type": 2, "style": 5, "label": "Open post", "url": CLINIC},
        {"type": 2, "style": 2, "label": "Save", "custom_id": "v1:lead:save:42"},
        {"type": 2, "style": 2, "label": "Not for me", "custom_id": "v1:lead:hide:42"},
        {"type": 2, "style": 2, "label": "More", "custom_id": "v1:lead:more:42"},
    ]
    assert 1 + len(parts(LEAD)) + len(row["components"]) == 10


def test_a_digest_has_its_list_its_select_and_its_buttons() -> None:
    title, gigs, choose, line, meetups, row = parts(DIGEST)
    assert title["content"] == "### Daily digest · Tue 24 Nov"
    assert gigs["content"] == f"1. [RAG chatbot]({CLINIC}) · $80–110/h\n2. Data labelling · rate not stated"
    assert choose["components"] == [
        {
            "type": 3,
            "custom_id": "v1:lead:open",
            "placeholder": "Open a lead…",
            "options": [{"label": "RAG chatbot", "value": "42"}, {"label": "Labelling", "value": "43"}],
        }
    ]
    assert line == {"type": 14, "divider": True, "spacing": 1}
    assert meetups["content"] == "- Pricing fixed-fee AI projects"
    assert [(button["label"], button["style"]) for button in row["components"]] == [("Digest settings", 1), ("Stop", 4)]


def test_a_withdrawn_lead_is_struck_through_and_opens_nothing() -> None:
    (title,) = parts(Card("Closed.", (Heading("RAG chatbot", CLINIC, struck=True),)))
    assert title["content"] == "### ~~RAG chatbot~~"


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("@everyone", "\\@\u2060everyone"),
        ("<@123> <#45> <t:1:R>", r"\<\@123\> \<\#45\> \<t\:1:R\>"),
        ("[x](https://evil.example)", r"\[x\](https\://evil.example)"),
        ("||spoiler|| ~~gone~~ __under__ `code`", r"\|\|spoiler\|\| \~\~gone\~\~ \_\_under\_\_ \`code\`"),
        ("# big\n- list\n1. one\n> quote\n-# small", "\\# big\n\\- list\n1\\. one\n\\> quote\n\\-\\# small"),
        ("at 18:00, 3.5 years - maybe", "at 18:00, 3.5 years - maybe"),
        ("back\\slash", r"back\\slash"),
        ("right\u202eleft\x00", "rightleft"),
    ],
)
def test_literal_words_stay_literal(written: str, drawn: str) -> None:
    assert said(written) == drawn


def test_words_on_a_seam_cannot_become_an_address() -> None:
    assert said("https:", "//evil.example") == r"https\://evil.example"


def test_spans_say_what_they_mean() -> None:
    ana = Person("Ana *", (("slack", "U42"), ("discord", "99")))
    assert said(bold("a*b"), " ", Styled("italic", "i"), Styled("strike", "s")) == "**a\\*b** *i*\u200b~~s~~"
    assert said(Styled("code", "a`b")) == "``a`b``"
    assert said(ana) == "<@99>"
    assert said(Person("Ana *", (("slack", "U42"),))) == r"Ana \*"
    assert said(Person("Ana", (("discord", "9> @everyone"),))) == "Ana"
    assert [said(Time(NOON, style)) for style in ("full", "date", "time")] == [
        "<t:1795543200:F>",
        "<t:1795543200:D>",
        "<t:1795543200:t>",
    ]


def test_a_link_cannot_be_broken_out_of_and_bad_ones_are_words() -> None:
    assert said(Link("a](b", "https://example.org/x) [y](z")) == r"[a\](b](https://example.org/x%29%20%5By%5D%28z)"
    assert said(Link("click", "javascript:alert(1)")) == "click"
    assert said(Link("https://example.org/x", "https://example.org/x")) == "[example.org/x](https://example.org/x)"


def test_rows_hold_five_buttons_and_a_select_stands_alone() -> None:
    buttons = tuple(Button(f"B{n}", "hub", (str(n),)) for n in range(7))
    choose = Select("Pick", "hub", (Option("One", "1"),))
    _, *rows = parts(sentence("Press.", *buttons[:6], choose, buttons[6]))
    assert [len(row["components"]) for row in rows] == [5, 1, 1, 1]


def test_sixty_choices_become_three_selects_that_say_so() -> None:
    many = Select("Open a lead", "lead open", tuple(Option(f"Lead {n}", str(n)) for n in range(60)))
    _, *rows = parts(sentence("Leads.", many))
    selects = [row["components"][0] for row in rows]
    assert [one["placeholder"] for one in selects] == [
        "Open a lead (1–25)",
        "Open a lead (26–50)",
        "Open a lead (51–60)",
    ]
    assert [one["custom_id"] for one in selects] == ["v1:lead:open", "v1:lead:open#2", "v1:lead:open#3"]


def test_an_address_too_long_for_a_button_becomes_a_link() -> None:
    address = "https://example.org/?" + "q" * 600
    _, link = parts(sentence("A lead.", LinkButton("Open post", address)))
    assert link == {"type": 10, "content": f"[Open post]({address})"}


# --- forms -----------------------------------------------------------------------------------------------------------


def test_the_first_page_of_a_form_is_a_modal_with_its_fields_filled_in() -> None:
    assert form(SETUP) == {
        "title": "Channels (1 of 2)",
        "custom_id": "v1:mod:setup:7",
        "components": [
            {"type": 10, "content": r"Change any \*later\*."},
            {
                "type": 18,
                "label": "Leads channel",
                "description": "Where gigs are posted",
                "component": {
                    "type": 8,
                    "custom_id": "leads",
                    "channel_types": [0, 5, 15],
                    "default_values": [{"id": "1234", "type": "channel"}],
                    "required": True,
                },
            },
            {
                "type": 18,
                "label": "Digest time",
                "component": {
                    "type": 4,
                    "style": 1,
                    "custom_id": "at",
                    "value": "08:00",
                    "max_length": 5,
                    "required": True,
                },
            },
            {
                "type": 18,
                "label": "About",
                "component": {"type": 4, "style": 2, "custom_id": "about", "max_length": 4000, "required": False},
            },
        ],
    }


def test_the_second_page_is_told_apart_and_shows_choices() -> None:
    modal = form(SETUP, 1)
    assert (modal["title"], modal["custom_id"]) == ("How strict (2 of 2)", "v1:mod:setup:7#2")
    approval, days, zone = (part["component"] for part in modal["components"])
    assert approval["type"] == 21
    assert approval["options"] == [
        {"label": "Review", "value": "review", "description": "You see each"},
        {"label": "Auto", "value": "auto", "default": True},
    ]
    assert (days["type"], days["min_values"], days["max_values"]) == (22, 0, 3)
    assert [option["value"] for option in days["options"] if option.get("default")] == ["mon", "wed"]
    assert (zone["type"], len(zone["options"]), zone["required"]) == (3, 12, False)


def test_a_time_is_typed() -> None:
    (part,) = form(Form("Plan", "meetup plan", (Page("When", (TimeField("at", "When"),)),)))["components"]
    assert part["component"] == {"type": 4, "style": 1, "custom_id": "at", "max_length": 120, "required": True}


def test_a_form_of_one_page_bears_the_title_of_the_form() -> None:
    assert (
        form(Form("Share a lead", "gigs share", (Page("Lead", (TextField("link", "Link"),)),)))["title"]
        == "Share a lead"
    )


def test_a_long_label_is_said_in_full_below() -> None:
    label = "What can you teach other members of this community?"
    (part,) = form(Form("Swap", "swap join", (Page("Swap", (TextField("teach", label, "Skills"),)),)))["components"]
    assert part["label"] == "What can you teach other members of this com…"
    assert part["description"] == f"{label} Skills"


def test_an_intro_above_five_fields_opens_the_first_hint() -> None:
    fields = tuple(TextField(f"f{n}", f"Field {n}", "A hint.") for n in range(5))
    five = form(Form("Five", "hub", (Page("Five", fields),), intro="Say it short."))["components"]
    assert len(five) == 5
    assert five[0]["description"] == "Say it short. A hint."
    with pytest.raises(CannotDraw):
        form(Form("Five", "hub", (Page("Five", fields),), intro="long " * 30))


def test_what_was_typed_before_always_fits_its_field() -> None:
    field = TextField("about", "About", value="x" * 800, max_length=500)
    (part,) = form(Form("About", "hub", (Page("About", (field,)),)))["components"]
    assert (part["component"]["value"], part["component"]["max_length"]) == ("x" * 800, 800)


# --- Discord's own description ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def described(shared: Path) -> dict[str, Any]:
    description: dict[str, Any] = json.loads((shared / "payloads" / "discord-openapi.json").read_text())
    return description


def assert_valid(described: dict[str, Any], name: str, body: dict[str, Any]) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(body)]
    assert errors == []


def test_messages_are_what_discord_describes(described: dict[str, Any]) -> None:
    long = LEAD.with_blocks(Facts(tuple(Fact(f"Fact {n}", ("word " * 30,)) for n in range(60))))
    many = sentence(
        "Leads.", Select("Open", "lead open", tuple(Option(f"Lead {n}", str(n), "x" * 300) for n in range(60)))
    )
    for card in (LEAD, DIGEST, many, *pages(long)):
        assert_valid(described, "MessageCreateRequest", message(card))


def test_modals_are_what_discord_describes(described: dict[str, Any]) -> None:
    for page in range(2):
        assert_valid(described, "ModalInteractionCallbackRequest", {"type": 9, "data": form(SETUP, page)})
