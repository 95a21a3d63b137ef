"""`/profile edit`: what members say of themselves, in two forms that each stand alone; skills are confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot import audit, vocabulary
from bot.cards import Button, Card, Option, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Field, Form, Page, TextField
from bot.literal import shorten, tidy
from bot.members import asking, reading, store, visibility
from bot.members.hours import hours_words, read_hours
from bot.members.reading import CHIPS
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.members.profile import Profile

commands = Commands()

LONGEST_HEADLINE = 120  # characters
_KEEP_TIMES = "keep-times"

# --- who I am --------------------------------------------------------------------------------------------------------


@commands.command("profile edit")
async def edit(ask: Read) -> OpenForm:
    """Say what you can help with, what you want to learn, and who you are."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    headline = TextField(
        "headline",
        say("Headline"),
        say("Such as: I build retrieval systems for clinics."),
        page.headline,
        required=False,
        max_length=LONGEST_HEADLINE,
    )
    languages = TextField(
        "languages",
        say("Languages"),
        say("Such as: German, en."),
        reading.languages_words(page.languages),
        required=False,
        max_length=200,
    )
    links = TextField(
        "links",
        say("Links"),
        say("Up to five web addresses, one a line."),
        "\n".join(page.links),
        required=False,
        long=True,
        max_length=1000,
    )
    fields = (headline, *await asking.skill_fields(ask), languages, links)
    return OpenForm(Form(say("My profile"), "profile save-about", (Page(say("Who you are"), fields),)))


@commands.command("profile save-about", typed=False)
async def save_about(
    do: Write, headline: str = "", offers: str = "", wants: str = "", languages: str = "", links: str = ""
) -> Reply:
    """Keep who you are; what was read of your skills is shown first."""
    checked = _Checked()
    values = {
        "headline": shorten(" ".join(tidy(headline).split()), LONGEST_HEADLINE),
        "languages": checked("languages", reading.read_languages, languages),
        "links": checked("links", reading.read_links, links),
    }
    heard = await asking.hear(do, offers, wants, checked.wrong)
    checked.done()
    await _change(do, values)
    if await asking.is_known(do, heard):
        return Reply(await _saved(do, say("Your profile is saved.")))
    return Reply(asking.confirmation(heard, say("Your profile is saved. Have I read your skills right?")))


# --- skills ----------------------------------------------------------------------------------------------------------


@commands.command("profile skills", typed=False)
async def ask_skills(
    ask: Read, offers: Annotated[str, "As they were typed"] = "", wants: Annotated[str, "As they were typed"] = ""
) -> OpenForm:
    """Say what you can help with and what you want to learn."""
    typed = {"offers": offers, "wants": wants} if offers or wants else {}
    form = Form(say("My skills"), "profile read-skills", (Page(say("Skills"), await asking.skill_fields(ask)),))
    return OpenForm(form.filled(typed))


@commands.command("profile read-skills", typed=False)
async def read_skills(ask: Read, offers: str = "", wants: str = "") -> Reply:
    """Show what was read of the skills you typed."""
    wrong: dict[str, str] = {}
    heard = await asking.hear(ask, offers, wants, wrong)
    if wrong:
        raise FieldErrors(wrong)
    return Reply(asking.confirmation(heard, say("Have I read your skills right?")))


@commands.command("profile keep-skills", typed=False)
async def keep_skills(do: Write, offers: str = "", wants: str = "") -> Update:
    """Keep the skills as they were read."""
    wrong: dict[str, str] = {}
    heard = await asking.hear(do, offers, wants, wrong)
    if wrong:
        raise FieldErrors(wrong)
    await asking.keep(do, heard)
    await audit.record(do, "profile keep-skills", f"member:{do.member_id}")
    found = await visibility.count_helpers(do.db, do.community.id, do.member_id, heard.wants.ids, do.now)
    taxonomy = await vocabulary.taxonomy_of(do.db, do.community.id)
    there = [say("{n} with {skill}", n=n, skill=taxonomy.name(skill)) for skill, n in found.items() if n]
    text = say("Your skills are noted.")
    if there:
        text = say("Your skills are noted. Who could help you here: {n}.", n="; ".join(there))
    return Update(await _saved(do, text))


@commands.command("profile levels", typed=False)
async def levels(do: Write) -> Update:
    """Say how well you know what you offer, and what you want most."""
    return Update(await asking.next_question(do))


@commands.command("profile set-level", typed=False)
async def set_level(do: Write, skill: str, level: Literal["1", "2", "3", "4", "5"]) -> Update:
    """Say how well you know a skill that you offer."""
    await asking.set_detail(do, "offer", skill, level=int(level))
    return Update(await asking.next_question(do))


@commands.command("profile set-priority", typed=False)
async def set_priority(do: Write, skill: str, priority: Literal["1", "2", "3"]) -> Update:
    """Say how much you want to learn a skill."""
    await asking.set_detail(do, "want", skill, priority=int(priority))
    return Update(await asking.next_question(do))


# --- how I work ------------------------------------------------------------------------------------------------------


@commands.command("profile more", typed=False)
async def more(ask: Read) -> OpenForm:
    """Say your rate, when you have time, and show your work."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    chips = reading.chips_of(page.windows or ())
    arguments = () if chips is not None else (_KEEP_TIMES,)
    fields = (*_work_fields(ask, page), *([asking.times_field(chips)] if chips is not None else []))
    return OpenForm(Form(say("My profile"), "profile save-more", (Page(say("How you work"), fields),), arguments))


def _work_fields(ask: Read, page: Profile) -> tuple[Field, ...]:
    newcomer = {True: "yes", False: "no"}.get(page.newcomer, "") if page.newcomer is not None else ""
    choices = (Option(say("Yes, I am new to AI freelancing"), "yes"), Option(say("No"), "no"))
    quiet = ask.settings.safety.quiet_hours if page.quiet is None else page.quiet
    return (
        TextField(
            "rate",
            say("Lowest rate an hour"),
            say("Only you see it, unless you show it. Such as 80 €/h."),
            reading.floor_words(page.floor),
            required=False,
            max_length=40,
        ),
        ChoiceField("newcomer", say("New here?"), choices, value=newcomer, required=False),
        TextField(
            "quiet",
            say("Quiet hours"),
            say("When nothing is sent to you, on your clock. Empty: none."),
            quiet,
            required=False,
            max_length=30,
        ),
        TextField(
            "pieces",
            say("Portfolio"),
            say("Up to three, one a line: a title and its address."),
            reading.pieces_words(page.pieces),
            required=False,
            long=True,
            max_length=1500,
        ),
    )


@commands.command("profile save-more", typed=False)
async def save_more(
    do: Write,
    keep: Annotated[str, "Whether the times are not asked for"] = "",
    rate: str = "",
    newcomer: str = "",
    quiet: str = "",
    pieces: str = "",
    times: Annotated[str, "Ticked parts of the week"] = "",
) -> Reply:
    """Keep your rate, your times and your portfolio."""
    checked = _Checked()
    values: dict[str, Any] = {
        "floor": checked("rate", reading.read_floor, rate),
        "newcomer": {"yes": True, "no": False}.get(newcomer),
        "quiet": checked("quiet", reading.read_quiet, quiet),
        "pieces": checked("pieces", reading.read_pieces, pieces),
    }
    checked.done()
    before = await store.profile_of(do.db, do.community.id, do.member_id)
    if before.quiet is None and values["quiet"] == do.settings.safety.quiet_hours:
        values["quiet"] = None  # the operator's, also when they change it
    if keep != _KEEP_TIMES:
        values["windows"] = reading.windows_of(chip for chip in times.split(",") if chip in CHIPS) or None
    await _change(do, values)
    return Reply(await _saved(do, say("Your profile is saved.")))


@commands.command("profile hours", typed=False)
async def ask_hours(ask: Read) -> OpenForm:
    """Say exactly when you have time in a week."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    hint = say("One a line, on your clock: Mon 18:00-20:00, Tue-Thu 9-12.")
    shown = hours_words(page.windows or (), between="\n")
    field = TextField("hours", say("When you have time"), hint, shown, required=False, long=True, max_length=1500)
    return OpenForm(Form(say("My times"), "profile save-hours", (Page(say("Times of the week"), (field,)),)))


@commands.command("profile save-hours", typed=False)
async def save_hours(do: Write, hours: str = "") -> Reply:
    """Keep when you have time in a week."""
    checked = _Checked()
    windows = checked("hours", read_hours, hours) if hours.strip() else None
    checked.done()
    await _change(do, {"windows": windows})
    return Reply(await _saved(do, say("Your times are noted.")))


# --- both ------------------------------------------------------------------------------------------------------------


class _Checked:
    """Reads the fields of a form, and keeps what is wrong with each."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def __call__(self, name: str, read: Callable[[str], Any], text: str) -> Any:
        try:
            return read(text)
        except UserError as error:
            self.wrong[name] = error.sentence
            return None

    def done(self) -> None:
        """Raise `FieldErrors` if anything was wrong."""
        if self.wrong:
            raise FieldErrors(self.wrong)


async def _change(do: Write, values: dict[str, Any]) -> None:
    """Change the profile; which fields were changed is audited, not what they say."""
    before = await store.profile_of(do.db, do.community.id, do.member_id)
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if changed:
        await store.change_profile(do.db, do.community.id, do.member_id, **changed)
        await audit.record(do, "profile edit", f"member:{do.member_id}", after={"fields": sorted(changed)})


async def _saved(do: Write, text: str) -> Card:
    """That it is saved, and what could be said next."""
    zone = () if do.zone_known else (Button(say("Set my time zone"), "profile zone"),)
    page = await store.profile_of(do.db, do.community.id, do.member_id)
    times = (Button(say("Exact times"), "profile hours"),) if page.windows else ()
    unsaid = await asking.unsaid(do)
    levels = (Button(say("How well, how much ({n})", n=unsaid), "profile levels"),) if unsaid else ()
    more = Button(say("Rate, times, portfolio"), "profile more")
    return sentence(text, more, *times, *levels, *zone, Button(say("My profile"), "profile view"))
