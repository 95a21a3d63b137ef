"""`/hub`: somebody's own page, and help for what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from bot import guide, notices
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Note, Paragraph
from bot.commands import Commands, Reply, Write
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

commands = Commands()


@commands.command("hub", example="/hub help gigs", while_suspended=True)
async def hub(do: Write, topic: Annotated[str, "help, and what about: gigs, feeds edit, E-TIME"] = "") -> Reply:
    """Show your own page: what waits for you, and what you can do here; or help."""
    known = [command for feature in do.features for command in feature.commands]
    if topic.strip():
        about = topic.strip().removeprefix("help").strip()
        return Reply(guide.topic_card(known, do.role, about))
    waiting = await _waiting(do)
    parts = [block for feature in do.features for part in feature.page for block in await part(do)]
    hints = [block for feature in do.features for part in feature.hints for block in await part(do)]
    quiet = Paragraph((say("Nothing waits for you. Here is what you can do meanwhile."),))
    top = (*waiting, *parts, *hints) or (quiet,)
    blocks = (*top, Divider(), *guide.goals_blocks(known, do.role), *await _foot(do))
    return Reply(Card(_summary(waiting), blocks))


def _summary(waiting: Sequence[Block]) -> str:
    n = sum(isinstance(block, Divider) for block in waiting) + 1 if waiting else 0
    if n == 0:
        return say("Your page: nothing waits for you.")
    return say("Your page: {n} for you.", n=count(n, say("thing waits"), say("things wait")))


async def _waiting(do: Write) -> list[Block]:
    """Every open notice, most worth first, with a line between two."""
    found: list[Block] = []
    for card in await notices.show(do.db, do.community.id, do.member_id, do.now):
        found += [Divider(), *card.blocks] if found else card.blocks
    return [Heading(say("Waiting for you")), *found] if found else []


async def _foot(do: Write) -> tuple[Block, ...]:
    """Whose clock it is, and whether messages were ever tried."""
    if do.zone_known:
        zone, label = say("Times are shown in {zone}.", zone=do.zone), say("Change my time zone")
    else:
        zone = say("Times are shown in {zone}, the community's zone: I don't know yours yet.", zone=do.zone)
        label = say("Set my time zone")
    lines, buttons = [zone], [Button(label, "profile zone")]
    if await notices.arrival(do.db, do.community.id, do.member_id) == "unknown":
        lines.append(say("I have not written to you yet: try whether my messages reach you."))
        buttons.append(Button(say("Test messages"), "profile test-messages"))
    return Note((" ".join(lines),)), Controls((*buttons, Button(say("Help"), "hub", ("help",))))
