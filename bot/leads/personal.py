"""What leads know of a member: their list, their reports, what they shared and what they decided as a moderator.

What they shared is theirs and goes with them, also where it was posted. What they decided was for the community and
stays, without their name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings
from bot.audit import audit
from bot.cards import sentence
from bot.leads import publications, sources, store
from bot.leads.asking import asking
from bot.leads.docket import docket
from bot.leads.floods import flood
from bot.leads.marks import HIDDEN, mark
from bot.leads.publications import publication
from bot.leads.reports import report
from bot.leads.shares import share
from bot.leads.store import lead
from bot.leads.subscriptions import feed
from bot.outbox import message
from bot.personal import neutral, traces_of
from bot.rewording import Rewording, replace_messages, reword_messages
from bot.views import drop_where
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.feature import Merging, Whose

SHORTEST_TEXT = 12  # characters by which what somebody wrote is recognised where it was quoted
LONGEST_TEXT = 40  # it may have been cut off there


# --- export ----------------------------------------------------------------------------------------------------------


async def export(whose: Whose) -> Mapping[str, Any]:
    """A member's list, reports and shared gigs."""
    titles = await _titles(whose)
    rows = {table.name: await belongings.rows_of(whose, table) for table in (mark, report, share)}
    for row in (row for found in rows.values() for row in found):
        row["title"] = titles.get(row["lead_id"], "")
    reports = [{k: v for k, v in row.items() if k != "messages"} for row in rows["lead_report"]]
    shared = [{**row, **await _words_of(whose, row["lead_id"])} for row in rows["lead_share"]]
    return {"list": rows["lead_mark"], "reports": reports, "shared": shared}


async def _titles(whose: Whose) -> dict[int, str]:
    found: set[int] = set()
    for table in (mark, report, share):
        own = (table.c.community_id == whose.community_id, table.c.member_id == whose.member_id)
        found |= set((await whose.db.execute(sa.select(table.c.lead_id).where(*own))).scalars())
    leads = [await store.read_lead(whose.db, whose.community_id, lead_id) for lead_id in sorted(found)]
    return {one.id: one.title for one in leads if one is not None}


async def _words_of(whose: Whose, lead_id: int) -> dict[str, Any]:
    one = await store.read_lead(whose.db, whose.community_id, lead_id)
    return {"link": one.link, "words": one.text, "state": one.state} if one is not None else {}


# --- forget ----------------------------------------------------------------------------------------------------------


async def forget(whose: Whose) -> None:
    """Take back what a member shared, close what they reported, and let nobody read what they decided."""
    own = (share.c.community_id == whose.community_id, share.c.member_id == whose.member_id)
    shared = (await whose.db.execute(sa.select(share.c.lead_id).where(*own))).scalars().all()
    await _forget_decisions(whose, shared)
    for lead_id in shared:
        await _take_back(whose, lead_id)
    await _close_reports(whose)
    for table in (mark, report, share):
        await belongings.erase(whose, table)


async def _take_back(whose: Whose, lead_id: int) -> None:
    """Empty a gig that they shared: wherever it stands, it says no more than that it is gone."""
    found = await store.read_lead(whose.db, whose.community_id, lead_id)
    if found is None:
        return
    gone = say("A gig that was taken back")
    own = (lead.c.community_id == whose.community_id, lead.c.id == lead_id)
    raw = (
        (await whose.db.execute(sa.select(lead.c.entry_id, sources.entry).join(sources.entry).where(*own)))
        .mappings()
        .one()
    )
    texts = _recognised(raw["title"], raw["text"], found.title, raw["link"], raw["canonical"])
    rewording = Rewording(texts=texts, instead_of_text=gone)
    messages = await _messages_about(whose, [lead_id])
    alone = await _cards_of_its_own(whose, lead_id)
    args = (whose.db, whose.ids, whose.community_id)
    await replace_messages(*args, alone, sentence(say("This gig was taken back.")), whose.now)
    await reword_messages(*args, messages - alone, rewording, whose.now)
    await drop_where(whose.db, whose.community_id, lambda data: rewording.of(data) != data)
    await _reword_audit(whose, lead_id, rewording)
    await sources.empty(whose.db, raw["entry_id"], gone)
    nameless = sa.update(sources.entry).where(sources.entry.c.id == raw["entry_id"])
    await whose.db.execute(nameless.values(guid_hash=whose.ids.token()))
    verdict = store.verdict_data(store.empty_verdict())
    values = {"verdict": verdict, "canonical": "", "employer": "", "search": "", "hourly": 0.0, "edits": None}
    state = {"approved": "rejected", "held": "old", "flood": "old"}.get(found.state, found.state)
    await store.change(whose.db, whose.community_id, lead_id, **values, left_out=None, state=state)


async def _reword_audit(whose: Whose, lead_id: int, rewording: Rewording) -> None:
    """What moderators decided on it stays, without its title."""
    own = (audit.c.community_id == whose.community_id, audit.c.subject == f"lead:{lead_id}")
    for row in (await whose.db.execute(sa.select(audit).where(*own))).mappings().all():
        values = {name: rewording.of(row[name]) for name in ("before", "after")}
        await whose.db.execute(sa.update(audit).where(*own, audit.c.id == row["id"]).values(**values))


async def _cards_of_its_own(whose: Whose, lead_id: int) -> set[int]:
    """The messages that are about this lead alone."""
    posted = await publications.of_lead(whose.db, whose.community_id, lead_id)
    own = (asking.c.community_id == whose.community_id, asking.c.lead_id == lead_id)
    asked = (await whose.db.execute(sa.select(asking.c.message_id).where(*own))).scalars()
    return {row["message_id"] for row in posted if row["own_card"]} | set(asked)


def _recognised(*texts: str) -> tuple[str, ...]:
    """Beginnings by which texts are found again where they were quoted, perhaps cut off."""
    flat = (" ".join(text.split()) for text in texts)
    lines = [line for text in texts for line in text.splitlines()]
    starts = {text[:LONGEST_TEXT].strip() for text in (*flat, *lines)}
    return tuple(start for start in starts if len(start) >= SHORTEST_TEXT) or tuple(t for t in texts[:1] if t)


async def _messages_about(whose: Whose, leads: Sequence[int]) -> set[int]:
    """The messages on which these leads stand, or stood."""
    here, found = whose.community_id, set[int]()
    for table in (publication, asking):
        own = (table.c.community_id == here, table.c.lead_id.in_(leads))
        found |= set((await whose.db.execute(sa.select(table.c.message_id).where(*own))).scalars())
    own = (report.c.community_id == here, report.c.lead_id.in_(leads))
    for messages in (await whose.db.execute(sa.select(report.c.messages).where(*own))).scalars():
        found |= set(messages)
    listed = sa.select(docket.c.leads, docket.c.messages).where(docket.c.community_id == here)
    for row in await whose.db.execute(listed):
        if set(row.leads) & set(leads):
            found |= set(row.messages)
    keys = sa.select(mark.c.reminder).where(mark.c.community_id == here, mark.c.lead_id.in_(leads))
    reminded = sa.select(message.c.id).where(
        message.c.community_id == here, message.c.key.in_(keys.where(mark.c.reminder.is_not(None)))
    )
    return found | set((await whose.db.execute(reminded)).scalars())


async def _close_reports(whose: Whose) -> None:
    """What they wrote in a report leaves the moderators' cards; nobody learns from it who reported."""
    own = (report.c.community_id == whose.community_id, report.c.member_id == whose.member_id)
    for row in (await whose.db.execute(sa.select(report).where(*own))).mappings().all():
        texts = _recognised(row["words"]) if row["words"].strip() else ()
        rewording = Rewording(texts=texts, instead_of_text=say("(These words were taken back.)"))
        await reword_messages(whose.db, whose.ids, whose.community_id, row["messages"], rewording, whose.now)


async def _forget_decisions(whose: Whose, shared: Sequence[int]) -> None:
    """Their name goes from what they decided as a moderator, and from what is said of the gigs that they shared."""
    names = (await traces_of(whose)).names
    rewording = Rewording(names=names, instead_of_name=neutral())
    leads, messages = await _decided(whose, names)
    messages |= await _messages_about(whose, [*leads, *shared])
    await reword_messages(whose.db, whose.ids, whose.community_id, messages, rewording, whose.now)
    for table, column in ((lead, "decided_by"), (docket, "decided_by"), (flood, "decided_by"), (feed, "paused_by")):
        theirs = (table.c.community_id == whose.community_id, table.c[column].in_(names))
        await whose.db.execute(sa.update(table).where(*theirs).values({column: neutral()}))


async def _decided(whose: Whose, names: Iterable[str]) -> tuple[set[int], set[int]]:
    """The leads that they decided on, also where it was taken back, and the messages of what else they decided."""
    here = whose.community_id
    acted = sa.select(audit.c.subject).where(audit.c.community_id == here, audit.c.actor == whose.member_id)
    subjects = set((await whose.db.execute(acted.distinct())).scalars())
    leads = {int(one.removeprefix("lead:")) for one in subjects if one.startswith("lead:")}
    own = (lead.c.community_id == here, lead.c.decided_by.in_(names))
    leads |= set((await whose.db.execute(sa.select(lead.c.id).where(*own))).scalars())
    messages: set[int] = set()
    for table, noun in ((docket, "docket"), (flood, "flood")):
        rows = await whose.db.execute(sa.select(table).where(table.c.community_id == here))
        for row in rows.mappings():
            if row["decided_by"] in names or f"{noun}:{row['id']}" in subjects:
                messages |= set(row["messages"])
    offers = sa.select(message.c.id).where(message.c.community_id == here, message.c.key.startswith("offer:"))
    return leads, messages | set((await whose.db.execute(offers)).scalars())


# --- merge -----------------------------------------------------------------------------------------------------------


async def merge(merging: Merging) -> None:
    """Unite two lists: of a lead that is on both, the stage that was noted last; a report of both counts once."""
    await belongings.move(merging, mark, united=_later)
    await belongings.move(
        merging, report, united=lambda kept, gone: {"messages": [*kept["messages"], *gone["messages"]]}
    )
    await belongings.move(merging, share)


def _later(kept: sa.RowMapping, gone: sa.RowMapping) -> dict[str, Any]:
    """The newer mark, but for one that hides a lead which they follow."""
    newer = max(kept, gone, key=lambda row: (row["stage"] != HIDDEN, row["at"]))
    return {"stage": newer["stage"], "at": newer["at"], "reminder": kept["reminder"] or gone["reminder"]}
