"""The gallery's walk through leads: approved, edited, used, shared, and the morning's card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, forms, outbox, people
from bot.cli.paper import DAWN, FULL, LONG, MANY
from bot.leads.offer import Record, offer_card
from bot.leads.public import Offer, PublicForm
from bot.leads.sources import entry, source
from bot.leads.store import lead
from bot.presses import press_id
from jobs.schedule import travel

if TYPE_CHECKING:
    from bot.app import App
    from bot.cli.gallery import Tour
    from bot.people import Caller
    from bot.when import SetClock


async def walk(tour: Tour, app: App, maria: Caller, ana: Caller) -> None:
    """From a feed's first leads to what moderators decide about them and members do with them."""
    await tour.keep(app, "feeds test", "full", await app.run_line(maria, f"/feeds test {FULL}"))
    added = await tour.keep(app, "feeds add", "full", await app.run_line(maria, f"/feeds add {FULL} include:12"))
    await tour.keep(app, "best leads", "posted", await tour.press(app, maria, added, "Post now"))
    waiting = await tour.keep(app, "feeds queue", "full", await app.run_line(maria, "/feeds queue"))
    approved = await tour.keep(app, "decision", "approved", await tour.press(app, maria, waiting, "Approve"))
    await tour.keep(app, "error", "too late", await tour.press(app, maria, waiting, "Approve"))
    following = await tour.keep(app, "feeds queue", "next", await tour.press(app, maria, approved, "Next"))
    another = await tour.press(app, maria, following, "Reject for another reason…")
    await tour.keep(app, "lead reject", "form", another)
    rejected = await tour.keep(app, "decision", "rejected", await tour.choose(app, maria, following, "vague"))
    await tour.keep(app, "decision", "undone", await tour.press(app, maria, rejected, "Undo"))
    await _moderation(tour, app, maria)
    for url in MANY:
        await app.run_line(maria, f"/feeds add {url}")
    await tour.keep(app, "feeds list", "full", await app.run_line(maria, "/feeds list"))
    await tour.keep(app, "gigs find", "full", await app.run_line(ana, "/gigs find"))
    await tour.keep(app, "gigs find", "nothing fits", await app.run_line(ana, "/gigs find zebra >500/h"))
    async with tour.db.read() as db:
        statement = sa.select(lead.c.id).join(entry, entry.c.id == lead.c.entry_id)
        longest = (await db.execute(statement.order_by(sa.func.length(entry.c.title).desc()))).scalars().first()
    await tour.keep(app, "lead", "longest", await app.run_press(maria, press_id("lead show", (str(longest),))))
    await _use(tour, app, maria, ana, str(longest))
    await _share(tour, app, maria, ana)
    await tour.keep(app, "lead why", "longest", await app.run_press(maria, press_id("lead why", (str(longest),))))


async def _use(tour: Tour, app: App, maria: Caller, ana: Caller, lead_id: str) -> None:
    """What a member does with a lead: the longest one is approved for it."""
    async with tour.db.write() as db:
        await db.execute(sa.update(lead).where(lead.c.id == int(lead_id)).values(state="approved"))
    shown = await tour.keep(app, "lead", "to a member", await app.run_press(ana, press_id("lead show", (lead_id,))))
    await tour.keep(app, "gigs saved", "empty", await app.run_line(ana, "/gigs saved"))
    saved = await tour.keep(app, "lead save", "longest", await tour.press(app, ana, shown, "Save"))
    await tour.keep(app, "lead save", "again", await tour.press(app, ana, shown, "Save"))
    await tour.keep(app, "lead remind", "longest", await tour.press(app, ana, saved, "Remind me in 3 days"))
    await tour.keep(app, "gigs saved", "full", await app.run_line(ana, "/gigs saved"))
    form = await tour.keep(app, "lead report", "form", await tour.press(app, ana, shown, "Report"))
    if isinstance(form, forms.Form):
        where, said = press_id(form.submit, form.arguments), {"reason": "scam", "words": LONG[:1000]}
        await tour.keep(app, "lead report", "done", await app.run_form(ana, where, said))
    await tour.keep(app, "lead hide", "longest", await tour.press(app, ana, shown, "Not for me"))
    press = press_id("report withdraw", (lead_id, "1"))
    await tour.keep(app, "lead report", "settled", await app.run_press(maria, press))


async def _share(tour: Tour, app: App, maria: Caller, ana: Caller) -> None:
    """A gig that a member shares, and one that a business posts with the public form."""
    form = await tour.keep(app, "gigs share", "form", await app.run_line(ana, "/gigs share"))
    await tour.send(app, ana, "gigs share", "done", form, title=LONG[:200], pay="heaps", details=LONG[:3000])
    public = PublicForm(app)
    async with tour.db.read() as db:
        key = people.public_key((await db.execute(sa.select(people.community.c.id))).scalar_one())
    taker = await public.community(key)
    if taker is not None:
        await public.take(taker, Offer(LONG[:150], LONG[:100], LONG[:5000], "80 EUR/h", LONG[:300]), "203.0.113.7")
    async with tour.db.read() as db:
        newest = (await db.execute(sa.select(sa.func.max(lead.c.id)))).scalar_one()
    shown = await app.run_press(maria, press_id("lead show", (str(newest),)))
    await tour.keep(app, "public form", "to moderators", shown)


async def _moderation(tour: Tour, app: App, maria: Caller) -> None:
    """A feed's rules and their effect, an edited lead, a trusted feed, and what the audit says of it all."""
    form = await tour.keep(app, "feeds edit", "form", await app.run_line(maria, "/feeds edit A board with much"))
    effect = await tour.send(app, maria, "feeds edit", "effect", form, must="rag or llm, clinic", min_rate="200")
    more = await tour.keep(app, "feeds edit", "more rules", await tour.press(app, maria, effect, "More rules"))
    await tour.send(app, maria, "feeds edit", "more effect", more, kinds="gig", max_age="24", languages="en, de")
    saved = await tour.keep(app, "feeds edit", "saved", await tour.press(app, maria, effect, "Save"))
    await tour.keep(app, "feeds edit", "overtaken", await tour.press(app, maria, effect, "Save"))
    await tour.keep(app, "feeds edit", "undone", await tour.press(app, maria, saved, "Undo"))
    waiting = await tour.keep(app, "feeds queue", "again", await app.run_line(maria, "/feeds queue"))
    form = await tour.keep(app, "lead edit", "form", await tour.press(app, maria, waiting, "Edit"))
    rest = {"rate": "80 EUR/h", "kind": "gig", "skills": "RAG"}
    edited = await tour.send(app, maria, "lead edit", "saved", form, title=LONG[:200], **rest)
    trusted = await tour.press(app, maria, edited, "Always from this feed")
    await tour.keep(app, "decision", "always", trusted)
    await tour.keep(app, "mod audit", "full", await app.run_line(maria, "/mod audit"))


async def morning(tour: Tour, app: App, clock: SetClock, maria: Caller) -> None:
    """The next morning's batch card, what is done with it, and the offer. No feed is asked meanwhile."""
    async with tour.db.write() as db:
        await db.execute(sa.update(source).values(due=None))
    await travel(app, clock, DAWN + timedelta(hours=26))
    async with tour.db.read() as db:
        statement = sa.select(outbox.message.c.card).where(outbox.message.c.key.startswith("docket:"))
        batch = cards.load((await db.execute(statement.order_by(outbox.message.c.id.desc()))).scalars().first())
    form = await tour.keep(app, "docket", "ticks", await tour.press(app, maria, batch, "Change ticks"))
    ticked = form.fields[0].value if isinstance(form, forms.Form) else ""
    decided = await tour.send(app, maria, "docket", "published", form, part1=ticked)
    await tour.keep(app, "docket", "undone", await tour.press(app, maria, decided, "Undo"))
    offered = offer_card(Record(60, 58, 0), "1")
    tour.keep_card("offer", "made", offered)
    for label in ("Ask again in a month", "No", "Yes, from now on"):
        await tour.keep(app, "offer", label, await tour.press(app, maria, offered, label))
