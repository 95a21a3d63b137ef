"""What the members feature answers to others."""

from __future__ import annotations

from bot.commands import Commands
from bot.feature import Feature
from bot.members import appeals, blocking, contacts, decisions, introductions, moderation, notes, reports, traces

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
