"""Whom an estate depends on, whatever any rule says of it: counts of assets by party and by state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.kleene import TRUE
from crossline.reports import EXPOSURE
from crossline.world import control

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding

_MOST: Final = 50  # rows of each sort
_OWN_NAME: Final = "vendor:"  # of identifiers that are names themselves


@dataclass(frozen=True)
class Tied:
    """The ties of one kind's assets to others than assets: ``bundle``, ``key`` and ``role`` (a number) of each.

    ``bundles`` has the number of ``assets`` of each bundle, ``total`` is that of all.
    """

    kind: str
    ties: pl.DataFrame
    bundles: pl.DataFrame
    total: int

    def naming(self, of_key: pl.Series, name: str, *others: str) -> pl.DataFrame:
        """Return the distinct bundles and values of a column by key, nulls left out, with the assets of each bundle.

        ``others`` are columns of the ties that keep rows apart.
        """
        # Numbers that show as words: a million ties have a few thousand values.
        words = of_key.drop_nulls().unique(maintain_order=True)
        value = of_key.cast(pl.Enum(words)).alias(name).gather(self.ties["key"])
        rows = self.ties.select("bundle", *others, value).drop_nulls(name).unique()
        return rows.join(self.bundles, on="bundle")


def tied(session: Session) -> Iterator[Tied]:
    """Yield the ties of each kind that has any; a tie to another asset of ours is no dependence on somebody."""
    # Nor is one to an address that nobody is known to announce; and addresses have no place in a report.
    elsewhere = (~session.answers.resolution.keys.frame["type"].is_in(["asset", "address"])).to_numpy()
    every = session.estate.ties
    for kind, holdings in session.estate.holdings.items():
        first, last = every.start[holdings.first], every.start[holdings.last]
        bundle = np.repeat(
            np.arange(holdings.first, holdings.last), np.diff(every.start[holdings.first : holdings.last + 1])
        )
        key = session.keys[first:last]
        ties = pl.DataFrame({"bundle": bundle.astype(np.uint32), "key": key, "role": every.role[first:last]})
        if not elsewhere[key].all():
            ties = ties.filter(pl.Series(elsewhere[key], dtype=pl.Boolean))
        if ties.height:
            bundles = holdings.assets.group_by("bundle").len("assets")
            yield Tied(kind, ties, bundles, holdings.assets.height)


def holders(session: Session) -> pl.Series:
    """Return whom each key leads to: the party's id, or ``type:value`` where no party or no single one is known."""
    frame = session.answers.resolution.keys.frame
    return frame.select(pl.coalesce(session.answers.party_ids, pl.col("type") + ":" + pl.col("value"))).to_series()


def exposure(session: Session, states: pl.Series) -> tuple[pl.DataFrame, dict[str, int]]:
    """Count, for each kind, the assets with a tie to each party, registered country and controlling state.

    ``states`` has the state that controls each key's party (:func:`controlling_states`). At most :data:`_MOST` rows of
    each sort and kind are returned, and by sort how many there are.
    """
    parts = [pl.DataFrame(schema=EXPOSURE)]
    total: dict[str, int] = {}
    # A state that is named as a place, such as where a cable lands, is nobody that is depended on.
    place = session.answers.resolution.keys.frame["type"] == "state"
    label = pl.select(pl.when(~place).then(holders(session))).to_series()
    for held in tied(session):
        for what, column in (
            ("party", label),
            ("state-registered", session.answers.resolution.registered),
            ("state-controlled", states),
        ):
            counted = (
                held.naming(column, "id")
                .group_by("id")
                .agg(pl.col("assets").sum().cast(pl.UInt64))
                .with_columns(pl.col("id").cast(pl.String))
                .sort("assets", pl.col("id").str.contains(":", literal=True), "id", descending=[True, False, False])
            )
            total[what] = total.get(what, 0) + counted.height
            counted = counted.head(_MOST)
            called = counted["id"] if what == "party" else "state-" + counted["id"].str.to_lowercase()
            parts.append(
                counted.select(
                    pl.lit(what).alias("what"),
                    "id",
                    names(session, called).alias("name"),
                    pl.lit(held.kind).alias("kind"),
                    pl.lit(None, pl.String).alias("role"),
                    "assets",
                    (pl.col("assets") * 100.0 / held.total).alias("share_pct"),
                )
            )
    return pl.concat(parts), total


def names(session: Session, ids: pl.Series) -> pl.Series:
    """Name parties as the world does, and identifiers as a registry does, which says no more than that.

    A maker's or a store's name is its identifier: what a list calls whoever it takes to be behind it would hide it.
    """
    answers = session.answers
    known = dict(zip(answers.graph.ids, answers.graph.names, strict=True))
    keys = answers.resolution.keys.frame.select("key", label=pl.col("type") + ":" + pl.col("value"))
    registry = (
        answers.resolution.registration.drop_nulls("name")
        .sort("gap", "seen", descending=[False, True])
        .unique("key", keep="first", maintain_order=True)
        .join(keys, on="key")
        .unique("label", keep="first")
    )
    return (
        pl.DataFrame({"id": ids})
        .join(registry.select("label", "name"), left_on="id", right_on="label", how="left", maintain_order="left")
        .select(
            pl.coalesce(
                pl.col("id").replace_strict(known, default=None, return_dtype=pl.String),
                pl.when(~pl.col("id").str.starts_with(_OWN_NAME)).then("name"),
                # Of a name that leads to nobody, how its file writes it.
                pl.col("id").replace_strict(session.estate.written, default=None, return_dtype=pl.String),
                pl.when(pl.col("id").str.starts_with(_OWN_NAME)).then(pl.col("id").str.strip_prefix(_OWN_NAME)),
            )
        )
        .to_series()
    )


def own_name(session: Session, key: str) -> str | None:
    """Return the name that an identifier is, as its file writes it; None for one that is a number."""
    return session.estate.written.get(key) or key.removeprefix(_OWN_NAME) if key.startswith(_OWN_NAME) else None


def controlling_states(session: Session, binding: Binding) -> pl.Series:
    """Return, for each key, the state that controls its party under the regime's doctrine, where just one does."""
    result = np.full(len(session.answers.resolution.keys), -1, np.int64)
    closures = by_state(session, binding, candidates(session))
    for number, closure in enumerate(closures.values()):
        of_key = session.answers.agree(closure.codes) == TRUE
        result[of_key] = np.where(result[of_key] == -1, number, -2)
    return pl.Series("state", [*closures, None], pl.String).gather(np.where(result < 0, len(closures), result))


def by_state(session: Session, binding: Binding, codes: Iterable[str]) -> dict[str, control.Closure]:
    """Return, by state, what is controlled from there under the regime's doctrine; nothing where it has none.

    A code that a state covers in the regime counts under that state. Where a body was incorporated is told apart, and
    is no control here, whatever the doctrine says: of those set up in the Cayman Islands few are run from there.
    """
    folded = covering(session, binding)
    states = dict.fromkeys(folded.get(code, code) for code in codes)
    return {
        state: closure
        for state in states
        if (closure := controlled(session, binding, session.answers.codes_of(state, binding))) is not None
    }


def covering(session: Session, binding: Binding) -> dict[str, str]:
    """Return the state under which a code counts in the regime at the date asked for, by code, where it is another."""
    return {
        code: state
        for state in dict.fromkeys(cover.state for cover in binding.regime.covers)
        for code in sorted(session.answers.codes_of(state, binding) - {state})
    }


def controlled(session: Session, binding: Binding, codes: set[str]) -> control.Closure | None:
    """Return what is run or held from these codes under the regime's doctrine; None where it has none."""
    answers, graph = session.answers, session.answers.graph
    name = binding.regime.controlled_by
    if name is None:
        return None
    doctrine = binding.regime.doctrines[name]
    base = control.located(graph, codes, tuple(limb for limb in doctrine.also if limb != "domicile"))
    base[answers.organs(codes)] = TRUE
    return control.close(graph, doctrine, base)


def candidates(session: Session) -> list[str]:
    """Return the states that can control anybody here: owners of something, and homes of parties."""
    graph = session.answers.graph
    places = graph.places
    owners = places.filter(pl.col("number").is_in(graph.statements["owner_number"].to_list()))
    homes = places.filter(pl.col("kind") != "state")
    found = pl.concat([owners["domicile"], homes["domicile"], homes["seat"]])
    return sorted(found.drop_nulls().unique().to_list())


def resolved(session: Session) -> dict[str, dict[str, Any]]:
    """Say, for each type of identifier, how many there are, how many a party holds, and how many a registry names."""
    resolution = session.answers.resolution
    held = np.diff(resolution.start) > 0
    named = np.zeros(len(held), np.bool_)
    named[resolution.registration["key"].to_numpy()] = True
    nameless = np.zeros(len(held), np.bool_)
    nameless[list(resolution.nameless)] = True
    frame = resolution.keys.frame.select("type", "value").with_columns(
        held=pl.Series(held), named=pl.Series(named), nameless=pl.Series(nameless), stale=pl.Series(resolution.stale)
    )
    summary = (
        frame.group_by("type", "value", maintain_order=True)
        .agg(pl.col("held", "named", "nameless", "stale").any())
        .group_by("type", maintain_order=True)
        .agg(pl.len().alias("total"), pl.col("held", "named", "nameless", "stale").sum())
    )
    return {
        row["type"]: {k: v for k, v in row.items() if k != "type"}
        for row in summary.iter_rows(named=True)
        if row["type"] != "asset"
    }
