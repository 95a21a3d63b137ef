"""Small communities over six rounds: who has learned something at least once. `python -m bench.small_pools [LEARNERS]`.

Random pairs, best pairs, rings of up to three, and ours: rings, then one-way help on a ledger on which anybody may owe
two hours. Everybody says yes with a fixed chance, each time anew; a pair or ring happens when all of it say yes. Nobody
learns the same skill twice, and in a round nobody learns or teaches twice by the same way. In ours, who was in no ring
asks up to two members for help, one after the other, as long as the ledger lets them; who was asked in a round is left
in peace.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bench.communities import Kind, community
from bot.swaps.community import Community
from bot.swaps.fitting import best_skill, has_arc
from bot.swaps.ledger import Help, Helper, balances, may_ask, whom_to_ask
from bot.swaps.rings import solve

if TYPE_CHECKING:
    from bot.swaps.community import Member, MemberId

ROUNDS = 6
ASKS = 2
SKILLS = 40  # a dozen people do not speak of 120
SIZES = (12, 25, 50, 100)
CHANCES = (0.8, 0.6, 0.5)
POLICIES = ("random pairs", "best pairs", "rings", "ours")
LEARNERS = 300  # at least so many members for each figure


@dataclass(slots=True)
class Pool:
    """A community that lives through its rounds."""

    members: dict[MemberId, Member]
    yes: float
    chance: random.Random
    learned: Counter[MemberId] = field(default_factory=Counter)
    done: list[Help] = field(default_factory=list)
    asked: Counter[MemberId] = field(default_factory=Counter)

    def as_community(self) -> Community:
        """Those who want something still."""
        return Community(tuple(member for member in self.members.values() if member.wants))

    def says_yes(self) -> bool:
        """What somebody answers."""
        return self.chance.random() < self.yes

    def teach(self, teacher: MemberId, learner: MemberId) -> None:
        """Let it happen."""
        one, other = self.members[teacher], self.members[learner]
        skill = best_skill(one, other)
        wants = {name: value for name, value in other.wants.items() if name != skill}
        self.members[learner] = replace(other, wants=wants)
        self.learned[learner] += 1

    def happen(self, ring: tuple[MemberId, ...]) -> bool:
        """Let a ring happen if all say yes."""
        if not all(self.says_yes() for _ in ring):
            return False
        for teacher, learner in [*zip(ring, (*ring[1:], ring[0]), strict=True)]:
            self.teach(teacher, learner)
        return True


def by_lot(pool: Pool) -> None:
    """A round of random pairs."""
    some = pool.as_community()
    lots = pool.chance.sample(some.members, len(some.members))
    for one, other in zip(lots[::2], lots[1::2], strict=False):
        if has_arc(some, one, other) and has_arc(some, other, one):
            pool.happen((one.id, other.id))


def by_rings(pool: Pool, max_len: int) -> set[MemberId]:
    """A round of rings; returns whose ring happened."""
    waiting = pool.as_community()
    found = solve(waiting, max_len=max_len, seconds=2, seed=pool.chance.randrange(2**31))
    return {one for ring in found.rings if pool.happen(ring) for one in ring}


def by_help(pool: Pool, served: set[MemberId]) -> None:
    """Let those who were not `served` ask for an hour of help."""
    bothered: set[MemberId] = set()
    waiting = [one for one in pool.members if one not in served]
    pool.chance.shuffle(waiting)
    for asker in sorted(waiting, key=lambda one: pool.learned[one]):  # who has learned least asks first
        balance = balances(pool.done)
        if not may_ask(balance.get(asker, 0.0), 1):
            continue
        me = pool.members[asker]
        able = [
            Helper(one.id, balance.get(one.id, 0.0), one.offers[best_skill(one, me)], pool.asked[one.id])
            for one in pool.members.values()
            if one.id != asker and one.id not in bothered and not one.offers.keys().isdisjoint(me.wants)
        ]
        for helper in whom_to_ask(able)[:ASKS]:
            bothered.add(helper.id)
            pool.asked[helper.id] += 1
            if pool.says_yes():
                pool.teach(helper.id, asker)
                pool.done.append(Help(helper.id, asker, 1))
                break


def share(policy: str, kind: Kind, n: int, yes: float, learners: int) -> float:
    """The share who have learned at least once, over as many communities as make up `learners`."""
    total = times = 0
    for seed in range(max(1, -(-learners // n))):
        some = community(kind, n, seed, skills=SKILLS)
        pool = Pool({member.id: member for member in some.members}, yes, random.Random(seed))  # noqa: S311  made up
        for _ in range(ROUNDS):
            match policy:
                case "random pairs":
                    by_lot(pool)
                case "best pairs":
                    by_rings(pool, 2)
                case "rings":
                    by_rings(pool, 3)
                case _:
                    by_help(pool, by_rings(pool, 3))
        total += sum(pool.learned[one] > 0 for one in pool.members)
        times += n
    return total / times


def teachable(kind: Kind, n: int, learners: int) -> float:
    """The share who want something that somebody else there offers: more cannot learn, whatever is done."""
    total = times = 0
    for seed in range(max(1, -(-learners // n))):
        some = community(kind, n, seed, skills=SKILLS)
        total += sum(any(has_arc(some, one, me) for one in some.members) for me in some.members)
        times += n
    return total / times


def main(learners: int) -> None:
    """Print a table for each kind of skills."""
    kinds: tuple[Kind, ...] = ("popular", "scarce")
    for kind in kinds:
        print(f"{kind} skills, learned at least once within {ROUNDS} rounds")
        print(f"  {'':14}" + "".join(f"{policy:>14}" for policy in POLICIES) + f"{'possible':>14}")
        for yes in CHANCES:
            for n in SIZES:
                found = "".join(f"{share(policy, kind, n, yes, learners):14.1%}" for policy in POLICIES)
                print(f"  yes {yes:.1f}, n {n:3} {found}{teachable(kind, n, learners):14.1%}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LEARNERS)
