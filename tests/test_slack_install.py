"""From nothing to the first posted lead on Slack, step by step as docs/install.md tells it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack.manifest import manifest
from adapters.slack.tokens import check_tokens
from tests.conftest import MORNING
from tests.install_page import Steps
from tests.samples import EVALS, RAG, rss
from tests.slack_world import open_guild

BOARD = "https://board.example/jobs.rss"


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_the_first_lead_is_posted_within_twelve_actions(make_world: Any) -> None:
    steps = Steps("Slack")
    assert steps.count <= 12
    async with open_guild(make_world) as guild:
        slack, maria = guild.slack, guild.maria
        world = guild.world
        del slack.channels["C-gigs"]  # nobody has invited the bot yet
        world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)

        # On the machine, and on api.slack.com: what Slack shows there follows from the manifest alone.
        steps.take("Run `python -m bot init`", "`slack`")  # test_run.py types it
        made = manifest(world.app.commands, name="Guildhall")
        steps.take("Create the app")
        assert made["settings"]["socket_mode_enabled"]
        steps.take("Install it")
        slack.scopes = ",".join(made["oauth_config"]["scopes"]["bot"])
        steps.take("Copy the bot token")
        steps.take("Make an app token", "`connections:write`")
        assert all(finding.ok for finding in await check_tokens(world.app.settings.slack))
        steps.take("Run `python -m bot run`")

        # In Slack.
        commands = {each["command"] for each in made["features"]["slash_commands"]}
        steps.take("Invite it", "`/invite @Guildhall`")
        slack.channels["C-gigs"] = []
        steps.take("Type `/mod setup`.")
        assert "/mod" in commands
        await maria.type("/mod setup")
        question = await maria.sees()
        steps.take("Press “Set up a new community”.")
        await maria.press(question, "Set up a new community")
        form = await maria.sees_dialogue()
        steps.take("Save the form")
        assert await maria.submit(form, leads_channel="C-gigs", zone="Berlin") == {}
        await maria.sees()
        steps.take("Type `/feeds add`")
        assert "/feeds" in commands
        await maria.type(f"/feeds add {BOARD}")
        added = await maria.sees()
        steps.take("Press “Post now”")
        await maria.press(added, "Post now")
        await maria.sees()
        await world.travel(MORNING + timedelta(minutes=1))

        [posted] = slack.channels["C-gigs"]
        assert "RAG chatbot" in json.dumps(posted["blocks"])
    assert steps.left == []
