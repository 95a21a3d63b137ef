"""The demo's community, made the way a real one comes about: spaces, members, `/mod setup`, `/feeds add`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from rich.progress import Progress, SpinnerColumn, TextColumn

from adapters.web.demo import community as demo_community
from adapters.web.personas import Persona, TourStep
from bot import audit, people
from bot.commands import Problem, Reply, Update
from bot.leads.figures import totals
from bot.notices import notice
from bot.people import Caller
from bot.swaps.asks import ask
from bot.swaps.store import lesson
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rich.console import Console
    from sqlalchemy.ext.asyncio import AsyncConnection

    from adapters.web.demo.community import DemoCommunity, DemoMember
    from adapters.web.demo.samples import SampleFeed
    from bot.app import App
    from bot.ports import PlatformName

SET_AHEAD = timedelta(hours=20)  # by then the clock was moved, not just running
INCLUDE = 30  # the newest entries of each feed that are taken in as new
LOOKED_AS: tuple[tuple[str, PlatformName], ...] = (
    ("ana", "slack"),
    ("jonas", "discord"),
    ("maria", "slack"),
    ("maria", "discord"),
)


async def found(app: App, demo: DemoCommunity, *, empty: bool) -> int:
    """Make the community with its spaces (and, unless `empty`, its members), or find it; returns its id."""
    async with app.db.write() as db:
        known = await people.find_space(db, demo.spaces[0].platform, demo.spaces[0].id)
        if known:
            return known.community_id
        community_id = await people.found_community(
            db,
            app.ids,
            name=demo.name,  # which is its workspace's: a new community is called after that
            zone=app.settings.app.timezone if empty else demo.zone,
            digest_at=app.settings.digest.at,
            now=app.wall.now(),
        )
        for space in demo.spaces:
            await people.add_space(
                db, app.ids, community_id=community_id, platform=space.platform, remote=space.id, name=space.name
            )
        for member in [] if empty else demo.members:
            first, *others = member.accounts
            caller = caller_of(demo, member, first[0])
            member_id = await people.welcome_member(db, app.ids, community_id, caller, app.wall.now())
            for platform, account in others:
                await people.link_account(db, community_id, member_id, platform, account, app.wall.now())
    return community_id


def caller_of(demo: DemoCommunity, member: DemoMember, platform: PlatformName) -> Caller:
    """A member as one of their accounts acts."""
    space = next(space for space in demo.spaces if space.platform == platform)
    return Caller(
        platform=platform,
        space=space.id,
        user=dict(member.accounts)[platform],
        name=member.name,
        role=member.role,
        zone=member.zone if platform == "slack" else None,
        space_name=space.name,
    )


def personas_of(demo: DemoCommunity, *, empty: bool) -> list[Persona]:
    """Who the console can be seen as: Ana first, or in an empty community Maria, who has to set it up."""
    personas: list[Persona] = []
    for key, platform in LOOKED_AS:
        member = next(m for m in demo.members if m.id == key)
        space = next(s for s in demo.spaces if s.platform == platform)
        channels = [space.gigs, space.general]
        moderates = member.role is people.Role.MODERATOR
        if moderates:
            channels.append(space.moderators)
        where = platform.capitalize()
        personas.append(
            Persona(
                key=key if platform == member.accounts[0][0] else f"{key}-{platform}",
                label=say("{name} (moderator, {where})", name=member.name, where=where)
                if moderates
                else say("{name} ({where})", name=member.name, where=where),
                caller=caller_of(demo, member, platform),
                channels=tuple((channel.id, channel.name) for channel in channels),
                home=space.gigs.id,
                zone=member.zone,
            )
        )
    return sorted(personas, key=lambda persona: persona.key != "maria") if empty else personas


async def seed(app: App, feeds: Sequence[SampleFeed], base: str, console: Console) -> None:
    """Set the community up and add its feeds, as its moderator would; its members say who they are."""
    demo = demo_community.load()
    maria = next(member for member in demo.members if member.role is people.Role.MODERATOR)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=not console.is_terminal
    ) as progress:
        task = progress.add_task(say("Setting up {name}…", name=demo.name), total=None)
        for space in demo.spaces:
            caller = caller_of(demo, maria, space.platform)
            given = {
                "leads_channel": space.gigs.id,
                "moderators_channel": space.moderators.id,
                "digest_at": app.settings.digest.at,
                "zone": demo.zone,
            }
            _check(await app.run_call(caller, "mod save-setup", given))
        for member in demo.members:
            skills = {"offers": ", ".join(member.teaches), "wants": ", ".join(member.wants)}
            caller = caller_of(demo, member, member.accounts[0][0])
            _check(await app.run_call(caller, "profile save-about", {"headline": member.headline, **skills}))
            _check(await app.run_call(caller, "profile keep-skills", skills))
            if member.rate:
                _check(await app.run_call(caller, "profile save-more", {"rate": member.rate}))
            if member.mentoring:
                offered = {"topics": ", ".join(member.teaches), "hours": member.mentoring}
                seats = {"minutes": "45", "weekly": "2", "monthly": "6"}
                _check(await app.run_call(caller, "mentor save-offer", {**offered, **seats}))
            if member.alert:
                wanted = {"skills": ", ".join(member.alert.skills), "min_rate": str(member.alert.min_rate)}
                _check(await app.run_call(caller, "alert save", {**wanted, "how": "once"}))
        caller = caller_of(demo, maria, "slack")
        for number, feed in enumerate(feeds, start=1):
            progress.update(
                task,
                description=say("Reading feed {n} of {total}: {title}", n=number, total=len(feeds), title=feed.title),
            )
            given = {"url": base + feed.path, "side": feed.side, "kind": feed.kind, "include": str(INCLUDE)}
            _check(await app.run_call(caller, "feeds add", given))
        progress.update(task, description=say("The community is ready."))


def _check(answer: object) -> None:
    if not isinstance(answer, (Reply, Update)) or isinstance(answer, Problem):
        raise TypeError(f"the demo's own command was answered with {answer!r}")


def tour_of(app: App, community_id: int, *, empty: bool) -> Callable[[], Awaitable[Sequence[TourStep]]]:
    """What a newcomer may try, ticked off by what really happened."""
    decisions = {"lead approve", "lead reject"}

    async def tour() -> Sequence[TourStep]:
        async with app.db.read() as db:
            own = audit.audit.c.community_id == community_id
            rows = (await db.execute(sa.select(audit.audit.c.action, audit.audit.c.undone_at).where(own))).all()
            has_feeds = (await totals(db, community_id))["feeds"] > 0
            first = () if empty else await _loop_steps(db, community_id)
        done = {action for action, _ in rows}
        undone = any(at is not None for _, at in rows)
        founding = [
            TourStep("mod setup" in done, say("As Maria, set the community up"), "/mod setup", "maria"),
            TourStep(has_feeds, say("Add a feed by its address"), "/feeds add", "maria"),
        ]
        return [
            *(founding if empty else first),
            TourStep(
                not decisions.isdisjoint(done),
                say("As Maria, decide on the leads that wait"),
                "/feeds queue",
                "maria",
            ),
            TourStep(undone, say("Undo one of your decisions"), "/feeds queue", "maria"),
            TourStep(app.wall.now() - opened > SET_AHEAD, say("Set the clock ahead to tomorrow's digest")),
        ]

    opened = app.wall.now()
    return tour


async def _loop_steps(db: AsyncConnection, community_id: int) -> Sequence[TourStep]:
    """The loop that Guildhall is for: a gig lacks a skill, somebody here teaches it, and the next such gig fits."""
    lessons = sa.select(lesson).where(lesson.c.community_id == community_id).order_by(lesson.c.id)
    found = (await db.execute(lessons)).mappings().all()
    asked = sa.select(ask.c.id).where(ask.c.community_id == community_id).limit(1)
    has_asked = (await db.execute(asked)).first() is not None
    thanked = next((one for one in found if one["thanked"]), None)
    return [
        TourStep(
            has_asked,
            say("As Ana, open the gig of the library network: one skill is missing, and two here teach it. Press Ask"),
            "/gigs find",
            "ana",
        ),
        TourStep(bool(found), say("As Jonas, say yes to who asks for help"), "/hub", "jonas"),
        TourStep(
            thanked is not None and await _was_alerted_since(db, thanked),
            say(
                "As Ana, press “We've fixed a time”, then “Another time”, and choose today, 9:00. Set the clock"
                " ahead by three hours; in Direct messages say that you met, and thank Jonas. Two hours later the next"
                " such gig is there, with “4 of 4 skills”"
            ),
            "/swap status",
            "ana",
        ),
    ]


async def _was_alerted_since(db: AsyncConnection, thanked: sa.RowMapping) -> bool:
    """Whether who learned something was told of a gig after their thanks."""
    own = (notice.c.community_id == thanked["community_id"], notice.c.member_id == thanked["getter_id"])
    fresh = (notice.c.key.startswith("alert:"), notice.c.due > thanked["thanked"])
    return (await db.execute(sa.select(notice.c.id).where(*own, *fresh).limit(1))).first() is not None
