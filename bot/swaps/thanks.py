"""Thanks for a lesson: the one who taught hears of it, and what was learned stands on the profile. One question."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bot import notices
from bot.cards import Button, Card, Controls, Note, Paragraph, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.members import store as members
from bot.members.asking import level_select
from bot.members.profile import BEGUN, Held
from bot.members.reading import MOST_SKILLS
from bot.notices import Notice, Worth
from bot.swaps import store
from bot.swaps.sides import name_of, own_lesson, stale
from bot.swaps.words import skill_name
from bot.words import say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.cards import Block
    from bot.place import Place

OVER_AFTER = timedelta(days=14)
"""After the introduction: then a lesson is closed, or it is asked what it was worth."""

commands = Commands()


# --- thanks ----------------------------------------------------------------------------------------------------------


@commands.command("swap thank", typed=False)
async def thank(do: Write, lesson: int) -> Update:
    """Thank who taught you; what you learned stands on your profile from then on."""
    row = await own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met" or row["giver_id"] is None:
        raise stale()
    name = await name_of(do, row["giver_id"])
    if row["thanked"] is not None:
        raise UserError("E-DONE", say("You have thanked {name} already.", name=name))
    await store.change_lesson(do.db, do.community.id, lesson, thanked=do.now)
    text = say("{name} thanks you for the help with {skill}.", name=do.name, skill=skill_name(row["skill"]))
    gift = () if row["free"] else (gift_button(lesson, is_free=False),)
    told = Notice(
        member_id=row["giver_id"],
        key=f"thanks:{lesson}",
        card=sentence(text, *gift, Button(say("My swaps"), "swap status")),
        due=do.now,
        worth=Worth.NEWS,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
    done = say("Done: {name} hears of it.", name=name)
    mine = Button(say("My swaps"), "swap status")
    if not await _land(do, row["skill"]):
        return Update(sentence(done, mine))
    return Update(Card(done, (Paragraph((done,)), *_landed(row), Controls((mine,)))))


async def _land(do: Write, skill: str) -> bool:
    """Put a skill that was learned onto the learner's profile, as just begun; says whether it is new there."""
    known = await members.skills_of(do.db, do.community.id, do.member_id, "offer")
    if skill in {one.skill for one in known} or len(known) >= MOST_SKILLS:
        return False
    learned = Held(skill, BEGUN)
    await members.set_skills(do.db, do.community.id, do.member_id, "offer", (*known, learned), do.now)
    await _set_wanted(do, skill, wanted=False)
    return True


async def _set_wanted(do: Write, skill: str, *, wanted: bool) -> None:
    """Put a skill among those that somebody wants to learn, or take it away from there."""
    held = await members.skills_of(do.db, do.community.id, do.member_id, "want")
    others = [one for one in held if one.skill != skill]
    kept = [*held, Held(skill)] if wanted and len(others) == len(held) < MOST_SKILLS else held if wanted else others
    await members.set_skills(do.db, do.community.id, do.member_id, "want", kept, do.now)


def _landed(row: sa.RowMapping) -> tuple[Block, ...]:
    skill = skill_name(row["skill"])
    text = say("{skill} is on your profile now, and counts where a gig asks for it.", skill=skill)
    note = say("You have just begun, so nobody is sent to you for help with it. Say when you know it better.")
    back = Button(say("Not yet: I still want to learn it"), "swap unlearn", (str(row["id"]),))
    return (Paragraph((text,)), Note((note,)), Controls((level_select(row["skill"]),)), Controls((back,)))


@commands.command("swap unlearn", typed=False)
async def unlearn(do: Write, lesson: int) -> Update:
    """Take a skill that you learned off your profile again, and go on wanting to learn it."""
    row = await own_lesson(do, lesson)
    held = await members.skills_of(do.db, do.community.id, do.member_id, "offer")
    left = [one for one in held if one.skill != row["skill"]]
    if row["getter_id"] != do.member_id or row["thanked"] is None or len(left) == len(held):
        raise stale()
    await members.set_skills(do.db, do.community.id, do.member_id, "offer", left, do.now)
    await _set_wanted(do, row["skill"], wanted=True)
    text = say("{skill} is off your profile, and among what you want to learn.", skill=skill_name(row["skill"]))
    return Update(sentence(text, Button(say("My swaps"), "swap status")))


# --- a gift ----------------------------------------------------------------------------------------------------------


def gift_button(lesson_id: int, *, is_free: bool) -> Button:
    """With which the one who teaches wants nothing back, or takes that back before the hour is entered."""
    label, given = (say("Count it after all"), "no") if is_free else (say("No return needed"), "yes")
    return Button(label, "swap gift", (str(lesson_id), given))


@commands.command("swap gift", typed=False)
async def gift(do: Write, lesson: int, given: bool) -> Update:  # noqa: FBT001  (an option of a command)
    """Give a lesson without return: its hours are entered and owed to nobody."""
    row = await own_lesson(do, lesson)
    if row["giver_id"] != do.member_id or row["state"] == "failed":
        raise stale()
    mine = Button(say("My swaps"), "swap status")
    if row["free"] == given:
        happened = say("It is a gift already.") if given else say("It counts already.")
        raise UserError("E-DONE", happened, buttons=(mine,))
    if row["state"] == "met" and not given:
        raise UserError("E-DONE", say("The hour is entered as a gift, and stays one."), buttons=(mine,))
    await store.change_lesson(do.db, do.community.id, lesson, free=given)
    if row["state"] == "met" and row["getter_id"] is not None:
        await _tell_of_gift(do, row)
    text = (
        say("Done: no return is needed. The hour is remembered, and owed to nobody.")
        if given
        else say("Done: an hour of it counts for you again.")
    )
    again = () if row["state"] == "met" else (gift_button(lesson, is_free=given),)
    return Update(sentence(text, *again, mine))


async def _tell_of_gift(do: Write, row: sa.RowMapping) -> None:
    """Tell who learned that they owe nothing for hours that were entered."""
    text = say(
        "{name} wants nothing back for the help with {skill}: you owe nothing for it.",
        name=do.name,
        skill=skill_name(row["skill"]),
    )
    told = Notice(
        member_id=row["getter_id"],
        key=f"gift:{row['id']}",
        card=sentence(text, Button(say("My swaps"), "swap status")),
        due=do.now,
        worth=Worth.NEWS,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)


# --- one question ----------------------------------------------------------------------------------------------------


async def ask_worth(place: Place, row: sa.RowMapping) -> None:
    """Ask who learned, once, what it was worth."""
    lesson, name = str(row["id"]), await name_of(place, row["giver_id"])
    answers = (
        Button(say("Very much"), "swap feedback", (lesson, "much"), "primary"),
        Button(say("A little"), "swap feedback", (lesson, "little")),
        Button(say("No"), "swap feedback", (lesson, "none")),
    )
    text = say("Did the time with {name} help you with {skill}?", name=name, skill=skill_name(row["skill"]))
    note = Note((say("One question, once. {name} doesn't see the answer.", name=name),))
    told = Notice(
        member_id=row["getter_id"],
        key=f"worth:{lesson}",
        card=Card(text, (Paragraph((text,)), Controls(answers), note)),
        due=place.now,
        worth=Worth.NEWS,
    )
    await notices.owe(place.db, place.ids, place.community.id, told)
    await store.change_lesson(place.db, place.community.id, row["id"], due=None)


@commands.command("swap feedback", typed=False)
async def feedback(do: Write, lesson: int, verdict: Literal["much", "little", "none"]) -> Update:
    """Say what a lesson was worth to you."""
    row = await own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met":
        raise stale()
    await store.change_lesson(do.db, do.community.id, lesson, verdict=verdict)
    card = sentence(say("Thank you. That helps to match better."), Button(say("My swaps"), "swap status"))
    await notices.close(do.db, do.ids, do.community.id, f"worth:{lesson}", do.now, card=card)
    return Update(card)
