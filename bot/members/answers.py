"""What a member calls skills in their own words: exported, forgotten, united with those of another account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from bot import belongings
from bot.audit import audit
from bot.members import suggestions
from bot.members.profile import Side
from bot.members.suggestions import member_word, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Merging, Whose

SIDES: tuple[Side, ...] = get_args(Side)


async def export(whose: Whose) -> Mapping[str, Any]:
    """The skills that no list knows, in the member's words."""
    own = {
        f"{side}s": list(await suggestions.words_of(whose.db, whose.community_id, whose.member_id, side))
        for side in SIDES
    }
    return {"skills in own words": own}


async def forget(whose: Whose) -> None:
    """Leave nothing of what only they called a skill."""
    await belongings.erase(whose, member_word)
    await suggestions.tidy(whose.db, whose.community_id)
    await _silence_audit(whose.db, whose.community_id)


async def _silence_audit(db: AsyncConnection, community_id: int) -> None:
    """Take words that nobody uses any more out of what was decided about them."""
    known = sa.select(sa.literal("words:").concat(suggestion.c.words)).where(suggestion.c.community_id == community_id)
    stale = (audit.c.community_id == community_id, audit.c.subject.like("words:%"), audit.c.subject.not_in(known))
    await db.execute(sa.update(audit).where(*stale).values(subject="words:", after=None))


async def merge(merging: Merging) -> None:
    """Both accounts' words are one person's."""
    await belongings.move(merging, member_word)
