"""What a round proposes to each member, privately; and what becomes of it.

Nobody sees a name before everybody in the ring has said yes. Who says no is not named to the others: another way round
is looked for (`jobs/follow_swaps.py`), and who had said yes to the same before need not say it again.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from bot import notices, outbox
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, bold, plain, sentence
from bot.commands import Commands, Read, Reply, Update, Write
from bot.errors import UserError
from bot.members import store as members
from bot.notices import Notice, Worth
from bot.swaps import gathering, introducing, rounds, store
from bot.swaps.words import shared_words, skill_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa

    from bot.cards import Text
    from bot.place import Place
    from bot.swaps.candidates import Candidate

ANSWER_WITHIN = timedelta(days=3)
REMIND_AFTER = timedelta(days=2)
"""After the proposal has reached a member."""

commands = Commands()


# --- proposing -------------------------------------------------------------------------------------------------------


async def tell(place: Place, ring_id: int, number: int) -> None:
    """Tell the member of a seat what is proposed to them."""
    row = await rounds.lock_ring(place.db, place.community.id, ring_id)
    one = (await rounds.seats_of(place.db, place.community.id, ring_id))[number]
    if (
        row is None or row["state"] != "proposed" or not one["open"] or one["told"] is not None
    ):  # somebody else was here
        return
    told = f"ring:{ring_id}:{number}"
    await rounds.change_seat(place.db, one, told=told)
    await notices.owe(place.db, place.ids, place.community.id, await _notice(place, one, told))


async def follow_seat(place: Place, ring_id: int, member_id: int) -> None:
    """Remind a member who does not answer, once; a day later take the silence for a no."""
    row = await rounds.lock_ring(place.db, place.community.id, ring_id)
    seats = await rounds.seats_of(place.db, place.community.id, ring_id)
    one = next((one for one in seats if one["member_id"] == member_id and one["open"]), None)
    if row is None or row["state"] != "proposed" or one is None or one["answer"] is not None:
        return
    if one["reminded"]:
        await settle(place, row, one, "silent")
    else:
        await rounds.change_seat(place.db, one, reminded=True)
        await notices.owe(place.db, place.ids, place.community.id, await _notice(place, one, f"{one['told']}:again"))


async def _notice(place: Place, one: sa.RowMapping, key: str) -> Notice:
    card = await _card(place, one, again=key.endswith(":again"))
    return Notice(member_id=one["member_id"], key=key, card=card, due=place.now, worth=Worth.ANSWER)


async def _card(place: Place, one: sa.RowMapping, *, again: bool = False) -> Card:
    seats = await rounds.seats_of(place.db, place.community.id, one["ring_id"])
    ids = [other["member_id"] for other in seats]
    known = await gathering.gather(place.db, place.community, place.settings, ids, place.now)
    terms = terms_words(one, len(seats))
    heading = say("A swap still waits for your answer") if again else say("A swap for you this round")
    return Card(
        say("A swap for you. {terms}", terms=plain(terms)),
        (
            Heading(heading),
            Paragraph(terms),
            Paragraph(_partner_hours(place, one, seats, known)),
            Controls(answers(one)),
            Note((_note(len(seats)),)),
        ),
    )


def terms_words(one: sa.RowMapping, size: int) -> Text:
    """What a seat is about, in words: "You would learn pgvector and teach LLM evaluation. It is a ring of three: …"."""
    learn = (bold(say("learn {skill}", skill=skill_name(one["learns"]))),) if one["learns"] else ()
    teach = (bold(say("teach {skill}", skill=skill_name(one["teaches"]))),) if one["teaches"] else ()
    both = (say(" and "),) if learn and teach else ()
    if not both:
        kind = say("It is a chain of {n}: help goes on from one to the next.", n=_number(size))
    elif size == 2:
        kind = say("You two would teach each other.")
    else:
        kind = say("It is a ring of {n}: each teaches the next, and the last one teaches the first.", n=_number(size))
    return (say("You would "), *learn, *both, *teach, ". ", kind)


def _number(size: int) -> str:
    return {2: say("two"), 3: say("three"), 4: say("four")}.get(size, str(size))


def _note(size: int) -> str:
    both = say("both") if size == 2 else say("all {n}", n=_number(size))
    return say("Names are shown when {both} say yes. Answer within 3 days of reading this.", both=both)


def answers(one: sa.RowMapping) -> tuple[Button, ...]:
    """What a member can press under a proposal."""
    own = (str(one["ring_id"]),)
    return (
        Button(say("Yes, introduce us"), "swap answer", (*own, "yes"), "primary"),
        Button(say("Not this time"), "swap answer", (*own, "no")),
        Button(say("Why this match?"), "swap why", own),
    )


def _partner_hours(
    place: Place, one: sa.RowMapping, seats: Sequence[sa.RowMapping], known: Mapping[int, Candidate]
) -> Text:
    """The hours shared with the one who teaches this member; with the one they teach, where nobody does."""
    teacher = seats[one["number"] - 1]["member_id"]
    other = teacher if one["learns"] else seats[(one["number"] + 1) % len(seats)]["member_id"]
    who = say("You and the one who teaches you") if one["learns"] else say("You and the one you teach")
    return shared_words((known[one["member_id"]].free, known[other].free), place.now, who)


@commands.command("swap why", typed=False)
async def why(ask: Read, ring: int) -> Reply:
    """Show why this match was made, without saying who it is."""
    seats = await rounds.seats_of(ask.db, ask.community.id, ring)
    mine = next((one for one in seats if one["member_id"] == ask.member_id and one["open"]), None)
    if mine is None or any(one["member_id"] is None or not one["open"] for one in seats):
        raise _over()
    part = await store.part_of(ask.db, ask.community.id, ask.member_id)
    lines: list[str] = []
    if mine["learns"]:
        skill = skill_name(mine["learns"])
        lines += [
            say("You want {skill}, and the one before you offers it.", skill=skill),
            say("You two speak a language in common and share enough hours of a week."),
        ]
    if mine["teaches"]:
        lines.append(say("You offer {skill}, and the one after you wants it.", skill=skill_name(mine["teaches"])))
    if part is not None and part["waiting"]:
        lines.append(say("You went without in the last round, so you come first in this one."))
    lines.append(say("None of you has blocked another, and nobody learns the same from the same person twice."))
    heading = say("Why this match?")
    controls = answers(mine)[:2] if mine["answer"] is None else (Button(say("My swaps"), "swap status"),)
    return Reply(Card(heading, (Heading(heading), *(Paragraph((line,)) for line in lines), Controls(controls))))


# --- answering -------------------------------------------------------------------------------------------------------


@commands.command("swap answer", typed=False)
async def answer(do: Write, ring: int, answer: Literal["yes", "no"]) -> Update:
    """Say whether you take part in what a round proposes."""
    row = await rounds.lock_ring(do.db, do.community.id, ring)
    seats = await rounds.seats_of(do.db, do.community.id, ring) if row else ()
    mine = next((one for one in seats if one["member_id"] == do.member_id and one["open"]), None)
    if row is None or mine is None or row["state"] not in ("proposed", "repairing"):
        raise _over()
    if mine["answer"] == answer:
        raise UserError("E-DONE", say("You have said so already."), buttons=(Button(say("My swaps"), "swap status"),))
    if mine["answer"] == "no":
        raise _over()
    return Update(await settle(do, row, mine, answer))


def _over() -> UserError:
    return UserError(
        "E-STALE",
        say("This proposal is over: its time was up, or somebody couldn't."),
        buttons=(Button(say("My swaps"), "swap status"),),
    )


async def settle(place: Place, row: sa.RowMapping, mine: sa.RowMapping, answer: rounds.Answer) -> Card:
    """Note an answer, or that there is none, and see what becomes of the ring; returns what its member is shown."""
    await rounds.change_seat(place.db, mine, answer=answer, open=answer == "yes")
    seats = await rounds.seats_of(place.db, place.community.id, row["id"])
    over: Sequence[sa.RowMapping] = [mine]
    if answer != "yes":
        await rounds.set_state(place.db, place.community.id, row["id"], "repairing")
        await _say_that_it_changes(place, seats, besides=mine["member_id"])
        card = _declined_card(answer, len(seats))
    elif row["state"] == "proposed" and all(one["answer"] == "yes" for one in seats):
        await agree(place, row, seats)
        over = seats
        card = sentence(say("Everybody has said yes. You get a message with names and three times."))
    else:
        no = Button(say("I can't after all"), "swap answer", (str(row["id"]), "no"))
        waiting = (
            say("Good. I introduce you as soon as the other one has said yes.")
            if len(seats) == 2
            else say("Good. I introduce you as soon as the others have said yes.")
        )
        card = sentence(waiting, no, Button(say("My swaps"), "swap status"))
    for one in over:
        await close_notice(place, one, card)
    return card


def _declined_card(answer: rounds.Answer, size: int) -> Card:
    if answer != "no":
        text = say("This proposal is over: three days went by. You are in the next round again.")
    elif size == 2:
        text = say("Fine. The other one is not told who you are. You are in the next round again.")
    else:
        text = say("Fine. The others are not told who it was. You are in the next round again.")
    pause = Button(say("Pause 2 weeks"), "swap pause")
    return sentence(text, pause, Button(say("My swaps"), "swap status"))


async def _say_that_it_changes(place: Place, seats: Sequence[sa.RowMapping], *, besides: int | None) -> None:
    """Tell those who are left that another way round is looked for, not who could not."""
    n = _number(len(seats))
    text = say("The other one can't this time.") if len(seats) == 2 else say("One of the {n} can't this time.", n=n)
    card = sentence(say("{what} I'm looking for another way round.", what=text), Button(say("My swaps"), "swap status"))
    for one in seats:
        if one["open"] and one["told"] and one["member_id"] != besides:
            await notices.change(place.db, place.ids, place.community.id, one["told"], card, place.now)


async def close_notice(place: Place, one: sa.RowMapping, card: Card) -> None:
    """Let a seat's notice, and its reminder, show what became of it: where a yes has ended them before, too."""
    for key in (one["told"], f"{one['told']}:again"):
        if one["told"]:
            await notices.close(place.db, place.ids, place.community.id, key, place.now, card=card)
    if one["answer"] == "yes":
        for message_id in await rounds.messages_about(place.db, one):
            await outbox.retract(place.db, place.ids, place.community.id, message_id, card, place.now)


async def agree(place: Place, row: sa.RowMapping, seats: Sequence[sa.RowMapping]) -> None:
    """Introduce a ring whose members have all said yes; if some must not meet any more, mend it."""
    ids = [one["member_id"] for one in seats]
    apart = await members.pairs_apart(place.db, place.community.id)
    reachable = await members.reachable(place.db, place.community.id, place.now)
    gone = [one for one in seats if one["member_id"] not in reachable]
    if gone or any(pair in apart for pair in combinations(sorted(ids), 2)):
        for one in gone:
            await rounds.change_seat(place.db, one, answer="silent", open=False)
        await rounds.set_state(place.db, place.community.id, row["id"], "repairing")
        return
    await rounds.set_state(place.db, place.community.id, row["id"], "introduced")
    after = [*ids[1:], ids[0]]
    taught = [
        (one["member_id"], other, one["teaches"]) for one, other in zip(seats, after, strict=True) if one["teaches"]
    ]
    size = len(seats)
    text = (
        say("The round found that you can teach each other.")
        if size == 2
        else say("The round found a ring of {n}: each teaches the next.", n=_number(size))
    )
    await introducing.introduce(place, taught, why=text, source=f"ring:{row['id']}")
    for one in ids:
        await store.change_part(place.db, place.community.id, one, waiting=0)


# --- coffee ----------------------------------------------------------------------------------------------------------


async def pour(place: Place, ring_id: int) -> None:
    """Introduce the members of a coffee group: with their tick they have said yes beforehand."""
    row = await rounds.lock_ring(place.db, place.community.id, ring_id)
    if row is None or row["state"] != "agreed":  # somebody else was here
        return
    seats = await rounds.seats_of(place.db, place.community.id, ring_id)
    ids = [one["member_id"] for one in seats if one["member_id"] is not None]
    apart = await members.pairs_apart(place.db, place.community.id)
    reachable = await members.reachable(place.db, place.community.id, place.now)
    if len(ids) < 2 or not set(ids) <= reachable or apart.intersection(combinations(sorted(ids), 2)):
        await rounds.set_state(place.db, place.community.id, ring_id, "broken")
        return
    await rounds.set_state(place.db, place.community.id, ring_id, "introduced")
    await introducing.introduce_for_coffee(place, ids)
