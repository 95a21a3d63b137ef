"""What the profile answers when a member's data is exported, forgotten, or united with that of another account."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from bot.audit import audit
from bot.members import reading, store, suggestions, uniting
from bot.members.profile import Side
from bot.members.store import block, member_skill, profile
from bot.members.suggestions import member_word, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Merging, Whose

SIDES: tuple[Side, ...] = get_args(Side)
_OF_MEMBERS = (profile, member_skill, member_word)


async def export(whose: Whose) -> Mapping[str, Any]:
    """What a member says of themselves, and whom they blocked."""
    db, community_id, member_id = whose.db, whose.community_id, whose.member_id
    page = await store.profile_of(db, community_id, member_id)
    skills = {
        f"{side}s": [dataclasses.asdict(one) for one in await store.skills_of(db, community_id, member_id, side)]
        for side in SIDES
    }
    own = {f"{side}s": list(await suggestions.words_of(db, community_id, member_id, side)) for side in SIDES}
    data = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
    data |= {
        "pieces": [dataclasses.asdict(piece) for piece in page.pieces],
        "floor": dataclasses.asdict(page.floor) if page.floor else None,
        "windows": reading.windows_words(page.windows).splitlines() if page.windows else None,
        "links": list(page.links),
        "languages": list(page.languages) if page.languages else None,
    }
    blocked = [str(one) for one in await store.blocked_by(db, community_id, member_id)]
    return {"profile": data, "skills": skills, "skills in own words": own, "blocked members": blocked}


async def forget(whose: Whose) -> None:
    """Leave nothing of a member's profile, nor what only they called a skill."""
    for table in _OF_MEMBERS:
        own = (table.c.community_id == whose.community_id, table.c.member_id == whose.member_id)
        await whose.db.execute(sa.delete(table).where(*own))
    either = sa.or_(block.c.member_id == whose.member_id, block.c.blocked_id == whose.member_id)
    await whose.db.execute(sa.delete(block).where(block.c.community_id == whose.community_id, either))
    await suggestions.tidy(whose.db, whose.community_id)
    await _silence_audit(whose.db, whose.community_id)


async def _silence_audit(db: AsyncConnection, community_id: int) -> None:
    """Take words that nobody uses any more out of what was decided about them."""
    known = sa.select(sa.literal("words:").concat(suggestion.c.words)).where(suggestion.c.community_id == community_id)
    stale = (audit.c.community_id == community_id, audit.c.subject.like("words:%"), audit.c.subject.not_in(known))
    await db.execute(sa.update(audit).where(*stale).values(subject="words:", after=None))


async def merge(merging: Merging) -> None:
    """Unite two profiles of one person; a block that either made holds for both."""
    db, community_id = merging.db, merging.community_id
    pages = await store.profiles_of(db, community_id, [merging.kept, merging.gone])
    page = uniting.united(pages[merging.kept], pages[merging.gone])
    values = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
    skills = {
        side: [await store.skills_of(db, community_id, one, side) for one in (merging.kept, merging.gone)]
        for side in SIDES
    }
    words = {
        side: [
            one
            for member_id in (merging.kept, merging.gone)
            for one in await suggestions.words_of(db, community_id, member_id, side)
        ]
        for side in SIDES
    }
    for table in _OF_MEMBERS:
        gone = (table.c.community_id == community_id, table.c.member_id == merging.gone)
        await db.execute(sa.delete(table).where(*gone))
    await store.change_profile(db, community_id, merging.kept, **values)
    for side in SIDES:
        both = uniting.united_skills(*skills[side])
        await store.set_skills(db, community_id, merging.kept, side, both, merging.now)
        await suggestions.set_words(db, community_id, merging.kept, side, words[side], merging.now)
    await _merge_blocks(merging)


async def _merge_blocks(merging: Merging) -> None:
    db, community_id, one = merging.db, merging.community_id, {merging.gone: merging.kept}
    theirs = sa.or_(block.c.member_id == merging.gone, block.c.blocked_id == merging.gone)
    own = (block.c.community_id == community_id, theirs)
    rows = (await db.execute(sa.select(block).where(*own))).mappings().all()
    await db.execute(sa.delete(block).where(*own))
    for row in rows:
        blocker, blocked = (one.get(end, end) for end in (row["member_id"], row["blocked_id"]))
        if blocker != blocked:  # nobody blocks themselves
            await store.set_block(db, community_id, blocker, blocked, row["at"])
