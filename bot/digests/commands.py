"""`/digest`: a member's own digest, now and as a direct message."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bot import when
from bot.cards import (
    Block,
    Button,
    Card,
    Controls,
    Divider,
    Fact,
    Facts,
    Heading,
    Note,
    Option,
    Paragraph,
    Time,
    sentence,
)
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.digests import own
from bot.digests.delivering import now_of, sections_of, settings_button
from bot.digests.own import How, Plan
from bot.errors import FieldErrors, UserError
from bot.forms import ChecksField, ChoiceField, Form, Page, TextField
from bot.words import say

Weekday = Literal["0", "1", "2", "3", "4", "5", "6"]

_HOW: dict[How, str] = {
    "channel": "In the channel only, no message to me",
    "daily": "A direct message each day",
    "weekly": "A direct message once a week",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

commands = Commands()


@commands.command("digest")
async def show(ask: Read) -> Reply:
    """Show what is new for you, and say how you want to hear of it."""
    plan = await own.plan_of(ask.db, ask.community.id, ask.member_id, ask.now)
    now = await now_of(ask.db, ask.settings, ask.features, ask.community, _recent(plan, ask), ask.now)
    preview = Button(say("Preview"), "digest preview")
    controls = Controls((settings_button(), *((preview,) if now else ())))
    if now is None:
        nothing = say("Nothing is new for you since yesterday.")
        return Reply(Card(nothing, (Paragraph((nothing,)), _facts(plan, ask), controls)))
    return Reply(Card(now.summary, (*_above_footer(now), Divider(), _facts(plan, ask), controls)))


def _recent(plan: Plan, ask: Read) -> Plan:
    """The plan as of now: for who gets none, what is new since yesterday."""
    length = 7 * when.DAY if plan.how == "weekly" else when.DAY
    return replace(plan, since=ask.now - length)


def _above_footer(card: Card) -> tuple[Block, ...]:
    return card.blocks[:-2]


def _facts(plan: Plan, ask: Read) -> Facts:
    facts = [Fact(say("Your digest"), (_how_words(plan),))]
    if plan.due is not None:
        facts.append(Fact(say("Next one"), (Time(plan.due, "full"),)))
    wanted = [say(section.title) for section in sections_of(ask.features) if section.name not in plan.left_out]
    return Facts((*facts, Fact(say("About"), (", ".join(wanted) or say("nothing"),))))


def _how_words(plan: Plan) -> str:
    if plan.how == "daily":
        return say("a direct message each day at {at}, your time", at=plan.at)
    if plan.how == "weekly":
        return say("a direct message on {day}s at {at}, your time", day=say(_DAYS[plan.weekday]), at=plan.at)
    return say("in the channel only")


@commands.command("digest preview", typed=False)
async def preview(ask: Read) -> Reply:
    """Show the message as it would come now."""
    plan = await own.plan_of(ask.db, ask.community.id, ask.member_id, ask.now)
    card = await now_of(ask.db, ask.settings, ask.features, ask.community, _recent(plan, ask), ask.now)
    if card is None:
        return Reply(sentence(say("Today nothing is new for you, so no message would come."), settings_button()))
    return Reply(card)


@commands.command("digest settings", typed=False)
async def settings(ask: Read) -> OpenForm:
    """Ask how you want to hear what is new."""
    plan = await own.plan_of(ask.db, ask.community.id, ask.member_id, ask.now)
    parts = sections_of(ask.features)
    chosen = ",".join(part.name for part in parts if part.name not in plan.left_out)
    fields = (
        ChoiceField(
            "how", say("Your digest"), tuple(Option(say(words), how) for how, words in _HOW.items()), value=plan.how
        ),
        TextField("at", say("At"), say("24 hours, on your clock, such as 08:00."), plan.at, max_length=5),
        ChoiceField(
            "weekday",
            say("On which day, if once a week"),
            tuple(Option(say(name), str(number)) for number, name in enumerate(_DAYS)),
            value=str(plan.weekday),
        ),
        ChecksField(
            "sections", say("About"), tuple(Option(say(part.title), part.name) for part in parts), value=chosen
        ),
    )
    return OpenForm(Form(say("Your digest"), "digest save", (Page(say("What, and when"), fields),)))


@commands.command("digest save", typed=False)
async def save(
    do: Write, how: How = "channel", at: str = own.DEFAULT_AT, weekday: Weekday = "0", sections: str = ""
) -> Reply:
    """Keep how you want to hear what is new."""
    chosen = {name.strip() for name in sections.split(",")} - {""}
    if how != "channel" and not chosen:
        raise FieldErrors({"sections": say("Choose at least one, or “in the channel only”.")})
    try:
        clock = f"{when.parse_clock(at):%H:%M}"
    except UserError as error:
        raise FieldErrors({"at": error.sentence}) from None
    before = await own.plan_of(do.db, do.community.id, do.member_id, do.now)
    left_out = tuple(part.name for part in sections_of(do.features) if part.name not in chosen)
    plan = replace(before, how=how, at=clock, weekday=int(weekday), left_out=left_out)
    if before.how == "channel":
        plan = replace(plan, since=do.now - when.DAY)
    plan = replace(plan, due=plan.next_due(do.now, do.zone))
    await own.put(do.db, do.community.id, plan, do.zone)
    done = say("Kept: your digest comes {how}.", how=_how_words(plan))
    notes = () if do.zone_known else (Note((say("Times are in {zone}: I don't know yours yet.", zone=do.zone),)),)
    controls = [Button(say("Preview"), "digest preview"), settings_button()]
    if not do.zone_known:
        controls.append(Button(say("Set my time zone"), "profile zone"))
    return Reply(Card(done, (Heading(say("Your digest")), _facts(plan, do), *notes, Controls(tuple(controls)))))
