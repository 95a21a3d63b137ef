"""Calendar files: strictly right, read the same by five programs, and busy times out of other people's calendars."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from bot.calendar import LARGEST, Event, Method, busy_times, uid, write
from bot.errors import UserError
from tests.ics_checks import findings

if TYPE_CHECKING:
    from collections.abc import Callable

NODE = Path(__file__).parent / "node"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUESTS = (("ana@example.org", "Ana"), ("jonas@example.org", 'Jonas "J." Müller'))

Read: TypeAlias = list[tuple[str, int, int, str, int]]
"""Events as (uid, start, end, title, sequence), instants in milliseconds."""


def event(**given: object) -> Event:
    values = {"uid": uid(7, START.replace(tzinfo=None)), "start": START, "end": START + HOUR, "title": "Evals"}
    return Event(**{**values, **given})  # type: ignore[arg-type]


def full(method: Method = Method.REQUEST) -> str:
    guests = () if method is Method.PUBLISH else GUESTS
    one = event(
        description="Bring a trace; or two, if you like.\nAgenda\\notes",
        place="Online",
        url="https://meet.example/x?a=1,2",
        organiser="AI Guild",
        guests=guests,
    )
    return write([one, event(uid="other@example.org", title="", guests=guests)], NOW, method, name="AI Guild, Berlin")


# --- what we write ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(Method))
def test_every_method_is_right_by_the_letter(method: Method) -> None:
    assert findings(full(method).encode()) == []


def test_a_file_says_everything() -> None:
    text = full().replace("\r\n ", "")
    for line in (
        "METHOD:REQUEST",
        "UID:7-20261124T170000@guildhall.invalid",
        "DTSTAMP:20261118T060000Z",
        "DTSTART:20261124T170000Z",
        "DTEND:20261124T180000Z",
        "SEQUENCE:0",
        "SUMMARY:Evals",
        r"DESCRIPTION:Bring a trace\; or two\, if you like.\nAgenda\\notes",
        "URL:https://meet.example/x?a=1,2",
        'ORGANIZER;CN="AI Guild":mailto:noreply@guildhall.invalid',
        "ATTENDEE;CN=\"Jonas 'J.' Müller\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:jonas@example.org",
        "STATUS:CONFIRMED",
    ):
        assert f"\r\n{line}\r\n" in text, line


def test_a_change_keeps_the_uid_and_a_cancellation_says_so() -> None:
    moved = event(start=START + HOUR, end=START + 2 * HOUR, sequence=3, guests=GUESTS)
    text = write([moved], NOW, Method.CANCEL)
    assert findings(text.encode()) == []
    for line in ("METHOD:CANCEL", "UID:7-20261124T170000@guildhall.invalid", "SEQUENCE:3", "STATUS:CANCELLED"):
        assert f"\r\n{line}\r\n" in text
    assert "STATUS:CANCELLED" in write([event(cancelled=True)], NOW)  # in a calendar that is subscribed to


def test_what_no_file_can_say_is_refused() -> None:
    cases: tuple[tuple[Callable[[], str], str], ...] = (
        (lambda: write([event()], NOW, Method.REQUEST), "without anybody"),
        (lambda: write([event(end=START)], NOW), "ends at"),
        (lambda: write([event(start=START.replace(tzinfo=None))], NOW), "naive"),
        (lambda: write([event(url="https://x.example/a\r\nSTATUS:CANCELLED")], NOW), "not an address"),
        (lambda: write([event(guests=[("a@b\nc", "A")])], NOW, Method.REQUEST), "not an address"),
    )
    for refuse, why in cases:
        with pytest.raises(ValueError, match=why):
            refuse()


def test_uids_are_stable_and_of_plain_letters() -> None:
    key = datetime.fromisoformat("2026-11-24T18:00")
    assert uid(42, key) == uid(42, key) == "42-20261124T180000@guildhall.invalid"
    assert uid("Größe\r\nX:y", key) == "Gr-e-X-y-20261124T180000@guildhall.invalid"
    assert uid("", key).startswith("event-")


# --- the check itself ------------------------------------------------------------------------------------------------

GOOD = full()


def swap(old: str, new: str, count: int = 1) -> Callable[[], bytes]:
    def seeded() -> bytes:
        assert old in GOOD, old
        return GOOD.replace(old, new, count).encode()

    return seeded


def after(line: str, more: str) -> Callable[[], bytes]:
    return swap(f"{line}\r\n", f"{line}\r\n{more}\r\n")


def published(old: str, new: str) -> Callable[[], bytes]:
    return lambda: full(Method.PUBLISH).replace(old, new, 1).encode()


def cancelled(old: str, new: str) -> Callable[[], bytes]:
    return lambda: full(Method.CANCEL).replace(old, new, 1).encode()


DEFECTS: list[tuple[str, Callable[[], bytes]]] = [
    ("bom", lambda: b"\xef\xbb\xbf" + GOOD.encode()),
    ("crlf", swap("\r\nSEQUENCE", "\nSEQUENCE")),
    ("crlf", lambda: GOOD.encode().replace(b"\r\n", b"\n")),
    ("last line", lambda: GOOD.encode().removesuffix(b"\r\n")),
    ("empty line", swap("\r\nSEQUENCE", "\r\n\r\nSEQUENCE")),
    ("fold", lambda: GOOD.replace("\r\n ", "").encode()),
    ("utf-8", lambda: GOOD.encode().replace("ü".encode(), b"\xc3\r\n \xbc")),
    ("utf-8", lambda: GOOD.encode().replace("ü".encode(), "ü".encode("latin-1"))),
    ("control", swap("SUMMARY:Evals", "SUMMARY:Ev\x07als")),
    ("syntax", swap("SUMMARY:Evals", "SUMMARY Evals")),
    ("syntax", swap('CN="AI Guild"', 'CN="AI Guild')),
    ("nesting", swap("END:VEVENT\r\n", "")),
    ("nesting", swap("END:VEVENT", "END:VTODO")),
    ("frame", lambda: b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"),
    ("frame", lambda: b"X-A:1\r\n" + GOOD.encode()),
    ("order", swap("END:VCALENDAR", "X-LATE:1\r\nEND:VCALENDAR")),
    ("version", swap("VERSION:2.0", "VERSION:1.0")),
    ("prodid", swap("PRODID:-//Guildhall//Guildhall//EN\r\n", "")),
    ("calendar once", after("METHOD:REQUEST", "METHOD:REQUEST")),
    ("value", swap("CALSCALE:GREGORIAN", "CALSCALE:JULIAN")),
    ("value", swap("METHOD:REQUEST", "METHOD:INVITE")),
    ("value", swap("STATUS:CONFIRMED", "STATUS:SURE")),
    ("unknown", after("METHOD:REQUEST", "COLOR-OF:red")),
    ("empty", lambda: b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"),
    ("needed", swap("UID:other@example.org\r\n", "")),
    ("needed", swap("DTSTAMP:20261118T060000Z\r\n", "")),
    ("needed", swap("DTSTART:20261124T170000Z\r\n", "")),
    ("once", after("SEQUENCE:0", "SEQUENCE:1")),
    ("once", after("SUMMARY:Evals", "SUMMARY:Again")),
    ("unknown", after("SEQUENCE:0", "SUMARY:x")),
    ("time", swap("DTSTART:20261124T170000Z", "DTSTART:20261131T170000Z")),
    ("time", swap("DTSTART:20261124T170000Z", "DTSTART:2026-11-24T17:00:00Z")),
    ("tzid", swap("DTSTART:20261124T170000Z", "DTSTART;TZID=Europe/Berlin:20261124T180000")),
    ("tzid with utc", swap("DTSTART:20261124T170000Z", "DTSTART;TZID=Europe/Berlin:20261124T170000Z")),
    ("utc", swap("DTSTAMP:20261118T060000Z", "DTSTAMP:20261118T060000")),
    ("end", after("SEQUENCE:0", "DURATION:PT1H")),
    ("duration", swap("DTEND:20261124T180000Z", "DURATION:1H")),
    ("end order", swap("DTEND:20261124T180000Z", "DTEND:20261124T170000Z")),
    ("end form", swap("DTEND:20261124T180000Z", "DTEND:20261124T180000")),
    ("sequence", swap("SEQUENCE:0", "SEQUENCE:-1")),
    ("escape", swap(r"trace\;", "trace;")),
    ("backslash", swap(r"Agenda\\notes", r"Agenda\.notes")),
    ("address", swap("mailto:ana@example.org", "ana@example.org")),
    ("url", swap("URL:https://meet.example/x?a=1,2", "URL:meet here")),
    ("parameter", swap("RSVP=TRUE", "RSVP=MAYBE")),
    ("parameter", swap("PARTSTAT=NEEDS-ACTION", "PARTSTAT=UNSURE")),
    ("rule", after("SEQUENCE:0", "RRULE:COUNT=3")),
    ("rule end", after("SEQUENCE:0", "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261201T000000Z")),
    ("until", after("SEQUENCE:0", "RRULE:FREQ=DAILY;UNTIL=20261201T000000")),
    ("component", after("SEQUENCE:0", "BEGIN:VTODO\r\nEND:VTODO")),
    ("uid twice", swap("UID:other@example.org", "UID:7-20261124T170000@guildhall.invalid")),
    ("priority", after("SEQUENCE:0", "PRIORITY:10")),
    (
        "organizer",
        lambda: "".join(
            line for line in GOOD.replace("\r\n ", "").splitlines(keepends=True) if "ORGANIZER" not in line
        ).encode(),
    ),
    ("attendee", published("STATUS:CONFIRMED", "ATTENDEE:mailto:ana@example.org\r\nSTATUS:CONFIRMED")),
    ("attendee", published("METHOD:PUBLISH", "METHOD:REQUEST")),
    ("summary", published("SUMMARY:Evals\r\n", "")),
    ("cancelled", cancelled("STATUS:CANCELLED", "STATUS:CONFIRMED")),
    ("cancel sequence", cancelled("SEQUENCE:0\r\n", "")),
    ("request status", swap("STATUS:CONFIRMED", "STATUS:CANCELLED")),
]


@pytest.mark.parametrize(("rule", "seeded"), DEFECTS, ids=[f"{n} {rule}" for n, (rule, _) in enumerate(DEFECTS)])
def test_the_check_finds_a_seeded_defect(rule: str, seeded: Callable[[], bytes]) -> None:
    found = findings(seeded())
    assert rule in {line.partition(":")[0] for line in found}, found


def test_there_are_forty_rules_and_more_defects() -> None:
    assert len(DEFECTS) >= 40
    assert len({rule for rule, _ in DEFECTS}) >= 40


# --- read by others --------------------------------------------------------------------------------------------------

WORDS = [
    "Evals",
    "RAG; pgvector",
    "a, b",
    "back\\slash",
    "line\nbreak",
    "Größe",
    "日本語の会",
    "🎉 party 👩‍💻",
    "(x)",
    '"q"',
    "é" * 90,
    "x" * 300,
]


def files() -> list[tuple[list[Event], str]]:
    """500 files of up to five random events, with every character and length that people come up with."""
    chance = random.Random(20261118)
    made = []
    for number in range(500):
        events = []
        for n in range(chance.randint(1, 5)):
            start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 20 * 366 * 24 * 60))
            title = " ".join(chance.sample(WORDS, chance.randint(1, 3)))
            events.append(
                Event(
                    uid=uid(f"{number}-{n}", start.replace(tzinfo=None)),
                    start=start,
                    end=start + timedelta(minutes=chance.randint(1, 5000)),
                    title=title,
                    sequence=chance.randint(0, 9),
                    description=chance.choice(["", *WORDS]),
                    place=chance.choice(["", *WORDS]),
                    url=chance.choice(["", "https://meet.example/x?a=1&b=2,3;c"]),
                    organiser=chance.choice(["AI Guild", "Ana “A.” Müller", 'The "best": yes, really']),
                    guests=GUESTS,
                )
            )
        made.append((events, write(events, NOW, chance.choice(list(Method)), name=chance.choice(["", *WORDS]))))
    return made


FILES = files()


def meant(events: list[Event]) -> Read:
    return sorted((e.uid, _ms(e.start), _ms(e.end), _title(e.title), e.sequence) for e in events)


def _title(title: str) -> str:
    """As it was said, but for straight quotation marks around the whole, which one of the programs takes off."""
    quoted = len(title) > 1 and title[0] == title[-1] == '"'
    return f"“{title[1:-1]}”" if quoted else title


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def by_icalendar(text: str) -> Read:
    parts: Any = Calendar.from_ical(text)
    return [(str(p["UID"]), _ms(p.start), _ms(p.end), str(p["SUMMARY"]), int(p["SEQUENCE"])) for p in parts.events]


def by_vobject(text: str) -> Read:
    parts = vobject.readOne(text).vevent_list
    return [
        (p.uid.value, _ms(p.dtstart.value), _ms(p.dtend.value), p.summary.value, int(p.sequence.value)) for p in parts
    ]


def by_ical(text: str) -> Read:
    parts: Any = IcsCalendarStream.calendar_from_ics(text).events
    return [(p.uid, _ms(p.start), _ms(p.end), p.summary, p.sequence) for p in parts]


def test_five_hundred_random_files_are_right_by_the_letter() -> None:
    assert [found for _, text in FILES if (found := findings(text.encode()))] == []
    assert sum(len(text.splitlines()) for _, text in FILES) > 15_000


@pytest.mark.parametrize("reader", [by_icalendar, by_vobject, by_ical])
def test_another_program_reads_them_as_they_are_meant(reader: Callable[[str], Read]) -> None:
    for events, text in FILES:
        assert sorted(reader(text)) == meant(events)


@pytest.fixture(scope="module")
def readers() -> Path:
    """The two readers in JavaScript, where `make readers` has put them and Node is here."""
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        pytest.skip("Node's calendar readers are not here: install Node and run `make readers`")
    return NODE


def test_ical_js_and_node_ical_read_them_as_they_are_meant(readers: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.ics" for number in range(len(FILES))]
    for path, (_, text) in zip(paths, FILES, strict=True):
        path.write_bytes(text.encode())
    script = ["node", str(readers / "read_calendars.mjs"), str(readers)]
    done = subprocess.run(script, input="\n".join(map(str, paths)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    checked: Counter[str] = Counter()
    for path, (events, _) in zip(paths, FILES, strict=True):
        for reader, found in read[str(path)].items():
            assert sorted(map(tuple, found)) == meant(events), (reader, path.read_text(encoding="utf-8"))
            checked[reader] += 1
    assert checked == {"ical.js": 500, "node-ical": 500}


# --- busy times ------------------------------------------------------------------------------------------------------


def calendar(*parts: str) -> bytes:
    """A calendar as others write it; each part is the lines of an event without UID and DTSTAMP."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20261101T000000Z\r\n{part.strip()}\r\nEND:VEVENT\r\n".replace(
            "\n", "\r\n"
        ).replace("\r\r", "\r")
        for n, part in enumerate(parts)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{events}END:VCALENDAR\r\n".encode()


def busy(content: bytes, first: str = "2026-11-23", days: int = 7) -> list[str]:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    found = busy_times(content, begin, begin + timedelta(days=days), BERLIN)
    assert all(start.tzinfo is UTC and end.tzinfo is UTC for start, end in found)
    return [f"{start:%a %H:%M}-{end:%a %H:%M}" for start, end in found]


def test_busy_times_of_events_with_and_without_zones() -> None:
    content = calendar(
        "DTSTART:20261124T090000Z\nDTEND:20261124T100000Z",
        "DTSTART;TZID=America/New_York:20261125T090000\nDURATION:PT30M",
        "DTSTART:20261126T090000\nDTEND:20261126T100000",  # floating: the owner's own clock
        "DTSTART;VALUE=DATE:20261128\nDTEND;VALUE=DATE:20261129",  # a whole day, from midnight in Berlin
    )
    assert busy(content) == ["Tue 09:00-Tue 10:00", "Wed 14:00-Wed 14:30", "Thu 08:00-Thu 09:00", "Fri 23:00-Sat 23:00"]


def test_what_repeats_keeps_its_wall_time_and_its_exceptions_count() -> None:
    content = calendar(
        "DTSTART;TZID=Europe/Berlin:20270322T090000\nDTEND;TZID=Europe/Berlin:20270322T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20270405T090000"
    )
    assert busy(content, "2027-03-22", 28) == ["Mon 08:00-Mon 09:00", "Mon 07:00-Mon 08:00", "Mon 07:00-Mon 08:00"]


def test_free_and_cancelled_events_do_not_count_and_neighbours_are_joined() -> None:
    content = calendar(
        "DTSTART:20261124T090000Z\nDTEND:20261124T100000Z",
        "DTSTART:20261124T100000Z\nDTEND:20261124T113000Z",
        "DTSTART:20261124T093000Z\nDTEND:20261124T103000Z",
        "DTSTART:20261125T090000Z\nDTEND:20261125T100000Z\nTRANSP:TRANSPARENT",
        "DTSTART:20261125T090000Z\nDTEND:20261125T100000Z\nSTATUS:CANCELLED",
    )
    assert busy(content) == ["Tue 09:00-Tue 11:30"]


def test_only_what_lies_between_counts() -> None:
    content = calendar("DTSTART:20261122T230000Z\nDTEND:20261123T010000Z", "DTSTART:20261201T090000Z\nDURATION:PT1H")
    assert busy(content) == ["Mon 00:00-Mon 01:00"]


def test_our_own_files_come_back_as_busy_times() -> None:
    assert busy(write([event()], NOW).encode()) == ["Tue 17:00-Tue 18:00"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"<!doctype html><p>Sign in", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"\xff\xfe\x00",
     b"x" * (LARGEST + 1),
     calendar("DTSTART:never\nDTEND:20261124T100000Z")[:-40]],
    ids=["empty", "words", "page", "no calendar", "bytes", "too large", "cut off"],
)  # fmt: skip
def test_what_is_no_calendar_is_one_sentence(content: bytes) -> None:
    with pytest.raises(UserError) as refused:
        busy(content)
    assert refused.value.code == "E-CALENDAR"
    assert ".ics" in refused.value.advice
