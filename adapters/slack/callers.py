"""Who acts: a Slack account as the bot's `Caller`, with the role that Slack and the settings give it at this moment.

What Slack says of a person or a user group is remembered for at most a minute.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from adapters.slack.failures import ERRORS
from bot.people import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.ports import MachineClock
    from bot.settings import SlackSettings

FRESH = timedelta(seconds=60)
REMEMBERED = 5000  # people; then the oldest are asked for anew

log = logging.getLogger("guildhall.slack")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace that the bot's token belongs to."""

    id: str
    name: str


class Callers:
    """Accounts by their ids."""

    def __init__(self, client: AsyncWebClient, settings: SlackSettings, clock: MachineClock) -> None:
        self._client = client
        self._settings = settings
        self._people: _Recent[dict[str, Any]] = _Recent(clock, self._ask_person)
        self._groups: _Recent[frozenset[str]] = _Recent(clock, self._ask_group)
        self._workspace: Workspace | None = None

    async def workspace(self) -> Workspace:
        """The bot's workspace; an account of another one (in a shared channel) acts here as a member at most."""
        if self._workspace is None:
            known = await self._client.auth_test()
            self._workspace = Workspace(str(known["team_id"]), str(known["team"]))
        return self._workspace

    async def read(self, user: str, channel: str = "", message: str = "") -> Caller | None:
        """The account as it acts in a channel, on a message; None for another bot, which is never answered.

        While Slack cannot be asked about somebody, they are a member without a zone.
        """
        workspace = await self.workspace()
        person = await _or_nothing(self._people, user, {})
        if person.get("is_bot"):
            return None
        profile = person.get("profile", {})
        return Caller(
            platform="slack",
            space=workspace.id,
            user=user,
            name=profile.get("display_name") or person.get("real_name") or person.get("name") or user,
            role=await self._role(user, person, workspace),
            channel="" if channel.startswith("D") else channel,
            message=message,
            space_name=workspace.name,
            zone=person.get("tz"),
            locale=(person.get("locale") or "en").partition("-")[0],
        )

    async def _role(self, user: str, person: dict[str, Any], workspace: Workspace) -> Role:
        teams = {person.get("team_id"), *person.get("enterprise_user", {}).get("teams", ())}
        if workspace.id not in teams:
            return Role.MEMBER
        if person.get("is_admin") or person.get("is_owner") or await self._listed(user, self._settings.moderators):
            return Role.MODERATOR
        return Role.ORGANISER if await self._listed(user, self._settings.organisers) else Role.MEMBER

    async def _listed(self, user: str, listed: Sequence[str]) -> bool:
        """Whether a list of people and user groups holds this person."""
        if user in listed:
            return True
        groups = [await _or_nothing(self._groups, each, frozenset[str]()) for each in listed if each.startswith("S")]
        return any(user in group for group in groups)

    async def _ask_person(self, user: str) -> dict[str, Any]:
        person: dict[str, Any] = (await self._client.users_info(user=user, include_locale=True))["user"]
        return person

    async def _ask_group(self, group: str) -> frozenset[str]:
        return frozenset((await self._client.usergroups_users_list(usergroup=group))["users"])


class _Recent(Generic[T]):
    """Answers by what was asked for, each good for `FRESH`."""

    def __init__(self, clock: MachineClock, ask: Callable[[str], Awaitable[T]]) -> None:
        self._clock = clock
        self._ask = ask
        self._known: dict[str, tuple[datetime, T]] = {}

    async def get(self, key: str) -> T:
        now = self._clock.now()
        if key in self._known and now - self._known[key][0] < FRESH:
            return self._known[key][1]
        answer = await self._ask(key)
        self._known.pop(key, None)
        self._known[key] = (now, answer)
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return answer


async def _or_nothing(source: _Recent[T], key: str, nothing: T) -> T:
    try:
        return await source.get(key)
    except ERRORS as error:
        log.warning("Slack does not say who %s is: %s", key, error)
        return nothing
