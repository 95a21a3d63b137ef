"""What of leads stands on one's own page: saved and shared gigs, and for moderators what waits to be approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Block, Button, Controls, Heading, Items, Paragraph
from bot.leads import marks, queue, shares, store
from bot.leads.cards import shorten
from bot.leads.pay import pay_words
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Text
    from bot.commands import Read

SHOWN = 3
_UNDER_WAY = ("saved", "applied", "talking")


async def saved_part(ask: Read) -> Sequence[Block]:
    """The saved gigs that are still under way, the last changed first."""
    rows = await marks.of_member(ask.db, ask.community.id, ask.member_id, _UNDER_WAY)
    if not rows:
        return ()
    lines = [line for row in rows[:SHOWN] if (line := await _line(ask, row))]
    label = say("All {n} saved gigs", n=len(rows)) if len(rows) > len(lines) else say("My saved gigs")
    return (Heading(say("Your saved gigs")), Items(tuple(lines)), Controls((Button(label, "gigs saved"),)))


async def _line(ask: Read, row: RowMapping) -> Text | None:
    lead = await store.read_lead(ask.db, ask.community.id, row["lead_id"])
    if lead is None:
        return None
    stages = {"saved": say("saved"), "applied": say("applied"), "talking": say("talking")}
    more = [stages[row["stage"]], *([say("you'll be reminded")] if row["reminder"] else [])]
    return (f"{shorten(lead.title, 80)} · {pay_words(lead.verdict.pay)} · {', '.join(more)}",)


async def shared_part(ask: Read) -> Sequence[Block]:
    """What they shared, while it waits for a moderator."""
    leads = await shares.waiting_of(ask.db, ask.community.id, ask.member_id)
    if not leads:
        return ()
    lines: tuple[Text, ...] = tuple((shorten(lead.title, 80),) for lead in leads[:SHOWN])
    n = count(len(leads), say("gig that you shared waits"), say("gigs that you shared wait"))
    return (Paragraph((say("{n} for a moderator:", n=n),)), Items(lines))


async def queue_part(ask: Read) -> Sequence[Block]:
    """For moderators: how many leads wait for one of them."""
    n = len(await queue.held_ids(ask)) if ask.role is Role.MODERATOR else 0
    if not n:
        return ()
    text = say("{n} for a moderator.", n=count(n, say("lead waits"), say("leads wait")))
    return (Paragraph((text,)), Controls((Button(say("Go through them"), "feeds queue", (), "primary"),)))
