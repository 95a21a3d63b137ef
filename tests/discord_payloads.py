"""What our loopback Discord says about itself: the bot, its server, the people, a message; as Discord would put it."""

from __future__ import annotations

from typing import Any

TOKEN = "loopback.token"
APPLICATION, BOT, GUILD, OWNER = "1000", "1001", "2000", "3000"
TEXT, FORUM, MODERATORS = "2001", "2002", "2003"
EVERYTHING = str((1 << 53) - 1)
MANAGE_SERVER = 1 << 5
LONG_AGO = "2026-01-01T00:00:00+00:00"

ME: dict[str, Any] = {"id": BOT, "username": "guildhall", "discriminator": "0", "avatar": None, "bot": True}
MARIA: dict[str, Any] = {**ME, "id": "3001", "username": "maria", "global_name": "Maria", "bot": False}
_NO_COLOURS = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}


def application() -> dict[str, Any]:
    """The application behind the bot."""
    about = {"id": APPLICATION, "name": "Guildhall", "description": "", "verify_key": "", "flags": 0, "icon": None}
    return {**about, "bot_public": True, "bot_require_code_grant": False, "owner": ME}


def member(user: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A person on the server."""
    return {"user": user, "roles": [], "joined_at": LONG_AGO, "deaf": False, "mute": False, "flags": 0, **more}


def guild() -> dict[str, Any]:
    """The server "AI Guild": #gigs, the forum #board, #curation."""
    role = {"id": GUILD, "name": "@everyone", "permissions": EVERYTHING, "position": 0, "color": 0, "flags": 0}
    role |= {"colors": _NO_COLOURS, "hoist": False, "managed": False, "mentionable": False}
    channels = [
        {"id": identifier, "type": kind, "name": name, "position": 0, "permission_overwrites": []}
        for identifier, kind, name in ((TEXT, 0, "gigs"), (FORUM, 15, "board"), (MODERATORS, 0, "curation"))
    ]
    about = {"id": GUILD, "name": "AI Guild", "owner_id": OWNER, "roles": [role], "channels": channels}
    return {**about, "emojis": [], "features": [], "members": [member(ME)], "member_count": 4, "threads": []}


def message(identifier: str, channel: str, body: dict[str, Any]) -> dict[str, Any]:
    """A message of the bot."""
    about = {"id": identifier, "channel_id": channel, "type": 0, "content": "", "embeds": [], "author": ME}
    about |= {"timestamp": LONG_AGO, "edited_timestamp": None, "tts": False, "pinned": False, "attachments": []}
    about |= {"mention_everyone": False, "mentions": [], "mention_roles": []}
    return {**about, "components": body.get("components", []), "flags": body.get("flags", 0)}


def interaction(identifier: str, kind: int, data: dict[str, Any], *, moderator: bool) -> dict[str, Any]:
    """Maria using a command (2), pressing or choosing (3), sending a form (5) in #gigs, in German."""
    who = member(MARIA, permissions=str(MANAGE_SERVER if moderator else 0))
    about = {
        "id": identifier,
        "application_id": APPLICATION,
        "type": kind,
        "token": f"token-{identifier}",
        "data": data,
    }
    where: dict[str, Any] = {"guild_id": GUILD, "guild": {"id": GUILD, "locale": "en-US", "features": []}}
    where |= {"channel_id": TEXT}
    where |= {"channel": {"id": TEXT, "type": 0}, "context": 0}
    more = {"version": 1, "locale": "de", "attachment_size_limit": 10_000_000, "entitlements": []}
    return {**about, **where, **more, "member": who}
