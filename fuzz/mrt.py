"""Fuzzes the MRT reader, guided by coverage: what it yields must equal the naive decoder, and nothing may be raised.

Needs atheris in the environment (it is no dependency of the project): pip install atheris, then

    python fuzz/mrt.py -max_total_time=300 -max_len=600 CORPUS_DIR

Kernels run as plain Python, so that their branches are seen and numpy checks every index. Without a corpus the fuzzer
begins from files that the tests' writer makes.
"""

# ruff: noqa: INP001 - a script

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris
import guided

sys.path.insert(0, str(guided.TESTS / "readers"))

# The release callback of a column is compiled whatever the environment says, and cannot be instrumented.
with atheris.instrument_imports(
    include=["crossline"], exclude=["crossline.readers.mrt.handover", "crossline.readers.mrt.memory"]
):
    from crossline.readers import mrt
    from crossline.readers.mrt import reading  # noqa: F401 - the kernels, with them

import mrt_naive
import mrt_writer as w
from mrt_results import Outcome

PEERS = [w.Peer("192.0.2.1", 64501), w.Peer("2001:db8::2", 70000)]
PLACE = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)) / "fuzzed.mrt"  # noqa: S108 - speed


def one(data: bytes) -> None:
    """Read the bytes both ways, as content and as they are."""
    PLACE.write_bytes(data)
    mrt.claim(PLACE, data)
    found = Outcome(PLACE)
    if data[:2] != b"\x1f\x8b" and data[:3] != b"BZh":
        state = mrt_naive.decode(data)
        assert found.routes() == mrt_naive.assets(state)  # noqa: S101 - the property that is fuzzed
        assert found.sessions() == mrt_naive.sessions(state)  # noqa: S101


def seeds(folder: Path) -> None:
    """Write a few small files of every kind of record."""
    wide = w.attributes([(2, [1, 2]), (1, [3])], 4)
    narrow = w.attributes([(3, [65001]), (2, [1, 23456])], 2, w.as4_path([(2, [70000])]))
    reach = w.attributes([(2, [4])], 4, w.mp_reach(w.nlri("2001:db8::/32")), w.mp_unreach(w.nlri("::/0")))
    table = w.peer_index_table(PEERS)
    files = (
        table + w.rib("10.0.0.0/8", [(0, wide), (1, wide)]) + w.rib("2001:db8::/32", [(1, wide, 3)]),
        table + w.rib("10.0.0.0/9", [(0, wide)], generic=True),
        w.table_dump("10.0.0.0/8", PEERS[0], narrow) + w.table_dump("2001:db8::/32", PEERS[1]._replace(asn=7), narrow),
        w.bgp4mp(PEERS[0], 4, w.update_body(w.nlri("10.0.0.0/8"), reach, w.nlri("11.0.0.0/8"))),
        w.bgp4mp(PEERS[1], 9, w.update_body(b"", wide, w.nlri("11.0.0.0/8", 5))) + w.state_change(PEERS[1], 6, 1),
        w.retired(1, PEERS[0], w.update_body(b"", narrow, w.nlri("12.0.0.0/8"))) + w.retired(3, PEERS[0], b"\0\6\0\1"),
    )
    for number, data in enumerate(files):
        (folder / f"seed{number}").write_bytes(data)


if __name__ == "__main__":
    guided.run(one, seeds)
