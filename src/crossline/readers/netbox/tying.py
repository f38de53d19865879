"""Batches made of assets, ties and extents by row: assets that carry the same of both share a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import EXTENT, Batch, encode_ties, extent_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.tables import Extent

ROW: Final = "row"
TIES: Final = pl.Schema(
    {
        ROW: pl.UInt32(),
        "role": pl.String(),
        "type": pl.String(),
        "value": pl.String(),
        "seq": pl.UInt32(),
        "locator": pl.String(),
    }
)
EXTENTS: Final = pl.Schema({ROW: pl.UInt32(), "role": pl.String(), "extent": pl.String(), "reason": pl.String()})


def bundled(
    kind: str,
    assets: pl.DataFrame,
    ties: pl.DataFrame,
    extents: pl.DataFrame,
    general: Sequence[tuple[int | None, str, Extent, str | None]],
) -> Batch:
    """Return a batch. ``assets``, ``ties`` (:data:`TIES`) and ``extents`` (:data:`EXTENTS`) are joined by ``row``.

    ``general`` are extents that hold for all. Every tie is declared: it is what the inventory says.
    """
    ties = ties.sort(ROW, "seq", "role", "type", "value")
    spelt = pl.concat_str("role", "type", "value", "seq", pl.col("locator").fill_null(""), separator="\x1f")
    tied = ties.group_by(ROW, maintain_order=True).agg(spelt.str.join("\x1e").alias("ties"))
    said = pl.concat_str("role", "extent", pl.col("reason").fill_null(""), separator="\x1f")
    seen = extents.sort(ROW, "role").group_by(ROW, maintain_order=True).agg(said.str.join("\x1e").alias("seen"))
    keyed = (
        assets.select(ROW)
        .join(tied, on=ROW, how="left", maintain_order="left")
        .join(seen, on=ROW, how="left", maintain_order="left")
    )
    distinct = keyed.unique(["ties", "seen"], keep="first", maintain_order=True).with_row_index("bundle")
    number = keyed.join(
        distinct.select("ties", "seen", "bundle"),
        on=["ties", "seen"], how="left", maintain_order="left", nulls_equal=True,
    )["bundle"]  # fmt: skip
    of_bundle = distinct.select(ROW, "bundle")
    own = ties.join(of_bundle, on=ROW, how="inner", maintain_order="left").sort("bundle", maintain_order=True)
    identifiers, pointing = encode_ties(
        own.select("bundle", "role", "type", "value", "seq", pl.lit("declared").alias("basis"), "locator")
    )
    special = (
        extents.join(of_bundle, on=ROW, how="inner", maintain_order="left")
        .select("bundle", "role", pl.col("extent").cast(EXTENT), "reason")
    )  # fmt: skip
    return Batch(
        kind,
        assets.drop(ROW).with_columns(bundle=number.cast(pl.UInt32)),
        identifiers,
        pointing.select("bundle", "role", "identifier", "seq", "basis", "locator"),
        pl.concat([extent_rows(list(general)), special]),
    )
