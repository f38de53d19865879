"""Laws that hold for every reader of a router's routes, whatever the bytes."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from route_results import Outcome

from crossline.readers.bird import reading
from crossline.routes import document, pieces

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JUNK = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(
        [b"\0", b"\xff\xfe", b'"', b"\\", b"{", b"}", b"[", b"]", b"\n", b"\r", b"\n{", b"[[", b"99999999999", b"/129"]
    ),
    st.sampled_from([b"1.2.3.4/33", b"::/0", b"{1 2", b"(", b"...", b"null", b"1e999", b"-1", b"\x1b[2J", b"\t", b" "]),
)
CHANGES = st.lists(st.tuples(st.floats(0, 1), JUNK, st.booleans()), max_size=6)


def sound(found: Outcome) -> None:
    """Hold that everything that came out is what it says it is."""
    for route in found.routes().values():
        network = ipaddress.ip_network(route.prefix)  # strict: no bits beyond its length
        assert str(network) == route.prefix
        assert route.peer is None or str(ipaddress.ip_address(route.peer))
        for numbers in route.ties.values():
            assert all(0 <= number < 1 << 32 for number in numbers)


def altered(data: bytes, changes: list[tuple[float, bytes, bool]]) -> bytes:
    """Return ``data`` with bytes put in, or in place of others."""
    for where, junk, over in changes:
        at = int(where * len(data))
        data = data[:at] + junk + data[at + (len(junk) if over else 0) :]
    return data


def outcome(reader: str, folder: Path, data: bytes) -> Outcome:
    """Read these bytes."""
    file = folder / "file"
    file.write_bytes(data)
    return Outcome(reader, file)


def cut_anywhere(reader: str, folder: Path, data: bytes, step: int) -> None:
    """Hold that a file cut anywhere gives nothing that the whole does not, but for paths that are then not known."""
    whole = outcome(reader, folder, data).routes()
    seen = 0
    for cut in range(1, len(data), step):
        found = outcome(reader, folder, data[:cut])
        routes = found.routes()
        for name, route in routes.items():
            if route != whole[name]._replace(selected=route.selected):
                assert set(route.extents.values()) == {"none"}, (cut, name)
                assert name == list(routes)[-1]
        assert len(routes) >= seen, cut
        seen = len(routes)
        if data[cut - 1 : cut] not in (b"\n", b"\t", b" ", b"}"):
            assert 1 <= found.rejected <= 2, cut  # a line, and a route that it should have completed


def whatever_the_pieces(reader: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that a file gives the same however it comes in pieces."""
    whole = Outcome(reader, path)
    for size, rows in ((1400, 2), (1777, 3), (4000, 1 << 10)):
        monkeypatch.setattr(pieces, "_AT_ONCE", size)
        monkeypatch.setattr(document, "_AT_ONCE", rows)
        monkeypatch.setattr(reading, "_ROWS", rows + 1)
        found = Outcome(reader, path)
        assert found.routes() == whole.routes()
        assert found.sessions() == whole.sessions()
        assert (found.notes, found.rejects) == (whole.notes, whole.rejects)
        for kind, batch in whole.batches.items():
            assert found.batches[kind].assets["locator"].to_list() == batch.assets["locator"].to_list()
