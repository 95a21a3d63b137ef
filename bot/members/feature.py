"""What the members feature answers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import Commands
from bot.feature import Feature
from bot.members import absent, exporting, forgetting, linking, parting, personal, privacy
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping


def _not_me(row: RowMapping, name: str) -> str:
    del row, name
    return say("took back a link that somebody else had made with their code")


feature = Feature(
    name="members",
    commands=Commands(
        privacy.commands,
        exporting.commands,
        forgetting.commands,
        linking.commands,
        parting.commands,
    ),
    told={"profile not-me": _not_me},
    export=personal.export,
    forget=personal.forget,
    merge=personal.merge,
    came=absent.recognise,
)
