"""What went wrong, as cards: an error somebody can mend, a mistake of ours, a form that needs another look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Button, Card, Controls, Note, Paragraph, sentence
from bot.commands import Problem
from bot.words import say

if TYPE_CHECKING:
    from bot.errors import FieldErrors, UserError
    from bot.forms import Form


def problem(error: UserError) -> Problem:
    """An error as an answer: what happened, why, what to do, what can be pressed, and its code.

    Handlers raise a `UserError`, which takes back what they did; one that has to keep something answers with this.
    """
    paragraphs = tuple(Paragraph((part,)) for part in (error.happened, error.why, error.advice) if part)
    controls = (Controls(error.buttons),) if error.buttons else ()
    return Problem(Card(error.sentence, (*paragraphs, *controls, Note((error.code,)))), error.code)


def our_mistake(code: str, *, done: bool) -> Problem:
    """The answer to a bug: before the command was done all of it was undone, afterwards only its answer is missing."""
    happened = (
        say("That was done, but I can't show you the answer.")
        if done
        else say("That failed on my side. Nothing was changed, so you can try it again.")
    )
    noted = say("I've written it down as {code}; if it goes on, tell a moderator the code.", code=code)
    return Problem(sentence(f"{happened} {noted}").with_blocks(Note(("E-UNKNOWN",))), "E-UNKNOWN")


def edit_again(form: Form, token: str, errors: FieldErrors) -> Card:
    """What to change in a form that was sent, with a button that opens it again as it was filled in."""
    labels = {field.name: field.label for field in form.fields}
    lines = tuple(Paragraph((f"{labels.get(name, name)}: {text}",)) for name, text in errors.messages.items())
    wrong = next((n for n, page in enumerate(form.pages) for f in page.fields if f.name in errors.messages), 0)
    button = Button(say("Edit again"), "form open", (token, str(wrong)), "primary")
    return Card(say("Something in the form needs another look."), (*lines, Controls((button,))))
