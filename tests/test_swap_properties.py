"""What never happens in skill swaps, whatever members press and in whatever order."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.cards import Button
from bot.members import store as members
from bot.presses import press_id
from bot.swaps import rounds, store
from tests.fakes import controls, words
from tests.test_swaps import DAY, ROUND, guild, join, messages, on_discord, on_slack, pass_time

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

__all__ = ["guild"]

SKILLS = ("evals", "pgvector", "RAG", "LangChain", "PyTorch")
NAMES = ("Anahita", "Bertrand", "Cosima", "Dorothea", "Emeka", "Fiorella", "Gunnhild")
PRESSES = 40


class Life:
    """A community whose members press what they are shown, by the dice."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        makers = (on_slack, on_discord)
        self.everyone: list[Caller] = [makers[n % 2](30 + n, name) for n, name in enumerate(NAMES)]

    async def begin(self) -> None:
        for who in self.everyone:
            offers, wants = self.dice.sample(SKILLS, 2), self.dice.sample(SKILLS, 2)
            await join(self.world, who, ", ".join(offers), ", ".join(w for w in wants if w not in offers))
            if self.dice.random() < 0.3:
                await self.world.press(who, "Coffee introductions, too")

    async def step(self) -> None:
        who = self.dice.choice(self.everyone)
        if self.dice.random() < 0.25:
            await self.world.say(who, f"/swap find {self.dice.choice(SKILLS)}")
            shown = [self.world.last]
        else:
            await self.world.say(who, "/swap status")
            shown = [*messages(self.world, who), self.world.last]
        pressable = [c for card in shown if card for c in controls(card) if isinstance(c, Button)]
        allowed = [c for c in pressable if c.command.split()[0] in ("swap", "help") and c.command != "swap leave"]
        if allowed:
            likely = [c for c in allowed if c.style == "primary"]  # or else hardly anybody would ever say yes
            chosen = self.dice.choice([*allowed, *likely, *likely, *likely])
            before = self.world.last
            await self.world.app.run_press(who, press_id(chosen.command, chosen.arguments))
            self.world.last = before
        await self.world.run_due()

    async def lessons(self) -> int:
        async with self.world.app.db.read() as db:
            return int((await db.execute(sa.select(sa.func.count()).select_from(store.lesson))).scalar_one())

    async def check(self) -> None:
        """Look into the database and at everything that anybody was shown."""
        async with self.world.app.db.read() as db:
            space = await people.find_space(db, "slack", "T1")
            assert space is not None
            here = space.community_id
            balances = await store.balances(db, here)
            assert sum(balances.values()) == 0
            assert min(balances.values(), default=0) >= -4  # two hours may be owed, and the last lesson take four
            open_seats = (await db.execute(sa.select(rounds.seat.c.member_id).where(rounds.seat.c.open))).scalars()
            assert max(Counter(open_seats).values(), default=0) <= 1
            rows = (await db.execute(sa.select(people.member.c.id, people.member.c.name))).all()
            name = {row.id: row.name for row in rows}
            lessons = (await db.execute(sa.select(store.lesson))).all()
            known = {frozenset((name[one.giver_id], name[one.getter_id])) for one in lessons}
            for ring in await rounds.rings_in(db, "introduced"):
                seats = await rounds.seats_of(db, here, ring["id"])
                assert ring["kind"] == "coffee" or all(one["answer"] == "yes" for one in seats)
                known |= {frozenset(pair) for pair in combinations([name[one["member_id"]] for one in seats], 2)}
            for block in (await db.execute(sa.select(members.block))).mappings():
                both = (block["member_id"], block["blocked_id"])
                between = (store.lesson.c.giver_id.in_(both), store.lesson.c.getter_id.in_(both))
                times = (await db.execute(sa.select(store.lesson.c.at).where(*between))).scalars()
                assert all(at <= block["at"] for at in times)
        for who in self.everyone:
            seen = "\n".join(words(card) for card in messages(self.world, who))
            for other in self.everyone:
                if other.name in seen and other is not who:
                    assert frozenset((who.name, other.name)) in known


async def test_whatever_is_pressed_nobody_is_twice_in_a_ring_or_known_too_early(guild: World) -> None:
    life = Life(guild, seed=1)
    await life.begin()
    await pass_time(guild, ROUND)
    for press in range(PRESSES):
        await life.step()
        if press % 10 == 9:
            await life.check()
            await pass_time(guild, guild.clock.now() + 2 * DAY + timedelta(hours=1))
    await life.check()
    assert await life.lessons() > 0
