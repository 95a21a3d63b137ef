"""The gallery's walk through the market: figures in words and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app import App
    from bot.cli.gallery import Tour
    from bot.people import Caller


async def walk(tour: Tour, app: App, maria: Caller, ana: Caller) -> None:
    """What the leads ask for, in words and as a picture."""
    await tour.keep(app, "market", "to a member", await app.run_line(ana, "/market"))
    await tour.keep(app, "market", "nothing asks for it", await app.run_line(ana, "/market kubernetes"))
    await tour.keep(app, "error", "too many weeks", await app.run_line(ana, "/market weeks:99"))
    shown = await tour.keep(app, "market", "one skill", await app.run_line(maria, "/market python weeks:12"))
    await tour.keep(app, "market send", "", await tour.press(app, maria, shown, "Send me the picture"))
    await tour.keep(app, "market share", "", await tour.press(app, maria, shown, "Share in channel"))
    await tour.keep(app, "error", "shared already", await tour.press(app, maria, shown, "Share in channel"))
