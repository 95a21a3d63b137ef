"""Cards and forms as Slack gets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from adapters.slack.forms import values_of
from adapters.slack.render import form, message, pages
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
from bot.forms import ChannelField, ChecksField, ChoiceField, Form, Page, TextField, TimeField

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
CLINIC = "https://weworkremotely.com/jobs/1"

LEAD = Card(
    "New lead: RAG chatbot for a clinic network, $80–110/h, R&D. Buttons: open, save, not for me.",
    (
        Heading("RAG chatbot for a clinic network", CLINIC),
        Facts(
            (
                Fact("Rate", ("$80–110/h",)),
                Fact("Type", ("Contract",)),
                Fact("Wants", ("Python · RAG · pgvector · healthcare privacy",)),
            )
        ),
        Quote("Build and evaluate a retrieval chatbot.\nHand-over included."),
        Note(("Gig, contract · We Work Remotely · ", Time(NOON, "relative"))),
        Controls(
            (
                LinkButton("Open post", CLINIC, spoken="Open post: RAG chatbot for a clinic network"),
                Button("Save", "lead save", ("42",), spoken="Save lead: RAG chatbot for a clinic network"),
                Button("Not for me", "lead hide", ("42",), "danger"),
            )
        ),
    ),
)

DIGEST = Card(
    "Daily digest: 2 new gigs.",
    (
        Heading("Daily digest · Tue 24 Nov"),
        Paragraph((bold("2 new gigs"), " (31 seen, 24 filtered or duplicate)")),
        Items(((Link("RAG chatbot", CLINIC), " · $80–110/h"), ("Data labelling · rate not stated",)), numbered=True),
        Controls(
            (Select("Open a lead…", "lead open", (Option("RAG chatbot", "42", "Remote"), Option("Labels", "43"))),)
        ),
        Divider(),
        Items((("Pricing fixed-fee AI projects",),)),
    ),
)

SETUP = Form(
    "Set up Guildhall",
    "mod setup",
    (
        Page(
            "Channels",
            (
                ChannelField("leads", "Leads channel", "Where gigs are posted", value="C42"),
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


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def said(*text: Span) -> str:
    (block,) = message(Card("Something.", (Paragraph(text),)))["blocks"]
    drawn: str = block["text"]["text"]
    return drawn


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_lead_card_reads_like_the_mock_up_in_three_blocks() -> None:
    body = message(LEAD)
    assert body["text"].startswith("New lead: RAG chatbot for a clinic network, $80–110/h, R&amp;D.")
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
    section, context, actions = body["blocks"]
    assert section["text"]["text"] == (
        f"*<{CLINIC}|RAG chatbot for a clinic network>*\n"
        "*Rate:* $80–110/h · *Type:* Contract\n"
        "*Wants:* Python · RAG · pgvector · healthcare privacy\n"
        "> Build and evaluate a retrieval chatbot.\n> Hand-over included."
    )
    assert section["text"]["verbatim"] is True
    assert [element["text"] for element in context["elements"]] == [
        "Gig, contract · We Work Remotely · <!date^1795543200^{ago}|24 Nov 2026 18:00 UTC>"
    ]
    assert actions["elements"] == [
        {
            "type": "button",
            "text": plain("Open post"),
            "accessibility_label": "Open post: RAG chatbot for a clinic network",
            "action_id": "link:1",
            "url": CLINIC,
        },
        {
            "type": "button",
            "text": plain("Save"),
            "accessibility_label": "Save lead: RAG chatbot for a clinic network",
            "action_id": "v1:lead:save:42",
        },
        {"type": "button", "text": plain("Not for me"), "style": "danger", "action_id": "v1:lead:hide:42"},
    ]


def test_a_digest_has_its_header_its_list_and_its_select() -> None:
    header, section, actions, line, meetups = message(DIGEST)["blocks"]
    assert header == {"type": "header", "text": plain("Daily digest · Tue 24 Nov")}
    assert section["text"]["text"] == (
        "*2 new gigs* (31 seen, 24 filtered or duplicate)\n"
        f"1. <{CLINIC}|RAG chatbot> · $80–110/h\n2. Data labelling · rate not stated"
    )
    assert actions["elements"] == [
        {
            "type": "static_select",
            "action_id": "v1:lead:open",
            "placeholder": plain("Open a lead…"),
            "options": [
                {"text": plain("RAG chatbot"), "value": "42", "description": plain("Remote")},
                {"text": plain("Labels"), "value": "43"},
            ],
        }
    ]
    assert line == {"type": "divider"}
    assert meetups["text"]["text"] == "• Pricing fixed-fee AI projects"


def test_a_withdrawn_lead_is_struck_through_and_opens_nothing() -> None:
    (section,) = message(Card("Closed.", (Heading("RAG chatbot", CLINIC, struck=True),)))["blocks"]
    assert section["text"]["text"] == "~RAG chatbot~"


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("<!channel> <@U1> <#C1|x>", "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1|x&gt;"),
        ("@here and @channel", "@\u2060here and @\u2060channel"),
        ("*bold* _it_ ~gone~ `code`", "∗bold∗ ˍitˍ ∼gone∼ ˋcodeˋ"),
        ("snake_case stays", "snake_case stays"),
        ("a\n> quote", "a\n\u2060&gt; quote"),
        (":tada: at 18:00", ":\u2060tada: at 18:00"),
        ("R&D &amp; x", "R&amp;D &amp;amp; x"),
        ("https://evil.example", "https://evil.example"),
    ],
)
def test_literal_words_stay_literal(written: str, drawn: str) -> None:
    assert said(written) == drawn


def test_spans_say_what_they_mean() -> None:
    ana = Person("Ana *", (("slack", "U42"), ("discord", "99")))
    assert said(bold(" a*b "), Styled("italic", "i"), Styled("strike", "s")) == " *a∗b* _i_\u200b~s~"
    assert said("un", bold("bold"), "ly") == "un\u200b*bold*\u200bly"
    assert said(Styled("code", "a`<b>")) == "`aˋ&lt;b&gt;`"
    assert said(ana) == "<@U42>"
    assert said(Person("Ana *", (("discord", "99"),))) == "Ana ∗"
    assert [said(Time(NOON, style)) for style in ("full", "date", "time")] == [
        "<!date^1795543200^{date_long} {time}|24 Nov 2026 18:00 UTC>",
        "<!date^1795543200^{date_long}|24 Nov 2026>",
        "<!date^1795543200^{time}|18:00 UTC>",
    ]


def test_a_link_cannot_be_broken_out_of_and_bad_ones_are_words() -> None:
    assert said(Link("a>b|c", "https://example.org/?a=1&b=x|y> <!channel")) == (
        "<https://example.org/?a=1&amp;b=x%7Cy%3E%20%3C!channel|a&gt;b|c>"
    )
    assert said(Link("click", "javascript:alert(1)")) == "click"


def test_plain_labels_hold_no_call_either_and_say_when_they_are_shortened() -> None:
    title = "Ask @channel about <!here> " + "and more " * 20
    header, _, actions = message(
        Card("Labels.", (Heading(title), Controls((Button(title, "hub"),)))),
    )["blocks"]
    assert header["text"]["text"].startswith("Ask @\u2060channel about <\u2060!here> and more")
    assert len(header["text"]["text"]) <= 150
    (button,) = actions["elements"]
    assert button["text"]["text"].endswith("…")
    assert len(button["text"]["text"]) <= 75
    assert button["accessibility_label"] == button["text"]["text"]


def test_a_hundred_and_thirty_choices_become_two_selects_that_say_so() -> None:
    many = Select("Open a lead", "lead open", tuple(Option(f"Lead {n}", str(n)) for n in range(130)))
    actions = message(sentence("Leads.", many))["blocks"][-1]
    assert [one["placeholder"]["text"] for one in actions["elements"]] == [
        "Open a lead (1–100)",
        "Open a lead (101–130)",
    ]
    assert [one["action_id"] for one in actions["elements"]] == ["v1:lead:open", "v1:lead:open#2"]


def test_thirty_buttons_need_two_blocks() -> None:
    buttons = tuple(Button(f"B{n}", "hub", (str(n),)) for n in range(30))
    _, *actions = message(sentence("Press.", *buttons))["blocks"]
    assert [len(block["elements"]) for block in actions] == [25, 5]


def test_a_long_paragraph_is_spread_over_sections() -> None:
    blocks = message(sentence("word " * 1500))["blocks"]
    assert [block["type"] for block in blocks] == ["section"] * 3
    assert "".join(block["text"]["text"] for block in blocks) == "word " * 1500


# --- forms -----------------------------------------------------------------------------------------------------------


def test_a_form_is_one_view_with_all_its_pages() -> None:
    view = form(SETUP)
    assert {key: view[key] for key in view if key != "blocks"} == {
        "type": "modal",
        "callback_id": "v1:mod:setup:7",
        "title": plain("Set up Guildhall"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "private_metadata": "",
    }
    intro, first, leads, at, about, second, approval, days, zone = view["blocks"]
    assert intro["text"]["text"] == "Change any ∗later∗."
    assert [block["text"]["text"] for block in (first, second)] == ["Channels", "How strict"]
    assert leads == {
        "type": "input",
        "block_id": "leads",
        "label": plain("Leads channel"),
        "hint": plain("Where gigs are posted"),
        "optional": False,
        "element": {
            "type": "conversations_select",
            "action_id": "leads",
            "filter": {"include": ["public", "private"]},
            "initial_conversation": "C42",
        },
    }
    assert at["element"] == {
        "type": "plain_text_input",
        "action_id": "at",
        "multiline": False,
        "max_length": 5,
        "initial_value": "08:00",
    }
    assert (about["optional"], about["element"]["multiline"], about["element"]["max_length"]) == (True, True, 3000)
    assert approval["element"]["type"] == "radio_buttons"
    assert approval["element"]["initial_option"] == {"text": plain("Auto"), "value": "auto"}
    assert [option["value"] for option in days["element"]["initial_options"]] == ["mon", "wed"]
    assert zone["element"]["type"] == "static_select"
    assert "initial_option" not in zone["element"]


PLAN = Form("Plan", "meetup plan", (Page("When", (TimeField("at", "When", "In your zone"),)),))


def test_a_time_is_picked_with_slacks_own_picker() -> None:
    [at] = form(PLAN)["blocks"]
    assert at["element"] == {"type": "datetimepicker", "action_id": "at"}
    assert View(**form(PLAN)).to_dict()["blocks"]


@pytest.mark.parametrize(("picked", "value"), [(1795539600, "2026-11-24T17:00:00+00:00"), (None, "")])
def test_what_was_picked_is_an_exact_time(picked: int | None, value: str) -> None:
    state = {"at": {"at": {"type": "datetimepicker", "selected_date_time": picked}}}
    assert values_of({"state": {"values": state}}) == {"at": value}


def test_one_page_of_a_form_can_be_drawn_alone() -> None:
    names = [block["block_id"] for block in form(SETUP, 1)["blocks"] if block["type"] == "input"]
    assert names == ["approval", "days", "zone"]


# --- Slack's own descriptions ----------------------------------------------------------------------------------------


def cards() -> list[Card]:
    long = LEAD.with_blocks(Facts(tuple(Fact(f"Fact {n}", ("word " * 90,)) for n in range(60))))
    options = tuple(Option(f"Lead {n}", str(n), "x" * 300) for n in range(130))
    return [LEAD, DIGEST, *pages(sentence("Leads.", Select("Open", "lead open", options))), *pages(long)]


def test_messages_and_views_are_what_slacks_types_describe(shared: Path) -> None:
    schema = json.loads((shared / "payloads" / "slack-blocks.schema.json").read_text())

    def errors(name: str, value: Any) -> list[str]:
        part = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
        return [error.message for error in Draft7Validator(part).iter_errors(value)]

    for card in cards():
        assert errors("Blocks", message(card)["blocks"]) == []
    assert errors("ModalView", form(SETUP)) == []
    assert errors("ModalView", form(PLAN)) == []


def test_messages_and_views_pass_the_libraries_own_checks() -> None:
    for card in cards():
        for block in message(card)["blocks"]:
            parsed = Block.parse(block)
            assert parsed is not None
            assert parsed.to_dict()["type"] == block["type"]
    View(**form(SETUP)).to_dict()
