"""`/meetup …`: what members can say. Planning, answering and managing have files of their own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from bot import calendar, subscribing
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Quote, sentence
from bot.commands import Commands, Read, Reply, Write
from bot.errors import UserError
from bot.meetups import changing, drafts, going, managing, planning, store, turning
from bot.meetups.cards import KIND_WORDS, View, ends, entry, places_words, public_place, view_of, when_words
from bot.meetups.rules import line
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from bot.cards import Block
    from bot.meetups.store import Gathering

PAGE = 4  # each has three buttons; more would not fit one message on Discord

_own = Commands()


@_own.command("meetup list", example="/meetup list mine:yes")
async def show(
    ask: Read,
    mine: Annotated[bool, "Only those that you host or answered"] = False,  # noqa: FBT002
    page: Annotated[int, "Which page of the list"] = 1,
) -> Reply:
    """Show the meetups to come, and answer whether you come."""
    member_id = ask.member_id if mine else None
    found = await store.to_come(ask.db, ask.community.id, ask.now, member_id=member_id)
    if not found:
        return Reply(_nothing(ask, mine=mine))
    last = -(-len(found) // PAGE)
    page = page if 1 <= page <= last else 1
    blocks: list[Block] = []
    for gathering in found[(page - 1) * PAGE : page * PAGE]:
        view = await view_of(ask.db, ask.community.id, gathering)
        blocks += entry(view, my_words(view, ask.member_id))
    more = [Button(say("Next"), "meetup list", (_yes_no(on=mine), str(page + 1)))] if page < last else []
    other = Button(say("All meetups") if mine else say("Only mine"), "meetup list", (_yes_no(on=not mine),))
    n = count(len(found), say("meetup"), say("meetups"))
    head = say("My meetups: {n}.", n=n) if mine else say("{n} to come.", n=n)
    return Reply(Card(head, (*blocks, Controls((*more, other, *_create_button(ask))), _calendars(ask))))


def _calendars(ask: Read) -> Controls:
    """Where to get the addresses of calendars."""
    mine = Button(say("Subscribe in my calendar"), "calendar mine")
    ours = (Button(say("The community's calendar"), "calendar ours"),) if ask.role >= Role.MODERATOR else ()
    return Controls((mine, *ours))


def _yes_no(*, on: bool) -> str:
    return "yes" if on else "no"


def _create_button(ask: Read) -> tuple[Button, ...]:
    try:
        drafts.may_create(ask)
    except UserError:
        return ()
    return (Button(say("Plan a meetup"), "meetup create"),)


def _nothing(ask: Read, *, mine: bool) -> Card:
    if mine:
        words = say("You answered to no meetup that is still to come.")
        return sentence(words, Button(say("All meetups"), "meetup list"), *_create_button(ask))
    words = say("Nothing is planned yet.")
    who = {"anyone": say("anyone"), "organisers": say("an organiser"), "moderators": say("a moderator")}
    how = say(
        "A meetup is made by {who} with /meetup create: a title and a time are enough.",
        who=who[ask.settings.meetup.who_can_create],
    )
    return sentence(f"{words} {how}", *_create_button(ask))


def my_words(view: View, member_id: int) -> str:
    """What somebody answered: "You're going", "You're number 2 on the waitlist"; "" where they did not."""
    if view.gathering.host_id == member_id:
        return say("You host it.")
    mine = next((one.answer for one in view.answers if one.member_id == member_id), None)
    if mine == "waiting":
        return say("You're number {n} on the waitlist.", n=line(view.answers).index(member_id) + 1)
    words = {
        "going": say("You're going."),
        "offered": say("A place is yours if you take it."),
        "maybe": say("You may come."),
        "no": say("You can't come."),
    }
    return words[mine] if mine else ""


@_own.command("meetup show", typed=False)
async def details(ask: Read, gathering: int) -> Reply:
    """Show all of a meetup; to who goes, where it is."""
    found = await store.read_gathering(ask.db, ask.community.id, gathering)
    if found is None:
        others = Button(say("See upcoming meetups"), "meetup list")
        raise UserError("E-STALE", say("That meetup isn't there any more."), buttons=(others,))
    view = await view_of(ask.db, ask.community.id, found)
    goes = ask.member_id == found.host_id or any(
        one.member_id == ask.member_id and one.answer == "going" for one in view.answers
    )
    facts = (
        Fact(say("Host"), (view.host or say("nobody"),)),
        Fact(say("Where"), (found.place if goes and found.place else public_place(found),)),
        Fact(say("Going"), (places_words(view),)),
    )
    mine = my_words(view, ask.member_id)
    state = say("It is cancelled.") if found.cancelled else say("It is over.") if ends(found) <= ask.now else mine
    press = (str(found.id),)
    manage = [Button(say("Manage"), "meetup manage", press)] if managing.may_manage(ask, found) else []
    answer = [] if found.cancelled or ends(found) <= ask.now else _answer_buttons(found, goes=goes)
    return Reply(
        Card(
            say("Details of “{title}”.", title=found.title),
            (
                Heading(say("{title} ({kind})", title=found.title, kind=say(KIND_WORDS[found.kind]))),
                Paragraph(when_words(found)),
                Facts(facts),
                *((Quote(found.about),) if found.about else ()),
                *((Note((state,)),) if state else ()),
                *((Controls((*answer, *manage)),) if answer or manage else ()),
            ),
        )
    )


def _answer_buttons(found: Gathering, *, goes: bool) -> list[Button]:
    press = (str(found.id),)
    if goes:
        reminders = Button(say("Reminders"), "meetup reminders", press)
        return [reminders, Button(say("Can't after all"), "meetup cant", press)]
    return [Button(say("Going"), "meetup going", press, "primary"), Button(say("Can't"), "meetup cant", press)]


@_own.command("meetup calendar", typed=False)
async def add_to_calendar(do: Write, gathering: int) -> Reply:
    """Get a meetup as a calendar file, by a direct message."""
    found = await store.read_gathering(do.db, do.community.id, gathering)
    if found is None or found.cancelled:
        raise UserError("E-STALE", say("That meetup isn't there any more."))
    return Reply(await subscribing.send_entry(do, event_of(found), "meetup"))


def event_of(found: Gathering) -> calendar.Event:
    """The calendar entry of a gathering: its UID never changes, its SEQUENCE goes up with every change."""
    return calendar.Event(
        uid=calendar.uid(f"meetup-{found.series_id}", datetime.fromisoformat(found.key)),
        start=found.at,
        end=ends(found),
        title=found.title,
        sequence=found.sequence,
        description=found.about,
        place=found.place,
        cancelled=found.cancelled is not None,
    )


@_own.command("meetup was", typed=False)
async def was(do: Write, gathering: int, how: str) -> Reply:
    """Say how a meetup was; the host sees how many said so, not who."""
    mine = await store.answer_of(do.db, do.community.id, gathering, do.member_id)
    if mine is None:
        raise UserError("E-STALE", say("You were not on that list."))
    worth = {"yes": True, "no": False}.get(how)
    came = how != "absent" if mine["came"] is None else mine["came"]
    await store.change_answer(do.db, do.community.id, gathering, do.member_id, came=came, worth_it=worth)
    thanks = sentence(say("Thank you; the host sees how many said so, not who."))
    await managing.close_question(do, gathering, thanks)
    return Reply(thanks)


commands = Commands(_own, going.commands, planning.commands, turning.commands, managing.commands, changing.commands)
