"""The three kinds of failure: yours (`UserError`), theirs (`TryLater`), ours (any other exception).

A `UserError` is shown to the person as it stands. A `TryLater` is retried by whoever schedules. Everything else is
a bug: the traceback goes to the log under a short code, and the person is told the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from bot.cards import Button


class UserError(Exception):
    """Something the person can mend: what happened, why, what to do, and a code to look it up by (`E-…`)."""

    def __init__(
        self, code: str, happened: str, *, why: str = "", advice: str = "", buttons: tuple[Button, ...] = ()
    ) -> None:
        self.code = code
        self.happened = happened
        self.why = why
        self.advice = advice
        self.buttons = buttons
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What happened, why and what to do, as one line of text (without the code)."""
        return " ".join(part for part in (self.happened, self.why, self.advice) if part)


class FieldErrors(UserError):
    """A form was filled in wrongly: one message for each field, shown beside it.

    `cause` is what was wrong with the only field that was, where there is a better code or a button for it.
    """

    def __init__(self, messages: Mapping[str, str], cause: UserError | None = None) -> None:
        self.messages = dict(messages)
        self.cause = cause
        super().__init__("E-FORM", " ".join(messages.values()))


class TryLater(Exception):
    """The other side is busy or away. `after` is how long it asked us to wait, if it did."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        self.reason = reason
        self.after = after
        super().__init__(reason)
