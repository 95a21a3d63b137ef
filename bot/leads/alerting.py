"""Telling members of leads that their alerts are for: each at once, or one message in the evening. Nothing twice.

What is told was approved: by a moderator, or because it was sure enough for what moderators let through, which is said
("not yet checked").
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import notices, when, whereabouts
from bot.cards import Button, Card, Controls, Heading, Items, Note, bold
from bot.leads import alerts, selection, store
from bot.leads.cards import open_select, shorten
from bot.leads.pay import pay_words
from bot.leads.privately import by_fit, line_for
from bot.leads.seekers import seekers_of
from bot.leads.store import lead
from bot.leads.wishes import takes
from bot.notices import Notice, Worth
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.alerts import Alert
    from bot.leads.fit import Seeker
    from bot.leads.place import Place
    from bot.leads.store import Lead

AT_ONCE = 20  # leads in one transaction
MOST_SHOWN = 10  # in one message; the rest is counted
LATEST = timedelta(hours=3)  # an evening that is later than this is left to the next one
STALE = timedelta(days=2)  # after which a message about a lead is worth nothing


# --- at once ---------------------------------------------------------------------------------------------------------


async def waiting_communities(db: AsyncConnection) -> Sequence[int]:
    """The communities with approved leads that alerts have not looked at."""
    found: Sequence[int] = (await db.execute(not_looked_at().distinct())).scalars().all()
    return found


def not_looked_at() -> sa.Select[Any]:
    """Those leads, by their community."""
    return sa.select(lead.c.community_id).where(lead.c.state == "approved", lead.c.open_since.is_(None))


async def look_at_new(place: Place) -> int:
    """Note since when newly approved leads are open, and tell whose alerts wait for each; returns how many there were.

    Whoever claims a lead here is the only one who does: two processes tell nobody twice.
    """
    own = (lead.c.community_id == place.community.id, lead.c.state == "approved", lead.c.open_since.is_(None))
    some = sa.select(lead.c.id).where(*own).order_by(lead.c.id).limit(AT_ONCE).with_for_update()
    ids = (await place.db.execute(some)).scalars().all()
    claim = (lead.c.community_id == place.community.id, lead.c.id.in_(ids), lead.c.open_since.is_(None))
    await place.db.execute(sa.update(lead).where(*claim).values(open_since=place.now))
    waiting = await alerts.for_at_once(place.db, place.community.id)
    if ids and waiting:
        found = await store.read_leads(place.db, place.community.id, ids)
        await _tell_at_once(place, found, waiting)
    return len(ids)


async def _tell_at_once(place: Place, found: Sequence[Lead], waiting: Sequence[Alert]) -> None:
    members = sorted({one.member_id for one in waiting})
    mine = await seekers_of(place.db, place.community.id, members)
    settled = await alerts.settled_by(place.db, place.community.id, members, [one.id for one in found])
    for new in found:
        words = alerts.words_of(new)
        for one in waiting:
            seeker = mine[one.member_id]
            if new.id not in settled[one.member_id] and takes(one.wishes, new.verdict, words, seeker.zone):
                settled[one.member_id].add(new.id)
                await _tell(place, one.member_id, [new], _card([new], seeker, 1), f"alert:{one.member_id}:{new.id}")


async def _tell(place: Place, member_id: int, about: Sequence[Lead], card: Card, key: str) -> None:
    notice = Notice(member_id=member_id, key=key, card=card, due=place.now, worth=Worth.LEAD, until=place.now + STALE)
    if await notices.owe(place.db, place.ids, place.community.id, notice):
        await alerts.note_told(place.db, place.community.id, member_id, [one.id for one in about], place.now)


# --- in the evening --------------------------------------------------------------------------------------------------


async def open_leads(place: Place) -> list[tuple[Lead, frozenset[str]]]:
    """The leads that an evening's message may be about, with their words."""
    still = selection.still_open(place.now, 0)
    wanted = selection.Wanted(states=still.states, open_at=place.now, found_since=place.now - alerts.FRESH)
    found = await selection.leads_in(place.db, place.community.id, wanted, limit=alerts.MOST_LOOKED_AT)
    return [(one, alerts.words_of(one)) for one in found]


async def tell_evening(place: Place, member_id: int, open_now: Sequence[tuple[Lead, frozenset[str]]]) -> None:
    """Tell a member what came for their alerts, if their evening has come and something did; plans the next one."""
    db, community_id = place.db, place.community.id
    due = await alerts.lock_due(db, community_id, member_id, place.now)
    if due is None:
        return
    at, mine = due
    known = await whereabouts.zone_at(db, community_id, member_id, place.now)
    zone = when.zone(known or place.community.zone)
    await alerts.plan_evening(db, community_id, member_id, alerts.next_evening(place.now, zone))
    if place.now - at > LATEST:
        return
    settled = (await alerts.settled_by(db, community_id, [member_id], [one.id for one, _ in open_now]))[member_id]
    found = [
        new
        for new, words in open_now
        if new.id not in settled
        and new.open_since is not None
        and any(new.open_since > one.since and takes(one.wishes, new.verdict, words, known) for one in mine)
    ]
    if found:
        seeker = (await seekers_of(db, community_id, [member_id]))[member_id]
        best = [one for one, _ in by_fit(found, seeker)]
        key = f"alerts:{member_id}:{when.local_day(place.now, zone)}"
        await _tell(place, member_id, best, _card(best[:MOST_SHOWN], seeker, len(best)), key)


# --- the message -----------------------------------------------------------------------------------------------------


def _card(shown: Sequence[Lead], seeker: Seeker, total: int) -> Card:
    """What came for a member's alerts."""
    title = shorten(shown[0].title, 120)
    spoken = say("A new lead for your alerts: {title}, {pay}.", title=title, pay=pay_words(shown[0].verdict.pay))
    if total > 1:
        spoken = say("{n} for your alerts.", n=count(total, say("new lead"), say("new leads")))
    notes = [say("{n} more: /gigs find.", n=total - len(shown))] if total > len(shown) else []
    if any(not one.checked for one in shown):
        notes.append(say("“Not yet checked”: sure enough to be posted without a moderator; look twice."))
    lines = tuple(
        (bold(say("Not yet checked: ")), *line_for(one, seeker)) if not one.checked else line_for(one, seeker)
        for one in shown
    )
    return Card(
        spoken,
        (
            Heading(say("For your alerts")),
            Items(lines, numbered=total > 1),
            *(Note((words,)) for words in notes),
            Controls((open_select(shown),)),
            Controls((Button(say("My alerts"), "gigs alerts"),)),
        ),
    )
