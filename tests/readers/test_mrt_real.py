"""The MRT reader on tables and messages as collectors wrote them, beside bgpdump and the naive decoder."""

from __future__ import annotations

import bz2
import gzip
import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import mrt_naive as naive
import polars as pl
import pytest
from mrt_results import Outcome

from crossline.readers import HEAD_BYTES, mrt

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "mrt"
TABLES = {
    "rib.20140523.0600_firstMB.bz2": 270_005,  # ../shared/data/README.md, by bgpdump
    "rib6.20151101.0600_firstMB.bz2": 149_578,  # by bgpdump
}
OLDEST, UPDATES = "bview.20000111.0032.gz", "updates.20000102.2014.gz"


def real(name: str) -> Path:
    """Return the file, or skip."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data/mrt")
    return path


def content(path: Path) -> bytes:
    """Decompress as much as there is."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else bz2.BZ2Decompressor().decompress(data)


def bgpdump(path: Path) -> list[list[str]]:
    """Return the fields of each line that `bgpdump -m` prints, or skip."""
    if not shutil.which("bgpdump"):
        pytest.skip("bgpdump is not installed (Debian: apt-get install bgpdump)")
    ran = subprocess.run(["bgpdump", "-m", str(path)], capture_output=True, text=True, check=False)
    return [line.split("|") for line in ran.stdout.splitlines()]


def line_of(text: str) -> tuple[tuple[int, ...], bool]:
    """Collapse a path as bgpdump prints it: networks in order, and whether a set ends it. Sets are in braces."""
    line: list[int] = []
    fresh = True
    for word in text.split():
        if not word.isdigit():
            fresh = True
        else:
            if fresh or line[-1] != int(word):
                line.append(int(word))
            fresh = False
    return tuple(line), text.endswith("}")


def lines(found: Outcome) -> dict[tuple[str, str], tuple[tuple[int, ...], bool]]:
    """Return, by peer address and prefix, the networks of a route in order, and whether the origin is hidden."""
    batch = found.batches["route"]
    number = pl.Series(batch.identifiers["value"].cast(pl.UInt32))
    ties = batch.ties.with_columns(number.gather(batch.ties["identifier"]).alias("asn"))
    line = (
        ties.unique(["bundle", "seq"]).sort("bundle", "seq").group_by("bundle", maintain_order=True).agg(pl.col("asn"))
    )
    origin = set(ties.filter(pl.col("role") == "origin")["bundle"])
    known = {row["bundle"]: tuple(row["asn"]) for row in line.to_dicts()}
    assets = batch.assets.select("peer_address", "prefix", "bundle")
    return {(peer, prefix): (known.get(bundle, ()), bundle not in origin) for peer, prefix, bundle in assets.rows()}


@pytest.mark.parametrize(("name", "count"), TABLES.items())
def test_tables_against_bgpdump(name: str, count: int) -> None:
    """Every entry of every whole record, with peer, prefix and path as bgpdump reads them; then the cut is named."""
    path = real(name)
    found = Outcome(path)
    assert found.rows("route") == count
    printed = bgpdump(path)
    assert len(printed) == count
    assert lines(found) == {
        (str(ip_address(fields[3])), str(ip_network(fields[5]))): line_of(fields[6]) for fields in printed
    }
    assert [re.sub(r"[\d,]+", "#", reject.reason) for reject in found.rejects] == [
        "the file ends within a record of # bytes: # are missing",
        "the bzip# data ends early# after byte # of the file",
    ]


@pytest.mark.parametrize("name", TABLES)
def test_tables_against_the_naive_decoder(name: str, tmp_path: Path) -> None:
    """On the first megabytes of each table ids, dates, places, ties and extents are those of the naive decoder."""
    data = content(real(name))[:700_000]
    path = tmp_path / "table"
    path.write_bytes(data)
    assert Outcome(path).routes() == naive.assets(naive.decode(data))


def test_the_oldest_table_whole() -> None:
    """RIS of 2000: 452,018 entries and 82,377 prefixes (../shared/data/README.md), many in one record."""
    found = Outcome(real(OLDEST))
    assert found.rows("route") == 452_018
    assert found.batches["route"].assets["prefix"].n_unique() == 82_377
    assert found.rejects == []
    assert found.notes == []
    state = naive.decode(content(real(OLDEST))[:2_000_000])
    expected = {
        (peer[0], prefix): line_of(
            " ".join(
                " ".join(map(str, members)) if kind == 2 else "{" + ",".join(map(str, members)) + "}"
                for kind, members in route.path.segments
            )
        )
        for (peer, prefix, _), route in state.routes.items()
        if route.path
    }
    known = lines(found)
    assert len(expected) > 40_000
    assert {key: known[key] for key in expected} == expected


def test_messages_against_bgpdump() -> None:
    """Updates of 2000, replayed by hand over what bgpdump prints at length (its short form garbles withdrawals)."""
    path = real(UPDATES)
    if not shutil.which("bgpdump"):
        pytest.skip("bgpdump is not installed (Debian: apt-get install bgpdump)")
    printed = subprocess.run(["bgpdump", str(path)], capture_output=True, text=True, check=False).stdout
    standing: dict[tuple[str, str], tuple[tuple[int, ...], bool]] = {}
    for block in printed.split("\n\n"):
        peer, line, field = "", line_of(""), ""
        for text in block.splitlines():
            word, _, rest = text.partition(": ")
            if word in ("FROM", "PEER"):
                peer = rest.split()[0]
            elif word == "ASPATH":
                line = line_of(rest)
            elif word == "STATE":
                standing = {key: route for key, route in standing.items() if key[0] != peer}
            elif text.startswith("  ") and field == "WITHDRAW":
                standing.pop((peer, text.strip()), None)
            elif text.startswith("  ") and field == "ANNOUNCE":
                standing[peer, text.strip()] = line
            else:
                field = text
    found = Outcome(path)
    assert lines(found) == standing
    assert len(standing) > 1000
    assert found.routes() == naive.assets(naive.decode(content(path)))
    assert found.rejects == []


@pytest.mark.parametrize("name", [*TABLES, OLDEST, UPDATES])
def test_real_files_are_claimed(name: str) -> None:
    """Collectors' files are MRT by their content, even where bzip2 gives nothing of its first 64 KiB."""
    path = real(name)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    assert mrt.claim(path.with_name("unnamed") if name == OLDEST else path, head)
