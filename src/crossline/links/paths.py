"""Everything that is known between two ends, as one asset: its measurements, in either direction, and its circuits.

An end is one of our facilities where estate.yaml lets us know, else what the measurement or the inventory calls it.
A facility's columns speak for the path that enters or leaves it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import kinds
from crossline.links import Reading, text_column
from crossline.tables import Batch, encode_ties, extent_rows
from crossline.text import plural

if TYPE_CHECKING:
    from crossline.estate_file import EstateFile

ABOUT = "The measurements and circuits between two ends, and the path that they are parts of."
AFTER = ("facilities", "hop_devices", "netbox_pages")

_PART: Final = {
    "part": pl.String, "kind": pl.String, "a": pl.String, "b": pl.String, "known_a": pl.Boolean, "known_b": pl.Boolean,
    "observed_at": pl.Date, "hops": pl.Int64, "silent": pl.Int64, "status": pl.String, "file": pl.String,
    "locator": pl.String,
}  # fmt: skip
_ACCESS: Final = next(column.choices for column in kinds.load("path").columns if column.name == "access")
_NOT_5G: Final = _ACCESS.index("other-mobile")
_SEEN: Final = "what was measured or declared need not be all that there is between two ends"


def join(read: Reading) -> Reading:
    """Add a path for each pair of ends that a trace or a circuit joins."""
    parts = pl.concat(
        [pl.DataFrame(schema=_PART)]
        + [_parts(file, batch) for file, batch in read.batches if batch.kind in ("trace", "circuit")]
    )
    # A line that is planned or retired carries nothing.
    idle = pl.col("status").is_in(["planned", "retired"]).fill_null(value=False)
    unused = parts.filter(idle).height
    parts = parts.filter(~idle).drop("status")
    # A measurement that two files hold is one.
    parts = parts.drop_nulls(["a", "b"]).unique("part", keep="first", maintain_order=True)
    notes = read.notes
    if unused:
        notes = (*notes, f"{plural(unused, 'declared line')} planned or retired: part of no path")
    if not parts.height:
        return replace(read, notes=notes)
    turned = _labelled("a", "known_a") > _labelled("b", "known_b")
    parts = parts.with_columns(
        low=pl.when(turned).then("b").otherwise("a"),
        high=pl.when(turned).then("a").otherwise("b"),
        low_known=pl.when(turned).then("known_b").otherwise("known_a"),
        high_known=pl.when(turned).then("known_a").otherwise("known_b"),
    )
    ends = ["low", "high", "low_known", "high_known"]
    paths = (
        parts.group_by(ends, maintain_order=True)
        .agg(
            pl.col("observed_at").max(),
            (pl.col("kind") == "trace").sum().cast(pl.Int64).alias("measurements"),
            (pl.col("kind") == "circuit").sum().cast(pl.Int64).alias("circuits"),
            pl.col("hops").sum(),
            pl.col("silent").sum(),
            pl.col("file", "locator").first(),
        )
        .with_row_index("bundle")
    )
    ties = (
        parts.join(paths.select("bundle", *ends), on=ends, maintain_order="left")
        .with_columns(seq=pl.int_range(pl.len(), dtype=pl.UInt32).over("bundle"))
        .select(
            "bundle",
            pl.lit("part").alias("role"),
            "seq",
            pl.lit("asset").alias("type"),
            pl.col("part").alias("value"),
            pl.when(pl.col("kind") == "trace").then(pl.lit("observed")).otherwise(pl.lit("declared")).alias("basis"),
        )
    )
    identifiers, encoded = encode_ties(ties)
    extents = extent_rows(
        [
            (None, "part", "some", _SEEN),
            (None, "hop", "some", _SEEN),
            (None, "device", "some", _SEEN),
            (None, "vendor", "some", _SEEN),
        ]
    )
    made = Batch("path", _assets(paths, read.about), identifiers, encoded, extents)
    return replace(read, batches=(*read.batches, ("", made)), notes=notes)


def _labelled(end: str, known: str) -> pl.Expr:
    """Return an end as it stands in an id: a facility apart from a probe or an address of the same name."""
    return pl.when(known).then(pl.lit("facility/")).otherwise(pl.lit("")) + pl.col(end)


def _parts(file: str, batch: Batch) -> pl.DataFrame:
    assets = batch.assets
    if batch.kind == "trace":
        a, b = text_column(assets, "source"), text_column(assets, "destination")
    else:
        ends = assets["ends"]
        a, b = (ends.list.get(place, null_on_oob=True) for place in (0, 1))
    known_a, known_b = text_column(assets, "facility_a"), text_column(assets, "facility_b")
    whole = batch.kind == "trace"
    return assets.select(
        pl.col("asset").alias("part"),
        pl.lit(batch.kind).alias("kind"),
        pl.coalesce(pl.lit(known_a), pl.lit(a)).alias("a"),
        pl.coalesce(pl.lit(known_b), pl.lit(b)).alias("b"),
        pl.lit(known_a.is_not_null()).alias("known_a"),
        pl.lit(known_b.is_not_null()).alias("known_b"),
        pl.col("observed_at") if "observed_at" in assets.columns else pl.lit(None, pl.Date).alias("observed_at"),
        (pl.col("hops") if whole else pl.lit(None)).cast(pl.Int64).alias("hops"),
        (pl.col("silent") if whole else pl.lit(None)).cast(pl.Int64).alias("silent"),
        text_column(assets, "status").alias("status"),
        pl.lit(file).alias("file"),
        pl.col("locator") if "locator" in assets.columns else pl.lit(None, pl.String).alias("locator"),
    )


def _assets(paths: pl.DataFrame, about: EstateFile | None) -> pl.DataFrame:
    facilities = about.facilities if about else ()
    rows = [
        {
            "id": facility.id,
            "shown": facility.name,
            "facility": facility.columns().get("facility"),
            "facility_state": facility.columns().get("facility_state"),
            "access": facility.access,
        }
        for facility in facilities
    ]
    schema = dict.fromkeys(("id", "shown", "facility", "facility_state", "access"), pl.String)
    table = pl.DataFrame(rows, schema=schema)
    told = paths
    for end in ("low", "high"):
        # A word that happens to be a facility's id is one only where an address or a site said so.
        asked = told.with_columns(wanted=pl.when(f"{end}_known").then(end))
        told = asked.join(table, left_on="wanted", right_on="id", how="left", maintain_order="left").drop("wanted")
        told = told.rename({name: f"{end}_{name}" for name in ("shown", "facility", "facility_state", "access")})
    names = [pl.coalesce(f"{end}_shown", end) for end in ("low", "high")]
    return told.select(
        pl.format("path:{}|{}", *(_labelled(end, f"{end}_known") for end in ("low", "high"))).alias("asset"),
        pl.format("between {} and {}", *names).alias("name"),
        "observed_at",
        "locator",
        "bundle",
        "file",
        *_speaking(),
        pl.concat_list(*names).alias("ends"),
        "measurements",
        "circuits",
        pl.when(pl.col("hops") > 0)
        .then((pl.col("hops") - pl.col("silent")) * 100.0 / pl.col("hops"))
        .alias("hops_seen_pct"),
    )


def _speaking() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return what kind of facility a path enters or leaves, whose, and how, from what is known of its two ends.

    A diplomatic end speaks before another, wherever it stands. Where two such ends say different things of whose they
    are, none is said; traffic is of a kind of access if it is so at either.
    """
    ends = ("low", "high")
    mission = {end: (pl.col(f"{end}_facility") == "diplomatic").fill_null(value=False) for end in ends}
    some = mission["low"] | mission["high"]
    speaks = {end: mission[end] | ~some for end in ends}
    both = speaks["low"] & speaks["high"]
    # Of an end whose kind is not known nobody may say that it is no mission.
    facility = pl.when(some).then(pl.lit("diplomatic")).when(pl.col("low_facility") == pl.col("high_facility"))
    state = (
        pl.when(both & (pl.col("low_facility_state") == pl.col("high_facility_state")))
        .then("low_facility_state")
        .when(~both & speaks["low"])
        .then("low_facility_state")
        .when(~both)
        .then("high_facility_state")
    )
    order = {word: rank for rank, word in enumerate(_ACCESS)}
    ranks = [
        pl.when(speaks[end]).then(pl.col(f"{end}_access").replace_strict(order, default=None, return_dtype=pl.Int64))
        for end in ends
    ]
    least = pl.min_horizontal(*ranks)
    # An end that does not say how traffic reaches it may be the one with 5G.
    silent = pl.any_horizontal(*(speaks[end] & pl.col(f"{end}_access").is_null() for end in ends))
    access = pl.when((least < _NOT_5G) | ~silent).then(
        least.replace_strict(dict(enumerate(_ACCESS)), default=None, return_dtype=pl.String)
    )
    return facility.then("low_facility").alias("facility"), state.alias("facility_state"), access.alias("access")
