"""A command is a typed function: what its signature says, how lines are read, what every kind of option takes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest

from bot.cards import Card, sentence
from bot.cards import Option as Choice
from bot.commands import (
    Call,
    Commands,
    OpenForm,
    Problem,
    PublicReply,
    Read,
    Reply,
    Update,
    Write,
    form_for,
    read_line,
)
from bot.errors import UserError
from bot.feature import Feature
from bot.forms import ChannelField, ChoiceField, TextField, TimeField
from bot.guide import help_card
from bot.options import Attachment, Channel, File, Kind, Member, Message, Noun, Skill, When
from bot.people import Role
from tests.fakes import words

if TYPE_CHECKING:
    from bot.app import App
    from tests.conftest import World

commands = Commands()


@commands.command("swap find", example="/swap find rag hours:2")
async def find_swap(
    ask: Read,
    skill: Annotated[str, "What you want to learn"],
    hours: Annotated[int, "How many hours"] = 1,
    way: Annotated[Literal["online", "here"], "Where you meet"] = "online",
    public: Annotated[bool, "Show it to all"] = False,
) -> Reply:
    """Find somebody who teaches a skill.

    This second paragraph is for those who read the source.
    """
    return Reply(sentence(f"{ask.name} looks for {skill}, {hours} h, {way}, {public}"))


@commands.command("swap join")
async def join(ask: Read) -> OpenForm:
    """Say what you teach."""
    return OpenForm(form_for(Call(commands["swap find"], {})))


@commands.command("swap close", role=Role.MODERATOR)
async def close(do: Write, why: Annotated[str, "The reason"] = "") -> PublicReply:
    """Close the round."""
    return PublicReply(sentence(why))


@commands.command("swap ask", typed=False)
async def ask_for(do: Write, member: int) -> Update:
    """Ask for help."""
    return Update(sentence(str(member)))


def line(text: str, role: Role = Role.MEMBER) -> Call:
    call = read_line(commands, text, role)
    assert isinstance(call, Call)
    return call


def given(text: str, role: Role = Role.MEMBER) -> dict[str, Any]:
    return dict(line(text, role).given)


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_signature_says_everything_about_a_command() -> None:
    command = commands["swap find"]
    assert (command.help, command.noun, command.role) == ("Find somebody who teaches a skill.", "swap", Role.MEMBER)
    assert not command.writes
    assert commands["swap close"].writes
    assert command.may_be_late
    assert not commands["swap join"].may_be_late  # a form can't be late
    assert [(o.name, o.kind, o.required, o.default) for o in command.options] == [
        ("skill", Kind.TEXT, True, None),
        ("hours", Kind.NUMBER, False, 1),
        ("way", Kind.CHOICE, False, "online"),
        ("public", Kind.YES_NO, False, False),
    ]
    assert command.options[0].help == "What you want to learn"
    assert command.options[2].choices == ("online", "here")
    assert command.usage() == "/swap find skill [hours] [way] [public]"


def test_optional_options_keep_their_kind() -> None:
    made = Commands()

    @made.command("a")
    async def a(ask: Read, skill: Annotated[Skill | None, "Which"] = None, n: int | None = None) -> Reply:
        """Do it."""
        return Reply(sentence("done"))

    skill, n = made["a"].options
    assert (skill.kind, skill.required, skill.help) == (Kind.SKILL, False, "Which")
    assert (n.kind, n.whole) == (Kind.NUMBER, True)


async def no_context(ask: int) -> Reply:
    """Do it."""
    raise NotImplementedError


async def no_answer(ask: Read) -> int:
    """Do it."""
    raise NotImplementedError


async def no_help(ask: Read) -> Reply:
    raise NotImplementedError


async def strange_option(ask: Read, what: dict[str, int]) -> Reply:
    """Do it."""
    raise NotImplementedError


async def none_without_default(ask: Read, what: int | None) -> Reply:
    """Do it."""
    raise NotImplementedError


async def found_without_look(ask: Read, found: str) -> Reply:
    """Do it."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (no_context, "not Read, Write or Outside"),
        (no_answer, "not one of Reply, PublicReply, Update, OpenForm"),
        (no_help, "no docstring"),
        (strange_option, "not a kind of option"),
        (none_without_default, "write `X | None = None`"),
        (found_without_look, "come together"),
    ],
)
def test_a_signature_that_means_nothing_is_refused_at_once(function: Any, complaint: str) -> None:
    with pytest.raises(TypeError, match=complaint):
        Commands().command("x y")(function)


def test_two_commands_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two commands are called 'swap find'"):
        Commands(commands, commands)


# --- typed lines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/swap find rag", {"skill": "rag"}),
        ("swap find rag", {"skill": "rag"}),
        ("  /SWAP Find   RAG  ", {"skill": "RAG"}),
        ("/swap find vector search", {"skill": "vector search"}),
        ("/swap find rag hours:2", {"skill": "rag", "hours": "2"}),
        ("/swap find hours:2 vector search", {"skill": "vector search", "hours": "2"}),
        ("/swap find HOURS=2 rag", {"skill": "rag", "hours": "2"}),
        ('/swap find skill:"vector search" hours:2', {"skill": "vector search", "hours": "2"}),
        ("/swap find skill:“vector search” way:here", {"skill": "vector search", "way": "here"}),
        ('/swap find "vector search" hours:3', {"skill": "vector search", "hours": "3"}),
        ("/swap find people's favourite and Ana's", {"skill": "people's favourite and Ana's"}),
        ("/swap find see https://x.example/a:b?c=d", {"skill": "see https://x.example/a:b?c=d"}),
        ("/swap find skill:https://x.example", {"skill": "https://x.example"}),
        ('/swap find "half open', {"skill": '"half open'}),
        ("/swap find C:\\temp", {"skill": "C:\\temp"}),
        ("/swap find", {}),
    ],
)
def test_a_line_is_shared_out_over_the_options(text: str, expected: dict[str, str]) -> None:
    assert given(text) == expected


def test_a_missing_option_is_named() -> None:
    assert [option.name for option in line("/swap find").missing] == ["skill"]
    assert line("/swap find rag").missing == ()


def test_words_that_fit_no_option_are_not_dropped() -> None:
    made = Commands()

    @made.command("set hours")
    async def set_hours(ask: Read, hours: int) -> Reply:
        """Set them."""
        return Reply(sentence(str(hours)))

    with pytest.raises(UserError, match=r"I don't know what to do with “a week”\. The command is /set hours hours\."):
        read_line(made, "/set hours 5 a week", Role.MEMBER)


def test_an_option_that_there_is_not_is_no_word() -> None:
    made = Commands()

    @made.command("note take")
    async def take(ask: Read, text: str = "", stars: int = 0) -> Reply:
        """Take it."""
        return Reply(sentence(text))

    with pytest.raises(UserError, match=r"There is no option “star” in /note take\. Did you mean stars\?"):
        read_line(made, "/note take rag star:5", Role.MEMBER)
    for typed in ("at 18:00", "https://x.example/a?b=c", "<a type='rss' xml:lang='en'>", "a: b", "C:\\temp", "x=3"):
        call = read_line(made, f"/note take {typed}", Role.MEMBER)
        assert not isinstance(call, Card)
        assert call.given["text"] == typed
    quoted = read_line(made, '/note take "star:5"', Role.MEMBER)
    assert not isinstance(quoted, Card)
    assert quoted.given["text"] == "star:5"


@pytest.mark.parametrize(
    ("text", "suggested"),
    [("/swap fnd", "/swap find"), ("/swp find rag", "/swap find"), ("/swap jion", "/swap join")],
)
def test_a_typing_slip_gets_a_suggestion(text: str, suggested: str) -> None:
    with pytest.raises(UserError, match=rf"Did you mean {suggested}\?") as caught:
        read_line(commands, text, Role.MEMBER)
    assert caught.value.code == "E-UNKNOWNCOMMAND"


def test_a_suggestion_is_a_button_where_nothing_more_is_needed() -> None:
    with pytest.raises(UserError) as caught:
        read_line(commands, "/swap jion", Role.MEMBER)
    assert [button.command for button in caught.value.buttons] == ["swap join"]
    with pytest.raises(UserError) as caught:
        read_line(commands, "/swap fnd", Role.MEMBER)  # it needs a skill
    assert caught.value.buttons == ()


def test_what_a_person_may_not_use_is_never_suggested() -> None:
    with pytest.raises(UserError) as caught:
        read_line(commands, "/swap clsoe", Role.MEMBER)
    assert "close" not in caught.value.advice
    with pytest.raises(UserError, match="Did you mean /swap close"):
        read_line(commands, "/swap clsoe", Role.MODERATOR)


def test_nothing_like_it_leads_to_the_help() -> None:
    with pytest.raises(UserError, match=r"There is no command /weather berlin\. Type /hub help"):
        read_line(commands, "/weather berlin tomorrow", Role.MEMBER)


def test_a_command_for_buttons_cannot_be_typed() -> None:
    with pytest.raises(UserError, match="There is no command /swap ask"):
        read_line(commands, "/swap ask 1", Role.MODERATOR)


@pytest.mark.parametrize("text", ["", "/", "help", "/help", "?", "  ? "])
def test_help_shows_what_the_person_may_use(text: str) -> None:
    card = read_line(commands, text, Role.MEMBER)
    assert isinstance(card, Card)
    shown = words(card)
    assert shown.startswith("Trade skills\n")
    assert "/swap find — Find somebody who teaches a skill. For example: /swap find rag hours:2" in shown
    assert "second paragraph" not in shown
    assert "swap close" not in shown  # for moderators
    assert "swap ask" not in shown  # for buttons
    assert "swap close" in words(help_card(commands, Role.MODERATOR))


@pytest.mark.parametrize("text", ["/swap", "/swap help", "/swap ?"])
def test_a_bare_noun_is_a_menu(text: str) -> None:
    card = read_line(commands, text, Role.MEMBER)
    assert isinstance(card, Card)
    assert "/swap find skill [hours] [way] [public] — Find somebody who teaches a skill." in words(card)
    assert "[/swap join]" in words(card)  # it needs nothing more, so it is a button
    assert "[/swap find]" not in words(card)


def test_help_of_one_command() -> None:
    card = read_line(commands, "/swap find help", Role.MEMBER)
    assert isinstance(card, Card)
    assert words(card).count("/swap") == 2  # its usage and its example


async def test_hub_help_shows_everything_by_role(world: World) -> None:
    await world.set_up()
    said = await world.say(world.ana, "/hub help")
    assert "/gigs find" in said
    assert "/feeds add" not in said
    said = await world.say(world.maria, "/hub help feeds")
    assert "/feeds add" in said
    assert "/gigs find" not in said


# --- forms from signatures -------------------------------------------------------------------------------------------


def test_a_form_asks_for_what_is_missing() -> None:
    form = form_for(line("/swap find hours:3"))
    skill, hours, way, public = form.fields
    assert (form.submit, form.intro) == ("swap find", "Find somebody who teaches a skill.")
    assert isinstance(skill, TextField)
    assert (skill.label, skill.hint, skill.required) == ("Skill", "What you want to learn", True)
    assert isinstance(hours, TextField)
    assert (hours.value, hours.required) == ("3", False)
    assert isinstance(way, ChoiceField)
    assert (way.value, [o.value for o in way.options]) == ("online", ["online", "here"])
    assert isinstance(public, ChoiceField)
    assert [option.value for option in public.options] == ["yes", "no"]


def test_a_long_form_has_pages_of_five_fields() -> None:
    made = Commands()

    @made.command("a b")
    async def many(ask: Read, a: str, b: str, c: str, d: Channel, e: str, f: str, g: str = "") -> Reply:
        """Take many things."""
        return Reply(sentence("done"))

    form = form_for(Call(made["a b"], {}))
    assert [len(page.fields) for page in form.pages] == [5, 2]
    assert isinstance(form.fields[3], ChannelField)


def test_a_time_that_is_missing_is_picked_and_one_that_was_typed_can_be_mended() -> None:
    missing = form_for(Call(kinds["take when"], {}))
    typed = form_for(Call(kinds["take when"], {"value": "next friday 5pm"}))
    assert isinstance(missing.fields[0], TimeField)
    assert isinstance(typed.fields[0], TextField)
    assert typed.fields[0].value == "next friday 5pm"


# --- kinds of option -------------------------------------------------------------------------------------------------

kinds = Commands()
CITIES = (Choice("Porto", "1"), Choice("Port Louis", "2"), Choice("Rome", "3"))


async def find_city(_ask: Read, typed: str) -> list[Choice]:
    return [city for city in CITIES if city.label.lower().startswith(typed.lower()) or city.value == typed]


@kinds.command("take text")
async def take_text(ask: Read, value: str) -> Reply:
    """Take a text."""
    return Reply(sentence(repr(value)))


@kinds.command("take number")
async def take_number(ask: Read, value: float) -> Reply:
    """Take a number."""
    return Reply(sentence(repr(value)))


@kinds.command("take whole")
async def take_whole(ask: Read, value: int) -> Reply:
    """Take a whole number."""
    return Reply(sentence(repr(value)))


@kinds.command("take yes")
async def take_yes(ask: Read, value: bool) -> Reply:
    """Take a yes or no."""
    return Reply(sentence(repr(value)))


@kinds.command("take choice")
async def take_choice(ask: Read, value: Literal["red", "Green"]) -> Reply:
    """Take a choice."""
    return Reply(sentence(repr(value)))


@kinds.command("take member")
async def take_member(ask: Read, value: Member) -> Reply:
    """Take a member."""
    return Reply(sentence(repr(value)))


@kinds.command("take channel")
async def take_channel(ask: Read, value: Channel) -> Reply:
    """Take a channel."""
    return Reply(sentence(repr(value)))


@kinds.command("take skill")
async def take_skill(ask: Read, value: Skill) -> Reply:
    """Take a skill."""
    return Reply(sentence(repr(value)))


@kinds.command("take when")
async def take_when(ask: Read, value: When) -> Reply:
    """Take an instant."""
    return Reply(sentence(value.isoformat()))


@kinds.command("take file")
async def take_file(ask: Read, value: File) -> Reply:
    """Take a file."""
    return Reply(sentence(f"{value.name}: {len(value.content)} bytes"))


@kinds.command("take message")
async def take_message(ask: Read, value: Message) -> Reply:
    """Take a message."""
    return Reply(sentence(repr(value)))


@kinds.command("take city")
async def take_city(ask: Read, value: Annotated[int, Noun("city", find_city)]) -> Reply:
    """Take a city."""
    return Reply(sentence(repr(value)))


@pytest.fixture
async def app(world: World) -> App:
    await world.set_up()
    await world.say(world.ana, "/hub")
    await world.say(world.marek, "/hub")
    world.app = dataclasses.replace(world.app, features=(*world.app.features, Feature("kinds", kinds)))
    return world.app


TAKEN = {
    "text": [("two words", "'two words'"), ("*_~`<!channel>", "'*_~`<!channel>'")],
    "number": [("80", "80.0"), (">80/h", "80.0"), ("$1,500", "1500.0"), ("12,5", "12.5"), ("2k", "2000.0")],
    "whole": [("5", "5"), ("288230376151711744", "288230376151711744"), ("9223372036854775807", f"{2**63 - 1}")],
    "yes": [("yes", "True"), ("Y", "True"), ("on", "True"), ("no", "False"), ("0", "False")],
    "choice": [("red", "'red'"), ("GREEN", "'Green'")],
    "channel": [("<#C123|gigs>", "'C123'"), ("<#456>", "'456'"), ("#gigs", "'gigs'")],
    "skill": [("rag", "'rag'"), ("Retrieval-Augmented Generation", "'rag'")],
    "when": [
        ("2026-11-24 18:00", "2026-11-24T18:00:00+00:00"),  # Ana is in Lisbon
        ("2027-07-24T18:00", "2027-07-24T17:00:00+00:00"),  # and in summer time
        ("next tue 5pm", "2026-11-24T17:00:00+00:00"),
        ("tomorrow 18:00 Berlin", "2026-11-19T17:00:00+00:00"),
        ("2026-11-24T18:00:00+01:00", "2026-11-24T17:00:00+00:00"),
        ("2026-11-24T18:00Z", "2026-11-24T18:00:00+00:00"),
    ],
    "message": [("see the thread above", "'see the thread above'")],
    "city": [("Rome", "3"), ("rom", "3"), ("Porto", "1"), ("2", "2")],
}

REFUSED = {
    "number": [
        ("many", "Write a number, such as 80."),
        ("-5", "Write a number that is not below 0"),
        ("1e3", "Write a number"),
    ],
    "whole": [("5.5", "Write a whole number, such as 5."), ("9" * 19, "whole number"), ("1" * 40, "whole number")],
    "yes": [("perhaps", "Write yes or no.")],
    "choice": [("blue", "Choose one of: red, Green.")],
    "member": [
        ("Zoe", "Nobody here goes by that name."),
        ("Mar", "Which one: Marek, Maria?"),
        ("<@U999>", "They haven't used Guildhall here yet."),
        ("9" * 30, "Nobody here goes by that name."),
        ("%", "Nobody here goes by that name."),
    ],
    "channel": [("my channel!", "Write a channel, such as #gigs.")],
    "skill": [("pgvectr", "Did you mean: Vector databases?"), ("qqqqq", "Try another word for it, or a part")],
    "file": [("cv.pdf", "Attach a file instead of typing its name.")],
    "city": [("Por", "Which one: Porto, Port Louis?"), ("Oslo", "There is no such city here.")],
}


async def test_every_kind_of_option_takes_what_people_write(world: World, app: App) -> None:
    for kind, cases in TAKEN.items():
        for typed, expected in cases:
            answer = await app.run_call(world.ana, f"take {kind}", {"value": typed})
            assert isinstance(answer, Reply)
            assert words(answer.card) == expected, (kind, typed)


async def test_every_kind_of_option_says_what_would_do(world: World, app: App) -> None:
    for kind, cases in REFUSED.items():
        for typed, advice in cases:
            answer = await app.run_call(world.ana, f"take {kind}", {"value": typed})
            assert isinstance(answer, Problem), (kind, typed)
            assert answer.code == "E-OPTION"
            shown = words(answer.card)
            unread = "I know no skill “{}”." if kind == "skill" else "I can't read “{}” as “value”."
            assert unread.format(typed[:80]) in shown
            assert advice in shown, (kind, typed)
            assert f"The command is /take {kind} value." in shown


async def test_a_member_is_found_by_name_mention_or_id(world: World, app: App) -> None:
    answers = [
        words((await app.run_call(world.maria, "take member", {"value": typed})).card)  # type: ignore[union-attr]
        for typed in ("Ana", "@ana", "<@U2>", "<@!U2>", "<@U2|ana>", "An")
    ]
    [ana] = set(answers)
    again = await app.run_call(world.maria, "take member", {"value": ana})
    assert isinstance(again, Reply)
    assert words(again.card) == ana


async def test_a_file_comes_as_the_platform_gives_it(world: World, app: App) -> None:
    answer = await app.run_call(world.ana, "take file", {"value": Attachment("feeds.opml", b"<opml/>")})
    assert isinstance(answer, Reply)
    assert words(answer.card) == "feeds.opml: 7 bytes"


async def test_completion_offers_what_fits(world: World, app: App) -> None:
    async def labels(kind: str, typed: str) -> list[str]:
        return [choice.label for choice in await app.complete(world.ana, f"take {kind}", "value", typed)]

    assert await labels("city", "por") == ["Porto", "Port Louis"]
    assert await labels("choice", "g") == ["Green"]
    assert await labels("member", "ma") == ["Marek", "Maria"]
    assert await labels("skill", "pgv") == ["Vector databases"]
    assert await labels("text", "a") == []


async def test_completion_is_silent_where_it_has_nothing_to_say(world: World, app: App) -> None:
    assert await app.complete(world.ana, "feeds queue", "feed", "") == []  # for moderators
    assert await app.complete(world.ana, "no such", "thing", "") == []
    assert await app.complete(world.ana, "take city", "no-such-option", "") == []
    stranger = dataclasses.replace(world.ana, space="T-elsewhere")
    assert await app.complete(stranger, "take city", "value", "por") == []  # nothing is set up there
