"""One backup a day at 03:30 of the app's zone, the newest `database.backup_keep` kept."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot import backup, when
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.app import App

AT = "03:30"

log = logging.getLogger("guildhall.backup")


async def run(app: App) -> int:
    """Take today's backup if it is time and it is not there yet; returns how many were taken."""
    keep = app.settings.database.backup_keep
    zone = when.zone(app.settings.app.timezone)
    today = when.local_day(app.wall.now(), zone)
    if not keep or app.wall.now() < when.instant(today, when.parse_clock(AT), zone):
        return 0
    name = f"daily-{today}"
    folder = backup.folder_of(app.settings)
    if backup.find(folder, name):
        return 0
    try:
        await backup.take(app.db, folder, name)
    except UserError as error:
        log.warning("no backup today: %s", error.sentence)
        return 0
    backup.drop_old(folder, keep)
    return 1
