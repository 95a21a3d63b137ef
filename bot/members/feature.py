"""What the members feature answers to others."""

from __future__ import annotations

from bot.commands import Commands
from bot.feature import Feature
from bot.members import answers, editing, messages, page, suggestions, viewing, visibility

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
