"""`/feeds edit`: a form, what it would have changed of the feed's last 50 items, and only then saving it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import sqlalchemy as sa

from bot import audit, people, views
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Items, Note, Paragraph, bold
from bot.commands import Commands, Look, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.leads import lessons, subscriptions
from bot.leads.approval import approval_of, approval_words
from bot.leads.cards import ago, shorten
from bot.leads.entry import Document, Side
from bot.leads.feedform import edit_form, more_form, short_form
from bot.leads.feedrules import FeedRules, kinds_words, read_rules, rules_data, rules_words, split_words
from bot.leads.foresight import Fate, Terms, fate_of, fate_words
from bot.leads.queue import FEED
from bot.leads.sources import entry
from bot.leads.why import entry_of
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from bot.leads.entry import Entry, Verdict
    from bot.leads.leaning import Leaning

TRIED = 50  # items on which the effect is shown
LISTED = 5  # of those that change
LANGUAGE = re.compile(r"[a-z]{2}")

commands = Commands()

Destination = Literal["digest", "instant"]
Approval = Literal["community", "review", "flagged", "auto"]
Default = Literal["open", "gig", "job"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a feed to be, before it is saved."""

    feed: int
    version: int  # of the feed that they saw
    title: str
    destination: str
    approval: str | None
    side: str
    default_kind: str | None
    rules: FeedRules


EDITED = ("title", "destination", "approval", "side", "default_kind", "rules")


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft, and what it makes of the feed's last items: each with its fate before and after."""

    draft: Draft
    fates: tuple[tuple[str, Fate, Fate], ...]  # title, before, after


def draft_of(own_feed: RowMapping) -> Draft:
    """A feed as it is."""
    values = {name: own_feed[name] for name in ("title", "destination", "approval", "side", "default_kind", "version")}
    return Draft(feed=own_feed["id"], rules=read_rules(own_feed["rules"]), **values)


def draft_data(draft: Draft) -> dict[str, Any]:
    """A draft as JSON-ready data."""
    plain = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)}
    return {**plain, "feed": str(draft.feed), "rules": rules_data(draft.rules)}


def read_draft(data: Mapping[str, Any]) -> Draft:
    """The draft that `draft_data` made the data of."""
    return Draft(**{**data, "feed": int(data["feed"]), "rules": read_rules(data["rules"])})


# --- the form --------------------------------------------------------------------------------------------------------


@commands.command("feeds edit", role=Role.MODERATOR, example="/feeds edit We Work Remotely")
async def edit(ask: Read, feed: Annotated[int | None, FEED, "Which of your feeds"] = None) -> OpenForm:
    """Change a feed's name, destination, approval and rules; you see the effect before you save."""
    if feed is None:
        feeds = await subscriptions.feeds_in(ask.db, ask.community.id)
        if len(feeds) != 1:
            raise UserError(
                "E-OPTION",
                say("Say which feed.") if feeds else say("There are no feeds yet."),
                advice=say("Type its name behind the command, or choose it from the list.") if feeds else "",
                buttons=(Button(say("Show feeds"), "feeds list", (), "primary"),),
            )
        feed = feeds[0]["id"]
    own_feed = await _existing(ask, feed)
    return OpenForm(_form_of(ask, own_feed, draft_of(own_feed)))


def _form_of(ask: Read, own_feed: RowMapping, draft: Draft) -> Any:
    if own_feed["kind"] != "jobs":
        return short_form(draft)
    return edit_form(draft, approval_of(ask.settings, ask.community.approval, None))


async def _existing(ask: Read, feed_id: int) -> RowMapping:
    own_feed = await subscriptions.read_feed(ask.db, ask.community.id, feed_id)
    if own_feed is None or own_feed["removed"] is not None:
        raise _gone()
    return own_feed


def _gone() -> UserError:
    shown = Button(say("Show feeds"), "feeds list")
    return UserError("E-STALE", say("This feed is not one of yours any more."), buttons=(shown,))


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
        rules=rules,
    )
    return await _try(look, draft)


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
) -> Reply:
    """Show what a feed's new rules would have changed of its last 50 items."""
    del feed, version, kinds, max_age, languages, title, destination, approval, side, default, must, must_not, min_rate
    return Reply(await _effect(do, found))


async def _look_again(look: Look, token: str, kinds: str, max_age: int, languages: str) -> Tried:
    async with look.read() as db:
        draft = read_draft((await views.find(db, look.community.id, token, look.now))["draft"])
    types = tuple(filter(None, kinds.split(",")))
    rules = dataclasses.replace(draft.rules, kinds=types, max_age_hours=max_age, languages=_languages(languages))
    return await _try(look, dataclasses.replace(draft, rules=rules))


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


async def _try(look: Look, draft: Draft) -> Tried:
    """What a draft makes of the feed's last items, judged anew."""
    async with look.read() as db:
        own_feed = await subscriptions.read_feed(db, look.community.id, draft.feed)
        if own_feed is None:
            raise _gone()
        newest = sa.select(entry).where(entry.c.source_id == own_feed["source_id"])
        newest = newest.order_by(entry.c.first_seen.desc(), entry.c.id.desc()).limit(TRIED)
        rows = (await db.execute(newest)).mappings().all()
        leaning = await lessons.leaning_of(db, look.community.id)
    before = draft_of(own_feed)
    if own_feed["kind"] != "jobs":
        return Tried(dataclasses.replace(before, version=draft.version, title=draft.title or before.title), ())
    draft = dataclasses.replace(draft, title=draft.title or before.title)
    items = tuple(entry_of(row) for row in rows)
    old = await _judge(look, items, before.side)
    new = old if draft.side == before.side else await _judge(look, items, draft.side)
    fates = []
    for row, item, was, now_is in zip(rows, items, old, new, strict=True):
        times = {"published": min(row["published"] or row["first_seen"], row["first_seen"]), "seen": row["first_seen"]}
        earlier, later = (
            fate_of(item, v, _terms(look, d, leaning), **times) for v, d in ((was, before), (now_is, draft))
        )
        fates.append((item.title, earlier, later))
    return Tried(draft, tuple(fates))


async def _judge(look: Look, items: tuple[Entry, ...], side: str) -> Sequence[Verdict]:
    document = Document(title="", link="", language="", entries=items)
    verdicts: Sequence[Verdict] = await look.workers.run("bot.leads.reading:judge_all", document, side, look.now)
    return verdicts


def _terms(look: Look, draft: Draft, leaning: Leaning) -> Terms:
    approval = approval_of(look.settings, look.community.approval, draft.approval)
    return Terms(draft.rules, approval, draft.default_kind, leaning)


async def _effect(do: Write, tried: Tried) -> Card:
    """What a draft changes, with the way to save it; the draft is kept behind the buttons."""
    draft = tried.draft
    own_feed = await _existing(do, draft.feed)
    token = do.ids.token()
    kept = {"draft": draft_data(draft)}
    await views.keep(do.db, do.community.id, token, kept, do.now + views.FORM_LIFE)
    changes = changes_words(_values(draft_of(own_feed)), _values(draft))
    again = Button(say("Edit again"), "feeds edit-again", (token,))
    title = shorten(own_feed["title"], 100)
    if not changes:
        text = say("Nothing is different from how {title} is now.", title=title)
        return Card(text, (Paragraph((text,)), Controls((again, *_more(own_feed, token)))))
    blocks: list[Block] = [
        Heading(say("Save these changes?")),
        Facts(tuple(Fact(name, (words,)) for name, words in changes)),
        *_effect_blocks(tried.fates),
        Note((say("They apply to what comes from now on; what is here already stays as it is."),)),
    ]
    save = Button(say("Save"), "feeds save", (token,), "primary")
    return Card(_effect_words(tried.fates, title), (*blocks, Controls((save, again, *_more(own_feed, token)))))


def _more(own_feed: RowMapping, token: str) -> tuple[Button, ...]:
    return (Button(say("More rules"), "feeds more-rules", (token,)),) if own_feed["kind"] == "jobs" else ()


def _effect_words(fates: Sequence[tuple[str, Fate, Fate]], title: str) -> str:
    if not fates:
        return say("Changes of {title}, not saved so far.", title=title)
    n = count(len(fates), say("item"), say("items"))
    passing, changing = sum(after.passes for _, _, after in fates), sum(was != after for _, was, after in fates)
    return say("With these rules, of the last {n}: {a} pass, {b} change.", n=n, a=passing, b=changing)


def _effect_blocks(fates: Sequence[tuple[str, Fate, Fate]]) -> list[Block]:
    if not fates:
        return []
    changed = [one for one in fates if one[1] != one[2]]
    blocks: list[Block] = [Paragraph((bold(_effect_words(fates, "")),))]
    if changed:
        lines = tuple(
            (bold(shorten(title, 100)), f": {fate_words(was)} → {fate_words(after)}")
            for title, was, after in changed[:LISTED]
        )
        blocks.append(Items(lines))
    if len(changed) > LISTED:
        blocks.append(Note((say("And {n} more change.", n=len(changed) - LISTED),)))
    return blocks


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
    before, after = _values(draft_of(own_feed)), _values(draft)
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
    if _values(draft_of(own_feed)) != row["after"]:
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("The feed was changed since."))
    await subscriptions.edit(do.db, do.community.id, own_feed["id"], **row["before"])
    return say("Undone: “{title}” is as it was before.", title=row["before"]["title"])


def _values(draft: Draft) -> dict[str, Any]:
    """What is edited, as columns of a feed."""
    return {**{name: getattr(draft, name) for name in EDITED}, "rules": rules_data(draft.rules)}


def changes_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What differs between two states of a feed: each column's name and its two values, in words."""
    return [
        (say(_NAMES[name]), f"{_value_words(name, before[name])} → {_value_words(name, after[name])}")
        for name in EDITED
        if before[name] != after[name]
    ]


_NAMES = {
    "title": "Name",
    "destination": "Destination",
    "approval": "Approval",
    "side": "Side",
    "default_kind": "Type where it is not stated",
    "rules": "Rules",
}


def _value_words(name: str, value: Any) -> str:
    if name == "rules":
        return rules_words(read_rules(value))
    if name == "approval":
        return approval_words(value) if value else say("as the community has it")
    if name == "default_kind":
        return kinds_words((value,)) if value else say("left open")
    return str(value)
