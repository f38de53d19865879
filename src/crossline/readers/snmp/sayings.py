"""What the objects of a walk say: which machines there are, who made them, and what addresses they have."""

from __future__ import annotations

import ipaddress
from typing import Final

import polars as pl

from crossline.identifiers import address
from crossline.tables import EXTENTS

# Enterprise numbers in sysObjectID that name the agent's or the system's software and not the machine's maker.
SOFTWARE: Final = {
    "311": "Microsoft, whose Windows answers",
    "2021": "UC Davis, whose agent net-snmp continues",
    "6876": "VMware, whose hypervisor answers",
    "8072": "net-snmp",
    "12325": "Fraunhofer FOKUS, whose agent FreeBSD carries",
    "30155": "OpenBSD",
    "30803": "Vyatta",
    "40310": "Cumulus, whose system runs on others' switches",
    "44641": "VyOS",
}
# IANAPhysicalClass (RFC 6933): what stands for a place, an outlet or a reading is no component with a maker of its own.
_CLASSES: Final = {
    "other": 1, "unknown": 2, "chassis": 3, "backplane": 4, "container": 5, "powersupply": 6, "fan": 7, "sensor": 8,
    "module": 9, "port": 10, "stack": 11, "cpu": 12,
}  # fmt: skip
_WHOLE: Final = (3, 11)
_NO_PART: Final = (5, 8, 10)
# What agents and firmware write where a maker's name was never filled in.
_BLANK: Final = (
    "", "-", "n/a", "na", "none", "null", "unknown", "undefined", "not specified", "not available", "default string",
    "to be filled by o.e.m.", "system manufacturer", "o.e.m.", "oem", "manufacturer",
)  # fmt: skip
# LldpSystemCapabilitiesMap (IEEE Std 802.1AB-2005, 9.5.8), counted from the first bit: those that forward for others.
_FORWARDING: Final = 0x40 | 0x20 | 0x10 | 0x08
_PARTS: Final = "components and addresses that the machine lists; its software is not among them"
_SYMBOLIC_SOFTWARE: Final = r"^(?:NET-SNMP|UCD-SNMP)[\w-]*::"
_ENTERPRISE: Final = (
    r"^(?:1\.3\.6\.1\.4\.1|SNMPv2-SMI::enterprises|(?:iso\.org\.dod\.internet\.private\.)?enterprises)"
    r"\.(\d{1,10})(?:\.|$)"
)


def machines(found: pl.DataFrame, stem: str) -> pl.DataFrame:
    """Return ``machine, bundle, name, line, addresses``, a row for each machine that was walked."""
    first = found.group_by("machine", maintain_order=True).agg(pl.col("line").min())
    names = _first(found, "sysName").rename({"value": "name"}).with_columns(pl.col("name").str.strip_chars())
    named = first.join(names.select("machine", "name"), on="machine", how="left", maintain_order="left").with_columns(
        name=pl.when(pl.col("name").fill_null("") != "").then(pl.col("name").str.slice(0, 255)).otherwise(pl.lit(stem))
    )
    # Two walks of one machine in a file are one machine.
    named = named.with_columns(bundle=pl.col("name").rank("dense").cast(pl.UInt32) - 1)
    held = pl.concat([_four(found), _indexed(found, "ipAddressIfIndex")]).join(
        named.select("machine", "bundle"), on="machine"
    )
    return _with_addresses(named, held)


def neighbours(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return ``machine, index, bundle, name, line, addresses``, a row for each neighbour; a machine itself is none."""
    chassis = found.filter(pl.col("symbol") == "lldpRemChassisId").select("machine", "index", "line", id="value")
    own = _first(found, "lldpLocChassisId").select("machine", own="value")
    names = found.filter(pl.col("symbol") == "lldpRemSysName").select(
        "machine", "index", name=pl.col("value").str.strip_chars()
    )
    rows = (
        chassis.join(own, on="machine", how="left", maintain_order="left")
        .filter(~pl.col("id").eq_missing(pl.col("own")))
        .join(names, on=["machine", "index"], how="left", maintain_order="left")
        .join(known.select("machine", local="name"), on="machine", how="left", maintain_order="left")
    )
    # Without a name it is known by where it was seen: its chassis's address stays in the file.
    port = pl.col("index").str.split(".").list.get(1, null_on_oob=True)
    seen = pl.format("neighbour of {} at port {}", "local", port.fill_null("?"))
    rows = rows.with_columns(
        name=pl.when(pl.col("name").fill_null("") != "").then(pl.col("name").str.slice(0, 255)).otherwise(seen)
    ).with_columns(bundle=pl.col("name").rank("dense").cast(pl.UInt32) - 1)
    held = _indexed(found, "lldpRemManAddrIfSubtype", skip=3).join(
        rows.select("machine", "index", "bundle"), left_on=["machine", "above"], right_on=["machine", "index"]
    )
    return _with_addresses(rows.select("machine", "index", "name", "line", "bundle"), held)


def _with_addresses(rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Join rows with what their machines' addresses are, one row each."""
    lists = held.select("bundle", "value").unique(maintain_order=True).group_by("bundle", maintain_order=True)
    joined = rows.join(lists.agg(addresses="value"), on="bundle", how="left", maintain_order="left")
    return joined.with_columns(pl.col("addresses").fill_null([]).cast(pl.List(pl.String)))


def _first(found: pl.DataFrame, symbol: str) -> pl.DataFrame:
    return found.filter(pl.col("symbol") == symbol).unique("machine", keep="first", maintain_order=True)


def _four(found: pl.DataFrame) -> pl.DataFrame:
    rows = found.filter(pl.col("symbol") == "ipAdEntAddr")
    return _canonical(rows.select("machine", pl.lit("", pl.String).alias("above"), "value"))


def _indexed(found: pl.DataFrame, symbol: str, skip: int = 0) -> pl.DataFrame:
    """Read addresses out of an index: a type, a length and octets (RFC 4001, 4.1), or a text in quotation marks."""
    parts = pl.col("index").str.splitn(".", skip + 1) if skip else None
    rows = found.filter(pl.col("symbol") == symbol).select("machine", "index")
    if parts is not None:
        fields = [parts.struct.field(f"field_{n}") for n in range(skip)]
        rows = rows.with_columns(above=pl.concat_str(fields, separator="."), index=parts.struct.field(f"field_{skip}"))
    else:
        rows = rows.with_columns(above=pl.lit("", pl.String))
    four = pl.col("index").str.extract(r"^(?:1\.4\.|ipv4\.(?:4\.)?)\"?(\d+\.\d+\.\d+\.\d+)\"?$")
    octets = (
        pl.col("index")
        .str.extract(r"^2\.16\.(\d+(?:\.\d+){15})$")
        .str.split(".")
        .cast(pl.List(pl.UInt16), strict=False)
    )
    sixteen = octets.list.eval(pl.element().cast(pl.UInt16))
    pairs = [
        (sixteen.list.get(n, null_on_oob=True), sixteen.list.get(n + 1, null_on_oob=True)) for n in range(0, 16, 2)
    ]
    six = pl.concat_str([_group(high, low) for high, low in pairs], separator=":")
    spelt = pl.col("index").str.extract(r'^ipv6\."?((?:[0-9A-Fa-f]{2}:){15}[0-9A-Fa-f]{2})"?$').str.replace_all(":", "")
    grouped = pl.concat_str([spelt.str.slice(n, 4) for n in range(0, 32, 4)], separator=":")
    return _canonical(rows.select("machine", "above", value=pl.coalesce(four, six, grouped)))


def _group(high: pl.Expr, low: pl.Expr) -> pl.Expr:
    digits = [(part // 16, part % 16) for part in (high, low)]
    hexadecimal = [_digit(nibble) for pair in digits for nibble in pair]
    return pl.concat_str(hexadecimal)


def _digit(nibble: pl.Expr) -> pl.Expr:
    return nibble.replace_strict(list(range(16)), list("0123456789abcdef"), default=None, return_dtype=pl.String)


def _canonical(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep addresses by which a machine can be told from others, in canonical form."""
    forms = {}
    for text in rows["value"].drop_nulls().unique().to_list():
        try:
            value = address.parse(text)
        except ValueError:
            continue
        kept = ipaddress.ip_address(value)
        if not (kept.is_loopback or kept.is_link_local or kept.is_unspecified or kept.is_multicast):
            forms[text] = value
    table = pl.DataFrame(list(forms.items()), schema={"value": pl.String, "form": pl.String}, orient="row")
    return rows.join(table, on="value", maintain_order="left").select("machine", "above", value="form")


def enterprises(found: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, list[tuple[int, str]]]:
    """Return ``machine, value, line`` of numbers that name software, of those that name makers, and what is neither."""
    stated = found.filter(pl.col("symbol") == "sysObjectID", pl.col("value") != "")
    tidy = pl.col("value").str.strip_prefix(".").str.replace(r"^iso\.3\.", "1.3.")
    number = (
        pl.when(tidy.str.contains(_SYMBOLIC_SOFTWARE)).then(pl.lit("8072")).otherwise(tidy.str.extract(_ENTERPRISE))
    )
    rows = stated.with_columns(number=number.str.strip_chars_start("0"), tidy=tidy)
    fits = pl.col("number").is_not_null() & (pl.col("number").cast(pl.UInt32, strict=False) > 0).fill_null(value=False)
    nothing = pl.col("tidy").str.contains(r"^(?:(?:ccitt|0)\.0(?:\.0)?|SNMPv2-SMI::zeroDotZero)$")
    wrong = rows.filter(~fits & ~nothing).select("line", "value")
    good = rows.filter(fits).select("machine", "line", value="number")
    names_software = pl.col("value").is_in(list(SOFTWARE))
    reason = "{!r} is no number below 1.3.6.1.4.1; walk with -On, so that a symbol stands as its number"
    return good.filter(names_software), good.filter(~names_software), [
        (line, reason.format(value[:60])) for line, value in wrong.iter_rows()
    ]  # fmt: skip


def _components(found: pl.DataFrame) -> pl.DataFrame:
    """Return ``machine, index, class, value, line`` of ENTITY-MIB; value is null where no maker is named."""
    kind = pl.coalesce(
        pl.col("value").str.extract(r"^(?:[A-Za-z]+\()?(\d{1,3})\)?$").cast(pl.Int64, strict=False),
        pl.col("value").str.to_lowercase().replace_strict(_CLASSES, default=None, return_dtype=pl.Int64),
    )
    classes = found.filter(pl.col("symbol") == "entPhysicalClass").select("machine", "index", kind.alias("class"))
    makers = found.filter(pl.col("symbol") == "entPhysicalMfgName").select("machine", "index", "value", "line")
    joined = classes.join(makers, on=["machine", "index"], how="full", coalesce=True)
    return joined.with_columns(value=_filled(pl.col("value")))


def _filled(value: pl.Expr) -> pl.Expr:
    tidy = value.str.strip_chars(" \t\r\n\0")
    return pl.when(~tidy.str.to_lowercase().is_in(_BLANK)).then(tidy)


def makers(found: pl.DataFrame, known: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return ``from, bundle, role, value, line``: manufacturers by name, of chassis, of parts and of neighbours."""
    role = pl.when(pl.col("class").is_in(_WHOLE)).then(pl.lit("vendor")).otherwise(pl.lit("embeds")).alias("role")
    parts = _components(found).drop_nulls("value").join(known.select("machine", "bundle"), on="machine")
    own = found.filter(pl.col("symbol") == "lldpXMedLocMfgName").with_columns(value=_filled(pl.col("value")))
    own = own.drop_nulls("value").join(known.select("machine", "bundle"), on="machine")
    theirs = found.filter(pl.col("symbol") == "lldpXMedRemMfgName").with_columns(value=_filled(pl.col("value")))
    theirs = theirs.drop_nulls("value").join(others.select("machine", "index", "bundle"), on=["machine", "index"])
    vendor = pl.lit("vendor").alias("role")
    snmp, lldp = pl.lit("snmp").alias("from"), pl.lit("lldp").alias("from")
    return pl.concat(
        [
            parts.select(snmp, "bundle", role, "value", "line"),
            own.select(snmp, "bundle", vendor, "value", "line"),
            theirs.select(lldp, "bundle", vendor, "value", "line"),
        ]
    )


def _forwards(found: pl.DataFrame, symbol: str) -> pl.DataFrame:
    """Return ``machine, index, forwards``: whether a machine says that it repeats, bridges or routes for others."""
    rows = found.filter(pl.col("symbol") == symbol)
    table = {(kind, value): _capable(kind, value) for kind, value in rows.select("type", "value").unique().iter_rows()}
    flags = [table[pair] for pair in rows.select("type", "value").iter_rows()]
    return rows.select("machine", "index", pl.Series("forwards", flags, pl.Boolean))


def _capable(kind: str | None, value: str) -> bool:
    """Read a BITS value, printed as hexadecimal octets, or as the one character that its first octet is."""
    head = value[:2]
    spelt = kind in ("BITS", "Hex-STRING") or (kind is None and len(value) > 1)
    try:
        octet = int(head, 16) if spelt else ord(value[0])
    except (ValueError, IndexError):
        return False
    return bool(octet & _FORWARDING)


def cards(found: pl.DataFrame, known: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return ``from, bundle, value, chassis, forwards, line``: whole hardware addresses."""
    bundles = known.select("machine", "bundle")
    bridges = found.filter(pl.col("symbol") == "dot1dBaseBridgeAddress").select("machine").unique()
    routes = _forwards(found, "lldpLocSysCapEnabled").filter("forwards").select("machine")
    active = pl.concat([bridges, routes]).unique().with_columns(forwards=pl.lit(value=True))
    subtype = found.filter(pl.col("symbol") == "lldpLocChassisIdSubtype", _is_hardware(pl.col("value")))
    located = found.filter(pl.col("symbol") == "lldpLocChassisId").join(subtype, on="machine", how="semi")
    whole = pl.concat([located, found.filter(pl.col("symbol") == "dot1dBaseBridgeAddress")])
    ports = found.filter(pl.col("symbol") == "ifPhysAddress")
    mine = pl.concat([whole.with_columns(chassis=pl.lit(value=True)), ports.with_columns(chassis=pl.lit(value=False))])
    mine = mine.join(bundles, on="machine", maintain_order="left").join(
        active, on="machine", how="left", maintain_order="left"
    )
    pair = ["machine", "index"]
    theirs = (
        found.filter(pl.col("symbol") == "lldpRemChassisId")
        .join(
            found.filter(pl.col("symbol") == "lldpRemChassisIdSubtype", _is_hardware(pl.col("value"))),
            on=pair,
            how="semi",
        )
        .join(others.select(*pair, "bundle"), on=pair, maintain_order="left")
        .join(_forwards(found, "lldpRemSysCapEnabled"), on=pair, how="left", maintain_order="left")
        .with_columns(chassis=pl.lit(value=True))
    )
    columns = [pl.col("bundle", "value", "chassis"), pl.col("forwards").fill_null(value=False), pl.col("line")]
    return pl.concat(
        [
            mine.select(pl.lit("snmp").alias("from"), *columns),
            theirs.select(pl.lit("lldp").alias("from"), *columns),
        ]
    )


def _is_hardware(subtype: pl.Expr) -> pl.Expr:
    """Whether a chassis's identifier is a hardware address (LldpChassisIdSubtype: macAddress is 4)."""
    return subtype.str.contains(r"^(?:4|macAddress(?:\(4\))?)$")


def complete(found: pl.DataFrame) -> pl.Series:
    """Return the machines whose ENTITY-MIB names a maker for the chassis and every other component."""
    parts = _components(found).filter(~pl.col("class").is_in(_NO_PART).fill_null(value=False))
    told = parts.group_by("machine").agg(
        pl.col("value").is_not_null().all().alias("all"),
        pl.col("class").is_in(_WHOLE).fill_null(value=False).any().alias("has"),
    )
    return told.filter(pl.col("all") & pl.col("has"))["machine"]


def extents(assets: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return how much of each machine's makers was seen."""
    ranks = told.filter(pl.col("role") == "vendor").group_by("bundle").agg(stated=(pl.col("basis") == "observed").any())
    soft = told.filter(pl.col("role") == "embeds", pl.col("type") == "enterprise").select("bundle").unique()
    one = assets.unique("bundle", keep="first", maintain_order=True)
    rows = one.select("bundle", whole="whole" if "whole" in one.columns else pl.lit(value=False))
    rows = rows.join(ranks, on="bundle", how="left").join(
        soft.with_columns(soft=pl.lit(value=True)), on="bundle", how="left"
    )
    stated = pl.col("stated").fill_null(value=False)
    some = pl.col("stated").is_not_null()
    extent = (
        pl.when(pl.col("whole") & stated).then(pl.lit("all")).when(some).then(pl.lit("some")).otherwise(pl.lit("none"))
    )
    reason = (
        pl.when(pl.col("whole") & stated).then(None)
        .when(stated).then(pl.lit("the machine names its maker, and its components are not all listed with theirs"))
        .when(some).then(pl.lit("the maker is inferred from the address of the chassis"))
        .when(pl.col("soft").fill_null(value=False)).then(pl.lit("the machine names its software, and not who made it"))
        .otherwise(pl.lit("the machine does not say who made it"))
    )  # fmt: skip
    parts = told.filter(pl.col("role") == "embeds").select("bundle").unique()
    return pl.concat(
        [
            rows.select("bundle", pl.lit("vendor").alias("role"), extent.alias("extent"), reason.alias("reason")),
            parts.select(
                "bundle", pl.lit("embeds").alias("role"), pl.lit("some").alias("extent"),
                pl.lit(_PARTS).alias("reason"),
            ),
        ]
    ).cast(EXTENTS)  # fmt: skip
