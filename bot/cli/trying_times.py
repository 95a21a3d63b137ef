"""`try time`, `try series`, `try calendar`, `try busy`: times and calendars, from the outside.

JSON: instants are UTC and end in "Z"; `wall` and `local` are what clocks show, without an offset.
"""

from __future__ import annotations

import asyncio
import json
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from bot import calendar, config, places, recurrence, typed, when
from bot.cli.terminal import FAILED, VERSION, AsJson, ConfigFile, print_json, try_app
from bot.cli.wiring import open_outside
from bot.errors import UserError
from bot.ports import FetchFailed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings

LENGTH = timedelta(hours=1)
"""How long the events of `try calendar` are: its input has no ends."""

Zone = Annotated[str, typer.Option(help="The zone or city of who types.")]
Now = Annotated[
    str | None, typer.Option(help="The present instant, ISO 8601 with an offset (the clock's if left out).")
]


@try_app.command("time")
def try_time(
    text: Annotated[str | None, typer.Argument(help="What somebody typed, such as “next tue 5pm”.")] = None,
    zone: Zone = "UTC",
    now: Now = None,
    file: Annotated[Path | None, typer.Option(help="A JSON list of {id, text, zone, now} instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read typed times: the instant, what is asked back, or why it was refused."""
    if (text is None) == (file is None):
        raise UserError("E-OPTION", say("Give a text, or --file and a list of them."), advice="")
    if file:
        _print([{"id": item.get("id"), **_typed(item)} for item in _items(file)], as_json=as_json)
    else:
        answer = _typed({"text": text, "zone": zone, "now": now})
        _print(answer if as_json else [answer], as_json=as_json)


@try_app.command("series")
def try_series(
    file: Annotated[Path, typer.Argument(help="A JSON list of {id, zone, start, rule, exdates}.")],
    as_json: AsJson = False,
) -> None:
    """Work out when series happen; rules without end for 366 days. Exit status 1 if one could not be read."""
    rows = [_row(item, _series) for item in _items(file)]
    _print(rows, as_json=as_json)
    if any("error" in row for row in rows):
        raise typer.Exit(FAILED)


@try_app.command("calendar")
def try_calendar(
    file: Annotated[Path, typer.Argument(help="A JSON list of {id, title, zone, start, rule, exdates}.")],
    now: Now = None,
) -> None:
    """Print series as one .ics text: an event of an hour for each occurrence."""
    events = [event for item in _items(file) for event in _events(item)]
    typer.echo(calendar.write(events, _now(now)).encode(), nl=False)


@try_app.command("busy")
def try_busy(
    place: Annotated[str, typer.Argument(help="An .ics file, or its address.")],
    zone: Zone = "UTC",
    days: Annotated[int, typer.Option(help="How many days ahead.", min=1, max=366)] = 14,
    now: Now = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Print when a calendar says that its owner is busy."""
    first = _now(now)
    settings = config.load(config_file)
    times = asyncio.run(_busy(settings, place, first, first + timedelta(days=days), _zone(zone)))
    _print([{"from": _utc(start), "to": _utc(end)} for start, end in times], as_json=as_json)


# --- one item each ---------------------------------------------------------------------------------------------------


def _typed(item: dict[str, Any]) -> dict[str, Any]:
    """A typed time as `{utc, zone, wall, state, ask, reason}`.

    `zone` is the place whose clock shows `wall`: the one that was named, else the asker's. For gap and fold, `utc` is
    the instant that our rule picks. For ask, `utc` is null and `ask` lists what can be meant, earliest first, as
    `{words, utc, zone, wall}`; where only the time of day is missing it is one item whose utc is null and whose wall is
    the date.
    """
    zone = _zone(item.get("zone"))
    found = typed.read(str(item.get("text") or ""), zone, _now(item.get("now")))
    at = found.moment
    return {
        "utc": _utc(at.utc) if at else None,
        "zone": when.zone_name(at.zone if at else zone),
        "wall": at.wall.isoformat() if at else None,
        "state": found.state.value,
        "ask": [_choice(choice, zone) for choice in found.ask],
        "reason": found.reason,
    }


def _choice(choice: typed.Choice, zone: ZoneInfo) -> dict[str, Any]:
    at = choice.moment
    return {
        "words": choice.words,
        "utc": _utc(at.utc) if at else None,
        "zone": when.zone_name(at.zone if at else zone),
        "wall": at.wall.isoformat() if at else choice.day.isoformat(),
    }


def _series(item: dict[str, Any]) -> dict[str, Any]:
    """A series as `{occurrences: [{local, utc, wall, state}]}`: `local` by its rule, `wall` as clocks show it."""
    return {
        "occurrences": [
            {
                "local": found.key.isoformat(),
                "utc": _utc(found.at.utc),
                "wall": found.at.wall.isoformat(),
                "state": found.at.state.value,
            }
            for found in _occurrences(item)
        ]
    }


def _occurrences(item: dict[str, Any]) -> list[Any]:
    zone = _zone(item.get("zone"))
    exdates = [_local(text) for text in item.get("exdates") or ()]
    return recurrence.expand(zone, _local(item.get("start")), item.get("rule"), exdates)


def _events(item: dict[str, Any]) -> list[calendar.Event]:
    title = str(item.get("title") or item.get("id") or "")
    return [
        calendar.Event(
            uid=calendar.uid(item.get("id"), found.key), start=found.at.utc, end=found.at.utc + LENGTH, title=title
        )
        for found in _occurrences(item)
    ]


async def _busy(
    settings: Settings, place: str, first: datetime, end: datetime, zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    async with open_outside(settings, VERSION) as (fetcher, workers):
        if urlsplit(place).scheme in ("http", "https"):
            try:
                content = (await fetcher.get(place)).body
            except FetchFailed as failure:
                raise UserError(failure.code, failure.sentence, advice=failure.advice) from None
        else:
            content = await asyncio.to_thread(read_bytes, Path(place))
        times: list[tuple[datetime, datetime]] = await workers.run("bot.calendar:busy_times", content, first, end, zone)
        return times


# --- in and out ------------------------------------------------------------------------------------------------------


def _items(file: Path) -> list[dict[str, Any]]:
    try:
        items = json.loads(read_bytes(file))
    except ValueError as error:
        raise UserError("E-FORMAT", say("{file} is not JSON: {why}.", file=file, why=error), advice="") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UserError("E-FORMAT", say("{file} is not a list of objects.", file=file), advice="")
    return items


def read_bytes(file: Path) -> bytes:
    """The content of a file. Raises `UserError` E-NOTFOUND."""
    try:
        return file.read_bytes()
    except OSError as error:
        happened = say("I can't read {file}: {why}.", file=file, why=error.strerror or error)
        raise UserError("E-NOTFOUND", happened, advice=say("Give the path of a file.")) from None


def _row(item: dict[str, Any], read: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """What was read of an item, under its id; an item that cannot be read spoils no other."""
    try:
        return {"id": item.get("id"), **read(item)}
    except UserError as error:
        happened = " ".join(part for part in (error.happened, error.why) if part)
        return {"id": item.get("id"), "error": happened, "advice": error.advice}


def _zone(name: Any) -> ZoneInfo:
    """A zone by IANA's own name, letters such as EST included; else as people name it. Raises `UserError` E-ZONE."""
    known = str(name or "UTC")
    return ZoneInfo(known) if known in places.iana_names().values() else when.zone(known)


def _now(text: str | None) -> datetime:
    if text is None:
        return when.SystemClock().now()
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise UserError(
            "E-OPTION",
            say("I can't read “{text}” as an instant.", text=text),
            advice=say("Write it like 2026-11-18T10:00:00-05:00."),
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _local(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=None)
    except (TypeError, ValueError):
        at = None
    if at is None or not MINYEAR < at.year < MAXYEAR:
        raise UserError(
            "E-FORMAT",
            say("I can't read “{text}” as a local time.", text=text),
            advice=say("Write it like 2026-11-24T17:00:00, without an offset."),
        )
    return at


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _print(data: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    for row in data:
        plain = [value for key, value in row.items() if key != "ask"]  # the reason says it in words
        typer.echo("  ".join(str(value) for value in plain if value not in (None, "", [])))
