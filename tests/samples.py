"""Small feeds for stories, written by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

RAG = (
    "Acme Health: RAG chatbot for a clinic network",
    (
        "We are hiring a freelance AI engineer on contract to build and evaluate a retrieval (RAG) chatbot "
        "over 4,000 care guidelines with Python and pgvector. $80 - $110 per hour, about 60 hours, remote "
        "within EU hours. Apply with two examples of your work."
    ),
)
EVALS = (
    "Fieldnote: LLM evaluation contractor",
    (
        "Freelance contract, three months, part-time: design an LLM evaluation suite with prompt engineering "
        "and Python. We pay $70 per hour. Fully remote. Send your CV to apply."
    ),
)
JOB = (
    "Bigbank: Machine Learning Engineer",
    (
        "Full-time permanent position. You will train and deploy machine learning models with PyTorch. Salary"
        " $150,000 - $180,000 per year, 401k and health insurance. Onsite in Boston. Apply now."
    ),
)
SEEKER = (
    "[For Hire] AI engineer available",
    ("I am an AI engineer with 6 years of experience in machine learning and chatbots. Hire me! My rate is $40/h."),
)
BAKER = ("Pastry chef wanted", "Our bakery in Lyon is looking for a full-time pastry chef. 2,000 EUR per month.")
SCAM = (
    "AI data annotator, work from home, $900 per day",
    (
        "Paid AI training work: label images for our machine learning team. Earn $900 per day, no experience "
        "needed. Contact us on Telegram @quickhire. A registration fee of $50 is due before you start."
    ),
)


COURSE = ("Free course: vector search from first principles", "Five short lessons with exercises. Free of charge.")
TALK = ("Talk: what six fixed-fee AI projects really cost", "Forty minutes and questions, online, recorded.")
ISSUE = ("Good first issue: say which file could not be read", "The error message lacks the path. Python, an hour.")


def gigs(n: int, start: int = 1) -> list[tuple[str, str]]:
    """Gigs of as many employers, each of them a lead, none like another."""
    return [
        (f"Employer{i} GmbH: {RAG[0].partition(': ')[2]} {i}", f"{RAG[1]} Ask for project {i}.")
        for i in range(start, start + n)
    ]


def rss(
    *items: tuple[str, str], at: datetime, title: str = "AI Jobs Board", site: str = "https://board.example"
) -> bytes:
    """An RSS 2.0 feed of (title, text) items: the first is an hour older than `at`, each further one another hour."""
    entries = []
    for number, (name, text) in enumerate(items, start=1):
        slug = "".join(c if c.isalnum() else "-" for c in name.lower())[:60]
        date = format_datetime(at - timedelta(hours=number))
        entries.append(
            f"<item><title>{escape(name)}</title><link>{site}/{slug}</link><guid>{site}/{slug}</guid>"
            f"<pubDate>{date}</pubDate><description>{escape(text)}</description></item>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title><link>{site}</link>'
        f"<description>Jobs</description>{''.join(entries)}</channel></rss>"
    ).encode()
