"""Trying a draft of a feed on what the feed last said: each item's fate before and after."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.cards import Block, Items, Note, Paragraph, bold
from bot.leads import lessons, subscriptions
from bot.leads.approval import approval_of
from bot.leads.cards import shorten
from bot.leads.entry import Document
from bot.leads.feeddraft import draft_of, gone
from bot.leads.foresight import Terms, fate_of, fate_words
from bot.leads.sources import entry
from bot.leads.why import entry_of
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Look
    from bot.leads.entry import Entry, Verdict
    from bot.leads.feeddraft import Draft
    from bot.leads.foresight import Fate
    from bot.leads.leaning import Leaning

TRIED = 50  # items on which the effect is shown
LISTED = 5  # of those that change


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft, and what it makes of the feed's last items: each with its fate before and after."""

    draft: Draft
    fates: tuple[tuple[str, Fate, Fate], ...]  # title, before, after


async def try_draft(look: Look, draft: Draft) -> Tried:
    """What a draft makes of the feed's last items, judged anew. Raises `UserError` where the feed is gone."""
    async with look.read() as db:
        own_feed = await subscriptions.read_feed(db, look.community.id, draft.feed)
        if own_feed is None:
            raise gone()
        rows = await last_items(db, own_feed["source_id"])
        leaning = await lessons.leaning_of(db, look.community.id)
    before = draft_of(own_feed)
    if own_feed["kind"] != "jobs":
        title = draft.title or before.title
        return Tried(
            dataclasses.replace(before, version=draft.version, title=title, poll_minutes=draft.poll_minutes), ()
        )
    draft = dataclasses.replace(draft, title=draft.title or before.title)
    items = tuple(entry_of(row) for row in rows)
    old = await judge(look, items, before.side)
    new = old if draft.side == before.side else await judge(look, items, draft.side)
    fates = []
    for row, item, was, now_is in zip(rows, items, old, new, strict=True):
        times = {"published": min(row["published"] or row["first_seen"], row["first_seen"]), "seen": row["first_seen"]}
        earlier, later = (
            fate_of(item, v, terms_of(look, d, leaning), **times) for v, d in ((was, before), (now_is, draft))
        )
        fates.append((item.title, earlier, later))
    return Tried(draft, tuple(fates))


async def last_items(db: AsyncConnection, source_id: int) -> Sequence[RowMapping]:
    """The rows of what a source last said, newest first."""
    newest = sa.select(entry).where(entry.c.source_id == source_id)
    newest = newest.order_by(entry.c.first_seen.desc(), entry.c.id.desc()).limit(TRIED)
    return (await db.execute(newest)).mappings().all()


async def judge(look: Look, items: tuple[Entry, ...], side: str) -> Sequence[Verdict]:
    """What a feed of this side makes of the items today."""
    document = Document(title="", link="", language="", entries=items)
    verdicts: Sequence[Verdict] = await look.workers.run("bot.leads.reading:judge_all", document, side, look.now)
    return verdicts


def terms_of(look: Look, draft: Draft, leaning: Leaning) -> Terms:
    """What decides about the entries of a feed that is as the draft says."""
    approval = approval_of(look.settings, look.community.approval, draft.approval)
    return Terms(draft.rules, approval, draft.default_kind, leaning)


def effect_words(fates: Sequence[tuple[str, Fate, Fate]], title: str) -> str:
    """What a draft of the feed with this title changes, in a sentence."""
    if not fates:
        return say("Changes of {title}, not saved so far.", title=title)
    n = count(len(fates), say("item"), say("items"))
    passing, changing = sum(after.passes for _, _, after in fates), sum(was != after for _, was, after in fates)
    return say("With these rules, of the last {n}: {a} pass, {b} change.", n=n, a=passing, b=changing)


def effect_blocks(fates: Sequence[tuple[str, Fate, Fate]]) -> list[Block]:
    """The same for a card, with the first items whose fate it changes."""
    if not fates:
        return []
    changed = [one for one in fates if one[1] != one[2]]
    blocks: list[Block] = [Paragraph((bold(effect_words(fates, "")),))]
    if changed:
        lines = tuple(
            (bold(shorten(title, 100)), f": {fate_words(was)} → {fate_words(after)}")
            for title, was, after in changed[:LISTED]
        )
        blocks.append(Items(lines))
    if len(changed) > LISTED:
        blocks.append(Note((say("And {n} more change.", n=len(changed) - LISTED),)))
    return blocks
