"""Supervised worker processes for work that would hold up the event loop, and that can be stopped when it hangs.

Parent and child speak pickles, each after its length in 8 bytes, over the child's standard streams, which the child
keeps to itself: what a job prints goes to standard error. `python -m adapters.workers MEMORY_MIB` is the child.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import pickle
import signal
import struct
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bot.ports import WorkerFailed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = str(Path(__file__).resolve().parent.parent)
_LENGTH = struct.Struct(">Q")
_START_SECONDS = 30.0  # for a new process to say that it is there, on a busy machine
_GRACE_SECONDS = 5  # after the time-out, before an orphan that hangs is ended by the kernel
_SECRETS = "GUILDHALL"  # settings in the environment: a process that reads strangers' bytes needs none of them


class WorkerPool:
    """At most `size` processes, each with at most `memory_mib` of address space (`bot.ports.Workers`).

    A process is started when a job first needs it. One that takes too long, dies, or loses its caller is replaced.
    """

    def __init__(self, size: int = 1, memory_mib: int = 512) -> None:
        self._memory_mib = memory_mib
        self._free = asyncio.Semaphore(size)
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def start(self) -> None:
        """Start the first process, so that the first job need not wait for it."""
        async with self._free:
            if not self._idle:
                self._idle.append(await self._spawn())

    async def close(self) -> None:
        """End every process at once."""
        for process in list(self._all):
            await self._end(process)

    async def run(self, function: str, /, *args: Any, timeout: float = 30.0) -> Any:
        """Call `function` ("package.module:name") with picklable `args` in a worker and return its result.

        Exceptions of the function come back as they are. Raises `WorkerFailed` after `timeout` seconds or on a death.
        """
        # in a thread: what a thousand members make takes the loop's time else, and a job's arguments do not change
        job = await asyncio.to_thread(pickle.dumps, (function, args, timeout + _GRACE_SECONDS))
        async with self._free:
            process = self._idle.pop() if self._idle else await self._spawn()
            reusable = False
            try:
                async with asyncio.timeout(timeout):
                    outcome = await _ask(process, job)
                reusable = outcome[0] != "exhausted"
            except TimeoutError:
                raise WorkerFailed(say("It took longer than {seconds:g} seconds.", seconds=timeout)) from None
            except (asyncio.IncompleteReadError, OSError):
                raise WorkerFailed(say("The process doing it died.")) from None
            finally:  # also when the caller was cancelled: a busy process would answer the next one
                if reusable:
                    self._idle.append(process)
                else:
                    await self._end(process)
        return _open_outcome(outcome)

    async def _spawn(self) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        environment["PYTHONPATH"] = os.pathsep.join([_ROOT, *filter(None, sys.path)])
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.workers", str(self._memory_mib)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C at the keyboard is for the parent alone
        )
        self._all.add(process)
        ready = False
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _receive(process)
            ready = True
        except (TimeoutError, asyncio.IncompleteReadError):
            raise WorkerFailed(say("No process for it could be started.")) from None
        finally:
            if not ready:
                await self._end(process)
        return process

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        if process in self._idle:
            self._idle.remove(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()  # reads what is left in the pipe, without which its end would not be seen


class InlineWorkers:
    """Runs each job where it is asked for, without limits (`bot.ports.Workers`): for one-off commands and tests."""

    async def run(self, function: str, /, *args: Any, timeout: float = 30.0) -> Any:  # noqa: ARG002 - the port's promise
        """Call `function` ("package.module:name") with `args` and return its result."""
        return _find(function)(*args)


async def _ask(process: asyncio.subprocess.Process, job: bytes) -> tuple[Any, ...]:
    if process.stdin is None:
        raise BrokenPipeError
    process.stdin.write(_LENGTH.pack(len(job)) + job)
    await process.stdin.drain()
    answer = await _receive(process)
    outcome: tuple[Any, ...] = await asyncio.to_thread(pickle.loads, answer)  # from our own child
    return outcome


async def _receive(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise BrokenPipeError
    length = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))[0]
    return await process.stdout.readexactly(length)


def _open_outcome(outcome: tuple[Any, ...]) -> Any:
    match outcome:
        case ("result", result):
            return result
        case ("raised", kind, args, state):
            error = kind.__new__(kind, *args)  # not called: its __init__ may want other arguments
            error.args = args
            error.__dict__.update(state)
            raise error
        case ("exhausted",):
            raise WorkerFailed(say("It needed more memory than it may have."))
        case _:
            raise WorkerFailed(str(outcome[-1]))


def _find(function: str) -> Callable[..., Any]:
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """The child: answer one job after the other until the parent closes the pipe or dies."""
    _send(answers, b"")
    while header := requests.read(_LENGTH.size):
        function, args, seconds = pickle.loads(requests.read(_LENGTH.unpack(header)[0]))  # noqa: S301 - from our parent
        # if the parent is gone and the job hangs, even in C code, the kernel ends this process
        signal.setitimer(signal.ITIMER_REAL, seconds)
        outcome = _perform(function, args)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, outcome)


def _perform(function: str, args: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps(("result", _find(function)(*args)))
    except MemoryError:
        return pickle.dumps(("exhausted",))
    except Exception as error:  # noqa: BLE001 - whatever the job raises is its answer
        # where it happened is told beside the error, for tracebacks do not travel
        error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
        with contextlib.suppress(Exception):
            packed = pickle.dumps(("raised", type(error), error.args, error.__dict__))
            pickle.loads(packed)  # noqa: S301 - our own bytes, to see whether the parent can read them
            return packed
        return pickle.dumps(("failed", f"{type(error).__name__}: {error}"))


def _send(answers: BinaryIO, payload: bytes) -> None:
    answers.write(_LENGTH.pack(len(payload)) + payload)
    answers.flush()


def _limit_memory(mebibytes: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but does not let it be set
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))


def main() -> None:
    """Run as the child: keep the pipes for the protocol, give jobs an empty input and standard error to print to."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    _limit_memory(int(sys.argv[1]))
    _serve(requests, answers)


if __name__ == "__main__":
    main()
