"""What the documents say is there: links, commands, settings, examples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot.config import FIELDS, variable
from bot.settings import KEYS

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository, and those that will be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(listed.split("\0")) if name and (path := ROOT / name).is_file())


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code(text: str) -> list[str]:
    """The lines of fenced blocks, and the code spans between them."""
    blocks = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
    return blocks + re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def anchors(page: Path) -> set[str]:
    """The names by which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in (first or second for first, second in LINK.findall(text)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_examples_in_toml_and_json_can_be_read(page: Path) -> None:
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "toml":
            tomllib.loads(block)
        elif language == "json":
            json.loads(block)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    lines = "\n".join(code(page.read_text(encoding="utf-8")))
    sections = "|".join(KEYS)
    named = re.findall(rf"(?<![\w./-])(?:{sections})\.(?!py\b|md\b|toml\b|_)\w+\b(?!\()", lines)
    variables = re.findall(r"\bGUILDHALL__\w+(?<!_FILE)(?<!__)\b", lines)

    assert set(named) <= set(FIELDS)
    assert set(variables) - {"GUILDHALL__SECTION__KEY"} <= {variable(key) for key in FIELDS}


# --- what can be typed -----------------------------------------------------------------------------------------------


def targets() -> set[str]:
    """What `make` can make, by the Makefile's own list."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split())


def test_every_target_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets() == set(re.findall(r"^([a-z]+):.* ## \w", text, re.MULTILINE))
    assert {"help", "setup", "demo", "test", "check", "fix", "bench"} <= targets()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_targets_that_a_page_names_exist(page: Path) -> None:
    named = {match for line in code(page.read_text(encoding="utf-8")) for match in re.findall(r"\bmake ([a-z]+)", line)}
    assert named <= targets()


def commands() -> set[tuple[str, ...]]:
    """Each `python -m bot …` that a page names, without its options and arguments."""
    lines = [line for page in pages() for line in code(page.read_text(encoding="utf-8"))]
    found = [re.search(r"\bpython -m bot((?: [a-z][a-z-]*)+)(?![\w./:-])", line) for line in lines]
    return {tuple(match[1].split()) for match in found if match}


def test_the_readme_names_its_two_commands_first() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    assert {"make demo", "make test"} <= {line.split("#")[0].strip() for line in first_screen}
    assert any(re.match(r"!\[[^\]]{20,}\]\(", line) for line in first_screen), "a picture with an alternative text"


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_commands_that_a_page_names_exist(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# --- decisions, and what stays out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_one_page_of_context_decision_consequence(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]
    assert 100 <= len(text.split()) <= 700


def test_no_file_names_a_registry_or_somebodys_folders() -> None:
    pattern = re.compile(
        r"py" + r"pi\.org|python" + r"hosted|registry\." + r"npm|deb\." + r"debian|(?<![\w.$}-])/(?:root|home|work)/"
    )
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in tracked()
        if (match := pattern.search(path.read_bytes().decode("utf-8", "ignore")))
    ]
    assert not found
