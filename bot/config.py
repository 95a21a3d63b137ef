"""Where settings come from: built-in default < config.toml < environment < command line. All mistakes are told at once.

A setting `[leads] approval` of the file is `GUILDHALL__LEADS__APPROVAL` in the environment, with lists, numbers and
true/false written as JSON. A `.env` beside the file is read like the environment, which wins. A secret, or the
database's address, may also stand in a file that `…_FILE` names; a secret in config.toml is refused.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

from bot.errors import UserError
from bot.settings import KEYS, SECRETS, Origin, Settings
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_core import ErrorDetails

CONFIG_FILE = Path("config.toml")
OTHER_NAMES = frozenset({"GUILDHALL_SHARED", "GUILDHALL_ALLOW_EPHEMERAL"})
"""Names in the environment that are not settings: where tests find shared data, and `run` without a mounted volume."""

FIELDS = {f"{section}.{key}": field for section, keys in KEYS.items() for key, field in keys.items()}
FROM_FILE = SECRETS | {"database.url"}
MASK = "********"


class ConfigErrors(UserError):
    """The configuration cannot be used. `problems` has one sentence for each mistake: where, what, and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        found = count(len(self.problems), say("mistake"), say("mistakes"))
        super().__init__(
            "E-CONFIG",
            say("I found {found} in the configuration.", found=found),
            why=" ".join(self.problems),
            advice=say("config.example.toml has every setting with a line of why."),
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """A value that somebody gave. `where` names the place for a sentence about it."""

    value: Any
    origin: Origin
    where: str


_Found = dict[str, _Given]


def load(
    path: Path | None = None, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> Settings:
    """Read all settings. `path` is config.toml if not given, which may be missing; `overrides` has "section.key" names.

    Raises `ConfigErrors`.
    """
    problems: list[str] = []
    beside = (path or CONFIG_FILE).parent / ".env"
    found: _Found = {
        **_from_toml(path, problems),
        **_from_environment(_read_dotenv(beside, problems), ".env", problems),
        **_from_environment(os.environ if environ is None else environ, "environment", problems),
        **_from_command_line(overrides or {}, problems),
    }
    settings = _validate(found, problems)
    if settings is None or problems:
        raise ConfigErrors(problems)
    return settings


def variable(key: str) -> str:
    """The name in the environment of a setting: `GUILDHALL__LEADS__APPROVAL` of "leads.approval"."""
    return "GUILDHALL__" + key.upper().replace(".", "__")


def suggest(name: str, known: Iterable[str]) -> str:
    """A question that names the known name most like `name`, or nothing."""
    known = sorted(known)
    last = name.rpartition(".")[2]
    near = get_close_matches(name, known, n=1) or [key for key in known if key.rpartition(".")[2] == last]
    return say(" Did you mean {name}?", name=near[0]) if near else ""


def dump(settings: Settings) -> list[tuple[str, str, Origin]]:
    """Every setting with its value as it would be written in config.toml, and its origin. Secrets are masked."""
    rows = []
    for key in FIELDS:
        section, _, name = key.partition(".")
        value = getattr(getattr(settings, section), name)
        rows.append((key, _written(key, value), settings.origin(key)))
    return rows


# --- the four places -------------------------------------------------------------------------------------------------


def _from_toml(path: Path | None, problems: list[str]) -> _Found:
    if path is None and not CONFIG_FILE.exists():
        return {}
    path = path or CONFIG_FILE
    text = _text(path, str(path), problems)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(say("{file} is not valid TOML: {error}.", file=path, error=error))
        return {}
    found: _Found = {}
    for section, table in tables.items():
        if isinstance(table, dict):
            for name, value in table.items():
                _take_from_toml(f"{section}.{name}", value, path, found, problems)
        elif section in KEYS:
            problems.append(say("{file}: {section} must be a table, [{section}].", file=path, section=section))
        else:
            _unknown(f"{path}: ", section, FIELDS, problems)
    return found


def _take_from_toml(key: str, value: Any, path: Path, found: _Found, problems: list[str]) -> None:
    if key not in FIELDS:
        _unknown(f"{path}: ", key, FIELDS, problems)
        return
    found[key] = _Given(value, "file", f"{path}: {key}")
    if key in SECRETS or (key == "database.url" and _password(value)):
        advice = say(
            "{file}: {key} holds a secret, which does not belong in this file. Put it into {variable} (in .env or the"
            " environment), or into a file of its own whose path is {variable}_FILE.",
            file=path,
            key=key,
            variable=variable(key),
        )
        problems.append(advice)


def _read_dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    """The lines NAME=value of a file that need not exist; a value may be in quotes, `#` begins a comment."""
    lines: dict[str, str] = {}
    text = _text(path, str(path), problems) if path.exists() else ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"""\s*(?:export\s+)?(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|(.*?))\s*(?:\s#.*)?""", line)
        if match:
            lines[match[1]] = next(value for value in match.groups()[1:] if value is not None)
        else:
            problems.append(say("{file}, line {n}: this is not NAME=value.", file=path, n=number))
    return lines


def _from_environment(environ: Mapping[str, str], origin: Origin, problems: list[str]) -> _Found:
    known = {variable(key): key for key in FIELDS}
    known_files = {variable(key) + "_FILE": key for key in FROM_FILE}
    place = ".env: " if origin == ".env" else ""
    found: _Found = {}
    for name, text in environ.items():
        if not name.startswith("GUILDHALL_") or name in OTHER_NAMES:
            continue
        if name in known:
            found[known[name]] = _Given(_parsed(text, known[name]), origin, place + name)
        elif name not in known_files:
            _unknown(place, name, (*known, *known_files), problems)
        elif name.removesuffix("_FILE") in environ:
            problems.append(
                say("{place}{name} and {name}_FILE are both set: one must go.", place=place, name=name[:-5])
            )
        else:
            secret = _text(Path(text), place + name, problems).rstrip("\r\n")
            found[known_files[name]] = _Given(secret, origin, place + name)
    return found


def _from_command_line(overrides: Mapping[str, str], problems: list[str]) -> _Found:
    found: _Found = {}
    for key, text in overrides.items():
        if key in FIELDS:
            found[key] = _Given(_parsed(text, key), "command line", say("the command line: {key}", key=key))
        else:
            _unknown(say("the command line: "), key, FIELDS, problems)
    return found


def _text(path: Path, where: str, problems: list[str]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else say("it is not UTF-8")
        problems.append(say("{where}: I cannot read {path} ({reason}).", where=where, path=path, reason=reason))
        return ""


def _parsed(text: str, key: str) -> Any:
    """`text` as JSON where the setting is no text; left as it is, for the model to refuse, where it is no JSON."""
    if isinstance(FIELDS[key].default, bool | int | tuple):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _unknown(place: str, name: str, known: Iterable[str], problems: list[str]) -> None:
    hint = suggest(name, known) or say(" All of them are in config.example.toml.")
    problems.append(say("{place}there is no setting {name}.{hint}", place=place, name=name, hint=hint))


# --- what is wrong with a value --------------------------------------------------------------------------------------


def _validate(found: _Found, problems: list[str]) -> Settings | None:
    """The settings made of what was found, or None and a problem for each mistake.

    What belongs together is looked at only when each value is right by itself: so the wrong ones are told and left
    out, and the rest is looked at again.
    """
    try:
        return _settings(found)
    except ValidationError as mistakes:
        wrong = {".".join(map(str, error["loc"][:2])) for error in mistakes.errors()}
        problems.extend(dict.fromkeys(_sentence(error, found) for error in mistakes.errors()))
        rest = {key: given for key, given in found.items() if key not in wrong}
    if len(rest) < len(found):
        told = set(problems)
        later: list[str] = []
        _validate(rest, later)
        problems.extend(problem for problem in later if problem not in told)
    return None


def _settings(found: _Found) -> Settings:
    tables: dict[str, dict[str, Any]] = {}
    for key, given in found.items():
        section, _, name = key.partition(".")
        value = tuple(given.value) if isinstance(given.value, list) else given.value
        tables.setdefault(section, {})[name] = value
    return Settings.model_validate(tables, context={key: given.origin for key, given in found.items()})


def _sentence(error: ErrorDetails, found: _Found) -> str:
    key = ".".join(map(str, error["loc"][:2]))
    if key not in found:  # a rule of a whole section, which names its settings itself
        return str(error["ctx"]["error"])
    given = found[key]
    if key in FROM_FILE:
        return say("{where}: {rule}", where=given.where, rule=_rule(error, key))
    value = json.dumps(error["input"], default=str, ensure_ascii=False)
    sentence = (
        say("{where} has {value}: {rule}") if len(error["loc"]) > len(key.split(".")) else "{where} is {value}: {rule}"
    )
    return say(sentence, where=given.where, value=value, rule=_rule(error, key))


def _rule(error: ErrorDetails, key: str) -> str:
    """What is allowed, for each kind of mistake that the models' types can find."""
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            choices = error["ctx"]["expected"].replace("'", '"')
            near = suggest(str(error["input"]), re.findall(r'"(\w[^"]*)"', choices))
            return say("it must be {choices}.", choices=choices) + near
        case "int_type" | "greater_than_equal" | "less_than_equal":
            bounds = {type(bound).__name__: bound for bound in FIELDS[key].metadata}
            return say("it must be a whole number from {low} to {high}.", low=bounds["Ge"].ge, high=bounds["Le"].le)
        case "tuple_type":
            example = json.dumps(FIELDS[key].default or ["…", "…"], ensure_ascii=False)
            return say("it must be a list such as {example}.", example=example)
        case "bool_type":
            return say("it must be true or false.")
        case _:
            return say("it must be a text in quotes.")


def _password(url: object) -> str:
    """The password in a database's address, if it has one. A broken address is refused elsewhere."""
    match = re.match(r"[^/]*://[^/@:]*:([^/@]+)@", url) if isinstance(url, str) else None
    return match[1] if match else ""


def _written(key: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return json.dumps(MASK if value.get_secret_value() else "")
    if key == "database.url" and (password := _password(value)):
        value = value.replace(f":{password}@", f":{MASK}@")
    return json.dumps(value, default=str, ensure_ascii=False)
