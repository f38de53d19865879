"""Who controls whom, closed over chains of owners, under any doctrine a regime states.

Two sets are computed, each as a least fixpoint, so that cycles of owners can neither create nor deny control:

- *held*: parties that are certainly controlled, by the shares that are stated at least;
- *free*: parties that certainly are not. A party is free only when what its free owners hold at least leaves no
  room for the threshold: a chain of owners has to end in a state, a person or a dispersed rest.

Everything else is unknown. A worklist visits each statement of control once for each set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.world import worklists

if TYPE_CHECKING:
    from datetime import date

    from crossline.world import World

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

# Shares are decimal fractions of a hundred; sums of them in binary floating point may be off by this much.
TOLERANCE_PCT: Final = 1e-9
_MULTIPLY_ROUNDS: Final = 10_000
ENDS: Final = ("state", "agency", "person", "dispersed")


class Doctrine(Protocol):
    """What the closure needs to know of a doctrine; see :class:`crossline.regimes.model.Doctrine`."""

    @property
    def threshold_pct(self) -> float:
        """The share from which a holder controls, in per cent."""

    @property
    def inclusive(self) -> bool:
        """Whether a share of exactly the threshold controls."""

    @property
    def aggregate(self) -> bool:
        """Whether the shares of several holders are added up; those of one holder's own chains always are."""

    @property
    def interest(self) -> str:
        """Which shares count: equity, voting or either."""

    @property
    def indirect(self) -> str:
        """How shares count along a chain: cascade, multiply, disputed or none."""

    @property
    def also(self) -> tuple[str, ...]:
        """Other ways to be controlled: domicile, seat, direction."""


class _Majority(NamedTuple):
    """More than half, whatever the line of a doctrine is."""

    interest: str
    also: tuple[str, ...]
    threshold_pct: float = 50.0
    inclusive: bool = False
    aggregate: bool = True
    indirect: str = "cascade"


@dataclass(frozen=True)
class Shares:
    """Statements of one interest, merged per pair of owner and owned: edges by position, shares in per cent."""

    owner: Ints
    owned: Ints
    at_least: Floats
    at_most: Floats


@dataclass(frozen=True)
class Graph:
    """Parties and the statements of control that hold at a date. Parties are numbered by position in ``ids``."""

    ids: list[str]
    number: dict[str, int]
    names: list[str]
    ends: Mask  # states, agencies, persons and dispersed holdings: a chain of owners ends there
    statements: pl.DataFrame  # rows of the control table in force, with owner_number and owned_number
    places: pl.DataFrame  # rows of the party table, with number
    equity: Shares
    voting: Shares
    direction: Shares

    @property
    def size(self) -> int:
        """How many parties there are."""
        return len(self.ids)


@dataclass(frozen=True)
class Closure:
    """``codes[p]``: whether party p is controlled. ``rank[p]``: the length of the shortest chain, -1 for none.

    ``by[p]``: the one party whose own chains decide on p, -1 for none, where holders do not add up. ``readings``: where
    it is disputed how shares count along a chain, the closures under each reading, each from what the one before holds.
    """

    codes: Codes
    rank: Ints
    doctrine: Doctrine
    base: Codes
    by: Ints | None = None
    readings: tuple[tuple[Closure, ...], ...] = ()


def graph(world: World, as_of: date) -> Graph:
    """Build the graph of the statements that hold at ``as_of``."""
    party, control = world.table("party"), world.table("control")
    held = control.filter(
        (pl.col("since").is_null() | (pl.col("since") <= as_of))
        & (pl.col("until").is_null() | (pl.col("until") > as_of))
    )
    # A party that a statement names counts, even where no row describes it.
    names = pl.concat([party["id"], held["owner"], held["owned"]]).drop_nulls().unique(maintain_order=True)
    ids = names.to_list()
    numbered = pl.DataFrame({"id": names}).with_row_index("number")
    described = party.join(numbered, on="id", how="inner", maintain_order="left")
    first = described.unique("number", keep="first", maintain_order=True)
    ends, labels = np.zeros(len(ids), np.bool_), list(ids)
    for number, kind, name in first.select("number", "kind", "name").iter_rows():
        ends[number] = kind in ENDS
        labels[number] = name or ids[number]
    statements = (
        held.join(numbered.rename({"id": "owner", "number": "owner_number"}), on="owner", maintain_order="left")
        .join(numbered.rename({"id": "owned", "number": "owned_number"}), on="owned", maintain_order="left")
        .with_columns(pl.col("share_min").fill_null(0.0), pl.col("share_max").fill_null(100.0))
    )

    def shares(*kinds: str) -> Shares:
        # Sources that disagree on a share span a range: what holds at both its ends holds under each of them.
        merged = (
            statements.filter(pl.col("kind").is_in(kinds))
            .group_by("owner_number", "owned_number", maintain_order=True)
            .agg(pl.col("share_min").min(), pl.col("share_max").max())
        )
        return Shares(
            merged["owner_number"].to_numpy().astype(np.int32),
            merged["owned_number"].to_numpy().astype(np.int32),
            merged["share_min"].to_numpy().astype(np.float64),
            merged["share_max"].to_numpy().astype(np.float64),
        )

    return Graph(
        ids=ids,
        number={party_id: number for number, party_id in enumerate(ids)},
        names=labels,
        ends=ends,
        statements=statements,
        places=described,
        equity=shares("equity", "both"),
        voting=shares("voting", "both"),
        direction=shares("direction"),
    )


def located(graph: Graph, codes: set[str], also: tuple[str, ...]) -> Codes:
    """Return, for each party, whether it is incorporated or seated in one of the codes (as ``also`` asks).

    Where statements disagree, or none is known, it is unknown.
    """
    result = np.zeros(graph.size, np.uint8)
    for column, limb in (("domicile", "domicile"), ("seat", "seat")):
        if limb not in also:
            continue
        # A state is where it is: its own code stands in both columns of its row, or in the first.
        spoken = graph.places.select(
            "number", inside=pl.coalesce(column, pl.when(pl.col("kind") == "state").then("domicile")).is_in(list(codes))
        ).drop_nulls()
        summary = spoken.group_by("number").agg(
            pl.col("inside").all().alias("every"), pl.col("inside").any().alias("any")
        )
        limb_codes = np.full(graph.size, UNKNOWN, np.uint8)
        numbers = summary["number"].to_numpy()
        limb_codes[numbers] = np.where(
            summary["every"].to_numpy(), TRUE, np.where(summary["any"].to_numpy(), UNKNOWN, FALSE)
        )
        # A dispersed rest has no domicile to ask for, and a natural person no head office.
        placeless = ["dispersed"] if column == "domicile" else ["dispersed", "person"]
        limb_codes[graph.places.filter(pl.col("kind").is_in(placeless))["number"].to_numpy()] = FALSE
        result = np.maximum(result, limb_codes)
    return result


def close(graph: Graph, doctrine: Doctrine, base: Codes) -> Closure:
    """Close control over the graph, from parties that are controlled by definition (``base``)."""
    channels = {"equity": [graph.equity], "voting": [graph.voting]}.get(doctrine.interest, [graph.equity, graph.voting])
    direction = graph.direction if "direction" in doctrine.also else None
    if doctrine.indirect == "disputed":
        return _disputed(graph, doctrine, base, channels, direction)
    if doctrine.indirect == "multiply":
        return _multiplied(graph, doctrine, base, channels, direction)
    owner, owned, at_least, at_most, channel = _stacked(channels, direction)
    start, by_owner = ordered(owner, graph.size)
    held, rank, free = worklists.worklists(
        start,
        owned[by_owner],
        at_least[by_owner],
        at_most[by_owner],
        channel[by_owner],
        len(channels),
        base,
        graph.ends,
        doctrine.threshold_pct,
        doctrine.inclusive,
        doctrine.aggregate,
        doctrine.indirect == "none",
    )
    return Closure(_codes(held, free), rank, doctrine, base)


def _disputed(
    graph: Graph, doctrine: Doctrine, base: Codes, channels: list[Shares], direction: Shares | None
) -> Closure:
    """Close control where it is disputed how shares count along a chain: what multiplies to the line is surely held.

    In one reading a holder that is held by a majority counts with its whole share; in another who reaches the line so
    holds in turn what it has a majority of; the widest takes both. What is held in that one alone is unknown.
    """

    def majorities(of: Codes) -> Closure:
        closure = close(graph, _Majority(doctrine.interest, doctrine.also), of)
        return replace(closure, codes=np.maximum(of, closure.codes))

    least = _multiplied(graph, doctrine, base, channels, direction)
    majority = majorities(base)
    whole = _multiplied(graph, doctrine, majority.codes, channels, direction)
    widest = majorities(whole.codes)
    # In this order they are asked which one decides: see :func:`crossline.world.chains.readings`.
    readings = ((majority, whole), (least, majorities(least.codes)), (majority, whole, widest))
    codes = _codes(least.codes == TRUE, widest.codes == FALSE)
    return Closure(codes, least.rank, doctrine, base, least.by, readings)


def _codes(held: Mask, free: Mask) -> Codes:
    return np.where(held, TRUE, np.where(free, FALSE, UNKNOWN)).astype(np.uint8)


def _stacked(channels: list[Shares], direction: Shares | None) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """Join the edges of all channels; direction comes last, as the channel after them."""
    parts = [*channels, direction] if direction is not None else channels
    number = np.concatenate([np.full(len(p.owner), i, np.int32) for i, p in enumerate(parts)])
    return (
        np.concatenate([p.owner for p in parts]),
        np.concatenate([p.owned for p in parts]),
        np.concatenate([p.at_least for p in parts]),
        np.concatenate([p.at_most for p in parts]),
        number,
    )


def _multiplied(
    graph: Graph, doctrine: Doctrine, base: Codes, channels: list[Shares], direction: Shares | None
) -> Closure:
    """Close control where shares multiply along a chain: of all holders together, or of each one apart."""
    if doctrine.aggregate:
        return _together(graph, doctrine, base, channels, direction)
    return _apart(graph, doctrine, base, channels, direction)


def _apart(graph: Graph, doctrine: Doctrine, base: Codes, channels: list[Shares], direction: Shares | None) -> Closure:
    """Close control where shares multiply along a chain, and one holder's chains add up but not several holders'."""
    size = graph.size
    held, rank, by = base == TRUE, np.where(base == TRUE, 0, -1).astype(np.int32), np.full(size, -1, np.int32)
    ruled_out = (base == FALSE) & ~held
    sure, possible = np.flatnonzero(base == TRUE), np.flatnonzero(base != FALSE)
    for edges in channels:
        start, forward = ordered(edges.owner, size)
        into, backward = ordered(edges.owned, size)
        reached, length, who = worklists.apart(
            start, edges.owned[forward], edges.at_least[forward], sure, doctrine.threshold_pct, doctrine.inclusive,
            _MULTIPLY_ROUNDS, False,
        )  # fmt: skip
        sooner = reached & ((rank < 0) | (length < rank))
        rank[sooner], by[sooner] = length[sooner], who[sooner]
        held |= reached
        # Whom no statement names may hold as much as is not known to be others'; a named one no less than that.
        most = worklists.within_reach(
            start, edges.owned[forward], into, edges.owner[backward], edges.at_least[backward], possible, graph.ends,
            _room(edges, graph.ends), _MULTIPLY_ROUNDS,
        )  # fmt: skip
        ruled_out &= ~reaches(most, doctrine)
    level = 0
    while direction is not None:
        # Direction reaches on from whoever is held at each length of chain, the shortest first.
        directors = held[direction.owner] & (rank[direction.owner] == level)
        directed = direction.owned[directors]
        directed = directed[(rank[directed] < 0) | (rank[directed] > level + 1)]
        held[directed], rank[directed], by[directed] = True, level + 1, -1
        if level >= rank.max(initial=0):
            break
        level += 1
    ruled_out &= ~held
    free = (base == FALSE) & graph.ends & ~held
    return Closure(_codes(held, _undirected(direction, ruled_out) | free), rank, doctrine, base, by)


def _room(edges: Shares, ends: Mask) -> Floats:
    """Return the most, in per cent, that somebody may hold whom no statement names; it falls, and is always a bound."""
    high = np.where(ends, 0.0, 100.0)
    for _ in range(_MULTIPLY_ROUNDS):
        away = np.bincount(edges.owned, weights=edges.at_least * (100 - high[edges.owner]) / 100, minlength=len(ends))
        lower = np.where(ends, 0.0, np.clip(100 - away, 0, 100))
        moved = float(np.abs(lower - high).max(initial=0))
        high = lower
        if moved < TOLERANCE_PCT:
            break
    return high


def ordered(by: Ints, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where each party's edges begin, and the order that puts edges so."""
    order = np.argsort(by, kind="stable")
    return np.searchsorted(by[order], np.arange(size + 1)).astype(np.int64), order


def reaches(share: Floats, doctrine: Doctrine) -> Mask:
    """Return which shares, in per cent, reach a doctrine's line."""
    limit = doctrine.threshold_pct
    return share >= limit - TOLERANCE_PCT if doctrine.inclusive else share > limit + TOLERANCE_PCT


def _undirected(direction: Shares | None, ruled_out: Mask) -> Mask:
    """Leave out whoever is directed by one that is not ruled out."""
    safe = ruled_out.copy()
    while direction is not None:
        narrowed = safe.copy()
        narrowed[direction.owned[~safe[direction.owner]]] = False
        if (narrowed == safe).all():
            break
        safe = narrowed
    return safe


def _together(
    graph: Graph, doctrine: Doctrine, base: Codes, channels: list[Shares], direction: Shares | None
) -> Closure:
    """Close control where shares multiply along a chain, and those of all holders add up.

    ``low`` rises from nothing and ``high`` falls from everything, so that both are bounds whenever we stop; with
    cycles they approach their limits geometrically.
    """
    size = graph.size
    held, rank = base == TRUE, np.where(base == TRUE, 0, -1).astype(np.int32)
    free = (base == FALSE) & graph.ends
    low_by = [np.where(held, 100.0, 0.0) for _ in channels]
    high_by = [np.where(free, 0.0, 100.0) for _ in channels]

    directed = np.zeros(size, np.bool_)
    for level in range(1, _MULTIPLY_ROUNDS + 1):
        moved = 0.0
        if direction is not None:
            directed[direction.owned[held[direction.owner]]] = True
        for number, edges in enumerate(channels):
            came = np.bincount(edges.owned, weights=edges.at_least * low_by[number][edges.owner] / 100, minlength=size)
            low = np.where(base == TRUE, 100.0, np.minimum(came, 100))
            away = np.bincount(
                edges.owned, weights=edges.at_least * (100 - high_by[number][edges.owner]) / 100, minlength=size
            )
            high = np.where(free & graph.ends, 0.0, np.where(base == FALSE, np.clip(100 - away, 0, 100), 100.0))
            moved = max(
                moved,
                float(np.abs(low - low_by[number]).max(initial=0)),
                float(np.abs(high - high_by[number]).max(initial=0)),
            )
            low_by[number], high_by[number] = low, high
        now = held | directed
        for low in low_by:
            now |= reaches(low, doctrine)
        changed = bool((now & ~held).any())
        rank[now & ~held] = level
        held = now
        if moved < TOLERANCE_PCT and not changed:
            break
    ruled_out = (base == FALSE) & ~held
    for high in high_by:
        ruled_out &= ~reaches(high, doctrine)
    return Closure(_codes(held, _undirected(direction, ruled_out) | (free & ~held)), rank, doctrine, base)
