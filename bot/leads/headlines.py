"""Headlines that carry several facts: "Company | Role | REMOTE | Full-time", "Company: Role", "Role, Company"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_TYPE = re.compile(
    r"(?P<full_time>\bfull[\s_-]?time\b|\bfte\b|\bvollzeit\b|\bfestanstellung\b)|"
    r"(?P<part_time>\bpart[\s_-]?time\b|\bteilzeit\b)|"
    r"(?P<contract>\bcontract(?:or|ors|ing)?\b|\bc2c\b|\b1099\b)|"
    r"(?P<freelance>\bfreelanc\w*|\bfreiberuflich\w*)|"
    r"(?P<temporary>\btemp(?:orary)?\b|\bbefristet\b)|"
    r"(?P<internship>\bintern(?:s|ship|ships)?\b|\bpraktikum\b|\bwerkstudent\w*)",
    re.IGNORECASE,
)
_TYPES = tuple(_TYPE.groupindex)
_URL = re.compile(r"\(?\s*(?:https?://|www\.)\S+(?:\s*\))?", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:^|\s+\(?|\()(?:[a-z0-9-]+\.)+[a-z]{2,}\s*\)?$", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:remote|on[\s-]?site|hybrid|anywhere|worldwide)\b", re.IGNORECASE)
_PAY = re.compile(r"[$€£]\s?\d|\d\s?k\b|\b(?:USD|EUR|GBP|CHF)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:engineer|developer|scientist|designer|manager|lead|architect|analyst|research|programmer|devops|sre|"
    r"full[\s-]?stack|front[\s-]?end|back[\s-]?end|position|role|director|head of|intern|cto|consultant|annotat|"
    r"writer|editor|recruiter|trainer|specialist|expert|teacher|tutor|machine learning|data)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"^\s*\[(?:filled|closed|hiring)\]\s*", re.IGNORECASE)
_BATCH = re.compile(r"\s*\(YC [A-Z]{1,2}\d\d\)", re.IGNORECASE)
_TOWN = re.compile(r"[A-Z][\w .'-]+, (?:[A-Z]{2,3}|[A-Z][a-z]+)")
_NO_PLACE = re.compile(r"\b(?:visa|salary|equity|relocation|flexible)\b|:$", re.IGNORECASE)
_IS_HIRING = re.compile(
    r"(?P<company>[^|:?]{2,60}?) is hiring(?: (?:an? |the |our )?(?P<role>.+?))??(?= in | at | to |[.;:(]|$)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^New comment by .+ in ", re.IGNORECASE)
_INTRODUCTION = 300  # characters in which a company has named itself, if it does
_PROSE = 60  # a part longer than this has run on into the text; only its beginning belongs to the headline


@dataclass(frozen=True, slots=True)
class Headline:
    """The facts of a headline; "" or () where it has none. `replaces_title`: the entry's title is no role by itself."""

    company: str = ""
    role: str = ""
    place: str = ""
    pay: str = ""
    types: tuple[str, ...] = ()
    replaces_title: bool = False


def read_headline(title: str, text: str, host: str, link: str) -> Headline:
    """The facts in an entry's title or, in a hiring thread, in the first line of its text. `host` has no "www."."""
    if _COMMENT.match(title) or (host == "news.ycombinator.com" and not title):
        return _read_comment(text)
    if title.count("|") >= 2:
        return _read_parts(title.split("|"))
    if host == "python.org":
        return _read_role_and_company(title, text)
    company, colon, role = title.partition(": ")
    if colon and (host == "weworkremotely.com" or _speaks_of_itself(company, text)):
        return Headline(company=company.strip(), role=role.strip(), replaces_title=True)
    if host in {"remoteok.com", "remotive.com"}:
        return _read_role_at_company(title, link)
    return _read_is_hiring(title) or Headline()


def read_types(text: str) -> tuple[str, ...]:
    """The kinds of employment named in `text`: full_time, part_time, contract, freelance, temporary, internship."""
    named = {match.lastgroup for match in _TYPE.finditer(text.replace("_", " "))}
    return tuple(name for name in _TYPES if name in named) if named else ()


def _speaks_of_itself(name: str, text: str) -> bool:
    """Whether what stands before a colon is the company: a short name with which the text begins to tell of itself."""
    words = name.split()
    return 0 < len(words) <= 5 and name[:1].isupper() and name.strip() in text[:_INTRODUCTION]


def _read_is_hiring(sentence: str) -> Headline | None:
    hiring = _IS_HIRING.match(sentence)
    if not hiring or hiring["company"].lower().endswith(("who", "what", "we")):
        return None
    role = (hiring["role"] or "").strip(" ,")
    role = "" if role.lower().startswith("for ") else role[:80]
    return Headline(company=_tidy_company(hiring["company"]), role=role, replaces_title=bool(role))


def _read_comment(text: str) -> Headline:
    line = _STATUS.sub("", text.lstrip().split("\n", 1)[0][:400])
    if "|" in line[:120]:
        return _read_parts(line.split("|"))
    if hiring := _read_is_hiring(_URL.sub("", line[:200])):
        return replace(hiring, replaces_title=True)
    parts = re.split(r"\s[-–—]\s", line)
    if len(parts) > 1 and len(parts[0]) <= _PROSE:
        return _read_parts(parts)
    return Headline(replaces_title=True)


def _read_parts(parts: list[str]) -> Headline:
    parts = [_STATUS.sub("", part).strip() for part in parts]
    company, rest = parts[0], parts[1:]
    if _TOWN.fullmatch(company) and rest:
        company, rest = rest[0], [company, *rest[1:]]
    role = pay = ""
    places: list[str] = []
    types: list[str] = []
    for part in rest:
        whole = _URL.split(part)[0].strip(" ,-–")  # after an address comes the text
        beginning = whole[:_PROSE]
        types.extend(read_types(beginning))
        if len(whole) > _PROSE:
            places.extend(match[0] for match in _WHERE.finditer(beginning))
        elif _PAY.search(whole):
            pay = pay or whole
        elif _WHERE.search(whole):
            places.append(_without_types(whole))
        elif _ROLE.search(whole):
            role = role or whole
        elif whole[:1].isupper() and not (read_types(whole) or _NO_PLACE.search(whole) or _DOMAIN.search(whole)):
            places.append(whole)
    return Headline(
        company=_tidy_company(company),
        role=role,
        place=", ".join(dict.fromkeys(places)),
        pay=pay,
        types=tuple(dict.fromkeys(types)),
        replaces_title=True,
    )


def _without_types(text: str) -> str:
    text = _TYPE.sub("", text)
    pieces = (piece.strip(" /&-–") for piece in text.split(","))
    return ", ".join(piece for piece in pieces if piece and not _NO_PLACE.search(piece))


def _tidy_company(text: str) -> str:
    bare = _BATCH.sub("", _URL.sub("", text)).strip(" ,-–(")
    bare = bare if _DOMAIN.fullmatch(bare) else _DOMAIN.sub("", bare)
    return bare.strip() if len(bare) <= _PROSE else ""


def _read_role_and_company(title: str, text: str) -> Headline:
    role, comma, company = title.rpartition(", ")
    place = text.lstrip().split("\n", 1)[0].strip()
    named = bool(comma) and not _WHERE.search(company)
    return Headline(
        company=company.strip() if named else "",
        role=role.strip() if named else title,
        place=place if len(place) <= _PROSE else "",
        replaces_title=True,
    )


def _read_role_at_company(title: str, link: str) -> Headline:
    for divider in (" at ", " - "):
        role, found, company = title.rpartition(divider)
        if found and re.sub(r"[^a-z0-9]+", "-", company.lower()).strip("-") in link.lower():
            return Headline(company=company.strip(), role=role.strip(), replaces_title=True)
    role, found, company = title.rpartition(" at ")
    return Headline(company=company.strip(), role=role.strip(), replaces_title=True) if found else Headline()
