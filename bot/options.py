"""What a command can be given: the kinds of option, and how typed words become their values.

A handler says the kind by its parameter's annotation: `str`, `float`, `int`, `bool`, a `Literal` of choices, or one
of the aliases below. A feature's own things (a feed, a lead) are a `Noun` with a look-up.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args, get_origin

from bot import people, typed, vocabulary, when
from bot.cards import Button
from bot.cards import Option as Choice
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import RowMapping

    from bot.commands import Read


class Kind(StrEnum):
    """The kinds of option. Each platform has its own native way to ask for one."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    CHOICE = "choice"
    MEMBER = "member"
    CHANNEL = "channel"
    SKILL = "skill"
    WHEN = "when"
    FILE = "file"
    MESSAGE = "message"
    NOUN = "noun"


OF_SEVERAL_WORDS = frozenset({Kind.TEXT, Kind.MEMBER, Kind.SKILL, Kind.WHEN, Kind.MESSAGE, Kind.NOUN})


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing of a feature that is picked by typing a part of its name.

    `find` returns the choices for what was typed so far (value = row id), at most 25, best first.
    """

    name: str
    find: Callable[[Read, str], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that somebody gave to a command."""

    name: str
    content: bytes


Member: TypeAlias = Annotated[int, Kind.MEMBER]  # a member's id
Channel: TypeAlias = Annotated[str, Kind.CHANNEL]  # the platform's channel id
Skill: TypeAlias = Annotated[str, Kind.SKILL]  # a taxonomy id
When: TypeAlias = Annotated[datetime, Kind.WHEN]  # an instant, UTC
File: TypeAlias = Annotated[Attachment, Kind.FILE]
Message: TypeAlias = Annotated[str, Kind.MESSAGE]  # the text of a message that somebody pointed at

_BY_TYPE = {str: Kind.TEXT, int: Kind.NUMBER, float: Kind.NUMBER, bool: Kind.YES_NO, datetime: Kind.WHEN}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command, as its signature says it."""

    name: str
    kind: Kind
    help: str
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    noun: Noun | None = None
    whole: bool = False  # a number without a fraction: a row's id has up to 19 digits, which no float holds
    everyone: bool = False  # a member whom the asker may not find is found, too: moderators look after all

    @property
    def called(self) -> str:
        """Its name as people say it."""
        return self.name.replace("_", " ")


def read_option(name: str, annotation: Any, default: Any) -> Option:
    """The option that a parameter means. Raises TypeError for an annotation that is none."""
    required = default is inspect.Parameter.empty
    default = None if required else default
    kind, noun, text = None, None, ""
    annotation, *marks = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    for mark in marks:
        if isinstance(mark, Kind):
            kind = mark
        elif isinstance(mark, Noun):
            kind, noun = Kind.NOUN, mark
        elif isinstance(mark, str):
            text = mark
    bare = [part for part in get_args(annotation) if part is not type(None)]
    if get_origin(annotation) is Literal:
        return Option(name, Kind.CHOICE, text, required, default, choices=tuple(map(str, bare)))
    if type(None) in get_args(annotation):
        if len(bare) != 1 or required:
            raise TypeError(f"option {name!r}: write `X | None = None` for an option that may be left out")
        inner = read_option(name, Annotated[(bare[0], *marks)] if marks else bare[0], default)
        return dataclasses.replace(inner, help=inner.help or text, required=False, default=default)
    kind = kind or _BY_TYPE.get(annotation)
    if kind is None:
        raise TypeError(f"option {name!r}: {annotation!r} is not a kind of option")
    return Option(name, kind, text, required, default, noun=noun, whole=annotation is int and kind is Kind.NUMBER)


# --- from words to values --------------------------------------------------------------------------------------------

_LARGEST_WHOLE = 2**63 - 1  # what a database's column takes
_WHOLE = re.compile(r"[>=]*\s*(\d{1,19})")
_AMOUNT = re.compile(r"[>=$€£ ]*(\d{1,3}(?:,\d{3})+|\d{1,12}(?:[.,]\d{1,4})?)(k?)\s*(?:/\s*h(?:our)?)?", re.IGNORECASE)
_YES = {"yes", "y", "true", "on", "1"}
_NO = {"no", "n", "false", "off", "0"}


async def read_value(option: Option, given: Any, ask: Read) -> Any:
    """The value that `given` words mean for `option`. Raises `UserError` (E-OPTION) that says what would do."""
    if not isinstance(given, str):
        return given  # the platform gave a value of the right kind: a file
    words = given.strip()
    return await _READERS[option.kind](option, words, ask)


def nobody(words: str, option: str = "member") -> UserError:
    """That nobody here goes by these words: also said of whoever the asker may not find."""
    happened = say("I can't read {words} as “{option}”.", words=f"“{words[:80]}”", option=option)
    return UserError("E-OPTION", happened, advice=say("Nobody here goes by that name."))


def _wrong(option: Option, words: str, advice: str) -> UserError:
    happened = say("I can't read {words} as “{option}”.", words=f"“{words[:80]}”", option=option.called)
    return UserError("E-OPTION", happened, advice=advice)


async def _text(option: Option, words: str, ask: Read) -> str:  # noqa: ARG001
    return words


async def _number(option: Option, words: str, ask: Read) -> float:  # noqa: ARG001
    if words.startswith("-"):
        raise _wrong(option, words, say("Write a number that is not below 0, such as 5."))
    if option.whole:
        whole = _WHOLE.fullmatch(words)
        if not whole or int(whole[1]) > _LARGEST_WHOLE:
            raise _wrong(option, words, say("Write a whole number, such as 5."))
        return int(whole[1])
    amount = _AMOUNT.fullmatch(words)
    if not amount:
        raise _wrong(option, words, say("Write a number, such as 80."))
    thousands = re.fullmatch(r"\d{1,3}(?:,\d{3})+", amount[1])
    return float(amount[1].replace(",", "" if thousands else ".")) * (1000 if amount[2] else 1)


async def _yes_no(option: Option, words: str, ask: Read) -> bool:  # noqa: ARG001
    if words.lower() in _YES | _NO:
        return words.lower() in _YES
    raise _wrong(option, words, say("Write yes or no."))


async def _choice(option: Option, words: str, ask: Read) -> str:  # noqa: ARG001
    for choice in option.choices:
        if choice.lower() == words.lower():
            return choice
    raise _wrong(option, words, say("Choose one of: {choices}.", choices=", ".join(option.choices)))


async def _member(option: Option, words: str, ask: Read) -> int:
    account = re.fullmatch(r"<@!?([\w-]+)(?:\|[^>]*)?>", words)
    if account:
        caller = people.Caller(ask.caller.platform, ask.caller.space, account[1], "")
        row = await people.find_member(ask.db, ask.community.id, caller)
        if row and row["id"] not in await _hidden(option, ask):
            return int(row["id"])
        raise _wrong(option, words, say("They haven't used Guildhall here yet."))
    row_id = int(words) if words.isdecimal() else 0
    if 0 < row_id <= _LARGEST_WHOLE and await people.member_name(ask.db, ask.community.id, row_id):
        return row_id
    found = await _members_named(option, words.removeprefix("@"), ask, limit=6)
    exact = [row for row in found if row["name"].lower() == words.removeprefix("@").lower()] or found
    if len(exact) == 1:
        return int(exact[0]["id"])
    if not found:
        raise nobody(words, option.name)
    raise _wrong(option, words, say("Which one: {names}?", names=", ".join(row["name"] for row in found)))


async def _members_named(option: Option, words: str, ask: Read, limit: int = 25) -> Sequence[RowMapping]:
    hidden = await _hidden(option, ask)
    return await people.members_named(ask.db, ask.community.id, words, limit=limit, without=hidden)


async def _hidden(option: Option, ask: Read) -> frozenset[int]:
    """The members whom the one who asks must not find by name."""
    if option.everyone:
        return frozenset()
    return frozenset[int]().union(*[await feature.hidden(ask) for feature in ask.features if feature.hidden])


async def _channel(option: Option, words: str, ask: Read) -> str:  # noqa: ARG001
    mention = re.fullmatch(r"<#(\w+)(?:\|[^>]*)?>", words)
    if mention:
        return mention[1]
    if re.fullmatch(r"[\w-]{1,80}", words.removeprefix("#")):
        return words.removeprefix("#")
    raise _wrong(option, words, say("Write a channel, such as #gigs."))


async def _skill(option: Option, words: str, ask: Read) -> str:  # noqa: ARG001
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    skill = taxonomy.match(words)
    if skill:
        return skill.id
    near = ", ".join(found.name for found in taxonomy.suggest(words))
    advice = (
        say("Did you mean: {near}?", near=near)
        if near
        else say("Try another word for it, or a part of its name, such as vector.")
    )
    raise UserError("E-OPTION", say("I know no skill {words}.", words=f"“{words[:80]}”"), advice=advice)


_FAR_AWAY = (timezone(timedelta(hours=-12)), timezone(timedelta(hours=14)))  # the first and the last on earth


async def _when(option: Option, words: str, ask: Read) -> datetime:  # noqa: ARG001
    """The instant of a typed time, in the asker's zone unless it names another; never a guess (`bot/typed.py`)."""
    zone = when.zone(ask.zone)
    found = typed.read(words, zone, ask.now)
    if found.state is typed.State.OK and found.moment:
        if not ask.zone_known and _depends_on_zone(words, found.moment, ask):
            happened = say("Is {time} your time? I don't know your time zone yet.", time=f"{found.moment.wall:%H:%M}")
            advice = say("Say where you are, or name a place with the time, such as 18:00 Berlin.")
            raise UserError("E-ZONE", happened, advice=advice, buttons=(Button(say("Set it"), "profile zone"),))
        return found.moment.utc
    if found.state is typed.State.REFUSED:
        raise UserError(found.code, say("{words} is no time I can take.", words=f"“{words[:80]}”"), why=found.reason)
    raise UserError("E-TIME", say("I want to be sure of {words}.", words=f"“{words[:80]}”"), why=_asked(found))


def _depends_on_zone(words: str, here: when.Moment, ask: Read) -> bool:
    """Whether words would mean another instant to somebody elsewhere."""
    elsewhere = (typed.read(words, zone, ask.now).moment for zone in _FAR_AWAY)
    return any(there is None or there.utc != here.utc for there in elsewhere)


def _asked(found: typed.Typed) -> str:
    if found.moment is None:
        return found.reason
    offset = f"{found.moment.utc.astimezone(found.moment.zone):%z}"
    exact = f"{found.moment.wall:%Y-%m-%dT%H:%M}{offset[:3]}:{offset[3:]}"
    return say("{reason} Write {exact} if that is right.", reason=found.reason, exact=exact)


async def _file(option: Option, words: str, ask: Read) -> Attachment:  # noqa: ARG001
    raise _wrong(option, words, say("Attach a file instead of typing its name."))


async def _noun(option: Option, words: str, ask: Read) -> int:
    assert option.noun is not None  # noqa: S101  (a noun always brings its look-up: `read_option`)
    found = await option.noun.find(ask, words)
    exact = [choice for choice in found if words in (choice.value, choice.label)] or found
    if len(exact) == 1:
        return int(exact[0].value)
    if not found:
        there = ", ".join(choice.label for choice in (await option.noun.find(ask, ""))[:6])
        none = say("There is no such {noun} here.", noun=option.noun.name)
        raise _wrong(option, words, " ".join((none, say("There is: {names}.", names=there))) if there else none)
    raise _wrong(option, words, say("Which one: {names}?", names=", ".join(c.label for c in found[:6])))


_READERS: dict[Kind, Callable[[Option, str, Read], Awaitable[Any]]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.MEMBER: _member,
    Kind.CHANNEL: _channel,
    Kind.SKILL: _skill,
    Kind.WHEN: _when,
    Kind.FILE: _file,
    Kind.MESSAGE: _text,
    Kind.NOUN: _noun,
}


async def complete(option: Option, words: str, ask: Read) -> Sequence[Choice]:
    """Up to 25 choices for what was typed so far, for a platform's autocompletion."""
    words = words.strip()
    if option.noun:
        return (await option.noun.find(ask, words))[:25]
    if option.kind is Kind.CHOICE:
        return [Choice(c, c) for c in option.choices if c.lower().startswith(words.lower())][:25]
    if option.kind is Kind.SKILL:
        taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
        return [Choice(skill.name, skill.id) for skill in taxonomy.suggest(words)][:25]
    if option.kind is Kind.MEMBER:
        found = await _members_named(option, words, ask)
        return [Choice(row["name"], str(row["id"])) for row in found]
    return []
