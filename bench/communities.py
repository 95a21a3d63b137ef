"""Made-up communities of three kinds, the same for the same seed: what the swap benches run on.

- popular: everybody deals in the same few skills (Zipf's law over the skills).
- scarce: most offer what is common and want what is rare.
- sparse: one skill each way, spread evenly, so that few fit anybody.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Literal, get_args

from bot.swaps.community import Community, Member, pairs

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = Literal["popular", "scarce", "sparse"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SKILLS = 120
ZONES = (-8, -5, -3, 0, 1, 2, 5.5, 8, 10)
LANGUAGES = (("en",), ("en", "de"), ("en", "es"), ("es",), ("de",))
LANGUAGE_ODDS = (60, 15, 15, 5, 5)


def community(kind: Kind, n: int, seed: int, *, mentors: float = 0.0, skills: int = SKILLS) -> Community:
    """Make a community of `n` who deal in so many `skills`; the share `mentors` of them want nothing back."""
    chance = random.Random(f"{kind} {n} {seed} {mentors}")  # noqa: S311  the same each time
    members = tuple(_member(kind, number, chance, skills, mentor=chance.random() < mentors) for number in range(n))
    some = [tuple(chance.sample(range(n), 2)) for _ in range(n // 10)] if n > 1 else []
    met = [tuple(chance.sample(range(n), 2)) for _ in range(n)] if n > 1 else []
    return Community(members, pairs((a, b) for a, b in some), pairs((a, b) for a, b in met))


def _member(kind: Kind, number: int, chance: random.Random, skills: int, *, mentor: bool) -> Member:
    offered = _skills(kind, chance, skills, "offers")
    wanted = [] if mentor else _skills(kind, chance, skills, "wants", offered)
    return Member(
        number,
        {skill: chance.randint(1, 5) for skill in offered},
        {skill: chance.randint(1, 3) for skill in wanted},
        chance.choice(ZONES),
        frozenset(chance.choices(LANGUAGES, LANGUAGE_ODDS)[0]),
        chance.choice((0, 0, 0, 1, 2)),
    )


def _skills(
    kind: Kind, chance: random.Random, skills: int, side: Literal["offers", "wants"], but: Collection[str] = ()
) -> list[str]:
    """Names of distinct skills, none of them in `but`; number 0 is the most common one."""
    odds: list[float]
    match kind:
        case "popular":
            many, odds = chance.randint(2, 4), [1 / (rank + 1) for rank in range(skills)]
        case "scarce":
            many, odds = chance.randint(2, 3), [1 / (rank + 1) for rank in range(skills)]
            if side == "wants":  # the commonest half the other way round
                odds[: skills // 2] = reversed(odds[: skills // 2])
        case _:
            many, odds = 1, [1.0] * skills
    found: list[str] = []
    while len(found) < many:
        skill = f"skill {chance.choices(range(skills), odds)[0]}"
        if skill not in found and skill not in but:
            found.append(skill)
    return found
