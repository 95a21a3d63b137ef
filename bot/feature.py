"""The questions that a feature may answer. Features do not import each other: who needs another asks through here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.calendar import Event
    from bot.cards import Block, Card, Text
    from bot.commands import Commands, Read, Write
    from bot.occurrences import Moved
    from bot.people import Community, Space
    from bot.ports import Ids
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """The digest of one space on one local day, while it is put together in one writing transaction."""

    db: AsyncConnection
    settings: Settings
    community: Community
    space: Space
    message_id: int  # the outbox message that the digest will be
    now: datetime
    since: datetime  # when the last one was due: what came since is new
    said: frozenset[str] = frozenset()  # the lines of the last one, in plain words: nothing is said twice


@dataclass(frozen=True, slots=True)
class Section:
    """A feature's part of a digest: what the first line says of it ("5 new gigs"), and its blocks."""

    headline: str
    blocks: tuple[Block, ...]
    went_out: Callable[[Issue], Awaitable[None]] | None = None  # notes what was shown, once the digest is really sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The own digests of some members of a community, put together at once."""

    db: AsyncConnection
    settings: Settings
    features: Sequence[Feature]
    community: Community
    since: Mapping[int, datetime]  # by member, from when on things are new to them
    now: datetime


@dataclass(frozen=True, slots=True)
class OwnSection:
    """A feature's part of members' own digests, which each may leave out."""

    name: str  # as it is stored
    title: str  # as members choose it
    of: Callable[[Edition], Awaitable[Mapping[int, Section]]]  # by member; who has nothing in it is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The days that a note to a community's moderators is about: from `since` on, and before `now`."""

    db: AsyncConnection
    features: Sequence[Feature]
    community: Community
    since: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """A member of a community, in one transaction: whose rows are exported, or forgotten (a writing one)."""

    db: AsyncConnection
    ids: Ids
    community_id: int
    member_id: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Merging:
    """Two members who turned out to be one person, in one writing transaction: what `gone` had, `kept` has.

    `log` is what was changed, so that it can be undone; `bot/belongings.py` keeps it.
    """

    db: AsyncConnection
    ids: Ids
    settings: Settings
    community_id: int
    kept: int
    gone: int
    now: datetime
    log: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a health report."""

    name: str
    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What somebody pays: `low == high` for a single figure."""

    low: float
    high: float
    currency: str  # ISO 4217
    unit: str  # hour | day | month | year | fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one lead asks for, as far as market figures look at it."""

    at: datetime  # UTC
    source: int  # the id of the feed that it was seen in first
    skills: tuple[str, ...]  # taxonomy ids
    rate: Rate | None  # None where it does not say all of it
    newcomers: bool | None  # open to people without experience; None where it does not say


@dataclass(frozen=True, slots=True)
class Offers:
    """What a community's members offer each other: how many of them there are, and how many offer each skill."""

    members: int
    by_skill: Mapping[str, int]  # by taxonomy id


@dataclass(frozen=True, slots=True)
class Circle:
    """A time at which several people learn something together, and which has room for more."""

    kind: str  # in words: circle, workshop
    at: datetime
    places: int | None  # left; None: room for everybody


Lacking: TypeAlias = "Mapping[int, Collection[str]]"
"""By member, the skills that they lack."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's commands and its answers. An answer it does not have is None or empty."""

    name: str
    commands: Commands
    digest_sections: Sequence[Callable[[Issue], Awaitable[Section | None]]] = ()  # in the order in which they stand
    digest_left_out: Callable[[Issue], Awaitable[Mapping[str, int]]] | None = None
    # ^ how much of what came since the last digest is not in it, by the reason in words
    own_sections: Sequence[OwnSection] = ()  # of members' own digests, in the order in which they stand
    note: Callable[[Week], Awaitable[Sequence[str]]] | None = None
    # ^ its lines of the weekly note to a community's moderators
    undo: Mapping[str, Callable[[Write, RowMapping], Awaitable[str | Card]]] = field(default_factory=dict)
    # ^ by the audited action: takes it back and returns the sentence or card that says so; raises UserError where it
    # cannot
    told: Mapping[str, Callable[[RowMapping, str], str | Text]] = field(default_factory=dict)
    # ^ by the audited action: says of a row what was done, without who; it is given the name of the row's subject
    subject_names: Callable[[AsyncConnection, int, Iterable[str]], Awaitable[Mapping[str, str]]] | None = None
    # ^ the names of a community's audited subjects, of those ("lead:42") that are this feature's
    page: Sequence[Callable[[Read], Awaitable[Sequence[Block]]]] = ()
    # ^ its parts of a member's personal page (`/hub`), in the order in which they stand; empty ones are left out
    hints: Sequence[Callable[[Read], Awaitable[Sequence[Block]]]] = ()
    # ^ what a member could do next: below all that waits for them; empty ones are left out
    hidden: Callable[[Read], Awaitable[Collection[int]]] | None = None
    # ^ the members whom the one who asks must not find: an option that is a member does not know them
    thanked: Callable[[AsyncConnection, int, int], Awaitable[int]] | None = None
    # ^ how often a member of a community was thanked for something of this feature
    helpers: Callable[[AsyncConnection, int, int, Iterable[str], datetime], Awaitable[Mapping[str, int]]] | None = None
    # ^ by skill, how many members of a community could help this one with it: whom they may meet and who may be asked
    circles: (
        Callable[[AsyncConnection, int, Lacking, datetime], Awaitable[Mapping[int, Mapping[str, Circle]]]] | None
    ) = None
    # ^ by member and skill, the next time at which they could learn it together with others
    export: Callable[[Whose], Awaitable[Mapping[str, Any]]] | None = None
    # ^ everything it stores of a member, as JSON-ready data under names that they understand
    forget: Callable[[Whose], Awaitable[None]] | None = None
    # ^ leaves no row with the member's ids, names or words; others' rows that need somebody there keep a random token
    merge: Callable[[Merging], Awaitable[None]] | None = None
    # ^ gives what one member has to another, who is the same person
    calendar: Callable[[AsyncConnection, int, int | None, datetime], Awaitable[Sequence[Event]]] | None = None
    # ^ what stands in the calendar of a community (None) or of one of its members, from an instant on
    came: Callable[[Whose, str], Awaitable[None]] | None = None
    # ^ an account was seen for the first time; its seal tells whether somebody who was forgotten has come back
    moved: Callable[[AsyncConnection, Ids, Settings, Sequence[Moved], datetime], Awaitable[None]] | None = None
    # ^ what it tells people, in the same transaction, when new zone data moved occurrences of its series
    health: Callable[[AsyncConnection, datetime], Awaitable[Sequence[Finding]]] | None = None
    demand: Callable[[AsyncConnection, int, datetime, datetime], Awaitable[Sequence[Demand]]] | None = None
    # ^ what a community's leads published from an instant on, and before another one, ask for
    offers: Callable[[AsyncConnection, int, datetime], Awaitable[Offers]] | None = None
    # ^ what a community's members say that they offer; who is paused or not to be listed is not counted
