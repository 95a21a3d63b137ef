"""`/profile view`: a member's page, of which everybody sees what its owner lets them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from bot import people, vocabulary, when, whereabouts
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Items, Link, Note, Paragraph
from bot.commands import Commands, Read, Reply
from bot.errors import FieldErrors
from bot.members import asking, reading, store, suggestions, visibility
from bot.members.hours import hours_words
from bot.options import Member, nobody
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.members.profile import Held, Profile, Side
    from bot.skills import Taxonomy

commands = Commands()


@commands.command("profile view", example="/profile view Ana")
async def view(ask: Read, member: Annotated[Member | None, "Whose; left out: your own"] = None) -> Reply:
    """Show a member's profile: yours, or what somebody lets you see of theirs."""
    whose = ask.member_id if member is None else member
    name = await people.member_name(ask.db, ask.community.id, whose)
    if name is None or whose in await visibility.hidden(ask):
        stranger = nobody(str(whose))
        raise FieldErrors({"member": stranger.sentence}, stranger)
    page = await store.profile_of(ask.db, ask.community.id, whose)
    if whose == ask.member_id:
        return Reply(await _own(ask, name, page))
    return Reply(await _others(ask, whose, name, page))


async def _others(ask: Read, whose: int, name: str, page: Profile) -> Card:
    facts = [*await _skill_facts(ask, whose), *_said(page), *await _time_there(ask, whose)]
    if page.shows_rate and page.floor:
        facts.append(Fact(say("Lowest rate"), (reading.floor_words(page.floor),)))
    facts += await _thanks(ask, whose, page)
    blocks = _page(name, page, facts)
    if not (facts or page.headline or page.links or page.pieces):
        blocks.append(Paragraph((say("{name} has said nothing yet.", name=name),)))
    press = (str(whose),)
    controls = (
        Button(say("Ask for an introduction"), "introduction ask", press, "primary"),
        Button(say("Block"), "profile block", press, spoken=say("Block {name}", name=name[:60])),
        Button(say("Report"), "hub report", press, spoken=say("Report {name}", name=name[:60])),
    )
    return Card(say("{name}'s profile.", name=name), (*blocks, Controls(controls)))


async def _own(ask: Read, name: str, page: Profile) -> Card:
    """One's own page, with what nobody else sees."""
    facts = [*await _skill_facts(ask, ask.member_id), *_said(page)]
    only_you = "" if page.shows_rate else say(" (only you see this)")
    if page.floor:
        facts.append(Fact(say("Lowest rate"), (f"{reading.floor_words(page.floor)}{only_you}",)))
    if page.windows:
        times = hours_words(page.windows)
        facts.append(Fact(say("Times"), (say("{times} (only you see this)", times=times),)))
    quiet = ask.settings.safety.quiet_hours if page.quiet is None else page.quiet
    facts.append(Fact(say("Quiet hours"), (quiet or say("none"),)))
    facts.append(Fact(say("Time zone"), (ask.zone if ask.zone_known else say("not said yet"),)))
    facts += await _thanks(ask, ask.member_id, page)
    seen = say("Others can find this page.") if page.listed else say("Nobody else can find this page.")
    controls = (
        Button(say("Edit"), "profile edit", (), "primary"),
        Button(say("Rate, times, portfolio"), "profile more"),
        *((Button(say("Exact times"), "profile hours"),) if page.windows else ()),
        *(
            (Button(say("How well, how much"), "profile levels"),)
            if await asking.unsaid(ask) or await asking.begun(ask)
            else ()
        ),
        Button(say("Time zone"), "profile zone"),
        Button(say("Privacy"), "profile privacy"),
    )
    return Card(say("Your profile."), (*_page(name, page, facts), Note((seen,)), Controls(controls)))


def _page(name: str, page: Profile, facts: list[Fact]) -> list[Block]:
    blocks: list[Block] = [Heading(name)]
    if page.headline:
        blocks.append(Paragraph((page.headline,)))
    if facts:
        blocks.append(Facts(tuple(facts)))
    if page.pieces:
        blocks += [Paragraph((say("Portfolio"),)), Items(tuple((Link(one.title, one.url),) for one in page.pieces))]
    if page.links:
        blocks.append(Items(tuple((Link(url, url),) for url in page.links)))
    return blocks


async def _skill_facts(ask: Read, whose: int) -> list[Fact]:
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    sides: tuple[tuple[Side, str], ...] = (("offer", say("Can help with")), ("want", say("Wants to learn")))
    facts = []
    for side, label in sides:
        held = await store.skills_of(ask.db, ask.community.id, whose, side)
        own = await suggestions.words_of(ask.db, ask.community.id, whose, side)
        words = [*(_skill_words(one, taxonomy) for one in held), *(f"“{one}”" for one in own)]
        if words:
            facts.append(Fact(label, (", ".join(words),)))
    return facts


def _skill_words(held: Held, taxonomy: Taxonomy) -> str:
    name = taxonomy.name(held.skill)
    return say("{skill} ({level} of 5)", skill=name, level=held.level) if held.level else name


def _said(page: Profile) -> Iterator[Fact]:
    if page.languages:
        yield Fact(say("Languages"), (reading.languages_words(page.languages),))
    if page.newcomer is not None:
        yield Fact(say("New to AI freelancing"), (say("yes") if page.newcomer else say("no"),))


async def _time_there(ask: Read, whose: int) -> list[Fact]:
    """What a clock shows where they are, and how far that is from the viewer's."""
    known = await whereabouts.zone_at(ask.db, ask.community.id, whose, ask.now)
    if known is None:
        return []
    there = ask.now.astimezone(when.zone(known))
    apart = (there.utcoffset() or timedelta()) - (ask.now.astimezone(when.zone(ask.zone)).utcoffset() or timedelta())
    hours = f"{abs(apart) / timedelta(hours=1):g}"
    if not apart:
        words = say("as yours")
    elif apart > timedelta():
        words = say("{hours} h ahead of you", hours=hours)
    else:
        words = say("{hours} h behind you", hours=hours)
    return [Fact(say("Time there"), (say("{time}, {words}", time=f"{there:%a %H:%M}", words=words),))]


async def _thanks(ask: Read, whose: int, page: Profile) -> list[Fact]:
    """How often they were thanked, over all features: to others if they want that to be seen."""
    if not page.counts_thanks and whose != ask.member_id:
        return []
    asked = [feature.thanked for feature in ask.features if feature.thanked]
    n = sum([await thanked(ask.db, ask.community.id, whose) for thanked in asked])
    only_you = "" if page.counts_thanks else say(" (only you see this)")
    return [Fact(say("Thanked"), (f"{count(n, say('time'), say('times'))}{only_you}",))] if n else []
