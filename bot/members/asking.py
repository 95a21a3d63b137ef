"""Asking members for what a feature lacks, at the moment it is needed, and for no more.

A feature that needs something of a profile says so first:

    await asking.require(ask, "wants", "zone")

which raises a `UserError` (E-NEEDS) with a button for each thing that the member has not said yet, and nothing where
all of it is there. A feature with a form of its own puts `skill_fields` or `times_field` into it, reads what was typed
with `hear`, and keeps it with `keep` once the member has seen it (`confirmation`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot import vocabulary
from bot.cards import Button, Card, Controls, Fact, Facts, Note, Option, Paragraph, Select, bold
from bot.errors import UserError
from bot.forms import ChecksField, TextField
from bot.members import reading, store, suggestions
from bot.members.profile import BEGUN, Held
from bot.members.reading import CHIPS, Words
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.cards import Block
    from bot.commands import Read, Write
    from bot.members.profile import Side
    from bot.skills import Taxonomy

MOST_BEGUN = 5  # skills whose level can be raised on one card

Need = Literal["offers", "wants", "windows", "zone"]

# --- what is missing -------------------------------------------------------------------------------------------------


async def lacking(ask: Read, *needs: Need) -> tuple[Need, ...]:
    """Those of the needs that the member has not said yet."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    said = {"zone": ask.zone_known, "windows": bool(page.windows)}
    sides: dict[Need, Side] = {"offers": "offer", "wants": "want"}
    for need, side in sides.items():
        if need in needs:
            said[need] = bool(await store.skills_of(ask.db, ask.community.id, ask.member_id, side))
    return tuple(need for need in needs if not said[need])


def need_words(need: Need) -> str:
    """What is missing, in words."""
    return {
        "offers": say("what you can help with"),
        "wants": say("what you want to learn"),
        "windows": say("when you have time"),
        "zone": say("your time zone"),
    }[need]


def need_button(need: Need) -> Button:
    """The button with which it is said."""
    return {
        "offers": Button(say("Name my skills"), "profile skills", (), "primary"),
        "wants": Button(say("Name my skills"), "profile skills", (), "primary"),
        "windows": Button(say("Say when I have time"), "profile more"),
        "zone": Button(say("Set my time zone"), "profile zone"),
    }[need]


async def require(ask: Read, *needs: Need) -> None:
    """Ask for what is missing. Raises `UserError` (E-NEEDS) with the buttons for it, if anything is."""
    missing = await lacking(ask, *needs)
    if missing:
        things = say(" and ").join(map(need_words, missing))
        raise UserError(
            "E-NEEDS",
            say("For this I need to know {things}.", things=things),
            advice=say("Say it once, then do this again."),
            buttons=tuple(dict.fromkeys(map(need_button, missing))),
        )


# --- skills ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """Typed skills and how they were understood, by which taxonomy."""

    typed_offers: str
    typed_wants: str
    offers: Words
    wants: Words
    taxonomy: Taxonomy


async def skill_fields(ask: Read) -> tuple[TextField, TextField]:
    """The two fields `offers` and `wants`, filled in with what is known: typed words divided by commas."""
    known = {side: await _as_typed(ask, side) for side in ("offer", "want")}
    hint = say("Words divided by commas, such as: RAG, pgvector, evals.")
    return (
        TextField("offers", say("You can help with"), hint, known["offer"], required=False, long=True, max_length=800),
        TextField("wants", say("You want to learn"), hint, known["want"], required=False, long=True, max_length=800),
    )


async def _as_typed(ask: Read, side: Side) -> str:
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    held = await store.skills_of(ask.db, ask.community.id, ask.member_id, side)
    own = await suggestions.words_of(ask.db, ask.community.id, ask.member_id, side)
    return ", ".join((*(taxonomy.name(one.skill) for one in held), *own))


async def hear(ask: Read, offers: str, wants: str, wrong: dict[str, str]) -> Heard:
    """Read typed skills; what can't be read is put into `wrong` by field."""
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    read = dict[str, Words]()
    for name, text in (("offers", offers), ("wants", wants)):
        try:
            read[name] = reading.read_skills(text, taxonomy)
        except UserError as error:
            wrong[name], read[name] = error.sentence, Words((), ())
    return Heard(offers, wants, read["offers"], read["wants"], taxonomy)


async def is_known(ask: Read, heard: Heard) -> bool:
    """Whether these are the skills that the member has anyway."""
    for side, words in _sides(heard):
        held = await store.skills_of(ask.db, ask.community.id, ask.member_id, side)
        own = await suggestions.words_of(ask.db, ask.community.id, ask.member_id, side)
        keys = {reading.word_key(one) for one in words.unknown}
        if {one.skill for one in held} != set(words.ids) or {reading.word_key(one) for one in own} != keys:
            return False
    return True


def confirmation(heard: Heard, text: str) -> Card:
    """What was read of typed skills, to be confirmed or changed."""
    named = ((say("You can help with"), heard.offers), (say("You want to learn"), heard.wants))
    facts = tuple(Fact(name, (_read_words(words, heard.taxonomy),)) for name, words in named if words != Words((), ()))
    typed = (heard.typed_offers, heard.typed_wants)
    controls = Controls(
        (
            Button(say("Right"), "profile keep-skills", typed, "primary"),
            Button(say("Change"), "profile skills", typed),
        )
    )
    nothing = Paragraph((say("I read no skills."),))
    return Card(text, (Paragraph((text,)), Facts(facts) if facts else nothing, *unknown_notes(heard), controls))


def unknown_notes(heard: Heard) -> tuple[Note, ...]:
    """What becomes of the words that name no skill that is known here, a note for each."""
    unknown = dict.fromkeys((*heard.offers.unknown, *heard.wants.unknown))
    return tuple(Note((_unknown_words(words, heard.taxonomy),)) for words in unknown)


def _read_words(words: Words, taxonomy: Taxonomy) -> str:
    """What was read, such as: RAG, LLM evaluation (from “evals”), “vedic maths” (your own words)."""
    read = [
        name
        if reading.word_key(typed) == reading.word_key(name)
        else say("{name} (from “{typed}”)", name=name, typed=typed)
        for name, typed in ((taxonomy.name(skill), typed) for skill, typed in words.skills)
    ]
    return ", ".join((*read, *(say("“{words}” (your own words)", words=one) for one in words.unknown)))


def _unknown_words(words: str, taxonomy: Taxonomy) -> str:
    near = ", ".join(skill.name for skill in taxonomy.suggest(words)[:3])
    kept = say("“{words}” is no skill that I know. It stays as you wrote it until a moderator names it.", words=words)
    return f"{kept} {say('Or did you mean {near}?', near=near)}" if near else kept


async def keep(do: Write, heard: Heard) -> None:
    """Make what was read the member's skills; a level or priority that was said before stays."""
    for side, words in _sides(heard):
        known = {one.skill: one for one in await store.skills_of(do.db, do.community.id, do.member_id, side)}
        held = [known.get(skill, Held(skill)) for skill in words.ids]
        await store.set_skills(do.db, do.community.id, do.member_id, side, held, do.now)
        await suggestions.set_words(do.db, do.community.id, do.member_id, side, words.unknown, do.now)


def _sides(heard: Heard) -> Iterable[tuple[Side, Words]]:
    return (("offer", heard.offers), ("want", heard.wants))


# --- how well, how much: asked when it matters -----------------------------------------------------------------------


def level_words() -> tuple[str, ...]:
    """The five levels of an offer, the lowest first."""
    return (
        say("I have just begun"),
        say("I have used it in a project or two"),
        say("I use it often"),
        say("I know it well"),
        say("I could teach it professionally"),
    )


def priority_words() -> tuple[str, ...]:
    """The three priorities of a want, the lowest first."""
    return (say("Some day"), say("Soon"), say("Most of all"))


def level_select(skill: str) -> Select:
    """A select for how well the member knows a skill that they offer."""
    options = tuple(Option(words, str(n)) for n, words in enumerate(level_words(), 1))
    return Select(say("How well do you know it?"), "profile set-level", options, (skill,))


def priority_select(skill: str) -> Select:
    """A select for how much the member wants to learn a skill."""
    options = tuple(Option(words, str(n)) for n, words in enumerate(priority_words(), 1))
    return Select(say("How much do you want it?"), "profile set-priority", options, (skill,))


async def unsaid(ask: Read) -> int:
    """Of how many skills the member has not said how well they know or how much they want them."""
    return len(await _unsaid(ask))


async def begun(ask: Read) -> list[str]:
    """The skills with which the member said that they have just begun."""
    offers = await store.skills_of(ask.db, ask.community.id, ask.member_id, "offer")
    return [one.skill for one in offers if one.level == BEGUN]


async def _unsaid(ask: Read) -> list[tuple[Side, str]]:
    offers = await store.skills_of(ask.db, ask.community.id, ask.member_id, "offer")
    wants = await store.skills_of(ask.db, ask.community.id, ask.member_id, "want")
    return [
        *(("offer", one.skill) for one in offers if one.level is None),
        *(("want", one.skill) for one in wants if one.priority is None),
    ]


async def next_question(ask: Read) -> Card:
    """The next skill whose level or priority is not said, as a small select; else those with which they just began."""
    left = await _unsaid(ask)
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    if not left:
        text = say("That is all I wanted to know.")
        known = (Button(say("My profile"), "profile view"), Button(say("My page"), "hub"))
        better: list[Block] = []
        for skill in (await begun(ask))[:MOST_BEGUN]:
            words = say("You have just begun with {skill}. If you know it better by now:", skill=taxonomy.name(skill))
            better += [Paragraph((words,)), Controls((level_select(skill),))]
        return Card(text, (Paragraph((text,)), *better, Controls(known)))
    side, skill = left[0]
    name = taxonomy.name(skill)
    if side == "offer":
        text, select = say("You can help with {skill}.", skill=name), level_select(skill)
    else:
        text, select = say("You want to learn {skill}.", skill=name), priority_select(skill)
    return Card(text, (Paragraph((bold(text),)), Controls((select,))))


async def set_detail(do: Write, side: Side, skill: str, **detail: int) -> None:
    """Say more of a skill that the member has. Raises `UserError` (E-STALE) where they have it no longer."""
    held = await store.skills_of(do.db, do.community.id, do.member_id, side)
    if skill not in {one.skill for one in held}:
        raise UserError("E-STALE", say("That skill is not on your profile any more."), buttons=(need_button("offers"),))
    more = [dataclasses.replace(one, **detail) if one.skill == skill else one for one in held]  # type: ignore[arg-type]
    await store.set_skills(do.db, do.community.id, do.member_id, side, more, do.now)


# --- times -----------------------------------------------------------------------------------------------------------


def times_field(ticked: Iterable[str]) -> ChecksField:
    """The field `times`: six rough parts of the week to tick (`reading.windows_of` makes windows of them)."""
    options = tuple(Option(_chip_words(chip), chip) for chip in CHIPS)
    return ChecksField("times", say("When you have time"), options, say("On your own clock."), ",".join(ticked))


def _chip_words(chip: str) -> str:
    days = {"weekday": say("Weekdays"), "weekend": say("Weekends")}
    parts = {"morning": say("mornings"), "afternoon": say("afternoons"), "evening": say("evenings")}
    day, _, part = chip.partition("-")
    first = CHIPS[chip][0]
    return f"{days[day]}, {parts[part]} ({first.start:%H:%M}-{first.end:%H:%M})"
