"""What was audited about feeds and leads, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.leads import store, subscriptions
from bot.leads.approval import approval_words, reason_words
from bot.leads.editing import edits_words
from bot.leads.feeddraft import changes_words
from bot.leads.floods import flood
from bot.leads.sources import entry
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection


async def subject_names(db: AsyncConnection, community_id: int, subjects: Iterable[str]) -> dict[str, str]:
    """The titles of the feeds, leads and floods among audited subjects, in quotation marks."""
    kinds: dict[str, list[int]] = {"feed": [], "lead": [], "flood": []}
    for kind, _, row_id in (one.partition(":") for one in subjects):
        if kind in kinds and row_id.isdecimal():
            kinds[kind].append(int(row_id))
    feed, lead = subscriptions.feed, store.lead
    same = sa.and_(feed.c.community_id == flood.c.community_id, feed.c.id == flood.c.feed_id)
    titles = {
        "feed": sa.select(feed.c.id, feed.c.title).where(
            feed.c.community_id == community_id, feed.c.id.in_(kinds["feed"])
        ),
        "lead": sa.select(lead.c.id, entry.c.title)
        .join(entry, entry.c.id == lead.c.entry_id)
        .where(lead.c.community_id == community_id, lead.c.id.in_(kinds["lead"])),
        "flood": sa.select(flood.c.id, feed.c.title)
        .join(feed, same)
        .where(flood.c.community_id == community_id, flood.c.id.in_(kinds["flood"])),
    }
    names: dict[str, str] = {}
    for kind, statement in titles.items():
        if kinds[kind]:
            names |= {f"{kind}:{row.id}": f"“{row.title}”" for row in await db.execute(statement)}
    return names


def _simply(words: str) -> Callable[[RowMapping, str], str]:
    """Words that need no more than the subject's name."""

    def tell(row: RowMapping, name: str) -> str:
        del row
        return say(words, name=name)

    return tell


def _added(row: RowMapping, name: str) -> str:
    return say("added the feed {name} ({url})", name=name, url=(row["after"] or {}).get("url", ""))


def _paused(row: RowMapping, name: str) -> str:
    why = (row["after"] or {}).get("why", "")
    return say("paused the feed {name}: {why}", name=name, why=why) if why else say("paused the feed {name}", name=name)


def _edited_feed(row: RowMapping, name: str) -> str:
    changes = "; ".join(f"{what}: {words}" for what, words in changes_words(row["before"], row["after"]))
    return say("edited the feed {name}: {changes}", name=name, changes=changes)


def _added_many(row: RowMapping, name: str) -> str:
    del name
    return say("added {n} together", n=count(len(row["after"]["feeds"]), say("feed"), say("feeds")))


def _approved(row: RowMapping, name: str) -> str:
    del row
    return say("approved {name} (held → approved)", name=name)


def _rejected(row: RowMapping, name: str) -> str:
    reason = row["after"].get("reason")
    why = reason_words(reason, row["after"].get("why")) if reason else say("no reason given")
    return say("rejected {name}: {why} (held → rejected)", name=name, why=why)


def _always(row: RowMapping, name: str) -> str:
    after: dict[str, Any] = row["after"]
    before = after["before"] or say("as the community")
    feed = after["feed_title"]
    return say("approved {name}; approval of “{feed}”: {before} → auto", name=name, feed=feed, before=before)


def _edited_lead(row: RowMapping, name: str) -> str:
    before, after = edits_words(row["before"]["edits"]), edits_words(row["after"]["edits"])
    return say("edited {name}: {before} → {after}", name=name, before=before, after=after)


def _posted_best(row: RowMapping, name: str) -> str:
    del name
    return say("posted the best {n} of a new feed", n=count(len(row["after"]["leads"]), say("lead"), say("leads")))


def _held(row: RowMapping, name: str) -> str:
    n = count(row["after"]["held"], say("item"), say("items"))
    return say("held {n} of a flood from {name}", n=n, name=name)


def _flood(row: RowMapping, name: str) -> str:
    n = count(len(row["after"]["leads"]), say("item"), say("items"))
    if row["action"] == "flood release":
        return say("let through the flood of {name}: {n}", name=name, n=n)
    return say("put the flood of {name} into the queue: {n}", name=name, n=n)


def _published(row: RowMapping, name: str) -> str:
    del name
    n = count(len(row["after"]["leads"]), say("lead"), say("leads"))
    return say("approved {n} of a batch card (held → approved)", n=n)


def _rejected_rest(row: RowMapping, name: str) -> str:
    del name
    n = count(len(row["after"]["leads"]), say("lead"), say("leads"))
    return say("rejected the other {n} of a batch card (held → rejected)", n=n)


def _accepted(row: RowMapping, name: str) -> str:
    del name
    after = approval_words(row["after"]["approval"])
    before = approval_words(row["before"]["approval"] or "review")
    return say("accepted the offer; approval: {before} → {after}", before=before, after=after)


TOLD: Mapping[str, Callable[[RowMapping, str], str]] = {
    "feeds add": _added,
    "feeds pause": _paused,
    "feeds resume": _simply("resumed the feed {name}"),
    "feeds remove": _simply("removed the feed {name}"),
    "feeds edit": _edited_feed,
    "feeds add-packs": _added_many,
    "feeds import": _added_many,
    "lead approve": _approved,
    "lead reject": _rejected,
    "lead always": _always,
    "lead edit": _edited_lead,
    "lead post-best": _posted_best,
    "flood hold": _held,
    "flood review": _flood,
    "flood release": _flood,
    "docket publish": _published,
    "docket reject-rest": _rejected_rest,
    "offer accept": _accepted,
    "report withdraw": _simply("withdrew {name} after a report"),
    "report keep": _simply("kept {name} in spite of a report"),
}
