"""What lldpd heard: ``lldpctl -f json``, ``lldpcli -f json show neighbors details`` and ``show chassis``; json0 too.

A neighbour says its name, what it does, and, with LLDP-MED (ANSI/TIA-1057), who made it: an observed ``vendor`` tie.
Its chassis is most often named by a hardware address. That address may be a card's, of another maker than the
machine's, so its prefix is an inferred ``embeds`` tie; of a machine that forwards for others and does not name its
maker it is an inferred ``vendor`` tie. docs/readers/equipment.md says why.

lldpd writes two shapes (lldpcli(8)): ``json``, where a list of one thing is that thing and names are keys, and
``json0``, where everything is a list. Both are read by the same code: :func:`_each` and :func:`_text`.
"""

from __future__ import annotations

import ipaddress
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.identifiers import address, oui, vendor
from crossline.tables import TIE, Batch, Extent, Limits, Note, Reject, encode_ties, extent_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT = "lldpd's neighbours and own chassis, as lldpctl and lldpcli write them in JSON"
LIMITS = (
    "JSON only: lldpctl's plain text, XML and key-value forms, and switches' own listings, are not read.",
    "A neighbour that states no name is known by the port it was heard at.",
    "A file of more than 128 MiB is not read.",
)
JAILED = True  # a parser of whole documents, whose memory only a child process can bound

BYTES_MOST: Final = 128 << 20
_FORWARDING: Final = frozenset({"repeater", "bridge", "wlan", "router"})
_BLANK: Final = frozenset(
    {"", "-", "n/a", "none", "unknown", "not specified", "default string", "to be filled by o.e.m."}
)
_STATED: Final = "the machine names its maker, and its components are not listed with theirs"
_INFERRED: Final = "the maker is inferred from the address of the chassis"
_SILENT: Final = "the machine does not say who made it"
_PARTS: Final = "the address that the machine gives; its components are not listed"


@dataclass
class _Machine:
    """One machine, as all that was heard of it says."""

    name: str
    locator: str
    makers: dict[str, str] = field(default_factory=dict)  # canonical name → where it stands
    cards: dict[str, str] = field(default_factory=dict)  # whole hardware address → where it stands
    addresses: dict[str, None] = field(default_factory=dict)
    forwards: bool = False


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its first key
    """Return whether the document begins with lldpd's own key."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:400]
    squeezed = b"".join(start.split())
    return squeezed.startswith((b'{"lldp":', b'{"local-chassis":'))


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the machines that were heard of, and what was not understood."""
    most = min(limits.bytes_in, BYTES_MOST)
    try:
        if path.stat().st_size > most:
            yield Reject("file", f"larger than the limit of {most:,} bytes")
            return
        document = json.loads(path.read_bytes().decode("utf-8-sig", "replace"))
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    except (ValueError, RecursionError) as error:
        yield Reject("file", f"not JSON: {str(error)[:120] or 'nested too deeply'}")
        return
    heard = _Heard(_whole(path.stem), limits)
    heard.document(document)
    yield from heard.rejects
    if heard.more:
        yield Reject("file", "more of this kind, not listed one by one", heard.more)
    if heard.machines:
        yield _batch(list(heard.machines.values()))
    elif not heard.rejects:
        yield Note("lldpd had heard of no neighbour")


class _Heard:
    """Machines by name, in the order in which they were met."""

    def __init__(self, stem: str, limits: Limits) -> None:
        self.stem, self.limits = stem, limits
        self.machines: dict[str, _Machine] = {}
        self.rejects: list[Reject] = []
        self.more = 0  # rejects that are counted only
        self.deadline = time.monotonic() + limits.seconds

    def refuse(self, where: str, reason: str) -> None:
        """Keep a reject, or count it where there are many."""
        if len(self.rejects) < self.limits.rejects:
            self.rejects.append(Reject(where, reason))
        else:
            self.more += 1

    def document(self, document: object) -> None:
        """Read the one or two parts that lldpcli writes."""
        if not isinstance(document, dict):
            self.refuse("file", "no object with the key lldp or local-chassis")
            return
        for part in _each(document.get("local-chassis")):
            self.machine(part, "local-chassis", self.stem)
        for part in _each(document.get("lldp")):
            for number, entry in enumerate(_each(part.get("interface") if isinstance(part, dict) else None)):
                if len(self.machines) >= self.limits.rows or time.monotonic() > self.deadline:
                    self.refuse(f"lldp.interface[{number}] and after", "past a limit; not read")
                    return
                self.interface(entry, number)

    def interface(self, entry: object, number: int) -> None:
        """Read one neighbour: in json the port's name is the only key, in json0 it stands beside the rest."""
        where = f"lldp.interface[{number}]"
        if not isinstance(entry, dict):
            self.refuse(where, "not an object")
            return
        if "chassis" in entry:
            ports = [(_text(entry.get("name")) or str(number), entry)]
        else:
            ports = [(_whole(port), held) for port, heard in entry.items() for held in _each(heard)]
        for port, held in ports:
            if isinstance(held, dict) and "chassis" in held:
                self.machine(held, where, f"neighbour of {self.stem} at port {port}")
            else:
                self.refuse(where, "no chassis")

    def machine(self, held: object, where: str, unnamed: str) -> None:
        """Read a chassis and its inventory."""
        content = held if isinstance(held, dict) else {}
        spoken = [found for outer in _each(content.get("chassis")) for found in _chassis(outer)]
        inventories = [
            inventory
            for med in _each(content.get("lldp-med"))
            for inventory in _each(med.get("inventory") if isinstance(med, dict) else None)
        ]
        if len(spoken) > 1 and inventories:
            # Whose they are is not said, and every one with every other is work without end.
            self.refuse(where, "an inventory beside several chassis")
            inventories = []
        for name, chassis in spoken:
            named = (name or unnamed).strip()[:255] or unnamed
            one = self.machines.setdefault(named, _Machine(named, where))
            self.chassis(one, chassis, where)
            for inventory in inventories:
                self.inventory(one, inventory, where)

    def chassis(self, one: _Machine, chassis: dict[str, Any], where: str) -> None:
        """Take what the chassis says of itself; its serial number and place are not looked at."""
        for identity in _each(chassis.get("id")):
            if isinstance(identity, dict) and identity.get("type") == "mac":
                one.cards.setdefault(_text(identity.get("value")) or "", where)
        for item in _each(chassis.get("mgmt-ip")):
            try:
                kept = ipaddress.ip_address(address.parse(_text(item) or ""))
            except ValueError:
                self.refuse(where, "a management address that is none")
                continue
            if not (kept.is_loopback or kept.is_link_local or kept.is_unspecified or kept.is_multicast):
                one.addresses.setdefault(str(kept))
        for item in _each(chassis.get("capability")):
            if isinstance(item, dict) and item.get("enabled") is True:
                one.forwards |= str(item.get("type")).lower() in _FORWARDING

    def inventory(self, one: _Machine, inventory: object, where: str) -> None:
        """Take the maker's name."""
        for item in _each(inventory.get("manufacturer") if isinstance(inventory, dict) else None):
            text = (_text(item) or "").strip()
            if text.lower() in _BLANK:
                continue
            try:
                one.makers.setdefault(vendor.parse(text), where)
            except ValueError as error:
                self.refuse(where, str(error))


def _each(held: object) -> list[Any]:
    """Return a list as it is, nothing as an empty one, and one thing as a list of it."""
    if held is None:
        return []
    return held if isinstance(held, list) else [held]


def _text(held: object) -> str | None:
    """Return a text, or what json0 holds as ``[{"value": …}]``."""
    for item in _each(held):
        value = item.get("value") if isinstance(item, dict) else item
        if isinstance(value, str):
            return _whole(value)
    return None


def _whole(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON can name (RFC 8259, 8.2) and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _chassis(outer: object) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield name and content: in json the name is a key above, unless there is none; in json0 it stands inside."""
    if not isinstance(outer, dict):
        return
    if "id" in outer:
        yield _text(outer.get("name")), outer
        return
    for name, inner in outer.items():
        for chassis in _each(inner):
            if isinstance(chassis, dict):
                yield _whole(name), chassis


def _batch(machines: list[_Machine]) -> Batch:
    cards = pl.DataFrame(
        [
            (number, text, where, one.forwards and not one.makers)
            for number, one in enumerate(machines)
            for text, where in one.cards.items()
        ],
        schema={"bundle": pl.UInt32, "value": pl.String, "locator": pl.String, "maker": pl.Boolean},
        orient="row",
    )
    prefixes = (
        cards.with_columns(value=oui.prefix(pl.col("value")))
        .drop_nulls("value")
        .unique(["bundle", "value"], keep="first", maintain_order=True)
    )
    made = pl.DataFrame(
        [(number, text, where) for number, one in enumerate(machines) for text, where in one.makers.items()],
        schema={"bundle": pl.UInt32, "value": pl.String, "locator": pl.String},
        orient="row",
    )
    spelt = pl.concat(
        [
            made.select(
                "bundle", pl.lit("vendor").alias("role"), pl.lit("vendor").alias("type"), "value",
                pl.lit("observed").alias("basis"), "locator",
            ),
            prefixes.select(
                "bundle", pl.when("maker").then(pl.lit("vendor")).otherwise(pl.lit("embeds")).alias("role"),
                pl.lit("oui").alias("type"), "value", pl.lit("inferred").alias("basis"), "locator",
            ),
        ]
    ).sort("bundle", maintain_order=True)  # fmt: skip
    spelt = spelt.with_columns(seq=pl.int_range(pl.len(), dtype=pl.UInt32).over("bundle"))
    identifiers, ties = encode_ties(spelt)
    columns = ["bundle", "role", "identifier", "seq", "basis", "locator"]
    assets = pl.DataFrame(
        [
            (f"device:lldp:{one.name}", one.name, None, one.locator, number, list(one.addresses))
            for number, one in enumerate(machines)
        ],
        schema={
            "asset": pl.String, "name": pl.String, "observed_at": pl.Date, "locator": pl.String, "bundle": pl.UInt32,
            "addresses": pl.List(pl.String),
        },
        orient="row",
    )  # fmt: skip
    guessed = set(prefixes.filter("maker")["bundle"].to_list())
    carded = set(prefixes.filter(~pl.col("maker"))["bundle"].to_list())
    rows: list[tuple[int | None, str, Extent, str | None]] = []
    for number, one in enumerate(machines):
        if one.makers:
            rows.append((number, "vendor", "some", _STATED))
        elif number in guessed:
            rows.append((number, "vendor", "some", _INFERRED))
        else:
            rows.append((number, "vendor", "none", _SILENT))
        if number in carded:
            rows.append((number, "embeds", "some", _PARTS))
    return Batch("device", assets, identifiers, ties.select(pl.col(c).cast(TIE[c]) for c in columns), extent_rows(rows))
