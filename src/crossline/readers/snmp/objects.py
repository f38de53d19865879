"""The lines of a walk as a table: which object of which MIB, its index, and its value.

``snmpwalk`` prints an object's name as a number, a symbol or a path of symbols, and its value with or without a type
(net-snmp, snmpcmd(1), OUTPUT OPTIONS). A value may go on over lines; a line that does not begin with a name belongs to
the value above it.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

_MIB2: Final = "1.3.6.1.2.1"
_ENTITY: Final = f"{_MIB2}.47.1.1.1.1"
_LLDP: Final = "1.0.8802.1.1.2.1"
_MED: Final = f"{_LLDP}.5.4795.1"

# What is read of SNMPv2-MIB (RFC 3418), IF-MIB (RFC 2863), IP-MIB (RFC 4293), BRIDGE-MIB (RFC 4188), ENTITY-MIB
# (RFC 6933), LLDP-MIB (IEEE Std 802.1AB-2005, 12) and LLDP-EXT-MED-MIB (ANSI/TIA-1057). Serial numbers, contacts and
# places are not among them.
OBJECTS: Final = {
    "sysDescr": f"{_MIB2}.1.1",
    "sysObjectID": f"{_MIB2}.1.2",
    "sysName": f"{_MIB2}.1.5",
    "ifPhysAddress": f"{_MIB2}.2.2.1.6",
    "ipAdEntAddr": f"{_MIB2}.4.20.1.1",
    "ipAddressIfIndex": f"{_MIB2}.4.34.1.3",
    "dot1dBaseBridgeAddress": f"{_MIB2}.17.1.1",
    "entPhysicalClass": f"{_ENTITY}.5",
    "entPhysicalMfgName": f"{_ENTITY}.12",
    "lldpLocChassisIdSubtype": f"{_LLDP}.3.1",
    "lldpLocChassisId": f"{_LLDP}.3.2",
    "lldpLocSysCapEnabled": f"{_LLDP}.3.6",
    "lldpRemChassisIdSubtype": f"{_LLDP}.4.1.1.4",
    "lldpRemChassisId": f"{_LLDP}.4.1.1.5",
    "lldpRemSysName": f"{_LLDP}.4.1.1.9",
    "lldpRemSysCapEnabled": f"{_LLDP}.4.1.1.12",
    "lldpRemManAddrIfSubtype": f"{_LLDP}.4.2.1.3",
    "lldpXMedLocMfgName": f"{_MED}.2.6",
    "lldpXMedRemMfgName": f"{_MED}.3.3.1.5",
}
_MAYBE: Final = "|".join([*OBJECTS, *(re.escape(oid.partition(".")[2]) + r"\." for oid in OBJECTS.values())])
_INDEX: Final = r"""(?:\.(?:"[^"]*"|'[^']*'|[\w:%-]+)|\[[^\]]*\])*"""
_FORMS: Final = (
    r"\.?(?:iso|ccitt|[0-2])(?:\.[A-Za-z0-9-]+){2,}",  # .1.3.6.1, iso.3.6.1, .iso.org.dod
    r"[A-Za-z][\w-]*::[A-Za-z][\w-]*",  # SNMPv2-MIB::sysDescr
    r"[a-z][A-Za-z0-9]+(?:\.\d+|\[[^\]]*\])",  # sysDescr.0
)
_NAME: Final = rf"^((?:{'|'.join(_FORMS)}){_INDEX})"
_EQUALS: Final = rf"{_NAME} =(?: (.*))?$"
_BLANK: Final = rf"{_NAME}(?: (.*))?$"
_TYPE: Final = (
    r"^(?:Wrong Type \([^)]*\): )?(STRING|Hex-STRING|OID|INTEGER|BITS|IpAddress|Network Address|Timeticks|Gauge32|"
    r"Gauge64|Counter32|Counter64|Unsigned32|UInteger32|Opaque|NULL|Float|Double)(?:: ?|$)"
)
_ABSENT: Final = r"^No (?:Such (?:Object|Instance)|more variables)"
OWN: Final = (
    r"^(?:\.?1\.3\.6\.1\.|\.?iso\.3\.6\.1\.|\.?iso\.org\.dod\.|\.?1\.0\.8802\.|\.?iso\.0\.8802\.|[A-Z][\w-]*-MIB::\w|"
    r"SNMPv2-\w+::|(?:system\.)?sys(?:Descr|ObjectID|Name)(?:\.|\[)0)"
)


def values(text: str) -> tuple[pl.DataFrame, int]:
    """Return ``line, machine, symbol, index, type, value`` of the objects that are read, and how many lines are none's.

    ``machine`` counts the walks in the file: each begins with ``sysDescr``.
    """
    lines = (
        pl.Series("text", [text]).str.split("\n").explode().str.strip_suffix("\r").to_frame().with_row_index("line", 1)
    )
    first = lines.filter(pl.col("text").str.contains(OWN)).filter(pl.col("text").str.contains(_BLANK)).head(1)
    if not len(first):
        return _empty(), lines.height
    form = _EQUALS if first["text"].str.contains(_EQUALS)[0] else _BLANK
    parts = pl.col("text").str.extract_groups(form)
    lines = lines.with_columns(name=parts.struct.field("1"), value=parts.struct.field("2").fill_null(""))
    lines = lines.with_columns(entry=pl.col("name").is_not_null().cum_sum())
    before = lines.filter((pl.col("entry") == 0) & (pl.col("text").str.strip_chars() != "")).height
    # Most of a walk is counters: only names that may be wanted are looked at closely.
    maybe = lines.filter(pl.col("name").str.contains(_MAYBE))
    entries = maybe.select("line", "entry", *_named(pl.col("name")), "value")
    wanted = entries.drop_nulls("symbol")
    more = (
        lines.filter(pl.col("name").is_null() & pl.col("entry").is_in(wanted["entry"].implode()))
        .group_by("entry")
        .agg(pl.col("text").str.join("\n").alias("rest"))
    )
    wanted = wanted.join(more, on="entry", how="left", maintain_order="left").with_columns(
        value=pl.when(pl.col("rest").is_null()).then("value").otherwise(pl.concat_str("value", pl.lit("\n"), "rest"))
    )
    wanted = wanted.filter(~pl.col("value").str.contains(_ABSENT)).with_columns(
        type=pl.col("value").str.extract(_TYPE), value=_plain(pl.col("value").str.replace(_TYPE, ""))
    )
    hexadecimal = (pl.col("type") == "Hex-STRING") & pl.col("symbol").is_in(_TEXTS)
    machine = ((pl.col("symbol") == "sysDescr").cum_sum().cast(pl.Int64) - 1).clip(lower_bound=0)
    told = wanted.with_columns(
        machine=machine.cast(pl.UInt32), value=pl.when(hexadecimal).then(_decoded(pl.col("value"))).otherwise("value")
    ).select("line", "machine", "symbol", "index", "type", "value")
    # An agent has one value of each object: a second one is another walk's, or made to multiply rows in joins.
    return told.unique(["machine", "symbol", "index"], keep="first", maintain_order=True), before


_TEXTS: Final = ("sysName", "entPhysicalMfgName", "lldpRemSysName", "lldpXMedLocMfgName", "lldpXMedRemMfgName")


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "line": pl.UInt32, "machine": pl.UInt32, "symbol": pl.String, "index": pl.String, "type": pl.String,
            "value": pl.String,
        }
    )  # fmt: skip


def _named(name: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the symbol of each name, where it is one that is read, and the index after it."""
    symbols = "|".join(sorted(OBJECTS, key=len, reverse=True))
    by_symbol = rf"(?:^|[.:])({symbols})((?:[.\[].*)?)$"
    number = name.str.strip_prefix(".").str.replace(r"^iso\.", "1.") + "."
    symbol, index = name.str.extract(by_symbol, 1), name.str.extract(by_symbol, 2)
    for known, oid in OBJECTS.items():
        here = number.str.starts_with(f"{oid}.")
        symbol = pl.when(here).then(pl.lit(known)).otherwise(symbol)
        index = pl.when(here).then(number.str.slice(len(oid))).otherwise(index)
    tidy = index.str.replace_all("][", ".", literal=True).str.replace_all("[", ".", literal=True)
    return symbol.alias("symbol"), tidy.str.replace_all("]", "", literal=True).str.strip_chars(".").alias("index")


def _plain(value: pl.Expr) -> pl.Expr:
    """Take off the quotation marks that net-snmp puts around a text, and its backslashes before those inside."""
    stripped = value.str.strip_chars()
    quoted = stripped.str.contains(r'(?s)^".*"$') & (stripped.str.len_chars() > 1)
    inner = stripped.str.slice(1, stripped.str.len_chars() - 2).str.replace_all(r'\\(["\\])', "$1")
    return pl.when(quoted).then(inner).otherwise(stripped)


def _decoded(value: pl.Expr) -> pl.Expr:
    """Return a text that was printed as hexadecimal octets; null where it is no UTF-8."""
    octets = value.str.replace_all(r"\s", "").str.decode("hex", strict=False)
    return octets.map_batches(
        lambda column: pl.Series([None if o is None else _utf8(o) for o in column], dtype=pl.String),
        return_dtype=pl.String,
    ).str.strip_chars("\0")


def _utf8(octets: bytes) -> str | None:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return None
