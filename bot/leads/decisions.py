"""The card that asks moderators about one lead, and what it becomes once somebody has decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from bot import audit
from bot.cards import Block, Button, Card, Controls, LinkButton, Note, Option, Paragraph, Select, Time, bold
from bot.leads.approval import Reason, goes_out_alone, reason_words
from bot.leads.cards import body_of, shorten
from bot.words import say

if TYPE_CHECKING:
    from bot.cards import Control, Text
    from bot.leads.store import Lead

Shown = Literal["queue", "channel"]
"""Where a card stands: in somebody's private walk through the queue, or in a moderators' channel."""


def question_card(
    lead: Lead, shown: Shown, *, head: Text, posts_per_day: int, feed: int | None = None, skip: Button | None = None
) -> Card:
    """A lead, why it is one, where it would go, and everything that can be decided."""
    why = "; ".join(lead.verdict.reasons) or say("no strong sign either way")
    return Card(
        say("Lead to approve: {title}.", title=shorten(lead.title, 120)),
        (
            Note(head),
            *body_of(lead),
            Paragraph((bold(say("Why: ")), why)),
            Note((_destination(lead, posts_per_day),)),
            *_controls(lead, (str(lead.id), str(lead.version), shown, str(feed or "")), skip),
        ),
    )


def _controls(lead: Lead, press: tuple[str, ...], skip: Button | None) -> tuple[Block, ...]:
    title = shorten(lead.title, 45)
    controls: list[Control] = [
        Button(say("Approve"), "lead approve", press, "primary", say("Approve: {title}", title=title)),
        Button(say("Edit"), "lead edit", press, spoken=say("Edit: {title}", title=title)),
        Button(
            say("Always from this feed"),
            "lead always",
            press,
            spoken=say("Always from this feed: {title}", title=title),
        ),
    ]
    if skip is not None:
        controls.append(skip)
    if lead.link:
        controls.append(LinkButton(say("Open post"), lead.link, say("Open post: {title}", title=title)))
    reasons = tuple(Option(_capital(reason_words(reason)), reason) for reason in get_args(Reason) if reason != "other")
    another = Button(
        say("Reject for another reason…"), "lead ask-why", press, spoken=say("Reject: {title}", title=title)
    )
    reject = Select(say("Reject…"), "lead reject", reasons, press)
    return Controls(tuple(controls)), Controls((reject,)), Controls((another,))


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _destination(lead: Lead, posts_per_day: int) -> str:
    if not goes_out_alone(lead.destination, lead.kind):
        return say("Approved, it goes into the next digest.")
    return say(
        "Approved, it is posted at once; if the channel has had its {n} of today, it goes into the next digest.",
        n=posts_per_day,
    )


def outcome(lead: Lead) -> Text:
    """What became of a lead that waited: who decided, when and why, or that its days ran out."""
    if lead.decided_by is None or lead.decided_at is None:
        ran_out = say("Ran out: nobody decided while it could still be posted")
        return (ran_out if lead.state == "old" else say("No longer waiting"),)
    rejected = lead.state == "rejected"
    words = say("Rejected by {name}" if rejected else "Approved by {name}", name=lead.decided_by)
    if lead.reason:
        words = say("{done} ({reason})", done=words, reason=reason_words(lead.reason, lead.reason_words))
    return (words, ", ", Time(lead.decided_at, "time"))


def outcome_card(lead: Lead, undo: int | None) -> Card:
    """The card in a moderators' channel once a lead was decided on, by a press there or anywhere else."""
    text = (*outcome(lead), f" · {shorten(lead.title, 200)}")
    head, *more = text
    blocks: list[Block] = [Paragraph((bold(str(head)), *more))]
    if undo is not None:
        blocks.append(Controls((audit.undo_button(undo),)))
    return Card(say("{done}: {title}.", done=str(head), title=shorten(lead.title, 120)), tuple(blocks))
