"""Hosts and the pace that each is asked at, whoever's feeds it serves: rows, so that a restart forgets nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.db import UtcDateTime, insert_new, metadata
from bot.leads.freshness import JITTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

host = sa.Table(
    "host",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("ready", UtcDateTime, nullable=False),  # wall clock: not asked before
)

GAP = timedelta(seconds=10)  # between the starts of two fetches from one host
_POLICIES = Path(__file__).with_name("policies.toml")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site asks of feed readers beyond the usual manners."""

    gap: timedelta = GAP
    credit: str = ""  # the name that must be shown with a posting


def host_of(url: str) -> str:
    """The name of the host of an address, in lower case, or "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def policy_of(name: str) -> Policy:
    """The policy for a host: its own, that of the domain it belongs to, or the usual one."""
    policies = _policies()
    labels = name.split(".")
    domains = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((policies[domain] for domain in domains if domain in policies), Policy())


def credit_of(url: str) -> str:
    """Whom the terms of the site at an address want named with a posting of theirs, or ""."""
    return policy_of(host_of(url)).credit


@cache
def _policies() -> Mapping[str, Policy]:
    def read(told: Mapping[str, Any]) -> Policy:
        gap = max(GAP, timedelta(days=1) / told["a_day"]) if "a_day" in told else GAP
        return Policy(gap, told.get("credit", ""))

    file = tomllib.loads(_POLICIES.read_text(encoding="utf-8"))
    return {domain: read(told) for domain, told in file["policies"].items()}


async def take(
    db: AsyncConnection, names: Iterable[str], *, now: datetime, least_gap: timedelta, jitter: float
) -> set[str]:
    """Take a turn at each of these hosts that is ready, and return them: each is ready again after its gap.

    `jitter` (0 to 1, at random) lengthens the gaps by up to a tenth.

    With a `least_gap` of half a fetch's longest time no more than two fetches can be under way at one host, in
    however many processes.
    """
    wanted: dict[timedelta, list[str]] = {}
    for name in names:
        wanted.setdefault(max(policy_of(name).gap, least_gap), []).append(name)
    taken: set[str] = set()
    for gap, group in wanted.items():
        ready = sa.select(host.c.name).where(host.c.name.in_(group), host.c.ready <= now)
        turn = (
            sa.update(host)
            .where(host.c.name.in_(ready.with_for_update(skip_locked=True)))
            .values(ready=now + gap * (1 + JITTER * jitter))
        )
        taken.update((await db.execute(turn.returning(host.c.name))).scalars())
    return taken


async def add(db: AsyncConnection, name: str, now: datetime) -> None:
    """Know a host from now on."""
    await insert_new(db, host, [{"name": name, "ready": now}], returning=host.c.name)


async def rest(db: AsyncConnection, name: str, until: datetime) -> None:
    """Ask a host nothing before `until`, for whatever address."""
    await add(db, name, until)
    later = sa.update(host).where(host.c.name == name, host.c.ready < until)
    await db.execute(later.values(ready=until))


async def ready_at(db: AsyncConnection, url: str) -> datetime | None:
    """From when on the host of an address may be asked; None where it was never asked."""
    at: datetime | None = (
        await db.execute(sa.select(host.c.ready).where(host.c.name == host_of(url)))
    ).scalar_one_or_none()
    return at


async def fetched_from(db: AsyncConnection, url: str, now: datetime) -> None:
    """A fetch that took no turn, by hand or at the end of redirects, came from `url`: its host rests for a gap."""
    name = host_of(url)
    await rest(db, name, now + policy_of(name).gap)
