"""`try feed`: read and judge feeds from files or addresses, without a database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import typer
from rich.table import Table

from bot import config
from bot.cli import gallery
from bot.cli.terminal import FAILED, VERSION, AsJson, ConfigFile, print_json, text_of, try_app
from bot.cli.wiring import open_outside
from bot.errors import UserError
from bot.leads.cards import shorten
from bot.leads.entry import Pay
from bot.leads.pay import pay_words
from bot.ports import Fetched, FetchFailed, WorkerFailed
from bot.words import say

if TYPE_CHECKING:
    from bot.leads.entry import Entry, Verdict
    from bot.ports import Fetcher, Workers
    from bot.settings import Settings


_ON_DISK = "http://file.invalid"  # the host that a file's own links are resolved against


@try_app.command("feed")
def try_feed(
    feeds: Annotated[list[str], typer.Argument(help="Files or addresses of feeds, or of pages that link one.")],
    side: Annotated[
        Literal["demand", "mixed", "supply"] | None, typer.Option(help="Who writes there (guessed if left out).")
    ] = None,
    now: Annotated[datetime | None, typer.Option(help="Judge as of this instant (UTC).")] = None,
    as_json: AsJson = False,
    file: ConfigFile = None,
) -> None:
    """Read feeds and judge every entry; exit status 1 if one could not be read."""
    settings = config.load(file)
    at = (now or datetime.now(UTC)).replace(tzinfo=UTC) if now is None or now.tzinfo is None else now
    rows = asyncio.run(_try_all(settings, feeds, side, at))
    if as_json:
        print_json(rows)
    else:
        _print_table(rows)
    if any("error" in row for row in rows):
        raise typer.Exit(FAILED)


async def _try_all(settings: Settings, feeds: list[str], side: str | None, now: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with open_outside(settings, VERSION) as (fetcher, workers):
        for feed in feeds:
            try:
                rows += await _try_one(settings, fetcher, workers, feed, side, now)
            except UserError as error:
                sentence = " ".join(part for part in (error.happened, error.why) if part)
                rows.append({"feed_url": feed, "error": sentence, "advice": error.advice})
            except FetchFailed as failure:
                rows.append({"feed_url": feed, "error": failure.sentence, "advice": failure.advice})
            except WorkerFailed as failure:
                advice = say("Try a smaller feed of the same site.")
                rows.append({"feed_url": feed, "error": str(failure), "advice": advice})
    return rows


async def _try_one(
    settings: Settings, fetcher: Fetcher, workers: Workers, feed: str, side: str | None, now: datetime
) -> list[dict[str, Any]]:
    fetched = await _open(fetcher, feed)
    try:
        return await _read(settings, workers, fetched, feed, side, now)
    except UserError:
        linked = await workers.run("bot.leads.reading:find_feeds", fetched.body, fetched.url)
        if not linked:
            raise
    first = linked[0][0].removeprefix(_ON_DISK)
    return await _read(settings, workers, await _open(fetcher, first), first, side, now)


async def _open(fetcher: Fetcher, feed: str) -> Fetched:
    """The bytes behind an address, or of a file."""
    if urlsplit(feed).scheme in ("http", "https"):
        return await fetcher.get(feed)
    return await asyncio.to_thread(_open_file, Path(feed))


def _open_file(path: Path) -> Fetched:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UserError(
            "E-NOTFOUND",
            say("I can't read {path}: {why}.", path=path, why=error.strerror or error),
            advice=say("Give the path of a feed file, or an http(s) address."),
        ) from None
    return Fetched(200, _ON_DISK + path.absolute().as_posix(), moved_for_good=False, headers={}, body=body)


async def _read(
    settings: Settings, workers: Workers, fetched: Fetched, feed: str, side: str | None, now: datetime
) -> list[dict[str, Any]]:
    document, _, _, verdicts = await workers.run(
        "bot.leads.reading:read_feed",
        fetched.body,
        "" if fetched.url.startswith(_ON_DISK) else fetched.url,
        fetched.headers.get("content-type", ""),
        settings.feeds.max_items,
        "jobs",
        side,
        now,
    )
    return [row_of(feed, entry, verdict) for entry, verdict in zip(document.entries, verdicts, strict=True)]


def row_of(feed: str, entry: Entry, verdict: Verdict) -> dict[str, Any]:
    """An entry and its verdict as `try feed --json` prints them; null where unknown."""
    pay = verdict.pay
    return {
        "feed_url": feed,
        "guid": entry.guid,
        "link": entry.link or None,
        "title": entry.title,
        "published": entry.published.isoformat() if entry.published else None,
        "verdict": verdict.kind,
        "lead": verdict.lead,
        "posted": verdict.sure,
        "held": verdict.held,
        "score": round(verdict.score, 4),
        "reasons": list(verdict.reasons),
        "cautions": list(verdict.cautions),
        "company": verdict.company,
        "role": verdict.role,
        "pay": {"min": pay.min, "max": pay.max, "currency": pay.currency, "unit": pay.unit} if pay else None,
        "skills": list(verdict.skills),
        "remote": verdict.remote,
        "region": verdict.region,
        "employment_type": list(verdict.employment_type) if verdict.employment_type else None,
        "language": verdict.language,
        "expires": verdict.expires.isoformat() if verdict.expires else None,
        "offers_both": verdict.offers_both,
        "seniority": verdict.seniority,
        "newcomers": verdict.newcomers,
        "sectors": list(verdict.sectors),
        "hours": verdict.hours,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(title=None, box=None, pad_edge=False)
    for column in (say("Verdict"), say("Title"), say("Pay"), say("Why")):
        table.add_column(column)
    for row in rows:
        if "error" in row:
            table.add_row(say("unreadable"), shorten(row["feed_url"], 60), "", f"{row['error']} {row['advice']}")
            continue
        verdict = row["verdict"] + ("" if row["posted"] or not row["lead"] else "?")
        pay = _pay(row["pay"]) if row["pay"] else ""
        why = "; ".join((*row["reasons"], *row["cautions"]))
        table.add_row(verdict, shorten(row["title"], 60), pay, shorten(why, 120))
    typer.echo(text_of(table))


def _pay(pay: dict[str, Any]) -> str:
    return pay_words(Pay(**pay))


@try_app.command("card")
def try_card(
    name: Annotated[str | None, typer.Argument(help="One card or form by name (all if left out).")] = None,
    platform: Annotated[Literal["discord", "slack", "web"], typer.Option(help="Whose payloads.")] = "slack",
    as_json: AsJson = False,
) -> None:
    """Draw every card and form there is, in its longest and emptiest variants, as it goes over the wire."""
    found = gallery.rows(platform, name)
    if not found:
        names = ", ".join(sorted({row["name"] for row in gallery.rows(platform, None)}))
        raise UserError(
            "E-OPTION", say("There is no card “{name}”.", name=name), advice=say("There are: {names}.", names=names)
        )
    if as_json:
        print_json(found)
        return
    for row in found:
        typer.echo(f"{row['kind']:8} {row['name']} ({row['variant']})")
