"""What job boards say in fields and headlines of their own: company, role, pay, place, kind of work, skills, expiry.

Boards agree on nothing, and WP Job Manager's namespace is each site's own, so a field is known by its prefix and
local name, without regard to case. What no board says stays empty; the text is left to the judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.leads.dates import read_date
from bot.leads.headlines import Headline, read_headline, read_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.leads.entry import Entry


@dataclass(frozen=True, slots=True)
class BoardFacts:
    """What the board itself says about a posting, as written there; "" or () where it says nothing."""

    company: str = ""
    role: str = ""  # the title without company, tags and the board's name
    pay_text: str = ""  # with its unit in words, e.g. "$20.00-$80.00 per hour" or "$1,300 USD fixed price"
    place: str = ""  # where one must be, with "Remote" or "Hybrid" if a field says so
    types: tuple[str, ...] = ()  # of full_time, part_time, contract, freelance, temporary, internship
    skill_words: tuple[str, ...] = ()  # the board's or client's own tags, in their words
    expires: datetime | None = None  # UTC


_COMPANY = ("company", "companyname", "hiringorganization", "employer", "employername")
_PAY = ("salary", "salaryrange", "compensation", "pay", "rate", "budget")
_PLACE = ("location", "locations", "locationrestriction", "locationrestrictions", "candidaterequiredlocation", "jobgeo")
_TYPE = ("jobtype", "employmenttype", "type", "contracttype")
_SKILLS = ("skills", "tags", "jobtags", "jobcategory")
_EXPIRY = ("expiresat", "expirydate", "expires", "expirationdate", "validthrough", "applicationdeadline")

_ANYWHERE = "anywhere in the world"
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+ ?")
# We Work Remotely lets its yearly pay brackets slip in among the skills, with a blank after the comma
_PAY_AMONG_SKILLS = re.compile(r"\$\s?\d[\d, ]*(?:\s*-\s*\$?\s?\d[\d, ]*)?(?:or more )?USD")
_LABELS = ("Budget", "Hourly Range", "Skills", "Category", "Posted On", "Country", "Level")
_LABEL = re.compile(
    rf"(?:^|\|)[ \t]*({'|'.join(_LABELS)})[ \t]*:[ \t]*([^\n|]*)",
    re.MULTILINE,
)
_TAG = re.compile(r"^\s*\[(?:hiring|job|paid|remote)\]\s*", re.IGNORECASE)


def read_board(entry: Entry) -> BoardFacts:
    """What the board's own fields and habits say of `entry`: fields first, then labels in the body, then headlines."""
    host = _host(entry.link)
    fields = _job_fields(entry.fields)
    labels = dict(_LABEL.findall(entry.text[:20_000])) if _has_labels(entry.text) else {}
    headline = read_headline(entry.title, entry.text, host, entry.link)
    company = _first(fields, _COMPANY) or headline.company
    return BoardFacts(
        company=company,
        role=_role(entry.title, headline, company),
        pay_text=_pay(fields) or _labelled_pay(labels) or headline.pay,
        place=_place(fields, entry.fields) or headline.place,
        types=_types(fields, labels) or headline.types,
        skill_words=_skill_words(fields, labels, entry),
        expires=read_date(_first(fields, _EXPIRY)) if fields else None,
    )


def _has_labels(text: str) -> bool:
    """Whether one of the labels that decide something may be in a text."""
    return "Skills" in text or "Budget" in text or "Hourly Range" in text


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _job_fields(fields: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The fields about the job, by local name in lower case without underscores; blank values are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for key, values in fields.items():
        prefix, _, local = key.lower().rpartition(":")
        kept = tuple(value.strip() for value in values if value.strip())
        if kept and (prefix in {"", "g"} or "job" in prefix):
            name = local.replace("_", "")
            found[name] = (*found.get(name, ()), *kept)
    return found


def _first(fields: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> str:
    return next((fields[name][0] for name in names if name in fields), "")


def _role(title: str, headline: Headline, company: str) -> str:
    role = headline.role if headline.replaces_title else _TAG.sub("", title).removesuffix(" - Upwork").strip()
    for ending in (f" at {company}", f" - {company}", f" @ {company}"):
        if company and role.lower().endswith(ending.lower()):
            return role[: -len(ending)].strip()
    if company and role.lower().startswith(f"{company.lower()}:"):
        return role[len(company) + 1 :].strip()
    return role


def _pay(fields: Mapping[str, tuple[str, ...]]) -> str:
    if not fields:
        return ""
    stated = _first(fields, _PAY)
    if not stated:
        low = _first(fields, ("salarymin", "annualsalarymin", "minsalary"))
        high = _first(fields, ("salarymax", "annualsalarymax", "maxsalary"))
        stated = " - ".join(dict.fromkeys(bound for bound in (low, high) if bound.strip("0.")))
        if stated and any(name.startswith("annualsalary") for name in fields):
            stated += " per year"
    if stated:
        currency = _first(fields, ("salarycurrency", "currency"))
        unit = _first(fields, ("salaryunit", "salaryperiod"))
        stated += f" {currency}" if currency and currency.lower() not in stated.lower() else ""
        return f"{stated} per {unit.lower()}" if unit and unit.lower() not in stated.lower() else stated
    among_skills = _PAY_AMONG_SKILLS.search(", ".join(fields.get("skills", ())))
    return f"{among_skills[0].replace(', ', ',')} per year" if among_skills else ""


def _labelled_pay(labels: Mapping[str, str]) -> str:
    if budget := labels.get("Budget", "").strip():
        return f"{budget} fixed price"
    hourly = labels.get("Hourly Range", "").strip()
    return f"{hourly} per hour" if hourly else ""


def _place(fields: Mapping[str, tuple[str, ...]], every_field: Mapping[str, tuple[str, ...]]) -> str:
    if not every_field:
        return ""
    for name in _PLACE:
        if name in fields:
            return "; ".join(fields[name])
    countries = [_FLAGS.sub("", value).strip() for value in fields.get("country", ())]
    named = [value for value in countries if value.lower() != _ANYWHERE]
    if place := "; ".join(named or fields.get("region", ()) or countries):
        return place
    office = _teamtailor_office(every_field)
    remote = {"fully": "Remote", "hybrid": "Hybrid"}.get(_first(fields, ("remotestatus",)).lower(), "")
    return "; ".join(dict.fromkeys(part for part in (remote, office) if part))


def _teamtailor_office(fields: Mapping[str, tuple[str, ...]]) -> str:
    names, countries = fields.get("tt:name", ()), fields.get("tt:country", ())
    if len(names) == len(countries) == 1 and countries[0].lower() not in names[0].lower():
        return f"{names[0]}, {countries[0]}"
    return "; ".join(names)


def _types(fields: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> tuple[str, ...]:
    values = [value for name in _TYPE for value in fields.get(name, ())]
    stated = read_types(" / ".join(values)) if values else ()
    marketplace = len(labels.keys() & {"Budget", "Hourly Range"}) and len(labels) > 1
    return stated or (("freelance",) if marketplace else ())


def _skill_words(fields: Mapping[str, tuple[str, ...]], labels: Mapping[str, str], entry: Entry) -> tuple[str, ...]:
    lists = [value for name in _SKILLS for value in fields.get(name, ())]
    if skills := labels.get("Skills"):
        lists.append(skills)
    if any(key.lower().startswith("himalayasjobs:") for key in entry.fields):
        lists.extend(category.replace("-", " ") for category in entry.categories)
    words = (
        word.strip().removeprefix("and ").strip()
        for text in lists
        for word in _PAY_AMONG_SKILLS.sub("", text).replace(";", ",").split(",")
    )
    kept = (word for word in words if word and word.lower() != _ANYWHERE and not word.startswith("+"))
    return tuple(dict.fromkeys(kept))
