"""Starter feeds: packs of well-known public feeds that are added with one form. The list is `starter_packs.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, TypeAdapter

from bot.cards import Option
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.errors import FieldErrors
from bot.forms import ChecksField, Form, Page
from bot.leads import batches
from bot.leads.entry import Side  # noqa: TC001  pydantic reads the annotations
from bot.leads.kinds import Kind  # noqa: TC001
from bot.people import Role
from bot.settings import Pack  # noqa: TC001
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

commands = Commands()


@dataclass(frozen=True, slots=True)
class StarterFeed:
    """A well-known public feed."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    pack: Pack
    title: str
    url: str
    kind: Kind
    side: Side
    terms: str
    expect: str
    check: bool = False  # its address or terms were not seen in use lately


@dataclass(frozen=True, slots=True)
class StarterPacks:
    """The packs, each with its name in words, and their feeds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    packs: dict[Pack, str]
    feeds: tuple[StarterFeed, ...]

    def of(self, pack: str) -> Sequence[StarterFeed]:
        """The feeds of a pack."""
        return [feed for feed in self.feeds if feed.pack == pack]


@cache
def load_packs() -> StarterPacks:
    """The starter packs that come with Guildhall."""
    data = tomllib.loads((Path(__file__).parent / "starter_packs.toml").read_text(encoding="utf-8"))
    return TypeAdapter(StarterPacks).validate_python(data)


@commands.command("feeds packs", role=Role.MODERATOR, typed=False)
async def choose(ask: Read) -> OpenForm:
    """Ask which packs of well-known feeds to add."""
    known = load_packs()
    options = tuple(Option(title, pack, _count(known, pack)) for pack, title in known.packs.items())
    ticked = ",".join(ask.settings.feeds.starter_packs)
    field = ChecksField(
        "packs", say("Packs"), options, say("Each feed is then read in its turn."), ticked, required=True
    )
    intro = say("Well-known public feeds. You can pause or remove each of them later.")
    page = Page(say("Starter feeds"), (field,))
    return OpenForm(Form(say("Starter feeds"), "feeds add-packs", (page,), submit_label=say("Add"), intro=intro))


def _count(known: StarterPacks, pack: str) -> str:
    feeds = known.of(pack)
    names = ", ".join(feed.title for feed in feeds)
    n = count(len(feeds), say("feed"), say("feeds"))
    return f"{n}: {names}"[:75].rpartition(",")[0] or n


@commands.command("feeds add-packs", role=Role.MODERATOR, typed=False)
async def add(do: Write, packs: Annotated[str, "The packs, separated by commas"]) -> Reply:
    """Add the feeds of the ticked packs."""
    known: Mapping[str, str] = {str(pack): title for pack, title in load_packs().packs.items()}
    ticked = [pack for pack in dict.fromkeys(packs.split(",")) if pack in known]
    if not ticked:
        raise FieldErrors({"packs": say("Tick at least one pack.")})
    wanted = [
        batches.Wanted(feed.url, feed.title, feed.kind, feed.side) for pack in ticked for feed in load_packs().of(pack)
    ]
    return Reply(batches.added_card(await batches.add_all(do, wanted, "feeds add-packs"), paused=False))
