"""Pages of the API to assets, and to records that only mean something beside other pages.

A page of devices or circuits gives assets that stand on their own, since the API nests short forms of what they name.
Other pages (addresses, modules, cables …) speak of machines and lines by number. What they say is kept as records:
rows of a batch of kind ``device`` with a column ``fragment``, which crossline.links.netbox_pages joins and takes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import kinds
from crossline.readers.netbox import addresses, circuits, devices, naming, words
from crossline.readers.netbox.cabling import CIRCUIT, ENDS, PORTS
from crossline.readers.netbox.columns import OFFSET, PARENT
from crossline.readers.netbox.export import left_out
from crossline.readers.netbox.models import PASSED_OVER
from crossline.tables import EXTENTS, IDENTIFIER, TIE, TIE_REQUIRED, Batch, Note, Reject
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.readers.netbox.stream import Tables

# What a record says. The numbers are NetBox's, and mean something within one `netbox` (the address of its API).
#
# fragment   netbox_id          of               text            name
# page       objects on it      NetBox's count   endpoint
# address    its own            device           address
# radio      its own            device
# module     its own            device           maker           "module X"
# item       its own            device           maker           "inventory item X"
# asn        the AS number      provider
# machine    device             circuit
# end        its own            circuit          site's slug     site's name
# cable      device             another device   status
FRAGMENT: Final = pl.Schema(
    {
        "fragment": pl.String(),
        "netbox": pl.String(),
        "netbox_id": pl.Int64(),
        "of": pl.Int64(),
        "text": pl.String(),
        "name": pl.String(),
        "locator": pl.String(),
    }
)
DEVICE_MORE: Final = ("netbox", "netbox_id", "offset", "unit", "tenant", "maker", "product")
CIRCUIT_MORE: Final = ("netbox", "netbox_id", "offset", "provider", "provider_name")

_STATUS: Final = pl.coalesce("status", pl.col("status_label").str.to_lowercase()).alias("status")
_NONE: Final = pl.lit(None, pl.String)


def read(tables: Tables, endpoint: str | None) -> Iterator[Batch | Reject | Note]:
    """Yield what a page holds. ``endpoint`` is what the file's name says that an empty page is a page of."""
    if not tables.seen and endpoint and tables.count == 0:
        tables.seen[endpoint] = 0
    if not tables.seen:
        if not tables.ended and not tables.refused.found:
            yield Reject("file", "nothing in it says what NetBox calls it; see docs/readers/netbox.md")
        return
    page = _Page(tables)
    machines = page.table("dcim/devices")
    if machines is not None:
        yield from page.devices(machines)
    lines = page.table("circuits/circuits")
    if lines is not None and lines.height:
        yield page.circuits(lines)
    records = page.records()
    yield _fragments(records)
    kept = records.filter(pl.col("fragment") != "page").height
    if kept:
        yield Note(f"{plural(kept, 'record')} for devices and circuits that other pages hold")
    for model, count in tables.seen.items():
        if model in PASSED_OVER:
            yield Note(
                f"{model.partition('/')[2]}, {count:,} of them: what uses them says the same, so they are not read"
            )
    if tables.strange:
        yield Note(f"{tables.strange:,} objects of sorts that say nothing of devices or circuits")
    yield from left_out(0, tables.seen.get("virtualization/virtual-machines", 0))


def _fragments(records: pl.DataFrame) -> Batch:
    empty = pl.DataFrame(schema={name: TIE[name] for name in TIE_REQUIRED})
    own = [pl.lit(None, dtype).alias(name) for name, dtype in kinds.load("device").schema().items()]
    assets = records.with_columns(
        pl.format("netbox:{}:{}", "fragment", "of").fill_null(pl.col("fragment")).alias("asset"),
        pl.lit(None, pl.Date).alias("observed_at"),
        pl.lit(0, pl.UInt32).alias("bundle"),
        *own,
    )
    return Batch("device", assets, pl.DataFrame(schema=IDENTIFIER), empty, pl.DataFrame(schema=EXTENTS))


class _Page:
    """The tables of one page on their way to assets and records."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.refused = tables, tables.refused

    def table(self, model: str) -> pl.DataFrame | None:
        """Return the objects of a page, each once; those without a number are refused."""
        found = self.tables.table(model)
        if found is None:
            return None
        found = found.with_row_index(PARENT).with_columns(pl.col(PARENT).cast(pl.Int64))
        none = found.filter(pl.col("id").is_null())
        self.refused.add(f"{model}: an object without an id", none[OFFSET].to_numpy())
        found = found.drop_nulls("id")
        again = found.filter(~pl.col("id").is_first_distinct())
        self.refused.add(f"{model}: its id stands on the page already", again[OFFSET].to_numpy())
        return found.filter(pl.col("id").is_first_distinct())

    def devices(self, found: pl.DataFrame) -> Iterator[Batch | Note]:
        """Yield the devices of a page."""
        found = found.with_columns(_STATUS, pl.lit(self.tables.instance).alias("netbox"))
        found = found.rename({"id": "netbox_id", "name": "unit"})
        here = found.filter(~pl.col("status").is_in(devices.NOT_HERE).fill_null(value=False))
        if here.height:
            stated = pl.concat(
                [
                    here.select("netbox_id", pl.col(column).alias("address"), OFFSET)
                    for column in ("address4", "address6")
                ]
            )
            beside = devices.Beside(
                pl.DataFrame(schema=devices.PART),
                self.canonical(stated, "dcim/devices").select("netbox_id", "address"),
                pl.Series([], dtype=pl.Int64),
                devices.NO_ITEMS,
            )
            yield devices.batch(here.drop("address4", "address6"), beside, self.refused, DEVICE_MORE)
        yield from left_out(found.height - here.height, 0)

    def canonical(self, frame: pl.DataFrame, model: str) -> pl.DataFrame:
        """Bring the column ``address`` into canonical form, and refuse what is none."""
        stated = frame.drop_nulls("address")
        found = addresses.canonical(stated["address"])
        self.refused.add(f"{model}: address is none", stated.filter(found.is_null())[OFFSET].to_numpy())
        return stated.with_columns(found.alias("address")).drop_nulls("address")

    def circuits(self, found: pl.DataFrame) -> Batch:
        """Return the circuits of a page."""
        found = found.with_columns(_STATUS, pl.lit(self.tables.instance).alias("netbox")).rename({"id": "netbox_id"})
        ends = pl.concat(
            [
                found.filter(_at_site(f"{end}_type"))
                .select("netbox_id", pl.col(f"{end}_site").alias("site"), pl.col(f"{end}_site_name").alias("site_name"))
                for end in "az"
            ]
        )  # fmt: skip
        beside = circuits.Beside(
            ends.drop_nulls("site"), pl.DataFrame(schema=circuits.NUMBER), pl.DataFrame(schema=circuits.MACHINE)
        )
        return circuits.batch(circuits.named(found), beside, self.refused, CIRCUIT_MORE)

    def records(self) -> pl.DataFrame:
        """Return what is kept for links."""
        made = [pl.DataFrame(schema=FRAGMENT)]
        for model, count in self.tables.seen.items():
            row = {"fragment": "page", "netbox_id": count, "of": self.tables.count, "text": model, "locator": "file"}
            made.append(self.as_records(pl.DataFrame([row], schema=FRAGMENT).drop("netbox"), "page"))
        made += [*self.of_devices(), *self.of_circuits()]
        return pl.concat(made)

    def as_records(self, frame: pl.DataFrame, fragment: str) -> pl.DataFrame:
        """Complete the columns of records."""
        given = frame.with_columns(pl.lit(fragment).alias("fragment"), pl.lit(self.tables.instance).alias("netbox"))
        if OFFSET in given.columns:
            given = given.with_columns(pl.format("byte {}", OFFSET).alias("locator"))
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in FRAGMENT.items() if name not in given.columns]
        return given.with_columns(missing).select(FRAGMENT.names()).cast(FRAGMENT)

    def of_devices(self) -> Iterator[pl.DataFrame]:
        """Yield addresses, cellular interfaces, modules and inventory items."""
        own = {"id": "netbox_id", "device": "of"}
        found = self.table("ipam/ip-addresses")
        if found is not None:
            on_device = pl.col("type").is_null() | (pl.col("type") == "dcim.interface")
            found = self.canonical(found.filter(on_device).drop_nulls("device"), "ipam/ip-addresses")
            yield self.as_records(found.rename(own | {"address": "text"}), "address")
        found = self.table("dcim/interfaces")
        if found is not None:
            found = found.filter(pl.col("type").is_in(words.CELLULAR)).drop_nulls("device")
            yield self.as_records(found.rename(own).drop("type"), "radio")
        for model, fragment, what in (
            ("dcim/modules", "module", "module"),
            ("dcim/inventory-items", "item", "inventory item"),
        ):
            found = self.table(model)
            if found is not None:
                found = found.with_columns(naming.part_name(what, pl.col("name")).alias("name"))
                yield self.as_records(found.rename(own | {"maker": "text"}), fragment)

    def of_circuits(self) -> Iterator[pl.DataFrame]:
        """Yield AS numbers of providers, ends of circuits, and what cables join."""
        found = self.table("circuits/providers")
        if found is not None:
            listed = self.items("circuits/providers", "asns", found)
            both = pl.concat([found.select("id", "asn", OFFSET), listed.select("id", "asn", OFFSET)]).drop_nulls("asn")
            yield self.as_records(both.rename({"id": "of", "asn": "netbox_id"}), "asn")
        found = self.table("circuits/circuit-terminations")
        if found is not None:
            peers = self.items("circuits/circuit-terminations", "link_peers", found, "circuit")
            both = pl.concat([found.select("circuit", "device", OFFSET), peers.select("circuit", "device", OFFSET)])
            both = both.rename({"circuit": "of", "device": "netbox_id"}).drop_nulls(["of", "netbox_id"])
            yield self.as_records(both, "machine")
            ends = found.filter(_at_site("type")).drop_nulls(["circuit", "site"])
            ends = ends.select("id", "circuit", "site", "site_name", OFFSET)
            yield self.as_records(
                ends.rename({"id": "netbox_id", "circuit": "of", "site": "text", "site_name": "name"}), "end"
            )
        found = self.table("dcim/cables")
        if found is not None:
            yield from self.cables(found.with_columns(_STATUS))

    def cables(self, found: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield which machines stand at the end of a circuit, and which pairs of machines a cable joins."""
        sides = []
        for end in "ab":
            old = found.select(
                "id", pl.col(f"{end}_type").alias("type"), pl.col(f"{end}_device").alias("device"),
                pl.col(f"{end}_circuit").alias("circuit"),
            )  # fmt: skip
            new = self.items("dcim/cables", f"{end}_terminations", found).select("id", "type", "device", "circuit")
            side = pl.concat([old, new]).filter(pl.col("type").is_in((CIRCUIT, *PORTS))).drop("type")
            crowded = side.group_by("id").len().filter(pl.col("len") > ENDS)["id"]
            odd = found.filter(pl.col("id").is_in(crowded.implode()))
            self.refused.add(f"dcim/cables: more than {ENDS} ends on one side", odd[OFFSET].to_numpy())
            sides.append(side.filter(~pl.col("id").is_in(crowded.implode())))
        pairs = sides[0].join(sides[1], on="id", how="inner", suffix="_b", maintain_order="left_right")
        pairs = pairs.join(found.select("id", "status", OFFSET), on="id", how="left", maintain_order="left")
        for circuit, device in (("circuit", "device_b"), ("circuit_b", "device")):
            at_end = pairs.select(pl.col(circuit).alias("of"), pl.col(device).alias("netbox_id"), OFFSET)
            yield self.as_records(at_end.drop_nulls(["of", "netbox_id"]), "machine")
        joined = pairs.drop_nulls(["device", "device_b"]).select(
            pl.col("device").alias("of"), pl.col("device_b").alias("netbox_id"), pl.col("status").alias("text"), OFFSET
        )
        yield self.as_records(joined, "cable")

    def items(self, model: str, path: str, found: pl.DataFrame, key: str = "id") -> pl.DataFrame:
        """Return the items of a list in each object, with the object's ``key`` and offset."""
        listed = self.tables.items(model, path)
        if listed is None:
            return pl.DataFrame(
                schema={
                    key: pl.Int64,
                    OFFSET: pl.Int64,
                    "type": pl.String,
                    "device": pl.Int64,
                    "circuit": pl.Int64,
                    "asn": pl.Int64,
                }
            )
        owner = found.select(PARENT, pl.col(key), OFFSET)
        return listed.drop(OFFSET).join(owner, on=PARENT, how="inner", maintain_order="left")


def _at_site(column: str) -> pl.Expr:
    """Whether a circuit's end is at a site: before NetBox 4.2 nothing else was written so."""
    return pl.col(column).is_null() | (pl.col(column) == "dcim.site")
