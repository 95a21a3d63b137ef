"""Introducing those who have all said yes: who teaches whom what, and three times for a first talk."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from bot import people
from bot.cards import Block, Button, Controls, Items, Note, Paragraph, Time
from bot.members import introductions
from bot.swaps import gathering, store
from bot.swaps.hours import times_for_all
from bot.swaps.words import skill_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.cards import Text
    from bot.place import Place
    from bot.swaps.candidates import Candidate

Taught = tuple[int, int, str]
"""Who teaches whom what: giver, getter, skill."""

ASK_AFTER = timedelta(days=5)
"""After the introduction: when it is asked whether they have met."""


async def introduce(place: Place, taught: Sequence[Taught], *, why: str, source: str) -> list[int]:
    """Introduce those who have all said yes, with three times for each two, and note who teaches whom.

    Returns the ids of the lessons, in the order of `taught`.
    """
    everyone = list(dict.fromkeys(one for giver, getter, _ in taught for one in (giver, getter)))
    known = await gathering.gather(place.db, place.community, place.settings, everyone, place.now)
    names = {one: await people.member_name(place.db, place.community.id, one) or say("Somebody") for one in everyone}
    values = {"source": source, "at": place.now, "due": place.now + ASK_AFTER}
    lessons = [
        await store.add_lesson(place.db, place.ids, place.community.id, giver, getter, skill=skill, **values)
        for giver, getter, skill in taught
    ]
    blocks = _plan(place, dict(zip(lessons, taught, strict=True)), known, names)
    await introductions.introduce(place, everyone, why=why, blocks=blocks)
    return lessons


async def introduce_for_coffee(place: Place, ids: Sequence[int]) -> None:
    """Introduce those who want to meet somebody new."""
    known = await gathering.gather(place.db, place.community, place.settings, ids, place.now)
    blocks: list[Block] = []
    if times := times_for_all([one.free for one in known.values()], place.now):
        blocks = [Paragraph((say("Times that suit you all:"),)), Items(tuple((Time(at),) for at in times))]
    controls = Controls(
        (Button(say("No more of these"), "swap coffee", ("no",)), Button(say("My swaps"), "swap status"))
    )
    both = say("A coffee introduction: you both wanted to meet somebody new.")
    why = both if len(ids) == 2 else say("A coffee introduction: you all wanted to meet somebody new.")
    await introductions.introduce(place, ids, why=why, blocks=(*blocks, controls))


def _plan(
    place: Place, lessons: Mapping[int, Taught], known: Mapping[int, Candidate], names: Mapping[int, str]
) -> list[Block]:
    """Who teaches whom what, when the two could talk first, and what they can say of it.

    The card may stand where all of them see it: what is pressed on it is answered to who pressed alone.
    """
    blocks: list[Block] = []
    by_pair = sorted(lessons.items(), key=lambda one: (sorted(one[1][:2]), one[0]))
    for pair, group in groupby(by_pair, key=lambda one: sorted(one[1][:2])):
        both = list(group)
        says = [
            say("{a} helps {b} with {skill}. ", a=names[giver], b=names[getter], skill=skill_name(skill))
            for _, (giver, getter, skill) in both
        ]
        times = times_for_all([known[one].free for one in pair], place.now)
        own, who = (str(both[0][0]),), say("{a} and {b}", a=names[pair[0]][:25], b=names[pair[1]][:25])
        fixed, unfit = say("We've fixed a time"), say("Not a fit")
        buttons = (
            Button(fixed, "swap times", own, "primary", spoken=f"{fixed}: {who}"),
            Button(unfit, "swap no-fit", own, spoken=f"{unfit}: {who}"),
        )
        blocks += [Paragraph((*says, *_times_words(times))), Controls(buttons)]
    advice = say("A first talk usually takes 30 min: what each needs, one small exercise, the next date.")
    last = Controls((Button(say("Pause swaps"), "swap pause"), Button(say("My swaps"), "swap status")))
    return [*blocks, Note((advice,)), last]


def _times_words(times: Sequence[datetime]) -> Text:
    """Times that suit everybody concerned, in each reader's own zone."""
    if not times:
        return (say("I know of no time that suits both."),)
    between = [part for at in times for part in (Time(at), " · ")][:-1]
    return (say("Times that suit both: "), *between)
