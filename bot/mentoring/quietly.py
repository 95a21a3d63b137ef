"""Asking all matching mentors quietly: each gets a notice without a name, the first who can help is introduced.

Requests wait a few minutes for each other, so that those of the same hour are given their times together, by the joint
choice of `assigning`: what is proposed to one mentor for one request is not proposed to them for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import notices
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Paragraph, Time, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.members.introductions import require_seasoned
from bot.mentoring import booking, fitting, store, tables, telling
from bot.mentoring.asking import asked_key, end_request
from bot.mentoring.assigning import Wishes, assign
from bot.mentoring.cards import LEVELS, topic_name
from bot.mentoring.rules import AHEAD, apart, weeks_taken
from bot.notices import Notice, Worth
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.mentoring.fitting import Diaries
    from bot.mentoring.store import Offer
    from bot.place import Place

GATHER = timedelta(minutes=5)
"""How long a request waits for others before mentors are asked."""

ANSWER = timedelta(days=3)
"""How long a mentor has, from when the question reached them."""

MOST_OPEN = 3
"""Requests of one member about which mentors are asked at a time."""

MOST_ASKED = 20
"""Mentors who are asked about one request."""

commands = Commands()


@commands.command("mentor ask-all", typed=False)
async def ask_all(do: Write, request: int) -> Update:
    """Let all mentors of your topic be asked, without your name; the first who can help is introduced."""
    await require_seasoned(do)
    row = await store.read_request(do.db, do.community.id, request, lock=True)
    if row is None or row["member_id"] != do.member_id or row["state"] in ("booked", "over"):
        anew = Button(say("Ask a mentor"), "mentor ask")
        raise UserError("E-STALE", say("That question is answered, or too old."), buttons=(anew,))
    if row["state"] == "shown":
        open_ones = sa.select(sa.func.count()).where(
            tables.request.c.community_id == do.community.id,
            tables.request.c.member_id == do.member_id,
            tables.request.c.state.in_(("waiting", "asked")),
        )
        if (await do.db.execute(open_ones)).scalar_one() >= MOST_OPEN:
            happened = say("Mentors are being asked about {n} questions of yours already.", n=MOST_OPEN)
            raise UserError("E-RATE", happened, advice=say("Wait for an answer, or take one of them back."))
        await store.change_request(do.db, do.community.id, request, state="waiting", due=do.now + GATHER)
    words = say("I ask them within minutes, without your name. The first who can help is introduced to you.")
    return Update(sentence(words, Button(say("Take it back"), "mentor withdraw", (str(request),))))


@commands.command("mentor withdraw", typed=False)
async def withdraw(do: Write, request: int) -> Update:
    """Let no mentor be asked any longer."""
    row = await store.read_request(do.db, do.community.id, request, lock=True)
    if row is None or row["member_id"] != do.member_id or row["state"] not in ("waiting", "asked"):
        raise UserError("E-DONE", say("That question is answered, or taken back already."))
    await end_request(do, row, "over", say("The question was taken back."))
    return Update(sentence(say("Taken back: nobody is asked any longer."), Button(say("Ask anew"), "mentor ask")))


# --- the round -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A waiting request, and when each mentor could take it."""

    row: RowMapping
    times: dict[int, list[datetime]]


async def ask_mentors(do: Place) -> int:
    """Ask the mentors about all requests of a community that wait; returns how many."""
    own = (tables.request.c.community_id == do.community.id, tables.request.c.state == "waiting")
    statement = sa.select(tables.request).where(*own).order_by(tables.request.c.made, tables.request.c.id)
    rows = (await do.db.execute(statement.with_for_update())).mappings().all()
    offers: dict[int, Offer] = {}
    wanted: list[_Wanted] = []
    for row in rows:
        guest = await fitting.guest_of(do, row["member_id"], row)
        found = [one.offer for one in await fitting.offering(do, row["member_id"], row["topic"])]
        offers |= {offer.member_id: offer for offer in found}
        ids = [row["member_id"], *(offer.member_id for offer in found)]
        diaries = await fitting.diaries_of(do.db, do.community.id, ids, do.now)
        times = {offer.member_id: fitting.times_of(offer, row["topic"], guest, diaries, do.now) for offer in found}
        wanted.append(_Wanted(row, {mentor: at for mentor, at in times.items() if at}))
    everything = await fitting.diaries_of(do.db, do.community.id, list(offers), do.now)
    chosen = choose(wanted, offers, everything, do.now)
    for request, best in zip(wanted, chosen, strict=True):
        await _ask(do, request, best, set(filter(None, chosen)))
    return len(rows)


def choose(
    wanted: Sequence[_Wanted], offers: dict[int, Offer], diaries: Diaries, now: datetime
) -> list[tuple[int, datetime] | None]:
    """For each request the mentor and time of the joint choice, None where there is none for it."""
    seats: list[tuple[int, datetime]] = []
    quota_of: list[int] = []
    quotas: dict[tuple[int, tuple[int, int]], int] = {}
    capacity: list[int] = []
    for mentor, offer in offers.items():
        terms = fitting.terms_of(offer, now)
        used = weeks_taken(terms, diaries.held(mentor))
        free = sorted({at for request in wanted for at in request.times.get(mentor, ())})
        for at in apart(free, timedelta(minutes=offer.minutes)):
            week = terms.week(at)
            if (mentor, week) not in quotas:
                quotas[mentor, week] = len(capacity)
                capacity.append(max(0, offer.weekly - used[week]))
            seats.append((mentor, at))
            quota_of.append(quotas[mentor, week])
    wishes = []
    for request in wanted:
        possible = {mentor: set(times) for mentor, times in request.times.items()}
        fits = [n for n, (mentor, at) in enumerate(seats) if at in possible.get(mentor, ())]
        wishes.append(Wishes(fits, [1.0 - 0.5 * ((seats[n][1] - now) / AHEAD) for n in fits]))
    return [None if seat is None else seats[seat] for seat in assign(wishes, quota_of, capacity)]


async def _ask(
    do: Place, request: _Wanted, best: tuple[int, datetime] | None, promised: set[tuple[int, datetime]]
) -> None:
    """Ask each mentor of a request about the time that was chosen, or another that is promised to nobody."""
    row = request.row
    proposed = {}
    for mentor, times in request.times.items():
        others = [at for at in times if (mentor, at) not in promised]
        proposed[mentor] = best[1] if best and best[0] == mentor else next(iter(others), None)
    order = sorted(
        ((at, mentor) for mentor, at in proposed.items() if at),
        key=lambda one: (best is None or one[1] != best[0], one),
    )
    if not order:
        await _tell_nobody(do, row, say("Nobody has a free hour in your times in the next two weeks."))
        await end_request(do, row, "over", "")
        return
    for at, mentor in order[:MOST_ASKED]:
        values = {"community_id": do.community.id, "request_id": row["id"], "member_id": mentor, "at": at}
        await do.db.execute(sa.insert(tables.asked).values({**values, "passed": False}))
        card = _question(row, at)
        key = asked_key(row["id"], mentor)
        told = Notice(member_id=mentor, key=key, card=card, due=do.now, until=do.now + AHEAD, worth=Worth.PERSON)
        await notices.owe(do.db, do.ids, do.community.id, told)
    await store.change_request(do.db, do.community.id, row["id"], state="asked", due=do.now + ANSWER)


def _question(row: RowMapping, at: datetime) -> Card:
    press = (str(row["id"]),)
    topic = topic_name(row["topic"])
    facts = [Fact(say("Level"), (say(LEVELS[row["level"]]),))] if row["level"] in LEVELS else []
    facts += [Fact(say("Goal"), (row["goal"],))] if row["goal"] else []
    return Card(
        say("Somebody here asks for an hour on {topic}.", topic=topic),
        (
            Heading(say("An hour on {topic}?", topic=topic)),
            Paragraph((say("Somebody here asks for it. Proposed: "), Time(at, "full"), ".")),
            *((Facts(tuple(facts)),) if facts else ()),
            Paragraph((say("You are introduced if you say yes; if not, nobody hears of it."),)),
            Controls(
                (
                    Button(say("I can help"), "mentor help", press, "primary"),
                    Button(say("Not now"), "mentor pass", press),
                )
            ),
        ),
    )


async def _tell_nobody(do: Place, row: RowMapping, why: str) -> None:
    topic = topic_name(row["topic"])
    head = say("No hour on {topic} this time.", topic=topic)
    buttons = (Button(say("Other times"), "mentor again", (str(row["id"]),)), Button(say("Ask anew"), "mentor ask"))
    card = Card(head, (Heading(head), Paragraph((why,)), Controls(buttons)))
    await telling.tell(do, row["member_id"], f"mentor-nobody:{row['id']}", card)


# --- what mentors answer ---------------------------------------------------------------------------------------------


async def _asked(do: Write, request_id: int) -> tuple[RowMapping, RowMapping]:
    """A request (locked), and how the one who answers was asked about it. Raises `UserError` (E-DONE, E-STALE)."""
    row = await store.read_request(do.db, do.community.id, request_id, lock=True)
    rows = await store.asked_of(do.db, do.community.id, request_id) if row else []
    mine = next((one for one in rows if one["member_id"] == do.member_id), None)
    if row is None or mine is None:
        raise UserError("E-STALE", say("That question isn't there any more."))
    if row["state"] != "asked":
        raise UserError("E-DONE", say("Thank you: somebody else was faster, or it was taken back."))
    return row, mine


@commands.command("mentor help", typed=False)
async def help_out(do: Write, request: int) -> Update:
    """Say that you can help: the hour is booked, and you are introduced."""
    row, mine = await _asked(do, request)
    offer = await store.offer_of(do.db, do.community.id, do.member_id)
    if offer is None:
        raise UserError("E-STALE", say("You offer no hours any more."))
    guest = await fitting.guest_of(do, row["member_id"], row)
    diaries = await fitting.diaries_of(do.db, do.community.id, [do.member_id, row["member_id"]], do.now)
    times = fitting.times_of(offer, row["topic"], guest, diaries, do.now)
    if not times:
        raise UserError("E-STALE", say("You have no free hour left that fits theirs. Thank you all the same."))
    at = mine["at"] if mine["at"] in times else times[0]
    try:
        found = await booking.book(do, do.member_id, guest.member_id, row["topic"], at, row["goal"], row["level"])
    except booking.Unbookable as refused:
        raise UserError(
            "E-DONE", say("That hour was just taken."), why=refused.words, advice=say("Press again.")
        ) from None
    await end_request(do, row, "booked", say("Thank you: it is taken care of."))
    await booking.tell_helped(do, found, guest.member_id)
    return Update(booking.booked_card(found, do.member_id, await telling.names_of(do, found), do.now))


@commands.command("mentor pass", typed=False)
async def pass_on(do: Write, request: int) -> Update:
    """Say that you can't help now; nobody hears of it."""
    row, _ = await _asked(do, request)
    own = (
        tables.asked.c.community_id == do.community.id,
        tables.asked.c.request_id == request,
        tables.asked.c.member_id == do.member_id,
    )
    await do.db.execute(sa.update(tables.asked).where(*own).values(passed=True))
    done = sentence(say("Noted. Nobody hears of it."))
    await notices.close(do.db, do.ids, do.community.id, asked_key(request, do.member_id), do.now, card=done)
    if all(one["passed"] for one in await store.asked_of(do.db, do.community.id, request)):
        await look_again(do, row)
    return Update(done)


async def look_again(do: Place, row: RowMapping) -> None:
    """End a request (locked) when all mentors passed, or had their time since the question reached them."""
    rows = await store.asked_of(do.db, do.community.id, row["id"])
    open_until = []
    for one in rows:
        reached = await notices.reached(do.db, do.community.id, asked_key(row["id"], one["member_id"]))
        until = (reached or do.now) + ANSWER
        if not one["passed"] and do.now < min(until, row["made"] + AHEAD):
            open_until.append(min(until, row["made"] + AHEAD))
    if open_until:
        await store.change_request(do.db, do.community.id, row["id"], due=max(open_until))
        return
    n = count(len(rows), say("mentor was"), say("mentors were"))
    await _tell_nobody(do, row, say("{n} asked, and none can just now. Other times may help.", n=n))
    await end_request(do, row, "over", say("Thank you: nobody waits for an answer any more."))
