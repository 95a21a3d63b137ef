"""What Guildhall may do on a server: each permission with what needs it, and the link that asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.ports import Verb

AUTHORISE = "https://discord.com/oauth2/authorize"


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission as Discord's server settings call it, its bit, what it is for, and the deliveries that need it."""

    name: str
    bit: int
    why: str
    verbs: frozenset[Verb]


PERMISSIONS = (
    Permission(
        "View Channels",
        10,
        "to find the channels that moderators chose in /mod setup",
        frozenset(("post", "edit", "thread", "file")),
    ),
    Permission("Send Messages", 11, "gig leads, digests and notices for moderators", frozenset(("post", "file"))),
    Permission("Attach Files", 15, "pictures and lists in a channel", frozenset(("file",))),
    Permission("Create Private Threads", 36, "introductions, which are nobody else's business", frozenset(("thread",))),
    Permission("Send Messages in Threads", 38, "introductions, and the people added to them", frozenset(("thread",))),
    Permission("Create Events", 44, "meetups as scheduled events of the server", frozenset(("event",))),
)
"""Everything that is asked for, and nothing that no feature needs. Slash commands come with their own scope."""


def bits(permissions: Collection[Permission] = PERMISSIONS) -> int:
    """The permissions as Discord's number."""
    return sum(1 << permission.bit for permission in permissions)


def needed_for(verb: Verb) -> tuple[Permission, ...]:
    """The permissions that a delivery needs in a server (a direct message needs none)."""
    return tuple(permission for permission in PERMISSIONS if verb in permission.verbs)


def invite_url(application_id: int | str) -> str:
    """The link with which somebody who manages a server adds the bot to it."""
    wanted = {"client_id": application_id, "scope": "bot applications.commands", "permissions": bits()}
    return f"{AUTHORISE}?{urlencode(wanted)}"
