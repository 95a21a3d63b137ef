"""The profile's part of the personal page: what is missing, and why to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Block, Button, Controls, Note, Paragraph
from bot.members import asking, suggestions
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.commands import Read


async def missing_part(ask: Read) -> Sequence[Block]:
    """What the member has not said yet; all of it together is a new member."""
    lacking = await asking.lacking(ask, "offers", "wants", "windows")
    if "offers" in lacking and "wants" in lacking:
        text = say("Say in a minute what you can help with and what you want to learn: then I find gigs and people.")
        return (Paragraph((text,)), Controls((Button(say("Make my profile"), "profile edit", (), "primary"),)))
    if not lacking:
        return ()
    things = ", ".join(map(asking.need_words, lacking))
    buttons = tuple(dict.fromkeys(map(asking.need_button, lacking)))
    return (Note((say("Not said yet: {things}.", things=things),)), Controls(buttons))


async def suggestions_part(ask: Read) -> Sequence[Block]:
    """For moderators: the skills that members named and nobody knows."""
    rows = await suggestions.waiting(ask.db, ask.community.id) if ask.role is Role.MODERATOR else ()
    if not rows:
        return ()
    n = count(len(rows), say("skill that members typed is not known"), say("skills that members typed are not known"))
    text = say("{n}: name them, or leave them.", n=n)
    return (Paragraph((text,)), Controls((Button(say("Name skills"), "mod skills"),)))
