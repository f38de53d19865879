"""Under which party and which state each AS of a graph stands, and how much of that is known.

A number's registration says where a registry's paper lies, not where the network is; control says whose word its holder
has to take in the end. They are two readings of one graph, and reports carry both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.identifiers import state as iso
from crossline.internet.scenarios.holding import Holding
from crossline.text import plural
from crossline.world import control, resolve
from crossline.world.addresses import announced4

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crossline.internet.graph.topology import Topology
    from crossline.world import World

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Reading = Literal["registration", "domicile", "control"]
READINGS: Final = ("registration", "domicile", "control")
# ISO 3166-1 leaves these codes to users (8.1.3), so that a made-up Internet has states of its own. ZZ is among them and
# is left out: registries write it for what they do not know.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MADE_UP: Final = frozenset([f"X{x}" for x in _LETTERS] + [f"Q{x}" for x in _LETTERS if x >= "M"])
# What a registry may write and is no state (EU, AP, UK …) is in neither of the two.
STATES: Final = iso.CODES | MADE_UP
ADDRESSES_IN_BLOCK: Final = 256  # a /24


@dataclass(frozen=True)
class Standing:
    """Where each AS of a graph stands. Series and arrays have one entry an AS, (N,), in the graph's order.

    ``party``: the party's id, null where none or more than one is known. ``registered``: the registry's country for the
    number. ``country``: that, else the state in which most of its addresses are registered, else where its holder is
    incorporated; ``country_by`` says which (``registry``, ``addresses``, ``domicile``). ``incorporated``: where the
    party is. ``owned``: the state that owns it.
    ``controlled``: the one state at the top of its chain of control.
    """

    day: date  # numbers and addresses are read at this day, control at ``as_of``
    as_of: date
    party: pl.Series
    registered: pl.Series
    country: pl.Series
    country_by: pl.Series
    incorporated: pl.Series
    owned: pl.Series
    controlled: pl.Series
    addresses: Ints  # IPv4 addresses that it announces
    number: npt.NDArray[np.int32]  # its party's number in ``holding.graph``, -1 for none
    holding: Holding
    known: Mapping[str, Mapping[str, float | None]]  # by column: the shares of ASes, of links' ends, of addresses
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ambiguous: int = 0  # ASes whose number leads to several parties
    # What was worked out once on this graph and this world and is asked for again, by whoever puts it there.
    kept: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many ASes there are."""
        return len(self.party)

    @property
    def blocks(self) -> npt.NDArray[np.float64]:
        """The addresses in /24s, rounded to whole ones."""
        return np.rint(self.addresses / ADDRESSES_IN_BLOCK).astype(np.float64)

    def state(self, reading: Reading = "registration") -> pl.Series:
        """Return the state of each AS under a reading, null where it is unknown.

        By domicile and by control a network whose party, or whose owner, is unknown stands where it is registered.
        """
        if reading not in self.kept:
            first = {"domicile": self.incorporated, "control": self.controlled}.get(reading)
            made = self.country if first is None else first.zip_with(first.is_not_null(), self.country)
            self.kept[reading] = made.rename(reading)
        found: pl.Series = self.kept[reading]
        return found

    def own(self, reading: Reading) -> pl.Series:
        """Return which ASes stand where they do under a reading by its own facts, not by registration instead."""
        return {"domicile": self.incorporated, "control": self.controlled}.get(reading, self.country).is_not_null()

    def of_states(self, codes: set[str], reading: Reading = "registration") -> Mask:
        """Return which ASes stand under one of some states."""
        return _mask(self.state(reading).is_in(sorted(codes)))

    def of_parties(self, mask: Mask) -> Mask:
        """Return which ASes belong to some of the parties, given as a mask over their numbers."""
        return np.append(mask, False)[self.number]

    @property
    def frame(self) -> pl.DataFrame:
        """The columns side by side, without the AS numbers."""
        names = ("party", "registered", "country", "country_by", "incorporated", "owned", "controlled")
        made = {name: getattr(self, name) for name in names}
        return pl.DataFrame(made | {"addresses": self.addresses, "blocks": self.blocks})


def _mask(series: pl.Series) -> Mask:
    return series.fill_null(value=False).to_numpy().astype(np.bool_)


def standing(world: World, topology: Topology, as_of: date, *, accept_stale: bool = False) -> Standing:
    """Place every AS of a graph: numbers and addresses as of the graph's edition, control as of ``as_of``.

    Where the graph does not say its date, ``as_of`` stands for it.
    """
    day = topology.edition or as_of
    graph = control.graph(world, as_of)
    holding = Holding(graph)
    told = _Told(day)
    number, ambiguous = _parties(world, graph, topology, told, accept_stale=accept_stale)
    registered = _registered(world, topology, told, accept_stale=accept_stale)
    addresses, mostly = _addresses(world, topology, told, accept_stale=accept_stale)
    ids = pl.Series([*graph.ids, None], dtype=pl.String)
    placed = {name: holding.named(getattr(holding, name)) for name in ("incorporated", "owner", "top")}

    def of_party(values: pl.Series, name: str) -> pl.Series:
        return pl.concat([values, pl.Series([None], dtype=pl.String)]).gather(
            np.where(number < 0, graph.size, number)
        ).rename(name)  # fmt: skip

    incorporated = of_party(placed["incorporated"], "incorporated")
    country, by = _countries([("registry", registered), ("addresses", mostly), ("domicile", incorporated)])
    told.notes += _of_countries(by, day)
    columns = {
        "party": ids.gather(np.where(number < 0, graph.size, number)).rename("party"),
        "registered": registered.rename("registered"),
        "country": country.rename("country"),
        "incorporated": incorporated,
        "owned": of_party(placed["owner"], "owned"),
        "controlled": of_party(placed["top"], "controlled"),
    }
    told.sources |= _behind(holding, number)
    return Standing(
        day=day, as_of=as_of, party=columns["party"], registered=columns["registered"], country=columns["country"],
        country_by=by.rename("country_by"), incorporated=columns["incorporated"], owned=columns["owned"],
        controlled=columns["controlled"], addresses=addresses, number=number, holding=holding,
        known=_known(topology, columns, addresses), notes=tuple(told.notes), sources=tuple(sorted(told.sources)),
        ambiguous=ambiguous,
    )  # fmt: skip


def _countries(stated: list[tuple[str, pl.Series]]) -> tuple[pl.Series, pl.Series]:
    """Return the first state that is stated of each AS, and by what."""
    frame = pl.DataFrame([series.rename(name) for name, series in stated])
    by = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name, _ in stated)
    made = frame.select(pl.coalesce(pl.all()).alias("country"), by.alias("by"))
    return made["country"], made["by"]


def _of_countries(by: pl.Series, day: date) -> list[str]:
    """Say where states are unknown, or known by a holder's seat alone, and what would tell them."""
    registries = int(by.is_in(["registry", "addresses"]).sum())
    if registries:
        return []
    how = "`crossline world build --from DIR --output DIR` makes one that does (docs/world.md); give it with --world."
    lacking = "this world has no registry's file and no table of addresses that speaks for"
    known = int(by.is_not_null().sum())
    if not known:
        return [f"The states of networks are unknown: {lacking} {day}. {how}"]
    said = (
        f"The states of {len(by) - known:,} of {len(by):,} networks are unknown: {lacking} {day}. The other {known:,} "
        f"stand where their holder is incorporated. {how}"
    )
    return [said]


class _Told:
    """What a reader has to know of what was used, gathered on the way."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.notes: list[str] = []
        self.sources: set[str] = set()

    def use(self, sources: pl.Series) -> None:
        """Note the sources of statements that were used."""
        self.sources |= set(sources.drop_nulls().unique().to_list())

    def stale(self, what: str, seen: pl.Series, gained: int, size: int) -> None:
        """Say what statements of another time would give, were they accepted."""
        days = sorted({str(day) for day in seen.drop_nulls().unique()})
        if gained and days:
            self.notes.append(
                f"{what} {gained:,} of {size:,} networks is stated only as of {_span(days)}, which does not speak for "
                f"{self.day}, the day of the graph (a snapshot speaks for one year before it and three after). "
                f"--accept-stale would use it."
            )


def _span(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _parties(
    world: World, graph: control.Graph, topology: Topology, told: _Told, *, accept_stale: bool
) -> tuple[npt.NDArray[np.int32], int]:
    """Return the party's number of each AS, -1 where none is known or several are, and how many have several."""
    number = np.full(topology.size, -1, np.int32)
    stated = world.table("identifier").filter(pl.col("type") == "asn")["value"].unique()
    place = topology.index(stated.cast(pl.UInt32, strict=False).fill_null(0).to_numpy())
    here = np.unique(place[place >= 0])
    if not len(here):
        return number, 0
    keys = resolve.Keys(
        pl.DataFrame({"value": pl.Series(topology.asn[here]).cast(pl.String)})
        .with_row_index("key")
        .with_columns(type=pl.lit("asn"), date=pl.lit(told.day, pl.Date))
    )
    found = resolve.resolve(world, graph.number, keys, accept_stale=accept_stale)
    count = np.diff(found.start)
    one = count == 1
    number[here[one]] = found.party[found.start[:-1][one]]
    told.use(world.table("identifier")["source"].gather(found.statement[found.statement >= 0]))
    several = int((count > 1).sum())
    if several:
        told.notes.append(f"{plural(several, 'number')} of the graph lead to several parties; none of these is taken.")
    if found.stale.any() and not accept_stale:
        later = resolve.resolve(world, graph.number, keys, accept_stale=True)
        gained = (np.diff(later.start) > 0) & (count == 0)
        seen = world.table("identifier")["seen"].gather(later.statement[np.repeat(gained, np.diff(later.start))])
        told.stale("The party of", seen, int(gained.sum()), topology.size)
        passed = int(found.stale.sum()) - int(gained.sum())
        if passed:
            told.notes.append(
                f"Of {plural(passed, 'more network')} a party was stated at another time, and a registry's record "
                f"nearer to {told.day} names a holder in its own words; that the two are one is not taken for granted."
            )
    return number, several


def _registered(world: World, topology: Topology, told: _Told, *, accept_stale: bool) -> pl.Series:
    """Return the state that registries give for each number at the day, null where none speaks or they differ."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, topology.size)
    table = world.table("registration").filter((pl.col("type") == "asn") & pl.col("registered").is_in(sorted(STATES)))
    if not table.height or not topology.size:
        return nothing
    place = topology.index(table["value"].cast(pl.UInt32, strict=False).fill_null(0).to_numpy())
    here = place >= 0
    rows = resolve.spans(table.filter(here).select("registered", "seen", "source")).with_columns(
        key=pl.Series(place[here]), date=pl.lit(told.day, pl.Date)
    )
    spoken = resolve.nearest(rows, accept_stale=accept_stale)
    agreed = (
        spoken.group_by("key")
        .agg(pl.col("registered").first(), different=pl.col("registered").n_unique())
        .filter(pl.col("different") == 1)
    )
    told.use(spoken["source"])
    if not accept_stale:
        told.stale(
            "The country that a registry gives for the number of",
            rows["seen"], rows["key"].n_unique() - spoken["key"].n_unique(), topology.size,
        )  # fmt: skip
    return nothing.scatter(agreed["key"].to_numpy(), agreed["registered"]) if agreed.height else nothing


def _addresses(world: World, topology: Topology, told: _Told, *, accept_stale: bool) -> tuple[Ints, pl.Series]:
    """Return how many IPv4 addresses each AS announces, and the state in which most of those are registered.

    Where two states have as many, the one whose code comes first.
    """
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, topology.size)
    total = np.zeros(topology.size, np.int64)
    if not world.table("address4").height or not topology.size:
        return total, nothing
    counted = announced4(world, told.day, accept_stale=accept_stale)
    if not counted.height:
        later = announced4(world, told.day, accept_stale=True)
        gained = int((topology.index(later["asn"].unique().to_numpy()) >= 0).sum())
        told.stale("What is announced by", world.table("address4")["seen"], gained, topology.size)
        return total, nothing
    place = topology.index(counted["asn"].to_numpy())
    inside = counted.with_columns(place=pl.Series(place)).filter(pl.col("place") >= 0)
    np.add.at(total, inside["place"].to_numpy(), inside["addresses"].to_numpy())
    most = (
        inside.filter(pl.col("registered").is_in(sorted(STATES)))
        .sort("place", "addresses", "registered", descending=[False, True, False])
        .unique("place", keep="first", maintain_order=True)
    )
    table = world.table("address4")
    editions = [seen for seen in table["seen"].unique() if accept_stale or resolve.covers(seen, told.day)]
    told.use(table.filter(pl.col("seen").is_in(editions))["source"])
    return total, nothing.scatter(most["place"].to_numpy(), most["registered"]) if most.height else nothing


def _behind(holding: Holding, number: npt.NDArray[np.int32]) -> set[str]:
    """Return the sources of what was said of the parties of a graph, and of those above them."""
    graph = holding.graph
    above = np.zeros(graph.size, np.bool_)
    above[np.unique(number[number >= 0])] = True
    owner = graph.statements["owner_number"].to_numpy()
    owned = graph.statements["owned_number"].to_numpy()
    while True:
        grown = above.copy()
        grown[owner[above[owned]]] = True
        if (grown == above).all():
            break
        above = grown
    said = (
        graph.statements.filter(above[owned])["source"],
        graph.places.filter(above[graph.places["number"].to_numpy()])["source"],
    )
    return set(pl.concat(said).drop_nulls().unique().to_list())


def _known(topology: Topology, columns: Mapping[str, pl.Series], addresses: Ints) -> dict[str, dict[str, float | None]]:
    """Return for each column the share of ASes, of links' ends and of addresses for which it is known."""
    ends = np.concatenate([topology.provider, topology.customer, topology.peer_a, topology.peer_b])
    weights = {
        "ases": np.ones(topology.size),
        "link_ends": np.bincount(ends, minlength=topology.size).astype(np.float64),
        "addresses": addresses.astype(np.float64),
    }

    def share(there: Mask, weight: npt.NDArray[np.float64]) -> float | None:
        whole = float(weight.sum())
        return float(weight[there].sum()) / whole if whole else None

    return {
        name: {what: share(_mask(values.is_not_null()), weight) for what, weight in weights.items()}
        for name, values in columns.items()
    }
