"""What is stored between members, for those who leave, want to see it, or turn out to be one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import notices, outbox, people, standing, views
from bot.audit import audit
from bot.cards import Card, sentence
from bot.db import insert_new
from bot.members import blocking, notes, store
from bot.members.acquaintances import acquaintance, acquaintances_of, end
from bot.members.contacts import share
from bot.members.introductions import request
from bot.members.notes import note
from bot.members.reports import audited, report
from bot.place import Here
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.feature import Merging, Whose

_ABOUT_TWO = ("acquaintance", "contact", "meeting")  # the first words of keys that go on with two members' ids


async def export(whose: Whose) -> Mapping[str, Any]:
    """Everything stored of what a member has to do with others. What others did with them is not theirs to read."""
    db, community_id, me = whose.db, whose.community_id, whose.member_id
    stands = await standing.of(db, community_id, me, whose.now)
    mine = (report.c.community_id == community_id, report.c.reporter == str(me))
    reported = (await db.execute(sa.select(report).where(*mine).order_by(report.c.id))).mappings()
    asked = (request.c.community_id == community_id, request.c.asker_id == me)
    written = (note.c.community_id == community_id, note.c.writer_id == me)
    shares = (share.c.community_id == community_id, share.c.member_id == me)
    return {
        "standing": {"paused_until": _iso(stands.paused_until), "banned": stands.banned},
        "introduced_to": [
            await people.member_name(db, community_id, other) for other in await acquaintances_of(db, community_id, me)
        ],
        "asked_for_introductions_at": [
            _iso(at) for at in (await db.execute(sa.select(request.c.at).where(*asked))).scalars()
        ],
        "shared": [
            {"with": await people.member_name(db, community_id, row.other_id), "shown": row.shown, "notes": row.notes}
            for row in (await db.execute(sa.select(share).where(*shares))).all()
        ],
        "notes_written_at": [_iso(at) for at in (await db.execute(sa.select(note.c.at).where(*written))).scalars()],
        "reports_made": [
            {"at": _iso(row["at"]), "reason": row["reason"], "words": row["words"], "link": row["link"]}
            for row in reported
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


# --- forgetting ------------------------------------------------------------------------------------------------------


async def forget(whose: Whose) -> None:
    """Leave no row with a member's ids, names or words; reports against them keep a random token until they expire."""
    await standing.keep_for_return(whose.db, whose.community_id, whose.member_id, whose.now)
    await _forget_notices(whose)
    await notes.put_away_of(whose.db, whose.ids, whose.community_id, whose.member_id)
    await _forget_conversations(whose)
    await _forget_reports(whose)
    await views.drop_mentioning(whose.db, whose.community_id, str(whose.member_id))
    own = (audit.c.community_id == whose.community_id, audit.c.subject == audited(whose.member_id))
    await whose.db.execute(sa.update(audit).where(*own).values(subject=f"standing:{whose.ids.token()}"))
    for table, columns in ((share, ("member_id", "other_id")), (request, ("asker_id", "asked_id"))):
        theirs = sa.or_(*(table.c[column] == whose.member_id for column in columns))
        await whose.db.execute(sa.delete(table).where(table.c.community_id == whose.community_id, theirs))


async def _forget_notices(whose: Whose) -> None:
    """What others were told of them is on nobody's page any more."""
    key, me = notices.notice.c.key, whose.member_id
    theirs = sa.or_(request.c.asker_id == me, request.c.asked_id == me)
    asked = sa.select(request.c.id).where(request.c.community_id == whose.community_id, theirs)
    keys = {f"introduction:{one}" for one in (await whose.db.execute(asked)).scalars()}
    about = sa.or_(*(sa.or_(key.startswith(f"{kind}:{me}:"), key.like(f"{kind}:%:{me}:%")) for kind in _ABOUT_TWO))
    own = notices.notice.c.community_id == whose.community_id
    keys |= set((await whose.db.execute(sa.select(key).where(own, about))).scalars())
    for one in keys:
        await notices.erase(whose.db, whose.ids, whose.community_id, one, _gone())


async def _forget_conversations(whose: Whose) -> None:
    """Conversations that were opened with them: none is opened now, and no address names them."""
    mine = sa.or_(acquaintance.c.first_id == whose.member_id, acquaintance.c.second_id == whose.member_id)
    own = (acquaintance.c.community_id == whose.community_id, mine)
    rows = await whose.db.execute(sa.delete(acquaintance).where(*own).returning(acquaintance.c.message_id))
    for message_id in {one for one in rows.scalars() if one is not None}:
        await outbox.drop(whose.db, whose.community_id, message_id)
        await outbox.blank(whose.db, whose.community_id, message_id, _gone())
    box = outbox.mailbox
    for account in await people.accounts_of(whose.db, whose.community_id, whose.member_id):
        together = sa.literal(",") + box.c.address + sa.literal(",")
        several = (box.c.address.contains(","), together.contains(f",{account.remote},"))
        where = (box.c.community_id == whose.community_id, box.c.space_id == account.space.id, *several)
        for box_id in (await whose.db.execute(sa.select(box.c.id).where(*where))).scalars().all():
            own_box = (box.c.community_id == whose.community_id, box.c.id == box_id)
            await whose.db.execute(sa.update(box).where(*own_box).values(address=f"over-{whose.ids.token()}"))


async def _forget_reports(whose: Whose) -> None:
    """Reports by them lose their words, reports against them what they wrote; both get a token instead of an id."""
    me, own = str(whose.member_id), report.c.community_id == whose.community_id
    concerned = sa.or_(report.c.reporter == me, report.c.reported == me)
    rows = (await whose.db.execute(sa.select(report).where(own, concerned))).mappings().all()
    for message_id in (message_id for row in rows for message_id in row["messages"]):
        await outbox.edit(whose.db, whose.ids, whose.community_id, message_id, _gone(), whose.now)
        edits = (outbox.message.c.community_id == whose.community_id, outbox.message.c.target_id == message_id)
        for edit_id in (await whose.db.execute(sa.select(outbox.message.c.id).where(*edits))).scalars().all():
            await outbox.blank(whose.db, whose.community_id, edit_id, _gone())
        await outbox.blank(whose.db, whose.community_id, message_id, _gone())
    by = {"reporter": whose.ids.token(), "words": "", "link": ""}
    await whose.db.execute(sa.update(report).where(own, report.c.reporter == me).values(**by))
    settled = sa.func.coalesce(report.c.decided_at, whose.now)
    against = {"reported": whose.ids.token(), "evidence": "", "decided_at": settled}
    await whose.db.execute(sa.update(report).where(own, report.c.reported == me).values(**against))
    message = outbox.message
    appeals = (message.c.community_id == whose.community_id, message.c.key.startswith(f"appeal:{me}:"))
    for message_id in (await whose.db.execute(sa.select(message.c.id).where(*appeals))).scalars().all():
        await outbox.blank(whose.db, whose.community_id, message_id, _gone())
        this = (message.c.community_id == whose.community_id, message.c.id == message_id)
        await whose.db.execute(sa.update(message).where(*this).values(key=f"over:{message_id}"))


def _gone() -> Card:
    return sentence(say("It was about somebody who has left."))


# --- merging ---------------------------------------------------------------------------------------------------------


async def merge(merging: Merging) -> None:
    """Give what one member has between them and others to another, who is the same person; the stricter counts."""
    await _merge_standing(merging)
    await _merge_acquaintances(merging)
    own = share.c.community_id == merging.community_id
    for mine, theirs in ((share.c.member_id, share.c.other_id), (share.c.other_id, share.c.member_id)):
        known = sa.select(theirs).where(own, mine == merging.kept).scalar_subquery()
        double = sa.or_(theirs == merging.kept, theirs.in_(known))
        await merging.db.execute(sa.delete(share).where(own, mine == merging.gone, double))
        await merging.db.execute(sa.update(share).where(own, mine == merging.gone).values({mine.name: merging.kept}))
    for table, columns in (
        (request, ("asker_id", "asked_id")),
        (note, ("writer_id", "reader_id")),
        (report, ("reporter", "reported")),
    ):
        await _rename(merging, table, columns)
    here = (audit.c.community_id == merging.community_id, audit.c.subject == audited(merging.gone))
    await merging.db.execute(sa.update(audit).where(*here).values(subject=audited(merging.kept)))
    community = await people.read_community(merging.db, merging.community_id)
    place = Here(merging.db, merging.ids, merging.settings, community, merging.now)
    for member_id in (merging.kept, merging.gone):
        for other in await store.kept_apart(merging.db, merging.community_id, member_id) - {merging.kept, merging.gone}:
            await blocking.end_all_between(place, merging.kept, other)


async def _rename(merging: Merging, table: sa.Table, columns: tuple[str, str]) -> None:
    """Let the rows of one be the other's; what was between the two is between nobody."""
    as_text = isinstance(table.c[columns[0]].type, sa.Text)
    kept, gone = (str(merging.kept), str(merging.gone)) if as_text else (merging.kept, merging.gone)
    own = table.c.community_id == merging.community_id
    for column in columns:
        await merging.db.execute(sa.update(table).where(own, table.c[column] == gone).values({column: kept}))
    itself = (table.c[column] == kept for column in columns)
    await merging.db.execute(sa.delete(table).where(own, *itself))


async def _merge_standing(merging: Merging) -> None:
    member = people.member
    own = (member.c.community_id == merging.community_id, member.c.id.in_((merging.kept, merging.gone)))
    rows = (await merging.db.execute(sa.select(member.c.suspended_until, member.c.banned_at).where(*own))).all()
    until = max((row.suspended_until for row in rows if row.suspended_until), default=None)
    banned = min((row.banned_at for row in rows if row.banned_at), default=None)
    values = {"suspended_until": until, "banned_at": banned}
    await people.change_member(merging.db, merging.community_id, merging.kept, **values)


async def _merge_acquaintances(merging: Merging) -> None:
    mine = sa.or_(acquaintance.c.first_id == merging.gone, acquaintance.c.second_id == merging.gone)
    own = (acquaintance.c.community_id == merging.community_id, mine)
    gone = (await merging.db.execute(sa.delete(acquaintance).where(*own).returning(*acquaintance.c))).mappings().all()
    for row in gone:
        other = row["second_id"] if row["first_id"] == merging.gone else row["first_id"]
        if other == merging.kept:
            continue
        first, second = sorted((merging.kept, other))
        moved = {**row, "first_id": first, "second_id": second}
        if not await insert_new(merging.db, acquaintance, [moved], returning=acquaintance.c.first_id) and row["ended"]:
            await end(merging.db, merging.community_id, merging.kept, other, merging.now)
