"""Fuzzes what reads Apple's packages and app bundles: programs, signatures, lists, messages; nothing may be raised.

Needs atheris in the environment (it is no dependency of the project): pip install atheris, then

    python fuzz/apple.py -max_total_time=300 -max_len=70000 CORPUS_DIR

Kernels run as plain Python, so that their branches are seen and numpy checks every index. Without a corpus the fuzzer
begins from the files of the tests.
"""

# ruff: noqa: INP001 - a script

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import atheris
import guided

with atheris.instrument_imports(include=["crossline"]):
    from crossline.packages import cms, code_signature, macho, plist, protobuf, resource_table
    from crossline.packages.bundle_manifest import _elements as elements

if TYPE_CHECKING:
    from pathlib import Path


def one(data: bytes) -> None:
    """Read the bytes as everything that they may be."""
    for read in (plist.read, cms.read):
        try:
            read(data)
        except (plist.Unreadable, cms.Unreadable):
            continue
    code_signature.read(data)
    slices, _ = macho.read(data)
    for part in slices:
        macho.classes(data, part)
        macho.class_symbols(data, part)
        if part.signature:
            code_signature.read(data[slice(*part.signature)])
    for first, last in (*macho.searched(slices)[0], *macho.searched(slices)[1]):
        assert 0 <= first < last <= len(data)  # noqa: S101 - the property that is fuzzed
    texts = resource_table.read(data)
    assert all(0 <= a <= b <= len(data) for a, b, _ in texts.rows.tolist())  # noqa: S101
    texts.laid_out()
    try:
        list(elements(memoryview(data)))
    except protobuf.Unreadable:
        return


def seeds(folder: Path) -> None:
    """Write the files of the tests' packages, programs without most of their empty pages."""
    for package in ("apple/signed.ipa", "apple/store.ipa", "apple/watch.zip", "apple/sdks.ipa", "bundle/example.aab"):
        with zipfile.ZipFile(guided.TESTS / "readers" / package) as opened:
            for name in opened.namelist():
                (folder / f"{package}-{name}".replace("/", "-")).write_bytes(opened.read(name))


if __name__ == "__main__":
    guided.run(one, seeds)
