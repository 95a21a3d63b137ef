"""Whether Slack takes the tokens that were given, and what they lack, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError

from adapters.slack import connection
from adapters.slack.failures import ERRORS, code_of
from adapters.slack.manifest import scopes
from bot.feature import Finding
from bot.words import say

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.settings import SlackSettings


async def check_tokens(settings: SlackSettings) -> list[Finding]:
    """One finding for the bot token, one for the app token where Socket Mode needs it, one for the signing secret.

    Nothing is raised: that Slack could not be asked is a finding, too.
    """
    client = connection.posting_client(settings)
    try:
        findings = [await _bot_token(client, settings)]
        if settings.socket_mode:
            findings.append(await _app_token(client, settings))
        else:
            findings.append(_signing_secret(settings))
    finally:
        await connection.close(client)
    return findings


async def _bot_token(client: AsyncWebClient, settings: SlackSettings) -> Finding:
    name = say("Slack bot token")
    try:
        known = await client.auth_test()
    except ERRORS as error:
        place = say("OAuth & Permissions, “Bot User OAuth Token” (xoxb-…)")
        return Finding(name, ok=False, words=_refused(error, place))
    granted = {scope.strip() for scope in str(known.headers.get("x-oauth-scopes", "")).split(",")}
    missing = sorted(set(scopes(confirm_sends=settings.confirm_sends)) - granted)
    if missing:
        words = say(
            "It works, but the app lacks the permissions {missing}. Update the app's manifest with the one from"
            " `python -m bot slack manifest`, then press “Reinstall to Workspace”.",
            missing=", ".join(missing),
        )
        return Finding(name, ok=False, words=words)
    return Finding(name, ok=True, words=say("It belongs to {bot} in {team}.", bot=known["user"], team=known["team"]))


async def _app_token(client: AsyncWebClient, settings: SlackSettings) -> Finding:
    name = say("Slack app token")
    try:
        await client.apps_connections_open(app_token=settings.app_token.get_secret_value())
    except SlackApiError as error:
        if code_of(error) == "missing_scope":
            advice = say("It lacks the scope connections:write. Make a new App-Level Token with it.")
            return Finding(name, ok=False, words=advice)
        return Finding(name, ok=False, words=_refused(error, say("Basic Information, “App-Level Tokens” (xapp-…)")))
    except ERRORS as error:
        return Finding(name, ok=False, words=_refused(error, ""))
    return Finding(name, ok=True, words=say("It opens connections for Socket Mode."))


def _signing_secret(settings: SlackSettings) -> Finding:
    given = bool(settings.signing_secret.get_secret_value())
    missing = say("It is missing. Copy it from Basic Information, “Signing Secret”.")
    words = say("It is there; Slack's first request will show whether it is right.") if given else missing
    return Finding(say("Slack signing secret"), ok=given, words=words)


def _refused(error: Exception, place: str) -> str:
    """Why a token was not taken, and where the right one is found."""
    code = code_of(error) if isinstance(error, SlackApiError) else ""
    if not code:
        return say("Slack could not be asked: {why}. Check the network, then try again.", why=str(error) or "no answer")
    return say("Slack does not take it ({code}). Copy it again from {place}.", code=code, place=place)
