"""The digest with none, one, seven and forty leads, in two languages, with titles of any length: never over a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.discord import render as discord
from adapters.slack import render as slack
from bot import people, when
from bot.cards import Controls, Items, Select, plain
from bot.digests.compose import compose, issue_for
from tests.fakes import words
from tests.samples import JOB
from tests.test_leads import begin, gig, publish
from tests.test_render import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.cards import Card
    from tests.conftest import World

LONG = "Python engineer for a retrieval chatbot " * 250  # 10,000 characters
GERMAN = (
    "Freiberufliche Entwicklung eines RAG-Chatbots für ein Krankenhaus",
    (
        "Wir suchen freiberuflich jemanden, der für unser Haus einen RAG-Chatbot in Python entwickelt und auswertet. "
        "Budget 90 EUR pro Stunde, 40 Stunden, remote. Bitte bewerben Sie sich mit Lebenslauf bei uns."
    ),
)
MOST = 25  # gigs, as the settings allow; jobs come beside them


async def digest_of(world: World) -> Card | None:
    """Today's digest as it would be posted now, in the space on Slack."""
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        community = await people.read_community(db, space.community_id)
        day = when.local_day(world.clock.now(), when.zone(community.zone))
        now = world.clock.now()
        issue = await issue_for(db, world.app.settings, community, space, day, now, message_id=1)
        draft = await compose(issue, world.app.features, day)
        return world.app.known_buttons(draft.card) if draft else None


def check(card: Card, n: int, *, most_pages: int = 1) -> None:
    """Each lead has its line and its place in a select, on a page of either platform that breaks no limit."""
    for platform in (slack, discord):
        pages = platform.pages(card)
        assert len(pages) <= most_pages
        blocks = [block for page in pages for block in page.blocks]
        lines = [plain(item) for block in blocks if isinstance(block, Items) for item in block.items]
        controls = [one for block in blocks if isinstance(block, Controls) for one in block.controls]
        options = [option.value for one in controls if isinstance(one, Select) for option in one.options]
        assert len(set(lines)) == len(set(options)) == n
        for page in pages:
            assert faults(platform, platform.message(page)) == []


async def test_a_digest_of_any_size_keeps_each_lead_and_every_limit(make_world: Callable[..., World]) -> None:
    world = make_world(leads__approval="auto", leads__flood_per_hour="100", digest__max_leads=str(MOST))
    await begin(world)
    assert await digest_of(world) is None, "nothing to say, so nothing is sent"
    await publish(world, gig(0))
    one = await digest_of(world)
    assert one is not None
    check(one, 1)
    await publish(world, gig(0), (LONG, gig(1)[1]), GERMAN, *(gig(n) for n in range(2, 6)))
    seven = await digest_of(world)
    assert seven is not None
    check(seven, 7)
    assert "Freiberufliche Entwicklung" in words(seven)
    assert LONG not in words(seven)
    await publish(world, *(gig(n) for n in range(6, 38)), JOB)
    forty = await digest_of(world)
    assert forty is not None
    check(forty, MOST + 1, most_pages=2)
