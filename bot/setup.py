"""`/mod setup`: how the community is set up, and the one form that makes it ready and changes it later."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot import audit, people, when
from bot.cards import (
    Block,
    Button,
    Card,
    ChannelName,
    Controls,
    Fact,
    Facts,
    Heading,
    Items,
    Link,
    Option,
    Paragraph,
    Text,
    Time,
)
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChannelField, ChoiceField, Field, Form, Page, TextField
from bot.options import Channel
from bot.people import Role
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Community, Space
    from bot.ports import PlatformName
    from bot.settings import Settings

APPROVALS = ("review", "flagged", "auto")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIRST_MONDAY = date(2024, 1, 1)

commands = Commands()


def digest_time(community: Community, settings: Settings) -> str:
    """When a community's digest comes ("HH:MM", its zone): the operator's setting where there is one, else its own."""
    return fixed_digest_time(settings) or community.digest_at


def fixed_digest_time(settings: Settings) -> str | None:
    """The digest's time for all communities, where the operator has set one."""
    return settings.digest.at if settings.given("digest.at") else None


def _approval_words(approval: str) -> str:
    return {
        "review": say("A moderator looks at each lead"),
        "flagged": say("What is sure is published by itself"),
        "auto": say("All is published, unless something looks wrong"),
    }[approval]


def next_digest(community: Community, settings: Settings, after: datetime) -> datetime:
    """The instant of the first digest after `after`."""
    days = frozenset(DAYS.index(day) for day in settings.digest.days)
    return when.next_daily(after, when.parse_clock(digest_time(community, settings)), when.zone(community.zone), days)


async def derive_digests_again(db: AsyncConnection, settings: Settings, now: datetime, release: str) -> int:
    """Work out the next digest of communities whose instant was made by other zone data; returns of how many."""
    stale = await people.communities_of_other_zone_data(db, release)
    for community_id, due in stale:
        community = await people.read_community(db, community_id)
        late = due <= now  # it is about to be sent, or left out
        new = due if late else next_digest(community, settings, now)
        await people.change_community(db, community_id, digest_due=new, zone_data=release)
    return len(stale)


def next_batch(community: Community, settings: Settings, after: datetime) -> datetime:
    """The instant of the first batch card after `after`; without one, when to see whether there is one again."""
    clock = when.parse_clock(settings.leads.batch_at or digest_time(community, settings))
    return when.next_daily(after, clock, when.zone(community.zone), frozenset(range(len(DAYS))))


def next_round(community: Community, settings: Settings, after: datetime) -> datetime:
    """The instant of the first round of skill swaps after `after`, by `swap.round`.

    Weeks are counted from a Monday that is the same for all, so that a round keeps its weeks whatever is set meanwhile.
    """
    every, _, rest = settings.swap.round.removeprefix("every ").partition(" on ")
    weeks = int(every.split()[0]) if every[0].isdigit() else 1
    day, _, clock = rest.partition(" at ")
    zone = when.zone(community.zone)
    while True:
        after = when.next_daily(after, when.parse_clock(clock), zone, frozenset({DAYS.index(day)}))
        if (when.local_day(after, zone) - _FIRST_MONDAY).days // 7 % weeks == 0:
            return after


@commands.command("mod setup", role=Role.MODERATOR)
async def setup(ask: Read) -> Reply:
    """Show and change how Guildhall is set up here; connect another workspace or server."""
    name = ask.community.name
    if not ask.space.leads_channel:
        head = Paragraph((say("One thing is missing: the channel where leads are posted."),))
        change = Button(say("Choose channels"), "mod settings", (), "primary")
        return Reply(
            Card(say("Guildhall is nearly set up for {name}.", name=name), (head, *await _places(ask, change)))
        )
    moderators = ask.space.moderators_channel
    approval = ask.settings.chosen("leads.approval", ask.community.approval)
    facts = (
        Fact(say("Leads channel"), (ChannelName(ask.space.leads_channel),)),
        Fact(say("Moderators' channel"), (ChannelName(moderators) if moderators else say("none"),)),
        Fact(say("Daily digest at"), (digest_time(ask.community, ask.settings), *_fixed(ask, "digest.at"))),
        Fact(say("Time zone"), (ask.community.zone,)),
        Fact(say("Approval"), (_approval_words(approval), *_fixed(ask, "leads.approval"))),
        Fact(say("Next digest"), (Time(next_digest(ask.community, ask.settings, ask.now), "full"),)),
        *_public_form(ask),
    )
    change = Button(say("Change"), "mod settings", (), "primary")
    return Reply(
        Card(
            say("Guildhall is set up for {name}.", name=name),
            (Heading(say("Settings of {name}", name=name)), Facts(facts), *await _places(ask, change)),
        )
    )


def _fixed(ask: Read, setting: str) -> tuple[str, ...]:
    return (say(" (set by the operator)"),) if ask.settings.given(setting) else ()


def _public_form(ask: Read) -> tuple[Fact, ...]:
    """Where businesses post gigs, if the operator lets them."""
    if not (ask.settings.leads.public_form and ask.settings.web.public_url):
        return ()
    address = f"{ask.settings.web.public_url.rstrip('/')}/post-a-gig/{people.public_key(ask.community.id)}"
    return (Fact(say("Public form"), (Link(address, address),)),)


async def _places(ask: Read, change: Button) -> tuple[Block, ...]:
    """Where the community lives and whether each place can be reached, and what can be done about it."""
    spaces = await people.spaces_of(ask.db, ask.community.id)
    invite = Button(say("Connect another workspace or server"), "mod invite")
    welcome = (Button(say("Post a card for new members"), "mod welcome"),) if ask.space.leads_channel else ()
    return (
        Items(tuple(_place(ask, space) for space in spaces)),
        Controls((change, Button(say("Add a feed"), "feeds start"), invite, *welcome)),
    )


def _place(ask: Read, space: Space) -> Text:
    words = say("{name} on {platform}", name=space.name or space.remote, platform=PLATFORM_NAMES[space.platform])
    since = ask.away.get(space.platform)
    return (words, ": ", *outage_words(space.platform, since)) if since else (words,)


def outage_words(platform: PlatformName, since: datetime) -> Text:
    """What is said of a platform that cannot be reached (E-OFFLINE)."""
    happened = say("{platform} is not reachable since ", platform=PLATFORM_NAMES[platform])
    return (happened, Time(since, "time"), say(". Everything is queued; nothing is lost."))


@commands.command("mod settings", role=Role.MODERATOR, typed=False)
async def change_settings(ask: Read) -> OpenForm:
    """Ask for the settings, filled in as they are."""
    return OpenForm(settings_form(ask.community, ask.space, ask.settings))


def settings_form(community: Community, space: Space, settings: Settings) -> Form:
    """The one form with everything that a community has to decide; what the operator has set is not asked."""
    at_hint = say("24 hours, such as 08:00.")
    fields: tuple[Field, ...] = (
        ChannelField(
            "leads_channel",
            say("Leads channel"),
            say("Where the daily digest and approved gigs are posted."),
            space.leads_channel or "",
        ),
        ChannelField(
            "moderators_channel",
            say("Moderators' channel"),
            say("Where I ask moderators, such as whether a post arrived. Best a private one."),
            space.moderators_channel or "",
            required=False,
        ),
        TextField("digest_at", say("Daily digest at"), at_hint, digest_time(community, settings), max_length=5),
        TextField("zone", say("Time zone"), say("A city or zone, such as Berlin or Europe/Berlin."), community.zone),
        ChoiceField(
            "approval",
            say("Approval of leads"),
            tuple(Option(_approval_words(one), one) for one in APPROVALS),
            value=settings.chosen("leads.approval", community.approval),
            required=False,
        ),
    )
    fixed = {"digest_at": settings.given("digest.at"), "approval": settings.given("leads.approval")}
    fields = tuple(field for field in fields if not fixed.get(field.name))
    return Form(say("Set up Guildhall"), "mod save-setup", (Page(say("Your community"), fields),))


@commands.command("mod save-setup", role=Role.MODERATOR, typed=False)
async def save(
    do: Write,
    leads_channel: Annotated[Channel, "Where gigs are posted"],
    zone: str,
    digest_at: str = "",
    moderators_channel: Channel | None = None,
    approval: Literal["review", "flagged", "auto"] | None = None,
) -> Reply:
    """Keep what the set-up form says."""
    if not digest_at or do.settings.given("digest.at"):  # which is not asked then
        digest_at = do.community.digest_at
    zone_name, clock = _checked(zone, digest_at)
    before: dict[str, Any] = {
        "space_id": do.space.id,
        "leads_channel": do.space.leads_channel,
        "moderators_channel": do.space.moderators_channel,
        "digest_at": do.community.digest_at,
        "zone": do.community.zone,
        "approval": do.community.approval,
    }
    after = {
        "space_id": do.space.id,
        "leads_channel": leads_channel,
        "moderators_channel": moderators_channel,
        "digest_at": clock,
        "zone": zone_name,
        "approval": _chosen(do, approval),
    }
    subject = f"community:{do.community.id}"  # whose zone and digest it changes, whichever space it was said in
    undo = await audit.record(do, "mod setup", subject, before=before, after=after)
    community = await _apply(do, after)
    due = next_digest(community, do.settings, do.now)
    return Reply(
        Card(
            say("Guildhall is set up."),
            (
                Heading(say("Guildhall is set up")),
                Facts(
                    (
                        Fact(say("Next digest"), (Time(due, "full"),)),
                        Fact(say("Time zone"), (zone_name,)),
                    )
                ),
                Paragraph((say("Next: add a feed with /feeds add and its address, or begin with well-known ones."),)),
                Controls(
                    (
                        Button(say("Add a feed"), "feeds start", (), "primary"),
                        Button(say("Starter feeds"), "feeds packs"),
                        audit.undo_button(undo),
                    ),
                ),
            ),
        )
    )


def _chosen(do: Write, approval: str | None) -> str | None:
    """The approval to keep: None goes on following the settings while nothing else was chosen."""
    current = do.settings.chosen("leads.approval", do.community.approval)
    if approval in (None, current) or do.settings.given("leads.approval"):
        return do.community.approval
    return approval


def _checked(zone: str, digest_at: str) -> tuple[str, str]:
    wrong: dict[str, str] = {}
    zone_name = clock = ""
    try:
        zone_name = when.zone(zone).key
    except UserError as error:
        wrong["zone"] = error.sentence
    try:
        clock = f"{when.parse_clock(digest_at):%H:%M}"
    except UserError as error:
        wrong["digest_at"] = error.sentence
    if wrong:
        raise FieldErrors(wrong)
    return zone_name, clock


async def _apply(do: Write, values: dict[str, Any]) -> Community:
    """Store the settings of a space and its community, and plan the next digest; returns the community as it is now."""
    await people.change_space(
        do.db,
        do.community.id,
        values["space_id"],
        leads_channel=values["leads_channel"],
        moderators_channel=values["moderators_channel"],
    )
    own = {name: values[name] for name in ("digest_at", "zone", "approval") if name in values}
    await people.change_community(do.db, do.community.id, **own)
    community = await people.read_community(do.db, do.community.id)
    due = next_digest(community, do.settings, do.now)
    batch_due = next_batch(community, do.settings, do.now)
    swap_due = next_round(community, do.settings, do.now)
    await people.change_community(do.db, do.community.id, digest_due=due, batch_due=batch_due, swap_due=swap_due)
    return community


async def take_back(do: Write, row: Any) -> str:
    """Undo a set-up: the settings before it."""
    await _apply(do, row["before"])
    return say("Undone: the settings are as they were before.")
