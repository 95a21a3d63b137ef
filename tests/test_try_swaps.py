"""`try swaps`, as somebody at a terminal runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UserError
from bot.swaps.reading import read_community

ROOT = Path(__file__).parent.parent
TRIO = [
    {"id": "ana", "offers": [["a", 3]], "wants": [["b", 2]], "tz_offset": 0, "langs": ["en"], "rounds_waiting": 0},
    {"id": "bo", "offers": [["b", 5]], "wants": [["c", 3]], "tz_offset": 1, "langs": ["en"], "rounds_waiting": 2},
    {"id": 3, "offers": [["c", 1]], "wants": [["a", 1]], "tz_offset": -8.5, "langs": ["en", "de"]},
]


def bot(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "try", "swaps", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_round_is_solved_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "round.json").write_text(json.dumps({"members": TRIO, "blocked": [], "history": [["ana", 3, 1]]}))
    done = bot("round.json", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["rings", "chains", "served", "objective", "bound", "gap", "seconds", "seed"]
    assert found["rings"] == [["ana", 3, "bo"]]  # who teaches a to 3, who teaches c to bo, who teaches b to ana
    assert (found["served"], found["objective"], found["bound"], found["gap"], found["seed"]) == (3, 3, 3, 0, 0)
    weighted = json.loads(bot("round.json", "--objective", "weighted", "--json", folder=tmp_path).stdout)
    assert weighted["rings"] == []  # 3 and bo are 9.5 hours apart


def test_weights_are_those_of_the_formula(tmp_path: Path) -> None:
    near = [{**one, "tz_offset": hour} for one, hour in zip(TRIO, (0, 1, 23), strict=True)]
    (tmp_path / "round.json").write_text(json.dumps({"members": near, "history": [[3, "ana", 1]]}))
    found = json.loads(bot("round.json", "--objective", "weighted", "--json", folder=tmp_path).stdout)
    ana_to_3 = 1 + 0.6 * (1 / 3 * 3 / 5) + 0.4 * (1 - 1 / 10) + 0
    three_to_bo = 1 + 0.6 * (3 / 3 * 1 / 5) + 0.4 * (1 - 2 / 10) + 0.2 + 0.05 * 2
    bo_to_ana = 1 + 0.6 * (2 / 3 * 5 / 5) + 0.4 * (1 - 1 / 10) + 0.2
    assert found["objective"] == pytest.approx(ana_to_3 + three_to_bo + bo_to_ana, abs=1e-4)
    assert found["rings"] == [["ana", 3, "bo"]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("[]", "round.json is not an object with members, blocked and history."),
        ("{", "round.json is not JSON: "),
        ({"members": []}, "round.json has no members."),
        ({"members": {}}, "members is not a list."),
        ({"members": [TRIO[0], TRIO[0]]}, "members[1]: there is another member 'ana'."),
        ({"members": TRIO, "blocked": [["ana", "bob"]]}, "blocked[0]: there is no member 'bob'."),
        ({"members": TRIO, "blocked": [["ana"]]}, "blocked[0] is not [id, id]."),
        ({"members": TRIO, "history": [["ana", "bo", 1], ["ana", 4, 1]]}, "history[1]: there is no member 4."),
        ({"members": [{"id": 1, "offers": [["a", 6]]}]}, "members[0].offers[0][1] is not a level from 1 to 5."),
        ({"members": [{"id": 1, "wants": [["a", 0]]}]}, "members[0].wants[0][1] is not a priority from 1 to 3."),
        ({"members": [{"id": 1, "wants": [["a"]]}]}, "members[0].wants[0] is not [skill, priority]."),
        ({"members": [{"id": True}]}, "members[0].id is not a text or a whole number."),
        ({"members": [{"id": 1, "tz_offset": "UTC"}]}, "members[0].tz_offset is not hours from -24 to 24."),
        ({"members": [{"id": 1, "langs": "en"}]}, "members[0].langs is not a list."),
        ({"members": [{"id": 1, "rounds_waiting": -1}]}, "members[0].rounds_waiting is not a whole number"),
        ({"members": ["ana"]}, "members[0] is not an object with an id."),
    ],
)
def test_a_bad_file_is_told_where_it_is_bad(data: Any, sentence: str) -> None:
    content = data if isinstance(data, str) else json.dumps(data)
    with pytest.raises(UserError) as raised:
        read_community(content.encode(), "round.json")
    assert raised.value.code == "E-FORMAT"
    assert raised.value.happened.startswith(sentence)


def test_the_main_process_loads_neither_numpy_nor_the_solver() -> None:
    pure = "bot.cli.main, bot.swaps.why, bot.swaps.repair, bot.swaps.ledger, bot.swaps.fitting"
    code = f"import sys, {pure}; print(sorted({{'numpy', 'highspy'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_bad_file_is_one_clear_sentence_at_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "round.json").write_text('{"members": []}')
    done = bot("round.json", folder=tmp_path)
    assert done.returncode == 1
    assert "round.json has no members." in done.stderr
    assert "Traceback" not in done.stderr
