"""`/feeds edit`: a form, what it would have changed of the feed's last 50 items, and only then saving it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot import audit, people, views
from bot.cards import (
    Block,
    Button,
    Card,
    Controls,
    Fact,
    Facts,
    Heading,
    Items,
    Note,
    Option,
    Paragraph,
    Select,
    bold,
    sentence,
)
from bot.commands import Commands, Look, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.leads import subscriptions
from bot.leads.approval import approval_of
from bot.leads.cards import ago, shorten
from bot.leads.entry import Side  # noqa: TC001  the registry reads the annotations
from bot.leads.feeddraft import Draft, changes_words, draft_data, draft_of, gone, read_draft, values_of
from bot.leads.feedform import edit_form, more_form, short_form
from bot.leads.feedrules import FeedRules, split_words
from bot.leads.feedtrial import Tried, effect_blocks, effect_words, try_draft
from bot.leads.queue import FEED
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

LANGUAGE = re.compile(r"[a-z]{2}")

commands = Commands()

Destination = Literal["digest", "instant"]
Approval = Literal["community", "review", "flagged", "auto"]
Default = Literal["open", "gig", "job"]
Interval = Literal["default", "15", "30", "60", "180", "360", "720", "1440"]
"""Minutes, as in `feedform.INTERVALS`."""


# --- the form --------------------------------------------------------------------------------------------------------


@commands.command("feeds edit", role=Role.MODERATOR, example="/feeds edit We Work Remotely")
async def edit(ask: Read, feed: Annotated[int | None, FEED, "Which of your feeds"] = None) -> OpenForm | Reply:
    """Change a feed's name, destination, approval, rules and pace; you see the effect before you save."""
    if feed is None:
        feeds = await subscriptions.feeds_in(ask.db, ask.community.id)
        if len(feeds) != 1:
            return Reply(_which_card(feeds))
        feed = feeds[0]["id"]
    own_feed = await _existing(ask, feed)
    return OpenForm(_form_of(ask, own_feed, draft_of(own_feed)))


def _which_card(feeds: Sequence[RowMapping]) -> Card:
    """What answers whoever does not say which feed, where there is not just one."""
    if not feeds:
        start = Button(say("Add a feed"), "feeds start", (), "primary")
        return sentence(say("There are no feeds yet."), start, Button(say("Starter feeds"), "feeds packs"))
    options = tuple(Option(shorten(feed["title"], 75), str(feed["id"])) for feed in feeds)
    text = say("Which feed do you want to change?")
    return Card(text, (Paragraph((text,)), Controls((Select(say("Edit a feed…"), "feeds edit", options),))))


def _form_of(ask: Read, own_feed: RowMapping, draft: Draft) -> Any:
    if own_feed["kind"] != "jobs":
        return short_form(draft, ask.settings.feeds.poll_minutes)
    approval = approval_of(ask.settings, ask.community.approval, None)
    return edit_form(draft, approval, ask.settings.feeds.poll_minutes)


async def _existing(ask: Read, feed_id: int) -> RowMapping:
    own_feed = await subscriptions.read_feed(ask.db, ask.community.id, feed_id)
    if own_feed is None or own_feed["removed"] is not None:
        raise gone()
    return own_feed


@commands.command("feeds edit-again", role=Role.MODERATOR, typed=False)
async def edit_again(ask: Read, token: str) -> OpenForm:
    """Open the form as it was filled in."""
    draft = await _kept(ask, token)
    return OpenForm(_form_of(ask, await _existing(ask, draft.feed), draft))


@commands.command("feeds more-rules", role=Role.MODERATOR, typed=False)
async def more_rules(ask: Read, token: str) -> OpenForm:
    """Ask for the rules that are needed less often: types, age, languages."""
    return OpenForm(more_form(await _kept(ask, token), token))


async def _kept(ask: Read, token: str) -> Draft:
    return read_draft((await views.find(ask.db, ask.community.id, token, ask.now))["draft"])


# --- trying it -------------------------------------------------------------------------------------------------------


async def _look_to_check(
    look: Look,
    feed: int,
    version: int,
    kinds: str,
    max_age: int,
    languages: str,
    title: str,
    destination: str,
    approval: str,
    side: str,
    default: str,
    must: str,
    must_not: str,
    min_rate: float,
    interval: str,
) -> Tried:
    rules = FeedRules(
        must=split_words(must),
        must_not=split_words(must_not),
        min_rate=min_rate,
        kinds=tuple(filter(None, kinds.split(","))),
        max_age_hours=max_age,
        languages=_languages(languages),
    )
    draft = Draft(
        feed=feed,
        version=version,
        title=" ".join(title.split()),
        destination=destination,
        approval=None if approval == "community" else approval,
        side=side,
        default_kind=None if default == "open" else default,
        poll_minutes=None if interval == "default" else int(interval),
        rules=rules,
    )
    return await try_draft(look, draft)


@commands.command("feeds check", role=Role.MODERATOR, typed=False, look=_look_to_check)
async def check(
    do: Write,
    found: Tried,
    feed: int,
    version: int,
    kinds: str = "",
    max_age: int = 0,
    languages: str = "",
    title: str = "",
    destination: Destination = "digest",
    approval: Approval = "community",
    side: Side = "demand",
    default: Default = "open",
    must: str = "",
    must_not: str = "",
    min_rate: float = 0,
    interval: Interval = "default",
) -> Reply:
    """Show what a feed's new rules would have changed of its last 50 items."""
    del (
        feed,
        version,
        kinds,
        max_age,
        languages,
        title,
        destination,
        approval,
        side,
        default,
        must,
        must_not,
        min_rate,
        interval,
    )
    return Reply(await _effect(do, found))


async def _look_again(look: Look, token: str, kinds: str, max_age: int, languages: str) -> Tried:
    async with look.read() as db:
        draft = read_draft((await views.find(db, look.community.id, token, look.now))["draft"])
    types = tuple(filter(None, kinds.split(",")))
    rules = dataclasses.replace(draft.rules, kinds=types, max_age_hours=max_age, languages=_languages(languages))
    return await try_draft(look, dataclasses.replace(draft, rules=rules))


@commands.command("feeds check-more", role=Role.MODERATOR, typed=False, look=_look_again)
async def check_more(
    do: Write, found: Tried, token: str, kinds: str = "", max_age: int = 0, languages: str = ""
) -> Reply:
    """Show what a feed's rules, these included, would have changed of its last 50 items."""
    del token, kinds, max_age, languages
    return Reply(await _effect(do, found))


def _languages(typed: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(part.lower() for part in split_words(typed)))
    wrong = [code for code in codes if not LANGUAGE.fullmatch(code)]
    if wrong:
        advice = say("Write languages by their two letters, such as en, de; not “{wrong}”.", wrong=wrong[0][:40])
        raise FieldErrors({"languages": advice})
    return codes


async def _effect(do: Write, tried: Tried) -> Card:
    """What a draft changes, with the way to save it; the draft is kept behind the buttons."""
    draft = tried.draft
    own_feed = await _existing(do, draft.feed)
    token = do.ids.token()
    kept = {"draft": draft_data(draft)}
    await views.keep(do.db, do.community.id, token, kept, do.now + views.FORM_LIFE)
    changes = changes_words(values_of(draft_of(own_feed)), values_of(draft))
    again = Button(say("Edit again"), "feeds edit-again", (token,))
    title = shorten(own_feed["title"], 100)
    if not changes:
        text = say("Nothing is different from how {title} is now.", title=title)
        return Card(text, (Paragraph((text,)), Controls((again, *_more(own_feed, token)))))
    blocks: list[Block] = [
        Heading(say("Save these changes?")),
        Facts(tuple(Fact(name, (words,)) for name, words in changes)),
        *effect_blocks(tried.fates),
        Note((say("They apply to what comes from now on; what is here already stays as it is."),)),
    ]
    save = Button(say("Save"), "feeds save", (token,), "primary")
    return Card(effect_words(tried.fates, title), (*blocks, Controls((save, again, *_more(own_feed, token)))))


def _more(own_feed: RowMapping, token: str) -> tuple[Button, ...]:
    return (Button(say("More rules"), "feeds more-rules", (token,)),) if own_feed["kind"] == "jobs" else ()


# --- saving it -------------------------------------------------------------------------------------------------------


@commands.command("feeds save", role=Role.MODERATOR, typed=False)
async def save(do: Write, token: str) -> Update:
    """Save the changes of a feed whose effect was shown."""
    await people.lock_communities(do.db, do.community.id)
    draft = await _kept(do, token)
    own_feed = await _existing(do, draft.feed)
    subject = f"feed:{draft.feed}"
    if own_feed["version"] != draft.version:
        raise await _overtaken(do, draft, subject)
    before, after = values_of(draft_of(own_feed)), values_of(draft)
    undo = await audit.record(do, "feeds edit", subject, before=before, after=after)
    await subscriptions.edit(do.db, do.community.id, draft.feed, **after)
    lines = tuple((bold(name), f": {words}") for name, words in changes_words(before, after))
    text = say("Saved by {name}: {title}.", name=do.name, title=shorten(draft.title, 100))
    show = Button(say("Show feed"), "feeds show", (str(draft.feed),))
    note = Note((say("It applies to what comes from now on. Undo is possible for a day."),))
    return Update(Card(text, (Paragraph((text,)), Items(lines), note, Controls((show, audit.undo_button(undo))))))


async def _overtaken(do: Write, draft: Draft, subject: str) -> UserError:
    latest = await audit.latest(do.db, do.community.id, subject)
    by_whom = say("Somebody has changed this feed meanwhile.")
    if latest is not None and latest["action"] == "feeds edit":
        by_whom = say("{name} changed this feed {ago}.", name=latest["actor_name"], ago=ago(do.now - latest["at"]))
    anew = Button(say("Edit it as it is now"), "feeds edit", (str(draft.feed),), "primary")
    return UserError("E-DONE", by_whom, why=say("Nothing of yours was saved."), buttons=(anew,))


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo an edit, unless the feed was changed since."""
    await people.lock_communities(do.db, do.community.id)
    own_feed = await _existing(do, int(row["subject"].removeprefix("feed:")))
    now = values_of(draft_of(own_feed))
    if any(now[name] != value for name, value in row["after"].items()):
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("The feed was changed since."))
    await subscriptions.edit(do.db, do.community.id, own_feed["id"], **row["before"])
    return say("Undone: “{title}” is as it was before.", title=row["before"]["title"])
