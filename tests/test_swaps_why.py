"""Why not me? The answers come true, and let nothing out."""

from __future__ import annotations

from bot.swaps.community import Community, Member, pairs
from bot.swaps.rings import solve
from bot.swaps.why import Unlock, carry_out, explain
from tests.swap_oracles import brute_force, small


def serves(community: Community, asker: str | int) -> bool:
    return any(asker in ring for ring in solve(community, objective="weighted").rings)


def test_what_is_said_to_help_does() -> None:
    told = 0
    for seed in range(6):
        community = small(seed, 12, skills=10)
        inside = {one for ring in solve(community, objective="weighted").rings for one in ring}
        for member in community.members:
            if member.id in inside:
                continue
            why = explain(community, member.id, serves)
            if why.unlock is None:
                continue
            told += 1
            changed = carry_out(community, member.id, why.unlock)
            assert serves(changed, member.id)
            more = brute_force(changed, 3, "weighted") - brute_force(community, 3, "weighted")
            assert more > 0  # and not only for our solver: the community gains by it
    assert told > 10


def test_the_answer_names_skills_and_numbers_and_nobody() -> None:
    english = frozenset({"en"})
    community = Community(
        (
            Member("Ana Secret", {"design": 3}, {"rag": 2}, langs=english),
            Member("Bo Hidden", {"evaluation": 3}, {"design": 2}, langs=english),
            Member("Cleo Private", {"rag": 3}, {"agents": 2}, langs=english),
        )
    )
    why = explain(community, "Ana Secret", serves)
    assert (why.want, why.teach, why.both) == (1, 1, 0)
    assert why.unlock == Unlock("offer", "agents")
    assert why.words == (
        "At your hours and in your languages 1 member wants what you offer, 1 member teaches what you want,"
        " 0 do both. If you offered agents, too, this round would have a place for you."
    )


def test_who_blocked_the_asker_cannot_be_told_from_the_numbers() -> None:
    english = frozenset({"en"})
    members = (
        Member("ana", {"a": 3}, {"b": 2}, langs=english),
        Member("bo", {"b": 3}, {"a": 2}, langs=english),
    )
    blocked = Community(members, pairs([("ana", "bo")]))
    one, other = (explain(community, "ana", lambda *_: False) for community in (blocked, Community(members)))
    assert one == other
    assert (one.want, one.teach, one.both) == (1, 1, 1)
