"""The words of one community: its own skills and its own words for known ones, beside the shipped taxonomy.

What people type about themselves is read by both. Leads are judged by the shipped taxonomy alone, whose words were
tried on thousands of postings; a community's own were not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Json, Key, Words, metadata
from bot.phrases import split_words
from bot.skills import Skill, Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

GROUP = "community"

community_skill = sa.Table(
    "community_skill",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("skill", sa.Text, primary_key=True),  # an id of its own, or of the shipped taxonomy
    sa.Column("name", Words, nullable=False),
    sa.Column("aliases", Json, nullable=False),
)


async def taxonomy_of(db: AsyncConnection, community_id: int) -> Taxonomy:
    """The taxonomy by which a community's members are understood."""
    own = community_skill.c.community_id == community_id
    rows = await db.execute(sa.select(community_skill).where(own).order_by(community_skill.c.skill))
    more = tuple(Skill(row["skill"], row["name"], GROUP, tuple(row["aliases"])) for row in rows.mappings())
    return _extended(more) if more else load_taxonomy()


@lru_cache(maxsize=64)
def _extended(more: tuple[Skill, ...]) -> Taxonomy:
    return load_taxonomy().extended(more)


async def add_words(db: AsyncConnection, community_id: int, words: str, skill: Skill | None) -> str:
    """Let `words` mean a skill from now on: this one, or (None) a new one that they name. Returns its id."""
    found = skill or Skill("-".join(split_words(words)), words, GROUP, ())
    own = (community_skill.c.community_id == community_id, community_skill.c.skill == found.id)
    aliases = (await db.execute(sa.select(community_skill.c.aliases).where(*own))).scalar_one_or_none()
    if aliases is None:
        values = {"community_id": community_id, "skill": found.id, "name": found.name, "aliases": [words]}
        await db.execute(sa.insert(community_skill).values(values))
    elif words not in aliases:
        await db.execute(sa.update(community_skill).where(*own).values(aliases=[*aliases, words]))
    return found.id


async def drop_words(db: AsyncConnection, community_id: int, words: str, skill_id: str) -> None:
    """Let `words` no longer mean a skill; a skill of its own that has no words left is gone."""
    own = (community_skill.c.community_id == community_id, community_skill.c.skill == skill_id)
    aliases = (await db.execute(sa.select(community_skill.c.aliases).where(*own))).scalar_one_or_none() or []
    left = [alias for alias in aliases if alias != words]
    change = sa.update(community_skill).values(aliases=left) if left else sa.delete(community_skill)
    await db.execute(change.where(*own))
