"""The house itself as a feature: what belongs to no other one."""

from __future__ import annotations

from bot import audit, doubts, history, hub, joining, personal, setup, subscribing, welcome, whereabouts
from bot.commands import Commands
from bot.feature import Feature

feature = Feature(
    name="house",
    commands=Commands(
        hub.commands,
        setup.commands,
        joining.commands,
        audit.commands,
        history.commands,
        doubts.commands,
        whereabouts.commands,
        subscribing.commands,
        welcome.commands,
    ),
    undo={"mod setup": setup.take_back, "mod join": joining.take_back, "mod welcome": welcome.take_back},
    told=history.TOLD,
    subject_names=history.subject_names,
    export=personal.export,
    forget=personal.forget,
    merge=personal.merge,
)
