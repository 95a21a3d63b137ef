"""`/swap join`: two fields, what you can teach and what you want to learn, and at once who is here for either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, Time, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import Form, Page
from bot.members import asking
from bot.members import store as members
from bot.members.profile import Held
from bot.members.reading import MOST_SKILLS, Words
from bot.options import Skill
from bot.setup import next_round
from bot.skills import load_taxonomy
from bot.swaps import asks, gathering, store
from bot.swaps.asking import already_asking
from bot.swaps.words import coffee_button, skill_name
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.members.asking import Heard

MOST_SHOWN = 8

commands = Commands()


@commands.command("swap join")
async def join(ask: Read) -> OpenForm:
    """Say what you can teach and what you want to learn, and see at once who is here for it."""
    page = Page(say("What you can teach, and learn"), await asking.skill_fields(ask))
    return OpenForm(Form(say("Swap skills"), "swap save", (page,), submit_label=say("See who is here")))


@commands.command("swap save", typed=False)
async def save(do: Write, offers: str = "", wants: str = "") -> Reply:
    """Keep what you can teach and want to learn, and take part. Words that nobody knows yet are kept, too."""
    heard = await _heard(do, offers, wants)
    await asking.keep(do, heard)
    await store.join(do.db, do.community.id, do.member_id, do.now)
    return Reply(await _welcome(do, heard))


async def _heard(do: Write, offers: str, wants: str) -> Heard:
    """The skills that were typed. Raises `FieldErrors`."""
    wrong: dict[str, str] = {}
    heard = await asking.hear(do, offers, wants, wrong)
    if not wrong and heard.offers == heard.wants == Words((), ()):
        wrong["offers"] = say("Name one skill at least: here, or below.")
    both = [skill_name(one) for one in heard.offers.ids if one in heard.wants.ids]
    if not wrong and both:
        wrong["wants"] = say("{skills} stands in both fields. Leave it in one.", skills=", ".join(both))
    if wrong:
        raise FieldErrors(wrong)
    return heard


async def _welcome(do: Write, heard: Heard) -> Card:
    """Who is here for what somebody wants and offers: numbers, no names; and which words nobody knows yet."""
    taught, wanted = heard.offers.ids, heard.wants.ids
    able = await gathering.could_help(do.db, do.community.id, do.member_id, wanted, do.now)
    eager = await gathering.would_learn(do.db, do.community.id, do.member_id, taught, do.now)
    running, had = await _running(do), await _had(do)
    lines = [
        _asked(one) if one in running else _can_help(one, len(able[one]), again=one in had)
        for one in wanted[:MOST_SHOWN]
    ]
    lines += [_want(one, len(eager[one])) for one in taught[:MOST_SHOWN]]
    ready = [one for one in wanted if able[one] and one not in running][:4]
    buttons = [Button(say("Ask: {skill}", skill=skill_name(one)[:40]), "help ask", (one,), "primary") for one in ready]
    part = await store.part_of(do.db, do.community.id, do.member_id)
    coffee = part is not None and part["coffee"]
    following = next_round(do.community, do.settings, do.now)
    change = Button(say("Change my skills"), "swap join")
    blocks: list[Block] = [
        Heading(say("You are in")),
        *([Items(tuple((line,) for line in lines))] if lines else []),
        *([Controls(tuple(buttons))] if buttons else []),
        *asking.unknown_notes(heard),
        Paragraph((say("Next round, which makes pairs and rings of three: "), Time(following), ".")),
        Controls((coffee_button(on=coffee), change, Button(say("My swaps"), "swap status"))),
        Note((say("Nobody sees your name before both of you say yes. Who helps for an hour is owed an hour."),)),
    ]
    spoken = say("You are in. {lines}.", lines=" · ".join(lines)) if lines else say("You are in.")
    return Card(spoken, tuple(blocks))


async def _running(ask: Read) -> frozenset[str]:
    """The skills that the member asks around for already."""
    return frozenset(row["skill"] for row in await asks.open_asks(ask.db, ask.community.id, ask.member_id))


async def _had(ask: Read) -> frozenset[str]:
    """The skills that somebody was introduced to teach the member before: whoever else offers them is found."""
    lessons = await store.lessons_of(ask.db, ask.community.id, ask.member_id)
    return frozenset(row["skill"] for row in lessons if row["getter_id"] == ask.member_id)


def _asked(skill: str) -> str:
    return say("{skill}: I am asking around for it already", skill=skill_name(skill))


def _can_help(skill: str, n: int, *, again: bool) -> str:
    if n == 0:
        who = say("nobody else") if again else say("nobody")
        return say("{skill}: {who} here offers it yet", skill=skill_name(skill), who=who)
    return say("{n} here can help with {skill}", n=n, skill=skill_name(skill))


def _want(skill: str, n: int) -> str:
    if n == 0:
        return say("{skill}: nobody here asks for it yet", skill=skill_name(skill))
    wants = count(n, say("wants"), say("want"))
    return say("{wants} {skill}", wants=wants, skill=skill_name(skill))


@commands.command("swap want", typed=False)
async def want(do: Write, skill: Skill) -> Update:
    """Add a skill to those that you want to learn, and take part in the next round."""
    held = await members.skills_of(do.db, do.community.id, do.member_id, "want")
    if len(held) >= MOST_SKILLS and skill not in {one.skill for one in held}:
        raise UserError(
            "E-SKILLS",
            say("You want {n} skills already.", n=len(held)),
            buttons=(Button(say("Change my skills"), "swap join"),),
        )
    if skill not in {one.skill for one in held}:
        await members.set_skills(do.db, do.community.id, do.member_id, "want", [*held, Held(skill)], do.now)
    await store.join(do.db, do.community.id, do.member_id, do.now)
    text = say("Noted: you want to learn {skill}. The next round looks for a way: ", skill=skill_name(skill))
    at = next_round(do.community, do.settings, do.now)
    controls = Controls((Button(say("What I can teach"), "swap join"), Button(say("My swaps"), "swap status")))
    return Update(Card(f"{text}{at:%d %b %Y}.", (Paragraph((text, Time(at), ".")), controls)))


@commands.command("swap find", example="/swap find rag")
async def find(ask: Read, skill: Annotated[Skill, "What you want help with"]) -> Reply:
    """Find out how many here can help with a skill, and ask for an hour of it; no names before a yes."""
    if skill in await _running(ask):
        return Reply(already_asking(skill))
    able = await gathering.could_help(ask.db, ask.community.id, ask.member_id, [skill], ask.now)
    name = skill_name(skill)
    n = len(able[skill])
    if n == 0:
        return Reply(await _nobody(ask, skill))
    head = say("{n} here can help with {skill}.", n=n, skill=name)
    more = say("Ask, and they are asked privately, one after another. Names are shown when both have said yes.")
    spoken = say("Ask for help with {skill}", skill=name[:50])
    button = Button(say("Ask"), "help ask", (skill,), "primary", spoken=spoken)
    blocks = (Paragraph((bold(head),)), Paragraph((more,)), Controls((button, Button(say("My swaps"), "swap status"))))
    return Reply(Card(head, blocks))


async def _nobody(ask: Read, skill: str) -> Card:
    """That nobody can be asked for a skill, and what else there is."""
    who = say("Nobody else") if skill in await _had(ask) else say("Nobody")
    text = say("{who} here offers {skill} yet.", who=who, skill=skill_name(skill))
    near = await _neighbours(ask, skill)
    if await gathering.is_learning(ask.db, ask.community.id, ask.member_id, skill, ask.now):
        return sentence(say("{nobody} The next round looks for a way.", nobody=text), *near)
    return sentence(text, Button(say("I want to learn it"), "swap want", (skill,), "primary"), *near)


async def _neighbours(ask: Read, skill: str) -> list[Button]:
    """Related skills that somebody here offers."""
    related = load_taxonomy().related(skill)
    able: Mapping[str, frozenset[int]] = await gathering.could_help(
        ask.db, ask.community.id, ask.member_id, related, ask.now
    )
    found = [one for one in related if able[one]][:3]
    return [Button(say("{skill} instead", skill=skill_name(one)[:40]), "swap find", (one,)) for one in found]
