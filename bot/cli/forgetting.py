"""`forget`: what `/profile forget` does, for an operator who was asked by letter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from bot import config, people, when
from bot.cli.terminal import ConfigFile, app
from bot.cli.wiring import FEATURES, database_url, open_database, open_journal
from bot.errors import UserError
from bot.feature import Whose
from bot.forgotten import journalled, unjournalled
from bot.ids import RandomIds
from bot.members.forgetting import forget
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.settings import Settings


@app.command("forget")
def forget_command(
    member: Annotated[int, typer.Option("--member", help="The member's id, as an export of theirs says it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is the right one.")] = False,
    file: ConfigFile = None,
) -> None:
    """Forget a member, as /profile forget does: at once, everywhere, for good."""
    settings = config.load(file)
    name, community = asyncio.run(_find(settings, member))
    question = say("Forget {name} of {community}? It can't be undone.", name=name, community=community)
    if not yes:
        typer.confirm(question, abort=True)
    asyncio.run(_forget(settings, member))
    typer.echo(say("Forgotten."))


async def _find(settings: Settings, member_id: int) -> tuple[str, str]:
    """The names of a member and of their community. Raises `UserError` (E-NOMEMBER)."""
    async with open_database(database_url(settings), settings, when.SystemClock()) as db, db.read() as connection:
        row = await _member(connection, member_id)
        return row["name"], (await people.read_community(connection, row["community_id"])).name


async def _forget(settings: Settings, member_id: int) -> None:
    clock, journal = when.SystemClock(), open_journal(settings)
    async with open_database(database_url(settings), settings, clock) as db:
        async with db.write() as connection:
            row = await _member(connection, member_id)
            whose = Whose(connection, RandomIds(), row["community_id"], member_id, clock.now())
            await forget(whose, FEATURES, journal)
        async with db.write() as connection:
            entries = await unjournalled(connection)
            journal.append(entries)
            await journalled(connection, entries)


async def _member(db: AsyncConnection, member_id: int) -> sa.RowMapping:
    statement = sa.select(people.member).where(people.member.c.id == member_id)
    row = (await db.execute(statement)).mappings().one_or_none()
    if row is None:
        raise UserError(
            "E-NOMEMBER",
            say("There is no member {id}.", id=member_id),
            advice=say("Their export says their id; the table “member” of the database has everybody's."),
        )
    return row
