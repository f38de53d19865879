"""Address ranges of @ip-location-db."""

from __future__ import annotations

import io
import ipaddress
import json
import tarfile
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sources_names import SHARED, taken

from crossline.world import packed, sources

if TYPE_CHECKING:
    from pathlib import Path

ASN4 = '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n1.0.4.0,1.0.7.255,38803,Gtelecom Pty Ltd\n'
ASN6 = "2001::,2001::ffff:ffff:ffff:ffff:ffff:ffff,6939,Hurricane Electric LLC\n"
COUNTRY4 = "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.255,ZZ\n"


def package(parts: dict[str, str], version: str = "2.3.2026061719") -> bytes:
    """Pack files as the package of that version has them."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, text in {**parts, "package.json": json.dumps({"version": version})}.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return held.getvalue()


def test_package_and_plain_file_give_the_same_ranges(tmp_path: Path) -> None:
    """The version dates the package; a file taken out of it needs its date stated."""
    path = tmp_path / "package.tgz"
    path.write_bytes(
        package({"LICENSE": "x", "asn-ipv4-num.csv": "1,2,3,x\n", "asn-ipv4.csv": ASN4, "asn-ipv6.csv": ASN6})
    )
    name, tables, rejects = taken(path)
    assert (name, rejects) == ("ip_location_db", [])
    assert tables["source"]["id"].unique().to_list() == ["ip-location-db-asn-2026-06-17"]
    first = int(ipaddress.ip_address("1.0.0.0"))
    assert (first, first + 255, 13335, None) == tables["address4"].row(0)[:4]
    last = int(ipaddress.ip_address("2001::ffff:ffff:ffff:ffff:ffff:ffff"))
    assert (0x2001 << 48, 0, last >> 64, last & (1 << 64) - 1, 6939) == tables["address6"].row(0)[:5]

    plain = tmp_path / "asn-ipv4.csv"
    plain.write_text(ASN4)
    (tmp_path / "editions.csv").write_text("file,published\nasn-ipv4.csv,2026-06-17\n")
    assert taken(plain)[1]["address4"].equals(tables["address4"])


def test_countries_are_registrations_and_zz_is_none(tmp_path: Path) -> None:
    """asn-country fills `registered` and nothing else, under a source and licence of its own."""
    path = tmp_path / "asn-country-ipv4.csv"
    path.write_text(COUNTRY4)
    (tmp_path / "editions.csv").write_text("file,published\nasn-country-ipv4.csv,2026-06-17\n")
    _, tables, _ = taken(path)
    assert tables["address4"].select("asn", "registered").rows() == [(None, "AU"), (None, None)]
    assert tables["source"]["id"].to_list() == ["ip-location-db-asn-country-2026-06-17"]
    assert tables["source"]["licence"][0].startswith("CC0")


def test_lines_that_are_no_ranges_are_rejected_with_their_number(tmp_path: Path) -> None:
    """Each wrong line is named with what is wrong; quotes and line ends of either kind are fine."""
    lines = [
        "1.0.0.0,1.0.0.255,5,x", '"1.0.1.0","1.0.1.255","6","x"\r', "", "1.0.0,1.0.0.1,5,x", "1.0.0.0,1.0.0.300,5,x",
        "1.0.0.0,::1,5,x", "1.0.0.9,1.0.0.1,5,x", "1.0.0.0,1.0.0.1,x,x", "1.0.0.0,1.0.0.1,4294967296,x",
        "1.0.0.0,1.0.0.1", "1.0.0.0", ",,,", "2001:db8::,2001:db8::1,7,no newline at the end",
    ]  # fmt: skip
    path = tmp_path / "asn-ipv4.csv"
    path.write_text("\n".join(lines), newline="")
    (tmp_path / "editions.csv").write_text("file,published\nasn-ipv4.csv,2026-06-17\n")
    _, tables, rejects = taken(path)
    assert tables["address4"]["asn"].to_list() == [5, 6]
    assert tables["address6"]["asn"].to_list() == [7]
    assert [f"asn-ipv4.csv line {n}" for n in range(4, 13)] == [reject.locator for reject in rejects]
    assert "ends before it begins" in rejects[3].reason
    assert "different families" in rejects[2].reason


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text('0123456789.:,"\n\rabcCNx', max_size=60), max_size=6))
def test_any_text_is_ranges_or_rejects(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """Whatever follows a first good line, each further line is a row, a reject or empty."""
    folder = tmp_path_factory.mktemp("f")
    path = folder / "asn-ipv4.csv"
    text = "1.0.0.0,1.0.0.255,5,x\n" + "\n".join(lines)
    path.write_bytes(text.encode())
    (folder / "editions.csv").write_text("file,published\nasn-ipv4.csv,2026-06-17\n")
    _, tables, rejects = taken(path)
    rows = sum(len(tables.get(name, ())) for name in ("address4", "address6"))
    filled = sum(1 for line in text.split("\n") if line.removesuffix("\r"))
    assert filled == rows + sum(reject.count for reject in rejects)


def test_a_package_cut_short_keeps_what_came(tmp_path: Path) -> None:
    """The ranges before the cut are read, and a reject says that the rest is missing."""
    lines = "".join(f"1.{n >> 8}.{n & 255}.0,1.{n >> 8}.{n & 255}.255,{n * 7919},x\n" for n in range(20000))
    path = tmp_path / "p-20260617.tgz"
    path.write_bytes(package({"asn-ipv4.csv": lines})[:-9000])
    _, tables, rejects = taken(path)
    assert 1000 < len(tables["address4"]) < 20000
    assert any("ends early" in reject.reason for reject in rejects)


def test_a_package_without_tables_is_refused(tmp_path: Path) -> None:
    """A tar archive that only looks like the package is not read as an empty one."""
    path = tmp_path / "p.tgz"
    path.write_bytes(package({"asn-other.csv": "x"}))
    with path.open("rb") as file:
        assert sources.load("ip_location_db").claim(path, file.read())
    with pytest.raises(packed.Unreadable, match="no table"):
        taken(path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_packages_have_the_counts_of_their_readme() -> None:
    """411,961 and 103,197 ranges with an AS number, 141,822 and 68,368 with a country; none is rejected."""
    for table, four, six in (("asn", 411_961, 103_197), ("asn-country", 141_822, 68_368)):
        _, tables, rejects = taken(SHARED / "ip" / f"ip-location-db-{table}-2.3.2026061719.tgz")
        assert (four, six, []) == (len(tables["address4"]), len(tables["address6"]), rejects)
        assert [date(2026, 6, 17)] == tables["address6"]["seen"].unique().to_list()
        assert tables["address4"].filter(pl.col("first") > pl.col("last")).height == 0
