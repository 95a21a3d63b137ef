"""The leads that new entries may repeat: those of a community within the last month, found for many entries at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.leads import store
from bot.leads.same import Posting, canonical, job_key, same_job

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.leads.approval import State
    from bot.leads.entry import Entry, Verdict
    from bot.leads.place import Place

SAME_JOB_FOR = timedelta(days=30)  # a repeat after this long is news again


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an entry is recognised by when somebody else advertises the same."""

    address: str  # canonical, "" for none
    employer: str  # `same.job_key`
    posting: Posting


def likeness_of(entry: Entry, verdict: Verdict) -> Likeness:
    """What an entry is recognised by."""
    role = verdict.role or entry.title
    posting = Posting(company=verdict.company or "", role=role, text=entry.text, link=entry.link)
    return Likeness(canonical(entry.link) if entry.link else "", job_key(posting.company, role), posting)


@dataclass(frozen=True, slots=True)
class _Known:
    lead_id: int
    state: State
    likeness: Likeness


class Repeats:
    """Leads by what they are recognised by; those that are made meanwhile have to be added."""

    def __init__(self) -> None:
        self._leads: dict[int, _Known] = {}
        self._alike: dict[str, set[int]] = {}  # lead ids by address and by employer, which never look the same

    def add(self, lead_id: int, state: State, likeness: Likeness) -> None:
        """Know another lead."""
        self._leads[lead_id] = _Known(lead_id, state, likeness)
        for key in (likeness.address, likeness.employer):
            self._alike.setdefault(key, set()).add(lead_id)

    def find(self, likeness: Likeness, *, passes: bool = True) -> int | None:
        """The id of the lead that an entry repeats, the oldest of several.

        What the rules of another feed have left out is no such lead if the entry `passes` those of its own.
        """
        keys = [key for key in (likeness.address, likeness.employer) if key]
        for lead_id in sorted(set().union(*(self._alike.get(key, ()) for key in keys))):
            other = self._leads[lead_id]
            if other.state == "ruled" and passes:
                continue
            same_address = likeness.address and other.likeness.address == likeness.address
            if same_address or same_job(likeness.posting, other.likeness.posting):
                return lead_id
        return None


async def repeats_of(place: Place, wanted: Iterable[Likeness]) -> Repeats:
    """The community's leads that entries of this likeness may repeat."""
    wanted = list(wanted)
    addresses, employers = {one.address for one in wanted}, {one.employer for one in wanted}
    found = Repeats()
    for row in await store.alike(place.db, place.community.id, addresses, employers, place.now - SAME_JOB_FOR):
        verdict = store.verdict_of(row)
        posting = Posting(verdict.company or "", verdict.role or row["title"], row["text"], row["link"])
        found.add(row["id"], row["state"], Likeness(row["canonical"], row["employer"], posting))
    return found
