"""Slack's errors in the words of the outbox: wait, give up and say what to do, or doubt.

Error codes are those of Slack's method reference. `internal_error` and `fatal_error` say of themselves that a part of
the call may have succeeded, as may be after a 500, 502 or 504: these leave a doubt. A 503 was not begun.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.errors import TryLater
from bot.ports import FateUnknown, Refused
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

ERRORS = (SlackApiError, SlackRequestError, aiohttp.ClientError, TimeoutError)
"""What a call to Slack can fail with."""

_UNREACHABLE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
_BUSY = frozenset({"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"})
_DOUBTFUL = frozenset({"", "internal_error", "fatal_error"})
_TOKENS = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_CHANNELS = {
    "not_in_channel": "I'm not in that channel. Type /invite and my name there.",
    "channel_not_found": "I can't see that channel: invite me with /invite, or choose another one in /mod setup.",
    "is_archived": "That channel is archived. Unarchive it, or choose another one in /mod setup.",
    "restricted_action": "Only some people may post in that channel. Let the app post there, or choose another one.",
    "restricted_action_read_only_channel": "That channel is read-only. Choose another one in /mod setup.",
    "no_permission": "The app has no permission for that here. Ask a workspace admin to allow it.",
}
_PEOPLE = frozenset({"user_not_found", "users_not_found", "user_disabled", "cannot_dm_bot", "user_not_visible"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})


class Unreachable(TryLater):
    """There is no way to Slack at all; nothing was sent."""


def code_of(error: SlackApiError) -> str:
    """Slack's code for an error, "" where there is none."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


@contextmanager
def translated(*, harmless: bool) -> Iterator[None]:
    """Raise what a call inside fails with as `TryLater`, `Refused` or `FateUnknown`.

    `harmless` says that a repetition would do no harm: then nothing is in doubt.
    """
    try:
        yield
    except SlackApiError as error:
        raise failure_of(error, harmless=harmless) from error
    except (
        *_UNREACHABLE,
        SlackRequestError,
    ) as error:  # the latter: a file's bytes were not taken, so it is not shared
        raise Unreachable(say("Slack is not reachable: {why}.", why=error)) from error
    except ERRORS as error:
        raise _doubt(
            say("the connection to Slack broke: {why}", why=str(error) or say("no answer")), harmless=harmless
        ) from error


def failure_of(error: SlackApiError, *, harmless: bool) -> TryLater | Refused | FateUnknown:
    """What an error that Slack answered with means for a message."""
    code, response = code_of(error), error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    if status == 429 or code in _BUSY:
        return TryLater(say("Slack asked us to wait."), _retry_after(response))
    if code in _TOKENS:
        advice = say("Slack does not take the bot token ({code}). Put the app's current one in and restart.", code=code)
        return TryLater(advice)
    if status == 503:
        return TryLater(say("Slack is not available at the moment."))
    if code in _DOUBTFUL:
        return _doubt(say("Slack failed ({what})", what=code or status), harmless=harmless)
    return _refusal(code, response)


def _refusal(code: str, response: Any) -> Refused:
    if code in _CHANNELS:
        return Refused("E-BOTPERM", say(_CHANNELS[code]))
    if code == "missing_scope":
        reason = say(
            "The app lacks the permission “{scope}”. Update it with the manifest from `python -m bot slack manifest`,"
            " then install it to the workspace again.",
            scope=response.get("needed") or "?",
        )
        return Refused("E-SCOPE", reason)
    if code in _PEOPLE:
        return Refused("E-DMCLOSED", say("That person can't get messages from me here ({code}).", code=code))
    if code in _GONE:
        return Refused("E-GONE", say("That message can't be changed any more ({code}).", code=code))
    return Refused("E-SLACK", say("Slack refused it: {code}.", code=code))


def _doubt(reason: str, *, harmless: bool) -> TryLater | FateUnknown:
    return TryLater(reason) if harmless else FateUnknown(reason)


def _retry_after(response: Any) -> timedelta | None:
    value = (getattr(response, "headers", None) or {}).get("Retry-After", "")
    return timedelta(seconds=int(value)) if str(value).isdecimal() else None
