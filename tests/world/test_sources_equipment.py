"""Registries that name makers: each row of a small file against what stands in it, and names that a fact explains."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, World, build, editions, lookup, packed, registrants, sources, store

FACTS = Path(store.__file__).parent / "facts"
# Debian's ieee-data, and ipmitool, carry the registries as they were published.
IEEE = Path("/usr/share/ieee-data/oui.csv")
IANA = Path("/usr/share/misc/enterprise-numbers.txt")

OUI_CSV = """Registry,Assignment,Organization Name,Organization Address
MA-L,00259E,"HUAWEI TECHNOLOGIES CO.,LTD","D1-4, Shenzhen CN 518129 "
MA-L,70B3D5,IEEE Registration Authority,445 Hoes Lane Piscataway NJ US 08554
MA-L,AC1234,Private,
MA-M,741AE09,Private,
MA-S,70B3D5F2F,TELEPLATFORMS,"Polbina st., 3/1 Moscow  RU 109388 "
MA-L,12345,too short,x
MA-X,123456,no such registry,x
"""
OUI_TXT = """OUI/MA-L                                                    Organization
company_id                                                  Organization
                                                            Address

00-25-9E   (hex)\t\tHUAWEI TECHNOLOGIES CO.,LTD
00259E     (base 16)\t\tHUAWEI TECHNOLOGIES CO.,LTD
\t\t\t\tD1-4
\t\t\t\tCN

70-B3-D5   (hex)\t\tIEEE Registration Authority
70B3D5     (base 16)\t\tIEEE Registration Authority
"""
SMALL_TXT = """OUI                                                         Organization
OUI-36/MA-S Range                                           Organization
                                                            Address

70-B3-D5   (hex)\t\tTELEPLATFORMS
F2F000-F2FFFF     (base 16)\t\tTELEPLATFORMS

70-B3-D5   (hex)\t\tIMST GmbH
8FF000-8FFFFF     (base 16)\t\tIMST GmbH

70-B3-D5   (hex)\t\tFirst of all
000000-000FFF     (base 16)\t\tFirst of all

74-1A-E0   (hex)\t\tSome maker
900000-9FFFFF     (base 16)\t\tSome maker
"""
NUMBERS = """PRIVATE ENTERPRISE NUMBERS

(last updated 2024-05-16)

Prefix: iso.org.dod.internet.private.enterprise (1.3.6.1.4.1)

Decimal
| Organization
| | Contact
| | | Email
0
  Reserved
    Internet Assigned Numbers Authority
      iana&iana.org
2011
  HUAWEI Technology Co.,Ltd
    A Person
      person&example.com
9
  ciscoSystems
    99
      x&example.com
77

    nobody
4294967296
  too large
    A Person
"""


def read(path: Path) -> tuple[str | None, list[tuple[str, pl.DataFrame]], list[Reject]]:
    """Read a file by the source that claims it."""
    name = sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES])
    if name is None:
        return None, [], []
    parts = list(sources.load(name).read(path))
    return name, [p for p in parts if not isinstance(p, Reject)], [p for p in parts if isinstance(p, Reject)]


def rows(tables: list[tuple[str, pl.DataFrame]], table: str = "registration") -> list[tuple[object, ...]]:
    """Return type, value and name of registrations, or prefix and name of exchanges."""
    columns = {"registration": ["type", "value", "name"], "exchange": ["prefix", "name"]}[table]
    held = [frame for name, frame in tables if name == table]
    assert all(frame.schema == SCHEMAS[table] for frame in held)
    return [row for frame in held for row in frame.select(columns).rows()]


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text)
    return path


def test_the_listing_as_csv(tmp_path: Path) -> None:
    """Each assignment is a registration; "Private" is no name, and the country of an address is not taken."""
    name, tables, rejects = read(write(tmp_path, "oui-20240520.csv", OUI_CSV))
    assert name == "ieee_oui"
    assert rows(tables) == [
        ("oui", "00259e", "HUAWEI TECHNOLOGIES CO.,LTD"),
        ("oui", "70b3d5", "IEEE Registration Authority"),
        ("oui", "ac1234", None),
        ("oui", "741ae09", None),
        ("oui", "70b3d5f2f", "TELEPLATFORMS"),
    ]
    assert [reject.locator for reject in rejects] == ["row 7", "row 8"]
    assert tables[1][1]["registered"].null_count() == 5
    assert set(tables[1][1]["seen"]) == {date(2024, 5, 20)}


def test_the_listing_as_text(tmp_path: Path) -> None:
    """The text form says the same; blocks of 28 and 36 bits have seven and nine digits, at any place."""
    _, large, none = read(write(tmp_path, "oui-2024-05-20.txt", OUI_TXT))
    assert rows(large) == [
        ("oui", "00259e", "HUAWEI TECHNOLOGIES CO.,LTD"), ("oui", "70b3d5", "IEEE Registration Authority"),
    ]  # fmt: skip
    _, small, neither = read(write(tmp_path, "oui36-2024-05-20.txt", SMALL_TXT))
    assert rows(small) == [
        ("oui", "70b3d5f2f", "TELEPLATFORMS"),
        ("oui", "70b3d58ff", "IMST GmbH"),
        ("oui", "70b3d5000", "First of all"),
        ("oui", "741ae09", "Some maker"),
    ]
    assert none == neither == []


def test_enterprise_numbers(tmp_path: Path) -> None:
    """A number and the line after it, as of the day in the file; contacts, who are people, are not taken."""
    name, tables, rejects = read(write(tmp_path, "enterprise-numbers", NUMBERS))
    assert name == "iana_enterprise_numbers"
    assert rows(tables) == [
        ("enterprise", "0", "Reserved"),
        ("enterprise", "2011", "HUAWEI Technology Co.,Ltd"),
        ("enterprise", "9", "ciscoSystems"),
    ]
    assert set(tables[1][1]["seen"]) == {date(2024, 5, 16)}
    assert [reject.locator for reject in rejects] == ["line 23", "line 26"]


def test_a_listing_without_a_date_is_refused(tmp_path: Path) -> None:
    """The IEEE's files do not say of when they are, and a copy's time stamp is not evidence."""
    path = write(tmp_path, "oui.csv", OUI_CSV)
    with pytest.raises(editions.UndatedError):
        list(sources.load("ieee_oui").read(path))


DUMP = """{"net": {"data": [{"id": 1}]},
 "ix": {"data": [{"id": 26, "name": "AMS-IX"}, {"id": 31, "name": "DE-CIX Frankfurt"}]},
 "ixlan": {"data": [{"id": 26, "ix_id": 26}, {"id": 500, "ix_id": 31}]},
 "ixpfx": {"data": [
  {"ixlan_id": 26, "protocol": "IPv4", "prefix": "80.249.208.0/21", "status": "ok"},
  {"ixlan_id": 500, "protocol": "IPv6", "prefix": "2001:7F8:0::/64", "status": "ok"},
  {"ixlan_id": 500, "protocol": "IPv4", "prefix": "80.81.192.0/21", "status": "deleted"},
  {"ixlan_id": 26, "protocol": "IPv4", "prefix": "80.249.208.1/21", "status": "ok"},
  {"ixlan_id": 26, "protocol": "IPv4", "prefix": "192.168.10.0/24", "status": "ok"}]}}"""
ANSWER = """{"data": [{"id": 1, "ixlan_id": 26, "protocol": "IPv4", "prefix": "80.249.208.0/21", "status": "ok"}],
 "meta": {"generated": 1476883542.28}}"""


def test_a_dump_of_peeringdb(tmp_path: Path) -> None:
    """Prefixes in use have their exchange's name, over the LAN; broken and private ones are rejects."""
    name, tables, rejects = read(write(tmp_path, "peeringdb_2_dump_2025_09_01.json", DUMP))
    assert name == "peeringdb"
    assert rows(tables, "exchange") == [("80.249.208.0/21", "AMS-IX"), ("2001:7f8::/64", "DE-CIX Frankfurt")]
    assert set(tables[1][1]["seen"]) == {date(2025, 9, 1)}
    assert [reject.locator for reject in rejects] == ["ixpfx 3", "ixpfx 4"]


def test_an_answer_of_peeringdb(tmp_path: Path) -> None:
    """An answer for prefixes alone knows the exchange's number alone; its date is its own (date -u -d @1476883542)."""
    _, tables, _ = read(write(tmp_path, "ixpfx.json", ANSWER))
    assert rows(tables, "exchange") == [("80.249.208.0/21", "exchange 26 of PeeringDB")]
    assert set(tables[1][1]["seen"]) == {date(2016, 10, 19)}


@pytest.mark.parametrize("text", [DUMP[:-9], "{" * 100_000, '{"net": 1, "ixpfx": 3}'])
def test_a_broken_dump_costs_nothing_else(tmp_path: Path, text: str) -> None:
    """A dump that is cut, nested without end or of other types is refused or empty, and says so."""
    path = write(tmp_path, "peeringdb_2_dump_2025_09_01.json", text)
    try:
        _, tables, rejects = read(path)
    except packed.Unreadable:
        return
    assert rows(tables, "exchange") == []
    assert rejects


def test_other_files_are_not_claimed(tmp_path: Path) -> None:
    """CSV, JSON and text of other kinds are left to others."""
    for name, text in {
        "a.csv": "Registry,Name\nx,y\n",
        "a.txt": "ENTERPRISE NUMBERS\n",
        "a.json": '{"data": [{"prefix": 1}]}',
        "b": "OUI\n",
    }.items():
        assert read(write(tmp_path, name, text))[0] not in {"ieee_oui", "iana_enterprise_numbers", "peeringdb"}


def world(*meanings: tuple[str, str, str], registered: list[tuple[str, str, str]]) -> World:
    """Return a world where sources say what names mean, and where numbers are registered under names."""
    identifiers = [("vendor", name, party, None, None, None, source, "seen") for name, party, source in meanings]
    day = date(2025, 1, 1)
    return World(
        {
            "identifier": pl.DataFrame(identifiers, schema=SCHEMAS["identifier"], orient="row"),
            "registration": pl.DataFrame(
                [(kind, value, name, None, day, "ieee-oui-2025-01-01") for kind, value, name in registered],
                schema=SCHEMAS["registration"],
                orient="row",
            ),
        }
    )


def named(held: World) -> set[tuple[str, str, str]]:
    """Return the identities that the registries' names lead to."""
    after = registrants.named(held).table("identifier")
    assert after.schema == SCHEMAS["identifier"]
    return set(after.filter(pl.col("type") != "vendor").select("type", "value", "party").rows())


def test_a_name_that_a_fact_read_in_the_registry_explains_leads_to_its_party() -> None:
    """Case and spacing aside, the name has to be the fact's own; one that is merely alike leads nowhere."""
    held = world(
        ("huawei technologies co.,ltd", "huawei", "ieee-oui-2024-05-20"),
        registered=[
            ("oui", "00259e", "HUAWEI  TECHNOLOGIES CO.,LTD"), ("oui", "001122", "Huawei Device Co., Ltd."),
            ("oui", "70b3d5", "IEEE Registration Authority"), ("asn", "1", "HUAWEI TECHNOLOGIES CO.,LTD"),
        ],
    )  # fmt: skip
    assert named(held) == {("oui", "00259e", "huawei")}
    row = registrants.named(held).table("identifier").filter(pl.col("type") == "oui").row(0, named=True)
    assert (row["seen"], row["source"], row["certainty"]) == (date(2025, 1, 1), "ieee-oui-2025-01-01", "seen")


def test_a_name_from_elsewhere_leads_nowhere() -> None:
    """What inventories mean by a word, a registry's registrant of that word need not be."""
    assert named(world(("asn", "builder", "crossline-names"), registered=[("oui", "001122", "ASN")])) == set()


def test_a_name_of_two_parties_and_a_number_of_two_names_lead_nowhere() -> None:
    """Where the registry or the facts leave a choice, none is made."""
    both = world(
        ("x", "a", "ieee-oui-2024-01-01"), ("x", "b", "ieee-oui-2023-01-01"), registered=[("oui", "001122", "X")]
    )
    assert named(both) == set()
    shared = world(("x", "a", "ieee-oui-2024-01-01"), registered=[("oui", "080030", "X"), ("oui", "080030", "Y")])
    assert named(shared) == set()


def test_a_built_world_names_the_maker(tmp_path: Path) -> None:
    """After a build an address's prefix and an enterprise number lead to the party, by the shipped facts' names."""
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", "oui-20250101.csv", OUI_CSV)
    write(tmp_path / "in", "enterprise-numbers.txt", NUMBERS)
    build.build(tmp_path / "in", tmp_path / "w")
    held = store.load(tmp_path / "w").table("identifier")
    assert ("oui", "00259e", "huawei", date(2025, 1, 1)) in held.select("type", "value", "party", "seen").rows()
    assert held.filter(pl.col("type") == "oui", pl.col("value") == "70b3d5").height == 0
    twice = held.filter(
        pl.col("type") == "enterprise",
        pl.col("value") == "2011",
        pl.col("source") == "iana-enterprise-numbers-2024-05-16",
    )
    assert twice.height == 1  # the fact of that edition, and not once more


def facts(kind: str) -> list[dict[str, str]]:
    """Return the shipped identities of a type."""
    with (FACTS / "identifier.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["type"] == kind]


def test_facts_of_both_registries_stand_in_them() -> None:
    """In another copy too, each shipped prefix and number has a name that a fact of that registry explains."""
    if not (IEEE.is_file() and IANA.is_file()):
        pytest.skip("Debian's packages ieee-data and ipmitool, which carry the registries, are absent")
    meaning = {(r["source"][: -len("-2024-05-20")], r["value"]): r["party"] for r in facts("vendor")}
    ieee = {
        r["Assignment"].lower(): r["Organization Name"] for r in csv.DictReader(io.StringIO(IEEE.read_text("utf-8")))
    }
    iana = dict(re.findall(r"^(\d+)\n  (\S.*?) *$", IANA.read_text("utf-8"), re.MULTILINE))
    for kind, names, registry in (("oui", ieee, "ieee-oui"), ("enterprise", iana, "iana-enterprise-numbers")):
        held = [r for r in facts(kind) if r["value"] in names]
        assert len(held) > 60
        for row in held:
            folded = " ".join(names[row["value"]].split()).casefold()
            assert meaning.get((registry, folded)) == row["party"], (row, folded)


def test_the_named_makers_are_known_without_any_download() -> None:
    """Enterprise numbers of the makers on the lists of equipment, as IANA's registry of 2024-05-16 has them."""
    known = {row["value"]: row["party"] for row in facts("enterprise")}
    expected = {
        "2011": "huawei",
        "3902": "zte",
        "39165": "hikvision",
        "37496": "dahua",
        "40297": "hytera",
        "9": "cisco",
    }
    assert {number: known.get(number) for number in expected} == expected
    assert "8072" not in known  # net-snmp is a program


def test_exchanges_are_canonical_public_and_apart() -> None:
    """Each shipped peering LAN is a prefix without bits beyond its length, and stands once."""
    held = store.shipped().table("exchange")
    assert held.height == held["prefix"].n_unique() > 60
    names = dict(held.select("prefix", "name").rows())
    assert (names["80.249.208.0/21"], names["80.81.192.0/21"]) == ("AMS-IX", "DE-CIX Frankfurt")


@pytest.mark.parametrize(
    ("asked", "name"),
    [("80.249.208.5", "AMS-IX"), ("80.249.215.255", "AMS-IX"), ("80.249.216.0", None), ("2001:7f8:1::5", "AMS-IX")],
)
def test_a_look_up_tells_the_exchange(asked: str, name: str | None) -> None:
    """An address from the first to the last of a LAN (80.249.208.0 to 80.249.215.255) is told to be on it."""
    told = lookup.lookup(store.shipped(), asked)
    said = [statement.answer for q in told.questions if q.name == "peering LAN" for statement in q.statements]
    assert [answer.partition(" (")[0] for answer in said] == ([name] if name else [])
