"""Sharing out what sources say: each community that has a feed of them gets what is new, and its feed's kind of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import people
from bot.leads import listings, subscriptions
from bot.leads.entries import given_again
from bot.leads.intake import Sent, take_in
from bot.leads.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entries import Arrival, Stored
    from bot.ports import Ids
    from bot.settings import Settings


async def share_out(
    db: AsyncConnection,
    ids: Ids,
    settings: Settings,
    arrivals: Sequence[Arrival],
    stored: Sequence[Stored],
    now: datetime,
) -> None:
    """Give what sources newly said, and how that was `stored`, to every community that has a feed of them.

    A feed that was never read gets everything, as what was there before it.
    """
    news = {one.source_id: (one, what) for one, what in zip(arrivals, stored, strict=True)}
    again = {one.source_id: await given_again(db, one, what.new, now) for one, what in news.values()}
    by_community: dict[int, list[RowMapping]] = {}
    for feed in await subscriptions.feeds_of_sources(db, news):
        by_community.setdefault(feed["community_id"], []).append(feed)
    await people.lock_communities(db, *by_community)  # polls at once may bring one job from two boards
    for community_id, feeds in by_community.items():
        place = Place(db, ids, settings, await people.read_community(db, community_id), now)
        sent: list[Sent] = []
        begun: list[int] = []
        for feed in feeds:
            arrival, what = news[feed["source_id"]]
            first = feed["begun"] is None
            mine = sorted((what.everything if first else what.new).items())
            entries = arrival.document.entries
            if feed["kind"] != "jobs":
                await listings.take_in(db, feed, [(entry_id, entries[at]) for at, entry_id in mine], now, backlog=first)
            elif (judged := arrival.verdicts.get(feed["side"])) is not None:
                # what was known when it was judged has no verdict: it is nobody's news
                found = [(entry_id, entries[at], verdict) for at, entry_id in mine if (verdict := judged[at])]
                sent.append(Sent(feed, found, backlog=first, again=again[feed["source_id"]]))
            else:  # a community that has added it meanwhile: its first look was its own
                continue
            if first:
                begun.append(feed["id"])
        await take_in(place, sent)
        if begun:
            await subscriptions.change(db, community_id, begun, begun=now)
