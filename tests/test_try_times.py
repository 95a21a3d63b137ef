"""`try time`, `try series`, `try calendar` and `try busy`, as somebody at a terminal runs them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from bot.calendar import Event, write
from bot.cli import main  # noqa: F401  it adds the commands
from bot.cli.terminal import app
from bot.errors import UserError
from tests.ics_checks import findings
from tests.typed_phrases import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TUESDAY = "2026-11-18T10:00:00-05:00"


def bot(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "try", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def answer(*words: str, folder: Path) -> Any:
    done = bot(*words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_try_time_reads_one_text(tmp_path: Path) -> None:
    found = answer("time", "next tue 5pm", "--zone", "Europe/Berlin", "--now", TUESDAY, folder=tmp_path)
    assert found == {
        "utc": "2026-11-24T16:00:00Z",
        "zone": "Europe/Berlin",
        "wall": "2026-11-24T17:00:00",
        "state": "ok",
        "ask": [],
        "reason": "",
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("next tue 5pm", "2026-11-24T16:00:00Z  Europe/Berlin  2026-11-24T17:00:00  ok\n"),
        ("asap", "Europe/Berlin  refused  I can't read that as one time to come. I need an exact time, such as Tue"),
        ("next friday 5pm", "Europe/Berlin  ask  Did you mean Fri 20 Nov 2026 17:00 or Fri 27 Nov 2026 17:00?\n"),
    ],
)
def test_try_time_says_it_in_one_line(text: str, line: str) -> None:
    done = CliRunner().invoke(app, ["try", "time", text, "--zone", "Europe/Berlin", "--now", TUESDAY])
    assert done.exit_code == 0
    assert done.stdout.startswith(line)


def test_try_time_reads_a_file_of_many(tmp_path: Path) -> None:
    texts = {
        "ok": "friday 5pm in Tokyo",
        "gap": "28 march 2027 2:30am",
        "fold": "31 oct 2027 2:30am",
        "ask": "next friday 5pm",
        "day": "tomorrow",
        "refused": "asap",
    }
    items = [{"id": name, "text": text, "zone": "Europe/Berlin", "now": NOW} for name, text in texts.items()]
    odd = [{"id": 7, "text": "5pm EST", "zone": "EST", "now": NOW}, {"id": 8, "text": None, "zone": None, "now": NOW}]
    (tmp_path / "times.json").write_text(json.dumps([*items, *odd]), encoding="utf-8")
    rows = answer("time", "--file", "times.json", folder=tmp_path)
    found = {row["id"]: row for row in rows}
    assert [row["id"] for row in rows] == [*texts, 7, 8]
    assert all(list(row) == ["id", "utc", "zone", "wall", "state", "ask", "reason"] for row in rows)
    assert [found[name]["state"] for name in texts] == ["ok", "gap", "fold", "ask", "ask", "refused"]
    assert (found["ok"]["utc"], found["ok"]["zone"]) == ("2026-11-20T08:00:00Z", "Asia/Tokyo")
    assert (found["gap"]["utc"], found["gap"]["wall"]) == ("2027-03-28T01:30:00Z", "2027-03-28T03:30:00")
    assert (found["fold"]["utc"], found["fold"]["wall"]) == ("2027-10-31T00:30:00Z", "2027-10-31T02:30:00")
    assert (found["ask"]["utc"], found["ask"]["wall"]) == (None, None)
    assert found["ask"]["ask"] == [
        {
            "words": "Fri 20 Nov 2026 17:00",
            "utc": "2026-11-20T16:00:00Z",
            "zone": "Europe/Berlin",
            "wall": "2026-11-20T17:00:00",
        },
        {
            "words": "Fri 27 Nov 2026 17:00",
            "utc": "2026-11-27T16:00:00Z",
            "zone": "Europe/Berlin",
            "wall": "2026-11-27T17:00:00",
        },
    ]
    assert [choice["wall"] for choice in found["day"]["ask"]] == ["2026-11-19"]
    assert (found["refused"]["ask"], found["refused"]["utc"]) == ([], None)
    assert "exact time" in found["refused"]["reason"]
    assert found[7]["utc"] == "2026-11-18T22:00:00Z"
    assert found[8]["state"] == "refused"


SERIES: list[dict[str, Any]] = [
    {
        "id": "digest",
        "title": "Digest; with, signs",
        "zone": "Europe/Berlin",
        "start": "2027-03-26T02:30:00",
        "rule": "FREQ=DAILY;COUNT=4",
        "exdates": ["2027-03-27T02:30:00"],
    },
    {
        "id": 2,
        "title": "Once",
        "zone": "America/New_York",
        "start": "2027-11-07T01:30",
        "rule": None,
        "exdates": [],
    },
]


def test_try_series_works_out_occurrences(tmp_path: Path) -> None:
    (tmp_path / "series.json").write_text(json.dumps(SERIES), encoding="utf-8")
    daily, once = answer("series", "series.json", folder=tmp_path)
    assert daily["id"] == "digest"
    assert daily["occurrences"] == [
        {
            "local": f"2027-03-{d}T02:30:00",
            "utc": f"2027-03-{d}T{h}:30:00Z",
            "wall": f"2027-03-{d}T{w}:30:00",
            "state": s,
        }
        for d, h, w, s in (("26", "01", "02", "ok"), ("28", "01", "03", "gap"), ("29", "00", "02", "ok"))
    ]
    [single] = once["occurrences"]
    assert (single["utc"], single["state"]) == ("2027-11-07T05:30:00Z", "fold")


def test_try_series_says_what_it_cannot_read_and_goes_on(tmp_path: Path) -> None:
    wrong = [
        {**SERIES[0], "id": 1, "rule": "FREQ=HOURLY"},
        {**SERIES[0], "id": 2, "start": "9999-12-31T23:00"},
        SERIES[1],
    ]
    (tmp_path / "series.json").write_text(
        json.dumps([{**SERIES[0], "id": 0, "zone": "Mars"}, *wrong]), encoding="utf-8"
    )
    done = bot("series", "series.json", "--json", folder=tmp_path)
    assert done.returncode == 1
    *bad, good = json.loads(done.stdout)
    assert [sorted(row) for row in bad] == [["advice", "error", "id"]] * 3
    assert len(good["occurrences"]) == 1


def test_try_calendar_prints_one_file_that_is_right_by_the_letter(tmp_path: Path) -> None:
    (tmp_path / "series.json").write_text(json.dumps(SERIES), encoding="utf-8")
    done = CliRunner().invoke(app, ["try", "calendar", str(tmp_path / "series.json"), "--now", TUESDAY])
    assert done.exit_code == 0
    assert findings(done.stdout_bytes) == []
    text = done.stdout_bytes.decode()
    assert text.count("BEGIN:VEVENT") == 4
    assert "DTSTART:20270328T013000Z\r\nDTEND:20270328T023000Z\r\n" in text
    assert r"SUMMARY:Digest\; with\, signs" in text
    assert "UID:digest-20270328T023000@guildhall.invalid\r\n" in text


def test_what_is_no_list_or_no_instant_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words.json").write_text("hello", encoding="utf-8")
    (tmp_path / "object.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for words, said in (
        (("time",), "Give a text"),
        (("time", "5pm", "--now", "soon"), "as an instant"),
        (("time", "5pm", "--zone", "Mars"), "Mars"),
        (("time", "--file", "words.json"), "not JSON"),
        (("series", "object.json"), "not a list"),
        (("calendar", "missing.json"), "missing.json"),
    ):
        done = CliRunner().invoke(app, ["try", *words])
        assert isinstance(done.exception, UserError), words
        assert said in done.exception.sentence


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a calendar on this machine."""
    start = datetime(2027, 3, 26, 1, 30, tzinfo=UTC)
    events = [Event(uid=f"{n}@x", start=start + n * DAY, end=start + n * DAY + HOUR, title="Busy") for n in (0, 2, 9)]
    content = write(events, start).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/calendar")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name for it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_try_busy_reads_a_calendar_behind_an_address_that_may_be_fetched(address: str, tmp_path: Path) -> None:
    words = ("busy", f"http://{address}/team.ics", "--now", "2027-03-25T00:00:00Z", "--days", "4", "--json")
    refused = bot(*words, folder=tmp_path)
    assert refused.returncode == 1
    assert "private" in refused.stderr
    done = bot(*words, folder=tmp_path, GUILDHALL__FEEDS__ALLOW_HOSTS=json.dumps([address]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"from": "2027-03-26T01:30:00Z", "to": "2027-03-26T02:30:00Z"},
        {"from": "2027-03-28T01:30:00Z", "to": "2027-03-28T02:30:00Z"},
    ]


def test_try_busy_says_what_is_no_calendar(tmp_path: Path) -> None:
    (tmp_path / "x.ics").write_text("hello", encoding="utf-8")
    done = bot("busy", "x.ics", folder=tmp_path)
    assert done.returncode == 1
    assert "I can't read that calendar." in done.stderr
    assert "Traceback" not in done.stderr
