"""Rounds in the database: what a worker is given, what is kept of its answer, and the rings that are mended."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from bot import notices, outbox, people
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Time
from bot.members import store as members
from bot.members.acquaintances import pairs_acquainted
from bot.notices import Notice, Worth
from bot.setup import next_round
from bot.swaps import gathering, rounds, store
from bot.swaps.matching import Broken, Seat, Task, kept_answers
from bot.swaps.proposals import close_notice
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Community
    from bot.place import Place
    from bot.settings import Settings
    from bot.swaps.matching import Apart, Outcome

_SEEDS = 2**31 - 1


async def read_task(
    db: AsyncConnection, community: Community, settings: Settings, now: datetime, *, mending: Broken | None = None
) -> Task:
    """Who takes part, and who must not meet: for a round, or to mend a ring.

    Whatever was not agreed on by the next round ends with it, so a round has everybody. A ring is mended with those who
    are left of it and whoever is in no other; who could not is not asked again.
    """
    reachable = await members.reachable(db, community.id, now)
    willing = (await store.parts(db, community.id, now)).keys() & reachable
    if mending is not None:
        busy = await rounds.seated(db, community.id) - {one.member for one in mending.left}
        willing = willing - busy - mending.gone
    known = await gathering.gather(db, community, settings, willing, now)
    return Task(
        candidates=tuple(one for one in known.values() if one.offers or one.wants),
        apart=await members.pairs_apart(db, community.id),
        met=frozenset(await rounds.met(db, community.id, "swap")),
        taught=await store.taught(db, community.id),
        now=now,
        least_hours=settings.swap.min_shared_hours,
        seed=int(now.timestamp()) % _SEEDS,
    )


async def read_coffee(
    db: AsyncConnection, community: Community, now: datetime
) -> tuple[list[int], Apart, list[tuple[int, int]]]:
    """Who wants a coffee introduction, who must not meet, and who met before (once for each coffee, else once)."""
    reachable = await members.reachable(db, community.id, now)
    parts = await store.parts(db, community.id, now)
    willing = sorted(one for one, part in parts.items() if part["coffee"] and one in reachable)
    apart = await members.pairs_apart(db, community.id) | await store.no_fits(db, community.id)
    met = await rounds.met(db, community.id, "coffee")
    return willing, apart, [*met, *(await pairs_acquainted(db, community.id) - set(met))]


# --- keeping a round -------------------------------------------------------------------------------------------------


async def keep(place: Place, task: Task, outcome: Outcome) -> None:
    """Keep what a round came to. Each member is told by `jobs/follow_swaps.py`; the moderators are here."""
    for row in await rounds.rings_in(place.db, "proposed", "repairing", community_id=place.community.id):
        await end_ring(place, row)
    found = await _still_possible(place, outcome.rings)
    round_id = await rounds.add_round(place.db, place.ids, place.community.id, "swap", outcome, place.now)
    await rounds.add_rings(place.db, place.ids, place.community.id, round_id, "swap", found)
    served = {one.member for ring in found for one in ring}
    left = [one.id for one in task.candidates if one.id not in served]
    await note_missed(place, round_id, left)
    await tell_moderators(place, round_id)


async def keep_coffee(place: Place, groups: Sequence[Sequence[int]], outcome: Outcome) -> None:
    """Keep the groups of a coffee round; they are introduced by `jobs/follow_swaps.py`: their tick was their yes."""
    found = await _still_possible(place, [tuple(Seat(one, None, None) for one in group) for group in groups])
    if found:
        round_id = await rounds.add_round(place.db, place.ids, place.community.id, "coffee", outcome, place.now)
        await rounds.add_rings(place.db, place.ids, place.community.id, round_id, "coffee", found, state="agreed")


async def _still_possible(place: Place, found: Iterable[Sequence[Seat]]) -> list[Sequence[Seat]]:
    """The rings that nothing speaks against: a block, a pause or another ring may have come while they were sought."""
    apart = await members.pairs_apart(place.db, place.community.id)
    reachable = await members.reachable(place.db, place.community.id, place.now)
    free = (await store.parts(place.db, place.community.id, place.now)).keys() & reachable
    busy = await rounds.seated(place.db, place.community.id)
    return [
        ring for ring in found if {one.member for one in ring} <= free - busy and not apart.intersection(_pairs(ring))
    ]


def _pairs(ring: Iterable[Seat]) -> Iterable[tuple[int, int]]:
    return combinations(sorted(one.member for one in ring), 2)


async def note_missed(place: Place, round_id: int, member_ids: Sequence[int]) -> None:
    """Note that a round brought these members nothing: they are told, and come first in the next one."""
    await store.let_wait(place.db, place.community.id, member_ids)
    await store.note_missed(place.db, place.community.id, member_ids, round_id)


async def end_ring(place: Place, row: sa.RowMapping) -> None:
    """Let a ring go of which nothing came in time; whoever waited in it comes first in the next round."""
    seats = await rounds.seats_of(place.db, place.community.id, row["id"])
    await rounds.set_state(place.db, place.community.id, row["id"], "broken")
    text = say("Nothing came of this proposal in time. Look at /swap status for the next round.")
    for one in seats:
        await close_notice(place, one, Card(text, (Paragraph((text,)),)))
    waited = [one["member_id"] for one in seats if one["answer"] == "yes" and one["member_id"]]
    await store.let_wait(place.db, place.community.id, waited)


# --- mending a ring --------------------------------------------------------------------------------------------------


def broken(seats: Sequence[sa.RowMapping]) -> Broken:
    """A ring that somebody left, as a worker is given it."""
    left = [one for one in seats if one["open"] and one["member_id"] is not None]
    gone = {one["member_id"] for one in seats if not one["open"] and one["member_id"] is not None}
    return Broken(
        tuple(Seat(one["member_id"], one["teaches"], one["learns"], one["told"], one["answer"]) for one in left),
        frozenset(gone),
    )


async def mend(place: Place, ring_id: int, before: Broken, found: Sequence[Sequence[Seat]]) -> bool:
    """Put new rings in the place of one that somebody left; says whether it was still as it had been read.

    Who says yes to the same as before need not be asked again; who is in no new ring comes first in the next round.
    """
    row = await rounds.lock_ring(place.db, place.community.id, ring_id)
    seats = await rounds.seats_of(place.db, place.community.id, ring_id)
    if row is None or row["state"] != "repairing" or broken(seats) != before:
        return False
    await rounds.set_state(place.db, place.community.id, ring_id, "broken")
    old = {one.member: one for one in before.left}
    possible = await _still_possible(place, found)
    rings = [kept_answers(ring, old) for ring in possible]
    await rounds.add_rings(place.db, place.ids, place.community.id, row["round_id"], "swap", rings)
    again = {one.member: one for ring in rings for one in ring}
    over = say("Another way round was found: see its own message.")
    for one in seats:
        kept = again.get(one["member_id"])
        if one["open"] and not (kept and kept.told):
            text = over if kept else say("Nobody could take the free place this time.")
            await close_notice(place, one, Card(text, (Paragraph((text,)),)))
    await note_missed(place, row["round_id"], [one for one in old if one not in again])
    return True


# --- telling ---------------------------------------------------------------------------------------------------------


async def tell_missed(place: Place, member_id: int) -> None:
    """Tell a member that a round brought them nothing (E-NOMATCH), and when the next one is."""
    part = await store.part_of(place.db, place.community.id, member_id)
    round_id = part["missed"] if part else None
    if round_id is None:  # somebody else was here
        return
    await store.change_part(place.db, place.community.id, member_id, missed=None)
    following = next_round(place.community, place.settings, place.now)
    head = say("No fair match for you this round.")
    blocks = (
        Heading(head),
        Paragraph((say("You'll be first next time, on "), Time(following, "date"), ".")),
        Controls(
            (
                Button(say("Why not me?"), "swap why-not", (), "primary"),
                Button(say("Widen my times"), "profile more"),
                Button(say("Ask for help instead"), "swap another"),
            )
        ),
        Note((say("E-NOMATCH"),)),
    )
    told = Notice(
        member_id=member_id,
        key=f"missed:{round_id}:{member_id}",
        card=Card(head, blocks),
        due=place.now,
        until=following,
        worth=Worth.NEWS,
    )
    await notices.owe(place.db, place.ids, place.community.id, told)


async def tell_moderators(place: Place, round_id: int) -> None:
    """Show the moderators how a round went."""
    row = await rounds.read_round(place.db, place.community.id, round_id)
    head = say("A round of skill swaps proposes something to {n} of {m}.", n=row["served"], m=row["members"])
    card = Card(head, (*round_blocks(row), Controls((Button(say("Earlier rounds"), "swap rounds"),))))
    for space in await people.spaces_of(place.db, place.community.id):
        if space.moderators_channel:
            to = outbox.Address(space, space.moderators_channel)
            key = f"swap-round:{round_id}:{space.id}"
            await outbox.queue(place.db, place.ids, to, card, key=key, due=place.now, promise=True)


def round_blocks(row: sa.RowMapping) -> tuple[Block, ...]:
    """How a round went: figures, no names."""
    served = say("{served} of {n}", served=row["served"], n=count(row["members"], say("member"), say("members")))
    facts = (
        Fact(say("Proposed to"), (served,)),
        Fact(say("Objective"), (f"{row['objective']:.2f}",)),
        Fact(say("No choice of rings is worth more than"), (f"{row['bound']:.2f}",)),
        Fact(say("Gap"), (f"{row['gap']:.2%}",)),
        Fact(say("Solved in"), (say("{n} s, seed {seed}", n=f"{row['seconds']:.2f}", seed=row["seed"]),)),
    )
    head = say("Round of skill swaps") if row["kind"] == "swap" else say("Round of coffee introductions")
    return (Heading(head), Paragraph((Time(row["at"]),)), Facts(facts))
