"""From tokens to the first posted lead, as a moderator does it: every click and command is counted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack.manifest import manifest
from adapters.slack.tokens import check_tokens
from tests.conftest import MORNING
from tests.samples import EVALS, RAG, rss
from tests.slack_world import open_guild

BOARD = "https://board.example/jobs.rss"


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_the_first_lead_is_posted_within_twelve_actions(make_world: Any) -> None:
    actions = []
    async with open_guild(make_world) as guild:
        slack, maria = guild.slack, guild.maria
        world = guild.world
        del slack.channels["C-gigs"]  # nobody has invited the bot yet
        world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)

        # On api.slack.com: what Slack shows there follows from the manifest alone.
        made = manifest(world.app.commands, name="Guildhall")
        actions.append("Create New App -> From a manifest: paste it, choose the workspace")
        assert made["settings"]["socket_mode_enabled"]
        actions.append("Install to Workspace")
        slack.scopes = ",".join(made["oauth_config"]["scopes"]["bot"])
        actions.append("Copy the Bot User OAuth Token")
        actions.append("Generate an App-Level Token with connections:write, and copy it")

        # On the machine.
        actions.append("python -m bot init: paste both tokens")
        assert all(finding.ok for finding in await check_tokens(world.app.settings.slack))
        actions.append("python -m bot run")

        # In Slack.
        commands = {each["command"] for each in made["features"]["slash_commands"]}
        slack.channels["C-gigs"] = []
        actions.append("/invite @Guildhall in #gigs")
        assert "/mod" in commands
        await maria.type("/mod setup")
        question = await maria.sees()
        actions.append("/mod setup")
        await maria.press(question, "Set up a new community")
        form = await maria.sees_dialogue()
        actions.append("Set up a new community")
        assert await maria.submit(form, leads_channel="C-gigs", zone="Berlin") == {}
        await maria.sees()
        actions.append("Save the form")
        assert "/feeds" in commands
        await maria.type(f"/feeds add {BOARD}")
        added = await maria.sees()
        actions.append("/feeds add")
        await maria.press(added, "Post now")
        await maria.sees()
        actions.append("Post now")
        await world.travel(MORNING + timedelta(minutes=1))

        [posted] = slack.channels["C-gigs"]
        assert "RAG chatbot" in json.dumps(posted["blocks"])
    assert len(actions) <= 12, actions
