"""Keeping every copy true: wherever moderators were asked about a lead, the card says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leads import asking, docket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.leads.place import Place


async def moved(place: Place, lead_ids: Iterable[int]) -> None:
    """Leads have moved on: bring the cards that ask about them up to date, and ask about the next ones."""
    ids = list(lead_ids)
    await asking.refresh(place, ids)
    await docket.refresh(place, ids)
    await asking.fill(place)
