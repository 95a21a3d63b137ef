"""Who comes: answers, places, the waitlist with its offers, reminders. Whoever changes a gathering locks it first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import notices, outbox, when, whereabouts
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, sentence
from bot.commands import Commands, Reply, Update, Write
from bot.errors import UserError
from bot.meetups import store
from bot.meetups.cards import ends, public_card, view_of, when_words
from bot.meetups.reminding import forget_reminders, remind
from bot.meetups.rules import LAST_HOUR, held_until, line, place_for, to_offer
from bot.members import store as members
from bot.notices import Notice, Worth
from bot.reminders import REMINDERS, ahead_words
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.meetups.rules import Answer
    from bot.meetups.store import Gathering
    from bot.place import Place

LOOK_AGAIN = timedelta(minutes=5)  # whether an offer has reached its member
A_DAY = timedelta(days=1)

commands = Commands()


async def open_gathering(do: Write, gathering_id: int) -> Gathering:
    """The gathering, locked. Raises `UserError` (E-STALE) where it is over, cancelled or none of this community."""
    found = await store.read_gathering(do.db, do.community.id, gathering_id, lock=True)
    others = (Button(say("See upcoming meetups"), "meetup list"),)
    if found is None:
        raise UserError("E-STALE", say("That meetup isn't there any more."), buttons=others)
    if found.cancelled:
        by = found.cancelled_by or say("its host")
        raise UserError("E-STALE", say("This card is out of date: {name} cancelled it.", name=by), buttons=others)
    if ends(found) <= do.now:
        raise UserError("E-STALE", say("“{title}” is over.", title=found.title), buttons=others)
    return found


# --- answering -------------------------------------------------------------------------------------------------------


@commands.command("meetup going", typed=False)
async def go(do: Write, gathering: int) -> Reply:
    """Say that you come: you have a place, or wait for one."""
    found = await open_gathering(do, gathering)
    answers = await store.answers_of(do.db, do.community.id, gathering)
    mine = next((one.answer for one in answers if one.member_id == do.member_id), None)
    held = do.now < found.at - LAST_HOUR
    got = place_for(answers, do.member_id, found.places, held=held)
    if mine == got:
        return Reply(await _answered(do, found, say("You are on the list already.") if got == "going" else ""))
    await _set(do, found, do.member_id, got)
    return Reply(await _answered(do, found, say("You're going.") if got == "going" else ""))


@commands.command("meetup maybe", typed=False)
async def maybe(do: Write, gathering: int) -> Reply:
    """Say that you may come; it takes no place."""
    found = await open_gathering(do, gathering)
    await _set(do, found, do.member_id, "maybe")
    return Reply(sentence(say("Noted: you may come to “{title}”. It keeps no place.", title=found.title)))


@commands.command("meetup cant", typed=False)
async def cannot(do: Write, gathering: int) -> Reply:
    """Say that you don't come; your place goes to who waits."""
    found = await open_gathering(do, gathering)
    before = await store.answer_of(do.db, do.community.id, gathering, do.member_id)
    await _set(do, found, do.member_id, "no")
    had = before is not None and before["answer"] in ("going", "offered")
    more = say(" Your place is free for somebody else.") if had and found.places else ""
    again = Button(say("I can come after all"), "meetup going", (str(gathering),))
    return Reply(sentence(say("Noted: you can't come to “{title}”.", title=found.title) + more, again))


@commands.command("meetup take", typed=False)
async def take(do: Write, gathering: int) -> Update:
    """Take the place that was offered to you."""
    found = await open_gathering(do, gathering)
    answers = await store.answers_of(do.db, do.community.id, gathering)
    mine = next((one.answer for one in answers if one.member_id == do.member_id), None)
    last_hour = do.now >= found.at - LAST_HOUR
    if mine == "going":
        return Update(await _answered(do, found, say("You have the place already.")))
    if mine != "offered" and not (mine == "waiting" and last_hour):
        again = Button(say("Join the waitlist"), "meetup going", (str(gathering),))
        raise UserError("E-STALE", say("That offer is over."), buttons=(again,))
    if mine == "waiting" and place_for(answers, do.member_id, found.places, held=False) != "going":
        raise UserError("E-FULL", say("Somebody else was faster: all places are taken again."))
    await _set(do, found, do.member_id, "going")
    return Update(await _answered(do, found, say("The place is yours.")))


async def _answered(do: Write, found: Gathering, done: str) -> Card:
    """The private answer to who goes, or who waits (E-FULL)."""
    answers = await store.answers_of(do.db, do.community.id, found.id)
    press = (str(found.id),)
    queue = line(answers)
    if do.member_id in queue:
        n = queue.index(do.member_id) + 1
        words = say("All {places} places are taken. You're number {n} on the waitlist.", places=found.places, n=n)
        promise = say("I'll message you if a place opens.")
        leave = Controls((Button(say("Leave waitlist"), "meetup cant", press),))
        return Card(words, (Paragraph((f"{words} {promise}",)), leave))
    reminders = say("I'll remind you {when}.", when=ahead_words(found.at, do.now))
    return Card(
        f"{done} {found.title}.",
        (
            Paragraph((f"{done} {found.title}: ", *when_words(found))),
            *((Paragraph((say("Where: {place}", place=found.place),)),) if found.place else ()),
            Note((reminders,)),
            Controls(
                (
                    Button(say("Add to calendar"), "meetup calendar", press),
                    Button(say("Reminders"), "meetup reminders", press),
                    Button(say("Can't after all"), "meetup cant", press),
                )
            ),
        ),
    )


async def _set(do: Place, found: Gathering, member_id: int, answer: Answer) -> None:
    """Change one member's answer, and everything that follows from it: reminders, the line, the cards."""
    before = await store.answer_of(do.db, do.community.id, found.id, member_id)
    if before is not None:
        await _forget_notices(do, found, member_id, before["version"], answer)
    version = await store.put_answer(do.db, do.community.id, found.id, member_id, answer, at=do.now, offered_at=None)
    if answer == "going":
        await remind(do, found, member_id, version, before["reminders"] if before else list(REMINDERS))
    await settle(do, found)


# --- the line --------------------------------------------------------------------------------------------------------


async def settle(do: Place, found: Gathering) -> None:
    """Offer free places to who waits, show the cards as things are now, and say when to look again."""
    offers = await _end_offers(do, found)
    answers = await store.answers_of(do.db, do.community.id, found.id)
    if do.now < found.at - LAST_HOUR:
        for member_id in to_offer(answers, found.places):
            await _offer(do, found, member_id)
            offers = min(offers or do.now + LOOK_AGAIN, do.now + LOOK_AGAIN)
    elif do.now < found.at and to_offer(answers, found.places):
        for member_id in line(answers):
            await _open_up(do, found, member_id)
    await show_everywhere(do, found)
    await store.change_gathering(do.db, do.community.id, found.id, due=_next_look(do.now, found, offers))


def _next_look(now: datetime, found: Gathering, offers: datetime | None) -> datetime | None:
    """When there is something to do about a gathering that has been announced."""
    tomorrow = now + A_DAY if now + A_DAY < found.at else None  # for a space that is set up after it was announced
    moments = [offers, tomorrow, found.at - LAST_HOUR, ends(found) + LAST_HOUR]
    return min((moment for moment in moments if moment and moment > now), default=None)


def _offer_key(found: Gathering, member_id: int, version: int) -> str:
    return f"meetup-offer:{found.id}:{member_id}:{version}"


async def _offer(do: Place, found: Gathering, member_id: int) -> None:
    mine = await store.answer_of(do.db, do.community.id, found.id, member_id)
    turn = mine["turn"] if mine else None
    version = await store.put_answer(
        do.db, do.community.id, found.id, member_id, "offered", at=do.now, turn=turn, offered_at=do.now
    )
    hours = do.settings.meetup.waitlist_hold_hours
    hold = say("It is yours for {hours} hours from now, at most until an hour before the start.", hours=hours)
    card = _place_card(found, say("A place opened for you"), hold)
    until = found.at - LAST_HOUR
    key = _offer_key(found, member_id, version)
    told = Notice(member_id=member_id, key=key, card=card, due=do.now, until=until, asked=True, worth=Worth.PLACE)
    await notices.owe(do.db, do.ids, do.community.id, told)


async def _open_up(do: Place, found: Gathering, member_id: int) -> None:
    """In the last hour nothing is held: whoever of the line presses first has the place."""
    card = _place_card(found, say("A place opened"), say("It begins soon: the first who takes it has it."))
    key = f"meetup-free:{found.id}:{member_id}"
    told = Notice(member_id=member_id, key=key, card=card, due=do.now, until=found.at, asked=True, worth=Worth.PLACE)
    await notices.owe(do.db, do.ids, do.community.id, told)


def _place_card(found: Gathering, title: str, hold: str) -> Card:
    press = (str(found.id),)
    buttons = (Button(say("Take it"), "meetup take", press, "primary"), Button(say("Pass"), "meetup cant", press))
    return Card(
        say("{title}: {name}.", title=title, name=found.title),
        (Heading(title), Paragraph((found.title, " · ", *when_words(found))), Paragraph((hold,)), Controls(buttons)),
    )


async def _end_offers(do: Place, found: Gathering) -> datetime | None:
    """Pass on the offers that nobody took in time; returns when to look at those that still stand."""
    looks: list[datetime] = []
    for one in await store.answers_of(do.db, do.community.id, found.id):
        if one.answer == "offered":
            mine = await store.answer_of(do.db, do.community.id, found.id, one.member_id)
            assert mine is not None  # noqa: S101  (it was read in this transaction, under the gathering's lock)
            if ended := await _offer_ends(do, found, mine):
                looks.append(ended)
    return min(looks, default=None)


async def _offer_ends(do: Place, found: Gathering, mine: RowMapping) -> datetime | None:
    """When an offer is to be looked at again; None where it is over, and was taken back."""
    member_id = mine["member_id"]
    key = _offer_key(found, member_id, mine["version"])
    reached = await notices.reached(do.db, do.community.id, key)
    hold = timedelta(hours=do.settings.meetup.waitlist_hold_hours)
    if reached is not None:
        end = await _held_until(do, found, member_id, reached, hold)
        if end > do.now:
            return end
        over = sentence(say("The offer is over; the place at “{title}” went on.", title=found.title))
        await notices.close(do.db, do.ids, do.community.id, key, do.now, card=over)
        await store.put_answer(do.db, do.community.id, found.id, member_id, "no", at=do.now, offered_at=None)
        return None
    others_wait = bool(line(await store.answers_of(do.db, do.community.id, found.id)))
    unread = do.now - mine["offered_at"] >= hold and others_wait
    if unread or do.now >= found.at - LAST_HOUR:  # it never reached them: they wait on, behind who can be reached
        await notices.close(do.db, do.ids, do.community.id, key, do.now)
        turn = None if unread else mine["turn"]
        more = {"at": mine["at"], "turn": turn, "offered_at": None}
        await store.put_answer(do.db, do.community.id, found.id, member_id, "waiting", **more)
        return None
    return do.now + LOOK_AGAIN


async def _held_until(do: Place, found: Gathering, member_id: int, reached: datetime, hold: timedelta) -> datetime:
    page = await members.profile_of(do.db, do.community.id, member_id)
    known = await whereabouts.zone_at(do.db, do.community.id, member_id, do.now)
    quiet = when.quiet_hours(do.settings.safety.quiet_hours if page.quiet is None else page.quiet)
    return held_until(reached, found.at, hold, quiet, when.zone(known or do.community.zone))


# --- reminders -------------------------------------------------------------------------------------------------------


async def _forget_notices(do: Place, found: Gathering, member_id: int, version: int, answer: str) -> None:
    """What was owed because of an earlier answer is over."""
    await forget_reminders(do, found, member_id, version)
    taken = say("You took the place at “{title}”.", title=found.title)
    passed = say("You passed on the place at “{title}”.", title=found.title)
    card = sentence(taken if answer == "going" else passed)
    for key in (_offer_key(found, member_id, version), f"meetup-free:{found.id}:{member_id}"):
        await notices.close(do.db, do.ids, do.community.id, key, do.now, card=card)


@commands.command("meetup reminders", typed=False)
async def change_reminders(do: Write, gathering: int, which: str = "", on: str = "") -> Update:
    """Switch the reminders of a meetup on or off, each by itself."""
    found = await open_gathering(do, gathering)
    mine = await store.answer_of(do.db, do.community.id, gathering, do.member_id)
    if mine is None or mine["answer"] != "going":
        raise UserError("E-STALE", say("You are not going to “{title}”, so nothing is reminded.", title=found.title))
    wanted = [name for name in REMINDERS if name in mine["reminders"]]
    if which in REMINDERS:
        wanted = [name for name in REMINDERS if (on == "on" if name == which else name in wanted)]
        await _forget_notices(do, found, do.member_id, mine["version"], "going")
        version = await store.put_answer(
            do.db, do.community.id, gathering, do.member_id, "going", at=mine["at"], turn=mine["turn"], reminders=wanted
        )
        await remind(do, found, do.member_id, version, wanted)
    return Update(_reminders_card(found, wanted))


def _reminders_card(found: Gathering, wanted: list[str]) -> Card:
    names = {"day": say("a day before"), "soon": say("ten minutes before")}
    on = [names[name] for name in wanted]
    words = say("You are reminded {when}.", when=say(" and ").join(on)) if on else say("You are not reminded.")
    buttons = (
        Button(
            say("Don't remind me {when}", when=words) if name in wanted else say("Remind me {when}", when=words),
            "meetup reminders",
            (str(found.id), name, "off" if name in wanted else "on"),
        )
        for name, words in names.items()
    )
    return Card(words, (Paragraph((f"{found.title}: {words}",)), Controls(tuple(buttons))))


# --- the cards -------------------------------------------------------------------------------------------------------


async def show_everywhere(do: Place, found: Gathering) -> None:
    """Show a gathering's cards, wherever they stand, as things are now."""
    fresh = await store.read_gathering(do.db, do.community.id, found.id)
    if fresh is None:
        return
    card = public_card(await view_of(do.db, do.community.id, fresh))
    for row in await store.postings_of(do.db, do.community.id, found.id):
        await outbox.edit(do.db, do.ids, do.community.id, row["message_id"], card, do.now)


async def tell_those_who_come(do: Place, found: Gathering, card: Card, key: str) -> int:
    """Tell everybody who goes, may come or waits, except the host; returns how many."""
    told = 0
    for one in await store.answers_of(do.db, do.community.id, found.id):
        if one.answer == "no" or one.member_id == found.host_id:
            continue
        notice = Notice(
            member_id=one.member_id,
            key=f"{key}:{one.member_id}",
            card=card,
            due=do.now,
            until=max(found.at, do.now + timedelta(days=1)),
            asked=True,
            worth=Worth.ANSWER,
        )
        told += await notices.owe(do.db, do.ids, do.community.id, notice)
    return told
