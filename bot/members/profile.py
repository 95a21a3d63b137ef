"""What a member says of themselves and lets be seen, as plain data. Whatever nobody has said is at its default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Literal, get_args

from bot import availability, when
from bot.availability import Window

if TYPE_CHECKING:
    from datetime import date

Side = Literal["offer", "want"]
"""Whether a member can help with a skill or wants to learn it."""

Level = Literal[1, 2, 3, 4, 5]
LEVELS: tuple[Level, ...] = get_args(Level)

BEGUN: Level = 1
"""Just begun: it counts where a gig asks for the skill, and nobody is sent there for help with it."""


DAYTIME = tuple(Window(day, time(9), time(20)) for day in range(7))
"""When somebody is taken to have time who has not said when."""


@dataclass(frozen=True, slots=True)
class Free:
    """When somebody has time, on their own clock."""

    zone: str
    windows: tuple[Window, ...] | None = None  # None: they have not said
    quiet: str = ""  # "22:00-07:00"

    def mask(self, monday: date) -> int:
        """Their free quarters of an hour of the week from `monday`, as `bot.availability` has them."""
        windows = DAYTIME if self.windows is None else self.windows
        return availability.mask(windows, when.zone(self.zone), monday, when.quiet_hours(self.quiet))


@dataclass(frozen=True, slots=True)
class Piece:
    """A portfolio piece."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Floor:
    """The rate below which somebody would rather not work: an amount an hour, in a currency (ISO 4217)."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A member's own page. `None` is what they were not asked or did not say."""

    headline: str = ""
    languages: tuple[str, ...] | None = None  # ISO 639-1; None: those of the community
    links: tuple[str, ...] = ()  # validated http(s) addresses
    pieces: tuple[Piece, ...] = ()  # at most three
    newcomer: bool | None = None
    floor: Floor | None = None  # shown to nobody else unless `shows_rate`
    windows: tuple[Window, ...] | None = None  # when they have time, on their own clock
    quiet: str | None = None  # "22:00-07:00" on their own clock, "" for none; None: as `safety.quiet_hours` says
    listed: bool = True  # other members may find and see this page
    crosses: bool = True  # also those on the other platform
    messages: bool = True  # the bot may write to them unasked
    shows_rate: bool = False
    counts_thanks: bool = False  # how often they were thanked is shown
    paused: bool = False  # nothing is asked of them, and nothing sent but what they asked for

    def free(self, zone: str, quiet: str) -> Free:
        """When they have time, in the zone where they are; `quiet` are the hours of who has not said any."""
        return Free(zone, self.windows, quiet if self.quiet is None else self.quiet)


@dataclass(frozen=True, slots=True)
class Held:
    """A skill that a member offers or wants."""

    skill: str  # a taxonomy id
    level: Level | None = None  # of an offer: 1 just begun … 5 could teach it professionally
    priority: Literal[1, 2, 3] | None = None  # of a want: 3 is the most wanted
