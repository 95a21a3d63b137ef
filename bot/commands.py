"""The registry of commands and the handler contract.

A command is a typed async function:

    @commands.command("feeds list")
    async def list_feeds(ask: Read, show: Literal["all", "failing"] = "all") -> Reply:
        \"\"\"Show this community's feeds and how they are.\"\"\"

- Its first parameter says whether it reads (`Read`) or writes (`Write`); it runs in one short transaction of that kind.
  `Outside` is for the few that run where no community is yet.
- Its other parameters are its options; their annotations say the kind (`bot/options.py`), a string in `Annotated` is
  the option's help, a default makes it optional. Its docstring is its help.
- Its return type is its first answer: `Reply` (private), `PublicReply`, `OpenForm` or `Update` (of the card whose
  button was pressed). Only a form can never be late, so only a form is never deferred.
- Look, then do: what needs the network, a worker or a file is a second function given as `look=`. It runs before,
  without a transaction; what it returns is the handler's parameter `found`.
- A command with `typed=False` can only be reached by buttons, selects and forms.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from bot.cards import Button, Card
from bot.cards import Option as Choice
from bot.errors import UserError
from bot.forms import FIELDS_A_PAGE, ChannelField, ChoiceField, Field, Form, Page, PickField, TextField, TimeField
from bot.guide import command_card, help_card, overview_card, usable
from bot.options import OF_SEVERAL_WORDS, Kind, Option, read_option
from bot.people import Caller, Community, Role, Space
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from random import Random

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature
    from bot.forgotten import Journal
    from bot.ports import Fetcher, Ids, PlatformName, Workers
    from bot.settings import Settings
    from bot.standing import Standing

# --- what a handler is given -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, where and when."""

    caller: Caller
    community: Community
    space: Space
    member_id: int
    name: str
    zone: str  # where the member is now: on a journey, at home, else the community's
    zone_known: bool  # whether it is the member's own
    standing: Standing  # what moderators let the member do
    now: datetime  # wall clock, UTC
    machine_now: datetime  # machine clock, UTC: for one-time codes
    settings: Settings
    features: tuple[Feature, ...]
    journal: Journal  # of those who were forgotten
    away: Mapping[PlatformName, datetime]  # the platforms that cannot be reached, since when (wall clock)

    @property
    def role(self) -> Role:
        """What the platform says they may do, at this moment."""
        return self.caller.role


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Asked):
    """A handler's context inside one reading transaction."""

    db: AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Read):
    """A handler's context inside one writing transaction, committed when the handler returns."""

    ids: Ids
    random: Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A handler's context where no community is yet, inside one writing transaction: there is nobody but a caller."""

    db: AsyncConnection
    ids: Ids
    settings: Settings
    caller: Caller
    now: datetime  # wall clock, UTC
    machine_now: datetime  # machine clock, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Asked):
    """The context of a look: the outside, and the database for one short read at a time."""

    fetcher: Fetcher
    workers: Workers
    read: Callable[[], AbstractAsyncContextManager[AsyncConnection]]


# --- first answers ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """A card that only the person who asked sees."""

    card: Card


@dataclass(frozen=True, slots=True)
class PublicReply(Reply):
    """A card that everybody in the channel sees."""


@dataclass(frozen=True, slots=True)
class Problem(Reply):
    """A private card that says what went wrong; `code` is the error's. Handlers raise `UserError` instead."""

    code: str


@dataclass(frozen=True, slots=True)
class Update:
    """A card in place of the one whose button was pressed (a private reply where there was none)."""

    card: Card


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form to fill in."""

    form: Form


@dataclass(frozen=True, slots=True)
class Invalid:
    """What is wrong with a form that was sent, for platforms that can say it beside each field."""

    messages: Mapping[str, str]


Answer = Reply | Update | OpenForm | Invalid

# --- a command -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A command as its function defines it."""

    name: str  # "noun verb" or "noun"
    run: Callable[..., Awaitable[Answer]]
    help: str
    options: tuple[Option, ...]
    writes: bool
    outside: bool  # it runs only in a space that belongs to no community yet
    answer: type
    role: Role
    typed: bool
    look: Callable[..., Awaitable[Any]] | None
    example: str
    while_suspended: bool  # also for those whom moderators have paused or banned

    @property
    def noun(self) -> str:
        """The first word."""
        return self.name.partition(" ")[0]

    @property
    def may_be_late(self) -> bool:
        """Whether its first answer may be deferred."""
        return self.answer is not OpenForm

    def usage(self) -> str:
        """The command as one would type it, with its options in brackets where they may be left out."""
        words = [f"{o.name}" if o.required else f"[{o.name}]" for o in self.options]
        return " ".join((f"/{self.name}", *words))


class Commands:
    """The commands of one feature, or (joined) of all."""

    def __init__(self, *parts: Commands) -> None:
        self._by_name: dict[str, Command] = {}
        for part in parts:
            for command in part:
                self._add(command)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._by_name.values())

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Command:
        return self._by_name[name]

    def _add(self, command: Command) -> None:
        if command.name in self._by_name:
            raise ValueError(f"two commands are called {command.name!r}")
        self._by_name[command.name] = command

    def command(
        self,
        name: str,
        *,
        role: Role = Role.MEMBER,
        typed: bool = True,
        look: Callable[..., Awaitable[Any]] | None = None,
        example: str = "",
        while_suspended: bool = False,
    ) -> Callable[[Callable[..., Awaitable[Answer]]], Callable[..., Awaitable[Answer]]]:
        """Register the decorated function as the command `name`."""

        def register(function: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
            self._add(
                _read_signature(
                    function,
                    name,
                    role=role,
                    typed=typed,
                    look=look,
                    example=example,
                    while_suspended=while_suspended,
                )
            )
            return function

        return register

    def pointed(self) -> list[Command]:
        """The commands that can be pointed at a message: each has a place in a message's menu, named by its help."""
        return [c for c in self if any(option.kind is Kind.MESSAGE for option in c.options)]

    def of_role(self, role: Role) -> list[Command]:
        """The typed commands that somebody with `role` may use, by name."""
        return usable(self, role)


def _read_signature(
    function: Callable[..., Awaitable[Answer]],
    name: str,
    *,
    role: Role,
    typed: bool,
    look: Callable[..., Awaitable[Any]] | None,
    example: str,
    while_suspended: bool,
) -> Command:
    hints = get_type_hints(function, include_extras=True)
    first, *rest = inspect.signature(function).parameters.values()
    context, answer = hints[first.name], hints.get("return")
    if context not in (Read, Write, Outside):
        raise TypeError(f"{name}: the first parameter is annotated {context!r}, not Read, Write or Outside")
    if answer == OpenForm | Reply:  # a form where there is something to fill in; prepared for like any form
        answer = OpenForm
    if answer not in (Reply, PublicReply, Update, OpenForm):
        raise TypeError(f"{name}: returns {answer!r}, not one of Reply, PublicReply, Update, OpenForm")
    if ("found" in hints) != (look is not None):
        raise TypeError(f"{name}: `look=` and the parameter `found` come together")
    if not (function.__doc__ or "").strip():
        raise TypeError(f"{name}: has no docstring, which would be its help")
    read = (read_option(p.name, hints[p.name], p.default) for p in rest if p.name != "found")
    options = tuple(dataclasses.replace(option, everyone=role is Role.MODERATOR) for option in read)
    if context is Outside and (look or any(option.kind is not Kind.TEXT for option in options)):
        raise TypeError(f"{name}: outside a community there is no look, and every option is text")
    return Command(
        name=name,
        run=function,
        help=inspect.cleandoc(function.__doc__ or "").partition("\n")[0],
        options=options,
        writes=context is Write,
        outside=context is Outside,
        answer=answer,
        role=role,
        typed=typed,
        look=look,
        example=example,
        while_suspended=while_suspended,
    )


# --- typed lines -----------------------------------------------------------------------------------------------------

_OPTION = re.compile(r"[A-Za-z][a-z_]+:[\w.+-]+")  # what looks like an option: no 18:00, no address, no markup
_WORD = re.compile(r"""(?P<name>(?:\w+[:=])?)(?:["“”](?P<quoted>[^"“”]*)["“”](?=\s|$)|(?P<bare>\S+))""")


@dataclass(frozen=True, slots=True)
class Call:
    """A command and the words it was given for its options."""

    command: Command
    given: Mapping[str, Any]

    @property
    def missing(self) -> tuple[Option, ...]:
        """The options it needs and was not given."""
        return tuple(o for o in self.command.options if o.required and not self.given.get(o.name))


def read_line(commands: Commands, line: str, role: Role) -> Call | Card:
    """The call that a typed line means, or the card that answers it: help, a noun's menu.

    Options are given in order or as `name:value`; the last text, or a last option that is a name, takes the rest of the
    line. Raises `UserError` (E-UNKNOWNCOMMAND) with "did you mean" for a command that does not exist.
    """
    words = line.strip().removeprefix("/").split()
    if not words or words[0] in ("help", "?"):
        return overview_card(commands.of_role(role))
    name, rest = _command_name(commands, words)
    if name is None:
        noun = [c for c in commands.of_role(role) if c.noun == words[0].lower()]
        if noun and (len(words) == 1 or words[1] in ("help", "?")):
            return help_card(noun, role)
        raise _unknown(commands, words, role)
    if rest in (["help"], ["?"]) and " " in name:  # `/hub help` is `/hub` with a word
        return command_card(commands[name])
    return Call(commands[name], _read_words(commands[name], _after(line, len(words) - len(rest))))


def _command_name(commands: Commands, words: list[str]) -> tuple[str | None, list[str]]:
    for size in (2, 1):
        name = " ".join(words[:size]).lower()
        if len(words) >= size and name in commands and commands[name].typed:
            return name, words[size:]
    return None, words


def _after(line: str, count: int) -> str:
    return re.sub(rf"^\s*/?(?:\S+\s*){{{count}}}", "", line)


def _unknown(commands: Commands, words: list[str], role: Role) -> UserError:
    names = {c.name: c for c in commands.of_role(role)}
    near = difflib.get_close_matches(" ".join(words[:2]).lower(), names, n=1, cutoff=0.5)
    typed = "/" + " ".join(words[:2])
    if not near:
        return UserError(
            "E-UNKNOWNCOMMAND",
            say("There is no command {typed}.", typed=typed[:60]),
            advice=say("Type /hub help to see what there is."),
            buttons=(Button(say("Show commands"), "hub", ("help",)),),
        )
    found = names[near[0]]
    ready = not any(option.required for option in found.options)
    return UserError(
        "E-UNKNOWNCOMMAND",
        say("There is no command {typed}.", typed=typed[:60]),
        advice=say("Did you mean /{near}?", near=found.name),
        buttons=(Button(f"/{found.name}", found.name),) if ready and found.answer is not Update else (),
    )


def _read_words(command: Command, rest: str) -> dict[str, str]:
    """Share the rest of a line out over the options."""
    named = {option.name: option for option in command.options}
    given: dict[str, str] = {}
    loose: list[str] = []
    for word, quoted in _split(rest):
        key, mark, value = word.partition(":") if re.match(r"\w+:(?!//)", word) else word.partition("=")
        if mark and key.lower() in named and value:
            given[key.lower()] = value
        elif not quoted and _OPTION.fullmatch(word):
            raise _no_option(command, key.lower(), word)
        else:
            loose.append(word)
    open_options = [option for option in command.options if option.name not in given]
    for position, option in enumerate(open_options):
        if not loose:
            break
        later = open_options[position + 1 :]
        last_text = option.kind is Kind.TEXT and all(o.kind is not Kind.TEXT for o in later)
        takes_rest = last_text or (option.kind in OF_SEVERAL_WORDS and not later)
        given[option.name] = " ".join(loose) if takes_rest else loose.pop(0)
        if takes_rest:
            loose = []
    if loose:
        raise UserError(
            "E-OPTION",
            say("I don't know what to do with “{words}”.", words=" ".join(loose)[:80]),
            advice=say("The command is {usage}.", usage=command.usage()),
        )
    return given


def _no_option(command: Command, key: str, word: str) -> UserError:
    """What is wrong with a word that looks like an option which the command does not have."""
    names = [option.name for option in command.options]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    there_is = say("Did you mean {name}?", name=near[0]) if near else ""
    if not near and names:
        there_is = say("There is: {names}.", names=", ".join(names))
    return UserError(
        "E-OPTION",
        say("There is no option “{name}” in /{command}.", command=command.name, name=key[:40]),
        why=there_is,
        advice=say('If it is meant as words, put it in quotation marks: "{word}".', word=word[:60]),
    )


def _split(rest: str) -> Iterator[tuple[str, bool]]:
    """The words of a line, and whether each is quoted as a whole.

    What stands in double quotation marks, straight or curly, is one; apostrophes are text.
    """
    for found in _WORD.finditer(rest):
        yield found["name"] + (found["quoted"] or found["bare"] or ""), not found["name"] and not found["bare"]


# --- a form for what is missing --------------------------------------------------------------------------------------


def form_for(call: Call) -> Form:
    """A form made from a command's signature, for platforms where it was typed without all it needs."""
    fields = tuple(_field(option, str(call.given.get(option.name, ""))) for option in call.command.options)
    pages = tuple(
        Page(f"/{call.command.name}", fields[start : start + FIELDS_A_PAGE])
        for start in range(0, len(fields), FIELDS_A_PAGE)
    )
    return Form(f"/{call.command.name}"[:24], call.command.name, pages, submit_label=say("Go"), intro=call.command.help)


def _field(option: Option, value: str) -> Field:
    label = option.name.replace("_", " ").capitalize()
    if option.kind is Kind.CHOICE and len(option.choices) > 1:
        choices = tuple(Choice(choice, choice) for choice in option.choices)
        return ChoiceField(option.name, label, choices, option.help, value or option.default or "", option.required)
    if option.kind is Kind.YES_NO:
        choices = (Choice(say("Yes"), "yes"), Choice(say("No"), "no"))
        return ChoiceField(option.name, label, choices, option.help, value, option.required)
    if option.kind is Kind.WHEN and not value:  # no picker can hold words
        return TimeField(option.name, label, option.help, required=option.required)
    if option.kind is Kind.CHANNEL:
        return ChannelField(option.name, label, option.help, value, option.required)
    if option.kind in (Kind.SKILL, Kind.MEMBER, Kind.NOUN):
        return PickField(option.name, label, option.help, value, value, option.required)
    return TextField(option.name, label, option.help, value, option.required)
