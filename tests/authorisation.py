"""Who may do what, written by hand from the product's catalogue of commands: never made from the registry.

`ALWAYS`: anybody, also whom moderators have paused or banned (help, privacy, export, forget, report, the way to the
moderators). `MEMBERS`: everybody else. `ORGANISERS`, `MODERATORS`: they alone, and who ranks above them. `FOUNDERS`:
moderators in a workspace or server that belongs to no community yet.
"""

from __future__ import annotations

from typing import Literal

Who = Literal["always", "members", "organisers", "moderators", "founders"]

ALWAYS = """
hub
hub report, hub report-message, hub save-report, note report, note save-report, lead report, lead save-report
appeal write, appeal send
profile privacy, profile refresh, profile switch, profile prefer, profile unblock
profile link, profile link-cancel, profile link-choose, profile link-now, profile save-link
profile unlink, profile part, profile not-me
profile export, profile forget, profile ask-word, profile forget-now
"""

MEMBERS = """
profile zone, profile check-zone, profile keep-zone, profile stay
profile block
introduction ask, introduction answer
contact show, contact choose, contact save, contact meet, contact save-meeting, contact end
note write, note send, note stop
gigs find, gigs saved, gigs share, gigs pass-on, gigs save-share
lead show, lead why, lead save, lead hide, lead drop, lead stage, lead remind, lead unremind, lead export
profile edit, profile view, profile read-skills, profile keep-skills, profile skills, profile save-about
profile more, profile save-more, profile hours, profile save-hours
profile levels, profile set-level, profile set-priority
profile test-messages, profile check-messages, profile allow-messages
swap join, swap save, swap find, swap status, swap want, swap pause, swap resume, swap leave, swap coffee
swap answer, swap why, swap why-not, swap another
swap met, swap not-yet, swap help, swap failed, swap hours, swap thank, swap feedback
swap times, swap fix, swap ask-time, swap save-time, swap calendar, swap no-fit, swap gift, swap unlearn
help ask, help answer, help withdraw
mentor offer, mentor save-offer, mentor pause, mentor resume, mentor stop
mentor ask, mentor seek, mentor again, mentor ask-all, mentor withdraw, mentor help, mentor pass
mentor book, mentor sessions, mentor move, mentor move-to, mentor call-off, mentor cancel
mentor calendar, mentor notes, mentor save-notes, mentor met, mentor thank
gigs alerts, gigs mine, alert edit, alert save, alert drop, alert see, alert from-search
digest, digest preview, digest settings, digest save
market, market send
calendar mine
meetup list, meetup show, meetup going, meetup maybe, meetup cant, meetup take, meetup reminders, meetup calendar
meetup was
meetup create, meetup preview, meetup turns, meetup redo, meetup discard, meetup publish
meetup manage, meetup change, meetup save-change, meetup call-off, meetup cancel, meetup hand-over, meetup save-host
meetup write, meetup send, meetup mark, meetup save-mark, meetup csv
"""

ORGANISERS = ""  # who creates meetups is a setting

MODERATORS = """
mod setup, mod settings, mod save-setup, mod invite, mod undo, mod audit, mod safety
message confirm, message repeat
safety warn, safety save-warning, safety pause, safety ban, safety clear, safety settle
report withdraw, report keep
feeds start, feeds add, feeds list, feeds test, feeds explain, feeds show, feeds pause, feeds resume
feeds ask-remove, feeds remove, feeds edit, feeds edit-again, feeds more-rules, feeds check, feeds check-more
feeds save, feeds packs, feeds add-packs, feeds opml, feeds paste-opml, feeds import, feeds queue
lead post-best, lead hold-best, lead skip, lead approve, lead reject, lead always, lead edit, lead save-edit
docket publish, docket ticks, docket approve, docket reject-rest
offer accept, offer decline, offer later
flood review, flood release
lead ask-why
mod skills, mod add-skill, mod ask-meaning, mod mean-skill, mod dismiss-skill, mod welcome
market share
calendar ours
swap rounds
mod digest, digest publish, digest skip
"""

FOUNDERS = """
mod found, mod join, mod save-join
"""


def _names(text: str) -> list[str]:
    return [name.strip() for line in text.split("\n") for name in line.split(",") if name.strip()]


BY_SETTING = frozenset(_names("meetup create, meetup preview, meetup turns, meetup redo, meetup publish"))
"""Who may is a setting (`meetup.who_can_create`), so that the handler asks."""

MAY: dict[str, Who] = {
    **dict.fromkeys(_names(ALWAYS), "always"),
    **dict.fromkeys(_names(MEMBERS), "members"),
    **dict.fromkeys(_names(ORGANISERS), "organisers"),
    **dict.fromkeys(_names(MODERATORS), "moderators"),
    **dict.fromkeys(_names(FOUNDERS), "founders"),
}
"""By command."""
