"""Seen before: one form of an address, and when two postings are one job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.leads.boards import read_board
from bot.leads.entry import Entry
from bot.leads.same import Posting, canonical, job_key, same_job

if TYPE_CHECKING:
    from pathlib import Path

RAG = """We are looking for an engineer to build a retrieval system over clinical guidelines. You will design the
ingestion of documents, choose the embeddings, evaluate answers with our doctors and hand over a documented service."""
PAYMENTS = """Our payments team needs somebody who knows ledgers. You will move our settlement jobs to a queue, write
the migration and keep the auditors happy. Experience with PostgreSQL and accounting is what counts most here."""


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/jobs/42",
        "https://www.example.com/jobs/42/",
        "HTTPS://EXAMPLE.com:443/jobs/42?utm_source=feed&utm_medium=rss#apply",
        "https://m.example.com/jobs/42?ref=hn&fbclid=abc",
        " example.com/jobs/42?source=rss ",
    ],
)
def test_one_address_has_one_form(url: str) -> None:
    assert canonical(url) == "example.com/jobs/42"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/item?id=1", "https://example.com/item?id=2"),
        ("https://example.com/jobs/1", "https://example.com/jobs/2"),
        ("https://a.example.com/x", "https://b.example.com/x"),
        ("http://example.com:8080/x", "http://example.com/x"),
        ("https://example.com/Jobs", "https://example.com/jobs"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_the_order_of_a_query_does_not_matter() -> None:
    assert canonical("https://example.com/?b=2&a=1") == canonical("https://example.com?a=1&b=2")


@pytest.mark.parametrize(
    "url", ["", "not a url", "http://[::1", "https://[::1]:9/x", "http://h:99999999/x", "//", "://x"]
)
def test_an_odd_address_is_met_calmly(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


@given(st.text() | st.text(alphabet="htps:/w.m@[]?&=#%ex20 ").map(lambda rest: f"https://{rest}"))
def test_the_form_of_a_form_is_itself(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


def test_a_cross_post_is_the_same_job() -> None:
    here = Posting("Acme GmbH", "Senior RAG Engineer (Remote)", RAG, "https://weworkremotely.com/remote-jobs/acme-rag")
    there = Posting("ACME", "Sr. RAG Engineer", f"About us: we are Acme.\n{RAG}", "https://remotive.com/jobs/rag-99812")
    assert same_job(here, there)
    assert job_key(here.company, here.role) == job_key(there.company, there.role)


def test_a_cross_post_without_an_employer_is_known_by_role_and_text() -> None:
    here = Posting("", "[Hiring] RAG engineer for a clinic", RAG, "https://www.reddit.com/r/forhire/comments/1/x/")
    there = Posting("", "RAG engineer for a clinic (Remote)", RAG, "https://larajobs.com/job/862061")
    assert same_job(here, there)
    assert job_key("", here.role) == job_key("", there.role)


def test_the_employer_may_stand_in_the_role() -> None:
    assert job_key("", "RAG Engineer at Acme (Remote)") == job_key("Acme Inc.", "RAG Engineer")


@pytest.mark.parametrize(
    "other",
    [
        Posting("Acme", "RAG Engineer", RAG, "https://remoteok.com/remote-jobs/rag-1129002"),
        Posting("Acme", "Payments Engineer", PAYMENTS, "https://larajobs.com/job/123456"),
        Posting("Acme", "Senior RAG Engineer", RAG, ""),
        Posting("Beta", "RAG Engineer", RAG, ""),
    ],
    ids=["another id on the same board, another text", "another role", "another level", "another employer"],
)
def test_what_vetoes(other: Posting) -> None:
    text = RAG if other.link != "https://remoteok.com/remote-jobs/rag-1129002" else PAYMENTS
    assert not same_job(Posting("Acme", "RAG Engineer", text, "https://remoteok.com/remote-jobs/rag-1129001"), other)


def test_one_job_for_two_towns_is_one_job() -> None:
    lima = Posting("Acme", "RAG Engineer (Lima)", RAG, "https://remotive.com/jobs/rag-engineer-lima-209101")
    quito = Posting("Acme", "RAG Engineer (Quito)", RAG, "https://remotive.com/jobs/rag-engineer-quito-209102")
    assert same_job(lima, quito)


@given(
    st.builds(Posting, st.text(), st.text(), st.text(), st.text()),
    st.builds(Posting, st.text(), st.text(), st.text(), st.text()),
)
def test_it_does_not_matter_who_comes_first(one: Posting, other: Posting) -> None:
    assert same_job(one, other) == same_job(other, one)


def test_real_reposts_are_told_from_other_roles(shared: Path) -> None:
    lines = (shared / "evaluation" / "duplicates.dev.jsonl").read_text(encoding="utf-8").strip().split("\n")
    merged = wrongly = missed = 0
    for row in map(json.loads, lines):
        same = same_job(_posting(row["a"]), _posting(row["b"]))
        wanted = row["label"] != "different"
        merged, wrongly, missed = (
            merged + (same and wanted),
            wrongly + (same and not wanted),
            missed + (wanted and not same),
        )
    assert wrongly == 0
    assert 2 * merged / (2 * merged + missed) >= 0.87


def _posting(row: dict[str, str]) -> Posting:
    entry = Entry("x", row["link"], row["title"], row["summary"])
    board = read_board(entry)
    return Posting(board.company, board.role or entry.title, entry.text, entry.link)
