"""Help: what somebody in a role can say, grouped by what they want to do; one command; one error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Items, Note, Option, Paragraph, Select, bold
from bot.error_codes import explained
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.cards import Text
    from bot.commands import Command

MOST_BUTTONS = 10


@dataclass(frozen=True, slots=True)
class Goal:
    """Something people come for, and the commands that serve it, by their first words."""

    name: str
    words: str  # what can be done, in half a sentence
    nouns: tuple[str, ...]
    first: tuple[tuple[str, str], ...]  # the commands to begin with, and what their buttons say


def goals() -> tuple[Goal, ...]:
    """What people come for, in the order in which it is shown."""
    return (
        Goal(
            say("Find work"),
            say("gigs that moderators approved, and a list of your own"),
            ("gigs", "digest", "market"),
            (("gigs find", say("Find gigs")), ("gigs share", say("Share a gig"))),
        ),
        Goal(
            say("Trade skills"),
            say("learn from somebody here, and teach what you know"),
            ("swap", "mentor"),
            (
                ("swap join", say("Join the swaps")),
                ("swap status", say("My swaps")),
                ("mentor ask", say("Find a mentor")),
            ),
        ),
        Goal(
            say("Meet people"),
            say("talks, workshops and circles, with a place kept for you"),
            ("meetup",),
            (("meetup list", say("Meetups")),),
        ),
        Goal(
            say("You and your data"),
            say("what others see of you, what reaches you, and all that is stored"),
            ("profile", "hub"),
            (("profile view", say("My profile")), ("profile privacy", say("Privacy"))),
        ),
        Goal(
            say("Look after the community"),
            say("leads to approve, feeds, settings, and who did what"),
            ("feeds", "mod"),
            (("feeds queue", say("Leads to approve")), ("feeds list", say("Feeds")), ("mod setup", say("Settings"))),
        ),
    )


def usable(commands: Iterable[Command], role: Role) -> list[Command]:
    """The typed commands that somebody with this role may use, by name."""
    return sorted((c for c in commands if c.typed and c.role <= role), key=lambda c: c.name)


# --- the short list of the personal page -----------------------------------------------------------------------------


def goals_blocks(commands: Iterable[Command], role: Role) -> Sequence[Block]:
    """What can be done here, a line and a row of buttons for each goal that has a command."""
    known = {command.name for command in usable(commands, role)}
    blocks: list[Block] = [Heading(say("What you can do"))]
    for goal in goals():
        buttons = tuple(Button(label, name) for name, label in goal.first if name in known)
        if buttons:
            blocks += [Paragraph((bold(goal.name), f": {goal.words}.")), Controls(buttons)]
    return blocks


# --- help ------------------------------------------------------------------------------------------------------------


def topic_card(commands: Iterable[Command], role: Role, topic: str) -> Card:
    """Help about a topic: a noun, a command or an error's code; everything where it is none of them."""
    listed = usable(commands, role)
    words = " ".join(topic.lower().replace("/", " ").split())
    if one := next((command for command in listed if command.name == words and " " in words), None):
        return command_card(one)
    if about := explained(words):
        happened, remedy = about
        return Card(happened, (Heading(words.upper()), Paragraph((happened,)), Paragraph((remedy,))))
    if noun := [command for command in listed if command.noun == words]:
        return help_card(noun, role)
    return overview_card(listed, topic if words not in ("", "help", "?") else "")


def overview_card(listed: Sequence[Command], unknown: str = "") -> Card:
    """Everything, grouped by goal; each with an example."""
    blocks: list[Block] = []
    if unknown:
        blocks.append(Paragraph((say("I have no help about “{topic}”. Here is all there is:", topic=unknown[:60]),)))
    groups = [(goal.name, goal.nouns) for goal in goals()]
    placed = {noun for _, nouns in groups for noun in nouns}
    rest = tuple({command.noun for command in listed} - placed)
    for name, nouns in (*groups, (say("More"), rest)):
        own = [command for command in listed if command.noun in nouns]
        if own:
            blocks += [Heading(name), Items(tuple(map(_line, own)))]
    topics = dict.fromkeys(command.noun for command in listed)
    options = tuple(Option(f"/{noun}", f"help {noun}") for noun in topics)
    small = say("Each has its own help: /hub help gigs find. An error's code has, too: /hub help E-TIME.")
    return Card(
        say("What you can do here."),
        (*blocks, Note((small,)), Controls((Select(say("More about…"), "hub", options),))),
    )


def _line(command: Command) -> Text:
    return (bold(f"/{command.name}"), f" — {command.help}", *_example(command))


def _example(command: Command) -> Text:
    return (say(" For example: {example}", example=command.example),) if command.example else ()


def help_card(commands: Iterable[Command], role: Role) -> Card:
    """What can be said about one thing, with its options; a button for each command that needs nothing more."""
    listed = usable(commands, role)
    blocks: list[Block] = [
        Paragraph((bold(command.usage()), f" — {command.help}", *_example(command))) for command in listed
    ]
    ready = [c for c in listed if not any(o.required for o in c.options)]
    if ready:
        blocks.append(Controls(tuple(Button(f"/{c.name}", c.name) for c in ready[:MOST_BUTTONS])))
    return Card(say("What you can do here."), tuple(blocks))


def command_card(command: Command) -> Card:
    """One command: how it is typed, its options, an example, who may use it, and what its errors say."""
    who = {
        Role.MEMBER: say("Everybody may use it."),
        Role.ORGANISER: say("Organisers and moderators may use it."),
        Role.MODERATOR: say("Only moderators may use it."),
    }[command.role]
    options = tuple(
        Fact(option.name if option.required else say("{name} (may be left out)", name=option.name), (option.help,))
        for option in command.options
    )
    errors = say(
        "Where it can't be done, the answer says why, what to do, and a code: /hub help E-OPTION explains one."
    )
    ready = not any(option.required for option in command.options)
    example = command.example or f"/{command.name}"
    words = (command.help, say(" For example: {example}", example=example))
    blocks: list[Block] = [Heading(command.usage()), Paragraph(words)]
    blocks += [Facts(options)] if options else []
    blocks += [Note((who, " ", errors))]
    blocks += [Controls((Button(f"/{command.name}", command.name),))] if ready else []
    return Card(command.help, tuple(blocks))
