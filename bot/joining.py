"""How a workspace or server becomes part of a community: it founds one, or joins one with a code from over there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import audit, codes, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, bold
from bot.commands import Commands, OpenForm, Outside, Reply, Write
from bot.errors import UserError
from bot.forms import Form, Page, TextField
from bot.outbox import Address
from bot.people import Role
from bot.ports import PLATFORM_NAMES
from bot.problems import problem
from bot.setup import settings_form
from bot.words import say

if TYPE_CHECKING:
    from bot.people import Space

PURPOSE = "join"

commands = Commands()


def not_set_up(role: Role) -> UserError:
    """The error for everything in a space that belongs to no community: for moderators, with both ways to mend it."""
    happened = say("Guildhall isn't set up here yet.")
    if role < Role.MODERATOR:
        return UserError("E-SETUP", happened, advice=say("A moderator can do it in a minute with /mod setup."))
    return UserError(
        "E-SETUP",
        happened,
        advice=say("Begin a new community, or join one that lives in another workspace or server already."),
        buttons=(
            Button(say("Set up a new community"), "mod found", (), "primary"),
            Button(say("Join a community"), "mod join"),
        ),
    )


def set_up_already() -> UserError:
    """The error for founding or joining where that was done, perhaps a moment ago by another moderator."""
    shown = Button(say("Show the settings"), "mod setup")
    return UserError("E-DONE", say("Guildhall is set up here already."), buttons=(shown,))


@commands.command("mod found", role=Role.MODERATOR, typed=False)
async def found(do: Outside) -> OpenForm:
    """Begin a new community here, and ask for its settings."""
    community_id = await people.found_community(
        do.db,
        do.ids,
        name=do.caller.space_name or say("Our community"),
        zone=do.caller.zone or do.settings.app.timezone,
        digest_at=do.settings.digest.at,
        now=do.now,
    )
    space = await _add_space(do, community_id)
    return OpenForm(settings_form(await people.read_community(do.db, community_id), space, do.settings))


async def _add_space(do: Outside, community_id: int) -> Space:
    caller = do.caller
    name, remote = caller.space_name, caller.space
    space_id = await people.add_space(
        do.db, do.ids, community_id=community_id, platform=caller.platform, remote=remote, name=name
    )
    return await people.read_space(do.db, community_id, space_id)


# --- joining ---------------------------------------------------------------------------------------------------------


@commands.command("mod invite", role=Role.MODERATOR, typed=False)
async def invite(do: Write) -> Reply:
    """Make a code with which another workspace or server joins this community."""
    code = await codes.issue(do.db, do.ids, do.community.id, PURPOSE, do.machine_now)
    await audit.record(do, "mod invite", f"community:{do.community.id}")
    return Reply(
        Card(
            say("The code {code} lets one more workspace or server join, within ten minutes.", code=code),
            (
                Heading(say("Connect another workspace or server")),
                Paragraph((say("The code is "), bold(code), say(". It is good for ten minutes, and once."))),
                Paragraph(
                    (
                        say(
                            "Over there, where Guildhall was added too: type /mod setup, press “Join a community”,"
                            " and enter it."
                        ),
                    )
                ),
                Note((say("Give it to nobody else: whoever enters it shares your leads and members."),)),
            ),
        )
    )


@commands.command("mod join", role=Role.MODERATOR, typed=False)
async def join(do: Outside) -> OpenForm:
    """Ask for the code of the community that this space is to join."""
    del do
    hint = say("A moderator of that community gets it there, with /mod setup.")
    field = TextField("code", say("Code"), hint, max_length=20)
    return OpenForm(Form(say("Join a community"), "mod save-join", (Page(say("Join"), (field,)),), submit_label="Join"))


@commands.command("mod save-join", role=Role.MODERATOR, typed=False)
async def save_join(do: Outside, code: str) -> Reply:
    """Make this space part of the community whose code was entered."""
    origin = f"{do.caller.platform}:{do.caller.space}"
    redeemed = await codes.redeem(do.db, PURPOSE, code, origin=origin, machine_now=do.machine_now)
    if redeemed is None:
        return problem(
            UserError(
                "E-CODE",
                say("That code isn't right, or it is over."),
                advice=say("Codes are good for ten minutes and once. Enter it again, or ask for a new one."),
                buttons=(Button(say("Enter it again"), "mod join", (), "primary"),),
            )
        )
    community_id = redeemed.community_id
    community = await people.read_community(do.db, community_id)
    others = await people.spaces_of(do.db, community_id)
    space = await _add_space(do, community_id)
    member = await people.find_member(do.db, community_id, do.caller)
    known = member["id"] if member else None
    member_id = known or await people.welcome_member(do.db, do.ids, community_id, do.caller, do.now)
    undo = await audit.note(
        do.db,
        do.ids,
        community_id,
        at=do.now,
        actor=member_id,
        actor_name=do.caller.name,
        action="mod join",
        subject=f"space:{space.id}",
        after={"space_id": space.id},
    )
    for other in others:
        if other.moderators_channel:
            to = Address(other, other.moderators_channel)
            card = _joined_card(space, do.caller.name, undo)
            await outbox.queue(do.db, do.ids, to, card, key=f"joined:{space.id}:{other.id}", due=do.now, promise=True)
    return Reply(
        Card(
            say("This is part of {name} now.", name=community.name),
            (
                Heading(say("Joined: {name}", name=community.name)),
                Paragraph((say("Leads, feeds and members are shared from now on. Next: choose the channels here."),)),
                Controls((Button(say("Choose channels"), "mod settings", (), "primary"), audit.undo_button(undo))),
            ),
        )
    )


def _joined_card(space: Space, name: str, undo: int) -> Card:
    where = say("{name} on {platform}", name=space.name or space.remote, platform=PLATFORM_NAMES[space.platform])
    return Card(
        say("{where} has joined this community.", where=where),
        (
            Heading(say("One more place joined")),
            Paragraph((bold(where), say(" is part of this community now: {name} entered a code.", name=name))),
            Controls((Button(say("That wasn't us"), "mod undo", (str(undo),), "danger"),)),
        ),
    )


async def take_back(do: Write, row: Any) -> str:
    """Undo a joining: the space leaves. What was posted there stays; what is still owed there is dropped."""
    space = await people.read_space(do.db, do.community.id, row["after"]["space_id"])
    await people.part_space(do.db, space, do.now)
    return say("Undone: {name} is no longer part of this community.", name=space.name or space.remote)
