"""The application: what everything is wired to, and how a command runs.

`App.run`: who is it, may they, look (no transaction), do (one transaction), answer. Adapters bring typed lines,
presses and forms, and take back an answer that their platform can show as it stands.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import cards, forms, outbox, people, standing, views, whereabouts
from bot.cards import Button, Card, Controls, LinkButton, Select
from bot.commands import (
    Answer,
    Call,
    Command,
    Commands,
    Invalid,
    Look,
    OpenForm,
    Outside,
    Read,
    Reply,
    Update,
    Write,
    form_for,
    read_line,
)
from bot.errors import FieldErrors, UserError
from bot.feature import Whose
from bot.forgotten import Journal
from bot.joining import not_set_up, set_up_already
from bot.options import complete, read_value
from bot.outbox import Address
from bot.people import Caller, Role
from bot.presses import press_id, read_press
from bot.problems import edit_again, our_mistake, problem
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from random import Random

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.db import Database
    from bot.feature import Feature
    from bot.ports import Fetcher, Ids, MachineClock, Platform, PlatformName, WallClock, Workers
    from bot.settings import Settings
    from bot.standing import Standing

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
    journal: Journal = dataclasses.field(default_factory=Journal)  # of those who were forgotten
    commands: Commands = dataclasses.field(init=False)
    _keeping: dict[str, asyncio.Task[None]] = dataclasses.field(init=False, default_factory=dict)  # forms, by token

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
        wanted = next((known for known in self.commands[name].options if known.name == option), None)
        if wanted is None:
            return []
        try:
            async with self.db.read() as db:
                if asked := await self._arrive(db, caller):
                    _admit(self.commands[name], caller.role, asked["standing"])
                    return await complete(wanted, words, Read(db=db, **asked))
            await self._welcome(caller)
        except UserError:  # nothing is set up yet, or they are suspended
            return []
        return await self.complete(caller, name, option, words)

    async def settle(self) -> None:
        """Wait for what is still being written down beside the answers. Nothing is, once nobody asks any more."""
        if self._keeping:
            await asyncio.wait(self._keeping.values())

    # --- running -----------------------------------------------------------------------------------------------------

    async def _line(self, caller: Caller, line: str) -> Answer:
        call = read_line(self.commands, line, caller.role)
        if isinstance(call, Card):
            return Reply(call)
        if call.missing:
            await self._check(caller, call.command)
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
        await self._kept(token)
        async with self.db.read() as db:
            space = await self._space(db, caller)
            data = await views.find(db, space.community_id, token, self.wall.now())
        if name == "view page":
            pages = self.pages[caller.platform](cards.load(data["card"]))
            return Reply(views.page_with_more(pages, token, min(number, len(pages) - 1)))
        if name == "view press":
            given = tuple(data["arguments"])
            call = self._positional(data["command"], given if value is None else (*given, value))
            return await self._without_form(caller, call)
        form = forms.load(data["form"])
        await self._check(caller, self._command(form.submit))
        return OpenForm(views.one_page(form, token, number, data["values"]))

    async def _form(self, caller: Caller, identifier: str, values: Mapping[str, str]) -> Answer:
        name, arguments = read_press(identifier)
        if name != "form page":
            call = self._positional(name, arguments)
            return await self._call(caller, Call(call.command, {**call.given, **_filled(values)}))
        token, number = arguments[0], int(arguments[1])
        await self._kept(token)
        async with self.db.write() as db:
            space = await self._space(db, caller)
            form, merged = await views.add_values(db, space.community_id, token, values, self.wall.now())
        if number + 1 < len(form.pages):
            return Reply(views.continue_card(form, token, number + 1))
        call = self._positional(form.submit, form.arguments)
        try:
            answer = await self._call(caller, Call(call.command, {**call.given, **_filled(merged)}))
        except FieldErrors as errors:
            return Reply(edit_again(form, token, errors))
        async with self.db.write() as db:
            await views.clear_values(db, space.community_id, token)
        return answer

    async def _check(self, caller: Caller, command: Command) -> None:
        """Refuse to open a form for somebody who may not send it in."""
        _authorise(command, caller.role)
        async with self.db.read() as db:
            if asked := await self._arrive(db, caller):
                _admit(command, caller.role, asked["standing"])

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
                buttons=(Button(say("Show commands"), "hub", ("help",)),),
            )
        return self.commands[name]

    async def _call(self, caller: Caller, call: Call) -> Answer:
        """Who, may they, look, do. What only reads is one transaction from who to answer: a form has three seconds."""
        command = call.command
        _authorise(command, caller.role)
        if command.outside:
            return await self._call_outside(caller, call)
        async with self.db.read() as db:
            asked = await self._arrive(db, caller)
            if asked:
                _admit(command, caller.role, asked["standing"])
            options = await _read_options(call, Read(db=db, **asked)) if asked else {}
            if asked and not command.look and not command.writes:
                return await command.run(Read(db=db, **asked), **options)
        if not asked:
            await self._welcome(caller)
            return await self._call(caller, call)
        if command.look:
            look = Look(fetcher=self.fetcher, workers=self.workers, read=self.db.read, **asked)
            options["found"] = await command.look(look, **options)
        if command.writes:
            async with self.db.write() as db:
                return await command.run(Write(db=db, ids=self.ids, random=self.random, **asked), **options)
        async with self.db.read() as db:
            return await command.run(Read(db=db, **asked), **options)

    async def _call_outside(self, caller: Caller, call: Call) -> Answer:
        """Run a command of a space that belongs to no community yet; of two at once that found one, one does."""
        options = {o.name: str(call.given.get(o.name) or "").strip() for o in call.command.options}
        try:
            async with self.db.write() as db:
                if await people.find_space(db, caller.platform, caller.space):
                    raise set_up_already()
                now, machine_now = self.wall.now(), self.machine.now()
                do = Outside(
                    db=db, ids=self.ids, settings=self.settings, caller=caller, now=now, machine_now=machine_now
                )
                return await call.command.run(do, **options)
        except sa.exc.IntegrityError:
            raise set_up_already() from None

    # --- who and where -----------------------------------------------------------------------------------------------

    async def _space(self, db: AsyncConnection, caller: Caller) -> people.Space:
        space = await people.find_space(db, caller.platform, caller.space)
        if space is None:
            raise not_set_up(caller.role)
        return space

    async def _arrive(self, db: AsyncConnection, caller: Caller) -> dict[str, Any] | None:
        """The community, space and member behind a caller: the fields of a handler's context. None for a new account.

        Raises `UserError` (E-SETUP) in a space that belongs to no community.
        """
        space = await self._space(db, caller)
        community = await people.read_community(db, space.community_id)
        member = await people.find_member(db, community.id, caller)
        if member is None:
            return None
        now = self.wall.now()
        zone = await whereabouts.zone_at(db, community.id, member["id"], now)
        return {
            "caller": caller,
            "community": community,
            "space": space,
            "member_id": member["id"],
            "name": member["name"],
            "zone": zone or community.zone,
            "zone_known": zone is not None,
            "standing": standing.read(member, now),
            "now": now,
            "machine_now": self.machine.now(),
            "settings": self.settings,
            "features": self.features,
            "journal": self.journal,
            "away": {name: since for name, platform in self.platforms.items() if (since := platform.away_since)},
        }

    async def _welcome(self, caller: Caller) -> None:
        """Make a member of a new account; a second first press at the same moment finds the one that was made."""
        try:
            async with self.db.write() as db:
                space = await self._space(db, caller)
                if await people.find_member(db, space.community_id, caller) is None:
                    await self._take_in(db, space.community_id, caller)
        except sa.exc.IntegrityError:
            log.info("account %s of %s was welcomed twice at once", caller.user, caller.platform)

    async def _take_in(self, db: AsyncConnection, community_id: int, caller: Caller) -> None:
        """Make a member of an account, and let the features recognise one that was forgotten and has come back."""
        now = self.wall.now()
        member_id = await people.welcome_member(db, self.ids, community_id, caller, now)
        await standing.recall(db, community_id, member_id, caller.platform, caller.user)
        seal = self.journal.seal(community_id, caller.platform, caller.user)
        for feature in self.features:
            if feature.came:
                await feature.came(Whose(db, self.ids, community_id, member_id, now), seal)

    # --- answering ---------------------------------------------------------------------------------------------------

    async def _fence(self, caller: Caller, running: Awaitable[Answer]) -> Answer:
        """Turn what went wrong into an answer, and any answer into one that the platform can show."""
        done = False
        try:
            answer = await running
            done = True
            if isinstance(answer, Update) and caller.message and not caller.channel:
                await self._overtake(caller, answer.card)
            return await self._fit(caller, answer)
        except FieldErrors as errors:
            return Invalid(errors.messages)
        except UserError as error:
            answer = problem(error)
        except Exception:
            # A deliberate fence: what failed was rolled back, the person gets a code, the log gets the rest.
            code = self.ids.token()[:4].upper()
            log.exception("E-UNKNOWN %s: a command failed", code)
            answer = our_mistake(code, done=done)
        return await self._fit(caller, answer)

    async def _overtake(self, caller: Caller, card: Card) -> None:
        """Let an answer stand in place of a direct message: an edit that is still owed for it has older words.

        In a channel it may have newer ones, of somebody else.
        """
        async with self.db.read() as db:
            space = await self._space(db, caller)
            edited = await outbox.edited_soon(db, Address(space, caller.user, direct=True), caller.message)
        if edited:
            async with self.db.write() as db:
                await outbox.edit(db, self.ids, space.community_id, edited, card, self.wall.now())

    async def _fit(self, caller: Caller, answer: Answer) -> Answer:
        if isinstance(answer, OpenForm):
            return OpenForm(self._fit_form(caller, answer.form))
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

    def _fit_form(self, caller: Caller, form: forms.Form) -> forms.Form:
        """The form as a platform can show it: page by page where one page is all it shows.

        Such a form is kept for its next page and for "Edit again". That is a write, which may have to wait for
        others; the form must not, so it is shown at once and written down beside.
        """
        paged = caller.platform in views.PAGED_PLATFORMS and form.submit != "form page"
        if not paged or self._command(form.submit).outside:  # outside there is no community to keep it for
            return form
        token = self.ids.token()
        task = asyncio.create_task(self._keep_form(caller, form, token, self.wall.now()))
        self._keeping[token] = task
        task.add_done_callback(lambda _: self._keeping.pop(token))
        return views.one_page(form, token, 0, {})

    async def _keep_form(self, caller: Caller, form: forms.Form, token: str, now: datetime) -> None:
        try:
            async with self.db.write() as db:
                space = await self._space(db, caller)
                by = f"{caller.platform}:{caller.user}"
                await views.keep_form(db, space.community_id, token, form, now, by=by)
        except Exception:
            # A deliberate fence: who sends the form in is told that it is out of date.
            log.exception("a form was shown and could not be kept")

    async def _kept(self, token: str) -> None:
        """Wait until the form behind a token, if it is one that was just shown, is written down."""
        if token in self._keeping:
            await asyncio.wait({self._keeping[token]})


def _authorise(command: Command, role: Role) -> None:
    if role < command.role:
        who = say("moderators") if command.role is Role.MODERATOR else say("organisers")
        raise UserError(
            "E-NOPERM",
            say("Only {who} can use /{command} here.", who=who, command=command.name),
            advice=say("Ask one of them, or see what you can do with /hub."),
            buttons=(Button(say("What can I do?"), "hub", ("help",)),),
        )


def _admit(command: Command, role: Role, stands: Standing) -> None:
    """Refuse what somebody may not use whom moderators have paused or banned (E-PAUSED)."""
    if not stands and not command.while_suspended and role < Role.MODERATOR:
        raise standing.refusal(stands)


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
                wrong[option.name] = say("Please fill in “{option}”.", option=option.called)
            values[option.name] = option.default
            continue
        try:
            values[option.name] = await read_value(option, given, ask)
        except UserError as error:
            wrong[option.name], cause = error.sentence, error
    if wrong:
        raise FieldErrors(wrong, cause if len(wrong) == 1 else None)
    return values


def submission_id(form: forms.Form) -> str:
    """The id under which a platform sends a form in."""
    return press_id(form.submit, form.arguments)
