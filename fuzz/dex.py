"""Fuzzes what reads packages of apps, guided by coverage: archives, dex files and hosts; nothing may be raised.

Needs atheris in the environment (it is no dependency of the project): pip install atheris, then

    python fuzz/dex.py -max_total_time=300 -max_len=1500 CORPUS_DIR

Kernels run as plain Python, so that their branches are seen and numpy checks every index; bytes that are a whole dex
file must give what the tests' naive decoder gives. Without a corpus the fuzzer begins from files that the tests'
writers make. With CROSSLINE_FUZZ=manifest it is the library for manifests that is fuzzed, in its own process.
"""

# ruff: noqa: INP001 - a script

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import atheris
import guided

sys.path.insert(0, str(guided.TESTS / "packages"))

with atheris.instrument_imports(include=["crossline"]):
    from crossline.packages import archive, dex, hosts, manifest

import dex_naive
from apk_writer import Entry
from apk_writer import archive as zipped
from dex_writer import container
from dex_writer import dex as written

if TYPE_CHECKING:
    from pathlib import Path

BOUNDS = archive.Bounds(entries=64, entry_bytes=1 << 20, bytes_out=1 << 22)


def opened(data: bytes) -> None:
    """Open an archive, read its entries, and open those within."""
    pending = [data]
    spent = 0
    while pending and spent < 20:
        try:
            found = archive.Archive(pending.pop(), BOUNDS)
        except archive.Unreadable:
            continue
        for row in range(min(20, len(found.entries))):
            found.head(row)
            spent += 1
            try:
                held = bytes(found.read(row))
            except archive.Unreadable:
                continue
            assert len(held) == found.entries["size"][row]  # noqa: S101 - the property that is fuzzed
            pending.append(held)


def one(data: bytes) -> None:
    """Read the bytes as an archive, as a dex file, and as any bytes."""
    if os.environ.get("CROSSLINE_FUZZ") == "manifest":
        try:
            manifest.read_bytes(data)
        except manifest.Unreadable:
            return
        return
    opened(data)
    read = dex.read(data)
    hosts.in_dex(data, read)
    hosts.in_bytes(data)
    whole = read.version is not None and read.version < 41 and not any("lie over" in odd for odd in read.odd)
    if whole:
        try:
            expected = dex_naive.types(data)
        except UnicodeError:  # the naive decoder is strict about text
            return
        found = dict(read.types.select("name", "defined").iter_rows())
        assert found == expected, (found, expected)  # noqa: S101


def seeds(folder: Path) -> None:
    """Write a few small files of every kind."""
    small = written(["La/B;", "Lc/D$E;"], ["[Lf/G;", "I"], ["https://user@%s.example.com:80/", "example.org"])
    apk = zipped([Entry(b"classes.dex", small), Entry(b"a/b", b"http://192.0.2.1", 0, flags=1, made_by=3)])
    files = (
        small,
        written(["Lä/😀;"], version=40),
        container([(["La/B;"], [], []), (["Lc/D;"], [], [])]),
        apk,
        zipped([Entry(b"inner.apk", apk, 0), Entry(b"inner.apk", b"", 99)], before=b"MZ", comment=b"PK\5\6"),
    )
    for number, data in enumerate(files):
        (folder / f"seed{number}").write_bytes(data)


if __name__ == "__main__":
    guided.run(one, seeds)
