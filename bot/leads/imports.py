"""`/feeds opml`: a community's feeds as a file, and lists of feeds taken in after a preview."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Literal

from bot import outbox, views
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, sentence
from bot.commands import Commands, Look, OpenForm, Read, Reply, Update, Write
from bot.errors import UserError
from bot.forms import Form, Page, TextField
from bot.leads import batches, opml, subscriptions
from bot.leads.cards import shorten
from bot.leads.discovery import address_of
from bot.leads.entry import Document
from bot.leads.opml import FeedList  # noqa: TC001  the signature is read at run time
from bot.leads.reading import guess_side
from bot.options import File  # noqa: TC001
from bot.people import Role
from bot.ports import FetchFailed, WorkerFailed
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Text
    from bot.leads.opml import Outline, Remark

PASTED = 3000  # characters: Slack's limit for a field of a form
LISTED = 20  # lines of a file that are remarked upon in the preview
NAME = "guildhall-feeds.opml"

commands = Commands()


async def _look_at_list(look: Look, link: str, file: File | None) -> FeedList | None:
    content = await _content(look, link, file)
    if content is None:
        return None
    try:
        found: FeedList = await look.workers.run("bot.leads.opml:read_opml", content[: opml.LARGEST + 1])
    except WorkerFailed as failure:
        raise UserError("E-OPML", say("Reading that list took too long, so I stopped."), why=str(failure)) from None
    return found


async def _content(look: Look, link: str, file: File | None) -> bytes | None:
    """The bytes of an attached file, of pasted text, or behind a link; None where nothing was given."""
    if file is not None:
        return file.content
    if link.lstrip().lower().startswith(("<?xml", "<opml", "<!")):
        return link.encode()
    if not link:
        return None
    try:
        return (await look.fetcher.get(address_of(link))).body
    except FetchFailed as failure:
        raise UserError(failure.code, failure.sentence, advice=failure.advice) from None


@commands.command(
    "feeds opml", role=Role.MODERATOR, look=_look_at_list, example="/feeds opml https://example.com/feeds.opml"
)
async def exchange(
    do: Write,
    found: FeedList | None,
    link: Annotated[str, "A link to a list to import, where no file can be attached"] = "",
    file: Annotated[File | None, "A list to import (nothing: all your feeds come as a file)"] = None,
) -> Reply:
    """Get your feeds as an OPML file, or import such a list after a preview."""
    del link, file
    feeds = await subscriptions.feeds_in(do.db, do.community.id)
    return Reply(await _export(do, feeds) if found is None else await _preview(do, feeds, found))


@commands.command("feeds paste-opml", role=Role.MODERATOR, typed=False)
async def paste(ask: Read) -> OpenForm:
    """Ask for the text of a list of feeds."""
    del ask
    hint = say("The text of an OPML file, at most {n:,} characters; a link to a longer one.", n=PASTED)
    field = TextField("link", say("List of feeds"), hint, long=True, max_length=PASTED)
    return OpenForm(
        Form(say("Import feeds"), "feeds opml", (Page(say("Import feeds"), (field,)),), submit_label=say("Look"))
    )


# --- out -------------------------------------------------------------------------------------------------------------


async def _export(do: Write, feeds: Sequence[RowMapping]) -> Card:
    import_button = Button(say("Paste a list"), "feeds paste-opml")
    how = say("To import a list, give /feeds opml a file or a link to one, or paste its text.")
    if not feeds:
        return sentence(f"{say('There are no feeds to export yet.')} {how}", import_button)
    title = say("Feeds of {name}", name=do.community.name)
    content = opml.write_opml([dict(feed) for feed in feeds], title, do.now)
    n = count(len(feeds), say("feed"), say("feeds"))
    to = outbox.Address(do.space, do.caller.user, direct=True)
    details = {"name": NAME, "content": b64encode(content).decode(), "alt": say("{n} as OPML", n=n)}
    card = sentence(say("{title}: {n} as an OPML file, for any feed reader or another Guildhall.", title=title, n=n))
    key = f"opml:{do.ids.new()}"
    await outbox.queue(do.db, do.ids, to, card, key=key, due=do.now, promise=True, verb="file", details=details)
    sent = say("{n}: the file comes to you as a direct message.", n=n)
    closed = say("If it doesn't, allow direct messages from here and try again.")
    return Card(sent, (Paragraph((sent,)), Note((f"{closed} {how}",)), Controls((import_button,))))


# --- in --------------------------------------------------------------------------------------------------------------


async def _preview(do: Write, feeds: Sequence[RowMapping], found: FeedList) -> Card:
    have = {feed["url"] for feed in feeds}
    new = [outline for outline in found.feeds if outline.url not in have]
    total = len(found.feeds) + found.invalid
    head = say(
        "{total}: {new} new, {known} known, {invalid} invalid.",
        total=count(total, say("feed"), say("feeds")),
        new=len(new),
        known=len(found.feeds) - len(new),
        invalid=found.invalid,
    )
    blocks: list[Block] = [Heading(say("Import feeds")), Paragraph((head,))]
    if new:
        blocks.append(Items(_shown([(f"{shorten(outline.title, 100)} · {outline.kind}",) for outline in new])))
    if found.remarks:
        blocks += [Paragraph((say("Line by line:"),)), Items(_shown([_remark(remark) for remark in found.remarks]))]
    if not new:
        blocks.append(Note((say("There is nothing to import in it."),)))
        return Card(head, tuple(blocks))
    data = {"opml": [_wanted(outline) for outline in new], "done": None}
    token = do.ids.token()
    await views.keep(do.db, do.community.id, token, data, do.now + views.FORM_LIFE)
    start = Button(say("Import and start"), "feeds import", (token, "start"), "primary")
    blocks.append(Note((say("Nothing is imported yet."),)))
    return Card(head, (*blocks, Controls((start, Button(say("Import paused"), "feeds import", (token, "paused"))))))


def _shown(lines: list[Text]) -> tuple[Text, ...]:
    more = len(lines) - LISTED
    return (*lines[:LISTED], (say("and {n} more", n=more),)) if more > 0 else tuple(lines)


def _remark(remark: Remark) -> Text:
    return (say("Line {n}: {words}", n=remark.line, words=shorten(remark.words, 250)),)


def _wanted(outline: Outline) -> dict[str, str]:
    nothing = Document(title=outline.title, link="", language="", entries=())
    return {
        "url": outline.url,
        "title": outline.title,
        "kind": outline.kind,
        "side": outline.side or guess_side(nothing, outline.url),
        "destination": outline.destination,
    }


@commands.command("feeds import", role=Role.MODERATOR, typed=False)
async def take_in(do: Write, token: str, how: Literal["start", "paused"]) -> Update:
    """Import the feeds of a list that was looked at."""
    data = await views.find(do.db, do.community.id, token, do.now, lock=True)
    if data["done"]:
        buttons = (Button(say("Show feeds"), "feeds list"),)
        raise UserError("E-DONE", say("{name} has imported this list already.", name=data["done"]), buttons=buttons)
    await views.change(do.db, do.community.id, token, {**data, "done": do.name})
    wanted = [batches.Wanted(**one) for one in data["opml"]]
    added = await batches.add_all(do, wanted, "feeds import", paused=how == "paused")
    return Update(batches.added_card(added, paused=how == "paused"))
