"""What the house itself stores of a member: exported, forgotten, and given to the member they turn out to be.

It comes last of all features, because their rows refer to a member and its accounts.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings, cards, codes, outbox, people
from bot.audit import audit
from bot.notices import notice
from bot.people import identity, member
from bot.rewording import Rewording, reword_messages
from bot.subscribing import calendar_address
from bot.views import drop_where
from bot.whereabouts import journey
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.feature import Merging, Whose

LINK_ORIGIN = "link:{community}:{member}"
"""Under which name wrong codes of a member are counted."""


@dataclass(frozen=True, slots=True)
class Traces:
    """By what somebody can be recognised."""

    names: frozenset[str]  # what they are and were called
    accounts: frozenset[tuple[str, str]]  # (platform, the platform's id)


async def traces_of(whose: Whose) -> Traces:
    """By what a member can be recognised: also a name that they had when they decided on something."""
    row = await people.read_member(whose.db, whose.community_id, whose.member_id)
    linked = await people.identities_of(whose.db, whose.community_id, whose.member_id)
    own = (audit.c.community_id == whose.community_id, audit.c.actor == whose.member_id)
    acted = (await whose.db.execute(sa.select(audit.c.actor_name).where(*own).distinct())).scalars()
    names = {row["name"], *acted, *(one["name"] for one in linked)} - {None, ""}
    return Traces(frozenset(names), frozenset((one["platform"], one["remote"]) for one in linked))


def neutral() -> str:
    """What stands where the name of somebody who was forgotten stood."""
    return say("a former member")


# --- export ----------------------------------------------------------------------------------------------------------


async def export(whose: Whose) -> Mapping[str, Any]:
    """Everything that the house stores of a member."""
    row = await people.read_member(whose.db, whose.community_id, whose.member_id)
    linked = await people.identities_of(whose.db, whose.community_id, whose.member_id)
    return {
        "member": {
            "id": whose.member_id,
            "name": row["name"],
            "time_zone": row["zone"],
            "joined": row["joined"].isoformat(),
            "preferred_platform": row["preferred"],
            "suspended_until": _iso(row["suspended_until"]),
            "last_export": _iso(row["exported_at"]),
        },
        "accounts": [
            {"platform": one["platform"], "id": one["remote"], "since": _iso(one["since"]), "name": one["name"]}
            for one in linked
        ],
        "journeys": await belongings.rows_of(whose, journey),
        "calendar_addresses": [{"made": row["made"]} for row in await belongings.rows_of(whose, calendar_address)],
        "notices": [_told(row) for row in await _rows(whose, notice)],
        "messages": [_sent(row) for row in await _messages(whose)],
        "what_you_changed": [_changed(row) for row in await _rows(whose, audit, "actor")],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def _rows(whose: Whose, table: sa.Table, column: str = "member_id") -> Sequence[sa.RowMapping]:
    own = (table.c.community_id == whose.community_id, table.c[column] == whose.member_id)
    return (await whose.db.execute(sa.select(table).where(*own).order_by(table.c.id))).mappings().all()


def _told(row: sa.RowMapping) -> dict[str, Any]:
    told = {"due": _iso(row["due"]), "state": row["state"], "reached_you": _iso(row["reached_at"])}
    return {**told, "words": cards.words_of(cards.load(row["card"]))}


def _sent(row: sa.RowMapping) -> dict[str, Any]:
    sent = {"due": _iso(row["due"]), "state": row["state"], "sent": _iso(row["sent_at"])}
    file = {"file": row["details"]["name"]} if row["verb"] == "file" else {}
    return {**sent, **file, "words": cards.words_of(cards.load(row["card"]))}


def _changed(row: sa.RowMapping) -> dict[str, Any]:
    what = {name: row[name] for name in ("action", "subject", "before", "after")}
    return {"at": _iso(row["at"]), "as": row["actor_name"], **what, "taken_back": _iso(row["undone_at"])}


async def _boxes(whose: Whose) -> Sequence[int]:
    """The mailboxes of a member's direct messages, of all accounts and places."""
    found: list[int] = []
    for one in await people.identities_of(whose.db, whose.community_id, whose.member_id):
        box, space = outbox.mailbox, people.space
        same = sa.and_(space.c.community_id == box.c.community_id, space.c.id == box.c.space_id)
        own = (box.c.community_id == whose.community_id, box.c.direct, box.c.address == one["remote"])
        statement = sa.select(box.c.id).join(space, same).where(*own, space.c.platform == one["platform"])
        found += (await whose.db.execute(statement)).scalars().all()
    return found


async def _messages(whose: Whose) -> Sequence[sa.RowMapping]:
    message = outbox.message
    own = (message.c.community_id == whose.community_id, message.c.mailbox_id.in_(await _boxes(whose)))
    statement = sa.select(message).where(*own, message.c.verb != "edit").order_by(message.c.id)
    return (await whose.db.execute(statement)).mappings().all()


# --- forget ----------------------------------------------------------------------------------------------------------


async def forget(whose: Whose) -> None:
    """Leave nothing of a member but what they decided for others, under a random token."""
    traces = await traces_of(whose)
    token = whose.ids.token()
    await _drop_messages(whose)
    await _hide_mentions(whose, traces)
    await _drop_views(whose, traces)
    await _anonymise_audit(whose, traces, token)
    for table in (notice, journey, calendar_address):
        await belongings.erase(whose, table)
    await codes.withdraw(whose.db, whose.community_id, whose.member_id)
    origin = LINK_ORIGIN.format(community=whose.community_id, member=whose.member_id)
    await codes.forgive(whose.db, origin)
    await belongings.erase(whose, identity)
    await belongings.erase(whose, member, "id")


async def _hide_mentions(whose: Whose, traces: Traces) -> None:
    """Where they were mentioned as a person, on cards and notices of others, nobody is mentioned any more."""
    ids = frozenset({whose.member_id})
    rewording = Rewording(accounts=traces.accounts, instead_of_name=neutral(), ids=ids)
    marks = (str(whose.member_id), *(remote for _, remote in traces.accounts))
    for table in (outbox.message, notice):
        here = table.c.community_id == whose.community_id
        mentioned = sa.or_(*(sa.cast(table.c.card, sa.Text).contains(mark, autoescape=True) for mark in marks))
        rows = (await whose.db.execute(sa.select(table.c.id, table.c.card).where(here, mentioned))).all()
        changed = {row.id: card for row in rows if (card := rewording.of(row.card)) != row.card}
        if table is outbox.message:
            await reword_messages(whose.db, whose.ids, whose.community_id, changed, rewording, whose.now)
        else:
            for row_id, card in changed.items():
                await whose.db.execute(sa.update(table).where(here, table.c.id == row_id).values(card=card))
        nobody = sa.func.replace(table.c.key, str(whose.member_id), whose.ids.token())
        named = table.c.key.contains(str(whose.member_id))
        await whose.db.execute(sa.update(table).where(here, named).values(key=nobody))


async def _drop_messages(whose: Whose) -> None:
    boxes = await _boxes(whose)
    for table, column in ((outbox.message, outbox.message.c.mailbox_id), (outbox.mailbox, outbox.mailbox.c.id)):
        own = (table.c.community_id == whose.community_id, column.in_(boxes))
        await whose.db.execute(sa.delete(table).where(*own))


async def _drop_views(whose: Whose, traces: Traces) -> None:
    """Forms that they were filling in, and further pages that name them: those cards are out of date."""
    mine = {f"{platform}:{remote}" for platform, remote in traces.accounts}
    rewording = Rewording(names=traces.names, accounts=traces.accounts)
    number = str(whose.member_id)

    def unwanted(data: Any) -> bool:
        return data.get("by") in mine or number in json.dumps(data) or rewording.of(data) != data

    await drop_where(whose.db, whose.community_id, unwanted)


async def _anonymise_audit(whose: Whose, traces: Traces, token: str) -> None:
    """What they changed of themselves goes; what they did for others, and others with them, keeps a random token."""
    about, own = f"member:{whose.member_id}", audit.c.community_id == whose.community_id
    themselves = (own, audit.c.subject == about, audit.c.actor == whose.member_id)
    await whose.db.execute(sa.delete(audit).where(*themselves))
    await whose.db.execute(sa.update(audit).where(own, audit.c.subject == about).values(subject=f"member:{token}"))
    theirs = Rewording(
        names=traces.names,
        instead_of_name=neutral(),
        accounts=traces.accounts,
        ids=frozenset({whose.member_id}),
        texts=(str(whose.member_id),),
        instead_of_text=token,
    )
    by_them = audit.c.actor == whose.member_id
    for mine, rewording in ((True, theirs), (False, dataclasses.replace(theirs, whole=True))):
        rows = await whose.db.execute(sa.select(audit).where(own, by_them if mine else by_them.is_not(sa.true())))
        for row in rows.mappings().all():
            values = {name: rewording.of(row[name]) for name in ("before", "after")}
            if any(values[name] != row[name] for name in values):
                at = (own, audit.c.id == row["id"])
                await whose.db.execute(sa.update(audit).where(*at).values(**values))
    called = say("former member {token}", token=token[:6])
    await whose.db.execute(sa.update(audit).where(own, by_them).values(actor=whose.ids.new(), actor_name=called))


# --- merge -----------------------------------------------------------------------------------------------------------


async def merge(merging: Merging) -> None:
    """Give the accounts and the history of one member to the other, and let the first one go."""
    owned = ((journey, "member_id"), (notice, "member_id"), (calendar_address, "member_id"), (audit, "actor"))
    for table, column in owned:
        await belongings.move(merging, table, column)
    here = audit.c.community_id == merging.community_id
    about = sa.select(audit.c.id).where(here, audit.c.subject == f"member:{merging.gone}")
    for row_id in (await merging.db.execute(about)).scalars().all():
        key = {"community_id": merging.community_id, "id": row_id}
        await belongings.change(merging, audit, key, {"subject": f"member:{merging.kept}"})
    for member_id in (merging.kept, merging.gone):
        await codes.withdraw(merging.db, merging.community_id, member_id)
        await _name_accounts(merging, member_id)
    await belongings.move(merging, identity)
    await belongings.drop(merging, member, {"community_id": merging.community_id, "id": merging.gone})


async def _name_accounts(merging: Merging, member_id: int) -> None:
    """Write down on each account what its member is called, for the day on which they part."""
    row = await people.read_member(merging.db, merging.community_id, member_id)
    for one in await people.identities_of(merging.db, merging.community_id, member_id):
        key = {name: one[name] for name in ("community_id", "platform", "remote")}
        await belongings.change(merging, identity, key, {"name": one["name"] or row["name"]})
