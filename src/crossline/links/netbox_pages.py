"""Pages of one NetBox's API, a file each: addresses, parts and cables of one page belong to devices of another.

The reader gives each page of devices or circuits as assets, and what other pages say of them as records
(crossline.readers.netbox.pages.FRAGMENT). Here devices get the makers of their parts and the addresses of their
interfaces, circuits the machines at their ends and the AS numbers of their providers, and the records go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.readers.netbox import circuits, devices, naming
from crossline.readers.netbox.pages import FRAGMENT
from crossline.readers.netbox.tying import ROW, bundled

if TYPE_CHECKING:
    from crossline.links import Reading
    from crossline.tables import Batch

ABOUT: Final = "pages of a NetBox's API: devices with their parts, addresses and cables"
AFTER: Final = ()

_PLACE: Final = "batch"  # the place of an asset's batch in the reading


@dataclass(frozen=True)
class _Said:
    """The records of one NetBox, and which of its pages are all there."""

    records: pl.DataFrame

    def of(self, *fragments: str) -> pl.DataFrame:
        """Return the records of some sorts."""
        return self.records.filter(pl.col("fragment").is_in(fragments))

    def short(self, endpoint: str, have: int) -> int:
        """Return how many objects of an endpoint NetBox counts beyond those that were read."""
        pages = self.of("page").filter(pl.col("text") == endpoint)
        counted = pages["of"].max()
        return max(int(counted) - have, 0) if isinstance(counted, int) else 0

    def has(self, endpoint: str) -> bool:
        """Return whether there is a page of an endpoint."""
        return bool(self.of("page").filter(pl.col("text") == endpoint).height)

    def missing(self) -> str | None:
        """Return why the parts of devices could not all be seen, None where they could."""
        for endpoint, fragment, why in (
            ("dcim/inventory-items", "item", devices.NO_ITEMS),
            ("dcim/modules", "module", devices.NO_MODULES),
        ):
            if not self.has(endpoint):
                return why
            if self.short(endpoint, self.of(fragment)["netbox_id"].n_unique()):
                return f"not all pages of {endpoint.partition('/')[2]} were read"
        return None


def join(read: Reading) -> Reading:
    """Join the pages of each NetBox, and take the records out."""
    pages = [place for place, (_, batch) in enumerate(read.batches) if "netbox" in batch.assets.columns]
    if not pages:
        return read
    batches: dict[int, tuple[str, Batch]] = dict(enumerate(read.batches))
    fragments = [pl.DataFrame(schema=FRAGMENT | {_PLACE: pl.Int64})]
    for place in pages:
        assets = batches[place][1].assets
        if "fragment" in assets.columns:
            fragments.append(assets.select(*FRAGMENT.names(), pl.lit(place, pl.Int64).alias(_PLACE)))
            del batches[place]
    every = pl.concat(fragments)
    owned = [place for place in pages if place in batches]
    owned = [place for place in owned if batches[place][1].assets.height]
    where = {place: str(batches[place][1].assets["netbox"][0]) for place in owned}
    notes = list(read.notes)
    after: list[tuple[str, Batch]] = []
    for netbox in dict.fromkeys([*where.values(), *every["netbox"].unique(maintain_order=True)]):
        said = _Said(
            every.filter((pl.col("netbox") == netbox) | ((pl.col("netbox") == "") & (pl.col("fragment") == "page")))
        )
        here = {place: batches[place] for place in owned if where[place] == netbox}
        machines = _devices({p: b for p, b in here.items() if b[1].kind == "device"}, said, batches, notes)
        _circuits({p: b for p, b in here.items() if b[1].kind == "circuit"}, said, machines, batches, notes)
        after += _cables(said, machines, read)
    return type(read)(tuple(batches[place] for place in sorted(batches)) + tuple(after), read.about, tuple(notes))


def _united(pages: dict[int, tuple[str, Batch]]) -> pl.DataFrame:
    """Return the assets of some pages, each of NetBox's numbers once, with the place of their batch."""
    parts = [
        batch.assets.with_columns(pl.lit(place, pl.Int64).alias(_PLACE)) for place, (_, batch) in sorted(pages.items())
    ]
    every = pl.concat(parts, how="diagonal")
    return every.unique("netbox_id", keep="first", maintain_order=True).with_row_index(ROW)


def _devices(
    pages: dict[int, tuple[str, Batch]], said: _Said, batches: dict[int, tuple[str, Batch]], notes: list[str]
) -> pl.DataFrame:
    """Join devices with their parts and addresses; return them: ``device`` (a number), asset, name, site, site_name."""
    if not pages:
        if said.of("address", "module", "item").height:
            notes.append("addresses or parts of devices of a NetBox, no page of whose devices was read, are left out")
        return pl.DataFrame(
            schema={
                "device": pl.Int64,
                "asset": pl.String,
                "name": pl.String,
                "site": pl.String,
                "site_name": pl.String,
            }
        )
    every = _united(pages)
    _note_short(said, "dcim/devices", notes)
    _note_short(said, "ipam/ip-addresses", notes)
    every = naming.identified(every.drop("asset", "name"))
    stated = every.select("netbox_id", pl.col("addresses").alias("address")).explode("address")
    more = said.of("address").select(pl.col("of").alias("netbox_id"), pl.col("text").alias("address"))
    lists = pl.concat([stated, more]).drop_nulls().unique().sort("netbox_id", "address")
    lists = lists.group_by("netbox_id", maintain_order=True).agg(pl.col("address").alias("addresses"))
    every = every.drop("addresses").join(lists, on="netbox_id", how="left", maintain_order="left")
    radios = said.of("radio")["of"].unique()
    part = pl.col("network_part")
    every = every.with_columns(
        pl.col("addresses").fill_null([]),
        pl.when(part.is_null() & pl.col("netbox_id").is_in(radios.implode()))
        .then(pl.lit("radio"))
        .otherwise(part)
        .alias("network_part"),
    )
    parts = said.of("module", "item").sort("fragment", descending=True, maintain_order=True)
    parts = parts.unique(["fragment", "netbox_id"], keep="first", maintain_order=True).select(
        pl.col("of").alias("netbox_id"),
        pl.lit(0, pl.Int64).alias("offset"),
        pl.col("text").alias("maker"),
        pl.col("name").alias("what"),
    )
    ties, extents = devices.vendor_ties(every, parts.drop_nulls("netbox_id"), said.missing())
    _again(pages, every, ties, extents, batches)
    return every.select(pl.col("netbox_id").alias("device"), "asset", "name", "site", "site_name")


def _circuits(
    pages: dict[int, tuple[str, Batch]],
    said: _Said,
    machines: pl.DataFrame,
    batches: dict[int, tuple[str, Batch]],
    notes: list[str],
) -> None:
    """Join circuits with the machines and sites at their ends and the AS numbers of their providers."""
    if not pages:
        return
    every = _united(pages)
    _note_short(said, "circuits/circuits", notes)
    ends = said.of("end").select(
        pl.col("of").alias("netbox_id"), pl.col("text").alias("site"), pl.col("name").alias("site_name")
    )
    ends = ends.unique(maintain_order=True).group_by("netbox_id", maintain_order=True).agg(
        pl.coalesce("site_name", "site").alias("more_ends"), pl.col("site").alias("more_sites")
    )  # fmt: skip
    every = every.join(ends, on="netbox_id", how="left", maintain_order="left")
    known = pl.col("sites").list.len() >= pl.col("more_sites").list.len().fill_null(0)
    every = every.with_columns(
        pl.when(known).then("ends").otherwise("more_ends").alias("ends"),
        pl.when(known).then("sites").otherwise("more_sites").alias("sites"),
    ).drop("more_ends", "more_sites")
    numbers = said.of("asn").select(pl.col("of").alias("provider"), pl.col("netbox_id").alias("asn"))
    at_ends = said.of("machine").select("of", pl.col("netbox_id").alias("device"))
    at_ends = at_ends.join(machines, on="device", how="inner", maintain_order="left")
    at_ends = at_ends.select(pl.col("of").alias("netbox_id"), "asset")
    ties, extents = circuits.ties(every, numbers, at_ends)
    _again(pages, every, ties, extents, batches)


def _cables(said: _Said, machines: pl.DataFrame, read: Reading) -> list[tuple[str, Batch]]:
    """Return the cables between machines of two sites as circuits, with the file that they stand in."""
    found = said.of("cable")
    if not found.height or not machines.height:
        return []
    placed = machines.drop_nulls("site")
    pairs = found.join(placed, left_on="of", right_on="device", how="inner", suffix="_a", maintain_order="left")
    pairs = pairs.join(placed, left_on="netbox_id", right_on="device", how="inner", suffix="_b", maintain_order="left")
    pairs = pairs.filter(pl.col("site") != pl.col("site_b")).with_columns(
        netbox_id=-pl.int_range(pl.len(), dtype=pl.Int64) - 1,
        offset=pl.col("locator").str.strip_prefix("byte ").cast(pl.Int64, strict=False),
    )
    if not pairs.height:
        return []
    lines = circuits.cables(
        pairs.drop("name").rename(
            {"text": "status", "asset": "a", "name_a": "a_name", "asset_b": "b", "name_b": "b_name"}
        )
    ).cast(circuits.FORM)
    kept = pairs.join(lines.select("netbox_id"), on="netbox_id", how="semi", maintain_order="left")
    ends = pl.concat(
        [
            kept.select("netbox_id", pl.col(f"site{b}").alias("site"), pl.col(f"site_name{b}").alias("site_name"))
            for b in ("", "_b")
        ]
    )
    at_ends = pl.concat([kept.select("netbox_id", pl.col(f"asset{b}").alias("asset")) for b in ("", "_b")])
    made = []
    for (place,), rows in kept.group_by([_PLACE], maintain_order=True):
        own = lines.join(rows.select("netbox_id"), on="netbox_id", how="semi", maintain_order="left").with_row_index(
            ROW
        )
        ties, extents = circuits.ties(own, pl.DataFrame(schema=circuits.NUMBER), at_ends)
        wanted = ["asset", "name", "observed_at", "locator", "status", "ends", "sites"]
        assets = circuits.told(own, ends).select(ROW, *wanted, pl.lit(0, pl.UInt32).alias("bundle"))
        file = read.batches[int(str(place))][0]
        made.append((file, bundled("circuit", assets, ties, extents, circuits.GENERAL)))
    return made


def _again(
    pages: dict[int, tuple[str, Batch]],
    every: pl.DataFrame,
    ties: pl.DataFrame,
    extents: pl.DataFrame,
    batches: dict[int, tuple[str, Batch]],
) -> None:
    """Put the joined assets, ties and extents back into the batches that they came from."""
    of_place = {int(str(key[0])): rows for key, rows in every.partition_by(_PLACE, as_dict=True).items()}
    tied = ties.join(every.select(ROW, _PLACE), on=ROW, how="left", maintain_order="left")
    seen = extents.join(every.select(ROW, _PLACE), on=ROW, how="left", maintain_order="left")
    ties_of = {int(str(key[0])): rows.drop(_PLACE) for key, rows in tied.partition_by(_PLACE, as_dict=True).items()}
    extents_of = {int(str(key[0])): rows.drop(_PLACE) for key, rows in seen.partition_by(_PLACE, as_dict=True).items()}
    for place, (file, batch) in pages.items():
        rows = of_place.get(place, every.clear()).select(ROW, *batch.assets.columns)
        general = [
            (None, str(role), extent, reason)
            for bundle, role, extent, reason in batch.extents.iter_rows()
            if bundle is None
        ]
        made = bundled(
            batch.kind, rows, ties_of.get(place, ties.clear()), extents_of.get(place, extents.clear()), general
        )
        batches[place] = (file, made)


def _note_short(said: _Said, endpoint: str, notes: list[str]) -> None:
    pages = said.of("page").filter(pl.col("text") == endpoint)
    lacking = said.short(endpoint, int(pages["netbox_id"].sum()))
    if lacking:
        what = endpoint.partition("/")[2]
        notes.append(f"NetBox counts {what} beyond the pages that were read: {lacking:,} more")
