"""What the bot asks, as plain data: forms of one or more pages.

Submitting a form runs a command: `submit` names it, the fields fill its options by name, `arguments` its first
options. A page holds at most five fields (Discord's limit); platforms that can show them all at once do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import TypeAdapter

from bot.cards import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS_A_PAGE = 5


@dataclass(frozen=True, slots=True)
class TextField:
    """Typed words: one line, or several when `long`."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = True
    long: bool = False
    max_length: int = 500
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """One of 2 to 25 choices."""

    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    value: str = ""
    required: bool = True
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True)
class ChecksField:
    """Any of 1 to 10 choices; submitted as the chosen values joined by commas."""

    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    value: str = ""
    required: bool = False
    kind: Literal["checks"] = "checks"


@dataclass(frozen=True, slots=True)
class ChannelField:
    """A channel of the space where the form is opened; submitted as the platform's channel id."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = True
    kind: Literal["channel"] = "channel"


@dataclass(frozen=True, slots=True)
class PickField:
    """A thing picked by typing a part of its name: a skill, a member, a feed.

    Its choices are those of the option of the same name of the command that the form submits to, asked for while
    somebody types; where a platform cannot do that, the name itself is typed. `shown` is the name behind `value`.
    """

    name: str
    label: str
    hint: str = ""
    value: str = ""
    shown: str = ""
    required: bool = True
    kind: Literal["pick"] = "pick"


@dataclass(frozen=True, slots=True)
class TimeField:
    """A time: picked where the platform has a picker (Slack), else typed as people say it.

    Submitted as it was typed or, by a picker, in ISO 8601. Words that were typed already can't stand in a picker: where
    there may be some, ask by a `TextField`.
    """

    name: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = True
    kind: Literal["time"] = "time"


Field: TypeAlias = TextField | ChoiceField | ChecksField | ChannelField | PickField | TimeField


@dataclass(frozen=True, slots=True)
class Page:
    """Up to five fields that belong together."""

    title: str  # at most 45 characters
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Pages of fields, and the command that their values are given to."""

    title: str  # at most 24 characters, Slack's limit for a dialogue's title
    submit: str
    pages: tuple[Page, ...]
    arguments: tuple[str, ...] = ()
    submit_label: str = "Save"  # at most 24 characters
    intro: str = ""

    def __post_init__(self) -> None:
        for page in self.pages:
            if len(page.fields) > FIELDS_A_PAGE:
                raise ValueError(f"page {page.title!r} has {len(page.fields)} fields; {FIELDS_A_PAGE} at most")

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of all pages, in order."""
        return tuple(field for page in self.pages for field in page.fields)

    def filled(self, values: Mapping[str, str]) -> Form:
        """The same form with `values` already in its fields."""
        pages = tuple(
            dataclasses.replace(
                page,
                fields=tuple(dataclasses.replace(f, value=values.get(f.name, f.value)) for f in page.fields),
            )
            for page in self.pages
        )
        return dataclasses.replace(self, pages=pages)


_forms: TypeAdapter[Form] = TypeAdapter(Form)


def dump(form: Form) -> Any:
    """The form as JSON-ready data, for a database column."""
    return _forms.dump_python(form, mode="json")


def load(data: Any) -> Form:
    """The form that `dump` made the data of."""
    return _forms.validate_python(data)
