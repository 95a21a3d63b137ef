"""Worker processes: what they answer, how they fail, and that one failure is nobody else's."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Never

import psutil
import pytest

from adapters.workers import InlineWorkers, WorkerPool
from bot.errors import UserError
from bot.ports import WorkerFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ME = "tests.test_workers"


def double(n: int) -> int:
    return 2 * n


def whose_process() -> int:
    return os.getpid()


def chatter() -> str:
    print("this must not reach the protocol")
    os.write(1, b"nor this")
    return sys.stdin.read()


def hang() -> Never:
    while True:
        signal.pause()


def spin() -> Never:
    while True:
        pass


def die() -> Never:
    os._exit(3)


def gorge() -> int:
    return len(bytearray(4 << 30))


def refuse() -> Never:
    raise UserError("E-NOTFEED", "Nothing there.", advice="Look elsewhere.")


def give_lambda() -> object:
    return lambda: None


class Stubborn(Exception):
    def __reduce__(self) -> Never:
        raise TypeError("I do not travel")

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def __str__(self) -> str:
        return "stubborn"


def be_stubborn() -> Never:
    raise Stubborn


def secrets() -> list[str]:
    return [name for name in os.environ if name.startswith("GUILDHALL")]


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool()
    await pool.start()
    yield pool
    await pool.close()


async def test_a_job_is_done_in_another_process_that_is_used_again(pool: WorkerPool) -> None:
    assert await pool.run(f"{ME}:double", 21) == 42
    first = await pool.run(f"{ME}:whose_process")
    assert first != os.getpid()
    assert await pool.run(f"{ME}:whose_process") == first


async def test_large_bodies_pass_both_ways(pool: WorkerPool) -> None:
    body = os.urandom(3_000_000)
    assert await pool.run("builtins:bytes", body) == body


async def test_what_a_job_prints_harms_nobody(pool: WorkerPool) -> None:
    assert await pool.run(f"{ME}:chatter") == ""
    assert await pool.run(f"{ME}:double", 1) == 2


async def test_exceptions_come_back_as_they_are(pool: WorkerPool) -> None:
    with pytest.raises(UserError) as refused:
        await pool.run(f"{ME}:refuse")
    assert (refused.value.code, refused.value.advice) == ("E-NOTFEED", "Look elsewhere.")
    assert str(refused.value) == "Nothing there. Look elsewhere."
    assert "in refuse" in refused.value.__notes__[0]
    with pytest.raises(ZeroDivisionError):
        await pool.run("operator:truediv", 1, 0)
    with pytest.raises(UnicodeDecodeError):
        await pool.run("builtins:str", b"\xff", "utf-8")
    with pytest.raises(AttributeError):
        await pool.run(f"{ME}:not_there")


@pytest.mark.parametrize("job", ["be_stubborn", "give_lambda"])
async def test_what_cannot_travel_is_told_in_words(pool: WorkerPool, job: str) -> None:
    with pytest.raises(Exception, match=r"stubborn|pickle") as failed:
        await pool.run(f"{ME}:{job}")
    assert not isinstance(failed.value, Stubborn)
    assert await pool.run(f"{ME}:double", 1) == 2


@pytest.mark.parametrize("job", ["hang", "spin"])
async def test_a_hung_job_is_stopped_and_the_next_one_goes_on(pool: WorkerPool, job: str) -> None:
    before = await pool.run(f"{ME}:whose_process")
    with pytest.raises(WorkerFailed, match=r"longer than 0\.3 seconds"):
        await pool.run(f"{ME}:{job}", timeout=0.3)
    assert not psutil.pid_exists(before)
    assert await pool.run(f"{ME}:double", 4) == 8


async def test_a_death_fails_its_own_job_and_no_waiting_one(pool: WorkerPool) -> None:
    jobs = [pool.run(f"{ME}:die"), *(pool.run(f"{ME}:double", n) for n in range(5))]
    first, *others = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(first, WorkerFailed)
    assert others == [0, 2, 4, 6, 8]


async def test_a_job_that_grows_too_large_fails_alone(pool: WorkerPool) -> None:
    with pytest.raises(WorkerFailed, match="memory"):
        await pool.run(f"{ME}:gorge")
    assert await pool.run(f"{ME}:double", 4) == 8


async def test_who_gives_up_waiting_leaves_no_answer_for_the_next(pool: WorkerPool) -> None:
    waiting = asyncio.create_task(pool.run(f"{ME}:hang"))
    await asyncio.wait([waiting], timeout=0.1)  # it is busy by then
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await pool.run(f"{ME}:double", 4) == 8


async def test_jobs_share_no_more_processes_than_allowed() -> None:
    pool = WorkerPool(size=2)
    pids = await asyncio.gather(*(pool.run(f"{ME}:whose_process") for _ in range(6)))
    assert len(set(pids)) <= 2
    await pool.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_worker_is_told_no_secrets(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    await pool.close()
    monkeypatch.setenv("GUILDHALL__DISCORD__TOKEN", "made up")
    assert await pool.run(f"{ME}:secrets") == []


def test_a_worker_ends_with_its_parent() -> None:
    program = (
        "import asyncio, os, sys\n"
        "from adapters.workers import WorkerPool\n"
        "async def main():\n"
        "    print(await WorkerPool().run('os:getpid'), flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    worker.wait(timeout=10)
    assert not worker.is_running()


async def test_inline_workers_do_the_same_without_a_process() -> None:
    assert await InlineWorkers().run(f"{ME}:whose_process") == os.getpid()
    with pytest.raises(UserError):
        await InlineWorkers().run(f"{ME}:refuse")
