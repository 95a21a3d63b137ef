"""The image, without a Docker engine: its promises read off the Dockerfile, and its steps taken by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (keyword, rest), with continued lines joined and comments left out."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [re.sub(r"\s+", " ", line.strip()) for line in text.splitlines() if line.strip()]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def final_stage() -> list[tuple[str, str]]:
    """What follows the last FROM, which is part of it."""
    steps = instructions()
    last = max(n for n, (keyword, _) in enumerate(steps) if keyword == "FROM")
    return steps[last:]


def one(keyword: str) -> str:
    """The only such instruction of the final stage."""
    [rest] = [rest for word, rest in final_stage() if word == keyword]
    return rest


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in one("ENV").split())


def copied() -> list[str]:
    """The files and folders that come out of the checkout."""
    return [rest.split()[0] for word, rest in final_stage() if word == "COPY" and "--from" not in rest]


def test_the_image_is_slim_and_built_in_stages() -> None:
    stages = [rest for keyword, rest in instructions() if keyword == "FROM"]
    assert len(stages) == 2
    assert all(re.fullmatch(r"python:3\.1[1-9]-slim( AS \w+)?", stage) for stage in stages)
    assert not [rest for word, rest in final_stage() if word == "RUN" and "pip" in rest]


def test_it_runs_as_an_ordinary_user_who_owns_the_data_and_nothing_else() -> None:
    keywords = [keyword for keyword, _ in final_stage()]
    assert one("USER") == "10001:10001"
    assert "RUN" not in keywords[keywords.index("USER") :]
    assert "useradd --uid 10001 " in one("RUN")
    assert one("RUN").endswith("install -d -o guildhall -g guildhall /data")
    assert "chown" not in one("RUN")


def test_data_is_no_anonymous_volume() -> None:
    assert "VOLUME" not in [keyword for keyword, _ in instructions()]


def test_health_entry_point_and_command_are_in_exec_form() -> None:
    assert json.loads(one("HEALTHCHECK").split(" CMD ")[1]) == ["python", "-m", "bot", "health"]
    assert json.loads(one("ENTRYPOINT")) == ["python", "-m", "bot"]
    assert json.loads(one("CMD")) == ["run"]
    assert one("STOPSIGNAL") == "SIGTERM"


def test_its_settings_fit_a_container() -> None:
    assert environment()["GUILDHALL__APP__DATA_DIR"] == "/data"
    assert environment()["GUILDHALL__WEB__HOST"] == "0.0.0.0"
    assert environment()["GUILDHALL__WEB__BEHIND_PORT_MAPPING"] == "true"


def test_only_what_is_named_reaches_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert copied() == ["LICENSE", "bot", "adapters", "jobs"]
    for source in [*copied(), "requirements/run.txt"]:
        assert (ROOT / source).exists()
        assert f"!{source}" in rules or f"!{source}/" in rules
    assert len([rule for rule in rules if rule.startswith("!")]) == len(copied()) + 1


def test_compose_locks_the_container_down() -> None:
    lines = [line.split(" #")[0].strip() for line in (ROOT / "compose.yaml").read_text().splitlines()]
    for wanted in (
        "env_file: .env",
        '- "127.0.0.1:8080:8080"',
        "- data:/data",
        "read_only: true",
        "- no-new-privileges:true",
        "stop_grace_period: 15s",
    ):
        assert wanted in lines
    assert lines[lines.index("cap_drop:") + 1] == "- ALL"


# --- the packages ----------------------------------------------------------------------------------------------------


def pins(name: str) -> dict[str, str]:
    """The packages of a requirements file with their versions. Each must have at least one hash."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            assert "--hash=sha256:" in line, line
            package, version = re.match(r"([\w.-]+)==([\w.]+) ", line).groups()  # type: ignore[union-attr]
            found[package] = version
    return found


def test_every_dependency_is_pinned_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run, dev = pins("run.txt"), pins("dev.txt")

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=]", line)[0].replace(".", "-") for line in requirements}

    assert names(project["project"]["dependencies"]) <= set(run)
    assert names(project["dependency-groups"]["dev"]) <= set(dev)
    assert run.items() <= dev.items()


# --- its steps, taken by hand ----------------------------------------------------------------------------------------

NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Max retries|Network is unreachable", re.IGNORECASE
)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the image has: `packages` (run-time packages alone), `app` (the copied files), `data`."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run([sys.executable, "-m", "venv", folder / "packages"], check=True)
    python = folder / "packages" / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--retries", "1", "--require-hashes", "-r"]
    done = subprocess.run(
        [python, *install, ROOT / "requirements" / "run.txt"], capture_output=True, text=True, check=False
    )
    if done.returncode and NO_NETWORK.search(done.stderr):
        pytest.skip("pip cannot reach a package index from here: the image's steps were NOT tried")
    assert done.returncode == 0, done.stderr

    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / "app" / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / "app").mkdir(exist_ok=True)
            shutil.copy(ROOT / source, folder / "app")
    for name in ("data", "tmp"):
        (folder / name).mkdir()
    subprocess.run([python, "-m", "compileall", "-q", "bot", "adapters", "jobs"], cwd=folder / "app", check=True)
    return folder


@pytest.mark.timeout(600)
def test_the_demo_runs_on_the_pinned_run_time_packages_alone_and_writes_nothing_beside_the_code(image: Path) -> None:
    before = sorted(image.joinpath("app").rglob("*"))
    environ = {
        **environment(),
        "PATH": os.defpath,
        "HOME": str(image / "data"),
        "TMPDIR": str(image / "tmp"),
        "GUILDHALL__APP__DATA_DIR": str(image / "data"),
    }

    done = subprocess.run(
        [image / "packages" / "bin" / "python", "-m", "bot", "demo", "--once", "--json"],
        cwd=image / "app",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts.keys() == {"feeds", "entries", "leads", "gigs", "jobs", "posted", "held", "merged"}
    assert counts["entries"] >= counts["leads"] >= counts["gigs"] >= 1
    assert counts["posted"] >= 1
    assert sorted(image.joinpath("app").rglob("*")) == before
