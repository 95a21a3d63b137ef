"""The command line from outside: real processes, what they print, how they end."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.samples import BAKER, RAG, SCAM, SEEKER, rss

ROOT = Path(__file__).parent.parent


def bot(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot` in an empty folder and return what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_demo_does_its_main_job_once_and_prints_the_figures(tmp_path: Path) -> None:
    done = bot("demo", "--once", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures) == ["feeds", "entries", "leads", "gigs", "jobs", "posted", "held", "merged"]
    assert figures["feeds"] == 9
    assert figures["entries"] == 52  # counted by hand in adapters/web/demo
    assert figures["posted"] >= 5  # the morning's digest
    assert figures["held"] >= 2  # the two scams at least
    assert list(tmp_path.iterdir()) == []  # it leaves nothing behind


def test_run_without_tokens_says_what_to_set(tmp_path: Path) -> None:
    done = bot("run", folder=tmp_path)
    assert done.returncode == 1
    assert "GUILDHALL__SLACK__BOT_TOKEN" in done.stderr
    assert "GUILDHALL__DISCORD__TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_all_mistakes_in_the_settings_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[leads]\naproval = "auto"\n[digest]\nat = "25:99"\n', encoding="utf-8")
    done = bot("check-config", folder=tmp_path, GUILDHALL__FEEDS__POL_MINUTES="60")
    assert done.returncode == 2
    assert "leads.approval" in done.stderr  # did you mean
    assert "digest.at" in done.stderr
    assert "GUILDHALL__FEEDS__POLL_MINUTES" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = bot("demo", "--empty", "--port", str(port), folder=tmp_path)
    assert done.returncode == 1
    assert f"I can't listen on port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_and_options_that_do_not_go_together(tmp_path: Path) -> None:
    assert "65535" in bot("demo", "--port", "99999", folder=tmp_path).stderr.replace("_", "")
    assert "--json goes with --once" in bot("demo", "--json", folder=tmp_path).stderr
    assert "--days goes with --once" in bot("demo", "--days", "3", folder=tmp_path).stderr
    assert "--keep goes with --empty" in bot("demo", "--keep", folder=tmp_path).stderr


def test_two_demos_do_not_share_a_data_folder(tmp_path: Path) -> None:
    with (tmp_path / "console.sqlite3.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = bot("demo", "--empty", "--once", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "Another demo is using the data folder" in done.stderr


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    done = bot("demo", "--empty", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "I can't make the data folder" in done.stderr
    assert "app.data_dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "guildhall.sqlite3").write_bytes(b"this is no database at all " * 100)
    done = bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_locked_database_is_one_sentence(tmp_path: Path) -> None:
    assert bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path)).returncode == 0
    other = sqlite3.connect(tmp_path / "guildhall.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    done = bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    other.close()
    assert done.returncode == 1
    assert "locked" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    assert bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path)).returncode == 0
    with sqlite3.connect(tmp_path / "guildhall.sqlite3") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    done = bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "newer version" in done.stderr
    assert "Nothing was changed" in done.stderr


def test_health_says_how_everything_is(tmp_path: Path) -> None:
    bot("migrate", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    done = bot("health", "--json", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path))
    assert done.returncode == 0
    assert {finding["name"] for finding in json.loads(done.stdout)} == {"Time zones", "Schema", "Feeds", "Skill swaps"}
    empty = bot("health", folder=tmp_path, GUILDHALL__APP__DATA_DIR=str(tmp_path / "new"))
    assert empty.returncode == 1
    assert "FAIL Schema: empty: nothing is set up here yet. `python -m bot init` asks" in empty.stdout


KEYS = (
    "feed_url guid link title published verdict lead posted held score reasons cautions company role pay skills remote "
    "region employment_type language expires offers_both seniority newcomers sectors hours"
).split()


def test_try_feed_judges_a_file(tmp_path: Path) -> None:
    board = "https://weworkremotely.com/remote-jobs"
    morning = datetime(2026, 11, 18, 6, tzinfo=UTC)
    (tmp_path / "jobs.rss").write_bytes(rss(RAG, SEEKER, SCAM, BAKER, at=morning, site=board))
    done = bot("try", "feed", "jobs.rss", "--side", "demand", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    rag, seeker, scam, baker = json.loads(done.stdout)
    assert list(rag) == KEYS
    assert (rag["verdict"], rag["lead"], rag["posted"], rag["held"]) == ("gig", True, True, False)
    assert rag["pay"] == {"min": 80, "max": 110, "currency": "USD", "unit": "hour"}
    assert {"rag", "python"} <= set(rag["skills"])
    assert rag["company"] == "Acme Health"
    assert rag["remote"] is True
    assert rag["published"] == "2026-11-18T05:00:00+00:00"
    assert (seeker["verdict"], seeker["lead"], seeker["posted"]) == ("neither", False, False)
    assert baker["verdict"] == "neither"
    assert scam["held"]
    assert "Telegram" in " ".join(scam["cautions"])  # it quotes what it saw
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs.rss"]  # no database


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("missing.rss", "missing.rss"),
        ("page.html", "page"),
        ("http://127.0.0.1:9/jobs.rss", "private"),
        ("http://169.254.169.254/latest", "private"),
        ("empty.txt", "empty"),
    ],
)
def test_try_feed_says_why_something_cannot_be_read(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>Jobs</title><p>No feed here.", encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    done = bot("try", "feed", given, "--json", folder=tmp_path)
    assert done.returncode == 1
    [row] = json.loads(done.stdout)
    assert set(row) == {"feed_url", "error", "advice"}
    assert row["feed_url"] == given
    assert said in row["error"].lower()
    assert row["advice"]
    assert "Traceback" not in done.stderr


def test_try_feed_reads_every_feed_of_the_shared_world(shared: Path, tmp_path: Path) -> None:
    world = json.loads((shared / "feeds" / "world" / "world.json").read_text(encoding="utf-8"))
    for poll in (1, 2):
        folder = shared / "feeds" / "world" / f"poll{poll}"
        paths = [str(folder / feed["path"]) for feed in world["feeds"]]
        done = bot("try", "feed", *paths, "--json", folder=tmp_path)
        rows = json.loads(done.stdout)
        assert not [row for row in rows if "error" in row]
        assert done.returncode == 0
        read = {path: sum(row["feed_url"] == path for row in rows) for path in paths}
        for feed, path in zip(world["feeds"], paths, strict=True):
            wanted = next((c["intended"] for c in feed.get("check", []) if c["poll"] == poll), None)
            if wanted is not None and not feed.get("discovers"):
                assert read[path] >= wanted, feed["path"]
