"""`/profile privacy`: who sees what, what the bot may send, and the way out. Each press changes the card in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot import audit, people
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, bold
from bot.commands import Commands, Read, Reply, Update, Write
from bot.members import absent, store
from bot.ports import PLATFORM_NAMES
from bot.words import count, say

if TYPE_CHECKING:
    from bot.cards import Text
    from bot.members.profile import Profile

Switch = Literal["listed", "crosses", "messages", "shows_rate", "counts_thanks", "paused"]

_SWITCHES: dict[Switch, tuple[str, str, str, str, str]] = {
    # what it is about, what is said when it is on and when off, and the buttons that turn it on and off
    "listed": (
        "In the directory",
        "yes: other members may find your page and see it",
        "no: nobody else finds or sees your page",
        "List me",
        "Don't list me",
    ),
    "crosses": (
        "On the other platform",
        "yes: members there may find your page, too",
        "no: only members on your own platform may find you",
        "Let them find me",
        "Hide me there",
    ),
    "messages": (
        "Messages from the bot",
        "yes: at most {n} a day that you didn't ask for",
        "no: everything waits on /hub",
        "Write to me",
        "Don't write to me",
    ),
    "shows_rate": (
        "Floor rate",
        "shown to other members",
        "shown to you alone",
        "Show my rate",
        "Hide my rate",
    ),
    "counts_thanks": (
        "Thanks",
        "how often you were thanked is shown",
        "how often you were thanked is shown to you alone",
        "Count my thanks",
        "Don't count thanks",
    ),
}

commands = Commands()


@commands.command("profile privacy", while_suspended=True)
async def show(ask: Read) -> Reply:
    """Choose who sees what of you and what the bot may send; whom you blocked; leave."""
    return Reply(await _card(ask))


@commands.command("profile refresh", typed=False, while_suspended=True)
async def refresh(do: Write) -> Update:
    """Show the privacy settings in place of another card."""
    return Update(await _card(do))


@commands.command("profile switch", typed=False, while_suspended=True)
async def switch(do: Write, what: Switch, to: bool) -> Update:  # noqa: FBT001  options are read by position
    """Change one privacy setting."""
    page = await store.profile_of(do.db, do.community.id, do.member_id)
    before = getattr(page, what)
    if before != to:
        await store.change_profile(do.db, do.community.id, do.member_id, **{what: to})
        subject = f"member:{do.member_id}"
        await audit.record(do, "profile switch", subject, before={what: before}, after={what: to})
    return Update(await _card(do))


@commands.command("profile prefer", typed=False, while_suspended=True)
async def prefer(do: Write, platform: Literal["slack", "discord"]) -> Update:
    """Choose the platform on which the bot writes to me first."""
    await people.change_member(do.db, do.community.id, do.member_id, preferred=platform)
    return Update(await _card(do))


@commands.command("profile unblock", typed=False, while_suspended=True)
async def unblock(do: Write, member: int) -> Update:
    """Let somebody whom I blocked be met again; 0 stands for all who have left."""
    if member:
        await store.lift_block(do.db, do.community.id, do.member_id, member)
    else:
        await absent.lift_absent(do.db, do.community.id, do.member_id)
    return Update(await _card(do))


# --- the card --------------------------------------------------------------------------------------------------------


async def _card(ask: Read) -> Card:
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    title = say("Your privacy")
    paused = say("Everything is paused: nothing is asked of you, and nothing sent but what you asked for.")
    pause = (
        Button(say("Go on"), "profile switch", ("paused", "no"), "primary")
        if page.paused
        else Button(say("Pause everything"), "profile switch", ("paused", "yes"))
    )
    blocks: list[Block] = [
        Heading(title),
        *([Paragraph((bold(paused),))] if page.paused else []),
        Facts(tuple(_fact(ask, page, name) for name in _SWITCHES)),
        Controls((*(_button(page, name) for name in _SWITCHES), pause)),
        *await _accounts(ask),
        *await _blocked(ask),
        Controls((Button(say("Get my data"), "profile export"), Button(say("Forget me"), "profile forget"))),
        Note((say("Only you see this. Moderators see reports and what they decided, never your rate."),)),
    ]
    return Card(say("Your privacy settings."), tuple(blocks))


def _fact(ask: Read, page: Profile, name: Switch) -> Fact:
    label, on, off, _, _ = _SWITCHES[name]
    words = on if getattr(page, name) else off
    return Fact(say(label), (say(words, n=ask.settings.safety.messages_per_day),))


def _button(page: Profile, name: Switch) -> Button:
    *_, turn_on, turn_off = _SWITCHES[name]
    is_on = getattr(page, name)
    return Button(say(turn_off if is_on else turn_on), "profile switch", (name, "no" if is_on else "yes"))


async def _accounts(ask: Read) -> list[Block]:
    """The accounts that are this member, and where the bot writes to them."""
    linked = [one["platform"] for one in await people.identities_of(ask.db, ask.community.id, ask.member_id)]
    lives_on = {space.platform for space in await people.spaces_of(ask.db, ask.community.id)}
    if len(linked) < 2:
        if len(lives_on) < 2:
            return []
        hint = say("Are you on the other platform as well? Link the two, and you are one member.")
        return [Paragraph((hint,)), Controls((Button(say("Link my other account"), "profile link"),))]
    reached = await people.accounts_of(ask.db, ask.community.id, ask.member_id)
    first = reached[0].space.platform if reached else ask.caller.platform
    names = say(" and ").join(PLATFORM_NAMES[name] for name in PLATFORM_NAMES if name in linked)
    text: Text = (say("You are one member on {names}. I write to you on ", names=names), bold(PLATFORM_NAMES[first]))
    others = [name for name in PLATFORM_NAMES if name in linked and name != first]
    buttons = [
        Button(say("Write on {name} instead", name=PLATFORM_NAMES[name]), "profile prefer", (name,)) for name in others
    ]
    unlink = Button(say("Unlink"), "profile unlink", (), "danger")
    return [Paragraph((*text, say(", on the other where that fails."))), Controls((*buttons, unlink))]


async def _blocked(ask: Read) -> list[Block]:
    """Whom they blocked, each to be unblocked; those who have left are one entry."""
    blocked = [
        (other_id, await people.member_name(ask.db, ask.community.id, other_id) or say("somebody"))
        for other_id in await store.blocked_by(ask.db, ask.community.id, ask.member_id)
    ]
    gone = len(await absent.blocked_absent(ask.db, ask.community.id, ask.member_id))
    if not blocked and not gone:
        return []
    names = [name for _, name in blocked]
    if gone:
        names.append(say("{n} that has left, should it come back", n=count(gone, say("account"), say("accounts"))))
    buttons = [
        Button(say("Unblock {name}", name=name[:60]), "profile unblock", (str(other_id),)) for other_id, name in blocked
    ]
    if gone:
        buttons.append(Button(say("Unblock who has left"), "profile unblock", ("0",)))
    return [Paragraph((bold(say("Blocked: ")), ", ".join(names))), Controls(tuple(buttons))]
