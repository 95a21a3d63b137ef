"""Leads in a member's own digest, and the channel's digest by their skills alone."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Time, sentence
from bot.commands import Commands, Read, Reply
from bot.feature import OwnSection, Section
from bot.leads import alerts, listings, selection, store
from bot.leads.cards import open_select
from bot.leads.digest import MINE, listing_line
from bot.leads.finding import SKILLS
from bot.leads.fit import Answer
from bot.leads.marks import mark
from bot.leads.privately import by_fit, knows, line_with, teaching_words
from bot.leads.publications import publication
from bot.leads.seekers import seeker, seekers_of
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Text
    from bot.feature import Circle, Edition
    from bot.leads.fit import Fit
    from bot.leads.store import Lead

MOST_LISTED = 5
OFTEN = 2  # leads that lack the same skill, before help with it is pointed out

commands = Commands()


# --- gigs ------------------------------------------------------------------------------------------------------------


async def _gigs(edition: Edition) -> Mapping[int, Section]:
    """By member, the leads that are new to them, what fits them best first."""
    here, members = edition.community.id, list(edition.since)
    oldest = min(edition.since.values())
    wanted = selection.Wanted(states=("approved",), open_at=edition.now, found_since=oldest, kinds=("gig", "unclear"))
    leads = await selection.leads_in(edition.db, here, wanted, limit=alerts.MOST_LOOKED_AT)
    mine = await seekers_of(edition.db, here, members)
    hidden = await _marked(edition.db, here, members)
    found: dict[int, Sequence[tuple[Lead, Fit]]] = {}
    for member_id, since in edition.since.items():
        await asyncio.sleep(0)  # whoever waits for an answer meanwhile comes first
        new = [one for one in leads if one.open_since and one.open_since > since and one.id not in hidden[member_id]]
        fits = [pair for pair in by_fit(new, mine[member_id]) if pair[1].fits or not mine[member_id].skills]
        if fits:
            found[member_id] = fits
    lacking = {member_id: _lacking(fits) for member_id, fits in found.items()}
    circles = await _circles(edition, lacking)
    return {
        member_id: _section(edition, fits, await _hint(edition, member_id, lacking[member_id], circles[member_id]))
        for member_id, fits in found.items()
    }


def _section(edition: Edition, fits: Sequence[tuple[Lead, Fit]], hint: Text) -> Section:
    shown = fits[: edition.settings.digest.max_leads]
    headline = count(len(fits), say("new gig for you"), say("new gigs for you"))
    above = sum(fit.rate is Answer.YES for _, fit in fits)
    if above:
        headline += say(", {n} above your floor", n=above)
    blocks: list[Block] = [Items(tuple(line_with(lead, fit) for lead, fit in shown), numbered=True)]
    blocks.append(Controls((open_select([lead for lead, _ in shown]),)))
    if len(fits) > len(shown):
        blocks.append(Controls((Button(say("All {n}", n=len(fits)), "gigs find"),)))
    return Section(headline, (*blocks, Note(hint)) if hint else tuple(blocks))


def _lacking(fits: Sequence[tuple[Lead, Fit]]) -> Mapping[str, int]:
    """The skills that several of these lack, and how many do, the most first."""
    lacking = Counter(skill for _, fit in fits for skill in fit.missing)
    return {skill: n for skill, n in lacking.most_common(3) if n >= OFTEN}


async def _circles(edition: Edition, lacking: Mapping[int, Mapping[str, int]]) -> Mapping[int, Mapping[str, Circle]]:
    """By member and skill, where it can be learnt next; asked once for all."""
    found: dict[int, dict[str, Circle]] = {member_id: {} for member_id in lacking}
    for feature in edition.features:
        if feature.circles:
            known = await feature.circles(edition.db, edition.community.id, lacking, edition.now)
            for member_id, circles in known.items():
                for skill, one in circles.items():
                    found[member_id][skill] = min(one, found[member_id].get(skill, one), key=lambda each: each.at)
    return found


async def _hint(edition: Edition, member_id: int, lacking: Mapping[str, int], circles: Mapping[str, Circle]) -> Text:
    """Which skill is lacking, who here could help with it, and where it can be learnt; () where nobody and nowhere."""
    if not lacking:
        return ()
    about = (edition.db, edition.community.id, member_id, list(lacking), edition.now)
    helpers = [await feature.helpers(*about) for feature in edition.features if feature.helpers]
    for skill, n in lacking.items():
        teachers, soonest = sum(known.get(skill, 0) for known in helpers), circles.get(skill)
        if teachers or soonest:
            teach = (teaching_words(teachers),) if teachers else ()
            between = (", ",) if teachers and soonest else ()
            where = _circle_words(soonest) if soonest else ()
            head = say("{skill} is missing on {n}: ", skill=load_taxonomy().name(skill), n=n)
            return (head, *teach, *between, *where, ".")
    return ()


def _circle_words(one: Circle) -> Text:
    """As "a circle on Thu 26 Nov 18:00 has 3 places"."""
    room = say("room for everybody") if one.places is None else count(one.places, say("place"), say("places"))
    return (say("a {kind} on ", kind=one.kind), Time(one.at, "full"), say(" has {room}", room=room))


async def _marked(db: AsyncConnection, community_id: int, member_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """By member, the leads of which they made something already."""
    own = (mark.c.community_id == community_id, mark.c.member_id.in_(member_ids))
    found: dict[int, set[int]] = defaultdict(set)
    for row in await db.execute(sa.select(mark.c.member_id, mark.c.lead_id).where(*own)):
        found[row.member_id].add(row.lead_id)
    return found


# --- to learn from ---------------------------------------------------------------------------------------------------


async def _learning(edition: Edition) -> Mapping[int, Section]:
    """By member, the courses, talks and events that are new to them."""
    oldest = min(edition.since.values())
    rows = await listings.taken_since(edition.db, edition.community.id, "learning", oldest)
    found: dict[int, Section] = {}
    for member_id, since in edition.since.items():
        new = [row for row in rows if row["taken"] > since][:MOST_LISTED]
        if new:
            words = say("{n} to learn from", n=len(new))
            found[member_id] = Section(words, (Heading(say("Learning")), Items(tuple(map(listing_line, new)))))
    return found


OWN_SECTIONS = (OwnSection("gigs", "Gigs that fit me", _gigs), OwnSection("learning", "Learning", _learning))


# --- the channel's digest, by one's own skills -----------------------------------------------------------------------


@commands.command(MINE, typed=False)
async def only_mine(ask: Read, message: int) -> Reply:
    """Show the leads of a digest that ask for something you can do."""
    mine = await seeker(ask)
    if not mine.skills:
        say_them = (Button(say("Say what I can do"), SKILLS, (), "primary"),) if knows(ask, SKILLS) else ()
        return Reply(sentence(say("I don't know what you can do yet, so I can't choose for you."), *say_them))
    own = (publication.c.community_id == ask.community.id, publication.c.message_id == message)
    ids = (await ask.db.execute(sa.select(publication.c.lead_id).where(*own))).scalars().all()
    leads = [one for one in await store.read_leads(ask.db, ask.community.id, ids) if one.state == "approved"]
    fits = [(lead, fit) for lead, fit in by_fit(leads, mine) if fit.held]
    if not fits:
        text = say("None of these asks for a skill of yours.")
        return Reply(sentence(text, Button(say("All open gigs, best first"), "gigs find")))
    n = say("{n} of {total} ask for a skill of yours, what fits best first.", n=len(fits), total=len(leads))
    blocks = (
        Heading(say("Only my skills")),
        Items(tuple(line_with(lead, fit) for lead, fit in fits), numbered=True),
        Note((n,)),
        Controls((open_select([lead for lead, _ in fits]),)),
    )
    return Reply(Card(n, blocks))
