"""The model behind the judge: its weights, what moves them, and the figures on labelled rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli import evaluating  # noqa: F401  it adds its commands
from bot.cli.terminal import app
from bot.errors import UserError
from bot.leads import training
from bot.leads.approval import with_default
from bot.leads.cues import load_cues
from bot.leads.entry import Entry, Pay, Verdict
from bot.leads.evaluation import evaluate
from bot.leads.labelled import read_rows, texts
from bot.leads.leaning import BIAS_MOST, LEAN_MOST, WEIGHT_MOST, Decision, Leaning, lean, learn
from bot.leads.model import Feature, Weight, load_model, load_weights
from bot.leads.rules import judge
from bot.skills import load_taxonomy

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TAXONOMY = load_taxonomy()


def verdict(title: str, text: str = "", **more: Any) -> Verdict:
    side = more.pop("side", "demand")
    return judge(Entry("guid", more.pop("link", ""), title, text, **more), side=side, now=NOW, taxonomy=TAXONOMY)


# --- weights ---------------------------------------------------------------------------------------------------------


def test_every_cue_that_weighs_has_a_weight_and_a_reason() -> None:
    weights = load_weights()
    for cue_name, axis in load_cues()._axes.items():
        if axis in ("demand", "work", "gig"):
            assert cue_name in weights[axis], cue_name
        if axis in ("demand", "work"):
            assert load_cues().reasons[cue_name], cue_name


def test_training_went_against_no_judgement_of_a_person() -> None:
    for question, named in load_weights().items():
        for name, weight in named.items():
            assert weight.prior * weight.weight > 0, f"{question}: {name}"
            assert abs(weight.weight - weight.prior) < 1.5, f"{question}: {name}"


def test_the_thresholds_are_in_order() -> None:
    model = load_model()
    assert 0 < model.lead < model.doubtful < model.sure < 1


# --- training --------------------------------------------------------------------------------------------------------

PRIORS: Any = {"demand": {"hires": Weight(1, 1), "asks": Weight(-1, -1)}, "work": {"ai": Weight(1, 1)}}


def example(label: bool, *demand: str, ai: bool = True) -> training.Example:
    work = [Feature("ai")] if ai else []
    return training.Example({"demand": [Feature(name) for name in demand], "work": work}, label)


def test_rows_move_a_weight_towards_what_they_say() -> None:
    examples = [example(True, "hires")] * 20 + [example(False, "asks")] * 20
    trained = training.train(examples, PRIORS)
    assert trained["demand"]["hires"] > 1
    assert trained["demand"]["asks"] < -1


def test_a_weight_that_no_row_speaks_of_stays_where_it_was_set() -> None:
    trained = training.train([example(True, "hires")] * 20, PRIORS)
    assert trained["demand"]["asks"] == -1


def test_training_is_the_same_every_time() -> None:
    examples = [example(True, "hires"), example(False, "asks"), example(False, "hires", ai=False)]
    assert training.train(examples, PRIORS) == training.train(examples, PRIORS)


def test_reposts_never_stand_on_both_sides_of_a_fold() -> None:
    advert = "We need somebody who knows retrieval, vector stores and a lot about clinical guidelines in hospitals"
    dealt = [f"{advert} {n}" for n in range(5)] + [f"something else {n} altogether {n * 7}" for n in range(40)]
    folds = training.folds_of(dealt)
    assert len(set(folds[:5])) == 1
    assert len(set(folds)) > 5


def test_new_weights_leave_the_rest_of_the_file_alone() -> None:
    text = (
        '# why\n[thresholds]\nlead = 0.5\n[work]\n"a b" = { prior = 2, weight = 1.00 }\n"c" = { prior = 1, weight = 1 }'
    )
    assert training.rewrite(text, {"work": {"a b": 2.347}}) == text.replace("1.00", "2.35")


# --- what a community's moderators teach -----------------------------------------------------------------------------

SCRAPING = Verdict(kind="gig", score=0.85, sure=True, held=False, reasons=("pays",), skills=("web-scraping",))
AGENTS = replace(SCRAPING, skills=("ai-agents",), score=0.75, sure=False)


def test_what_moderators_reject_is_less_sure_and_says_so() -> None:
    leaning = learn([Decision(SCRAPING, approved=False)] * 15 + [Decision(AGENTS, approved=True)] * 15)
    rejected = lean(SCRAPING, leaning, TAXONOMY)
    assert rejected.score < SCRAPING.score
    assert not rejected.sure
    assert rejected.reasons[-1] == "moderators here mostly reject such leads (Web scraping)"
    approved = lean(AGENTS, leaning, TAXONOMY)
    assert approved.score > AGENTS.score
    assert approved.kind == "gig"


def test_a_few_decisions_teach_nothing() -> None:
    assert learn([Decision(SCRAPING, approved=False)] * 9) == Leaning()


def test_no_lean_makes_a_cautioned_or_expired_lead_sure() -> None:
    leaning = learn([Decision(AGENTS, approved=True)] * 50)
    cautioned = replace(AGENTS, cautions=("asks for money up front: “fee”",), held=True)
    assert not lean(cautioned, leaning, TAXONOMY).sure
    expired = replace(AGENTS, score=0.95)  # sure by its score, and still not sure
    assert not lean(expired, leaning, TAXONOMY).sure
    assert lean(cautioned, leaning, TAXONOMY).held


def test_what_is_no_lead_stays_none() -> None:
    none = replace(AGENTS, kind="neither", score=0.45)
    assert lean(none, learn([Decision(AGENTS, approved=True)] * 50), TAXONOMY) == none


decisions = st.builds(
    Decision,
    st.builds(
        lambda score, skill, paid: replace(
            SCRAPING, score=score, skills=(skill,), pay=Pay(5, 5, "USD", "hour") if paid else None
        ),
        st.floats(0, 1),
        st.sampled_from(["rag", "python", "web-scraping"]),
        st.booleans(),
    ),
    st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(decisions, max_size=25), st.randoms())
def test_a_lean_is_bounded_and_does_not_depend_on_the_order(made: list[Decision], random: Any) -> None:
    leaning = learn(made)
    assert abs(leaning.bias) <= BIAS_MOST
    assert all(abs(weight) <= WEIGHT_MOST for weight in leaning.weights.values())
    moved = lean(AGENTS, leaning, TAXONOMY).score
    assert 0.75 / (0.75 + 0.25 * 2.72**LEAN_MOST) - 0.01 <= moved <= 0.75 / (0.75 + 0.25 * 2.72**-LEAN_MOST) + 0.01
    shuffled = list(made)
    random.shuffle(shuffled)
    assert learn(shuffled) == leaning


# --- type, level, hours, sector --------------------------------------------------------------------------------------


def test_an_offer_of_both_is_a_gig_and_says_so() -> None:
    found = verdict("LLM engineer", "We are hiring, full-time or contract. Build agents in Python with us.")
    assert (found.kind, found.offers_both) == ("gig", True)
    assert "a gig, or full-time" in found.reasons[0]


def test_contract_to_hire_and_part_time_are_gigs() -> None:
    assert verdict("ML engineer", "Contract-to-hire. We are looking for PyTorch experience.").kind == "gig"
    assert verdict("Data scientist needed", "Part-time, 10 hours per week.").kind == "gig"


def test_a_feeds_default_decides_only_where_the_text_does_not() -> None:
    unclear = verdict("Computer vision expert needed", "Find cracks in photos of bridges.")
    assert unclear.kind == "unclear"
    assert "type not stated" in unclear.reasons[0]
    told = with_default(unclear, "gig")
    assert told.kind == "gig"
    assert told.reasons[-1] == "it does not say its type; here that means a gig"
    job = verdict("Acme | ML Engineer | Berlin | Full-time", side="mixed")
    assert with_default(job, "gig") == job


@pytest.mark.parametrize(
    ("title", "text", "seniority", "newcomers"),
    [
        ("Senior ML engineer", "", "senior", False),
        ("Principal data scientist", "", "lead", False),
        ("Junior data analyst", "", "entry", True),
        ("Data annotation, no experience needed", "", None, True),
        ("ML engineer", "You have 3+ years of experience.", "mid", None),
        ("ML engineer", "5 to 8 years of experience with PyTorch.", "senior", False),
        ("ML engineer", "Budget: $50\nLevel: Expert", "senior", False),
        ("ML engineer", "Founded 30 years ago.", None, None),
        ("AI engineer", "Experienced professionals only, beginners need not apply.", None, False),
    ],
)
def test_for_whom_it_is(title: str, text: str, seniority: str | None, newcomers: bool | None) -> None:
    found = verdict(title, text)
    assert (found.seniority, found.newcomers) == (seniority, newcomers)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Remote, EU time zone.", "EU time zone"),
        ("You overlap with US business hours.", "US business hours"),
        ("Anywhere within UTC+2.", "UTC+2"),
        ("We work CET +/- 3 hours.", "CET +/- 3 hours"),
        ("20 hours per week, any time.", None),
        ("Let us have a good time.", None),
    ],
)
def test_the_hours_that_one_must_share(text: str, hours: str | None) -> None:
    assert verdict("AI engineer", text).hours == hours


def test_a_sector_is_named_by_the_title_or_by_several_words() -> None:
    assert verdict("RAG chatbot for a hospital").sectors == ("health",)
    assert "finance" in verdict("Data analyst", "Our bank needs reports on loans and payments.").sectors
    assert verdict("Data analyst", "We once worked for a bank.").sectors == ()


def test_a_title_that_the_text_repeats_is_read_once() -> None:
    text = "Acme Inc. | Seattle | Senior AI Engineer | Full Time | $150k-$225k\nWe build agents."
    assert verdict(text[:60], text, side="mixed").pay == Pay(150_000, 225_000, "USD", "year")


# --- the command line on labelled rows of one's own ------------------------------------------------------------------


def row(row_id: str, title: str, summary: str, label: str, source: str) -> dict[str, Any]:
    return {"id": row_id, "title": title, "summary": summary, "label": label, "source": source}


ROWS = {
    "relevance.mine": [
        row("r1", "RAG engineer, contract", "We are hiring. $90 per hour.", "yes", "upwork"),
        row("r2", "How do I attach an image?", "Any ideas? I am stuck.", "no", "reddit"),
        row("r3", "[For Hire] ML engineer", "I will build it.", "no", "reddit"),
        row("r4", "Plumber", "Fix a pipe. $40 per hour.", "no", "upwork"),
    ],
    "engagement": [
        {"id": "r1", "engagement": "gig", "text_only": "gig", "basis": "text"},
    ],
    "urls": [
        {"a": "https://www.example.com/a/?utm_source=x", "b": "http://example.com/a", "same": True},
        {"a": "https://example.com/?id=1", "b": "https://example.com/?id=2", "same": False},
    ],
}  # fmt: skip


def write(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines), encoding="utf-8")
    return folder


def run(*command: str) -> Result:
    return CliRunner().invoke(app, ["try", *command])


def test_try_evaluate_prints_the_figures_and_what_it_missed(tmp_path: Path) -> None:
    done = run("evaluate", str(write(tmp_path, ROWS)), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    figures = {(row["about"], row["name"]): row for row in answer["figures"]}
    assert figures["relevance", "F1"]["value"] == 1
    assert figures["forum", "[For Hire] posts taken for leads"]["value"] == 0
    assert figures["gig or job", "right where the text tells"]["reached"] is True
    assert figures["addresses", "pairs told right"]["value"] == 1
    assert answer["missing"] == ["extraction", "skills", "duplicates", "scam"]
    table = run("evaluate", str(tmp_path)).stdout
    assert "Not measured, for want of a file: extraction, skills, duplicates, scam." in table


def test_try_train_shows_the_hand_set_the_trained_and_the_cross_validated_figures(tmp_path: Path) -> None:
    done = run("train", str(write(tmp_path, ROWS)))
    assert done.exit_code == 0, done.output
    for words in ("as set by hand", "trained, on the same rows", "trained, cross-validated"):
        assert words in done.stdout


def test_a_folder_that_is_not_there_or_a_line_that_is_no_row_is_said_clearly(tmp_path: Path) -> None:
    done = run("evaluate", str(tmp_path / "nowhere"))
    assert isinstance(done.exception, UserError)
    assert done.exception.code == "E-NOTFOUND"
    (tmp_path / "relevance.jsonl").write_text('{"id": 1}\nnot json\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"Line 2 of relevance\.jsonl"):
        read_rows(tmp_path, "relevance")


# --- real postings ---------------------------------------------------------------------------------------------------


def test_the_development_rows_reach_what_is_aimed_at(shared: Path) -> None:
    figures = evaluate(shared / "evaluation", now=NOW, taxonomy=TAXONOMY)
    missed = [f"{one.about}: {one.name} {one.value}" for one in figures if one.reached is False]
    assert not missed
    assert len(figures) > 25


def test_cross_validated_weights_are_as_good_as_those_trained_on_all(shared: Path) -> None:
    folder = shared / "evaluation"
    examples = training.relevance_examples(folder, [], TAXONOMY)
    priors: Any = {name: table for name, table in load_weights().items() if name != "gig"}
    folds = training.folds_of([one.text for one in examples], 4)
    trained = training.cross_validate(examples, folds, priors)
    right = [
        (training.chance_of(one, trained[fold]) >= load_model().lead) == one.label
        for one, fold in zip(examples, folds, strict=True)
    ]
    assert sum(right) / len(right) >= 0.93


def test_the_labels_of_our_own_belong_to_rows_there_are(shared: Path) -> None:
    rows = dict(texts(shared / "evaluation"))
    for name in ("relevance", "skills"):
        labels = read_rows(ROOT / "bench" / "labels", name)
        assert len(labels) >= 100
        assert all(label["id"] in rows for label in labels)
    assert all(
        skill in TAXONOMY for label in read_rows(ROOT / "bench" / "labels", "skills") for skill in label["skills"]
    )


def test_our_own_skill_labels_are_found(shared: Path) -> None:
    rows = dict(texts(shared / "evaluation"))
    hits = claims = wanted = 0
    for label in read_rows(ROOT / "bench" / "labels", "skills"):
        row = rows[label["id"]]
        found, asked = set(verdict(row.get("title") or "", row["text"]).skills), set(label["skills"])
        hits, claims, wanted = hits + len(found & asked), claims + len(found), wanted + len(asked)
    assert 2 * hits / (claims + wanted) >= 0.9
