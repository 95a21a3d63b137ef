"""`try swaps`: solve one round of swaps from a file, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bot.cli.terminal import AsJson, print_json, try_app
from bot.cli.trying_times import read_bytes
from bot.swaps.reading import read_community
from bot.words import count, say

if TYPE_CHECKING:
    from bot.swaps.rings import Round


@try_app.command("swaps")
def try_swaps(
    file: Annotated[Path, typer.Argument(help="A JSON file {members, blocked, history}.")],
    max_len: Annotated[int, typer.Option(help="The most members of a ring.", min=2, max=4)] = 3,
    objective: Annotated[
        Literal["members", "weighted"], typer.Option(help="Serve the most members, or the greatest sum of weights.")
    ] = "members",
    seconds: Annotated[float, typer.Option(help="Processor time to take at most.", min=0.5)] = 60.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same round.", min=0, max=2**31 - 1)] = 0,
    as_json: AsJson = False,
) -> None:
    """Solve a round of swaps: rings in which everyone teaches the next, and a bound on what can be had."""
    community = read_community(read_bytes(file), str(file))
    from bot.swaps.rings import solve  # numpy and HiGHS, for this command alone

    solved = solve(community, max_len=max_len, objective=objective, seconds=seconds, seed=seed)
    if as_json:
        print_json(_row(solved))
        return
    for ring in solved.rings:
        typer.echo(" → ".join(str(one) for one in (*ring, ring[0])))
    for chain in solved.chains:
        typer.echo(say("{chain} (a chain)", chain=" → ".join(str(one) for one in chain)))
    typer.echo(
        say(
            "{served} of {members} served; objective {objective:.2f} of at most {bound:.2f} (gap {gap:.2%}) in"
            " {seconds:.1f} s, seed {seed}",
            served=solved.served,
            members=count(len(community.members), "member", "members"),
            objective=solved.objective,
            bound=solved.bound,
            gap=solved.gap,
            seconds=solved.seconds,
            seed=solved.seed,
        )
    )


def _row(solved: Round) -> dict[str, Any]:
    return {
        "rings": [list(ring) for ring in solved.rings],
        "chains": [list(chain) for chain in solved.chains],
        "served": solved.served,
        "objective": round(solved.objective, 6),
        "bound": round(solved.bound, 6),
        "gap": round(solved.gap, 6),
        "seconds": round(solved.seconds, 3),
        "seed": solved.seed,
    }
