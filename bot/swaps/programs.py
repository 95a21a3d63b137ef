"""Linear and integer programs in HiGHS, columns by the thousand: the one place that speaks highspy.

All programs here maximise, over columns of at least nothing, under rows of at most `limits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a program: what each is worth, and which rows it uses how often (all columns one after another)."""

    worth: Floats
    starts: Ints  # where each column's rows begin; one longer than `worth`
    rows: Ints
    uses: Floats


@dataclass(frozen=True, slots=True)
class Optimum:
    """The prices of a linear program's rows and the values of its columns, to a solver's precision."""

    prices: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Choice:
    """Whole numbers for the columns, and what no other choice can be worth more than. None if none was found."""

    values: Floats | None
    bound: float


def relax(columns: Columns, limits: Floats, seconds: float) -> Optimum | None:
    """Solve the linear program by interior point without crossover; None if there was no time.

    Columns have no upper bounds, which the rows imply: bounds would take the prices their meaning.
    """
    program = _program(columns, limits, seconds)
    program.setOptionValue("solver", "ipm")
    program.setOptionValue("run_crossover", "off")
    program.setOptionValue("presolve", "off")  # what it takes out of a small program comes back without a price
    program.run()
    solution = program.getSolution()
    if not solution.dual_valid:
        return None
    return Optimum(np.maximum(0.0, -np.asarray(solution.row_dual)), np.maximum(0.0, solution.col_value))


def choose(
    columns: Columns, limits: Floats, seconds: float, *, gap: float, start: Floats | None = None, seed: int = 0
) -> Choice:
    """Choose whole numbers of columns, within `gap` of the best, as far as time and memory suffice."""
    try:
        return _chosen(columns, limits, seconds, gap, start, seed)
    except MemoryError:  # a worker may have so much and no more; the search's tree grows as long as there is time
        return Choice(None, float("inf"))


def _chosen(columns: Columns, limits: Floats, seconds: float, gap: float, start: Floats | None, seed: int) -> Choice:
    program = _program(columns, limits, seconds)
    count = len(columns.worth)
    kinds = np.full(count, highspy.HighsVarType.kInteger.value, np.uint8)
    program.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
    program.setOptionValue("mip_abs_gap", gap)
    program.setOptionValue("mip_rel_gap", 0.0)
    program.setOptionValue("random_seed", seed)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        program.setSolution(known)
    program.run()
    info = program.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.round(program.getSolution().col_value) if found else None
    return Choice(values, -float(info.mip_dual_bound))


def _program(columns: Columns, limits: Floats, seconds: float) -> highspy.Highs:
    program: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs leave it out
    program.setOptionValue("output_flag", False)  # noqa: FBT003  HiGHS has one setter for all
    program.setOptionValue("threads", 1)  # the count is the process's own, and the same each time
    program.setOptionValue("time_limit", max(0.0, seconds))
    rows, count = len(limits), len(columns.worth)
    none = np.zeros(0, np.int32)
    program.addRows(rows, np.full(rows, -highspy.kHighsInf), limits, 0, np.zeros(rows + 1, np.int32), none, np.zeros(0))
    program.addCols(
        count,
        -columns.worth,  # HiGHS minimises by nature; asked to maximise it may turn the signs of prices
        np.zeros(count),
        np.full(count, highspy.kHighsInf),
        len(columns.rows),
        columns.starts,
        columns.rows,
        columns.uses,
    )
    return program
