"""The application: what everything is wired to, and how a command runs.

`App.run`: who is it, may they, look (no transaction), do (one transaction), answer. Adapters bring typed lines,
presses and forms, and take back an answer that their platform can show as it stands.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import cards, forms, people, views, whereabouts
from bot.cards import Button, Card, Controls, LinkButton, Note, Paragraph, Select, sentence
from bot.commands import (
    Answer,
    Call,
    Command,
    Commands,
    Invalid,
    Look,
    OpenForm,
    Problem,
    Read,
    Reply,
    Update,
    Write,
    form_for,
    read_line,
)
from bot.errors import FieldErrors, UserError
from bot.options import complete, read_value
from bot.people import Caller, Role
from bot.presses import press_id, read_press
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from random import Random

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.db import Database
    from bot.feature import Feature
    from bot.ports import Fetcher, Ids, MachineClock, Platform, PlatformName, WallClock, Workers
    from bot.settings import Settings

log = logging.getLogger("guildhall")

_OF_THE_HOUSE = frozenset({"view page", "view press", "form open", "form page"})  # presses that `App` answers itself


@dataclass(slots=True)
class App:
    """Everything a command or a job needs, injected."""

    db: Database
    settings: Settings
    features: tuple[Feature, ...]
    wall: WallClock
    machine: MachineClock
    ids: Ids
    random: Random
    fetcher: Fetcher
    workers: Workers
    platforms: Mapping[PlatformName, Platform]
    pages: Mapping[PlatformName, Callable[[Card], list[Card]]]  # how each platform splits a card that is too long
    commands: Commands = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.commands = Commands(*(feature.commands for feature in self.features))

    # --- what adapters bring -----------------------------------------------------------------------------------------

    async def run_line(self, caller: Caller, line: str) -> Answer:
        """Answer a typed line."""
        return await self._fence(caller, self._line(caller, line))

    async def run_call(self, caller: Caller, name: str, given: Mapping[str, Any]) -> Answer:
        """Answer a command whose options came by name, as native slash commands and forms give them."""
        return await self._fence(caller, self._named(caller, name, given))

    async def run_press(self, caller: Caller, identifier: str, value: str | None = None) -> Answer:
        """Answer a press on a button, or a choice (`value`) in a select."""
        return await self._fence(caller, self._press(caller, identifier, value))

    async def run_form(self, caller: Caller, identifier: str, values: Mapping[str, str]) -> Answer:
        """Answer a form that was sent in."""
        return await self._fence(caller, self._form(caller, identifier, values))

    async def complete(self, caller: Caller, name: str, option: str, words: str) -> Sequence[cards.Option]:
        """The choices for an option that is being typed; none where there is no such option for this person."""
        if name not in self.commands or caller.role < self.commands[name].role:
            return []
        command = self.commands[name]
        wanted = next((known for known in command.options if known.name == option), None)
        if wanted is None:
            return []
        try:
            asked = await self._arrive(caller, command)
        except UserError:  # nothing is set up yet
            return []
        async with self.db.read() as db:
            return await complete(wanted, words, Read(db=db, **asked))

    # --- running -----------------------------------------------------------------------------------------------------

    async def _line(self, caller: Caller, line: str) -> Answer:
        call = read_line(self.commands, line, caller.role)
        if isinstance(call, Card):
            return Reply(call)
        if call.missing:
            _authorise(call.command, caller.role)
            await self._space(caller)
            return OpenForm(form_for(call))
        return await self._without_form(caller, call)

    async def _named(self, caller: Caller, name: str, given: Mapping[str, Any]) -> Answer:
        return await self._without_form(caller, Call(self._command(name), given))

    async def _without_form(self, caller: Caller, call: Call) -> Answer:
        """Run a call that no form brought: what is wrong with its options is an answer, not marks beside fields."""
        try:
            return await self._call(caller, call)
        except FieldErrors as errors:
            advice = say("The command is {usage}.", usage=call.command.usage()) if call.command.typed else ""
            code, buttons = (errors.cause.code, errors.cause.buttons) if errors.cause else ("E-OPTION", ())
            raise UserError(code, errors.sentence, advice=advice, buttons=buttons) from None

    async def _press(self, caller: Caller, identifier: str, value: str | None) -> Answer:
        name, arguments = read_press(identifier)
        if name in _OF_THE_HOUSE:
            return await self._house_press(caller, name, arguments, value)
        given = arguments if value is None else (*arguments, value)
        return await self._without_form(caller, self._positional(name, given))

    async def _house_press(self, caller: Caller, name: str, arguments: tuple[str, ...], value: str | None) -> Answer:
        token, number = arguments[0], int(arguments[1]) if len(arguments) > 1 else 0
        space = await self._space(caller)
        async with self.db.read() as db:
            data = await views.find(db, space.community_id, token, self.wall.now())
        if name == "view page":
            pages = self.pages[caller.platform](cards.load(data["card"]))
            return Reply(views.page_with_more(pages, token, min(number, len(pages) - 1)))
        if name == "view press":
            given = tuple(data["arguments"])
            call = self._positional(data["command"], given if value is None else (*given, value))
            return await self._without_form(caller, call)
        return OpenForm(views.one_page(forms.load(data["form"]), token, number, data["values"]))

    async def _form(self, caller: Caller, identifier: str, values: Mapping[str, str]) -> Answer:
        name, arguments = read_press(identifier)
        if name != "form page":
            call = self._positional(name, arguments)
            return await self._call(caller, Call(call.command, {**call.given, **_filled(values)}))
        token, number = arguments[0], int(arguments[1])
        space = await self._space(caller)
        async with self.db.write() as db:
            form, merged = await views.add_values(db, space.community_id, token, values, self.wall.now())
        if number + 1 < len(form.pages):
            return Reply(views.continue_card(form, token, number + 1))
        call = self._positional(form.submit, form.arguments)
        try:
            return await self._call(caller, Call(call.command, {**call.given, **_filled(merged)}))
        except FieldErrors as errors:
            return Reply(_edit_again(form, token, errors))

    def _positional(self, name: str, arguments: tuple[str, ...]) -> Call:
        command = self._command(name)
        return Call(command, dict(zip((o.name for o in command.options), arguments, strict=False)))

    def _command(self, name: str) -> Command:
        if name not in self.commands:
            raise UserError(
                "E-STALE",
                say("That isn't there any more."),
                why=say("It belongs to another version of the bot."),
                advice=say("Type /hub help to see what there is."),
                buttons=(Button(say("Show commands"), "hub"),),
            )
        return self.commands[name]

    async def _call(self, caller: Caller, call: Call) -> Answer:
        """Who, may they, look, do."""
        command = call.command
        _authorise(command, caller.role)
        asked = await self._arrive(caller, command)
        async with self.db.read() as db:
            options = await _read_options(call, Read(db=db, **asked))
        if command.look:
            look = Look(fetcher=self.fetcher, workers=self.workers, read=self.db.read, **asked)
            options["found"] = await command.look(look, **options)
        if command.writes:
            async with self.db.write() as db:
                return await command.run(Write(db=db, ids=self.ids, random=self.random, **asked), **options)
        async with self.db.read() as db:
            return await command.run(Read(db=db, **asked), **options)

    # --- who and where -----------------------------------------------------------------------------------------------

    async def _space(self, caller: Caller) -> people.Space:
        async with self.db.read() as db:
            space = await people.find_space(db, caller.platform, caller.space)
        if space is None:
            raise UserError(
                "E-SETUP",
                say("Guildhall isn't set up here yet."),
                advice=say("A moderator can do it in a minute with /mod setup."),
                buttons=(Button(say("Set up"), "mod setup", (), "primary"),),
            )
        return space

    async def _arrive(self, caller: Caller, command: Command) -> dict[str, Any]:
        """Find (or make) the community, space and member behind a caller: the fields of a handler's context."""
        if command.name == "mod setup":
            await self._found(caller)
        space = await self._space(caller)
        async with self.db.read() as db:
            community = await people.read_community(db, space.community_id)
            member = await people.find_member(db, community.id, caller)
        if member is None:
            member = await self._welcome(community.id, caller)
        now = self.wall.now()
        async with self.db.read() as db:
            zone = await whereabouts.zone_at(db, community.id, member["id"], now)
        return {
            "caller": caller,
            "community": community,
            "space": space,
            "member_id": member["id"],
            "name": member["name"],
            "zone": zone or community.zone,
            "zone_known": zone is not None,
            "now": now,
            "settings": self.settings,
            "features": self.features,
        }

    async def _welcome(self, community_id: int, caller: Caller) -> sa.RowMapping:
        """Make a member of a new account; a second first press at the same moment finds the one that was made."""
        try:
            async with self.db.write() as db:
                if await people.find_member(db, community_id, caller) is None:
                    await people.welcome_member(db, self.ids, community_id, caller, self.wall.now())
        except sa.exc.IntegrityError:
            log.info("account %s of %s was welcomed twice at once", caller.user, caller.platform)
        async with self.db.read() as db:
            found = await people.find_member(db, community_id, caller)
        if found is None:
            raise LookupError(f"member of {caller.platform} account {caller.user} is missing")
        return found

    async def _found(self, caller: Caller) -> None:
        """Make the community of a space that has none: the first `/mod setup` does, of two at once only one."""
        try:
            async with self.db.write() as db:
                if await people.find_space(db, caller.platform, caller.space) is None:
                    await self._make_community(db, caller)
        except sa.exc.IntegrityError:
            log.info("space %s of %s was founded twice at once", caller.space, caller.platform)

    async def _make_community(self, db: AsyncConnection, caller: Caller) -> None:
        community_id = await people.found_community(
            db,
            self.ids,
            name=caller.space_name or say("Our community"),
            zone=caller.zone or self.settings.app.timezone,
            digest_at=self.settings.digest.at,
            now=self.wall.now(),
        )
        await people.add_space(
            db,
            self.ids,
            community_id=community_id,
            platform=caller.platform,
            remote=caller.space,
            name=caller.space_name,
        )

    # --- answering ---------------------------------------------------------------------------------------------------

    async def _fence(self, caller: Caller, running: Awaitable[Answer]) -> Answer:
        """Turn what went wrong into an answer, and any answer into one that the platform can show."""
        done = False
        try:
            answer = await running
            done = True
            return await self._fit(caller, answer)
        except FieldErrors as errors:
            return Invalid(errors.messages)
        except UserError as error:
            answer = Problem(error_card(error), error.code)
        except Exception:
            # A deliberate fence: what failed was rolled back, the person gets a code, the log gets the rest.
            code = self.ids.token()[:4].upper()
            log.exception("E-UNKNOWN %s: a command failed", code)
            answer = _our_mistake(code, done=done)
        return await self._fit(caller, answer)

    async def _fit(self, caller: Caller, answer: Answer) -> Answer:
        if isinstance(answer, OpenForm):
            return OpenForm(await self._fit_form(caller, answer.form))
        if isinstance(answer, Reply | Update):
            return dataclasses.replace(answer, card=await self.fit_card(caller.platform, caller.space, answer.card))
        return answer

    async def fit_card(self, platform: PlatformName, space_remote: str, card: Card) -> Card:
        """The card as a platform can show it: only buttons that exist, its further pages behind "See all"."""
        pages = self.pages[platform]
        known = self.known_buttons(card)
        if not views.needs_keeping(known, pages):
            return pages(known)[0]
        async with self.db.write() as db:
            space = await people.find_space(db, platform, space_remote)
            return await self.fit(db, space, card) if space else pages(known)[0]

    async def fit(self, db: AsyncConnection, space: people.Space, card: Card) -> Card:
        """As `fit_card`, inside a writing transaction."""
        pages = self.pages[space.platform]
        return await views.fit(db, self.ids, space.community_id, self.known_buttons(card), pages, self.wall.now())

    def known_buttons(self, card: Card) -> Card:
        """The card without buttons whose command is not registered."""
        blocks: list[cards.Block] = []
        for block in card.blocks:
            if isinstance(block, Controls):
                known = tuple(c for c in block.controls if isinstance(c, LinkButton) or self._known(c))
                if known:
                    blocks.append(Controls(known))
            else:
                blocks.append(block)
        return dataclasses.replace(card, blocks=tuple(blocks))

    def _known(self, control: Button | Select) -> bool:
        return control.command in self.commands or control.command in _OF_THE_HOUSE

    async def _fit_form(self, caller: Caller, form: forms.Form) -> forms.Form:
        """The form as a platform can show it: page by page where one page is all it shows."""
        if caller.platform not in views.PAGED_PLATFORMS or form.submit == "form page":
            return form
        space = await self._space(caller)
        async with self.db.write() as db:
            token = await views.keep_form(db, self.ids, space.community_id, form, {}, self.wall.now())
        return views.one_page(form, token, 0, {})


def _our_mistake(code: str, *, done: bool) -> Problem:
    """The answer to a bug: before the command was done all of it was undone, afterwards only its answer is missing."""
    happened = (
        say("That was done, but I can't show you the answer.")
        if done
        else say("That failed on my side. Nothing was changed, so you can try it again.")
    )
    noted = say("I've written it down as {code}; if it goes on, tell a moderator the code.", code=code)
    return Problem(sentence(f"{happened} {noted}").with_blocks(Note(("E-UNKNOWN",))), "E-UNKNOWN")


def _authorise(command: Command, role: Role) -> None:
    if role < command.role:
        who = say("moderators") if command.role is Role.MODERATOR else say("organisers")
        raise UserError(
            "E-NOPERM",
            say("Only {who} can use /{command} here.", who=who, command=command.name),
            advice=say("Ask one of them, or see what you can do with /hub."),
            buttons=(Button(say("What can I do?"), "hub"),),
        )


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form that somebody filled in."""
    return {name: value for name, value in values.items() if value.strip()}


async def _read_options(call: Call, ask: Read) -> dict[str, Any]:
    """The values of a call's options; in a form, each wrong one is said beside its field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    cause: UserError | None = None
    for option in call.command.options:
        given = call.given.get(option.name)
        if given is None or given == "":
            if option.required:
                wrong[option.name] = say("Please fill in “{option}”.", option=option.name)
            values[option.name] = option.default
            continue
        try:
            values[option.name] = await read_value(option, given, ask)
        except UserError as error:
            wrong[option.name], cause = error.sentence, error
    if wrong:
        raise FieldErrors(wrong, cause if len(wrong) == 1 else None)
    return values


def _edit_again(form: forms.Form, token: str, errors: FieldErrors) -> Card:
    labels = {field.name: field.label for field in form.fields}
    lines = tuple(Paragraph((f"{labels.get(name, name)}: {text}",)) for name, text in errors.messages.items())
    wrong = next((n for n, page in enumerate(form.pages) for f in page.fields if f.name in errors.messages), 0)
    button = Button(say("Edit again"), "form open", (token, str(wrong)), "primary")
    return Card(say("Something in the form needs another look."), (*lines, Controls((button,))))


def error_card(error: UserError) -> Card:
    """An error as a card: what happened, why, what to do, what can be pressed, and its code."""
    paragraphs = tuple(Paragraph((part,)) for part in (error.happened, error.why, error.advice) if part)
    controls = (Controls(error.buttons),) if error.buttons else ()
    return Card(error.sentence, (*paragraphs, *controls, Note((error.code,))))


def submission_id(form: forms.Form) -> str:
    """The id under which a platform sends a form in."""
    return press_id(form.submit, form.arguments)
