"""The forms behind `/feeds edit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Option
from bot.forms import ChecksField, ChoiceField, Form, Page, TextField
from bot.leads.approval import approval_words
from bot.leads.cards import shorten
from bot.leads.feeddraft import interval_words
from bot.leads.feedrules import KINDS, kinds_words
from bot.words import say

if TYPE_CHECKING:
    from bot.leads.feeddraft import Draft

LONGEST_TITLE = 100
INTERVALS = (15, 30, 60, 180, 360, 720, 1440)
"""Minutes between two looks at a feed that moderators may choose."""


def edit_form(draft: Draft, community_approval: str, poll_minutes: int) -> Form:
    """What can be changed of a feed of gigs and jobs; the less usual rules are kept as they are.

    `poll_minutes` is how often the operator has feeds asked.
    """
    rules = draft.rules
    words = say("Divided by commas. “or” stands between alternatives: rag or llm, remote")
    rate = f"{rules.min_rate:g}" if rules.min_rate else ""
    wanted = (
        TextField("must", say("Words that must occur"), words, ", ".join(rules.must), required=False),
        TextField(
            "must_not",
            say("Words that must not occur"),
            say("Divided by commas."),
            ", ".join(rules.must_not),
            required=False,
        ),
        TextField(
            "min_rate",
            say("Least rate an hour"),
            say("Those that state none pass."),
            rate,
            required=False,
            max_length=12,
        ),
    )
    what = Page(say("The feed"), (_title(draft), *_choices(draft, community_approval)))
    kept = (",".join(rules.kinds), str(rules.max_age_hours), ",".join(rules.languages))
    arguments = (str(draft.feed), str(draft.version), *kept)
    pages = (what, Page(say("Its rules and pace"), (*wanted, _interval(draft, poll_minutes))))
    return Form(say("Edit a feed"), "feeds check", pages, arguments, submit_label=say("Show the effect"))


def short_form(draft: Draft, poll_minutes: int) -> Form:
    """What can be changed of a feed that is listed as it is."""
    arguments = (str(draft.feed), str(draft.version))
    page = Page(say("The feed"), (_title(draft), _interval(draft, poll_minutes)))
    return Form(say("Edit a feed"), "feeds check", (page,), arguments, submit_label=say("Show the effect"))


def _title(draft: Draft) -> TextField:
    return TextField("title", say("Name"), value=shorten(draft.title, LONGEST_TITLE), max_length=LONGEST_TITLE)


def _interval(draft: Draft, poll_minutes: int) -> ChoiceField:
    as_all = say("As the operator: {words}", words=interval_words(poll_minutes))
    hint = say("A site that wants to be asked less often is asked less often.")
    options = (Option(as_all, "default"), *(Option(interval_words(n).capitalize(), str(n)) for n in INTERVALS))
    value = str(draft.poll_minutes) if draft.poll_minutes in INTERVALS else "default"
    return ChoiceField("interval", say("How often to look"), options, hint, value=value)


def _choices(draft: Draft, community_approval: str) -> tuple[ChoiceField, ...]:
    as_all = say("As the community: {words}", words=approval_words(community_approval))
    approvals = (Option(shorten(as_all, 75), "community"), *(_approval(one) for one in ("review", "flagged", "auto")))
    return (
        ChoiceField(
            "destination",
            say("Destination"),
            (
                Option(say("Digest: with the day's message"), "digest"),
                Option(say("Instant: gigs at once, one by one"), "instant"),
            ),
            value=draft.destination,
        ),
        ChoiceField("approval", say("Approval"), approvals, value=draft.approval or "community"),
        ChoiceField(
            "side",
            say("Who writes there"),
            (
                Option(say("Those who offer work"), "demand"),
                Option(say("Both sides, as in a forum"), "mixed"),
                Option(say("Those who offer themselves, or courses"), "supply"),
            ),
            value=draft.side,
        ),
        ChoiceField(
            "default",
            say("What a lead is that does not say it"),
            (
                Option(say("Left open: “type not stated”"), "open"),
                Option(say("A gig"), "gig"),
                Option(say("A job"), "job"),
            ),
            value=draft.default_kind or "open",
        ),
    )


def _approval(one: str) -> Option:
    name = {"review": say("Review"), "flagged": say("Flagged"), "auto": say("Auto")}[one]
    return Option(shorten(f"{name}: {approval_words(one)}", 75), one)


def more_form(draft: Draft, token: str) -> Form:
    """The less usual rules of the feed whose draft is kept behind a token."""
    rules = draft.rules
    kinds = tuple(Option(kinds_words((kind,)).capitalize(), kind) for kind in KINDS)
    age = str(rules.max_age_hours) if rules.max_age_hours else ""
    fields = (
        ChecksField("kinds", say("Only these types"), kinds, say("None ticked: all."), ",".join(rules.kinds)),
        TextField("max_age", say("Hours since it was published"), say("At most, when it comes."), age, required=False),
        TextField(
            "languages",
            say("Only these languages"),
            say("Two letters each, such as en, de. Where I can't tell, it passes."),
            ", ".join(rules.languages),
            required=False,
            max_length=60,
        ),
    )
    page = Page(say("More rules"), fields)
    return Form(say("More rules"), "feeds check-more", (page,), (token,), submit_label=say("Show the effect"))
