"""One-way help: somebody asks for a skill, those who have it are asked privately in turn, and only a yes says who.

The asker's press is the first yes. Whoever could help best is asked: "Yes", "Not now" or "Never for this person". After
"Not now", and two days after the question has reached somebody who does not answer, the next one is. Nobody learns who
was asked, and nobody but the one who says yes learns who asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from bot import notices
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, bold, sentence
from bot.commands import Commands, Reply, Update, Write
from bot.errors import UserError
from bot.members import store as members
from bot.notices import Notice, Worth
from bot.options import Skill
from bot.setup import next_round
from bot.swaps import asks, gathering, introducing, store
from bot.swaps.candidates import helpers_in_order
from bot.swaps.ledger import may_ask
from bot.swaps.thanks import gift_button
from bot.swaps.words import balance_words, shared_words, skill_name
from bot.words import count, say

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from bot.place import Place
    from bot.swaps.candidates import Candidate

ANSWER_WITHIN = timedelta(days=2)
"""After a question has reached somebody; then the next one is asked."""

REACH_WITHIN = timedelta(days=4)
"""Who could not be told by then is asked no more, and nothing is held against them."""

commands = Commands()


# --- asking ----------------------------------------------------------------------------------------------------------


@commands.command("help ask", typed=False)
async def ask(do: Write, skill: Annotated[Skill, "What you need help with"]) -> Reply:
    """Ask for help with a skill; who could help is asked privately, one after another."""
    name = skill_name(skill)
    ask_id = await asks.begin(do.db, do.ids, do.community.id, do.member_id, skill, do.now)
    if ask_id is None:
        return Reply(already_asking(skill))
    await _require_credit(do, ask_id)
    row = await asks.lock(do.db, do.community.id, ask_id)
    if row is None or not await _ask_next(do, row):
        raise await _nobody(do, skill)
    text = (
        say("I am asking somebody who can help with "),
        bold(name),
        say(", privately. If they can't, or don't answer within 2 days of getting it, I ask the next one."),
    )
    controls = (Button(say("My swaps"), "swap status"), Button(say("Take it back"), "help withdraw", (str(ask_id),)))
    note = Note((say("Nobody sees your name before they say yes. An hour that you get is an hour that you owe."),))
    summary = say("I am asking somebody who can help with {skill}, privately.", skill=name)
    return Reply(Card(summary, (Paragraph(text), Controls(controls), note)))


def already_asking(skill: str) -> Card:
    """That an ask for this runs: nobody else is asked for pressing again."""
    name = skill_name(skill)
    text = say("I am asking around for help with {skill} already. You hear from me after the first yes.", skill=name)
    return sentence(text, Button(say("My swaps"), "swap status"))


async def _require_credit(do: Write, ask_id: int) -> None:
    """Raise `UserError` for who may not begin this ask: they paused everything, or owe as much as anybody may."""
    if (await members.profile_of(do.db, do.community.id, do.member_id)).paused:
        raise UserError(
            "E-PAUSED",
            say("You have paused everything."),
            advice=say("Go on with it in /profile privacy, then ask."),
            buttons=(Button(say("Privacy"), "profile privacy"),),
        )
    balance = await store.balance_of(do.db, do.community.id, do.member_id)
    lessons_open = await store.lessons_of(do.db, do.community.id, do.member_id, "open")
    coming = sum(_is_owed(one, do) for one in lessons_open)
    asked = sum(one["id"] != ask_id for one in await asks.open_asks(do.db, do.community.id, do.member_id))
    limit = do.settings.swap.owe_hours
    if may_ask(balance, 1, coming + asked, limit):
        return
    why = balance_words(balance, limit)
    if coming + asked:
        one, many = say("hour of help that you asked for is"), say("hours of help that you asked for are")
        why = say("{why} {hours} still to come.", why=why, hours=count(coming + asked, one, many))
    raise UserError(
        "E-OWE",
        say("You can't ask for more help just now."),
        why=why,
        advice=say("Help somebody, or take part in the next round: that evens it out."),
        buttons=(Button(say("What I can teach"), "swap join"), Button(say("My swaps"), "swap status")),
    )


def _is_owed(lesson: sa.RowMapping, do: Write) -> bool:
    """Whether a lesson that is still to come costs this member an hour, and no ring gives it back."""
    mine = lesson["getter_id"] == do.member_id and not lesson["free"]
    return bool(mine and lesson["source"].startswith("ask:"))


async def _nobody(do: Write, skill: str) -> UserError:
    advice, buttons = await _another_way(do, do.member_id, skill)
    happened = say("Nobody who can help with {skill} is free for you just now.", skill=skill_name(skill))
    return UserError("E-NOMATCH", happened, advice=advice, buttons=buttons)


async def _another_way(place: Place, asker_id: int, skill: str) -> tuple[str, tuple[Button, ...]]:
    """What the next round does for whoever nobody can help now, and what they can do."""
    following = next_round(place.community, place.settings, place.now)
    day = f"{following:%a} {following.day} {following:%b}"
    widen = Button(say("Widen my times"), "profile more")
    if await gathering.is_learning(place.db, place.community.id, asker_id, skill, place.now):
        return say("You want to learn it, so the round of {day} looks for a way.", day=day), (widen,)
    text = say("If you say that you want to learn it, the round of {day} looks for a way.", day=day)
    return text, (Button(say("I want to learn it"), "swap want", (skill,), "primary"), widen)


async def _ask_next(place: Place, row: sa.RowMapping) -> bool:
    """Ask the best of those who were not asked yet; says whether there was one."""
    asker_id, skill = row["asker_id"], row["skill"]
    if asker_id not in await members.reachable(place.db, place.community.id, place.now):
        return False  # paused meanwhile, by themselves or by the moderators
    able = await gathering.could_help(place.db, place.community.id, asker_id, [skill], place.now)
    asked = {one["helper_id"] for one in await asks.requests_of(place.db, place.community.id, row["id"])}
    left = able[skill] - asked
    known = await gathering.gather(place.db, place.community, place.settings, {*left, asker_id}, place.now)
    asker = known.pop(asker_id)
    order = helpers_in_order(skill, asker, known.values(), place.now, place.settings.swap.min_shared_hours)
    if not order:
        return False
    helper = order[0]
    told = f"help:{row['id']}:{helper.id}"
    await asks.add_request(place.db, place.community.id, row["id"], helper.id, told, place.now)
    question = Notice(
        member_id=helper.id,
        key=told,
        card=_question(row, asker, helper, place.now),
        due=place.now,
        worth=Worth.PERSON,
    )
    await notices.owe(place.db, place.ids, place.community.id, question)
    return True


def _question(row: sa.RowMapping, asker: Candidate, helper: Candidate, now: datetime) -> Card:
    """What a helper is asked: for what and when, not by whom."""
    name, ask_id = skill_name(row["skill"]), str(row["id"])
    answers = (
        Button(say("Yes, introduce us"), "help answer", (ask_id, "yes"), "primary"),
        Button(say("Not now"), "help answer", (ask_id, "later")),
        Button(say("Never for this person"), "help answer", (ask_id, "never")),
    )
    owes = (
        say("An hour of it counts for you: you owe some help.")
        if helper.balance < 0
        else say("An hour of it counts for you: it is yours to ask back from anybody here.")
    )
    return Card(
        say("Somebody here asks for an hour of help with {skill}.", skill=name),
        (
            Heading(say("Can you help with {skill}?", skill=name)),
            Paragraph((say("Somebody here asks for an hour of help with "), bold(name), ". ", owes)),
            Paragraph(shared_words((asker.free, helper.free), now)),
            Controls(answers),
            Note(
                (say("You see each other's names once you say yes. If you don't, they never learn that I asked you."),)
            ),
        ),
    )


# --- answering -------------------------------------------------------------------------------------------------------


@commands.command("help answer", typed=False)
async def answer(do: Write, ask: int, answer: Literal["yes", "later", "never"]) -> Update:
    """Say whether you help somebody who asks."""
    row = await asks.lock(do.db, do.community.id, ask)
    possible = row is not None and await _may_meet(do, row["asker_id"], do.member_id)
    state: asks.RequestState = answer if possible or answer != "yes" else "withdrawn"
    if row is None or not await asks.settle_request(do.db, do.community.id, ask, do.member_id, state):
        raise _over()
    if state == "yes":
        card = await _agree(do, row, do.member_id)
    elif state == "withdrawn":
        await _pass_on(do, row)
        card = sentence(say("Thank you. It isn't possible any more; nobody was told anything."))
    else:
        if answer == "never":
            await members.set_block(do.db, do.community.id, do.member_id, row["asker_id"], do.now)
        await _pass_on(do, row)
        card = sentence(
            say("Done. I won't bring you two together, and they don't learn of it.")
            if answer == "never"
            else say("Fine. They don't learn that I asked you; I ask somebody else.")
        )
    await notices.close(do.db, do.ids, do.community.id, f"help:{ask}:{do.member_id}", do.now, card=card)
    return Update(card)


def _over() -> UserError:
    return UserError(
        "E-STALE",
        say("This question is over: it was answered, taken back, or went to somebody else."),
        buttons=(Button(say("My swaps"), "swap status"),),
    )


async def _may_meet(place: Place, asker_id: int, helper_id: int) -> bool:
    """Whether two members may still be introduced."""
    apart = asker_id in await members.kept_apart(place.db, place.community.id, helper_id)
    return not apart and {asker_id, helper_id} <= await members.reachable(place.db, place.community.id, place.now)


async def _agree(place: Place, row: sa.RowMapping, helper_id: int) -> Card:
    """The second yes: introduce the two."""
    asker_id = row["asker_id"]
    await asks.set_state(place.db, place.community.id, row["id"], "agreed")
    name = skill_name(row["skill"])
    why = say("One of you asked for an hour of help with {skill}; the other can help.", skill=name)
    taught = [(helper_id, asker_id, row["skill"])]
    [lesson] = await introducing.introduce(place, taught, why=why, source=f"ask:{row['id']}")
    gift = gift_button(lesson, is_free=False)
    text = say("Good. I introduce you two now: you get a message with both names and three times.")
    return sentence(text, gift, Button(say("My swaps"), "swap status"))


async def _pass_on(place: Place, row: sa.RowMapping) -> None:
    """Ask the next one, or tell the asker that nobody is left."""
    if row["state"] != "open" or await _ask_next(place, row):
        return
    await asks.set_state(place.db, place.community.id, row["id"], "closed")
    name = skill_name(row["skill"])
    text = say("Nobody who can help with {skill} is free just now.", skill=name)
    more, controls = await _another_way(place, row["asker_id"], row["skill"])
    told = Notice(
        member_id=row["asker_id"],
        key=f"help-closed:{row['id']}",
        card=Card(text, (Paragraph((text, " ", more)), Controls(controls))),
        due=place.now,
        asked=True,  # they were promised an answer
        worth=Worth.PERSON,
    )
    await notices.owe(place.db, place.ids, place.community.id, told)


@commands.command("help withdraw", typed=False)
async def withdraw(do: Write, ask: int) -> Update:
    """Take back that you asked for help."""
    row = await asks.lock(do.db, do.community.id, ask)
    if row is None or row["asker_id"] != do.member_id or row["state"] != "open":
        raise UserError("E-DONE", say("That is over already."), buttons=(Button(say("My swaps"), "swap status"),))
    await withdraw_ask(do, row)
    return Update(sentence(say("Taken back: I ask nobody any more."), Button(say("My swaps"), "swap status")))


async def withdraw_ask(place: Place, row: sa.RowMapping) -> None:
    """End an ask; who was being asked finds the question gone, without a word of why."""
    await asks.set_state(place.db, place.community.id, row["id"], "withdrawn")
    for one in await asks.requests_of(place.db, place.community.id, row["id"]):
        if one["state"] == "asked":
            await end_request(place, row["id"], one["helper_id"], "withdrawn")


async def end_request(place: Place, ask_id: int, helper_id: int, state: Literal["silent", "withdrawn"]) -> None:
    """Take a question back."""
    await asks.settle_request(place.db, place.community.id, ask_id, helper_id, state)
    card = sentence(say("This question is over. Thank you for being there."))
    key = f"help:{ask_id}:{helper_id}"
    await notices.close(place.db, place.ids, place.community.id, key, place.now, card=card)


async def go_on(place: Place, ask_id: int) -> None:
    """Ask the next one where nobody is being asked any more, because who was is no longer here."""
    row = await asks.lock(place.db, place.community.id, ask_id)
    requests = await asks.requests_of(place.db, place.community.id, ask_id)
    if row is not None and not any(one["state"] == "asked" for one in requests):
        await _pass_on(place, row)


async def ask_on(place: Place, ask_id: int) -> None:
    """Ask the next one after all: of those who were introduced nothing came. Not where the same is asked anew."""
    row = await asks.lock(place.db, place.community.id, ask_id)
    if row is None or row["state"] != "agreed" or not await asks.reopen(place.db, row):
        return
    await go_on(place, ask_id)


async def give_up_waiting(place: Place, ask_id: int, helper_id: int) -> None:
    """Go on to the next helper: this one did not answer, or could not be told."""
    row = await asks.lock(place.db, place.community.id, ask_id)
    if row is None:
        return
    await end_request(place, ask_id, helper_id, "silent")
    await _pass_on(place, row)
