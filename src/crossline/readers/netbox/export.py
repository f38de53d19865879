"""An export to assets: entries name each other by number, and everything is in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.readers.netbox import addresses, cabling, circuits, devices, naming, words
from crossline.tables import Note, Reject
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.readers.netbox.stream import Tables
    from crossline.tables import Batch

_KEY: Final = "id"


class Export:
    """The tables of an export, joined."""

    def __init__(self, tables: Tables) -> None:
        """Remember the tables; each entry counts once."""
        self.tables, self.refused = tables, tables.refused
        self.once: dict[str, pl.DataFrame | None] = {}

    def read(self) -> Iterator[Batch | Reject | Note]:
        """Yield the devices, then the circuits."""
        machines = self.devices()
        here = machines.filter(~pl.col("status").is_in(devices.NOT_HERE).fill_null(value=False))
        if here.height:
            missing = next(
                (
                    why
                    for model, why in (("dcim.inventoryitem", devices.NO_ITEMS), ("dcim.module", devices.NO_MODULES))
                    if not self.tables.height(model)
                ),
                None,
            )
            made = devices.batch(
                here, devices.Beside(self.parts(), self.addresses(), self.radios(), missing), self.refused
            )
            yield made
            known = pl.DataFrame({"device": here["netbox_id"], "site": here["site"], "site_name": here["site_name"]})
            known = known.with_columns(made.assets["asset"], made.assets["name"])
        else:
            known = pl.DataFrame(
                schema={
                    "device": pl.Int64,
                    "site": pl.String,
                    "site_name": pl.String,
                    "asset": pl.String,
                    "name": pl.String,
                }
            )
        lines = self.circuits(known)
        if lines is not None:
            yield lines
        yield from left_out(machines.height - here.height, self.tables.seen.get("virtualization.virtualmachine", 0))
        if not machines.height and lines is None:
            yield Reject(
                "file", "an export of Django in which NetBox's devices and circuits are not; see docs/readers/netbox.md"
            )

    def keyed(self, model: str) -> pl.DataFrame | None:
        """Return the entries of a model, each number once; the first counts. None where the file has none."""
        if model not in self.once:
            self.once[model] = self.first(model)
        return self.once[model]

    def first(self, model: str) -> pl.DataFrame | None:
        """Refuse the entries of a model without a number, or with one that was there before."""
        table = self.tables.table(model)
        if table is None:
            return None
        none = table.filter(pl.col(_KEY).is_null())
        self.refused.add(f"{model}: an entry without a number (pk)", none["offset"].to_numpy())
        table = table.drop_nulls(_KEY)
        again = table.filter(~pl.col(_KEY).is_first_distinct())
        self.refused.add(f"{model}: its number (pk) stands in the file already", again["offset"].to_numpy())
        return table.filter(pl.col(_KEY).is_first_distinct()) if again.height else table

    def referred(self, frame: pl.DataFrame, model: str, key: str, other: str, **picked: str) -> pl.DataFrame:
        """Look up columns of another model by number; a number that leads nowhere is counted.

        ``picked`` says, by new name, which of the other's columns to take.
        """
        table = self.keyed(other)
        if table is None:
            found = frame.with_columns(
                pl.lit(None, pl.Boolean).alias("met"), *(self.nothing(new, other, old) for new, old in picked.items())
            )
        else:
            wanted = table.select(
                pl.col(_KEY).alias(key),
                pl.lit(True).alias("met"),
                *(pl.col(old).alias(new) for new, old in picked.items()),
            )
            found = frame.join(wanted, on=key, how="left", maintain_order="left")
        lost = found.filter(pl.col(key).is_not_null() & pl.col("met").is_null())
        self.refused.add(f"{model}: {key} names a {other} that is not in the file", lost["offset"].to_numpy())
        return found.drop("met")

    @staticmethod
    def nothing(new: str, other: str, old: str) -> pl.Expr:
        """Return an empty column of the type that the other model's has."""
        number = old in {"manufacturer", "device"} or (other == "ipam.asn" and old == "asn")
        return pl.lit(None, pl.Int64 if number else pl.String).alias(new)

    def devices(self) -> pl.DataFrame:
        """Return all devices in the form of devices.FORM, with ``status``."""
        found = self.keyed("dcim.device")
        if found is None:
            return pl.DataFrame(schema=devices.FORM | {"status": pl.String})
        model = "dcim.device"
        found = found.rename({"name": "unit"})
        found = self.referred(found, model, "site", "dcim.site", slug="slug", site_name="name")
        found = self.referred(found, model, "role", "dcim.devicerole", role_slug="slug", role_name="name")
        found = self.referred(found, model, "tenant", "tenancy.tenant", tenant_slug="slug")
        found = self.referred(
            found, model, "device_type", "dcim.devicetype", manufacturer="manufacturer", product="model"
        )
        found = self.referred(found, model, "manufacturer", "dcim.manufacturer", maker="name")
        found = found.drop("site", "role", "tenant").rename(
            {_KEY: "netbox_id", "slug": "site", "role_slug": "role", "tenant_slug": "tenant"}
        )
        return found.select(*devices.FORM.names(), "status")

    def parts(self) -> pl.DataFrame:
        """Return modules and inventory items (devices.PART)."""
        made = [pl.DataFrame(schema=devices.PART)]
        modules = self.keyed("dcim.module")
        if modules is not None:
            found = self.referred(modules, "dcim.module", "device", "dcim.device")
            found = self.referred(
                found, "dcim.module", "module_type", "dcim.moduletype", manufacturer="manufacturer", name="model"
            )
            found = self.referred(found, "dcim.module", "manufacturer", "dcim.manufacturer", maker="name")
            made.append(
                found.select(
                    pl.col("device").alias("netbox_id"),
                    "offset",
                    "maker",
                    naming.part_name("module", pl.col("name")).alias("what"),
                )
            )
        items = self.keyed("dcim.inventoryitem")
        if items is not None:
            found = self.referred(items, "dcim.inventoryitem", "device", "dcim.device")
            found = self.referred(found, "dcim.inventoryitem", "manufacturer", "dcim.manufacturer", maker="name")
            made.append(
                found.select(
                    pl.col("device").alias("netbox_id"),
                    "offset",
                    "maker",
                    naming.part_name("inventory item", pl.col("name")).alias("what"),
                )
            )
        return pl.concat(made).drop_nulls("netbox_id")

    def types(self) -> pl.DataFrame:
        """Return the content types that have numbers."""
        return cabling.content_types(self.tables)

    def addresses(self) -> pl.DataFrame:
        """Return the addresses on interfaces of devices (devices.ADDRESS); those of virtual machines are others'."""
        found = self.keyed("ipam.ipaddress")
        if found is None:
            return pl.DataFrame(schema=devices.ADDRESS)
        found = cabling.typed(found, self.types())
        unnamed = (
            found.filter(pl.col("type").is_null() & pl.col("type_number").is_not_null())
            if "type_number" in found.columns
            else None
        )
        if unnamed is not None:
            self.refused.add(
                "ipam.ipaddress: what it is assigned to is a number; export with --natural-foreign",
                unnamed["offset"].to_numpy(),
            )
        on_device = pl.coalesce("interface", pl.when(pl.col("type") == "dcim.interface").then(pl.col("object")))
        found = found.with_columns(port=on_device).filter(pl.col("port").is_not_null())
        found = self.referred(found, "ipam.ipaddress", "port", "dcim.interface", device="device")
        canonical = addresses.canonical(found["address"])
        odd = found.filter(canonical.is_null() & pl.col("address").is_not_null())
        self.refused.add("ipam.ipaddress: address is none", odd["offset"].to_numpy())
        return pl.DataFrame({"netbox_id": found["device"], "address": canonical})

    def radios(self) -> pl.Series:
        """Return the ids of devices with a cellular interface."""
        found = self.tables.table("dcim.interface")
        if found is None:
            return pl.Series("device", [], pl.Int64)
        return found.filter(pl.col("type").is_in(words.CELLULAR))["device"].drop_nulls()

    def circuits(self, known: pl.DataFrame) -> Batch | None:
        """Return the circuits, and the cables between two sites; None where there are none of either.

        ``known`` are the devices that are assets: device, site, site_name, asset, name.
        """
        every = cabling.sound(cabling.ends(self.tables, self.types()), self.refused)
        lines = self.lines()
        terminations = self.terminations()
        machines = cabling.followed(every, cabling.mappings(self.tables)).join(
            terminations.select(pl.col(_KEY).alias("termination"), "circuit"),
            on="termination",
            how="inner",
            maintain_order="left",
        )
        machines = machines.join(known, on="device", how="inner", maintain_order="left")
        machines = machines.select(pl.col("circuit").alias("netbox_id"), "asset")
        ends = terminations.select(pl.col("circuit").alias("netbox_id"), pl.col("slug").alias("site"), "site_name")
        cables, cable_ends, cable_machines = self.between(every, known)
        both = pl.concat([lines.select(circuits.FORM.names()), cables])
        if not both.height:
            return None
        beside = circuits.Beside(
            pl.concat([ends.drop_nulls("site").unique(maintain_order=True), cable_ends]),
            self.numbers(),
            pl.concat([machines, cable_machines]),
        )
        return circuits.batch(both.cast(circuits.FORM), beside, self.refused)

    def lines(self) -> pl.DataFrame:
        """Return circuits with their providers, named."""
        found = self.keyed("circuits.circuit")
        if found is None:
            return pl.DataFrame(schema=circuits.FORM)
        found = self.referred(
            found, "circuits.circuit", "provider", "circuits.provider", provider_slug="slug", provider_name="name"
        )
        return circuits.named(found.rename({_KEY: "netbox_id"}))

    def terminations(self) -> pl.DataFrame:
        """Return the ends of circuits with their sites."""
        found = self.keyed("circuits.circuittermination")
        if found is None:
            return pl.DataFrame(schema={_KEY: pl.Int64, "circuit": pl.Int64, "slug": pl.String, "site_name": pl.String})
        found = self.referred(found, "circuits.circuittermination", "circuit", "circuits.circuit")
        return self.referred(found, "circuits.circuittermination", "site", "dcim.site", slug="slug", site_name="name")

    def numbers(self) -> pl.DataFrame:
        """Return the AS numbers of providers (circuits.NUMBER)."""
        found = self.tables.table("circuits.provider")
        if found is None:
            return pl.DataFrame(schema=circuits.NUMBER)
        made = [found.select(pl.col(_KEY).alias("provider"), "asn")]
        listed = self.tables.items("circuits.provider", "asns")
        if listed is not None and listed.height:
            owner = found.with_row_index("parent").select(
                pl.col("parent").cast(pl.Int64), pl.col(_KEY).alias("provider")
            )
            listed = listed.rename({"asn": "number"}).join(owner, on="parent", how="left", maintain_order="left")
            made.append(
                self.referred(listed, "circuits.provider", "number", "ipam.asn", asn="asn").select("provider", "asn")
            )
        return pl.concat(made).drop_nulls()

    def between(self, every: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return the cables whose two machines stand at different sites, their ends and machines.

        They are told apart from circuits by a negative number.
        """
        wired = every.filter(pl.col("type").is_in(cabling.PORTS))
        placed = wired.join(known.drop_nulls("site"), on="device", how="inner", maintain_order="left")
        near, far = (placed.filter(pl.col("side") == side) for side in "AB")
        pairs = near.join(far, on="cable", how="inner", suffix="_b", maintain_order="left_right")
        pairs = pairs.filter(pl.col("site") != pl.col("site_b"))
        found = self.keyed("dcim.cable")
        state = (
            pl.DataFrame(schema={_KEY: pl.Int64, "status": pl.String})
            if found is None
            else found.select(_KEY, "status")
        )
        pairs = pairs.join(state, left_on="cable", right_on=_KEY, how="left", maintain_order="left")
        pairs = pairs.with_columns(netbox_id=-pl.int_range(pl.len(), dtype=pl.Int64) - 1)
        lines = circuits.cables(pairs.rename({"asset": "a", "name": "a_name", "asset_b": "b", "name_b": "b_name"}))
        kept = pairs.join(lines.select("netbox_id"), on="netbox_id", how="semi", maintain_order="left")
        ends = [
            kept.select("netbox_id", pl.col(f"site{b}").alias("site"), pl.col(f"site_name{b}").alias("site_name"))
            for b in ("", "_b")
        ]
        machines = [kept.select("netbox_id", pl.col(f"asset{b}").alias("asset")) for b in ("", "_b")]
        return lines, pl.concat(ends), pl.concat(machines)


def left_out(absent: int, virtual: int) -> Iterator[Note]:
    """Say what was read and is no asset."""
    if absent:
        yield Note(f"{plural(absent, 'device')} planned or in stock, so in no network: left out")
    if virtual:
        yield Note(f"{plural(virtual, 'virtual machine')}, so no equipment: left out")
