"""Rounds of swaps against what intro bots do, on made-up communities: `python -m bench.swaps [FULL]`.

For each kind of community: members served by random pairs, first-fit pairs, the best pairs and our rings, with the
proven bound; the weighted objective with its bound over every arc; then how many complete a swap when one in five
says no, what a repair takes, and whether explanations come true. Each solution runs in a process of its own, which
prints its processor seconds and most memory. FULL adds 5,000 and 10,000 members.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.communities import KINDS, community
from bot.swaps.fitting import has_arc
from bot.swaps.repair import YES, repair

if TYPE_CHECKING:
    from bot.swaps.community import Community, MemberId
    from bot.swaps.graph import Objective

SEED = 7
EXPLAINED, EXPLAINED_SIZE = 2000, 40
REPAIRS = 4


def random_pairs(some: Community, chance: random.Random) -> int:
    """Served by drawing pairs by lot, as most intro bots do: those who happen to fit both ways."""
    lots = chance.sample(some.members, len(some.members))
    pairs = zip(lots[::2], lots[1::2], strict=False)
    return sum(2 for one, other in pairs if has_arc(some, one, other) and has_arc(some, other, one))


def first_fit(some: Community) -> int:
    """Served by pairing each with the first who fits both ways and is free."""
    free = list(some.members)
    served = 0
    while free:
        one = free.pop(0)
        other = next((other for other in free if has_arc(some, one, other) and has_arc(some, other, one)), None)
        if other:
            free.remove(other)
            served += 2
    return served


def one_solution(kind: str, n: int, seed: int, objective: Objective, max_len: int, seconds: float) -> dict[str, float]:
    """Solve in this process."""
    from bot.swaps.rings import solve

    some = community(kind, n, seed)  # type: ignore[arg-type]  # one of KINDS, from our own command line
    began = time.process_time()
    solved = solve(some, max_len=max_len, objective=objective, seconds=seconds)
    return {
        "served": solved.served,
        "objective": solved.objective,
        "bound": solved.bound,
        "gap": solved.gap,
        "cpu": time.process_time() - began,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def apart(kind: str, n: int, objective: str, max_len: int = 3, seconds: float = 60) -> dict[str, float]:
    """Solve in a process of its own."""
    command = [sys.executable, "-m", "bench.swaps", kind, str(n), str(SEED), objective, str(max_len), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def print_members(n: int) -> None:
    """The plain objective beside its yardsticks."""
    print(f"{n:,} members: served by random pairs, first-fit pairs, best pairs, rings of 3; bound; CPU-s; MiB")
    for kind in KINDS:
        some, lots = community(kind, n, SEED), random.Random(SEED)  # noqa: S311  made up
        best, ours = apart(kind, n, "members", 2), apart(kind, n, "members")
        print(
            f"  {kind:8} {random_pairs(some, lots) / n:7.1%} {first_fit(some) / n:7.1%}"
            f" {best['served'] / n:7.1%} {ours['served'] / n:7.1%}   {ours['served']:.0f} of at most"
            f" {ours['bound']:.0f}  {ours['cpu']:5.1f} {ours['mib']:5.0f}"
        )


def print_weighted(n: int, seconds: float) -> None:
    """The weighted objective and its gap to the bound over every arc."""
    print(f"{n:,} members, weighted: objective, bound, gap; CPU-s; MiB")
    for kind in KINDS:
        ours = apart(kind, n, "weighted", seconds=seconds)
        print(
            f"  {kind:8} {ours['objective']:9.1f} {ours['bound']:9.1f} {ours['gap']:7.2%}"
            f"  {ours['cpu']:5.1f} {ours['mib']:5.0f}"
        )


def completed(
    some: Community, max_len: int, seed: int, *, repairs: int = 0, yes: float = 1.0
) -> tuple[int, int, float]:
    """Members who complete a swap, who are left after a yes, and the longest repair in seconds.

    Rings are weighted by `yes`, the chance that the round reckons with.
    """
    from bot.swaps.rings import solve

    chance = random.Random(seed)  # noqa: S311  made up
    solved = solve(some, max_len=max_len, objective="weighted", seconds=20, yes=yes)
    proposed: list[tuple[MemberId, ...]] = list(solved.rings)
    said_yes: set[MemberId] = set()
    declined: set[MemberId] = set()
    left: tuple[MemberId, ...] = ()
    longest = 0.0
    for number in range(repairs + 1):
        asked = {one for ring in proposed for one in ring} - said_yes - declined
        for one in sorted(asked, key=str):
            (said_yes if chance.random() < YES else declined).add(one)
        if number == repairs:
            break
        began = time.process_time()
        after = repair(some, proposed, said_yes=said_yes, declined=declined)
        longest = max(longest, time.process_time() - began)
        proposed, left = [*after.kept, *after.new], (*left, *after.first_next)
    done = {one for ring in proposed if said_yes.issuperset(ring) for one in ring}
    return len(done), len(said_yes - done), longest


def print_completion(n: int) -> None:
    """What comes of a round when one in five says no."""
    some = community("popular", n, SEED)
    pairs, _, _ = completed(some, 2, SEED)
    alone, _, _ = completed(some, 3, SEED)
    weighted, _, _ = completed(some, 3, SEED, yes=YES)
    done, left, longest = completed(some, 3, SEED, yes=YES, repairs=REPAIRS)
    print(f"{n:,} members of whom 80 % say yes: complete with pairs {pairs / n:.1%}, rings {alone / n:.1%},", end=" ")
    print(f"by the chance of a yes {weighted / n:.1%}, with {REPAIRS} repairs {done / n:.1%};", end=" ")
    print(f"left after a yes {left / n:.1%}")
    print(f"  all repairs of a day's answers at once: at most {longest * 1000:.0f} ms")


def print_explanations() -> None:
    """Whether what was said to help does, carried out and solved again."""
    from bot.swaps.rings import solve
    from bot.swaps.why import carry_out, explain

    def serves(one: Community, asker: MemberId) -> bool:
        return any(asker in ring for ring in solve(one, objective="weighted", seconds=10).rings)

    asked = told = true = 0
    seed = 0
    began = time.process_time()
    while asked < EXPLAINED:
        seed += 1
        some = community(KINDS[seed % 3], EXPLAINED_SIZE, seed)
        inside = {one for ring in solve(some, objective="weighted", seconds=10).rings for one in ring}
        for member in some.members:
            if member.id not in inside and asked < EXPLAINED:
                asked += 1
                unlock = explain(some, member.id, serves).unlock
                told += unlock is not None
                true += unlock is not None and serves(carry_out(some, member.id, unlock), member.id)
    print(f"{asked:,} explanations: {told:,} say what would help, {true:,} of these come true;", end=" ")
    print(f"{(time.process_time() - began) / asked * 1000:.0f} ms each")


def main(*, full: bool) -> None:
    """Print everything."""
    for n in (200, 1000, *([5000] if full else [])):
        print_members(n)
    print_weighted(1000, 10)
    if full:
        print_weighted(10_000, 45)
    print_completion(1000)
    print_explanations()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [kind_given, n_given, seed_given, objective_given, len_given, seconds_given]:
            wanted: Any = objective_given
            row = one_solution(kind_given, int(n_given), int(seed_given), wanted, int(len_given), float(seconds_given))
            print(json.dumps(row))
        case arguments:
            main(full="FULL" in arguments)
