"""The public form: a business posts a gig to a community's queue, without an account anywhere.

Off by default, and rate-limited: at most `PER_SENDER` an hour from one address and `PER_DAY` a day for a community,
counted on the machine clock and forgotten by a restart. Nothing of it appears before a moderator has approved it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.errors import FieldErrors, UserError
from bot.leads import shares
from bot.leads.place import Place
from bot.literal import tidy
from bot.ports import WorkerFailed
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App

PER_SENDER, SENDER_WINDOW = 3, timedelta(hours=1)
PER_DAY, DAY = 20, timedelta(days=1)
LONGEST = {"title": 150, "company": 100, "details": 5000, "pay": 200, "apply": 300}
LEAST_DETAILS = 40  # characters: fewer say nothing about a gig


@dataclass(frozen=True, slots=True)
class Offer:
    """What a business wrote into the form."""

    title: str
    company: str
    details: str
    pay: str
    apply: str  # an address, an e-mail address, or words

    def __post_init__(self) -> None:
        """Raise `FieldErrors` for what is missing or too long."""
        wrong: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if not value.strip():
                wrong[field.name] = say("Please fill this in.")
            elif len(value) > LONGEST[field.name]:
                wrong[field.name] = say("At most {n} characters, please.", n=LONGEST[field.name])
        if "details" not in wrong and len(self.details.strip()) < LEAST_DETAILS:
            wrong["details"] = say("Say a little more: what is to be done, with what, for how long?")
        if wrong:
            raise FieldErrors(wrong)

    @property
    def text(self) -> str:
        """The offer as the text of a posting."""
        lines = (self.details, say("Pay: {pay}", pay=self.pay), say("How to apply: {how}", how=self.apply))
        return tidy("\n".join(line.strip() for line in lines))


class PublicForm:
    """Takes offers for the communities of an application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._taken: dict[str, list[datetime]] = defaultdict(list)  # by sender and by community

    async def community(self, key: str) -> people.Community | None:
        """The community whose form has this key in its address, if it is set up."""
        try:
            community_id = int(key, 36)
        except ValueError:
            return None
        async with self._app.db.read() as db:
            channel = sa.select(people.space.c.leads_channel).where(
                people.space.c.community_id == community_id, people.space.c.leads_channel.is_not(None)
            )
            if community_id >= 1 << 63 or (await db.execute(channel)).first() is None:
                return None
            return await people.read_community(db, community_id)

    async def take(self, community: people.Community, offer: Offer, sender: str) -> None:
        """Put an offer into the queue, once. Raises `UserError` (E-RATE, E-BUSY)."""
        self._count(f"sender:{sender}", PER_SENDER, SENDER_WINDOW)
        self._count(f"community:{community.id}", PER_DAY, DAY)
        now = self._app.wall.now()
        title = f"{offer.company.strip()}: {offer.title.strip()}"
        try:
            found = await shares.read_words(self._app.workers, title=title, text=offer.text, link="", now=now)
        except WorkerFailed as failure:
            raise UserError(
                "E-BUSY", say("I can't take this in at the moment."), advice=say("Please try again in a minute.")
            ) from failure
        async with self._app.db.write() as db:
            place = Place(db, self._app.ids, self._app.settings, community, now)
            await shares.keep(place, found, say("posted by {company} with the public form", company=offer.company))

    def _count(self, who: str, most: int, window: timedelta) -> None:
        now = self._app.machine.now()
        recent = [at for at in self._taken[who] if at > now - window]
        if len(recent) >= most:
            raise UserError(
                "E-RATE",
                say("That is as much as this form takes for now."),
                advice=say("Please come back later, or write to the community directly."),
            )
        self._taken[who] = [*recent, now]
        if len(self._taken) > 10_000:  # senders of long ago
            self._taken = defaultdict(list, {key: times for key, times in self._taken.items() if times[-1] > now - DAY})
