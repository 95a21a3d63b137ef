"""How good the judge is on labelled rows: the figures of `try evaluate`, each beside what is aimed at.

What is asked of each kind of row stands in `labelled.py`; a file that a folder lacks gives no figure. Nothing here is
fitted: the rows are judged as a feed's entries would be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.leads.boards import read_board
from bot.leads.labelled import entry_of, from_forum, read_rows, side_of, texts
from bot.leads.rules import judge
from bot.leads.same import Posting, canonical, same_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.leads.entry import Pay, Verdict
    from bot.leads.labelled import Row
    from bot.skills import Taxonomy

_SUM = re.compile(r"[$€£¥₹]\s?\d|\d\s?k\b|\d[\d,.]*\s?(?:usd|eur|gbp|dollars|元)|401\s?\(?k", re.IGNORECASE)
_FOR_HIRE = re.compile(r"\[\s*for\s*hire\s*\]", re.IGNORECASE)
_QUOTED = re.compile("“(.+?)…?”")


class Figure(NamedTuple):
    """One measured figure: a share of `of` things, or None where there was nothing to measure."""

    about: str
    name: str
    value: float | None
    of: int
    aim: str = ""  # ">= 0.88"; "" for what is only told

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None where there is none, or nothing was measured."""
        if not self.aim or self.value is None:
            return None
        sign, _, bound = self.aim.partition(" ")
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)


class _Judged(NamedTuple):
    row: Row
    verdict: Verdict


def evaluate(folder: Path, *, now: datetime, taxonomy: Taxonomy) -> list[Figure]:
    """Return the figures of a folder of labelled files. Raises `UserError` for a line that is no row."""

    def judged(row: Row) -> _Judged:
        return _Judged(row, judge(entry_of(row), side=side_of(row), now=now, taxonomy=taxonomy))

    relevance = [judged(row) for row in read_rows(folder, "relevance")]
    by_id = dict(texts(folder))
    engagement = {row["id"]: row for row in read_rows(folder, "engagement")}
    figures = [
        *_relevance(relevance, engagement),
        *_forum(
            [*(judged(row) for row in read_rows(folder, "forum")), *(one for one in relevance if from_forum(one.row))]
        ),
        *_engagement(relevance, engagement),
        *_skills(
            [(row, judged(by_id[row["id"]])) for row in read_rows(folder, "skills") if row["id"] in by_id], taxonomy
        ),
        *_extraction([judged(row) for row in read_rows(folder, "extraction")]),
        *_duplicates(read_rows(folder, "duplicates")),
        *_urls(read_rows(folder, "urls")),
        *_cautions(
            [one for one in relevance if one.row["label"] == "yes"], [judged(r) for r in read_rows(folder, "scam")]
        ),
    ]
    return [figure for figure in figures if figure.of]


def shares(pairs: Iterable[tuple[bool, bool]]) -> tuple[float | None, float | None, float | None, int]:
    """Return precision, recall, F1 and how many there are to find, of (found, wanted) pairs."""
    found = wanted = both = 0
    for one, other in pairs:
        found, wanted, both = found + one, wanted + other, both + (one and other)
    f1 = 2 * both / (found + wanted) if found + wanted else None
    return _share(both, found), _share(both, wanted), f1, wanted


def _relevance(judged: Sequence[_Judged], engagement: dict[str, Row]) -> list[Figure]:
    clear = [one for one in judged if not one.row.get("borderline")]
    jobs = {row_id for row_id, row in engagement.items() if row["engagement"] not in {"gig", "either"}}
    gigs = [one for one in judged if one.row["id"] not in jobs]
    figures = []
    for name, rows in (("", judged), (", clear rows", clear), (", gigs alone", gigs if engagement else [])):
        _, _, f1, of = shares((one.verdict.lead, _is_lead(one)) for one in rows)
        precision, recall, _, _ = shares((one.verdict.sure, _is_lead(one)) for one in rows)
        aims = ("", "", "") if name == ", clear rows" else (">= 0.88", ">= 0.92", ">= 0.70")
        figures += [
            Figure("relevance", f"F1{name}", f1, of, aims[0]),
            Figure("relevance", f"precision of what is posted{name}", precision, of, aims[1]),
            Figure("relevance", f"recall of what is posted{name}", recall, of, aims[2]),
        ]
    return figures


def _forum(judged: Sequence[_Judged]) -> list[Figure]:
    talk = [one for one in judged if not _is_lead(one)]
    leads = [one for one in judged if _is_lead(one)]
    for_hire = [one for one in talk if _FOR_HIRE.search(one.row.get("title") or "")]
    return [
        Figure("forum", "posts wrongly posted", _part(talk, _sure), len(talk), "<= 0.001"),
        Figure("forum", "posts wrongly taken for leads", _part(talk, _lead), len(talk)),
        Figure("forum", "leads found", _part(leads, _lead), len(leads), ">= 0.80"),
        Figure("forum", "leads posted", _part(leads, _sure), len(leads)),
        Figure("forum", "[For Hire] posts taken for leads", _part(for_hire, _lead), len(for_hire), "<= 0.01"),
    ]


def _engagement(judged: Sequence[_Judged], engagement: dict[str, Row]) -> list[Figure]:
    told = [
        one.verdict.kind == ("job" if row["text_only"] == "job" else "gig")
        for one in judged
        if (row := engagement.get(one.row["id"])) and row["text_only"] in {"gig", "job", "either"}
    ]
    return [Figure("gig or job", "right where the text tells", _share(sum(told), len(told)), len(told), ">= 0.92")]


def _skills(labelled: Sequence[tuple[Row, _Judged]], taxonomy: Taxonomy) -> list[Figure]:
    both = claimed = asked = 0
    for row, one in labelled:
        wanted = set(row["skills"])
        # The labeller wrote these in words, because the taxonomy did not have them yet.
        named = {skill for words in row.get("not_in_taxonomy", ()) for skill in taxonomy.find(words)}
        found = set(one.verdict.skills) - (named - wanted)
        both, claimed, asked = both + len(found & wanted), claimed + len(found), asked + len(wanted)
    return [
        Figure("skills", "micro-F1", 2 * both / (claimed + asked) if asked else None, len(labelled), ">= 0.90"),
        Figure("skills", "precision", _share(both, claimed), claimed),
        Figure("skills", "recall", _share(both, asked), asked),
    ]


def _extraction(judged: Sequence[_Judged]) -> list[Figure]:
    golds = [one.row["gold"] for one in judged]
    pays = [one.verdict.pay for one in judged]
    precision, recall, _, paid = shares(
        (pay is not None, gold["pay_min"] is not None) for pay, gold in zip(pays, golds, strict=True)
    )
    stated = [(pay, gold) for pay, gold in zip(pays, golds, strict=True) if gold["pay_min"] is not None]
    traps = [one for one in judged if one.row["gold"]["pay_min"] is None and _SUM.search(_text(one.row))]
    return [
        Figure("pay", "precision", precision, paid, ">= 0.97"),
        Figure("pay", "recall", recall, paid, ">= 0.97"),
        Figure("pay", "range exact", _part(stated, lambda one: _range(one[0]) == _gold(one[1])[:2]), paid),
        Figure("pay", "range, currency and unit exact", _part(stated, _exact), paid, ">= 0.93"),
        Figure(
            "pay", "false pay on traps", _part(traps, lambda one: one.verdict.pay is not None), len(traps), "<= 0.0345"
        ),
        Figure(
            "remote",
            "right",
            _part(judged, lambda one: one.verdict.remote == one.row["gold"]["remote"]),
            len(judged),
            ">= 0.95",
        ),
        Figure("region", "right", _part(judged, _same_region), len(judged)),
        Figure(
            "employment type",
            "right",
            _part(typed := [one for one in judged if one.row["gold"]["employment_type"]], _same_type),
            len(typed),
        ),
    ]


def _duplicates(rows: Sequence[Row]) -> list[Figure]:
    pairs = [(same_job(_posting(row["a"]), _posting(row["b"])), row["label"] != "different") for row in rows]
    precision, recall, f1, same = shares(pairs)
    different = [merged for merged, wanted in pairs if not wanted]
    return [
        Figure("duplicates", "F1", f1, same, ">= 0.95"),
        Figure("duplicates", "precision", precision, same),
        Figure("duplicates", "recall", recall, same),
        Figure("duplicates", "false merges", _share(sum(different), len(different)), len(different), "<= 0.02"),
    ]


def _urls(rows: Sequence[Row]) -> list[Figure]:
    right = [(canonical(row["a"]) == canonical(row["b"])) == bool(row["same"]) for row in rows]
    return [Figure("addresses", "pairs told right", _share(sum(right), len(right)), len(right), ">= 1")]


def _cautions(leads: Sequence[_Judged], scams: Sequence[_Judged]) -> list[Figure]:
    honest = [one for one in scams if one.row["label"] == "legit"]
    cautioned = [one for one in (*leads, *scams) if one.verdict.cautions]
    return [
        Figure("cautions", "on genuine leads", _part(leads, _cautioned), len(leads), "<= 0.02"),
        Figure("cautions", "on other honest offers", _part(honest, _cautioned), len(honest)),
        Figure("cautions", "that quote the advert's words", _part(cautioned, _quotes), len(cautioned), ">= 1"),
    ]


def _is_lead(one: _Judged) -> bool:
    return bool(one.row.get("label") == "yes")


def _lead(one: _Judged) -> bool:
    return one.verdict.lead


def _sure(one: _Judged) -> bool:
    return one.verdict.sure


def _cautioned(one: _Judged) -> bool:
    return bool(one.verdict.cautions)


def _quotes(one: _Judged) -> bool:
    text = " ".join(_text(one.row).split())
    return all((quote := _QUOTED.search(caution)) and quote[1] in text for caution in one.verdict.cautions)


def _text(row: Row) -> str:
    entry = entry_of(row)
    return f"{entry.title}\n{entry.text}"


def _range(pay: Pay | None) -> tuple[float, float] | None:
    return (pay.min, pay.max) if pay else None


def _gold(gold: Row) -> tuple[Any, ...]:
    return gold["pay_min"], gold["pay_max"], gold["currency"], gold["unit"]


def _exact(one: tuple[Pay | None, Row]) -> bool:
    pay, gold = one
    return pay is not None and (pay.min, pay.max, pay.currency, pay.unit) == _gold(gold)


def _same_region(one: _Judged) -> bool:
    region = one.verdict.region
    return set(region.split(", ") if region else ()) == set(one.row["gold"]["region"] or ())


def _same_type(one: _Judged) -> bool:
    return set(one.verdict.employment_type or ()) == set(one.row["gold"]["employment_type"])


def _posting(row: Row) -> Posting:
    entry = entry_of(row)
    board = read_board(entry)
    return Posting(board.company, board.role or entry.title, entry.text, entry.link)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _part(things: Sequence[Any], holds: Callable[[Any], bool]) -> float | None:
    return _share(sum(holds(one) for one in things), len(things))
