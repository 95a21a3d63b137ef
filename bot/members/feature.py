"""What the members feature answers to others."""

from __future__ import annotations

from bot.commands import Commands
from bot.feature import Feature
from bot.members import (
    answers,
    appeals,
    blocking,
    contacts,
    decisions,
    editing,
    introductions,
    messages,
    moderation,
    notes,
    page,
    reports,
    suggestions,
    traces,
    viewing,
    visibility,
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
    undo=decisions.UNDO,
    told=decisions.TOLD,
    subject_names=decisions.subject_names,
    export=traces.export,
    forget=traces.forget,
    merge=traces.merge,
)

feature = Feature(
    name="members",
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
    export=answers.export,
    forget=answers.forget,
    merge=answers.merge,
)
