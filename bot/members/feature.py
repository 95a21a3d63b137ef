"""What the members feature answers to others: three parts of one thing, each with its own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import Commands
from bot.feature import Feature
from bot.members import (
    absent,
    answers,
    appeals,
    blocking,
    contacts,
    decisions,
    editing,
    exporting,
    forgetting,
    introductions,
    linking,
    messages,
    moderation,
    notes,
    page,
    parting,
    personal,
    privacy,
    reports,
    suggestions,
    traces,
    viewing,
    visibility,
    weekly,
)
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping


def _not_me(row: RowMapping, name: str) -> str:
    del row, name
    return say("took back a link that somebody else had made with their code")


profile = Feature(
    name="profile",
    commands=Commands(
        editing.commands,
        viewing.commands,
        messages.commands,
        suggestions.commands,
    ),
    undo={**suggestions.UNDO},
    told={**suggestions.TOLD},
    page=(messages.trouble_part, page.suggestions_part),
    hints=(page.missing_part,),
    hidden=visibility.hidden,
    helpers=visibility.count_helpers,
    offers=visibility.count_offers,
    export=answers.export,
    forget=answers.forget,
    merge=answers.merge,
)

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

safety = Feature(
    name="safety",
    commands=Commands(
        introductions.commands,
        contacts.commands,
        notes.commands,
        blocking.commands,
        reports.commands,
        moderation.commands,
        appeals.commands,
    ),
    note=weekly.note,
    undo=decisions.UNDO,
    told=decisions.TOLD,
    subject_names=decisions.subject_names,
    export=traces.export,
    forget=traces.forget,
    merge=traces.merge,
)
