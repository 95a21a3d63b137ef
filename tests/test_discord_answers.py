"""How Discord is answered: in time, late, privately, before everybody, by forms; with commands made for the purpose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.people import Role
from tests.conftest import settings
from tests.discord_stage import open_stage
from tests.discord_trials import LATE, commands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import World
    from tests.discord_stage import Stage

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
async def stage(world: World, shared: Path) -> AsyncIterator[Stage]:
    """A stage that is set up, whose bot loses patience long before a slow command is done."""
    async with open_stage(world, patience=LATE / 6, trials=commands, shared=shared) as made:
        await made.set_up()
        yield made


def callbacks(stage: Stage) -> list[int]:
    """The types of the first answers so far, oldest first."""
    return [request.json["type"] for request in stage.env.http_requests if request.path.endswith("/callback")]


# --- late ------------------------------------------------------------------------------------------------------------


async def test_a_late_reply_is_announced_and_filled_in(stage: Stage) -> None:
    assert "Late." in await stage.say(stage.ana, "trial slow")
    assert stage.private
    assert callbacks(stage)[-1] == 5


async def test_a_late_change_changes_the_card_without_a_word(stage: Stage) -> None:
    await stage.say(stage.ana, "trial slow")
    card = stage.last.id
    assert f"Changed. It is {card}." in await stage.press(stage.ana, "Change")
    assert stage.last.id == card
    assert callbacks(stage)[-1] == 6


async def test_a_late_change_that_fails_is_said_beside_the_card(stage: Stage) -> None:
    await stage.say(stage.ana, "trial shout")
    card = stage.last.id
    await stage.press(stage.ana, "Change")
    assert "done already" in await stage.press(stage.ana, "Break")
    assert stage.private
    assert stage.last.id != card
    assert "Changed." in "".join(stage.channel(stage.gigs))


async def test_everybody_sees_a_public_answer_late_or_not(stage: Stage) -> None:
    await stage.say(stage.ana, "trial shout")
    assert not stage.private
    await stage.say(stage.ana, "trial tell")
    assert not stage.private
    assert len(stage.channel(stage.gigs)) == 2


async def test_nobody_else_sees_what_went_wrong_with_a_late_public_answer(stage: Stage) -> None:
    assert "Nobody else sees this." in await stage.say(stage.ana, "trial tell", well=False)
    assert stage.private
    assert stage.channel(stage.gigs) == []


async def test_cards_and_forms_work_after_a_restart_and_late(stage: Stage) -> None:
    await stage.say(stage.ana, "trial slow")
    await stage.restart()
    assert "Changed." in await stage.press(stage.ana, "Change")


# --- forms -----------------------------------------------------------------------------------------------------------


async def test_a_long_form_is_filled_in_page_by_page(stage: Stage) -> None:
    assert await stage.say(stage.ana, "trial form") == "form: Trial (1 of 2)"
    assert "Page 1 of 2 is kept." in await stage.submit(stage.ana, name="Ada", size="l", tags=["1", "2"])
    await stage.restart()
    assert await stage.press(stage.ana, "Continue") == "form: Trial (2 of 2)"
    assert "Ada l 1,2 done" in await stage.submit(stage.ana, more="done")
    assert callbacks(stage)[-1] == 6  # the form came from a button, and its answer was late


async def test_a_form_opens_from_a_button_and_its_answer_comes_late(stage: Stage) -> None:
    await stage.say(stage.ana, "trial slow")
    assert await stage.press(stage.ana, "Ask") == "form: Trial (1 of 2)"


async def test_where_discord_opens_no_form_a_button_does(stage: Stage) -> None:
    await stage.say(stage.ana, "trial onward")
    assert "One more step" in await stage.submit(stage.ana, words="first")
    assert (await stage.press(stage.ana, "Continue")).startswith("form: ")
    assert "second" in await stage.submit(stage.ana, words="second")


# --- options and people ----------------------------------------------------------------------------------------------


async def test_options_come_as_discord_gives_them(stage: Stage) -> None:
    await stage.say(stage.jonas, "hub")
    given: dict[str, Any] = {"who": stage.jonas, "where": stage.curation, "sure": True, "paper": ("cv.txt", b"hello")}
    said = await stage.say(stage.ana, "trial kinds", at="2026-11-24 18:00 Berlin", **given)
    assert f"Jonas {stage.curation.id} True cv.txt 5 2026-11-24 17:00:00+00:00" in said


async def test_a_file_that_is_too_large_is_refused_before_it_is_fetched(stage: Stage) -> None:
    await stage.say(stage.jonas, "hub")
    paper = ("film.mp4", b"0" * (8 * 1024 * 1024 + 1))
    said = await stage.say(stage.ana, "trial kinds", who=stage.jonas, where=stage.gigs, sure=False, paper=paper)
    assert "That file is too large. At most 8 MB, please." in said.replace("\n", " ")


async def test_somebody_unknown_as_an_option_is_said_to_be_so(stage: Stage) -> None:
    said = await stage.say(stage.ana, "trial kinds", who=stage.jonas, where=stage.gigs, sure=False)
    assert "They haven't used Guildhall here yet." in said


async def test_organisers_are_who_has_the_role(stage: Stage) -> None:
    assert "Only organisers can use /trial organise here" in await stage.say(stage.marek, "trial organise")
    stage.world.app.settings = settings(discord__organiser_roles=json.dumps([str(stage.curators.id)]))
    await stage.restart()
    said = await stage.say(stage.marek, "trial organise")
    assert f"Role {Role.ORGANISER.name}, locale en-US, in AI Guild." in said
    assert "Role MODERATOR" in await stage.say(stage.maria, "trial organise")
