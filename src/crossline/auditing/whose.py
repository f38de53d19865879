"""Who stands behind an identifier, and in which states: what the world says, each statement with its source.

A party is who the facts lead to. Where they lead to nobody, the words of registries are kept as claims, each with who
makes it: identifiers that one source calls the same stand together, and names of two sources that look alike do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.auditing.exposure import by_state, candidates, controlled, covering
from crossline.kleene import TRUE
from crossline.world import chains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.world.control import Closure

CLAIMS: Final = 4  # told of one identifier
STATES: Final = 8
# How a state stands behind, in the order that it is told: where the party is controlled from, has its head office, was
# incorporated, and the country that a registry names. Nobody is in control by mere incorporation.
AS: Final = ("in-control", "seat", "incorporated", "registered")

_CLAIM: Final = pl.List(pl.Struct({"name": pl.String(), "registered": pl.String(), "source": pl.String()}))
# Of what is in control ``doctrine`` is the regime by whose doctrine, and ``covered`` codes that count under the state
# in it, by which it controls.
_OF_STATE: Final = {
    "state": pl.String(), "as": pl.String(), "source": pl.String(), "doctrine": pl.String(),
    "covered": pl.List(pl.String()),
}  # fmt: skip
_STATE: Final = pl.List(pl.Struct(_OF_STATE))
OWNER: Final = pl.Schema(
    {
        "key": pl.UInt32(),
        "group": pl.UInt32(),  # a number, the same for identifiers of one owner; null where nobody is known
        "owner": pl.String(),  # how the world calls the party, or a registry the holder
        "party": pl.String(),  # its id, where the identifier leads to exactly one
        "said_by": pl.List(pl.String()),  # sources of the statements that lead to the party
        "claims": _CLAIM,  # what registries say: the holder's name, a country
        "states": _STATE,  # code, one of AS, and a source: for what is in control of the one statement that decides
    }
)
_STATED: Final = pl.Schema({"key": pl.UInt32(), "state": pl.String(), "as": pl.String(), "source": pl.String()})
TOLD: Final = tuple(name for name in OWNER if name not in ("key", "group"))


@dataclass(frozen=True)
class Whose:
    """``owners`` has a row for each key asked about, ``states`` a row for each of their states."""

    owners: pl.DataFrame  # OWNER
    states: pl.DataFrame  # key, state, as, source, doctrine, covered

    @property
    def sources(self) -> set[str]:
        """The ids of all sources that are named."""
        parts = [
            self.owners["said_by"].explode(),
            self.owners["claims"].explode().struct.field("source"),
            self.states["source"],
        ]
        return set(pl.concat([part.rename("source") for part in parts]).drop_nulls())


def whose(session: Session, bindings: Sequence[Binding], keys: npt.NDArray[np.int64]) -> Whose:
    """Say of each of these keys (distinct) who stands behind it."""
    asked = pl.DataFrame({"key": keys}, schema={"key": pl.UInt32})
    parties, claims = _parties(session, asked), _claims(session, asked)
    states = _states(session, bindings, parties, claims)
    held = parties.group_by("key", maintain_order=True).agg(
        pl.col("id").unique(maintain_order=True).sort(),
        pl.col("name").unique(maintain_order=True).sort(),
        pl.col("source").drop_nulls().unique(maintain_order=True).alias("said_by"),
    )
    said = claims.group_by("key", maintain_order=True).agg(
        pl.struct("name", "registered", "source").head(CLAIMS).alias("claims"),
        pl.col("name").drop_nulls().first().alias("called"),
        pl.col("source").filter(pl.col("name").is_not_null()).first().alias("caller"),
    )
    stand = (
        states.with_columns(rank=ranked())
        .sort("rank", "state", "source", nulls_last=True)
        .group_by("key", maintain_order=True)
        .agg(pl.struct(*_OF_STATE).head(STATES).alias("states"))
    )
    one = pl.col("id").list.len() == 1
    joined = (
        asked.join(held, on="key", how="left", maintain_order="left")
        .join(said, on="key", how="left", maintain_order="left")
        .join(stand, on="key", how="left", maintain_order="left")
    )
    known = pl.col("id").is_not_null()
    owners = joined.select(
        "key",
        pl.when(known)
        .then(pl.lit("party\x1f") + pl.col("id").list.join("\x1f"))
        .when(pl.col("called").is_not_null())
        .then(pl.format("claim\x1f{}\x1f{}", "caller", "called"))
        .rank("dense")
        .alias("group"),
        pl.when(known).then(pl.col("name").list.join(" or ")).otherwise("called").alias("owner"),
        pl.when(one).then(pl.col("id").list.first()).alias("party"),
        pl.col("said_by"),
        pl.col("claims"),
        pl.col("states"),
    )
    return Whose(owners.cast(OWNER), states)


def _parties(session: Session, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the parties that each key leads to: key, number, id, name, and the source that says so."""
    resolution, graph = session.answers.resolution, session.answers.graph
    every = pl.DataFrame(
        {
            "key": np.repeat(np.arange(len(resolution.keys)), np.diff(resolution.start)).astype(np.uint32),
            "number": resolution.party.astype(np.int64),
            "statement": resolution.statement.astype(np.int64),
        }
    ).join(asked, on="key", how="semi", maintain_order="left")
    stated = session.answers.world.table("identifier")["source"]
    # A party that is an identifier of itself needs no statement (-1).
    row = pl.when(pl.col("statement") >= 0).then("statement")
    place = every.select(row).to_series()
    number = every["number"]
    return every.select(
        "key",
        "number",
        pl.Series("id", graph.ids, pl.String).gather(number).alias("id"),
        pl.Series("name", graph.names, pl.String).gather(number).alias("name"),
        stated.gather(place).alias("source"),
    )


def _claims(session: Session, asked: pl.DataFrame) -> pl.DataFrame:
    """Return what registries say of each key, each statement once: key, name, registered, source.

    Those that speak for the date stand first, of these the source that knows most of the
    identifiers of that type.
    """
    speaks = pl.lit(session.answers.accept_stale) | (pl.col("gap") == 0)
    return (
        session.answers.resolution.registration.join(asked, on="key", how="semi")
        .join(session.answers.resolution.keys.frame.select("key", "type"), on="key", how="left")
        .with_columns(known=pl.len().over("type", "source"))
        .sort("key", "gap", "known", "source", "name", descending=[False, False, True, False, False], nulls_last=True)
        .select("key", "name", pl.when(speaks).then("registered").alias("registered"), "source")
        .filter(pl.col("name").is_not_null() | pl.col("registered").is_not_null())
        .unique(maintain_order=True)
    )


def _states(session: Session, bindings: Sequence[Binding], parties: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Return the states behind each key: key, state, as, source, doctrine, covered."""
    homes = session.answers.graph.places.filter(pl.col("kind") != "dispersed").with_columns(
        pl.col("number").cast(pl.Int64)
    )
    parts = [
        claims.drop_nulls("registered").select(
            "key", pl.col("registered").alias("state"), pl.lit("registered").alias("as"), "source"
        )
    ]
    for column, way in (("domicile", "incorporated"), ("seat", "seat")):
        placed = homes.select("number", pl.col(column).alias("state"), pl.lit(way).alias("as"), "source")
        placed = placed.drop_nulls("state").unique(maintain_order=True)
        parts.append(parties.select("key", "number").join(placed, on="number").drop("number"))
    told = pl.concat([part.select(*_STATED).cast(_STATED) for part in parts]).unique(maintain_order=True)
    told = told.with_columns(doctrine=pl.lit(None, pl.String()), covered=pl.lit([], pl.List(pl.String())))
    return pl.concat([told, _controlled(session, bindings, parties)])


def _controlled(session: Session, bindings: Sequence[Binding], parties: pl.DataFrame) -> pl.DataFrame:
    """Return the states that the parties of each key are controlled from, and by which codes that count under them."""
    numbers = parties["number"].unique().sort()
    made = [pl.DataFrame(schema={"key": pl.UInt32(), **_OF_STATE})]
    # Doctrines differ; the first regime that has one for control is asked, and named.
    binding = next((one for one in bindings if one.regime.controlled_by is not None), None)
    if binding is None or not len(numbers):
        return made[0]
    codes = candidates(session)
    folded = covering(session, binding)
    apart = {code: controlled(session, binding, {code}) for code in codes if code in folded}
    for state, closure in by_state(session, binding, codes).items():
        held = numbers.filter(pl.Series(closure.codes[numbers.to_numpy()] == TRUE))
        by = {code: part for code, part in apart.items() if folded[code] == state and part is not None}
        through = [[code for code, part in by.items() if part.codes[number] == TRUE] for number in held]
        counted_there = session.answers.codes_of(state, binding)
        sources = [_deciding(session, closure, number, counted_there) for number in held]
        about = pl.DataFrame(
            {"number": held, "source": sources, "covered": through},
            schema_overrides={"source": pl.String(), "covered": pl.List(pl.String())},
        )
        made.append(
            parties.select("key", "number").join(about, on="number").group_by("key", maintain_order=True)
            .agg(pl.when(pl.len() == 1).then(pl.col("source").first()), covered())
            .select("key", pl.lit(state).alias("state"), pl.lit("in-control").alias("as"), "source",
                    pl.lit(binding.regime.id).alias("doctrine"), "covered")
        )  # fmt: skip
    return pl.concat(made)


def _deciding(session: Session, closure: Closure, number: int, codes: set[str]) -> str | None:
    """Return the source of the statement that puts a party in control of a state, where one alone does."""
    if closure.rank[number] > 1:
        return None
    steps, roots = chains.held_by(session.answers.graph, closure, number)
    sources = [step.source for step in steps]
    places = session.answers.graph.places
    for row in places.filter(pl.col("number").is_in(roots) & (pl.col("kind") != "state")).iter_rows(named=True):
        # Where a body was incorporated controls nobody; an agency's domicile is whose it is.
        columns = ("domicile", "seat") if row["kind"] == "agency" else ("seat",)
        sources += [row["source"] for column in columns if row[column] in codes][:1]
    return sources[0] if len(sources) == 1 else None


def counted(states: pl.DataFrame) -> pl.DataFrame:
    """Return each state and way of standing behind a key once: key, state, as, and the codes that count under it."""
    return states.group_by("key", "state", "as", maintain_order=True).agg(covered())


def covered() -> pl.Expr:
    """Gather the codes that count under a state, each once."""
    return pl.col("covered").list.explode().drop_nulls().unique().sort()


def ranked() -> pl.Expr:
    """Return the place of a way of standing behind something in the order that it is told."""
    return pl.col("as").replace_strict(AS, range(len(AS)), default=len(AS), return_dtype=pl.Int8)


def lean(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a state by whose doctrine it is none in control, and that no other code counts under it."""
    return {name: value for name, value in row.items() if name not in ("doctrine", "covered") or value}


def stated(row: dict[str, Any]) -> dict[str, Any]:
    """Put an empty list where a row of :data:`OWNER` has none."""
    told = {
        name: [] if value is None and name in ("said_by", "claims", "states") else value for name, value in row.items()
    }
    return told | {"states": [lean(state) for state in told["states"]]}


def stated_of_several(row: dict[str, Any]) -> dict[str, Any]:
    """Say of an owner of several identifiers what holds of all: without a party, one claim and its country."""
    told = stated(row)
    if told["party"] is None and not told["said_by"]:
        told["claims"] = told["claims"][:1]
        sources = {claim["source"] for claim in told["claims"]}
        told["states"] = [state for state in told["states"] if state["source"] in sources]
    return told
