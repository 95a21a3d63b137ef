"""Commands with a prefix: typed with it, and named with it wherever the bot names them."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.commands import line_of
from adapters.slack.prefix import pages
from bot.cards import Button, Card, Controls, Fact, Facts, Items, Link, Option, Paragraph, Select, bold, sentence
from tests.slack_world import open_guild

NOUNS = ("gigs", "hub", "mod")


def renamed(card: Card, prefix: str = "ai-") -> Card:
    [page] = pages(prefix, NOUNS)(card)
    return page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Type /hub help to see what there is.", "Type /ai-hub help to see what there is."),
        ("(/gigs find), then /mod.", "(/ai-gigs find), then /ai-mod."),
        ("A feed at https://board.example/gigs or board/hub", "A feed at https://board.example/gigs or board/hub"),
        ("and/or /gigsters, /hub-bub, /mod/x", "and/or /gigsters, /hub-bub, /mod/x"),
        ("/ai-hub stays", "/ai-hub stays"),
    ],
)
def test_only_our_commands_get_it(said: str, shown: str) -> None:
    assert renamed(sentence(said)) == sentence(shown)
    assert renamed(renamed(sentence(said))) == sentence(shown)


def test_every_word_is_looked_at_and_nothing_that_is_pressed_or_opened() -> None:
    def card(hub: str) -> Card:
        return Card(
            f"See {hub}.",
            (
                Paragraph((bold(f"{hub} [topic]"), Link(f"{hub} there", "https://example.org/ /hub"))),
                Facts((Fact("Next", (f"{hub}",)),)),
                Items(((f"{hub} help",),)),
                Controls((Button(f"{hub}", "hub", ("/hub",)), Select("Choose", "hub", (Option(f"{hub}", "/hub"),)))),
            ),
        )

    assert renamed(card("/hub")) == card("/ai-hub")
    assert renamed(card("/hub"), "") == card("/hub")


@pytest.mark.parametrize(
    ("command", "text", "prefix", "line"),
    [
        ("/ai-gigs", "find rag", "ai-", "/gigs find rag"),
        ("/gigs", "", "", "/gigs"),
        ("/feeds", "add <https://b.example/?a=1&amp;b=2>", "", "/feeds add https://b.example/?a=1&b=2"),
        ("/feeds", "add <https://b.example/x|b.example/x> &lt;hm&gt;", "", "/feeds add https://b.example/x <hm>"),
        ("/mod", "setup <#C1|gigs> <@U1|ana>", "", "/mod setup <#C1|gigs> <@U1|ana>"),
    ],
)
def test_a_slash_command_is_read_as_a_line(command: str, text: str, prefix: str, line: str) -> None:
    assert line_of(command, text, prefix) == line


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_a_workspace_with_a_prefix(make_world: Any) -> None:
    async with open_guild(make_world, slack__command_prefix="ai-") as guild:
        await guild.maria.type("/ai-mod setup")
        await guild.maria.press(await guild.maria.sees(), "Set up a new community")
        form = await guild.maria.sees_dialogue()
        await guild.maria.submit(form, leads_channel="C-gigs")
        assert "add a feed with /ai-feeds add" in (await guild.maria.sees()).words()
        await guild.ana.type("/ai-gigs fnd")
        question = await guild.ana.sees()
        assert "Did you mean /ai-gigs find?" in question.words()
        await guild.ana.press(question, "/ai-gigs find")
        assert "No open lead" in (await guild.ana.sees()).words()
