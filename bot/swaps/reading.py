"""Reading a community from JSON, as `try swaps` takes it.

    {members: [{id, offers: [[skill, level 1-5]], wants: [[skill, priority 1-3]], tz_offset, langs, rounds_waiting}],
     blocked: [[id, id]], history: [[id, id, round]]}

Of a member only the id must be there. Whatever cannot be meant is refused with the place where it stands.
"""

from __future__ import annotations

import json
import math
from typing import Any

from bot.errors import UserError
from bot.swaps.community import LEVELS, PRIORITIES, Community, Member, MemberId, pairs
from bot.words import say


def read_community(content: bytes, name: str) -> Community:
    """Read a community from the bytes of a file called `name`. Raises `UserError` E-FORMAT."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError("E-FORMAT", say("{name} is not JSON: {why}.", name=name, why=error), advice="") from None
    if not isinstance(data, dict):
        raise _wrong(name, say("an object with members, blocked and history"))
    rows = _list(data.get("members"), "members")
    if not rows:
        raise _error(say("{name} has no members.", name=name))
    members = tuple(_member(row, f"members[{at}]") for at, row in enumerate(rows))
    known: set[MemberId] = set()
    for at, member in enumerate(members):
        if member.id in known:
            raise _error(say("members[{at}]: there is another member {id!r}.", at=at, id=member.id))
        known.add(member.id)
    return Community(
        members,
        pairs(
            _pair(row, f"blocked[{at}]", 2, known) for at, row in enumerate(_list(data.get("blocked", []), "blocked"))
        ),
        pairs(
            _pair(row, f"history[{at}]", 3, known) for at, row in enumerate(_list(data.get("history", []), "history"))
        ),
    )


def _member(row: Any, where: str) -> Member:
    if not isinstance(row, dict):
        raise _wrong(where, say("an object with an id"))
    langs = _list(row.get("langs", []), f"{where}.langs")
    if not all(isinstance(lang, str) for lang in langs):
        raise _wrong(f"{where}.langs", say("a list of language codes"))
    waiting = row.get("rounds_waiting", 0)
    if not _is_whole(waiting) or not 0 <= waiting <= 10_000:
        raise _wrong(f"{where}.rounds_waiting", say("a whole number from 0 to 10,000"))
    return Member(
        _id(row.get("id"), f"{where}.id"),
        _skills(row.get("offers", []), f"{where}.offers", say("level"), LEVELS),
        _skills(row.get("wants", []), f"{where}.wants", say("priority"), PRIORITIES),
        _offset(row.get("tz_offset", 0), f"{where}.tz_offset"),
        frozenset(langs),
        waiting,
    )


def _skills(value: Any, where: str, weight: str, allowed: range) -> dict[str, int]:
    """The skills of one side with their `weight`, as people call it: a level or a priority."""
    found: dict[str, int] = {}
    for at, row in enumerate(_list(value, where)):
        if not (isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and _is_whole(row[1])):
            raise _wrong(f"{where}[{at}]", say("[skill, {weight}]", weight=weight))
        if row[1] not in allowed:
            wanted = say("a {weight} from {first} to {last}", weight=weight, first=allowed[0], last=allowed[-1])
            raise _wrong(f"{where}[{at}][1]", wanted)
        found[row[0]] = max(row[1], found.get(row[0], 0))
    return found


def _offset(value: Any, where: str) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not known or not -24 <= value <= 24:
        raise _wrong(where, say("hours from -24 to 24"))
    return float(value)


def _pair(row: Any, where: str, length: int, known: set[MemberId]) -> tuple[MemberId, MemberId]:
    if not isinstance(row, list) or not 2 <= len(row) <= length:
        raise _wrong(where, say("[id, id]") if length == 2 else say("[id, id, round]"))
    one, other = (_id(value, where) for value in row[:2])
    for value in (one, other):
        if value not in known:
            raise _error(say("{where}: there is no member {id!r}.", where=where, id=value))
    return one, other


def _id(value: Any, where: str) -> MemberId:
    if _is_whole(value) or (isinstance(value, str) and value):
        known: MemberId = value
        return known
    raise _wrong(where, say("a text or a whole number"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(where, say("a list"))
    return value


def _wrong(where: str, wanted: str) -> UserError:
    return _error(say("{where} is not {wanted}.", where=where, wanted=wanted))


def _error(happened: str) -> UserError:
    return UserError(
        "E-FORMAT",
        happened,
        advice=say(
            'Write it like {"members": [{"id": 1, "offers": [["python", 4]], "wants": [["rag", 2]]}],'
            ' "blocked": [], "history": []}.'
        ),
    )
