"""`/mod digest`: what will be posted today, exactly; post it now, or leave today out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from bot import audit, people, when
from bot.cards import Block, Button, Card, Controls, Divider, Note, Paragraph, Time, bold, sentence
from bot.commands import Commands, Reply, Write
from bot.digests import store
from bot.digests.compose import compose, day_words, issue_for, publish
from bot.errors import UserError
from bot.people import Role
from bot.setup import next_digest
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.cards import Text
    from bot.feature import Issue
    from bot.people import Space

commands = Commands()


@commands.command("mod digest", role=Role.MODERATOR, example="/mod digest skip")
async def digest(
    do: Write,
    what: Annotated[Literal["preview", "publish", "skip"], "Look at it, post it now, or skip today"] = "preview",
) -> Reply:
    """Show exactly what the digest will post and what it leaves out; post it now, or skip today."""
    if not do.space.leads_channel:
        raise UserError(
            "E-SETUP",
            say("This space has no leads channel, so no digest is posted here."),
            buttons=(Button(say("Set it up"), "mod setup"),),
        )
    if what == "publish":
        return Reply(await _publish(do))
    if what == "skip":
        return Reply(await _skip(do))
    return Reply(await _preview(do))


@commands.command("digest publish", role=Role.MODERATOR, typed=False)
async def publish_now(do: Write) -> Reply:
    """Post today's digest now."""
    return Reply(await _publish(do))


@commands.command("digest skip", role=Role.MODERATOR, typed=False)
async def skip_today(do: Write) -> Reply:
    """Leave today's digest out."""
    return Reply(await _skip(do))


async def _preview(do: Write) -> Card:
    day = _today(do)
    row = await store.day_of(do.db, do.space, day)
    issue = await _issue(do, day)
    draft = await compose(issue, do.features, day)
    out = await _left_out(do, issue)
    due = next_digest(do.community, do.settings, do.now)
    head: tuple[Block, ...] = (Paragraph((bold(say("Preview: this is what would be posted.")), *_when(row, due))),)
    if draft is None:
        text = say("There is nothing to say now, so nothing would be posted.")
        return Card(text, (Paragraph((text, *_when(row, due))), *out))
    buttons: tuple[Button, ...] = ()
    if row is None or row["message_id"] is None:
        buttons = (Button(say("Publish now"), "digest publish", (), "primary"),)
    if row is None:
        buttons = (*buttons, Button(say("Skip today"), "digest skip"))
    controls = (Controls(buttons),) if buttons else ()
    return Card(say("Preview of the digest."), (*head, Divider(), *draft.card.blocks, Divider(), *out, *controls))


def _when(row: RowMapping | None, due: datetime) -> Text:
    if row is not None:
        said = (
            say(" Today's was posted already.") if row["message_id"] is not None else say(" Nothing was posted today.")
        )
        return (said, say(" Next: "), Time(due, "full"), ".")
    return (say(" It comes "), Time(due, "full"), ".")


async def _left_out(do: Write, issue: Issue) -> tuple[Block, ...]:
    """What came since the last digest and is not in this one, with the reasons."""
    counts: dict[str, int] = {}
    for feature in do.features:
        if feature.digest_left_out is not None:
            counts |= await feature.digest_left_out(issue)
    if not counts:
        return ()
    reasons = ", ".join(f"{n:,} {words}" for words, n in counts.items())
    return (Note((say("Left out: {n} ({reasons}).", n=f"{sum(counts.values()):,}", reasons=reasons),)),)


def _today(do: Write) -> date:
    return when.local_day(do.now, when.zone(do.community.zone))


async def _issue(do: Write, day: date) -> Issue:
    return await issue_for(do.db, do.settings, do.community, do.space, day, do.now, message_id=do.ids.new())


async def _spaces(do: Write) -> Sequence[Space]:
    return [space for space in await people.spaces_of(do.db, do.community.id) if space.leads_channel]


async def _publish(do: Write) -> Card:
    """Post today's digest in every space where none was posted today, and not again when its time comes."""
    day, sent = _today(do), []
    await people.lock_communities(do.db, do.community.id)
    for space in await _spaces(do):
        row = await store.day_of(do.db, space, day)
        if row is not None and row["message_id"] is not None:
            continue
        await store.free_day(do.db, space, day)  # it had nothing to say at its time, or was skipped
        issue = await issue_for(do.db, do.settings, do.community, space, day, do.now, message_id=do.ids.new())
        draft = await compose(issue, do.features, day)
        if draft is not None and await store.begin_day(do.db, space, day):
            await publish(draft, do.ids)
            sent.append(space)
        elif row is not None:
            await store.begin_day(do.db, space, day)
    if not sent:
        raise UserError("E-DONE", say("Today's digest was posted already, or there is nothing to say."))
    await audit.record(do, "digest publish", f"digest:{day}", after={"day": day.isoformat()})
    where = count(len(sent), say("place"), say("places"))
    text = say("The digest of {day} goes out now, in {where}.", day=day_words(day), where=where)
    return sentence(text)


async def _skip(do: Write) -> Card:
    """Leave today's digest out in every space that has not had it."""
    day = _today(do)
    claimed = [space for space in await _spaces(do) if await store.begin_day(do.db, space, day)]
    if not claimed:
        raise UserError("E-DONE", say("Today's digest is settled already."))
    after = {"day": day.isoformat()}
    undo = await audit.record(do, "digest skip", f"digest:{day}", after=after)
    text = say("Skipped: no digest on {day}. What would have been in it comes with the next one.", day=day_words(day))
    return sentence(text, audit.undo_button(undo))


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo skipping a day: its digest comes, unless its time has passed."""
    day = date.fromisoformat(row["after"]["day"])
    for space in await _spaces(do):
        await store.free_day(do.db, space, day)
    following = when.local_day(next_digest(do.community, do.settings, do.now), when.zone(do.community.zone))
    if following == day:
        return say("Undone: the digest of {day} comes at its time.", day=day_words(day))
    return say("Undone. Its time has passed: /mod digest publish posts it.")
