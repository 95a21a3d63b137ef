"""What a page of the console shows: read from the database and the transcripts, drawn for one persona."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.web.draw import RENDERERS, Dialogue, Message, draw_card, draw_form
from adapters.web.markup import Viewer
from adapters.web.personas import DIRECT, Persona
from adapters.web.platform import ConsolePlatform
from adapters.web.transcripts import Place
from bot import outbox, people, when
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from markupsafe import Markup

    from adapters.web.transcripts import Opened, Transcripts
    from bot.app import App
    from bot.ports import PlatformName

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
SENT = "s"  # begins the ref of a message that the outbox sent; those of answers begin with "a"


@dataclass(frozen=True, slots=True)
class Here:
    """Where a request looks: as whom, in which channel, drawn as which platform."""

    persona: Persona
    channel: str
    show: PlatformName

    def address(self, action: str = "", fragment: str = "", **query: str) -> str:
        """The address of this place, or of an `action` in it."""
        return address(self.persona, self.channel, self.show, action, fragment, **query)

    @property
    def private(self) -> Place:
        """What this persona alone sees here."""
        return Place(self.persona.platform, self.persona.caller.space, self.channel, self.persona.key)

    @property
    def public(self) -> Place:
        """What everybody in the channel sees; in direct messages that is nobody else."""
        return self.private if self.channel == DIRECT else Place(*self._where)

    @property
    def _where(self) -> tuple[str, str, str]:
        return self.persona.platform, self.persona.caller.space, self.channel

    @property
    def mailbox(self) -> str:
        """The address under which the outbox knows this place."""
        return self.persona.caller.user if self.channel == DIRECT else self.channel


def address(
    persona: Persona, channel: str, show: PlatformName, action: str = "", fragment: str = "", **query: str
) -> str:
    """The address of a channel as a persona sees it; `show` is written where it is not the persona's own platform."""
    if show != persona.platform:
        query["show"] = show
    path = f"/as/{persona.key}/{quote(channel, safe='')}" + (f"/{action}" if action else "")
    return path + (f"?{urlencode(query)}" if query else "") + (f"#{fragment}" if fragment else "")


class File(NamedTuple):
    """A file that came with a message."""

    name: str
    text: str  # what is in it, "" for a picture
    picture: str = ""  # its address as data, "" for anything else
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A message on a page."""

    ref: str
    at: datetime
    time: Markup
    message: Message
    said: str = ""
    by: str = ""
    private: bool = False
    file: File | None = None  # that came with it

    @property
    def dom_id(self) -> str:
        """The id of its element."""
        return f"m-{self.ref}"


class Pages:
    """Draws pages with the templates beside this file."""

    def __init__(self, app: App, transcripts: Transcripts, version: str) -> None:
        self._app = app
        self._transcripts = transcripts
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["readable"] = _readable
        self._templates.globals |= {"say": say, "version": version, "platform_names": PLATFORM_NAMES}

    def render(self, template: str, **context: Any) -> str:
        """A template filled in."""
        return self._templates.get_template(template).render(**context)

    async def channel(self, here: Here, *, opened: Opened | None, **context: Any) -> str:
        """The page of a channel, with a form on top where one is `opened`."""
        viewer = await self.viewer(here)
        items = await self._items(here, viewer)
        return self.render(
            "channel.html",
            here=here,
            viewer=viewer,
            items=items,
            dialogue=_dialogue(here, opened, viewer) if opened else None,
            opened_ref=opened.ref if opened else "",
            channels=[*here.persona.channels, (DIRECT, say("Direct messages"))],
            channel_name=dict(here.persona.channels).get(here.channel, ""),
            commands=self._app.commands.of_role(here.persona.caller.role),
            platforms=list(RENDERERS),
            address=address,
            **context,
        )

    async def viewer(self, here: Here) -> Viewer:
        """The persona's clock and the names that they know."""
        zone, now = when.zone(here.persona.zone), self._app.wall.now()
        return Viewer(zone, now, await self._names(here), dict(here.persona.channels))

    async def _names(self, here: Here) -> dict[str, str]:
        """Members' names by their account ids on the persona's platform."""
        caller = here.persona.caller
        async with self._app.db.read() as db:
            space = await people.find_space(db, caller.platform, caller.space)
            if space is None:
                return {}
            account, member = people.identity.c, people.member.c
            statement = (
                sa.select(account.remote, member.name)
                .join(
                    people.member,
                    sa.and_(member.community_id == account.community_id, member.id == account.member_id),
                )
                .where(account.community_id == space.community_id, account.platform == caller.platform)
            )
            return {row.remote: row.name for row in await db.execute(statement)}

    async def _items(self, here: Here, viewer: Viewer) -> list[Item]:
        """What was sent here and what was answered here, in the order in which it happened."""
        items = [self._sent(here, row, viewer) for row in await self.sent(here)]
        places = {here.private, here.public}
        for entry in (entry for place in places for entry in self._transcripts.entries(place)):
            message = draw_card(here.show, entry.card, viewer)
            time = viewer.time(entry.at, "time")
            items.append(Item(entry.ref, entry.at, time, message, entry.said, entry.by, entry.private))
        return sorted(items, key=lambda item: (item.at, item.ref[0] != SENT, int(item.ref[1:])))

    async def sent(self, here: Here) -> Sequence[sa.RowMapping]:
        """The outbox rows of the messages that stand here."""
        caller = here.persona.caller
        async with self._app.db.read() as db:
            space = await people.find_space(db, caller.platform, caller.space)
            return await outbox.sent_in(db, space, here.mailbox) if space else []

    def _sent(self, here: Here, row: sa.RowMapping, viewer: Viewer) -> Item:
        ref = f"{SENT}{row['id']}"
        platform = self._app.platforms.get(here.persona.platform)
        standing = platform.standing(row["remote"]) if isinstance(platform, ConsolePlatform) else None
        message = draw_card(here.show, self._transcripts.sent_card(ref, row["card"], standing), viewer)
        today = row["sent_at"].astimezone(viewer.zone).date() == viewer.now.astimezone(viewer.zone).date()
        time = viewer.time(row["sent_at"], "time" if today else "full")
        return Item(ref, row["sent_at"], time, message, file=_file(row))


def _file(row: sa.RowMapping) -> File | None:
    """A message's file: a picture is shown, of anything else the text, which a platform would offer as a download."""
    if row["verb"] != "file":
        return None
    details = row["details"]
    if details["name"].endswith(".png"):
        address = f"data:image/png;base64,{details['content']}"
        return File(details["name"], "", address, details.get("alt", details["name"]))
    return File(details["name"], b64decode(details["content"]).decode("utf-8", "replace"))


def _dialogue(here: Here, opened: Opened, viewer: Viewer) -> Dialogue:
    return draw_form(here.persona.platform, opened.form, viewer, opened.wrong)


def _readable(payload: Mapping[str, Any]) -> str:
    """A payload for people to read."""
    return json.dumps(payload, indent=2, ensure_ascii=False)
