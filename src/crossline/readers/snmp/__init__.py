"""A walk of a machine's SNMP agent, as ``snmpwalk`` and ``snmpbulkwalk`` print it: the machine and its neighbours.

Who made a machine is what its agent says: the enterprise number in ``sysObjectID`` and the manufacturer of its chassis
in ENTITY-MIB are observed ``vendor`` ties. A number that names software (net-snmp, Windows) says nothing of the
maker, and is a tie in the role ``embeds``. A hardware address is that of a port, which may be a card of another maker:
its prefix is an inferred ``embeds`` tie. Only the chassis's own address, of a machine that forwards for others and has
not said who made it, is taken for its maker's, inferred too. docs/readers/equipment.md says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.identifiers import oui, vendor
from crossline.readers.snmp import objects, sayings
from crossline.tables import TIE, Batch, Limits, Note, Reject, encode_ties

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT = "output of snmpwalk and snmpbulkwalk: a machine, its components and its LLDP neighbours"
LIMITS = (
    "sysObjectID has to be a number, or stand below SNMPv2-SMI::enterprises; walk with -On if the report says so.",
    "An address of six printable octets that snmpwalk printed as text is not seen; walk with -Ox.",
    "A line of a text that begins like an object's name ends that text.",
    "Of neighbours' management addresses that a MIB's text form spells out in quotation marks none is read.",
    "A file of more than 512 MiB is not read.",
)
JAILED = True  # expressions of a column library over the text of strangers

BYTES_MOST: Final = 512 << 20
_OBSERVED: Final = "observed"
_INFERRED: Final = "inferred"


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - a walk is known by what it says
    """Return whether one of the first lines names an object as net-snmp prints them."""
    lines = pl.Series([line.decode("utf-8", "replace") for line in head.split(b"\n", 20)[:20]], dtype=pl.String)
    return bool(lines.str.contains(objects.OWN).any())


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the machines that were walked, each with the neighbours it sees, and what was not understood."""
    try:
        size = path.stat().st_size
        if size > min(limits.bytes_in, BYTES_MOST):
            yield Reject("file", f"larger than the limit of {min(limits.bytes_in, BYTES_MOST):,} bytes")
            return
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    found, before = objects.values(text)
    if not len(found):
        yield Reject(
            "file", "no object that says what machine this is; walk .1.3.6.1.2.1.1, .1.3.6.1.2.1.47 and .1.0.8802"
        )
        return
    if before:
        yield Reject("line 1", "lines before the first object", before)
    machines = sayings.machines(found, path.stem)
    whole = machines.filter(pl.col("machine").is_in(sayings.complete(found).implode()))["bundle"]
    machines = machines.with_columns(whole=pl.col("bundle").is_in(whole.implode()))
    neighbours = sayings.neighbours(found, machines)
    told, rejects = _told(found, machines, neighbours)
    for line, reason in rejects[: limits.rejects]:
        yield Reject(f"line {line}", reason)
    if len(rejects) > limits.rejects:
        yield Reject("file", "more of this kind, not listed one by one", len(rejects) - limits.rejects)
    for prefix, assets in (("snmp", machines), ("lldp", neighbours)):
        if len(assets):
            yield _batch(assets, told.filter(pl.col("from") == prefix), prefix)


def _told(
    found: pl.DataFrame, machines: pl.DataFrame, neighbours: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return who made what: ``from, bundle, role, type, value, basis, rank, line``, and what made no sense."""
    software, numbers, wrong = sayings.enterprises(found)
    names, strange = _vendors(sayings.makers(found, machines, neighbours))
    parts = pl.concat(
        [
            _rows(numbers.join(machines.select("machine", "bundle"), on="machine"), "snmp", "vendor", "enterprise", 0),
            _rows(software.join(machines.select("machine", "bundle"), on="machine"), "snmp", "embeds", "enterprise", 0),
            names,
        ]
    )
    stated = parts.filter(pl.col("role") == "vendor").select("from", "bundle").unique()
    cards = (
        sayings.cards(found, machines, neighbours).with_columns(value=oui.prefix(pl.col("value"))).drop_nulls("value")
    )
    # The address of a chassis speaks for its maker where nothing better does, and only if the machine forwards.
    silent = cards.join(stated, on=["from", "bundle"], how="anti").filter(pl.col("chassis") & pl.col("forwards"))
    silent = silent.select("from", "bundle", "value").unique().with_columns(role=pl.lit("vendor"))
    cards = cards.join(silent, on=["from", "bundle", "value"], how="left", maintain_order="left").with_columns(
        pl.col("role").fill_null("embeds"), type=pl.lit("oui"), basis=pl.lit(_INFERRED), rank=pl.lit(2, pl.UInt32)
    )
    told = pl.concat([parts, cards.select(parts.columns)])
    return told, sorted(wrong + strange)


def _rows(rows: pl.DataFrame, origin: str, role: str, kind: str, rank: int) -> pl.DataFrame:
    return rows.select(
        pl.lit(origin).alias("from"), "bundle", pl.lit(role).alias("role"), pl.lit(kind).alias("type"), "value",
        pl.lit(_OBSERVED).alias("basis"), pl.lit(rank, pl.UInt32).alias("rank"), pl.col("line").cast(pl.UInt32),
    )  # fmt: skip


def _vendors(makers: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Bring makers' names into canonical form; one call for each distinct name."""
    forms: dict[str, str] = {}
    refused: dict[str, str] = {}
    for name in makers["value"].unique().to_list():
        try:
            forms[name] = vendor.parse(name)
        except ValueError as error:
            refused[name] = str(error)
    good = makers.filter(pl.col("value").is_in(list(forms))).with_columns(pl.col("value").replace(forms))
    strange = makers.filter(pl.col("value").is_in(list(refused))).select("line", "value")
    parts = [
        _rows(rows, str(origin), str(role), "vendor", 1)
        for (origin, role), rows in good.group_by("from", "role", maintain_order=True)
    ]
    empty = _rows(makers.clear().select("bundle", "value", "line"), "", "", "vendor", 1)
    return pl.concat([empty, *parts]), [(line, refused[name]) for line, name in strange.iter_rows()]


def _batch(assets: pl.DataFrame, told: pl.DataFrame, prefix: str) -> Batch:
    """Return machines as a batch, a bundle each."""
    single = told.sort("bundle", "rank", "line").unique(
        ["bundle", "role", "type", "value"], keep="first", maintain_order=True
    )
    seq = pl.int_range(pl.len(), dtype=pl.UInt32).over("bundle").alias("seq")
    spelt = single.select(
        pl.col("bundle").cast(pl.UInt32), "role", "type", "value", seq, "basis",
        pl.format("line {}", "line").alias("locator"),
    )  # fmt: skip
    identifiers, ties = encode_ties(spelt)
    columns = ["bundle", "role", "identifier", "seq", "basis", "locator"]
    rows = assets.unique("bundle", keep="first", maintain_order=True).select(
        pl.format(f"device:{prefix}:{{}}", "name").alias("asset"), "name",
        pl.lit(None, pl.Date).alias("observed_at"), pl.format("line {}", "line").alias("locator"),
        pl.col("bundle").cast(pl.UInt32), "addresses",
    )  # fmt: skip
    return Batch(
        "device", rows, identifiers, ties.select(pl.col(name).cast(TIE[name]) for name in columns),
        sayings.extents(assets, single),
    )  # fmt: skip
