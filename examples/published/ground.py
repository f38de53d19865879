"""What everything here asks: a graph in a world, answered scenario by scenario, and how numbers stand on the page."""

# ruff: noqa: INP001, T201 - part of a script

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossline.internet import asking
from crossline.internet.scenarios import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crossline.impact import Figure, Impact
    from crossline.internet.graph.topology import Topology
    from crossline.internet.scenarios.standing import Standing
    from crossline.world import World

HERE = Path(__file__).resolve().parent
# The day of the question: that of the later graph. What is stated of later days is not used.
AS_OF = date(2025, 9, 1)
_MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"


@dataclass(frozen=True)
class Table:
    """A table of the page; cells are text. ``name`` stands in the page before it, so that it can be found."""

    name: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return it as Markdown."""
        told = [self.heads, ("---",) * len(self.heads), *self.lines]
        return "\n".join("| " + " | ".join(line) + " |" for line in told)


@dataclass(frozen=True)
class Ground:
    """A graph, the world it is read in, and how its networks are placed."""

    file: Path
    topology: Topology
    world: World
    stale: bool
    answers: dict[tuple[str, bool], Impact] = field(default_factory=dict, compare=False)

    def standing(self) -> Standing:
        """Place its networks."""
        return standing.standing(self.world, self.topology, AS_OF, accept_stale=self.stale)

    def asked(self, name: str, *, ranges: bool = True, moved: bool = False, file: Path | None = None) -> Impact:
        """Answer a scenario file, once; where ranges are not wanted, an answer that has them will do."""
        for kept in ((name, True), (name, ranges)):
            if kept in self.answers:
                return self.answers[kept]
        say(f"{name}, {self.topology.edition}{', stale statements too' if self.stale else ''}")
        found = self.answers[name, ranges] = asking.simulate(
            AS_OF, self.world, topology=self.file, scenario_file=file or HERE / f"{name}.yaml", ranges=ranges,
            transit=moved, accept_stale=self.stale,
        )  # fmt: skip
        return found


def say(what: str, since: float = time.perf_counter()) -> None:
    """Tell on standard error what is being done, and how long after the start."""
    print(f"[{time.perf_counter() - since:6.0f} s] {what}", file=sys.stderr, flush=True)


def pct(value: float, digits: int = 2) -> str:
    """Return a share as per cent; one that is not nothing never reads as nothing."""
    if value != value:  # noqa: PLR0124 - not a number
        return ABSENT
    told = f"{100 * value:.{digits}f}"
    if value and not float(told):
        told = f"{100 * value:.{digits + 2}f}" if abs(value) >= 5 * 10.0 ** -(digits + 5) else f"< {10.0**-digits:g}"
    return told.replace("-", _MINUS) + " %"


def hops(value: float) -> str:
    """Return added length as text."""
    return f"{value:+.4f}".replace("-", _MINUS)


def spread(figure: Figure, tell: Callable[[float], str]) -> str:
    """Return a figure with its range, where there is one that can be told from it."""
    value = tell(figure.value)
    if figure.low is None or figure.high is None:
        return value
    low, high = tell(figure.low), tell(figure.high)
    return value if low == high else f"{value} ({low} to {high})"


def between(values: Sequence[float], digits: int = 1) -> str:
    """Return the first of some readings of one share, with the least and the most of all."""
    low, high = pct(min(values), digits), pct(max(values), digits)
    return pct(values[0], digits) if low == high else f"{pct(values[0], digits)} ({low} to {high})"


def figures(impact: Impact) -> dict[str, Figure]:
    """Return an impact's figures by id."""
    return {figure.id: figure for figure in impact.figures}


def rows(impact: Impact, table: str) -> list[dict[str, Any]]:
    """Return the rows of one of its tables; none where there is no such table."""
    found = [one.frame for one in impact.tables if one.id == table]
    return found[0].to_dicts() if found else []


def lost(told: dict[str, Figure]) -> str:
    """Return the pairs lost as a share of those that had a route."""
    pairs = told["pairs-lost"].value
    whole = pairs / (1 - told["reachable-after"].value / told["reachable-before"].value) if pairs else 1.0
    return spread(told["pairs-lost"], lambda value: pct(value / whole))
