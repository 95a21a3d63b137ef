"""Repairs, coffee and the ledger of hours: pure rules."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.members.profile import Free
from bot.swaps import solving
from bot.swaps.candidates import Candidate
from bot.swaps.coffee import introduce
from bot.swaps.community import Community, Member, MemberId, Pair, pairs
from bot.swaps.ledger import Help, Helper, balances, may_ask, whom_to_ask
from bot.swaps.matching import Apart, Task
from bot.swaps.repair import repair
from bot.swaps.rings import solve
from bot.swaps.scarce import few_rings_first
from tests.conftest import MORNING
from tests.swap_oracles import arc, small


def simple(*rows: tuple[str, str, str]) -> Community:
    return Community(tuple(Member(name, {offer: 3}, {want: 2}, langs=frozenset({"en"})) for name, offer, want in rows))


def test_a_newcomer_is_swapped_in_for_who_declined() -> None:
    community = simple(("ana", "a", "b"), ("bo", "b", "a"), ("cleo", "b", "a"))
    after = repair(community, [("ana", "bo")], said_yes={"ana"}, declined={"bo"})
    assert after.new == (("ana", "cleo"),)
    assert after.first_next == ()


def test_two_who_are_left_make_a_smaller_ring() -> None:
    community = Community(
        (
            Member("ana", {"a": 3}, {"c": 2, "b": 1}, langs=frozenset({"en"})),
            Member("bo", {"b": 3}, {"a": 2}, langs=frozenset({"en"})),
            Member("cleo", {"c": 3}, {"b": 2}, langs=frozenset({"en"})),
        )
    )
    after = repair(community, [("ana", "bo", "cleo")], said_yes={"ana", "bo"}, declined={"cleo"})
    assert after.new == (("ana", "bo"),)


def test_who_finds_nobody_is_first_next_time_and_who_said_yes_before_the_others() -> None:
    community = simple(("ana", "a", "c"), ("bo", "b", "a"), ("cleo", "c", "b"))
    after = repair(community, [("ana", "bo", "cleo")], said_yes={"bo"}, declined={"cleo"})
    assert after.new == ()
    assert after.first_next == ("bo", "ana")


def test_a_repair_serves_who_has_waited_long_before_one_more() -> None:
    """A ring of three serves one more; a pair with somebody who has waited for long is worth more."""
    en = frozenset({"en"})
    for waited, best in ((0, ("ana", "cleo", "dora")), (100, ("ana", "bo"))):
        community = Community(
            (
                Member("ana", {"a": 3}, {"b": 2, "d": 2}, langs=en),
                Member("bo", {"b": 3}, {"a": 2}, langs=en, rounds_waiting=waited),
                Member("cleo", {"c": 3}, {"a": 2}, langs=en),
                Member("dora", {"d": 3}, {"c": 2}, langs=en),
                Member("eli", {"x": 3}, {"a": 2}, langs=en),
            )
        )
        after = repair(community, [("ana", "eli")], said_yes={"ana"}, declined={"eli"})
        assert after.new == (best,)


def test_who_has_one_ring_goes_before_who_has_several_until_they_were_served() -> None:
    """Ana and Bo make a ring with Cleo or with Dora. Cleo fits better and has two more; Dora has no other."""
    en = frozenset({"en"})
    community = Community(
        (
            Member("ana", {"p": 3, "s": 3}, {"r": 2}, langs=en),
            Member("bo", {"q": 3}, {"p": 2, "t": 2}, langs=en),
            Member("cleo", {"r": 5, "t": 5}, {"q": 3, "s": 3}, langs=en),
            Member("dora", {"r": 1}, {"q": 1}, langs=en),
        )
    )

    def chosen(served: set[MemberId]) -> set[MemberId]:
        [ring] = solve(few_rings_first(community, served), objective="weighted", seconds=3).rings
        return set(ring)

    assert chosen({"ana", "bo", "cleo", "dora"}) == {"ana", "bo", "cleo"}
    assert chosen(set()) == {"ana", "bo", "dora"}
    assert chosen({"dora"}) == {"ana", "bo", "cleo"}


def candidate(number: int, offers: dict[str, int], wants: dict[str, int]) -> Candidate:
    return Candidate(number, Free("UTC"), offers, wants)


def of_round(candidates: tuple[Candidate, ...], *, served: set[int], met: Apart = frozenset()) -> list[set[int]]:
    """The rings of a round, as the product solves it, in which some were served before."""
    elsewhere = frozenset((99, one, "zulu") for one in served)
    task = Task(candidates, frozenset(), met, elsewhere, MORNING, least_hours=1, seed=1, seconds=3)
    return [{seat.member for seat in ring} for ring in solving.solve(task).rings]


def test_a_round_lets_those_with_few_rings_go_first() -> None:
    """1 and 2 make a ring with 3 or with 4; 3 fits better and has two more, 4 has no other."""
    four = (
        candidate(1, {"p": 3, "s": 3}, {"r": 2}),
        candidate(2, {"q": 3}, {"p": 2, "t": 2}),
        candidate(3, {"r": 5, "t": 5}, {"q": 3, "s": 3}),
        candidate(4, {"r": 1}, {"q": 1}),
    )
    assert of_round(four, served={1, 2, 3, 4}) == [{1, 2, 3}]
    assert of_round(four, served={1, 2, 3}) == [{1, 2, 4}]


def test_a_round_prefers_a_pair_to_a_ring_of_three_that_is_hardly_better() -> None:
    """The three arcs weigh 5.08, the pair's two 4.4: with four in five saying yes, 2.60 against 2.82."""
    three = (
        candidate(1, {"p": 5}, {"q": 3, "s": 1}),
        candidate(2, {"q": 5, "r": 1}, {"p": 3}),
        candidate(3, {"s": 1}, {"r": 1}),
    )
    assert of_round(three, served={1, 2, 3}, met=frozenset({(1, 3), (2, 3)})) == [{1, 2}]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(4, 40), answers=st.lists(st.sampled_from("yn?"), min_size=40, max_size=40)
)
def test_repairs_touch_no_confirmed_ring_and_keep_the_rules(seed: int, n: int, answers: list[str]) -> None:
    community = small(seed, n, skills=5, blocks=n)
    rings = solve(community, objective="weighted", seconds=3).rings
    known = {member.id: (member, answer) for member, answer in zip(community.members, answers, strict=False)}
    said_yes = {one for one, (_, answer) in known.items() if answer == "y"}
    declined = {one for one, (_, answer) in known.items() if answer == "n"}
    after = repair(community, rings, said_yes=said_yes, declined=declined)
    whole = [ring for ring in rings if not declined & set(ring)]
    assert list(after.kept) == whole
    taken = [one for ring in (*after.kept, *after.new) for one in ring]
    assert len(taken) == len(set(taken))
    assert not declined & set(taken)
    for ring in after.new:
        for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
            assert arc(community, known[one][0], known[other][0], "weighted") is not None
    left = {one for ring in rings if ring not in whole for one in ring} - declined
    assert left - set(taken) == set(after.first_next)


# --- coffee ----------------------------------------------------------------------------------------------------------


def met_pairs(groups: list[tuple[MemberId, ...]]) -> list[Pair]:
    return [frozenset(pair) for group in groups for pair in itertools.combinations(group, 2)]


def best_without_repeats(members: list[int], met: set[Pair]) -> bool:
    """Whether everybody can be in a pair, or one trio where the number is odd, of people who have not met."""
    if not members:
        return True
    first, *rest = members
    for other in rest:
        if frozenset((first, other)) not in met and best_without_repeats([one for one in rest if one != other], met):
            return True
    if len(members) % 2:
        for two in itertools.combinations(rest, 2):
            trio = {frozenset(pair) for pair in itertools.combinations((first, *two), 2)}
            if not trio & met and best_without_repeats([one for one in rest if one not in two], met):
                return True
    return False


@settings(max_examples=60, deadline=None)
@given(n=st.integers(2, 9), seed=st.integers(0, 1000), data=st.data())
def test_nobody_meets_twice_while_that_can_be_helped(n: int, seed: int, data: st.DataObject) -> None:
    everybody = list(range(n))
    known: list[Pair] = [frozenset(pair) for pair in itertools.combinations(everybody, 2)]
    met = set(data.draw(st.lists(st.sampled_from(known), unique=True)))
    groups = introduce(everybody, dict.fromkeys(met, 1), seed=seed)
    assert sorted((one for group in groups for one in group), key=int) == everybody
    if best_without_repeats(everybody, met):
        assert not met & set(met_pairs(groups))


def test_blocked_people_are_never_introduced_and_nobody_else_is_left_out() -> None:
    for seed in range(10):
        blocked = pairs([(0, 1), (0, 2), (1, 2), (3, 4)])
        groups = introduce(range(7), {}, blocked=blocked, seed=seed)
        assert sorted((one for group in groups for one in group), key=int) == list(range(7))
        assert not blocked & set(met_pairs(groups))


# --- the ledger ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.5, 1, 2]), st.booleans())))
def test_hours_always_sum_to_zero(rows: list[tuple[int, int, float, bool]]) -> None:
    done = [Help(giver, receiver, hours, free) for giver, receiver, hours, free in rows if giver != receiver]
    assert sum(balances(done).values()) == 0


def test_anybody_may_owe_two_hours_and_no_more() -> None:
    assert may_ask(0, 2)
    assert not may_ask(0, 2.5)
    assert not may_ask(-2, 1)
    assert may_ask(-2, 1, owe_hours=3)
    assert not may_ask(0, 1, owed=2)
    assert may_ask(3, 5)


def test_who_was_asked_least_is_asked_first_then_who_owes_most_then_who_knows_most() -> None:
    helpers = [
        Helper("expert", 4, 5, asked_lately=3),
        Helper("debtor", -2, 2, asked_lately=0),
        Helper("even", 0, 5, asked_lately=0),
        Helper("learned", 0, 3, asked_lately=0),
        Helper("never", -5, 5, asked_lately=0, said_never=True),
    ]
    assert [one.id for one in whom_to_ask(helpers)] == ["debtor", "even", "learned", "expert"]
