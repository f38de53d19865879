"""Cables of an export: what is plugged in where, and which machines a line runs through inside our sites.

A line is followed from a circuit's end over each cable to what is plugged in there, through patch panels (a front
port to its rear port and back), to the first port that ends it. A rear port of several positions leads on only where
the line came through one of them; anything deeper is left, and the machines up to there stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from crossline.readers.netbox.refusals import Refusals
    from crossline.readers.netbox.stream import Tables

STEPS: Final = 32  # cables in a row; panels in one building are fewer
ENDS: Final = 64  # of one cable, on each side; breakout cables have up to sixteen
MOST: Final = 4_000_000  # lines followed at once

CIRCUIT: Final = "circuits.circuittermination"
FRONT: Final = "dcim.frontport"
REAR: Final = "dcim.rearport"
PORTS: Final = ("dcim.interface", FRONT, REAR)  # what carries traffic; power and console cables do not

END: Final = pl.Schema(
    {
        "cable": pl.Int64(),
        "side": pl.String(),
        "type": pl.String(),
        "object": pl.Int64(),
        "device": pl.Int64(),
        "offset": pl.Int64(),
    }
)


def content_types(tables: Tables) -> pl.DataFrame:
    """Return ``type_number`` and ``type`` (``dcim.interface``), of content types that were exported with numbers."""
    found = tables.table("contenttypes.contenttype")
    if found is None:
        return pl.DataFrame(schema={"type_number": pl.Int64, "type": pl.String})
    named = found.select(pl.col("id").alias("type_number"), pl.format("{}.{}", "app", "model").alias("type"))
    return named.drop_nulls().unique("type_number", keep="first", maintain_order=True)


def typed(frame: pl.DataFrame, types: pl.DataFrame) -> pl.DataFrame:
    """Replace ``app``, ``model`` and ``type_number`` by ``type``."""
    joined = frame.join(types, on="type_number", how="left", maintain_order="left")
    spelt = pl.format("{}.{}", "app", "model")
    return joined.with_columns(type=pl.coalesce(spelt, "type")).drop("app", "model", "type_number")


def ends(tables: Tables, types: pl.DataFrame) -> pl.DataFrame:
    """Return the ends of all cables (:data:`END`), of NetBox before and since 3.3."""
    parts = [pl.DataFrame(schema=END)]
    new = tables.table("dcim.cabletermination")
    if new is not None:
        parts.append(typed(new, types).select(*_picked("cable", "end", "type", "object", "device")))
    old = tables.table("dcim.cable")
    if old is not None:
        for end in "ab":
            names = {f"{end}_{part}": part for part in ("type_number", "app", "model", "object", "device")}
            one = old.select(pl.col("id").alias("cable"), "offset", *names).rename(names)
            one = typed(one.filter(pl.col("object").is_not_null()), types)
            parts.append(
                one.with_columns(pl.lit(end.upper()).alias("end")).select(
                    *_picked("cable", "end", "type", "object", "device")
                )
            )
    made = pl.concat(parts).drop_nulls(["cable", "type", "object"])
    for model in PORTS:
        ports = tables.table(model)
        if ports is not None:
            known = ports.select(
                pl.lit(model).alias("type"), pl.col("id").alias("object"), pl.col("device").alias("own")
            )
            known = known.drop_nulls().unique("object", keep="first")
            made = made.join(known, on=["type", "object"], how="left", maintain_order="left")
            made = made.with_columns(pl.coalesce("device", "own").alias("device")).drop("own")
    return made.filter(pl.col("side").is_in(["A", "B"])).unique(
        ["cable", "side", "type", "object"], maintain_order=True
    )


def _picked(cable: str, side: str, *rest: str) -> list[pl.Expr]:
    return [pl.col(cable), pl.col(side).alias("side"), *(pl.col(name) for name in rest), pl.col("offset")]


def sound(every: pl.DataFrame, refused: Refusals) -> pl.DataFrame:
    """Leave out cables with more ends than a cable has."""
    crowded = every.group_by("cable", "side").len().filter(pl.col("len") > ENDS)["cable"].unique()
    odd = every.filter(pl.col("cable").is_in(crowded.implode()))
    refused.add(f"dcim.cable: more than {ENDS} ends on one side", odd.unique("cable")["offset"].to_numpy())
    return every.filter(~pl.col("cable").is_in(crowded.implode()))


def across(every: pl.DataFrame) -> pl.DataFrame:
    """Return, for each end, what is at the other side of its cable: ``type``, ``object``, ``to_type`` and so on."""
    here = every.select("cable", "side", "type", "object")
    there = every.select(
        "cable",
        pl.col("side").replace_strict({"A": "B", "B": "A"}, default=None).alias("side"),
        pl.col("type").alias("to_type"),
        pl.col("object").alias("to_object"),
        pl.col("device").alias("to_device"),
    )
    return here.join(there, on=["cable", "side"], how="inner").drop("cable", "side")


def mappings(tables: Tables) -> pl.DataFrame:
    """Return how panels lead through: front port, rear port, its position, and how many positions that one has."""
    parts = [pl.DataFrame(schema={"front": pl.Int64, "rear": pl.Int64, "position": pl.Int64})]
    fronts, mapped = tables.table(FRONT), tables.table("dcim.portmapping")
    if fronts is not None:
        parts.append(
            fronts.select(
                pl.col("id").alias("front"),
                pl.col("rear_port").alias("rear"),
                pl.col("rear_port_position").alias("position"),
            )
        )
    if mapped is not None:
        parts.append(
            mapped.select(
                pl.col("front_port").alias("front"),
                pl.col("rear_port").alias("rear"),
                pl.col("rear_port_position").alias("position"),
            )
        )
    made = pl.concat(parts).drop_nulls(["front", "rear"]).with_columns(pl.col("position").fill_null(1))
    made = made.unique(["rear", "position"], keep="first", maintain_order=True).unique(
        "front", keep="first", maintain_order=True
    )
    rears = tables.table(REAR)
    if rears is None:
        return made.with_columns(pl.lit(1, pl.Int64).alias("positions"))
    positions = rears.select(pl.col("id").alias("rear"), "positions").drop_nulls("rear").unique("rear", keep="first")
    return made.join(positions, on="rear", how="left").with_columns(pl.col("positions").fill_null(1))


def followed(every: pl.DataFrame, panels: pl.DataFrame) -> pl.DataFrame:
    """Return the machines on each circuit's ends: ``termination`` and ``device``, nearest first."""
    links = across(every)
    now = links.filter(pl.col("type") == CIRCUIT).select(
        pl.col("object").alias("termination"),
        pl.lit(None, pl.Int64).alias("position"),
        "to_type", "to_object", "to_device",
    )  # fmt: skip
    found = [pl.DataFrame(schema={"termination": pl.Int64, "device": pl.Int64})]
    seen = pl.DataFrame(schema={"termination": pl.Int64, "type": pl.String, "object": pl.Int64, "position": pl.Int64})
    for _ in range(STEPS):
        found.append(now.select("termination", pl.col("to_device").alias("device")))
        onward = pl.concat([_to_rear(now, panels), _to_front(now, panels)]).unique(maintain_order=True)
        onward = onward.join(seen, on=seen.columns, how="anti", nulls_equal=True, maintain_order="left")
        if not onward.height or onward.height + seen.height > MOST:
            break
        seen = pl.concat([seen, onward])
        now = onward.join(links, on=["type", "object"], how="inner", maintain_order="left")
        now = now.select("termination", "position", "to_type", "to_object", "to_device")
    return pl.concat(found).drop_nulls().unique(maintain_order=True)


def _to_rear(now: pl.DataFrame, panels: pl.DataFrame) -> pl.DataFrame:
    """Go from front ports to their rear ports; a position is kept in mind where the rear port has several."""
    at = now.filter(pl.col("to_type") == FRONT).join(
        panels.rename({"position": "own"}), left_on="to_object", right_on="front", how="inner", maintain_order="left"
    )  # fmt: skip
    single = pl.col("positions") == 1
    at = at.filter(single | pl.col("position").is_null())
    kept = pl.when(single).then(pl.col("position")).otherwise(pl.col("own"))
    return at.select("termination", pl.lit(REAR).alias("type"), pl.col("rear").alias("object"), kept.alias("position"))


def _to_front(now: pl.DataFrame, panels: pl.DataFrame) -> pl.DataFrame:
    """Go from rear ports to the front port of the position that was kept in mind, or of the only one."""
    at = now.filter(pl.col("to_type") == REAR).join(
        panels.rename({"position": "own"}), left_on="to_object", right_on="rear", how="inner", maintain_order="left"
    )  # fmt: skip
    single = pl.col("positions") == 1
    at = at.filter(single | (pl.col("position") == pl.col("own")))
    kept = pl.when(single).then(pl.col("position")).otherwise(pl.lit(None, pl.Int64))
    return at.select(
        "termination", pl.lit(FRONT).alias("type"), pl.col("front").alias("object"), kept.alias("position")
    )
