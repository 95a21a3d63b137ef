"""Seen before? One form for every spelling of an address, and whether two postings advertise the same job."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote, urlsplit

from bot.phrases import split_words

TEXT_MAX = 3_000
"""Characters of a posting that are compared."""

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SAME_SITE = re.compile(r"^(?:(?:www\d?|m|mobile|old|amp)\.)+(?=[^.]+\.)")
_TRACKING = re.compile(
    r"(?:utm_\w*|mc_\w*|mkt_\w*|_hs\w*|hsa_\w*|pk_\w*|ref|ref_?(?:src|id|_)?|referr?er|source|src|sid|trk\w*|"
    r"tracking\w*|jobsource|fbclid|gclid|dclid|msclkid|yclid|igshid|ttclid|twclid|li_fat_id|wbraid|gbraid|vero_id|oly_\w*|"
    r"_ga|_gl|_ke|s_cid|si|spm|share_id|gh_src|lever-(?:source|origin)|campaign|cmp|cmpid|rss|feed|via|rdt|mibextid)(?:=|$)",
    re.IGNORECASE,
)
# RFC 3986: letters, digits, "-", ".", "_" and "~" mean the same written as a code ("%7E").
_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
_CODE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_SLASHES = re.compile(r"//+")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)/*$", re.IGNORECASE)
_ASCII_SIGNS = "".join(chr(code) for code in range(0x21, 0x7F))
_PORTS = {"http": 80, "https": 443}

# A forum gives every comment an id; only a board's id is the job's.
_FORUMS = ("reddit.com", "ycombinator.com")
_LONG_ID = re.compile(r"(?:~|%7e)\w{10,}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{4,}")

_LEVELS = frozenset("senior junior lead principal staff head intern internship associate chief director vp".split())
_SAME_WORD = {
    "sr": "senior", "jr": "junior", "ml": "machine", "dev": "developer", "developers": "developer",
    "engineers": "engineer", "interns": "intern", "scientists": "scientist", "analysts": "analyst",
    "programmers": "programmer", "designers": "designer",
}  # fmt: skip
_NO_ROLE = frozenset(
    "a an the and or of for in at to with our we re is are i m f d w x all remote hybrid onsite site on hiring job "
    "needed wanted looking seeking full part time contract 100 learning us usa uk eu europe worldwide anywhere".split()
)
_ANY_ROLE = frozenset("engineer engineering engineers developer software position positions team tech".split())
_WORD_FOR_WORD = 0.9
_ROLE_UNKNOWN = 0.3
# The least overlap of the roles, and with it the least likeness of the texts, that make two postings one job.
_SAME_EMPLOYER = ((0.5, 0.3), (0.25, 0.5), (0.0, 0.8))
_EMPLOYER_UNKNOWN = ((0.99, 0.3), (0.6, 0.6), (0.3, 0.8), (0.0, 0.95))
# In a hiring thread an employer writes one comment a month, anew: what one headline names need only be in the other's.
_IN_THREADS = (0.55, 0.12)
_HEADLINE_MAX = 300  # characters in which such a comment has its "Company | Role | Place"
_ASIDE = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]")
_AT_COMPANY = re.compile(r"\s(?:at|@)\s(?P<company>[^|,(]{2,60}?)\s*(?:\(|$)")
_COMMENT = "New comment by "  # how hiring threads title every entry
_LEGAL = re.compile(
    r"\b(?:inc|llc|ltd|limited|gmbh|ag|co|corp|corporation|bv|sas|srl|plc|company|the)\b\.?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Posting:
    """What is compared of an advert; "" for what it does not say."""

    company: str
    role: str
    text: str
    link: str


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """Return one form for an address's spellings: host, path and query without scheme, "www.", tracking and end slash.

    An `id` is never dropped. Not an address to open: only to compare. Applied twice it changes nothing more.
    """
    url = "".join(url.split()).replace("&amp;", "&")
    if "%" in url or not url.isascii():
        url = _decoded(url)
    try:
        parts = urlsplit(url if _SCHEME.match(url) else f"//{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    host = _SAME_SITE.sub("", host.rstrip("."))
    host = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS.get(parts.scheme.lower()):
        host = f"{host}:{port}"
    query = "&".join(sorted(part for part in parts.query.split("&") if part and not _TRACKING.match(part)))
    path = _INDEX.sub("", _SLASHES.sub("/", parts.path)).rstrip("/")
    return f"{host}{path}{'?' if query else ''}{query}"


def _decoded(url: str) -> str:
    """Return an address with one spelling of every character: plain where it may be, else as a code in capitals."""
    last = ""
    while url != last:  # "%%341" becomes "%41" first
        last, url = url, _UNRESERVED.sub(lambda code: chr(int(code[1], 16)), url)
    return _CODE.sub(lambda code: code[0].upper(), quote(url, safe=_ASCII_SIGNS, errors="replace"))


def job_key(company: str, role: str) -> str:
    """Return the key under which postings of one employer are found, or of one role where the employer is unknown."""
    employer = _employer(company, role)
    return f"employer {employer}" if employer else f"role {' '.join(sorted(_role_words(role)))}"[:200]


def same_job(one: Posting, other: Posting) -> bool:
    """Return whether two postings advertise the same job.

    Another employer, another level or another role vetoes; so does another id on the same board, unless text and role
    are the same word for word: one job posted for several towns, or again.
    """
    employers = {_employer(one.company, one.role), _employer(other.company, other.role)} - {""}
    if len(employers) > 1:
        return False
    roles = _role_words(one.role), _role_words(other.role)
    ids = _job_id(one.link), _job_id(other.link)
    if ids[0] and ids[0] == ids[1]:
        return True
    if (roles[0] & _LEVELS) != (roles[1] & _LEVELS):
        return False
    role = _overlap(*roles) if all(roles) else _ROLE_UNKNOWN
    text = likeness(one.text, other.text)
    if ids[0] and ids[1] and ids[0][0] == ids[1][0]:
        return bool(employers) and roles[0] == roles[1] and text >= _WORD_FOR_WORD
    if one.company and other.company and ids == (None, None) and _is_comment(one) and _is_comment(other):
        role = max(role, _named(roles[0], other), _named(roles[1], one))
        if role >= _IN_THREADS[0] and text >= _IN_THREADS[1]:
            return True
    enough = _SAME_EMPLOYER if one.company and other.company else _EMPLOYER_UNKNOWN
    return any(role >= least_role and text >= least_text for least_role, least_text in enough)


def _employer(company: str, role: str) -> str:
    if not company and (named := _AT_COMPANY.search(role)):
        company = named["company"]
    return "".join(split_words(_LEGAL.sub(" ", company)))


@lru_cache(maxsize=4096)
def _role_words(role: str) -> frozenset[str]:
    if role.startswith(_COMMENT):
        return frozenset()
    bare = _AT_COMPANY.sub(" ", f"{_ASIDE.sub(' ', role[:400])} ")
    words = split_words(bare) or split_words(role[:400])
    return frozenset(_SAME_WORD.get(word, word) for word in words if word not in _NO_ROLE)


def _job_id(link: str) -> tuple[str, str] | None:
    """Return the board and its id of the job, where the address holds one."""
    address = canonical(link)
    host, _, rest = address.partition("/")
    found = _LONG_ID.findall(rest) or _NUMBER.findall(rest)
    return (host, found[-1]) if found and not host.endswith(_FORUMS) else None


def _is_comment(posting: Posting) -> bool:
    return posting.text[:_HEADLINE_MAX].count("|") > 1


def _named(role: frozenset[str], posting: Posting) -> float:
    """Return the share of a role's words that a posting names, 0..1; "engineer" says little, "network" much."""
    role = role - _ANY_ROLE or role
    named = {_SAME_WORD.get(word, word) for word in split_words(f"{posting.role} {posting.text[:TEXT_MAX]}")}
    return len(role & named) / len(role) if role else 0.0


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common words, 0..1; two empty sets have nothing in common."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def likeness(one: str, other: str) -> float:
    """Return the share of the shorter text's pairs of neighbouring words that the other has too, 0..1."""
    pairs, others = _pairs(one[:TEXT_MAX]), _pairs(other[:TEXT_MAX])
    least = min(len(pairs), len(others))
    return len(pairs & others) / least if least else float(one.strip() == other.strip())


@lru_cache(maxsize=512)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    words = split_words(text)
    return frozenset(pairwise(words))
