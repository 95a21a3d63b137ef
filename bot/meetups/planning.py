"""Planning a meetup: the form, the preview with the confirmed instant, publishing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from bot import audit, occurrences, people, typed, when
from bot.availability import WEEK
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Note, Option, Paragraph, Quote, Time
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.meetups import store
from bot.meetups.announcing import attend
from bot.meetups.cards import KIND_WORDS, in_words
from bot.meetups.drafts import REPEATS, Draft, listed, may_create, out_of_date, read_draft, series_of, too_long
from bot.meetups.rules import KINDS, LENGTHS, LONGEST, MOST_PLACES
from bot.options import Kind as OptionKind
from bot.options import Option as Given
from bot.options import read_value
from bot.series import AHEAD
from bot.series import occurrences as worked_out
from bot.words import count, say

if TYPE_CHECKING:
    from datetime import datetime

commands = Commands()


@commands.command("meetup create", example="/meetup create Pricing AI projects Thu 18:00")
async def create(
    ask: Read,
    title: Annotated[str, "What it is about"] = "",
    when: Annotated[str, "When, such as Thu 18:00"] = "",
) -> OpenForm:
    """Plan a meetup: you see the exact time before anybody else does."""
    may_create(ask)
    title, at = _parted(ask, title, when)
    return OpenForm(_form(ask, {"title": title, "when": at}))


def _parted(ask: Read, title: str, at: str) -> tuple[str, str]:
    """The title and the time of a line that was typed without quotation marks: the time is what can be read as one."""
    zone = when.zone(ask.zone)
    if not at or typed.read(at, zone, ask.now).state is not typed.State.REFUSED:
        return title, at
    words = f"{title} {at}".split()
    for cut in range(1, len(words)):
        rest = " ".join(words[cut:])
        if typed.read(rest, zone, ask.now).state is not typed.State.REFUSED:
            return " ".join(words[:cut]), rest
    return title, at


def _form(ask: Read, values: dict[str, str]) -> Form:
    next_week = (ask.now + WEEK).astimezone(when.zone(ask.zone))
    day = f"{next_week.day} {next_week:%b}"
    at_hint = say("Such as Thu 18:00 or {day} 6pm, in {zone}.", day=day, zone=ask.zone)
    kinds = tuple(Option(say(KIND_WORDS[kind]).capitalize(), kind) for kind in KINDS)
    first = (
        TextField("title", say("Title"), max_length=LENGTHS["title"]),
        TextField("when", say("When"), at_hint, max_length=120),
        ChoiceField("kind", say("Kind"), kinds, value="talk"),
        TextField("minutes", say("How many minutes"), value="60", max_length=4),
        TextField("places", say("Places"), say("Empty: room for everybody."), required=False, max_length=5),
    )
    where_hint = say("A link to a call is shown to those who go, nobody else.")
    second = (
        TextField("place", say("Where"), where_hint, required=False, max_length=LENGTHS["place"]),
        TextField("about", say("What about"), required=False, long=True, max_length=LENGTHS["about"]),
        ChoiceField("repeat", say("Again"), tuple(Option(say(w), name) for name, w in REPEATS.items()), value="once"),
    )
    pages = (Page(say("The meetup"), first), Page(say("Where and what about"), second))
    return Form(say("Plan a meetup"), "meetup preview", pages, submit_label=say("Preview")).filled(values)


@commands.command("meetup preview", typed=False)
async def preview(
    ask: Read,
    title: str,
    when: str,
    kind: Literal["talk", "workshop", "circle", "co-working", "social"],
    minutes: str,
    places: str = "",
    place: str = "",
    about: str = "",
    repeat: Literal["once", "weekly", "fortnightly", "monthly", "rotating"] = "once",
) -> Reply:
    """Show a meetup as it would be published, with its time in UTC."""
    may_create(ask)
    wrong = too_long(title=title, place=place, about=about)
    length = _number(minutes, 5, LONGEST, wrong, "minutes")
    room = _number(places, 1, MOST_PLACES, wrong, "places") if places.strip() else None
    at = await _time(ask, when, wrong)
    if wrong or at is None:
        raise FieldErrors(wrong)
    draft = Draft(
        title=title.strip(),
        at=at.isoformat(),
        kind=kind,
        minutes=length,
        places=room,
        place=place.strip(),
        about=about.strip(),
        repeat=repeat,
    )
    return Reply(_preview_card(ask, draft))


def _number(words: str, least: int, most: int, wrong: dict[str, str], field: str) -> int:
    number = int(words) if words.strip().isdecimal() and len(words.strip()) < 9 else 0
    if not least <= number <= most:
        wrong[field] = say("Write a whole number from {least} to {most}.", least=least, most=most)
    return number


async def _time(ask: Read, words: str, wrong: dict[str, str]) -> datetime | None:
    option = Given("when", OptionKind.WHEN, "", required=True)
    try:
        found: datetime = await read_value(option, words, ask)
    except UserError as error:
        if error.code == "E-ZONE" and error.buttons:
            raise
        wrong["when"] = error.sentence
        return None
    if found > ask.now + AHEAD:
        wrong["when"] = say("That is too far ahead: choose a day within the next {n} days.", n=AHEAD.days)
    return found


def _preview_card(ask: Read, draft: Draft) -> Card:
    zone = when.zone(ask.zone)
    local, utc = draft.start.astimezone(zone), draft.start
    day = "" if local.date() == utc.date() else f"{utc:%a} {utc.day} {utc:%b} "
    exact = f"{local:%a} {local.day} {local:%b %Y %H:%M} {ask.zone} = {day}{utc:%H:%M} UTC"
    facts = [
        Fact(say("When"), (exact,)),
        Fact(say("How long"), (say("{n} minutes", n=draft.minutes),)),
        Fact(say("Places"), (str(draft.places or say("room for everybody")),)),
        Fact(say("Where"), (draft.place or say("not said yet"),)),
        Fact(say("Again"), (say(REPEATS[draft.repeat]),)),
    ]
    shifts = _clock_changes(draft, ask)
    return Card(
        say("Preview: {title}, {exact}.", title=draft.title, exact=exact),
        (
            Heading(say("{title} ({kind})", title=draft.title, kind=say(KIND_WORDS[draft.kind]))),
            Paragraph((Time(draft.start, "full"), " · ", Time(draft.start, "relative"))),
            Facts(tuple(facts)),
            *((Quote(draft.about),) if draft.about else ()),
            *((Note((shifts,)),) if shifts else ()),
            Note((say("Only you see this. It is posted when you publish it."),)),
            Controls(
                (
                    _onward(draft),
                    Button(say("Edit"), "meetup redo", (draft.dump(),)),
                    Button(say("Cancel"), "meetup discard"),
                )
            ),
        ),
    )


def _onward(draft: Draft) -> Button:
    if draft.repeat == "rotating":
        return Button(say("Choose the hours"), "meetup turns", (draft.dump(),), "primary")
    return Button(say("Publish"), "meetup publish", (draft.dump(),), "primary")


def _clock_changes(draft: Draft, ask: Read) -> str:
    """A sentence where clocks change among the next occurrences, so that the time in UTC does."""
    if draft.repeat in ("once", "rotating"):
        return ""
    zone = when.zone(ask.zone)
    plan = series_of(draft, ask.zone)
    soon = worked_out(plan, zone, draft.start, draft.start + AHEAD)
    moved = next((one.at.utc for one in soon if one.at.utc.time() != draft.start.time()), None)
    if moved is None:
        return ""
    clock = f"{draft.start.astimezone(zone):%H:%M}"
    day = f"{moved:%a} {moved.day} {moved:%b}"
    return say("Clocks change: it stays at {clock} in {zone}, from {day} on.", clock=clock, zone=ask.zone, day=day)


@commands.command("meetup redo", typed=False)
async def redo(ask: Read, draft: str) -> OpenForm:
    """Change a meetup that was previewed."""
    may_create(ask)
    found = read_draft(draft)
    kept = {name: value for name, value in asdict(found).items() if name not in ("at", "turns")}
    values = {name: "" if value is None else str(value) for name, value in kept.items()}
    return OpenForm(_form(ask, {**values, "when": in_words(found.start, ask.zone)}))


@commands.command("meetup discard", typed=False)
async def discard(ask: Read) -> Update:
    """Throw a previewed meetup away."""
    del ask
    words = say("Nothing was published.")
    return Update(Card(words, (Paragraph((words,)),)))


@commands.command("meetup publish", typed=False)
async def publish(do: Write, draft: str) -> Update:
    """Publish a meetup that was previewed; a second press finds it published."""
    may_create(do)
    found = read_draft(draft)
    if found.repeat == "rotating" and not found.turns:
        raise out_of_date()
    if found.start <= do.now:
        raise UserError("E-PAST", say("That time has passed meanwhile."), advice=say("Plan it anew: /meetup create."))
    await people.lock_communities(do.db, do.community.id)
    if await store.is_planned(do.db, do.community.id, do.member_id, found.title, found.start):
        raise UserError("E-DONE", say("“{title}” is published already.", title=found.title), buttons=(listed(),))
    plan = series_of(found, do.zone)
    series_id = await occurrences.add(do.db, do.ids, do.community.id, "meetups", plan, do.zone, do.now)
    meetup_id = await store.add_meetup(
        do,
        series_id=series_id,
        host_id=do.member_id,
        title=found.title,
        kind=found.kind,
        minutes=found.minutes,
        places=found.places,
        place=found.place,
        about=found.about,
        zone=do.zone,
    )
    after = {"title": found.title, "at": found.at, "repeat": found.repeat}
    await audit.record(do, "meetup publish", f"meetup:{meetup_id}", after=after)
    await store.add_gatherings(do.db, do.ids, do.now)
    times = await store.of_meetup(do.db, do.community.id, meetup_id, do.now)
    await attend(do, times[0].id, new=True)
    n = count(len(times), say("time"), say("times"))
    done = say("Published: {title}.", title=found.title)
    more = say("It is planned {n} in the next {days} days; each is announced a week before.", n=n, days=AHEAD.days)
    return Update(
        Card(
            done,
            (
                Paragraph((done, *((f" {more}",) if found.repeat != "once" else ()))),
                Controls((Button(say("Manage it"), "meetup manage", (str(times[0].id),)),)),
            ),
        )
    )
