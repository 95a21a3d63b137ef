"""Which mentor, and which of their times, for each of many requests at once: a joint choice, close to the best one.

A *seat* is one time of one mentor; it belongs to a *quota*, such as that mentor's sessions of one week. A request says
what each seat that it could take is worth to it. Wanted is the choice of largest total worth in which no seat is taken
twice and no quota exceeded.

It is found by an auction: a request without a seat bids for the one that leaves it most, as much more than the price as
it would lose with its second choice, and `step` besides. Whoever held the seat, or, where the quota is full, holds its
cheapest one, is outbid and bids again; nobody bids more than a seat is worth to them. The seats and quotas of a mentor
form a laminar matroid, so the entry price of a free seat of a full quota is the lowest price that is paid in it, prices
only rise, and the result is worth at least the optimum less `step` for each request that gets a seat.
Source: D. P. Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem", Annals of
Operations Research 14 (1988); its proof by complementary slackness carries over with quotas as described.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from operator import sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one request could take: seats by their index, each once, and what each is worth to it (more than 0)."""

    seats: Sequence[int]
    worths: Sequence[float]


def assign(
    requests: Sequence[Wishes], quota_of: Sequence[int], quotas: Sequence[int], *, step: float = 0.01
) -> list[int | None]:
    """The seat of each request, or None where there is none for it; the same for the same input.

    `quota_of` says for each seat which of the `quotas` (each: how many seats of it may be taken) it counts against.
    Worths should be about 1 for the usual `step`: its time grows with worth / step.
    """
    house = _House(quota_of, quotas)
    taken: list[int | None] = [None] * len(requests)
    bidding = deque(at for at, wishes in enumerate(requests) if wishes.seats)
    while bidding:
        bidder = bidding.popleft()
        wishes = requests[bidder]
        left = list(map(sub, wishes.worths, map(house.price.__getitem__, wishes.seats)))
        most = max(left)
        if most <= 0:
            continue  # whatever they would take costs others more than it is worth to them
        choice = left.index(most)
        left[choice] = 0.0
        seat = wishes.seats[choice]
        loser = house.sell(seat, bidder, house.price[seat] + most - max(0.0, *left) + step)
        taken[bidder] = seat
        if loser is not None:
            taken[loser] = None
            bidding.append(loser)
    return taken


class _House:
    """What each seat costs at present, and who holds it."""

    def __init__(self, quota_of: Sequence[int], quotas: Sequence[int]) -> None:
        self.price = [0.0 if quotas[quota] > 0 else float("inf") for quota in quota_of]
        self._holder: list[int | None] = [None] * len(quota_of)
        self._quota_of, self._quotas = quota_of, quotas
        self._seats: list[list[int]] = [[] for _ in quotas]
        self._sold: list[list[int]] = [[] for _ in quotas]
        for seat, quota in enumerate(quota_of):
            self._seats[quota].append(seat)

    def sell(self, seat: int, bidder: int, price: float) -> int | None:
        """Give a seat to a bidder; returns who loses theirs by that."""
        quota = self._quota_of[seat]
        sold = self._sold[quota]
        lost = seat if self._holder[seat] is not None else None
        if lost is None and len(sold) == self._quotas[quota]:
            lost = min(sold, key=self.price.__getitem__)
        loser = None
        if lost is not None:
            loser, self._holder[lost] = self._holder[lost], None
            sold.remove(lost)
        sold.append(seat)
        self._holder[seat], self.price[seat] = bidder, price
        if len(sold) == self._quotas[quota]:
            lowest = min(map(self.price.__getitem__, sold))
            for free in self._seats[quota]:
                if self._holder[free] is None:
                    self.price[free] = lowest
        return loser
