"""Tell of the two sides: what lies between them, who adds what by joining, who is named and who refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import Column, Curve, Table
from crossline.internet.groups import COALITION, OTHER_SIDE
from crossline.internet.telling.directory import COLUMNS, described

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.internet.routing.crossings import Crossings
    from crossline.internet.simulation import Outcome

_STEPS: Final = 20
_HEADS: Final = {
    "asn": "AS", "cite": "in", "claimed_by": "as claimed by", "ases": "networks", "by": "because of",
}  # fmt: skip


def joining(outcome: Outcome) -> list[Table]:
    """Tell who would add most to the coalition's untouched reach, one after another and each alone."""
    if outcome.joining is None:
        return []
    rank, who = Column("rank", "order", "count"), Column("name", "who joins")
    adds, shares = Column("adds", "adds", "pairs"), Column("share", "of all within, untouched", "share")
    total = Column("total", "untouched pairs within", "pairs")
    known = (Column("kind", "kind"), Column("candidate", "id"))
    about = (
        "Pairs within the coalition with a possible path on which no named network stands; the named stay named, "
        "whoever joins."
    )
    return [
        Table(
            "accession", "Who adds most by joining, one after another", (rank, who, adds, total, shares, *known),
            outcome.joining.order, f"{about} At each step the one joins that adds most then.", shown=8,
        ),
        Table(
            "candidates", "What each would add by joining alone", (who, adds, shares, *known), outcome.joining.alone,
            f"{about} Candidates are all states, the carriers with most customers, and those of whom some statement of "
            f"membership speaks.", shown=5,
        ),
    ]  # fmt: skip


def curve(outcome: Outcome) -> Curve | None:
    """Draw how the coalition's untouched reach grows."""
    if outcome.joining is None or not outcome.joining.order.height:
        return None
    order = outcome.joining.order.head(_STEPS)
    more = outcome.joining.order.height - order.height
    return Curve(
        "accession", "The coalition's untouched reach, as one after another joins",
        tuple(order["name"]), tuple(float(total) for total in order["total"]), "pairs",
        "At each step the one joins that adds most then: pairs within the coalition with a possible path on which no "
        f"named network stands.{f' The first {order.height} of {order.height + more}.' if more else ''}",
        table="accession",
    )  # fmt: skip


def line(outcome: Outcome) -> list[Table]:
    """Tell what lies between the two sides, before and after."""
    if outcome.main.line is None:
        return []
    before, after = outcome.main.line
    rows = [
        *_reached(outcome),
        *((what, part(before), part(after)) for what, part in _PARTS.items()),
    ]
    frame = pl.DataFrame(rows, schema={"what": pl.String, "before": pl.Float64, "after": pl.Float64}, orient="row")
    heads = (Column("what", "between the two sides"), Column("before", "before", "count"),
             Column("after", "after", "count"))  # fmt: skip
    thirds = [
        described(outcome, crossing.thirds.enough).with_columns(when=pl.lit(when))
        for when, crossing in zip(("before", "after"), outcome.main.line, strict=True)
    ]
    return [
        Table(
            "line", "The fault line", heads, frame,
            "One side: the coalition. The other: those named, and those who answer. After: without links that are "
            "refused. Paths are bounds from above, counted in the graph.", shown=20,
        ),
        Table(
            "third_crossings", "Third networks that indirect routes across have to pass",
            (Column("when", "when"), *COLUMNS), pl.concat(thirds),
            "Networks of neither side without which no route could lead across but by direct links: "
            f"{before.thirds.valley_free:,} before, {after.thirds.valley_free:,} after; fewer might do.", shown=5,
        ),
    ]  # fmt: skip


_PARTS: Final[dict[str, Callable[[Crossings], int]]] = {
    "direct links": lambda one: one.links,
    "direct links by which the coalition sells": lambda one: one.a_provides,
    "direct links by which the coalition buys": lambda one: one.b_provides,
    "direct links between peers": lambda one: one.peers,
    "direct links that no table of routes shows": lambda one: one.doubtful,
    "networks of the coalition with a direct link": lambda one: one.a_linked,
    "networks of the other side with one": lambda one: one.b_linked,
    "paths that share no network, at most": lambda one: one.anyhow.valley_free,
    "the same, whatever networks would export": lambda one: one.anyhow.paths,
    "paths around direct links that share no network, at most": lambda one: one.around.valley_free,
    "the same, sharing no third network, at most": lambda one: one.thirds.valley_free,
}


def _reached(outcome: Outcome) -> list[tuple[str, float, float]]:
    """Return, each way, the pairs across that have a route before and after."""
    sides = outcome.main.groups.by("side")
    if not {COALITION, OTHER_SIDE} <= set(sides.labels):
        return []
    one, two = sides.labels.index(COALITION), sides.labels.index(OTHER_SIDE)
    reached, left = (
        sides.matrix(getattr(outcome.main.tables, name)[0]) for name in ("reached", "after_reached")
    )  # fmt: skip
    return [
        ("pairs from the coalition to the other side with a route", float(reached[one, two]), float(left[one, two])),
        ("pairs from the other side to the coalition with a route", float(reached[two, one]), float(left[two, one])),
    ]


def who(outcome: Outcome) -> list[Table]:
    """Tell who is named and who refuses, each on whose word."""
    named, members = outcome.cast.named, outcome.cast.members
    names = outcome.question.world.table("party").select(party="id", name="name").unique("party")
    holders = (
        named.group_by("party", "by", maintain_order=True)
        .agg(ases=pl.len().cast(pl.Int64), state=pl.col("state").drop_nulls().unique().sort().str.join(", "))
        .join(names, on="party", how="left", maintain_order="left")
        .sort("ases", "party", "by", descending=[True, False, False], nulls_last=True)
        .select("party", "name", "ases", "state", "by")
    )
    about = "Networks of the graph that the scenario names, "
    return [
        Table("named_holders", "Who is named", _heads(holders), holders, f"{about}by holder as far as it is known.",
              shown=8),
        Table("named", "Which networks are named", _heads(named), named, f"{about}each with the reason.", shown=4),
        Table("members", "Who refuses", _heads(members), members, "On whose word each is a member.", shown=8),
    ]  # fmt: skip


def _heads(frame: pl.DataFrame) -> tuple[Column, ...]:
    return tuple(
        Column(name, _HEADS.get(name, name.replace("_", " ")), "ases" if name == "ases" else None)
        for name in frame.columns
    )
