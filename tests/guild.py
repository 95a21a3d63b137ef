"""A community on both platforms in which people have met the bot: for stories between members."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.feature import Whose
from bot.members import introductions, store, traces, upkeep
from bot.members.acquaintances import acquaintances_of, are_acquainted
from bot.people import Caller
from bot.place import Here
from bot.presses import press_id

if TYPE_CHECKING:
    from tests.conftest import World


class Guild:
    """A community on both platforms in which people have used the bot for more than a week."""

    lena = Caller("slack", "T1", "U7", "Lena", space_name="AI Guild", zone="Europe/Berlin")

    def __init__(self, world: World) -> None:
        self.world = world
        self.community_id = 0
        self.ids: dict[str, int] = {}

    async def find(self) -> None:
        """Look the community up that is set up already."""
        async with self.world.app.db.read() as db:
            space = await people.find_space(db, "slack", "T1")
            assert space is not None
            self.community_id = space.community_id

    async def gather(self) -> None:
        await self.world.set_up()
        async with self.world.app.db.write() as db:
            space = await people.find_space(db, "slack", "T1")
            assert space is not None
            self.community_id = space.community_id
            there = await people.add_space(
                db, self.world.app.ids, community_id=space.community_id, platform="discord", remote="G1", name="AI"
            )
            channels = {"leads_channel": "DC-gigs", "moderators_channel": "DC-mods"}
            await people.change_space(db, space.community_id, there, **channels)
        for who in (self.world.maria, self.world.ana, self.lena, self.world.jonas):
            await self.know(who)

    async def know(self, who: Caller) -> int:
        """Let somebody use the bot once; returns their id."""
        await self.world.say(who, "/hub")
        async with self.world.app.db.read() as db:
            row = await people.find_member(db, self.community_id, who)
            assert row is not None
            self.ids[who.name] = row["id"]
        return self.ids[who.name]

    async def profile(self, who: str, **values: object) -> None:
        async with self.world.app.db.write() as db:
            await store.change_profile(db, self.community_id, self.ids[who], **values)

    async def suspend(self, who: str, days: int = 14) -> None:
        until = self.world.clock.now() + timedelta(days=days)
        async with self.world.app.db.write() as db:
            await people.change_member(db, self.community_id, self.ids[who], suspended_until=until)

    async def ban(self, who: str) -> None:
        async with self.world.app.db.write() as db:
            await people.change_member(db, self.community_id, self.ids[who], banned_at=self.world.clock.now())

    async def know_each_other(self, one: str, other: str) -> bool:
        async with self.world.app.db.read() as db:
            both = await are_acquainted(db, self.community_id, self.ids[one], self.ids[other])
            assert (self.ids[one] in await acquaintances_of(db, self.community_id, self.ids[other])) == both
            return both

    async def ask(self, who: Caller, other: str) -> str:
        """Press [Ask for an introduction] on the other's profile."""
        return await self.press(who, "introduction ask", str(self.ids[other]))

    async def press(self, who: Caller, command: str, *arguments: str) -> str:
        """Press a button that stands on some card."""
        return self.world._take(await self.world.app.run_press(who, press_id(command, arguments)))

    async def page(self, who: Caller) -> str:
        return await self.world.say(who, "/hub")

    async def introduce(self, one: str, other: str) -> None:
        """Let two who said yes meet."""
        async with self.world.app.db.write() as db:
            community = await people.read_community(db, self.community_id)
            place = Here(db, self.world.app.ids, self.world.app.settings, community, self.world.clock.now())
            await introductions.introduce(place, (self.ids[one], self.ids[other]), why="They trade skills.")

    async def forget(self, who: str) -> None:
        """Forget what is between a member and others, and whose accounts theirs were."""
        async with self.world.app.db.write() as db:
            now = self.world.clock.now()
            await traces.forget(Whose(db, self.world.app.ids, self.community_id, self.ids[who], now))
            theirs = (people.identity.c.community_id == self.community_id, people.identity.c.member_id == self.ids[who])
            await db.execute(sa.delete(people.identity).where(*theirs))

    async def tidy(self) -> None:
        async with self.world.app.db.write() as db:
            keep = self.world.app.settings.privacy.audit_days
            await upkeep.tidy(db, self.world.clock.now(), keep_days=keep)
