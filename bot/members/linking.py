"""`/profile link`: a code from the one account, typed by the other, makes one member of two.

Both sides are proven by use. It works inside one community, between platforms: nobody needs two accounts of one
platform here, and who has them may not be one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot import audit, codes, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Option, Paragraph, Text, bold, sentence
from bot.commands import Commands, OpenForm, Reply, Update, Write
from bot.errors import UserError
from bot.feature import Merging
from bot.forms import FIELDS_A_PAGE, ChoiceField, Form, Page
from bot.literal import shorten
from bot.members import links
from bot.members.store import row_of
from bot.members.uniting import Difference, differences
from bot.personal import LINK_ORIGIN
from bot.ports import PLATFORM_NAMES
from bot.problems import problem
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

PURPOSE = "link"
Pick = Literal["here", "there"]

_LABELS = {
    "name": "Name",
    "zone": "Time zone",
    "headline": "Headline",
    "floor": "Floor rate",
    "newcomer": "Newcomer",
    "windows": "When you have time",
    "quiet": "Quiet hours",
}

commands = Commands()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members who say that they are one person. The older one stays."""

    here: RowMapping  # who typed the code
    there: RowMapping  # who made it
    issuer: RowMapping  # the account that made it

    @property
    def kept(self) -> int:
        """Whose id stays."""
        return min((self.here, self.there), key=lambda row: (row["joined"], row["id"]))["id"]  # type: ignore[no-any-return]

    @property
    def gone(self) -> int:
        """Whose id goes."""
        return self.there["id"] if self.kept == self.here["id"] else self.here["id"]  # type: ignore[no-any-return]


# --- a code, and the question ----------------------------------------------------------------------------------------


@commands.command("profile link", example="/profile link K7QF-2MXA", while_suspended=True)
async def start(do: Write, code: Annotated[str, "The code that your other account was given"] = "") -> Reply:
    """Be one person on Slack and Discord: get a code on the one, type it on the other."""
    return await _question(do, code) if code.strip() else await _code(do)


async def _code(do: Write) -> Reply:
    accounts = await people.identities_of(do.db, do.community.id, do.member_id)
    if len(accounts) > 1:
        raise UserError(
            "E-DONE",
            say("Your accounts are linked already."),
            buttons=(Button(say("Show my privacy"), "profile privacy"),),
        )
    others = {space.platform for space in await people.spaces_of(do.db, do.community.id)} - {do.caller.platform}
    if not others:
        raise UserError(
            "E-LINK",
            say("There is nothing to link yet: this community is on one platform only."),
            advice=say("A moderator can connect another one with /mod setup."),
        )
    where = " / ".join(PLATFORM_NAMES[platform] for platform in sorted(others))
    code = await codes.issue(do.db, do.ids, do.community.id, PURPOSE, do.machine_now, subject=do.member_id)
    return Reply(
        Card(
            say("The code {code} links your account on {where}, within ten minutes.", code=code, where=where),
            (
                Heading(say("Link your other account")),
                Paragraph((say("The code is "), bold(code), say(". It is good for ten minutes, and once."))),
                Paragraph((say("On {where} type /profile link {code}.", where=where, code=code),)),
                Note((say("Give it to nobody else: whoever types it becomes you here."),)),
            ),
        )
    )


async def _question(do: Write, code: str) -> Reply:
    found = await _redeem(do, code, keep=True)
    if found is None:
        return problem(_wrong())
    pair = await _pair(do, found)
    name = await _called(do, pair)
    here = PLATFORM_NAMES[do.caller.platform]
    asked = await _differences(do, pair)
    press = (code.strip(),)
    yes = Button(say("Link"), "profile link-choose" if asked else "profile link-now", press, "primary")
    ask = count(len(asked), say("thing is"), say("things are"))
    notes = [Note((say("{n} different on the two; you are asked which to keep.", n=ask),))] if asked else []
    return Reply(
        Card(
            say("Link {name} to this {here} account?", name=name, here=here),
            (
                Paragraph((say("Link "), bold(name), say(" to this {here} account?", here=here))),
                Note(
                    (
                        say(
                            "You are one member from then on: skills and lists are united, blocks hold for both, and of"
                            " privacy settings the stricter ones stay."
                        ),
                    )
                ),
                *notes,
                Controls((yes, Button(say("Cancel"), "profile link-cancel"))),
            ),
        )
    )


async def _called(do: Write, pair: Pair) -> str:
    """The account that made the code, as in "Ana (Slack: AI Guild)"."""
    platform = pair.issuer["platform"]
    spaces = [space for space in await people.spaces_of(do.db, do.community.id) if space.platform == platform]
    place = spaces[0].name or spaces[0].remote if spaces else do.community.name
    shown = PLATFORM_NAMES["slack" if platform == "slack" else "discord"]
    return say("{name} ({platform}: {place})", name=pair.there["name"], platform=shown, place=place)


async def _redeem(do: Write, code: str, *, keep: bool = False) -> int | None:
    """Whose code it is, used up unless it is kept; None for a wrong one."""
    origin = LINK_ORIGIN.format(community=do.community.id, member=do.member_id)
    found = await codes.redeem(
        do.db,
        PURPOSE,
        code,
        origin=origin,
        machine_now=do.machine_now,
        community_id=do.community.id,
        keep=keep,
    )
    return found.subject if found else None


def _wrong() -> UserError:
    return UserError(
        "E-CODE",
        say("That code isn't right, or it is over."),
        advice=say("Codes are good for ten minutes and once. Get a new one with /profile link on your other account."),
    )


async def _pair(do: Write, subject: int) -> Pair:
    """The two that are to be one. Raises `UserError` where they can't."""
    if subject == do.member_id:
        raise UserError(
            "E-LINK",
            say("That is your own code: this account made it."),
            advice=say("Type it on the other platform, as your other account."),
        )
    mine = await people.identities_of(do.db, do.community.id, do.member_id)
    theirs = await people.identities_of(do.db, do.community.id, subject)
    if len(mine) > 1 or len(theirs) > 1:
        raise UserError(
            "E-LINK",
            say("One of the two is linked to another account already."),
            advice=say("Unlink it first, with /profile privacy there."),
        )
    if mine[0]["platform"] == theirs[0]["platform"]:
        raise UserError(
            "E-LINK",
            say("Both accounts are on {name}.", name=PLATFORM_NAMES[do.caller.platform]),
            why=say("Linking is for one person on two platforms; two accounts on one stay two members."),
        )
    here = await people.read_member(do.db, do.community.id, do.member_id)
    there = await people.read_member(do.db, do.community.id, subject)
    return Pair(here, there, theirs[0])


@commands.command("profile link-cancel", typed=False, while_suspended=True)
async def cancel(do: Write) -> Update:
    """Leave both accounts as they are."""
    del do
    return Update(sentence(say("Nothing was linked. The code is worth nothing after ten minutes.")))


# --- which one? ------------------------------------------------------------------------------------------------------


async def _differences(do: Write, pair: Pair) -> tuple[Difference, ...]:
    """What only the person can decide; `kept` is what stays unless they want the other."""
    sides = [
        {**await row_of(do.db, do.community.id, row["id"]), "name": row["name"], "zone": row["zone"]}
        for row in (pair.here, pair.there)
    ]
    return differences(*(sides if pair.kept == pair.here["id"] else reversed(sides)))


@commands.command("profile link-choose", typed=False, while_suspended=True)
async def choose(do: Write, code: str) -> OpenForm:
    """Ask which of two values to keep, for each field of which there can be one only."""
    found = await _redeem(do, code, keep=True)
    if found is None:
        raise _wrong()
    pair = await _pair(do, found)
    fields = [_field(difference, pair) for difference in await _differences(do, pair)]
    if not fields:
        raise UserError(
            "E-STALE", say("Nothing differs any more."), advice=say("Type /profile link and the code again.")
        )
    parts = [tuple(fields[at : at + FIELDS_A_PAGE]) for at in range(0, len(fields), FIELDS_A_PAGE)]
    pages = tuple(Page(say("Which one?"), part) for part in parts)
    return OpenForm(Form(say("Which one?"), "profile save-link", pages, (code,), submit_label=say("Link")))


def _field(difference: Difference, pair: Pair) -> ChoiceField:
    here_stays = pair.kept == pair.here["id"]
    values = (difference.kept, difference.gone) if here_stays else (difference.gone, difference.kept)
    options = tuple(
        Option(shorten(_shown(difference.field, value), 75), side)
        for side, value in zip(("here", "there"), values, strict=True)
    )
    return ChoiceField(
        difference.field, say(_LABELS[difference.field]), options, value="here" if here_stays else "there"
    )


def _shown(field: str, value: Any) -> str:
    """A value in words."""
    if field == "floor":
        return say("{amount:g} {currency} an hour", **value)
    if field == "newcomer":
        return say("yes") if value else say("no")
    if field == "windows":
        spans = "; ".join(f"{day} {start}-{end}" for day, start, end in value)
        return spans or say("never")
    return str(value) or say("none")


# --- linking ---------------------------------------------------------------------------------------------------------


@commands.command("profile link-now", typed=False, while_suspended=True)
async def link_now(do: Write, code: str) -> Reply:
    """Make one member of two that agree in everything."""
    return await _unite(do, code, {})


@commands.command("profile save-link", typed=False, while_suspended=True)
async def save(
    do: Write,
    code: str,
    name: Pick | None = None,
    zone: Pick | None = None,
    headline: Pick | None = None,
    floor: Pick | None = None,
    newcomer: Pick | None = None,
    windows: Pick | None = None,
    quiet: Pick | None = None,
) -> Reply:
    """Make one member of two, with what was chosen."""
    picks = {
        "name": name,
        "zone": zone,
        "headline": headline,
        "floor": floor,
        "newcomer": newcomer,
        "windows": windows,
        "quiet": quiet,
    }
    return await _unite(do, code, picks)


async def _unite(do: Write, code: str, picks: Mapping[str, Pick | None]) -> Reply:
    found = await _redeem(do, code)
    if found is None:
        return problem(_wrong())
    pair = await _pair(do, found)
    goes = "there" if pair.kept == pair.here["id"] else "here"
    asked = await _differences(do, pair)
    chosen: dict[str, Any] = {one.field: one.gone for one in asked if picks.get(one.field) == goes}
    name = await _called(do, pair)
    merging = Merging(do.db, do.ids, do.settings, do.community.id, pair.kept, pair.gone, do.now)
    link_id = await links.unite(merging, do.features, chosen, pair.issuer)
    after = {"platforms": sorted((do.caller.platform, pair.issuer["platform"]))}
    await audit.note(
        do.db,
        do.ids,
        do.community.id,
        at=do.now,
        actor=pair.kept,
        actor_name=do.name,
        action="profile link",
        subject=f"member:{pair.kept}",
        after=after,
    )
    await _tell_issuer(do, pair, link_id)
    text = say("{name} and this account are one member now.", name=name)
    return Reply(sentence(text, Button(say("My privacy"), "profile privacy"), Button(say("My page"), "hub")))


async def _tell_issuer(do: Write, pair: Pair, link_id: int) -> None:
    """Tell the account that made the code, on its own side whatever it prefers: it may not have been them."""
    spaces = await people.spaces_of(do.db, do.community.id)
    there = next((space for space in spaces if space.platform == pair.issuer["platform"]), None)
    if there is None:
        return
    here = PLATFORM_NAMES[do.caller.platform]
    who: Text = (
        say("Your account here is linked to "),
        bold(pair.here["name"]),
        say(" on {here} now: a code that you asked for was typed there.", here=here),
    )
    undo = Button(say("That wasn't me"), "profile not-me", (str(link_id),), "danger")
    card = Card(
        say("Your account here is linked to one on {here} now.", here=here),
        (
            Heading(say("Accounts linked")),
            Paragraph(who),
            Note((say("If it wasn't you, press the button: everything is as before, and the moderators are told."),)),
            Controls((undo, Button(say("My privacy"), "profile privacy"))),
        ),
    )
    to = outbox.Address(there, pair.issuer["remote"], direct=True)
    await outbox.queue(do.db, do.ids, to, card, key=f"linked:{link_id}", due=do.now, promise=True)
