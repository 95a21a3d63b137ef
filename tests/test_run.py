"""`init` and `run` as an operator types them, against both loopback platforms: real processes, real libraries."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import unused_port

from tests.discord_payloads import TOKEN as DISCORD_TOKEN
from tests.loopback_discord import LoopbackDiscord
from tests.loopback_slack import LoopbackSlack

ROOT = Path(__file__).parent.parent
PATIENCE = 60


async def start(*arguments: str, folder: Path, slack: str, discord: str, **more: str) -> asyncio.subprocess.Process:
    """A `python -m bot` in a folder, with both platforms' addresses set to the loopback ones."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL")}
    settings = {
        "PYTHONPATH": str(ROOT),
        "GUILDHALL__APP__DATA_DIR": str(folder / "data"),
        "GUILDHALL__SLACK__API_URL": slack,
        "GUILDHALL__DISCORD__API_URL": discord,
        "GUILDHALL__WEB__PORT": "0",
    }
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**clean, **settings, **more},
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.STDOUT,
    )


async def until(process: asyncio.subprocess.Process, *wanted: str) -> str:
    """Read what a process says until all of `wanted` was said."""
    said = ""
    async with asyncio.timeout(PATIENCE):
        while not all(words in said for words in wanted):
            line = await process.stdout.readline() if process.stdout else b""
            assert line, said
            said += line.decode()
    return said


async def test_init_checks_the_tokens_and_run_connects_to_both(tmp_path: Path) -> None:
    discord = LoopbackDiscord()
    await discord.start()
    async with LoopbackSlack() as slack:
        asked = await start("init", folder=tmp_path, slack=slack.url, discord=discord.url)
        answers = ["both", "xoxb-loopback", "xapp-loopback", DISCORD_TOKEN, "owner@example.com", ""]
        async with asyncio.timeout(PATIENCE):
            said = (await asked.communicate("\n".join(answers).encode()))[0].decode()
        assert asked.returncode == 0, said
        assert "api.slack.com/apps?new_app=1&manifest_json=" in said
        assert "discord.com/oauth2/authorize" in said
        env = tmp_path / ".env"
        assert env.stat().st_mode & 0o777 == 0o600
        assert "GUILDHALL__SLACK__BOT_TOKEN=xoxb-loopback" in env.read_text(encoding="utf-8")

        bot = await start("run", folder=tmp_path, slack=slack.url, discord=discord.url)
        said = await until(bot, "runs on discord and slack", "connected to Discord")
        bot.terminate()
        async with asyncio.timeout(10):  # SIGTERM drains in ten seconds at most
            await bot.wait()
        assert bot.returncode == 0, said
    await discord.stop()


async def test_one_platform_that_is_away_does_not_keep_the_other(tmp_path: Path) -> None:
    discord, port = LoopbackDiscord(), str(unused_port())
    await discord.start()
    async with LoopbackSlack() as slack:
        gone = slack.url
    tokens = {
        "GUILDHALL__SLACK__BOT_TOKEN": "xoxb-loopback",
        "GUILDHALL__SLACK__APP_TOKEN": "xapp-loopback",
        "GUILDHALL__DISCORD__TOKEN": DISCORD_TOKEN,
    }
    bot = await start("run", folder=tmp_path, slack=gone, discord=discord.url, **tokens, GUILDHALL__WEB__PORT=port)
    said = await until(bot, "runs on discord and slack", "connected to Discord")
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
        health = (await answer.text()).splitlines()
    assert answer.status == 200
    assert health[0] == "ok"
    assert [line for line in health[1:] if line.startswith("Slack is not reachable since ")] == health[1:], health
    assert health[1:], said
    bot.terminate()
    async with asyncio.timeout(10):
        await bot.wait()
    assert bot.returncode == 0
    await discord.stop()


async def test_a_wrong_token_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    discord = LoopbackDiscord()
    await discord.start()
    async with LoopbackSlack() as slack:
        asked = await start("init", folder=tmp_path, slack=slack.url, discord=discord.url)
        async with asyncio.timeout(PATIENCE):
            said = (await asked.communicate(b"discord\nwrong\nwrong\nwrong\n"))[0].decode()
        assert asked.returncode == 1, said
        assert "doesn't accept the bot's token" in said
        assert not (tmp_path / ".env").exists()
    await discord.stop()
