"""What moderators change of what a lead shows: its title, rate, type and skills. Pure.

An edit stands beside the verdict, which stays what the judge said.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter

from bot.errors import FieldErrors
from bot.leads.entry import Pay, Verdict  # noqa: TC001  pydantic reads the annotations
from bot.leads.pay import find_pay, pay_words
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SKILLS = 25

Kind = Literal["gig", "unclear", "job"]


@dataclass(frozen=True, slots=True)
class Edits:
    """The whole of what can be changed, as it is shown from now on."""

    title: str
    kind: Kind
    pay: Pay | None
    skills: tuple[str, ...]  # taxonomy ids


_edits: TypeAdapter[Edits] = TypeAdapter(Edits)


def read_edits(data: Any) -> Edits | None:
    """The edits that `edits_data` made the data of; None where there are none."""
    return _edits.validate_python(data) if data else None


def edits_data(edits: Edits) -> Any:
    """The edits as JSON-ready data, for a database column."""
    return _edits.dump_python(edits, mode="json")


def edited(verdict: Verdict, edits: Edits) -> Verdict:
    """The verdict as it is shown with these edits."""
    return dataclasses.replace(verdict, kind=edits.kind, pay=edits.pay, skills=edits.skills)


def edits_of(title: str, rate: str, kind: Kind, skills: str) -> Edits:
    """What was typed into the form. Raises `FieldErrors` for a rate or a skill that cannot be read."""
    wrong: dict[str, str] = {}
    pay = find_pay(rate) if rate.strip() else None
    if rate.strip() and pay is None:
        wrong["rate"] = say("Write the rate with its currency and unit, such as $80-110/h or 3000 EUR fixed.")
    found: dict[str, None] = {}
    unknown: list[str] = []
    taxonomy = load_taxonomy()
    for words in (part.strip() for part in skills.split(",")):
        skill = taxonomy.match(words) if words else None
        if skill:
            found[skill.id] = None
        elif words:
            near = ", ".join(one.name for one in taxonomy.suggest(words)[:3])
            unknown.append(
                say("“{words}” (perhaps {near})", words=words[:60], near=near) if near else f"“{words[:60]}”"
            )
    if unknown:
        wrong["skills"] = say("I don't know: {skills}.", skills="; ".join(unknown[:5]))
    if len(found) > MOST_SKILLS:
        wrong["skills"] = say("Name at most {n} skills.", n=MOST_SKILLS)
    if wrong:
        raise FieldErrors(wrong)
    return Edits(" ".join(title.split()), kind, pay, tuple(found))


def edits_words(data: Mapping[str, Any] | None) -> str:
    """Edits in one line, as the audit tells them."""
    edits = read_edits(data)
    if edits is None:
        return say("as the feed has it")
    skills = ", ".join(load_taxonomy().name(skill) for skill in edits.skills) or say("no skills")
    return f"“{edits.title}”, {edits.kind}, {pay_words(edits.pay)}, {skills}"
