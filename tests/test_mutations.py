"""Adverts as people really type them: the same words in other clothes are judged alike."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.leads.entry import Entry, Verdict
from bot.leads.rules import judge
from bot.leads.same import Posting, canonical, same_job
from bot.skills import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leads.entry import Side

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)

ADVERTS: list[tuple[str, str, Side]] = [
    (
        "RAG chatbot for a clinic network",
        (
            "We are looking for a freelancer to build a retrieval chatbot in Python with LangChain and pgvector.\n"
            "Hourly rate: $80-$110 per hour. Please apply with your portfolio."
        ),
        "demand",
    ),
    (
        "Data analyst needed for a shop's sales",
        "Budget: $400 fixed price.\nClean the data in Excel, build a Power BI dashboard, explain the trends.",
        "demand",
    ),
    (
        "[Hiring] LLM evaluation contractor",
        (
            "Our team is hiring a contractor, part-time.\n"
            "You will write evals for LLM agents and red teaming prompts.\nPay: 60 EUR per hour. DM me if interested."
        ),
        "mixed",
    ),
    (
        "Computer vision engineer",
        (
            "Full-time, permanent.\nRequirements: PyTorch, OpenCV, object detection.\n"
            "Salary: $120,000 - $150,000 per year."
        ),
        "demand",
    ),
    (
        "Image annotation, no experience needed",
        "Freelance data annotation for an object detection model. We pay $15 per hour. Apply here.",
        "demand",
    ),
]

MUTATIONS: list[Callable[[str], str]] = [
    str.upper,
    lambda text: text.replace(" ", "  "),
    lambda text: text.replace(" ", "\u00a0", 3),
    lambda text: text.replace("-", "–"),
    lambda text: text.replace("\n", "\n\n• "),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: f"🚀 {text} ✨",
    lambda text: text.replace(". ", ".\n"),
    lambda text: "\n".join(f"**{line}**" if at == 0 else line for at, line in enumerate(text.split("\n"))),
    lambda text: text.replace("'", "’"),
    lambda text: f"{text}\nWe are an equal opportunity employer and we raised $12M in our Series A.",
    lambda text: f"{text}\nAbout us: founded in 2015, 700 customers, a 401k match and a $500 learning budget.",
]


def verdict(title: str, text: str, side: Side) -> Verdict:
    return judge(Entry("guid", "", title, text), side=side, now=NOW, taxonomy=load_taxonomy())


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ADVERTS),
    st.lists(st.integers(0, len(MUTATIONS) - 1), min_size=1, max_size=3, unique=True),
)
def test_an_advert_in_other_clothes_is_the_same_advert(advert: tuple[str, str, Side], chosen: list[int]) -> None:
    title, text, side = advert
    plain = verdict(title, text, side)
    for at in chosen:
        text = MUTATIONS[at](text)
    found = verdict(title, text, side)
    assert (found.kind, found.pay, found.cautions) == (plain.kind, plain.pay, ())
    assert set(plain.skills) <= set(found.skills)


@pytest.mark.parametrize("side", ["demand", "mixed"])
def test_the_same_advert_from_somebody_who_seeks_work_is_none(side: Side) -> None:
    for skill in ("LLM agents", "computer vision", "data analysis", "RAG chatbots"):
        found = verdict(
            f"[For Hire] Freelancer for {skill}, $40/hr",
            f"Hi, I am a developer with six years of experience. I build {skill}. My portfolio: see my website. "
            "My hourly rate is $40. DM me to discuss what I can do for you.",
            side,
        )
        assert not found.lead, skill


TALK = [
    ("Best {what} in 2026?", "I am looking for recommendations. What do you use, and what does it cost per hour?"),
    ("I built a {what}", "Show and tell: it took a month. Check it out, feedback welcome. Hiring managers love it."),
    ("How do I get my first job in {what}?", "I applied to 200 positions, no callbacks. Is the salary worth it?"),
    ("{what} is overhyped", "Companies are hiring for it and paying $200k, yet nobody needs it. Thoughts?"),
    ("Stuck with {what}", "The error says rate limit. I need help, any ideas? Thanks in advance."),
    ("Looking for a co-founder for {what}", "Equity only. We need a developer who can build it. DM me."),
    ("Free course on {what}", "Enroll now, learners get a certificate. Apply here before Friday."),
    ("Looking for a study buddy, {what}", "I am a student looking for someone to learn with."),
]


def test_a_forums_talk_is_never_posted() -> None:
    for title, text in TALK:
        for what in ("RAG", "AI agents", "LangChain", "LLM fine-tuning", "computer vision", "data science"):
            found = verdict(title.format(what=what), text, "mixed")
            assert not found.sure, title
            assert not found.lead or found.held, title


def test_a_hundred_pairs_of_addresses_are_told_apart() -> None:
    chance = random.Random(20261120)
    tracking = ["utm_source=rss", "ref=feed", "fbclid=abc", "gclid=1", "source=rss", "trk=x", "mc_cid=9"]
    for n in range(50):
        path = f"jobs/{chance.choice(['rag', 'llm', 'data'])}-{n}"
        plain = f"https://example{n % 7}.com/{path}"
        other = plain.replace("https://", chance.choice(["http://", "https://www.", "HTTPS://", "https://m."]))
        other += (
            chance.choice(["", "/", "//"]) + "?" + "&".join(chance.sample(tracking, 2)) + chance.choice(["", "#top"])
        )
        assert canonical(plain) == canonical(other), other
        different = chance.choice(
            [f"{plain}1", f"{plain}?id={n}", plain.replace("example", "sample"), f"{plain}/apply"]
        )
        assert canonical(plain) != canonical(different), different


def test_a_repost_is_known_in_other_clothes_and_another_role_is_not() -> None:
    text = ADVERTS[0][1] * 2
    for mutate in MUTATIONS[:10]:
        assert same_job(
            Posting("Acme", "RAG engineer", text, ""), Posting("ACME Inc.", "RAG Engineer (m/f/d)", mutate(text), "")
        )
    other = ADVERTS[3][1] * 2
    assert not same_job(Posting("Acme", "RAG engineer", text, ""), Posting("Acme", "Computer vision lead", other, ""))
