"""Whom an estate depends on, whatever any rule says of it: counts of assets by party and by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.kleene import TRUE
from crossline.reports import EXPOSURE
from crossline.world import control

if TYPE_CHECKING:
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding

_MOST: Final = 50  # rows of each sort


def exposure(session: Session, binding: Binding) -> pl.DataFrame:
    """Count, for each kind, the assets with a tie to each party, registered country and controlling state."""
    parts = [pl.DataFrame(schema=EXPOSURE)]
    answers = session.answers
    keys = answers.resolution.keys.frame
    label = keys.select(pl.coalesce(answers.party_ids, pl.col("type") + ":" + pl.col("value"))).to_series()
    states = _controlling_states(session, binding)
    for kind, holdings in session.estate.holdings.items():
        bundles = holdings.assets.group_by("bundle").len("assets")
        first, last = session.estate.ties.start[holdings.first], session.estate.ties.start[holdings.last]
        bundle = np.repeat(
            np.arange(holdings.first, holdings.last),
            np.diff(session.estate.ties.start[holdings.first : holdings.last + 1]),
        )
        ties = pl.DataFrame({"bundle": bundle.astype(np.uint32), "key": session.keys[first:last]})
        if not ties.height:
            continue
        total = holdings.assets.height
        for what, column in (
            ("party", label),
            ("state-registered", answers.resolution.registered),
            ("state-controlled", states),
        ):
            counted = (
                ties.with_columns(column.gather(ties["key"]).alias("id"))
                .drop_nulls("id")
                .unique(["bundle", "id"])
                .join(bundles, on="bundle")
                .group_by("id")
                .agg(pl.col("assets").sum().cast(pl.UInt64))
                .sort(["assets", "id"], descending=[True, False])
                .head(_MOST)
            )
            parts.append(
                counted.select(
                    pl.lit(what).alias("what"),
                    "id",
                    _names(session, counted["id"]).alias("name"),
                    pl.lit(kind).alias("kind"),
                    pl.lit(None, pl.String).alias("role"),
                    "assets",
                    (pl.col("assets") * 100.0 / total).alias("share_pct"),
                )
            )
    return pl.concat(parts)


def _names(session: Session, ids: pl.Series) -> pl.Series:
    """Name parties as the world does, and identifiers as a registry does, which says no more than that."""
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
        .select(pl.coalesce(pl.col("id").replace_strict(known, default=None, return_dtype=pl.String), "name"))
        .to_series()
    )


def _controlling_states(session: Session, binding: Binding) -> pl.Series:
    """Return, for each key, the state that controls its party under the regime's doctrine, where just one does."""
    answers, graph = session.answers, session.answers.graph
    result = np.full(len(answers.resolution.keys), -1, np.int64)
    name = binding.regime.controlled_by
    codes = _candidates(session) if name is not None else []
    for number, code in enumerate(codes):
        doctrine = binding.regime.doctrines[str(name)]
        base = control.located(graph, {code}, doctrine.also)
        base[answers.organs({code})] = TRUE
        of_key = answers.agree(control.close(graph, doctrine, base).codes) == TRUE
        result[of_key] = np.where(result[of_key] == -1, number, -2)
    return pl.Series("state", [*codes, None], pl.String).gather(np.where(result < 0, len(codes), result))


def _candidates(session: Session) -> list[str]:
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
