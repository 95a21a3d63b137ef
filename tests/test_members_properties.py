"""Whatever people do one after the other: who blocked somebody is not met by them, and nobody counts twice."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot import people
from bot.ids import RandomIds
from bot.members import links, store
from bot.people import Caller, Role
from bot.presses import press_id
from tests.test_linking import Guild

if TYPE_CHECKING:
    from bot.ports import PlatformName
    from tests.conftest import World

Account = str  # "s1": the first account on Slack
Pair = tuple[Account, str]  # (who blocked, whom), or (who hides, "everybody")
ACCOUNTS = ("s1", "s2", "d1", "d2")

_one = st.sampled_from(ACCOUNTS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("link"), st.sampled_from(("s1", "s2")), st.sampled_from(("d1", "d2"))),
        st.tuples(st.just("block"), _one, _one),
        st.tuples(st.sampled_from(("hide", "forget", "unlink", "not me")), _one, _one),
    ),
    min_size=3,
    max_size=9,
)


@dataclass
class Linked:
    """What was wished before and after a link, and what somebody has said since."""

    before: set[Pair]
    after: set[Pair]
    since: set[Pair] = field(default_factory=set)


@dataclass
class Model:
    """What must hold, account by account, written down without regard to how it is stored."""

    person: dict[Account, int] = field(default_factory=lambda: {one: n for n, one in enumerate(ACCOUNTS)})
    wishes: set[Pair] = field(default_factory=set)
    links: dict[Account, Linked] = field(default_factory=dict)  # by who may undo it

    def who(self, account: str) -> set[str]:
        """All accounts of a person; everybody is everybody."""
        return (
            {one for one in ACCOUNTS if self.person[one] == self.person[account]} if account in ACCOUNTS else {account}
        )

    def both(self, pairs: set[Pair]) -> set[Pair]:
        """The same wishes, of and towards all accounts of a person."""
        return {(a, b) for one, other in pairs for a in self.who(one) for b in self.who(other)}

    def wish(self, account: Account, whom: str) -> None:
        said = self.both({(account, whom)})
        self.wishes |= said
        for linked in self.links.values():
            linked.since |= said

    def link(self, issuer: Account, other: Account) -> None:
        before = set(self.wishes)
        self.person = {one: self.person[issuer] if one in self.who(other) else n for one, n in self.person.items()}
        same = self.who(issuer)
        self.wishes = self.both({pair for pair in self.wishes if not set(pair) <= same})
        for linked in self.links.values():
            linked.since = self.both(linked.since)
        self.links[issuer] = Linked(before, set(self.wishes))

    def part(self, account: Account) -> None:
        for one in self.who(account):
            self.links.pop(one, None)
        self.person[account] = max(self.person.values()) + 1

    def not_me(self, account: Account) -> None:
        linked = self.links[account]
        came_with_it = {(a, b) for one, other in linked.after - linked.before for a in {one} for b in self.who(other)}
        self.wishes = (self.wishes - (came_with_it - linked.since)) | linked.before
        self.part(account)

    def forget(self, account: Account) -> None:
        gone = self.who(account)
        self.wishes = _but_of(gone, self.wishes)
        left = {one: linked for one, linked in self.links.items() if one not in gone}
        self.links = {one: Linked(*(_but_of(gone, p) for p in (o.before, o.after, o.since))) for one, o in left.items()}
        for number, one in enumerate(sorted(gone), start=max(self.person.values()) + 1):
            self.person[one] = number


def _but_of(gone: set[Account], pairs: set[Pair]) -> set[Pair]:
    return {pair for pair in pairs if pair[0] not in gone}


@dataclass
class Lives:
    """A community of its own, in which four accounts act."""

    world: World
    number: int
    guild: Guild = field(init=False)
    told: dict[Account, int] = field(default_factory=dict)  # the newest link, by who may undo it

    def caller(self, account: Account, **more: Any) -> Caller:
        platform: PlatformName = "slack" if account[0] == "s" else "discord"
        return Caller(platform, f"{platform}{self.number}", f"U{account}", "Kim", **more)

    async def begin(self) -> None:
        maria = self.caller("s0", role=Role.MODERATOR)
        await self.world.open_set_up(maria)
        async with self.world.app.db.write() as db:
            space = await people.find_space(db, "slack", maria.space)
            assert space is not None
            there = f"discord{self.number}"
            await people.add_space(
                db, self.world.app.ids, community_id=space.community_id, platform="discord", remote=there, name="D"
            )
        self.guild = Guild(self.world, space.community_id)
        await self.return_all()

    async def return_all(self) -> None:
        for account in ACCOUNTS:
            await self.world.app.run_line(self.caller(account), "/profile privacy")

    async def link(self, issuer: Account, other: Account) -> None:
        first, second = self.caller(issuer), self.caller(other)
        said = await self.world.say(first, "/profile link")
        [code] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said.splitlines()[1])
        await self.world.say(second, f"/profile link {code}")
        assert "are one member now" in await self.world.press(second, "Link")
        async with self.world.app.db.read() as db:
            newest = sa.select(links.link.c.id).order_by(links.link.c.at.desc(), links.link.c.id.desc()).limit(1)
            own = links.link.c.community_id == self.guild.community_id
            self.told[issuer] = (await db.execute(newest.where(own))).scalar_one()

    async def press(self, account: Account, command: str, *arguments: str) -> None:
        await self.world.app.run_press(self.caller(account), press_id(command, arguments))


async def holds(lives: Lives, model: Model) -> None:
    """That everything that must hold does."""
    members = {account: await lives.guild.member(lives.caller(account)) for account in ACCOUNTS}
    for a, b in model.wishes:
        if b in ACCOUNTS:
            assert members[b] in await lives.guild.apart(lives.caller(a)), f"{b} reaches {a}"
            assert members[a] in await lives.guild.apart(lives.caller(b))
        else:
            assert not (await lives.guild.page(lives.caller(a))).listed, f"{a} is seen"
    assert all((members[a] == members[b]) == (model.person[a] == model.person[b]) for a in ACCOUNTS for b in ACCOUNTS)
    async with lives.world.app.db.read() as db:
        own = people.member.c.community_id == lives.guild.community_id
        counted = (await db.execute(sa.select(people.member.c.id).where(own, people.member.c.name == "Kim"))).all()
        pairs = await store.pairs_apart(db, lives.guild.community_id)
    assert len(counted) == len(set(model.person.values()))
    assert all(a != b for a, b in pairs)


async def take(lives: Lives, model: Model, step: tuple[str, Account, Account]) -> None:
    what, one, other = step
    same = other in model.who(one)
    if what == "block" and not same:
        await lives.guild.block(lives.caller(one), lives.caller(other))
        model.wish(one, other)
    elif what == "hide":
        await lives.press(one, "profile switch", "listed", "no")
        model.wish(one, "everybody")
    elif what == "link" and len(model.who(one)) == len(model.who(other)) == 1:
        await lives.link(one, other)
        model.link(one, other)
    elif what == "unlink" and len(model.who(one)) > 1:
        await lives.press(one, "profile part", "slack")
        model.part(one)
    elif what == "not me" and one in model.links:
        await lives.press(one, "profile not-me", str(lives.told[one]))
        model.not_me(one)
    elif what == "forget":
        await lives.world.app.run_form(lives.caller(one), press_id("profile forget-now"), {"word": "FORGET"})
        await lives.return_all()
        model.forget(one)


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],  # an example is a life: shrinking one takes minutes
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
@example(steps=[("block", "s2", "d1"), ("link", "s1", "d1"), ("block", "d2", "s1"), ("not me", "s1", "s1")])
@example(steps=[("block", "d1", "s2"), ("link", "s1", "d1"), ("link", "s2", "d2"), ("not me", "s1", "s1")])
@example(steps=[("block", "s2", "s1"), ("link", "s1", "d1"), ("forget", "d1", "s1"), ("link", "s1", "d2")])
@example(steps=[("link", "s1", "d1"), ("hide", "d1", "s1"), ("not me", "s1", "s1"), ("unlink", "s1", "s1")])
@example(steps=[("hide", "d1", "s1"), ("link", "s1", "d1"), ("block", "s2", "d1"), ("unlink", "s1", "s1")])
async def test_no_sequence_makes_somebody_reachable_or_seen_or_counted_twice(
    world: World, steps: list[tuple[str, Account, Account]]
) -> None:
    world.app = dataclasses.replace(world.app, ids=RandomIds())
    lives, model = Lives(world, RandomIds().new()), Model()
    await lives.begin()
    for step in steps:
        await take(lives, model, step)
        await holds(lives, model)
