"""Words and addresses from outside, made fit to be drawn: nothing in them reaches further than themselves.

Lengths are counted in UTF-16 units, the strictest way in which either platform may count.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

LONGEST_ADDRESS = 2000  # what browsers, proxies and both platforms' links take
WORD_JOINER = "\u2060"  # invisible and unbreakable: parts two characters that would mean something together

_NEWLINE = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # controls; those that turn text round
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_ZERO_WIDTH_JOINER = "\u200d"
_CLUSTER = 64  # how far a cut backs off to keep a character of several code points whole

_HOST = re.compile(r"[0-9A-Za-z._-]+|\[[0-9a-f:.]+\]")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAMED_HOST = re.compile(r"(?:https?://|\bwww\.)(?:[^\s/@]*@)?([^\s/:?#<>()\[\]|]+)", re.IGNORECASE)
_SUMMONS = re.compile(r"@(?=everyone|here|channel)|<(?=[@#!])")


def tidy(text: str) -> str:
    """`text` without control characters, lone surrogates and direction overrides; each line ends in one newline."""
    text = _UNSEEN.sub("", _NEWLINE.sub("\n", text)).replace("\t", " ")
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def length(text: str) -> int:
    """How long `text` is, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def whole_characters(text: str, at: int) -> int:
    """The nearest place at or before `at` where cutting `text` leaves emoji and accents whole."""
    for place in range(at, max(at - _CLUSTER, 0), -1):
        if place >= len(text) or not _joined(text[place - 1], text[place]):
            return place
    return at


def _joined(before: str, after: str) -> bool:
    """Whether a reader sees the two code points as one character."""
    return (
        _ZERO_WIDTH_JOINER in (before, after)
        or unicodedata.category(after) in ("Mn", "Me")  # accents and variation selectors
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")  # flags
    )


def good_cut(text: str, at: int) -> int:
    """The best place to break `text` in its first `at` characters: after a line, a word, a whole character."""
    for space in ("\n", " "):
        found = text.rfind(space, at // 2, at)
        if found >= 0:
            return found + 1
    return whole_characters(text, at)


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` units; one that is longer says so with an ellipsis."""
    if length(text) <= limit:
        return text
    at = limit - 1
    while length(text[:at]) > limit - 1:
        at -= 1
    return text[: whole_characters(text, at)].rstrip() + "…"


def label(text: str, limit: int) -> str:
    """`text` as one line for a plain label. A client that read it as markup would still find nobody to call."""
    return shorten(_SUMMONS.sub(rf"\g<0>{WORD_JOINER}", " ".join(tidy(text).split())), limit)


def web_address(url: str) -> str:
    """`url` percent-encoded so that no character of it can end a link; "" if it is not a plain http(s) address.

    An address that names a user is refused: `https://bank.example@evil.example/` reads as the wrong host.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:  # also UnicodeError, from a host that has no ASCII form
        return ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or "@" in parts.netloc:
        return ""
    address = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "") + _encoded(parts.path)
    address += f"?{_encoded(parts.query)}" if parts.query else ""
    address += f"#{_encoded(parts.fragment)}" if parts.fragment else ""
    return address if len(address) <= LONGEST_ADDRESS else ""


def honest(words: str, address: str) -> str:
    """The `words` of a link to a `web_address`: where they read as an address of another site, with the true one."""
    if not address:
        return words
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    named = (name.lower().removeprefix("www.").rstrip(".") for name in _NAMED_HOST.findall(words))
    return f"{words} ({host})" if any(name != host for name in named) and not words.endswith(f"({host})") else words


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name.encode("idna").decode("ascii")


def _encoded(part: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", part), safe="/:?@!$&+,;=%~-._", errors="replace")
