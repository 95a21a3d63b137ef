"""The taxonomy: what a text asks for, what a typed word means, and that nothing in it is broken."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phrases import split_sentences, split_words
from bot.skills import Skill, load_taxonomy

if TYPE_CHECKING:
    from pathlib import Path

TAXONOMY = load_taxonomy()


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("We need a RAG chatbot in Python with pgvector", ("rag", "chatbot-development", "python", "vector-databases")),
        ("Power BI and Tableau dashboards", ("power-bi", "tableau", "data-visualization")),
        ("Senior ML Engineer (PyTorch, K8s)", ("machine-learning", "pytorch", "kubernetes")),
        ("Label images in Label Studio", ("ai-training", "labeling-tools")),
        ("Experience with Node.js, C++ and .NET required", ("javascript", "cpp", "dotnet")),
        ("Maschinelles Lernen und Datenanalyse", ("machine-learning", "data-analysis")),
        ("招聘 机器学习 工程师", ("machine-learning",)),
        ("A warehouse worker with a driving licence", ()),
        ("", ()),
    ],
)
def test_a_text_names_its_skills_in_order(text: str, skills: tuple[str, ...]) -> None:
    assert TAXONOMY.find(text) == skills


def test_an_ambiguous_word_counts_only_where_something_confirms_it() -> None:
    assert TAXONOMY.find("Unity of purpose and sparks of joy") == ()
    assert TAXONOMY.find("Build charts and dashboards for our database in SQL") == ("data-visualization", "sql")
    assert "agents" not in TAXONOMY.find("We represent travel agents")
    assert TAXONOMY.find("Travel agents wanted") == ()


def test_one_letter_languages_count_only_in_a_list_of_tools() -> None:
    assert TAXONOMY.find("Skills: SQL, R, Tableau") == ("sql", "r", "tableau")
    assert TAXONOMY.find("You write Python or Go every day") == ("python", "golang")
    assert TAXONOMY.find("R&D needs people who go the extra mile") == ()


def test_who_excels_at_something_need_not_know_excel() -> None:
    assert TAXONOMY.find("You excel at teamwork; the ideal person excels under pressure") == ()
    assert TAXONOMY.find("Advanced Excel") == ("excel",)


def test_a_typed_word_means_its_skill() -> None:
    for typed in ("LLM", "large language models", "  Llms ", "llm"):
        skill = TAXONOMY.match(typed)
        assert skill is not None
        assert skill.id == "llm"
    assert TAXONOMY.match("basket weaving") is None
    assert TAXONOMY.match("") is None
    assert TAXONOMY.match("x" * 1_000_000) is None


def test_a_slip_is_met_with_suggestions() -> None:
    assert [skill.id for skill in TAXONOMY.suggest("pytroch")] == ["pytorch"]
    assert "prompt-engineering" in [skill.id for skill in TAXONOMY.suggest("prompt")]
    assert len(TAXONOMY.suggest("a")) == 5
    assert TAXONOMY.suggest("???") == ()


def test_names_and_neighbours_of_an_unknown_id_are_harmless() -> None:
    assert TAXONOMY.name("rag") == "Retrieval-augmented generation"
    assert TAXONOMY.name("dropped-later") == "dropped-later"
    assert "llm" in TAXONOMY.related("rag")
    assert TAXONOMY.related("dropped-later") == ()


def test_a_community_adds_skills_and_words_of_its_own() -> None:
    more = [
        Skill("beekeeping-ai", "AI for bees", "domain", ("hive vision", "RAG"), ai=True),
        Skill("rag", "Something else", "genai", ("grounded answers",)),
    ]
    own = TAXONOMY.extended(more)
    assert own.find("Hive Vision with grounded answers") == ("beekeeping-ai", "rag")
    assert own.find("RAG") == ("rag",)  # a word that is taken keeps its meaning
    assert own.name("rag") == TAXONOMY.name("rag")
    assert own.match("AI for bees") is not None
    assert TAXONOMY.find("hive vision") == ()


def test_a_phrase_may_name_two_skills() -> None:
    assert set(TAXONOMY.find("Azure OpenAI")) == {"llm", "azure"}
    assert TAXONOMY.find("React Native") == ("mobile",)


NEEDED = """
machine-learning data-science nlp computer-vision ai-consulting ai-content ai-training chatbot-development ai-software
python pytorch tensorflow keras labeling-tools data-analysis data-visualization deep-learning cybersecurity
project-management ai-ethics prompt-engineering edge-ai generative-ai explainable-ai fine-tuning data-collection
conversational-ai technical-writing instructional-design healthcare-ai fintech manufacturing-ai
"""


@pytest.mark.parametrize("skill_id", NEEDED.split())
def test_every_field_that_the_needs_name_is_there(skill_id: str) -> None:
    assert skill_id in TAXONOMY


def test_the_taxonomy_is_sound() -> None:
    ids = [skill.id for skill in TAXONOMY.skills]
    assert len(ids) == len(set(ids))
    owners: dict[tuple[str, ...], str] = {}
    for skill in TAXONOMY.skills:
        assert set(skill.related) <= set(ids), skill.id
        assert skill.id not in skill.related
        assert skill.aliases
        for alias in (*skill.aliases, *skill.context_aliases, *skill.list_aliases):
            assert alias == alias.lower()
            words = tuple(split_words(alias))
            assert words, alias
            assert owners.setdefault(words, skill.id) == skill.id, f"{alias!r} belongs to two skills"


def test_every_alias_finds_its_skill() -> None:
    for skill in TAXONOMY.skills:
        for alias in skill.aliases:
            assert skill.id in TAXONOMY.find(alias), alias


@given(st.text())
def test_any_text_has_skills_that_exist(text: str) -> None:
    assert all(skill_id in TAXONOMY for skill_id in TAXONOMY.find(text))


@given(st.text())
def test_sentences_hold_all_the_words(text: str) -> None:
    words, starts = split_sentences(text)
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(words) for start in starts)
    assert (starts[:1] == [0]) == bool(words)


@pytest.mark.parametrize("text", ["a" * 1_000_000, "ai " * 100_000, "machine learning " * 20_000, "大" * 200_000])
def test_a_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    started = time.process_time()
    TAXONOMY.find(text)
    assert time.process_time() - started < 5


def test_what_real_postings_ask_for_is_found(shared: Path) -> None:
    texts = {}
    for name, body in (("relevance", "summary"), ("extraction", "text")):
        for row in _rows(shared, name):
            texts[row["id"]] = f"{row['title']}\n{row[body]}"
    hits = claims = wanted = 0
    for row in _rows(shared, "skills"):
        found, asked = set(TAXONOMY.find(texts[row["id"]])), set(row["skills"])
        hits, claims, wanted = hits + len(found & asked), claims + len(found), wanted + len(asked)
    assert 2 * hits / (claims + wanted) >= 0.89


def _rows(shared: Path, name: str) -> list[dict[str, Any]]:
    lines = (shared / "evaluation" / f"{name}.dev.jsonl").read_text(encoding="utf-8").strip().split("\n")
    return [json.loads(line) for line in lines]
