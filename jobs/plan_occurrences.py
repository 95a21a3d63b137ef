"""Work out occurrences ahead, and everything that was made from local times anew when zone data changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import occurrences, people, setup, when
from jobs.due import ZONE_DATA, first, now_if_any

if TYPE_CHECKING:
    from bot.app import App


DUES = (
    first(occurrences.series.c.due),
    now_if_any(occurrences.made_by_other_data(ZONE_DATA)),
    now_if_any(people.of_other_zone_data(ZONE_DATA)),
)


async def run(app: App) -> int:
    """Plan ahead; returns for how many series and communities something was done."""
    now, release = app.wall.now(), when.zone_data_release()
    async with app.db.write() as db:
        moved = await occurrences.derive_again(db, now, release)
        for feature in app.features:
            own = [each for each in moved if each.owner == feature.name]
            if feature.moved and own:
                await feature.moved(db, app.ids, app.settings, own, now)
        done = len(moved) + await setup.derive_digests_again(db, app.settings, now, release)
        return done + await occurrences.extend_due(db, now)
