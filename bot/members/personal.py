"""What a member says of themselves, their skills and their blocks: exported, forgotten, united."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings, people
from bot.members.absent import forgotten_block
from bot.members.links import link
from bot.members.store import block, blocked_by, change_profile, member_skill, profile, row_of
from bot.members.uniting import PRIVATE, united
from bot.skills import load_taxonomy
from bot.views import drop_where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Merging, Whose

OWN = (profile, member_skill, block, forgotten_block, link)
SHORTEST_TEXT = 12  # characters by which a text is recognised on a further page of somebody's card


# --- export ----------------------------------------------------------------------------------------------------------


async def export(whose: Whose) -> Mapping[str, Any]:
    """A member's profile, skills, blocks and links."""
    names = [
        await people.member_name(whose.db, whose.community_id, other_id)
        for other_id in await blocked_by(whose.db, whose.community_id, whose.member_id)
    ]
    links = await belongings.rows_of(whose, link)
    skills = await belongings.rows_of(whose, member_skill)
    taxonomy = load_taxonomy()
    return {
        "profile": await row_of(whose.db, whose.community_id, whose.member_id),
        "skills": [{**row, "name": taxonomy.name(row["skill"])} for row in skills],
        "blocked": names,
        "blocked_and_gone": [row["at"] for row in await belongings.rows_of(whose, forgotten_block)],
        "links": [{name: row[name] for name in ("platform", "remote", "at")} for row in links],
    }


# --- forget ----------------------------------------------------------------------------------------------------------


async def forget(whose: Whose) -> None:
    """Leave nothing that a member said of themselves. Others' blocks of them are kept by their seals already."""
    page = await row_of(whose.db, whose.community_id, whose.member_id)
    said = [page["headline"], *page["links"], *(text for piece in page["pieces"] for text in piece.values())]
    texts = [text for text in said if len(text) >= SHORTEST_TEXT]
    await drop_where(whose.db, whose.community_id, lambda data: _says(data, texts))
    for table in OWN:
        await belongings.erase(whose, table)
    await belongings.erase(whose, block, "blocked_id")


def _says(data: Any, texts: list[str]) -> bool:
    """Whether one of these texts is somewhere in the data."""
    if isinstance(data, str):
        return any(text in data for text in texts)
    if isinstance(data, dict):
        return any(_says(value, texts) for value in data.values())
    return isinstance(data, list) and any(_says(item, texts) for item in data)


# --- merge -----------------------------------------------------------------------------------------------------------


async def merge(merging: Merging) -> None:
    """Unite two profiles. A block between the two vanishes; all others hold for both."""
    await _unite_profiles(merging)
    await belongings.move(merging, member_skill, united=_skill)
    pair = (merging.kept, merging.gone)
    own = (
        block.c.community_id == merging.community_id,
        block.c.member_id.in_(pair),
        block.c.blocked_id.in_(pair),
    )
    for row in (await merging.db.execute(sa.select(block).where(*own))).mappings().all():
        key = {column.name: row[column.name] for column in block.primary_key.columns}
        await belongings.drop(merging, block, key)
    for table, column in (
        (block, "member_id"),
        (block, "blocked_id"),
        (forgotten_block, "member_id"),
        (link, "member_id"),
    ):
        await belongings.move(merging, table, column)
    await _unite_members(merging)


def _skill(kept: sa.RowMapping, gone: sa.RowMapping) -> dict[str, Any]:
    return {
        "level": kept["level"] or gone["level"],
        "priority": kept["priority"] or gone["priority"],
        "since": min(kept["since"], gone["since"]),
    }


async def _unite_profiles(merging: Merging) -> None:
    here = {"community_id": merging.community_id}
    await change_profile(merging.db, merging.community_id, merging.kept)  # so that there is a row
    kept, gone = [await row_of(merging.db, merging.community_id, one) for one in (merging.kept, merging.gone)]
    # private settings are noted even where they stay: when a link is taken back, it is asked what was changed since
    values = {name: value for name, value in united(kept, gone).items() if value != kept[name] or name in PRIVATE}
    await belongings.change(merging, profile, {**here, "member_id": merging.kept}, values)
    await belongings.drop(merging, profile, {**here, "member_id": merging.gone})


async def _unite_members(merging: Merging) -> None:
    """The longer suspension holds, the longer membership counts."""
    kept = await people.read_member(merging.db, merging.community_id, merging.kept)
    gone = await people.read_member(merging.db, merging.community_id, merging.gone)
    values: dict[str, Any] = {
        "zone": kept["zone"] or gone["zone"],
        "joined": min(kept["joined"], gone["joined"]),
        "preferred": kept["preferred"] or gone["preferred"],
    }
    for name in ("suspended_until", "exported_at"):
        values[name] = max(filter(None, (kept[name], gone[name])), default=None)
    key = {"community_id": merging.community_id, "id": merging.kept}
    # the suspension is noted even where it stays: whether it was changed since is asked when a link is taken back
    changed = {name: value for name, value in values.items() if value != kept[name] or name == "suspended_until"}
    await belongings.change(merging, people.member, key, changed)
