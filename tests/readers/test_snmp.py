"""A walk says who made a machine as far as its agent does, and no serial number, contact or whole address leaves it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import jail, readers
from crossline.readers import snmp
from crossline.tables import Batch, Limits, Reject

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

HERE = Path(__file__).parent / "equipment"
# What make-equipment.sh set up: see the numbers and names in that script.
FORMS = ["walk.txt", "walk-On.txt", "walk-OQ.txt", "walk-Oqn.txt", "walk-Oex.txt"]
SYMBOLIC = """\
SNMPv2-MIB::sysDescr.0 = STRING: Huawei Versatile Routing Platform Software
VRP (R) software, Version 8.180 (NE40E V800R010C10SPC500)
Copyright (C) 2012-2018 Huawei Technologies Co., Ltd.
SNMPv2-MIB::sysObjectID.0 = OID: SNMPv2-SMI::enterprises.2011.2.62.2.9
SNMPv2-MIB::sysContact.0 = STRING: someone@example.net
SNMPv2-MIB::sysName.0 = STRING: core-1
IF-MIB::ifPhysAddress.1 = STRING:\x20
IF-MIB::ifPhysAddress.2 = STRING: 0:25:9e:0:a:1
IP-MIB::ipAdEntAddr.198.51.100.7 = IpAddress: 198.51.100.7
IP-MIB::ipAddressIfIndex.ipv4."198.51.100.8" = INTEGER: 2
IP-MIB::ipAddressIfIndex.ipv6."20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:07" = INTEGER: 2
ENTITY-MIB::entPhysicalClass.1 = INTEGER: chassis(3)
ENTITY-MIB::entPhysicalClass.2 = INTEGER: module(9)
ENTITY-MIB::entPhysicalSerialNum.1 = STRING: 2102350SECRET
ENTITY-MIB::entPhysicalMfgName.1 = STRING: Huawei
ENTITY-MIB::entPhysicalMfgName.2 = STRING:\x20
LLDP-MIB::lldpRemChassisIdSubtype.0.3.1 = INTEGER: macAddress(4)
LLDP-MIB::lldpRemChassisId.0.3.1 = Hex-STRING: 44 19 B6 00 00 02\x20
LLDP-MIB::lldpRemSysName.0.3.1 = STRING: camera
LLDP-MIB::lldpRemSysCapEnabled.0.3.1 = BITS: 28 bridge(2) router(4)\x20
"""


def read(path: Path, limits: Limits | None = None) -> tuple[dict[str, Batch], list[Reject]]:
    """Read a walk, hold each batch to the contract, but for its column for links, and sort what came."""
    batches: dict[str, Batch] = {}
    rejects: list[Reject] = []
    for item in snmp.read(path, limits or Limits()):
        if isinstance(item, Batch):
            bare = Batch(item.kind, item.assets.drop("addresses"), item.identifiers, item.ties, item.extents)
            assert jail.fault(bare) is None
            batches[item.assets["asset"][0].split(":")[1]] = item
        elif isinstance(item, Reject):
            rejects.append(item)
    return batches, rejects


def ties(batch: Batch, name: str) -> list[tuple[str, str, str]]:
    """Return (role, identifier, basis) of one asset, in sequence."""
    spelt = batch.identifiers.select(id=pl.format("{}:{}", "type", "value")).with_row_index("identifier")
    mine = batch.assets.filter(pl.col("name") == name)["bundle"]
    rows = batch.ties.filter(pl.col("bundle").is_in(mine.implode())).join(spelt, on="identifier").sort("seq")
    return rows.select("role", "id", "basis").rows()


def extent(batch: Batch, role: str = "vendor") -> str:
    """Return the extent of a role of the batch's first asset."""
    return str(batch.extents.filter(pl.col("role") == role, pl.col("bundle") == 0)["extent"][0])


def write(folder: Path, text: str, name: str = "walk.txt") -> Path:
    """Write a walk."""
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_output_says_the_same(name: str) -> None:
    """The agent's answers mean the same however snmpwalk was told to print them, and are what the script set up."""
    batches, rejects = read(HERE / name)
    assert rejects == []
    assert batches["snmp"].assets.select("asset", "addresses").rows() == [
        ("device:snmp:edge-1.example.net", ["192.0.2.1", "2001:db8:1::1"])
    ]
    assert ties(batches["snmp"], "edge-1.example.net") == [
        ("vendor", "enterprise:2011", "observed"),
        ("vendor", "vendor:huawei technologies co., ltd.", "observed"),
        ("embeds", "vendor:delta electronics", "observed"),
        ("vendor", "vendor:huawei", "observed"),
        ("embeds", "oui:00259e", "inferred"),
        ("embeds", "oui:00000c", "inferred"),
    ]
    assert extent(batches["snmp"]) == "all"
    assert batches["lldp"].assets.select("asset", "addresses").rows() == [
        ("device:lldp:camera-7.example.net", ["192.0.2.2"])
    ]
    assert ties(batches["lldp"], "camera-7.example.net") == [
        ("vendor", "vendor:hikvision", "observed"),
        ("embeds", "oui:4419b6", "inferred"),
    ]


def test_symbols_of_the_mibs_are_understood(tmp_path: Path) -> None:
    """Names, enumerations and indexes that net-snmp spells with its MIBs loaded (snmpcmd(1)) mean what numbers mean."""
    batches, rejects = read(write(tmp_path, SYMBOLIC))
    assert rejects == []
    assert batches["snmp"].assets.select("name", "addresses").rows() == [
        ("core-1", ["198.51.100.7", "198.51.100.8", "2001:db8::7"])
    ]
    assert ties(batches["snmp"], "core-1") == [
        ("vendor", "enterprise:2011", "observed"),
        ("vendor", "vendor:huawei", "observed"),
        ("embeds", "oui:00259e", "inferred"),
    ]
    assert extent(batches["snmp"]) == "some"  # the module names no maker
    assert ties(batches["lldp"], "camera") == [("vendor", "oui:4419b6", "inferred")]


@pytest.mark.parametrize("name", FORMS)
def test_what_is_secret_stays_in_the_file(name: str) -> None:
    """No serial number, contact, place, description or whole hardware address is in what is yielded."""
    batches, _ = read(HERE / name)
    frames = (frame for b in batches.values() for frame in (b.assets, b.identifiers, b.ties, b.extents))
    shown = "".join(str(frame.rows()) for frame in frames).lower()
    secrets = ["serial", "someone", "nowhere", "example platform", "000001", "00:00:01", "00 00 01", "fe80", "fffe"]
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize(
    ("stated", "role"),
    [(".1.3.6.1.4.1.8072.3.2.10", "embeds"), ("NET-SNMP-TC::linux", "embeds"), (".1.3.6.1.4.1.9.1.1", "vendor")],
)
def test_a_number_of_software_names_no_maker(tmp_path: Path, stated: str, role: str) -> None:
    """net-snmp's own number says whose agent answers; a maker's own number says who made the machine."""
    batches, _ = read(write(tmp_path, f".1.3.6.1.2.1.1.1.0 = STRING: Linux\n.1.3.6.1.2.1.1.2.0 = OID: {stated}\n"))
    assert [(tie[0], tie[2]) for tie in ties(batches["snmp"], "walk")] == [(role, "observed")]
    assert extent(batches["snmp"]) == ("none" if role == "embeds" else "some")


def test_a_symbol_that_only_a_mib_explains_is_a_reject(tmp_path: Path) -> None:
    """A product's symbol is not guessed at, and the report says how to walk so that its number stands there."""
    text = "SNMPv2-MIB::sysDescr.0 = STRING: x\nSNMPv2-MIB::sysObjectID.0 = OID: CISCO-PRODUCTS-MIB::cisco7206\n"
    batches, rejects = read(write(tmp_path, text))
    assert ties(batches["snmp"], "walk") == []
    assert [(r.locator, "-On" in r.reason) for r in rejects] == [("line 2", True)]


@pytest.mark.parametrize(("capable", "role"), [("28", "vendor"), ("01", "embeds")])
def test_the_address_of_a_chassis_speaks_only_for_what_forwards(tmp_path: Path, capable: str, role: str) -> None:
    """A bridge or router that names no maker is taken for that of its address; a station's card proves nothing."""
    text = SYMBOLIC.replace("BITS: 28 bridge(2) router(4)", f"BITS: {capable} ")
    batches, _ = read(write(tmp_path, text))
    assert ties(batches["lldp"], "camera") == [(role, "oui:4419b6", "inferred")]


def test_a_neighbour_without_a_name_is_known_by_where_it_was_seen(tmp_path: Path) -> None:
    """Its address is no name: no report may show it."""
    text = "\n".join(line for line in SYMBOLIC.splitlines() if "lldpRemSysName" not in line)
    batches, _ = read(write(tmp_path, text + "\n"))
    assert batches["lldp"].assets["asset"].to_list() == ["device:lldp:neighbour of core-1 at port 3"]


def test_two_walks_in_a_file_are_two_machines(tmp_path: Path) -> None:
    """Each walk begins with sysDescr, and what follows belongs to it."""
    second = SYMBOLIC.replace("core-1", "core-2").replace(".2011.", ".3902.")
    batches, _ = read(write(tmp_path, SYMBOLIC + second))
    assert batches["snmp"].assets["name"].to_list() == ["core-1", "core-2"]
    assert ties(batches["snmp"], "core-2")[0] == ("vendor", "enterprise:3902", "observed")


@pytest.mark.parametrize(
    "address", ["02:00:00:00:00:01", "01:00:5e:00:00:01", "00:00:5e:00:01:0a", "00:00:00:00:00:00", "zz"]
)
def test_addresses_that_name_no_maker_make_no_tie(tmp_path: Path, address: str) -> None:
    """Local, group, IANA's, empty and broken addresses lead to nobody (IEEE Std 802-2014, 8.2; RFC 9542)."""
    batches, _ = read(
        write(tmp_path, f"SNMPv2-MIB::sysDescr.0 = STRING: x\nIF-MIB::ifPhysAddress.1 = STRING: {address}\n")
    )
    assert ties(batches["snmp"], "walk") == []


def test_a_walk_is_claimed_and_other_files_are_not(tmp_path: Path) -> None:
    """The reader takes walks in every form, and no table, JSON, prose or other tool's output."""
    for name in FORMS:
        assert readers.claimant(HERE / name) == "snmp"
    for number, text in enumerate(
        ["asset,vendor\na,b\n", '{"lldp": {}}', "The sysDescr of it\n", "1.1.1.1 via x\n", "\0\xff"]
    ):
        assert readers.claimant(write(tmp_path, text, f"{number}.txt")) != "snmp"


def lines(text: str) -> Iterable[str]:
    """Return the lines of a text, ends kept."""
    return text.splitlines(keepends=True)


@settings(max_examples=60, deadline=None)
@given(st.randoms())
def test_a_broken_walk_never_raises(tmp_path_factory: pytest.TempPathFactory, draw: random.Random) -> None:
    """Lines lost, doubled, shuffled, cut or overwritten end in batches and rejects that keep to the contract."""
    kept = [line for line in lines(SYMBOLIC + (HERE / "walk-On.txt").read_text()) if draw.random() < 0.7]
    if draw.random() < 0.5:
        draw.shuffle(kept)
    text = list("".join(kept))
    for _ in range(draw.randrange(40)):
        if text:
            text[draw.randrange(len(text))] = draw.choice('\0\n"=:.[]\\ 9\x1b\u202eé')
    read(write(tmp_path_factory.mktemp("w"), "".join(text)[: draw.randrange(1, len(text) + 2)]))


def test_a_large_walk_takes_little_time(tmp_path: Path) -> None:
    """Two hundred thousand interfaces are columns, not objects: seconds at most, with each prefix once."""
    rows = "".join(
        f".1.3.6.1.2.1.2.2.1.6.{n} = Hex-STRING: 00 25 9E {n >> 16:02X} {n >> 8 & 255:02X} {n & 255:02X} \n"
        for n in range(200_000)
    )
    path = write(tmp_path, ".1.3.6.1.2.1.1.1.0 = STRING: x\n" + rows)
    begun = time.monotonic()
    batches, _ = read(path)
    assert time.monotonic() - begun < 10
    assert ties(batches["snmp"], "walk") == [("embeds", "oui:00259e", "inferred")]


def test_limits_are_kept_and_named(tmp_path: Path) -> None:
    """A file above the limit on bytes is not opened."""
    _, rejects = read(write(tmp_path, SYMBOLIC), Limits(bytes_in=100))
    assert [reject.locator for reject in rejects] == ["file"]
    assert "100" in rejects[0].reason


def test_an_object_that_comes_again_multiplies_nothing(tmp_path: Path) -> None:
    """Thousands of values of one object, of which an agent has one, take no more room or time than they have lines."""
    head = "SNMPv2-MIB::sysDescr.0 = STRING: x\nSNMPv2-MIB::sysName.0 = STRING: r1\n"
    classes = "ENTITY-MIB::entPhysicalClass.1 = INTEGER: chassis(3)\n" * 4000
    makers = "ENTITY-MIB::entPhysicalMfgName.1 = STRING: Cisco\n" * 4000
    begun = time.monotonic()
    batches, _ = read(write(tmp_path, head + classes + makers))
    # 16 million rows took nine seconds and two gigabytes; 8,000 lines take a fraction of a second.
    assert time.monotonic() - begun < 5
    assert ties(batches["snmp"], "r1") == [("vendor", "vendor:cisco", "observed")]


def test_octets_that_are_no_text_name_nobody(tmp_path: Path) -> None:
    """A name in octets that are no UTF-8 is left out, and the walk is read."""
    walk = "SNMPv2-MIB::sysDescr.0 = STRING: x\nSNMPv2-MIB::sysName.0 = Hex-STRING: FF FE\n"
    batches, _ = read(write(tmp_path, walk))
    assert batches["snmp"].assets["name"].to_list() == ["walk"]
