"""Choosing the hours of a meetup that goes around the world, by whom each choice reaches."""

from __future__ import annotations

import dataclasses
from datetime import time, timedelta
from typing import TYPE_CHECKING

from bot import when, whereabouts
from bot.availability import Window
from bot.cards import Button, Card, Controls, Heading, Items, Note, Paragraph
from bot.commands import Commands, Look, Read, Reply
from bot.errors import UserError
from bot.meetups.drafts import may_create, read_draft
from bot.meetups.rotation import WEEKS, Choices
from bot.members import store as members
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.meetups.drafts import Draft
    from bot.meetups.rotation import Hours

WAKING = tuple(Window(day, time(), time()) for day in range(7))
"""When a host has time who has not said when: always but in their quiet hours. It is they who plan it."""

commands = Commands()


async def _look(look: Look, draft: str) -> Choices | None:
    """Work out whom which hours reach."""
    may_create(look)
    found = read_draft(draft)
    async with look.read() as db:
        ids = await members.reachable(db, look.community.id, look.now) | {look.member_id}
        pages = await members.profiles_of(db, look.community.id, sorted(ids))
        zones = await whereabouts.zones_at(db, look.community.id, look.now)
    quiet = look.settings.safety.quiet_hours
    free = {one: page.free(zones.get(one, look.community.zone), quiet) for one, page in pages.items()}
    host = free[look.member_id]
    host = dataclasses.replace(host, windows=host.windows or WAKING)
    length = timedelta(minutes=found.minutes)
    choices: Choices | None = await look.workers.run(
        "bot.meetups.rotation:choose", host, list(free.values()), found.start, length, when.zone(look.zone)
    )
    return choices


@commands.command("meetup turns", typed=False, look=_look)
async def turns(ask: Read, draft: str, found: Choices | None) -> Reply:
    """Show whom the hours of a meetup would reach: ones that go around the world, and fixed ones."""
    wanted = read_draft(draft)
    if found is None:
        raise UserError(
            "E-NOTIME",
            say("You have no hour a week that is long enough for it."),
            advice=say("Make it shorter, or widen your times: /profile edit."),
            buttons=(Button(say("Edit"), "meetup redo", (draft,)), Button(say("Widen my times"), "profile more")),
        )
    return Reply(_choices_card(wanted, found, ask.zone))


def _choices_card(wanted: Draft, found: Choices, zone: str) -> Card:
    instants = [turn.at.isoformat() for turn in found.rotating.turns]
    rotating = dataclasses.replace(wanted, at=instants[0], turns=instants)
    fixed = {_clock(hours, zone): hours for hours in (found.asked, found.best)}
    of = found.members
    head = say("Whom which hours reach: {title}", title=wanted.title)
    turning = say(
        "So {n} of {of} have time at least once in {weeks} weeks; then the hours begin anew.",
        n=found.rotating.reached,
        of=of,
        weeks=WEEKS,
    )
    source = say(
        "By the times in members' profiles; who has said none is taken to have time from 9 to 20 o'clock. "
        "Only hours that you have are chosen; they are in {zone}.",
        zone=zone,
    )
    always = [(say("Always {hour}: {n} of {of}", hour=hour, n=one.reached, of=of),) for hour, one in fixed.items()]
    return Card(
        f"{head}. {turning}",
        (
            Heading(head),
            Items(tuple((_turn_words(turn.at, turn.suits, of, zone),) for turn in found.rotating.turns)),
            Paragraph((turning,)),
            Items(tuple(always)),
            Note((source,)),
            Controls(
                (
                    Button(say("Publish"), "meetup publish", (rotating.dump(),), "primary"),
                    *(
                        Button(say("Always {hour}", hour=hour), "meetup publish", (_weekly(wanted, hours).dump(),))
                        for hour, hours in fixed.items()
                    ),
                    Button(say("Edit"), "meetup redo", (wanted.dump(),)),
                    Button(say("Cancel"), "meetup discard"),
                )
            ),
        ),
    )


def _turn_words(at: datetime, suits: int, members: int, zone: str) -> str:
    local = at.astimezone(when.zone(zone))
    day = f"{local:%a} {local.day} {local:%b %H:%M}"
    return say("{day}: {n} of {of} have time", day=day, n=suits, of=members)


def _clock(hours: Hours, zone: str) -> str:
    """The day and hour of fixed hours on the organiser's clock."""
    return f"{hours.turns[0].at.astimezone(when.zone(zone)):%a %H:%M}"


def _weekly(draft: Draft, hours: Hours) -> Draft:
    return dataclasses.replace(draft, repeat="weekly", at=hours.turns[0].at.isoformat())
