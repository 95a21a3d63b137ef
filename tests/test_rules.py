"""Judging an entry: stories of adverts and of what only looks like one."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.leads.entry import Entry, Pay
from bot.leads.rules import judge
from bot.skills import load_taxonomy

if TYPE_CHECKING:
    from pathlib import Path

    from bot.leads.entry import Side, Verdict

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TAXONOMY = load_taxonomy()


def entry(title: str, text: str = "", link: str = "", **more: object) -> Entry:
    return Entry("guid", link, title, text, **more)  # type: ignore[arg-type]


def verdict(title: str, text: str = "", link: str = "", side: Side = "mixed", **more: object) -> Verdict:
    return judge(entry(title, text, link, **more), side=side, now=NOW, taxonomy=TAXONOMY)


# --- leads -----------------------------------------------------------------------------------------------------------


def test_a_clients_project_is_a_sure_gig_with_its_facts() -> None:
    found = verdict(
        "RAG chatbot for a clinic network - Upwork",
        "Hourly Range: $80.00-$110.00\nPosted On: November 20, 2026 07:43 UTC\nCategory: AI & Machine Learning\n"
        "Skills:Python,     LangChain,     pgvector\nCountry: Germany\nclick to apply",
        link="https://www.upwork.com/jobs/RAG-chatbot_~01abc9520e0d7e59?source=rss",
        side="demand",
    )
    assert (found.kind, found.sure, found.held, found.cautions) == ("gig", True, False, ())
    assert found.pay == Pay(80, 110, "USD", "hour")
    assert {"rag", "chatbot-development", "python", "langchain", "vector-databases"} <= set(found.skills)
    assert found.reasons[0].startswith("asks for Retrieval-augmented generation, Chatbot development")
    assert found.reasons[0].endswith("a gig; pays $80–110/h")


def test_a_board_that_says_full_time_has_a_job() -> None:
    found = verdict(
        "Meadow: Machine Learning Engineer",
        "Headquarters: Lisbon, Portugal\nTo apply: https://weworkremotely.com/remote-jobs/meadow-ml",
        link="https://weworkremotely.com/remote-jobs/meadow-ml",
        side="demand",
        fields={"type": ("Full-Time",), "region": ("Europe Only",), "expires_at": ("Fri, 18 Dec 2026 23:49:00 +0000",)},
    )
    assert (found.kind, found.sure) == ("job", True)
    assert (found.company, found.role) == ("Meadow", "Machine Learning Engineer")
    assert found.employment_type == ("full_time",)
    assert found.region == "Europe"
    assert found.expires == datetime(2026, 12, 18, 23, 49, tzinfo=UTC)


def test_a_hiring_threads_comment_is_read_by_its_headline() -> None:
    found = verdict(
        'New comment by ada in "Ask HN: Who is hiring? (November 2026)"',
        "Meadow | Machine Learning Engineer | Berlin, Germany | REMOTE or ONSITE | Full-time | €70k-€90k\n"
        "We forecast harvests. You will build models in PyTorch and bring them to the field.",
        link="https://news.ycombinator.com/item?id=42181211",
    )
    assert found.kind == "job"
    assert (found.company, found.role) == ("Meadow", "Machine Learning Engineer")
    assert (found.remote, found.region) == (True, "Germany")
    assert found.pay == Pay(70_000, 90_000, "EUR", "year")


def test_somebody_in_a_forum_who_pays_for_help_is_a_lead() -> None:
    found = verdict(
        "Looking for a freelancer who knows LangGraph",
        "I have two flows to build for my shop. I can pay 50 USD per hour. Please DM me if you have done this before.",
        link="https://www.reddit.com/r/LangChain/comments/1/looking/",
    )
    assert found.kind == "gig"
    assert found.pay == Pay(50, 50, "USD", "hour")
    assert "it promises pay" in found.reasons


def test_both_offered_is_a_gig() -> None:
    found = verdict(
        "Data scientist",
        "We are looking for a data scientist, full-time or as a freelancer. Fixed price or per project.",
        side="demand",
    )
    assert found.kind == "gig"


def test_without_a_word_on_it_the_kind_is_unclear() -> None:
    assert (
        verdict("Computer vision expert needed", "Find cracks in photos of bridges.", side="demand").kind == "unclear"
    )


def test_the_text_decides_and_not_the_tag() -> None:
    mislabelled = verdict(
        "[For Hire] LLM developer",
        "We are seeking a developer with experience in building apps with LLMs to join our team. Key requirements: "
        "strong Python. The ideal candidate has shipped RAG systems.",
    )
    assert mislabelled.lead
    seller = verdict(
        "[Hiring] Need AI automations?",
        "I am a developer with five years in AI. I will build your chatbot. My rates are fair, see my portfolio. "
        "DM me to discuss what I can do for you.",
    )
    assert not seller.lead


def test_annotation_is_ai_work() -> None:
    found = verdict(
        "Spanish speakers: rate answers of a language model",
        "Freelance, part-time data annotation. We pay $18 per hour. Apply here: https://example.com/apply",
        side="demand",
    )
    assert found.kind == "gig"
    assert "ai-training" in found.skills


def test_other_languages_are_read_too() -> None:
    german = verdict(
        "Freiberuflicher KI-Entwickler (m/w/d)",
        "Wir suchen für unser Team eine Person mit Erfahrung in maschinellem Lernen. Deine Aufgaben: Modelle "
        "trainieren und mit uns in Betrieb nehmen. Tagessatz: 700 €. Bewerbung bitte mit Profil.",
        side="demand",
    )
    assert (german.kind, german.language, german.pay) == ("gig", "de", Pay(700, 700, "EUR", "day"))
    chinese = verdict("AI工程師", "負責機器學習模型。台北市 月薪50,000~70,000元", side="demand")
    assert chinese.lead
    assert (chinese.language, chinese.region) == ("zh", "Taiwan")


# --- not leads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        (
            "[For Hire] Machine Learning Engineer, 30 USD/hr",
            "Hi, I am a data scientist with four years of experience. My skills: PyTorch, RAG. Here is my portfolio.",
            "a job-seeker's or agency's own ad",
        ),
        (
            "How do I attach an image to a LangChain agent?",
            "Has anyone figured this out? I am stuck, any suggestions would be great. Thanks in advance!",
            "a question, not an offer of work",
        ),
        (
            "Looking for a technical co-founder for an AI startup",
            "Equity only for now, we will build an LLM platform together.",
            "no pay is offered",
        ),
        (
            "Resume review: ML grad student looking for internships",
            "I have applied to 100 places and got no callbacks. Please roast my resume.",
            "somebody asks about their own career",
        ),
        (
            "Learn deep learning with our free course",
            "In this course you will learn neural networks. Enroll today on Udemy, 5,000 learners love it.",
            "a course, not work",
        ),
        (
            "Introducing AgentKit, an open source agent framework",
            "I built this over the weekend. Check it out and sign up for the free beta of our LLM tool.",
            "news or something to show, not an offer of work",
        ),
    ],
)
def test_what_is_no_offer_says_why(title: str, text: str, reason: str) -> None:
    found = verdict(title, text)
    assert found.kind == "neither"
    assert not found.sure
    assert not found.held
    assert reason in found.reasons


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Front-end developer (React)",
            "We are looking for a developer for our web shop. Apply now. Salary: $60k-$80k.",
        ),
        (
            "Office manager at Nimbus AI",
            "Nimbus is an AI company that helps hospitals with machine learning. Full-time.",
        ),
        ("Website for an AI company", "Budget: $250\nSkills: Web Design, Graphic Design"),
        (
            "Backend engineer",
            "We may use AI tools in our hiring process when reviewing applications. Responsibilities: Go, SQL.",
        ),
        ("Data engineer", "Responsibilities: maintain our data warehouse and ETL pipelines in Snowflake. Full-time."),
        ("Electrician", "Rewire an office. Hourly rate $40."),
    ],
)
def test_work_that_is_not_ai_is_no_lead(title: str, text: str) -> None:
    found = verdict(title, text, side="demand")
    assert found.kind == "neither"
    assert "the work itself is not AI or data analysis" in found.reasons


def test_a_list_of_people_who_offer_themselves_has_no_leads() -> None:
    found = verdict("Data scientist needed", "We are hiring, $90 per hour, apply now", side="supply")
    assert found.kind == "neither"
    assert found.reasons == ("the feed is a list of people who offer themselves, or of courses",)


# --- cautions and doubt ----------------------------------------------------------------------------------------------

ADVERT = (
    "We are looking for a freelance data annotator to label images for our computer vision model. We pay $15 per hour. "
)


@pytest.mark.parametrize(
    ("words", "quote"),
    [
        ("A registration fee of $30 applies.", "“registration fee”"),
        ("To start, contact our manager on Telegram @fastjobs.", "“contact our manager on Telegram”"),
        ("Interviews are held via WhatsApp only.", "“Interviews are held via WhatsApp”"),
        ("We mail a check for your equipment.", "“mail a check for your equipment”"),
        ("You are paid in Bitcoin.", "“paid in Bitcoin”"),
        ("Send your bank account details first.", "“Send your bank account”"),
        ("You earn up to $900 a day.", "“earn up to $900 a day”"),
        ("We begin with an unpaid trial.", "“unpaid trial”"),
        ("Female candidates only.", "“Female candidates only”"),
        ("You must first pay a small deposit.", "“You must first pay”"),
        ("Reach out to our HR manager on WhatsApp.", "“Reach out to our HR manager on WhatsApp”"),
        ("Message me at t.me/quickjobs", "“t.me/q”"),
        ("USDT payments only.", "“USDT payments”"),
        ("No interview needed, start now.", "“No interview needed”"),
        ("The check is to purchase your home office.", "“check is to purchase”"),
    ],
)
def test_a_caution_quotes_the_words_and_holds_the_lead(words: str, quote: str) -> None:
    found = verdict("Freelance image annotation", ADVERT + words, side="demand")
    assert found.kind == "gig"
    assert (found.sure, found.held) == (False, True)
    assert any(quote in caution for caution in found.cautions), found.cautions


def test_a_whatsapp_bot_to_be_built_is_no_reason_for_caution() -> None:
    found = verdict(
        "WhatsApp AI chatbot",
        "Budget: $1,000\nBuild an AI agent that answers customers on WhatsApp and Telegram.",
        side="demand",
    )
    assert found.lead
    assert found.cautions == ()


@pytest.mark.parametrize(
    "words",
    [
        "The agent must chat with customers on WhatsApp.",
        "It should reply to leads via Telegram automatically.",
        "Integrate the WhatsApp Business API and a Telegram bot.",
        "All staff pass background checks and reference checks.",
        "We pay for your equipment and a laptop.",
        "Our product is a crypto exchange; you analyse its payments.",
        "Share your resume and a copy of your portfolio.",
        "There is no application fee waived or asked. We invest in our people.",
        "Interviews are held over Zoom and Teams.",
        "You have 5 years of experience; the team's average age is none of our business.",
        "Students earn a certificate and make up to three friends.",
    ],
)
def test_an_honest_advert_raises_no_caution(words: str) -> None:
    assert verdict("Freelance image annotation", ADVERT + words, side="demand").cautions == ()


def test_a_company_with_a_free_mail_address_is_worth_a_look() -> None:
    found = verdict(
        "Machine Learning Engineer at Initech",
        "We are hiring. Apply by mail to initech.jobs@gmail.com",
        link="https://remoteok.com/remote-jobs/ml-engineer-initech-1129001",
        side="demand",
    )
    assert found.company == "Initech"
    assert any("“initech.jobs@gmail.com”" in caution for caution in found.cautions)


def test_what_has_expired_is_never_sure() -> None:
    advert = {
        "title": "Acme: AI Engineer",
        "text": "Contract. $90 per hour.",
        "link": "https://weworkremotely.com/x",
        "side": "demand",
    }
    assert verdict(**advert, fields={"expires_at": ("Fri, 27 Nov 2026 00:00:00 +0000",)}).sure  # type: ignore[arg-type]
    late = verdict(**advert, fields={"expires_at": ("Fri, 13 Nov 2026 00:00:00 +0000",)})  # type: ignore[arg-type]
    assert late.lead
    assert not late.sure
    assert "it has expired" in late.reasons


# --- where -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "remote", "region"),
    [
        ("Acme | AI Engineer | Austin, TX | ONSITE | Full-time", False, "US"),
        ("Acme | AI Engineer | London | REMOTE (UK) | Contract", True, "UK"),
        ("Acme | AI Engineer | Berlin | Hybrid | Full-time", "hybrid", "Germany"),
        ("Acme | AI Engineer | Paris or Madrid | Full-time", None, "France, Spain"),
        ("Acme | AI Engineer | Anywhere in the World | Contract", True, "Worldwide"),
        ("Contact us about an AI engineer job", None, None),
    ],
)
def test_where_the_work_is_done(title: str, remote: object, region: str | None) -> None:
    found = verdict(title, side="demand")
    assert (found.remote, found.region) == (remote, region)


# --- always ----------------------------------------------------------------------------------------------------------


@given(st.text(), st.text(), st.text(), st.sampled_from(["demand", "mixed", "supply"]))
def test_any_entry_is_judged_and_always_alike(title: str, text: str, link: str, side: Side) -> None:
    first = verdict(title, text, link, side)
    assert first == verdict(title, text, link, side)
    assert 0 <= first.score <= 1
    assert first.reasons
    assert not (first.sure and first.held)
    assert first.lead or not (first.sure or first.held or first.cautions)


WORDS = (
    "ai hiring for hire $ 50 per hour we are looking a | remote course ? how to rag engineer data analyst at contract"
).split()


@given(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join),
)
def test_any_salad_of_its_own_words_is_judged(title: str, text: str) -> None:
    assert verdict(title, text).reasons


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "ai engineer " * 90_000, "| " * 500_000, "$1 " * 300_000, "x@" * 500_000]
)
def test_a_hostile_entry_takes_no_more_than_its_length(text: str) -> None:
    started = time.process_time()
    verdict(text[:10_000], text, f"https://example.com/{text[:5000]}", "demand")
    assert time.process_time() - started < 5


# --- real postings ---------------------------------------------------------------------------------------------------

BOARDS_OF_OFFERS = ("upwork", "remoteok", "remotive", "feed2026_RemoteOK", "feed2026_WeWorkRemotely")


def _judged(shared: Path) -> list[tuple[dict[str, str], Verdict]]:
    lines = (shared / "evaluation" / "relevance.dev.jsonl").read_text(encoding="utf-8").strip().split("\n")
    rows = [json.loads(line) for line in lines]
    sides: list[Side] = ["demand" if row["source"].startswith(BOARDS_OF_OFFERS) else "mixed" for row in rows]
    return [
        (row, verdict(row["title"], row["summary"], row["link"], side)) for row, side in zip(rows, sides, strict=True)
    ]


def test_real_leads_are_told_from_the_rest(shared: Path) -> None:
    judged = [(row["label"] == "yes", found) for row, found in _judged(shared)]
    right = sum(wanted and found.lead for wanted, found in judged)
    f1 = 2 * right / (sum(wanted for wanted, _ in judged) + sum(found.lead for _, found in judged))
    assert f1 >= 0.93
    sure = [wanted for wanted, found in judged if found.sure]
    assert sum(sure) / len(sure) >= 0.9
    assert len(sure) >= 30


def test_real_gigs_are_told_from_jobs(shared: Path) -> None:
    lines = (shared / "evaluation" / "engagement.dev.jsonl").read_text(encoding="utf-8").strip().split("\n")
    wanted = {row["id"]: row["text_only"].replace("either", "gig") for row in map(json.loads, lines)}
    told = [
        found.kind == wanted[row["id"]]
        for row, found in _judged(shared)
        if found.lead and wanted.get(row["id"]) in {"gig", "job"}
    ]
    assert sum(told) / len(told) >= 0.9
