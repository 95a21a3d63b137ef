"""`try evaluate` and `try train`: how good the judge is on labelled rows, and moving its weights by them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from bot.cli.terminal import AsJson, print_json, text_of, try_app
from bot.errors import UserError
from bot.leads import training
from bot.leads.evaluation import Figure, evaluate, shares
from bot.leads.model import load_model, load_weights
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.leads.model import Question
    from bot.leads.training import Example, Weights

_WEIGHTS = Path(__file__).parent.parent / "leads" / "weights.toml"
_ASKED = ("relevance", "engagement", "extraction", "skills", "duplicates", "scam")

Folder = Annotated[
    Path, typer.Argument(help="A folder of labelled rows: relevance.*.jsonl, extraction.*.jsonl and so on.")
]


@try_app.command("evaluate")
def try_evaluate(
    folder: Folder,
    now: Annotated[datetime | None, typer.Option(help="Judge as of this instant (UTC).")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge labelled rows and print how often that is right, beside what is aimed at."""
    _need(folder)
    at = (now or datetime.now(UTC)).replace(tzinfo=UTC)
    figures = evaluate(folder, now=at, taxonomy=load_taxonomy())
    missing = [name for name in _ASKED if not [*folder.glob(f"{name}.jsonl"), *folder.glob(f"{name}.*.jsonl")]]
    if as_json:
        print_json({"figures": [_as_row(figure) for figure in figures], "missing": missing})
        return
    typer.echo(_table(figures))
    if missing:
        typer.echo(say("Not measured, for want of a file: {names}.", names=", ".join(missing)))


@try_app.command("train")
def try_train(
    folder: Folder,
    labels: Annotated[Path | None, typer.Option(help="More labels: JSON Lines with id and label (yes or no).")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the weights into bot/leads/weights.toml.")] = False,
) -> None:
    """Fit the judge's weights to labelled rows; prints how good the old, the new and the cross-validated ones are."""
    _need(folder)
    taxonomy = load_taxonomy()
    more = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()] if labels else []
    relevance = training.relevance_examples(folder, more, taxonomy)
    gigs = training.gig_examples(folder, taxonomy)
    if not relevance or not gigs:
        raise UserError(
            "E-OPTION",
            say("{folder} has no rows to learn from.", folder=folder),
            advice=say("It needs labelled rows in relevance.*.jsonl and engagement.*.jsonl."),
        )
    all_priors = load_weights()
    new: dict[Question, Weights] = {}
    figures: list[Figure] = []
    for examples, questions in ((relevance, ("demand", "work")), (gigs, ("gig",))):
        priors: dict[Question, Any] = {question: all_priors[question] for question in questions}  # type: ignore[index,misc]
        new |= training.train(examples, priors)
        figures += _fit(examples, priors, new, "+".join(questions))
    typer.echo(_table(figures))
    if write:
        text = training.rewrite(_WEIGHTS.read_text(encoding="utf-8"), new)
        _WEIGHTS.write_text(text, encoding="utf-8")
        typer.echo(say("Written: {path}.", path=_WEIGHTS))


def _fit(
    examples: Sequence[Example], priors: Mapping[Question, Any], new: Mapping[Question, Weights], about: str
) -> list[Figure]:
    own = [one for one in examples if one.worth == 1]  # the rest only helps to learn
    start = {question: {name: weight.prior for name, weight in named.items()} for question, named in priors.items()}
    folds = training.folds_of([one.text for one in examples])
    trained = training.cross_validate(examples, folds, priors)
    of_fold = {id(one): trained[fold] for one, fold in zip(examples, folds, strict=True)}
    model = load_model()
    figures = []
    ways: list[tuple[str, Callable[[Example], Mapping[Question, Weights]]]] = [
        (say("as set by hand"), lambda _: start),
        (say("trained, on the same rows"), lambda _: new),
        (say("trained, cross-validated"), lambda one: of_fold[id(one)]),
    ]
    for name, weights in ways:
        chances = [(training.chance_of(one, weights(one)), one.label) for one in own]
        for bound, word in ((model.lead, say("from")), (model.sure, say("from"))):
            precision, recall, f1, wanted = shares((chance >= bound, label) for chance, label in chances)
            figures += [
                Figure(about, f"{name}, {word} {bound:g}: {what}", value, wanted)
                for what, value in (("precision", precision), ("recall", recall), ("F1", f1))
            ]
    return figures


def _need(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(
            "E-NOTFOUND",
            say("There is no folder {folder}.", folder=folder),
            advice=say("Give the path of a folder of labelled rows, one JSON object a line."),
        )


def _as_row(figure: Figure) -> dict[str, Any]:
    value = None if figure.value is None else round(figure.value, 4)
    return {
        "about": figure.about,
        "name": figure.name,
        "value": value,
        "of": figure.of,
        "aim": figure.aim or None,
        "reached": figure.reached,
    }


def _table(figures: Sequence[Figure]) -> str:
    table = Table(title=None, box=None, pad_edge=False)
    for column in (say("About"), say("Figure"), say("Value"), say("Of"), say("Aim"), ""):
        table.add_column(column)
    for one in figures:
        value = "–" if one.value is None else f"{one.value:.3f}"
        reached = {True: say("reached"), False: say("missed"), None: ""}[one.reached]
        table.add_row(one.about, one.name, value, str(one.of), one.aim, reached)
    return text_of(table)
