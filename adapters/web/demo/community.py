"""The invented community of the demo, as written in `community.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from bot.people import Role
from bot.ports import PlatformName  # noqa: TC001  pydantic reads the annotations


def _role(name: str) -> Role:
    return Role[name.upper()]


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A channel by the platform's id and its name without the "#"."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DemoSpace:
    """A Slack workspace or Discord server by the platform's id, with the channels that the bot uses."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    platform: PlatformName
    id: str
    name: str
    gigs: DemoChannel
    moderators: DemoChannel
    general: DemoChannel


@dataclass(frozen=True, slots=True)
class DemoAlert:
    """Of which gigs somebody is told at once: with one of these skills (taxonomy ids), at this rate an hour or more."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    skills: tuple[str, ...]
    min_rate: int


@dataclass(frozen=True, slots=True)
class DemoMember:
    """Somebody with one or two accounts (platform, the platform's user id). Skills are taxonomy ids.

    `rate` is the lowest an hour that they would work for, `mentoring` the hours of the week that they give as a mentor.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    name: str
    headline: str
    role: Annotated[Role, BeforeValidator(_role)]
    zone: str  # IANA name
    accounts: tuple[tuple[PlatformName, str], ...]
    teaches: tuple[str, ...]
    wants: tuple[str, ...]
    rate: str = ""
    mentoring: str = ""
    alert: DemoAlert | None = None


@dataclass(frozen=True, slots=True)
class DemoCommunity:
    """The community with its spaces and members, in the order of the file."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    zone: str  # IANA name
    spaces: tuple[DemoSpace, ...]
    members: tuple[DemoMember, ...]


def load() -> DemoCommunity:
    """Read the community of the demo."""
    text = Path(__file__).with_name("community.toml").read_text(encoding="utf-8")
    return TypeAdapter(DemoCommunity).validate_python(tomllib.loads(text))
