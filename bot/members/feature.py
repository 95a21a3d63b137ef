"""What the members feature answers to others."""

from __future__ import annotations

from bot.commands import Commands
from bot.feature import Feature
from bot.members import contacts, introductions

feature = Feature(
    name="members",
    commands=Commands(
        introductions.commands,
        contacts.commands,
    ),
)
