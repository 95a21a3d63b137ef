"""A strict reading of .ics files by the letter of RFC 5545 (the format) and RFC 5546 (what each METHOD needs).

`findings(content)` returns one line for each broken rule, beginning with the rule's name. It knows nothing of how we
write files, and unlike calendar programs it forgives nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT")
ONCE = {
    *("UID DTSTAMP DTSTART DTEND DURATION CLASS CREATED DESCRIPTION GEO LAST-MODIFIED LOCATION ORGANIZER").split(),
    *("PRIORITY SEQUENCE STATUS SUMMARY TRANSP URL RECURRENCE-ID RRULE").split(),
}
OFTEN = {"ATTACH", "ATTENDEE", "CATEGORIES", "COMMENT", "CONTACT", "EXDATE", "RDATE", "RELATED-TO", "RESOURCES"}
OF_CALENDAR = {"PRODID", "VERSION", "CALSCALE", "METHOD"}
METHODS = {"PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"}
VALUES = {
    "STATUS": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
    "CLASS": {"PUBLIC", "PRIVATE", "CONFIDENTIAL"},
    "CALSCALE": {"GREGORIAN"},
    "METHOD": METHODS,
}
PARAMETERS = {
    "PARTSTAT": {"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"},
    "RSVP": {"TRUE", "FALSE"},
    "ROLE": {"CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"},
    "CUTYPE": {"INDIVIDUAL", "GROUP", "RESOURCE", "ROOM", "UNKNOWN"},
    "VALUE": {"DATE", "DATE-TIME", "PERIOD", "URI", "BINARY"},
}
TIMES = ("DTSTART", "DTEND", "DTSTAMP", "CREATED", "LAST-MODIFIED", "RECURRENCE-ID")
_LINE = re.compile(
    r"""([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)""", re.DOTALL
)
_PARAMETER = re.compile(r""";([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)""")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+")


@dataclass
class Component:
    """A component: its properties as (name, parameters, value), and the components in it."""

    name: str
    properties: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for key, _, value in self.properties if key == name]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def parameters(self, name: str) -> dict[str, str]:
        return next((parameters for key, parameters, _ in self.properties if key == name), {})


def findings(content: bytes) -> list[str]:
    """What is wrong with a file, by rule; nothing for a perfect one."""
    found = list(_octets(content))
    unfolded = re.sub(r"\r?\n[ \t]", "", content.decode("utf-8", "replace").removeprefix("\ufeff"))
    top, problems = _tree([line for line in re.split(r"\r?\n", unfolded) if line])
    found += problems
    for calendar in top:
        found += _calendar(calendar)
    if not top:
        found.append("frame: there is no VCALENDAR")
    return found


def _octets(content: bytes) -> Iterator[str]:
    if content.startswith(b"\xef\xbb\xbf"):
        yield "bom: it begins with a byte order mark"
    if not content.endswith(b"\r\n"):
        yield "last line: it does not end with CRLF"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
        yield "crlf: a line ends otherwise than with CRLF"
    for number, line in enumerate(content.split(b"\r\n")[:-1], 1):
        if len(line) > 75:
            yield f"fold: line {number} has {len(line)} octets"
        if not line.strip():
            yield f"empty line: line {number}"
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            yield f"utf-8: line {number} is not, or is folded inside a character"
            continue
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
            yield f"control: line {number} has a control character"


def _tree(lines: list[str]) -> tuple[list[Component], list[str]]:
    root, found = Component("root"), []
    stack = [root]
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match:
            found.append(f"syntax: {line[:60]!r} is no NAME;PARAMETER=VALUE:VALUE")
            continue
        name, value = match[1].upper(), match[3]
        parameters = {key.upper(): text for key, text in _PARAMETER.findall(match[2])}
        if name == "BEGIN":
            part = Component(value.upper())
            stack[-1].parts.append(part)
            stack.append(part)
        elif name == "END":
            if len(stack) == 1 or stack[-1].name != value.upper():
                found.append(f"nesting: END:{value} closes nothing")
            else:
                stack.pop()
        elif len(stack) == 1:
            found.append(f"frame: {name} stands outside of VCALENDAR")
        else:
            if stack[-1].name == "VCALENDAR" and stack[-1].parts:
                found.append(f"order: {name} of the calendar stands after a component")
            stack[-1].properties.append((name, parameters, value))
    found += [f"nesting: {part.name} is not closed" for part in stack[1:]]
    found += [f"frame: {part.name} stands where VCALENDAR belongs" for part in root.parts if part.name != "VCALENDAR"]
    return [part for part in root.parts if part.name == "VCALENDAR"], found


def _calendar(calendar: Component) -> Iterator[str]:
    counts = Counter(name for name, _, _ in calendar.properties)
    if counts["VERSION"] != 1 or calendar.one("VERSION") != "2.0":
        yield "version: exactly one VERSION:2.0"
    if counts["PRODID"] != 1 or not calendar.one("PRODID").strip():
        yield "prodid: exactly one that says something"
    for name in ("CALSCALE", "METHOD"):
        if counts[name] > 1:
            yield f"calendar once: {name} stands there {counts[name]} times"
    yield from _values(calendar)
    for name in counts:
        if name not in OF_CALENDAR and not name.startswith("X-"):
            yield f"unknown: {name} is no property of a calendar"
    if not calendar.parts:
        yield "empty: a calendar needs a component"
    zones = {part.one("TZID") for part in calendar.parts if part.name == "VTIMEZONE"}
    events = [part for part in calendar.parts if part.name == "VEVENT"]
    for event in events:
        yield from _event(event, zones)
        yield from _method(event, calendar.one("METHOD").upper())
    known = Counter((event.one("UID"), event.one("RECURRENCE-ID")) for event in events)
    yield from (f"uid twice: {uid}" for (uid, _), count in known.items() if count > 1)
    for part in calendar.parts:
        if part.name not in ("VEVENT", "VTIMEZONE", "VTODO", "VJOURNAL", "VFREEBUSY"):
            yield f"component: {part.name} has no place in a calendar"


def _values(part: Component) -> Iterator[str]:
    for name, parameters, value in part.properties:
        if name in VALUES and value.upper() not in VALUES[name]:
            yield f"value: {name} is {value!r}"
        for key, text in parameters.items():
            if key in PARAMETERS and text.strip('"').upper() not in PARAMETERS[key]:
                yield f"parameter: {key} is {text!r}"


def _event(event: Component, zones: set[str]) -> Iterator[str]:
    counts = Counter(name for name, _, _ in event.properties)
    for name in ("UID", "DTSTAMP", "DTSTART"):
        if not event.one(name):
            yield f"needed: an event has {name}"
    for name in ONCE:
        if counts[name] > 1:
            yield f"once: {name} stands there {counts[name]} times"
    for name in counts:
        if name not in ONCE | OFTEN and not name.startswith("X-"):
            yield f"unknown: {name} is no property of an event"
    yield from _values(event)
    yield from _times(event, zones)
    yield from _texts(event)
    if counts["SEQUENCE"] and not re.fullmatch(r"\d+", event.one("SEQUENCE")):
        yield f"sequence: {event.one('SEQUENCE')!r} is no whole number"
    if counts["PRIORITY"] and not re.fullmatch(r"[0-9]", event.one("PRIORITY")):
        yield f"priority: {event.one('PRIORITY')!r} is not 0 to 9"
    for name in ("ORGANIZER", "ATTENDEE"):
        yield from (f"address: {name} is {v!r}" for v in event.all(name) if not _ADDRESS.fullmatch(v))
    if counts["URL"] and not _ADDRESS.fullmatch(event.one("URL")):
        yield f"url: {event.one('URL')!r}"
    for rule in event.all("RRULE"):
        yield from _rule(rule, event)
    yield from (f"component: {part.name} has no place in an event" for part in event.parts if part.name != "VALARM")


def _times(event: Component, zones: set[str]) -> Iterator[str]:
    read: dict[str, tuple[str, datetime]] = {}
    for name, parameters, value in event.properties:
        if name not in TIMES:
            continue
        form = "date" if parameters.get("VALUE", "").upper() == "DATE" else "time"
        pattern = "%Y%m%d" if form == "date" else "%Y%m%dT%H%M%S"
        exact = re.fullmatch(r"\d{8}" if form == "date" else r"\d{8}T\d{6}Z?", value)
        try:
            at = datetime.strptime(value.removesuffix("Z"), pattern) if exact else None  # noqa: DTZ007
        except ValueError:
            at = None
        if at is None:
            yield f"time: {name} is {value!r}"
            continue
        if "TZID" in parameters and parameters["TZID"].strip('"') not in zones:
            yield f"tzid: {name} is in {parameters['TZID']}, which is not defined"
        if "TZID" in parameters and (value.endswith("Z") or form == "date"):
            yield f"tzid with utc: {name} has a zone and is UTC or a date"
        if name in ("DTSTAMP", "CREATED", "LAST-MODIFIED") and not value.endswith("Z"):
            yield f"utc: {name} is not in UTC"
        read[name] = (f"{form}{'Z' if value.endswith('Z') else parameters.get('TZID', '')}", at)
    if event.one("DTEND") and event.one("DURATION"):
        yield "end: DTEND and DURATION exclude each other"
    if event.one("DURATION") and not re.fullmatch(
        r"\+?P(?:\d+W|(?=.)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)", event.one("DURATION")
    ):
        yield f"duration: {event.one('DURATION')!r}"
    if "DTSTART" in read and "DTEND" in read:
        (form, start), (other, end) = read["DTSTART"], read["DTEND"]
        if form[:4] != other[:4] or form.endswith("Z") != other.endswith("Z"):
            yield "end form: DTEND is of another kind than DTSTART"
        elif form == other and end <= start:
            yield "end order: DTEND is not after DTSTART"


def _texts(event: Component) -> Iterator[str]:
    for name, _, value in event.properties:
        if name in TEXTS:
            if re.search(r"(?<!\\)(?:\\\\)*[;,]", value):
                yield f"escape: {name} has a bare ; or ,"
            if re.search(r"(?<!\\)(?:\\\\)*\\(?![\\;,nN])", value):
                yield f"backslash: {name} has one that escapes nothing"


def _rule(rule: str, event: Component) -> Iterator[str]:
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if parts.get("FREQ") not in ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        yield f"rule: {rule!r} has no FREQ"
    if "COUNT" in parts and "UNTIL" in parts:
        yield "rule end: COUNT and UNTIL exclude each other"
    start = event.one("DTSTART")
    has_zone = start.endswith("Z") or "TZID" in event.parameters("DTSTART")
    if "UNTIL" in parts and "T" in start and has_zone != parts["UNTIL"].endswith("Z"):
        yield "until: it is in UTC exactly where DTSTART has a zone"


def _method(event: Component, method: str) -> Iterator[str]:
    """RFC 5546, 3.2: what PUBLISH, REQUEST and CANCEL of an event need."""
    if not method:
        return
    guests = len(event.all("ATTENDEE"))
    if not event.one("ORGANIZER"):
        yield f"organizer: {method} needs one"
    if method == "PUBLISH" and guests:
        yield "attendee: what is published has none"
    if method in ("REQUEST", "CANCEL") and not guests:
        yield f"attendee: {method} is sent to somebody"
    if method in ("PUBLISH", "REQUEST") and "SUMMARY" not in {name for name, _, _ in event.properties}:
        yield f"summary: {method} has one, be it empty"
    if method == "CANCEL" and event.one("STATUS").upper() != "CANCELLED":
        yield "cancelled: CANCEL says STATUS:CANCELLED"
    if method == "CANCEL" and not event.one("SEQUENCE"):
        yield "cancel sequence: CANCEL has a SEQUENCE"
    if method == "REQUEST" and event.one("STATUS").upper() == "CANCELLED":
        yield "request status: REQUEST is not cancelled"
