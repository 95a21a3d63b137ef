"""What a member wants to be alerted to, and whether a lead is that. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter

from bot.leads.fit import Answer, place_answer
from bot.leads.rates import hourly

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.leads.entry import Verdict

Kind = Literal["gigs", "jobs", "all"]
Where = Literal["anywhere", "remote", "mine"]
"""Wherever it is done; only remote work; only what may be done from one's own zone."""

KINDS: dict[Kind, tuple[str, ...]] = {"gigs": ("gig", "unclear"), "jobs": ("job",), "all": ("gig", "unclear", "job")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an alert is for. Whatever is empty is not asked for."""

    skills: tuple[str, ...] = ()  # taxonomy ids, one of which it must ask for
    min_rate: float = 0  # an hour, in the lead's own currency
    kind: Kind = "gigs"
    where: Where = "anywhere"
    words: tuple[str, ...] = ()  # each must begin one of the lead's words
    skip: tuple[str, ...] = ()  # none may begin one of them
    language: str = ""  # ISO 639-1
    sector: str = ""  # an id of `sectors.toml`
    newcomers: bool = False


def takes(wishes: Wishes, verdict: Verdict, words: Collection[str], zone: str | None) -> bool:
    """Whether a lead is what somebody in `zone` (None: nobody said) wishes for.

    `words` are those of the lead's title, company, place and text, in the form of `bot.search.searchable`, as are
    those of the wishes.
    """
    facts = (
        verdict.kind in KINDS[wishes.kind],
        not wishes.skills or any(skill in verdict.skills for skill in wishes.skills),
        not wishes.min_rate or hourly(verdict.pay) >= wishes.min_rate,
        wishes.where != "remote" or verdict.remote is True,
        wishes.where != "mine" or place_answer(verdict, zone) is not Answer.NO,
        not wishes.language or verdict.language == wishes.language,
        not wishes.sector or wishes.sector in verdict.sectors,
        not wishes.newcomers or bool(verdict.newcomers),
    )
    if not all(facts):
        return False
    return all(_begins(one, words) for one in wishes.words) and not any(_begins(one, words) for one in wishes.skip)


def _begins(beginning: str, words: Collection[str]) -> bool:
    return any(word.startswith(beginning) for word in words)


_wishes: TypeAdapter[Wishes] = TypeAdapter(Wishes)


def dump(wishes: Wishes) -> Any:
    """The wishes as JSON-ready data, for a database column."""
    return _wishes.dump_python(wishes, mode="json")


def load(data: Any) -> Wishes:
    """The wishes that `dump` made the data of."""
    return _wishes.validate_python(data)
