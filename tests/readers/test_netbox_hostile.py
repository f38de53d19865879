"""Files made to hurt the NetBox reader end in rows, counted rejects or notes, and change nothing beside them."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import netbox_writer
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline.readers import netbox
from crossline.readers.netbox import columns, stream, walking
from crossline.readers.netbox.columns import Shape, Walked
from crossline.tables import Batch, Limits, Reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXPORT = json.dumps(netbox_writer.export(netbox_writer.organisation()), ensure_ascii=False).encode()
PAGES = {
    name: json.dumps(page, ensure_ascii=False).encode()
    for name, page in netbox_writer.pages(netbox_writer.organisation(), size=3).items()
}


def read(folder: Path, data: bytes, limits: Limits | None = None) -> tuple[list[Batch], list[Reject]]:
    """Read some bytes."""
    path = folder / "netbox.json"
    path.write_bytes(data)
    items = list(netbox.read(path, limits or Limits()))
    return [i for i in items if isinstance(i, Batch)], [i for i in items if isinstance(i, Reject)]


def names(batches: list[Batch]) -> set[str]:
    """Return the names of all devices."""
    return {
        name for b in batches if b.kind == "device" and "fragment" not in b.assets.columns for name in b.assets["name"]
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all examples of a property share."""
    return tmp_path_factory.mktemp("netbox")


def test_a_file_cut_anywhere_says_so(folder: Path) -> None:
    """Every cut of an export is told of, and what is whole before it is read."""
    whole = names(read(folder, EXPORT)[0])
    seen = []
    for cut in [*range(1, 120), *range(120, len(EXPORT), 211), len(EXPORT) - 1]:
        batches, rejects = read(folder, EXPORT[:cut])
        assert rejects, cut
        assert names(batches) <= whole
        seen.append(len(names(batches)))
    assert seen[-1] == len(whole)
    assert seen[0] == 0


@pytest.mark.parametrize("name", ["dcim-devices-0.json", "dcim-cables-0.json"])
def test_a_page_cut_anywhere_says_so(folder: Path, name: str) -> None:
    """Every cut of a page is told of."""
    data = PAGES[name]
    assert read(folder, data)[1] == []
    for cut in [*range(1, 100), *range(100, len(data), 61)]:
        assert read(folder, data[:cut])[1], cut


VALUES = [None, True, -1, 3, 10**30, 1.5, "", "x", "\ud800", [], [[]], [1], ["a", "b"], {}, {"id": "x"}, {"id": 10**19}]


def _each(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        found += [route for key, inner in value.items() for route in _each(inner, (*at, key))]
    elif isinstance(value, list):
        found += [route for place, inner in enumerate(value[:3]) for route in _each(inner, (*at, place))]
    return found


def _replaced(document: Any, route: tuple[Any, ...], value: Any) -> Any:
    if not route:
        return value
    made = json.loads(json.dumps(document))
    inner = made
    for step in route[:-1]:
        inner = inner[step]
    inner[route[-1]] = value
    return made


def test_any_value_anywhere_is_survived(folder: Path) -> None:
    """A value of the wrong type, at each place of an export or page, takes at most what hangs on it with it."""
    chance = random.Random(1)  # noqa: S311 - no secret
    entries = json.loads(EXPORT)
    whole = names(read(folder, EXPORT)[0])
    for place, entry in enumerate(entries):
        for route in _each(entry):
            if chance.random() < 0.85:
                continue
            value = chance.choice(VALUES)
            batches, _ = read(folder, json.dumps(_replaced(entries, (place, *route), value)).encode())
            if entry["model"] in {"auth.user", "sessions.session", "users.token"} and route[:1] != ("model",):
                assert names(batches) == whole
    for data in PAGES.values():
        page = json.loads(data)
        for route in _each(page):
            if chance.random() < 0.85:
                continue
            read(folder, json.dumps(_replaced(page, route, chance.choice(VALUES))).encode())


@pytest.mark.parametrize(
    ("model", "field", "value", "reason"),
    [
        ("dcim.device", "name", 5, "dcim.device: name is no text"),
        ("dcim.device", "site", "2", "dcim.device: site is no whole number"),
        ("dcim.device", "site", 99, "dcim.device: site names a dcim.site that is not in the file"),
        ("dcim.device", "name", "n" * 1001, "dcim.device: name is longer than 1000 bytes"),
        ("dcim.manufacturer", "name", "m" * (1 << 20), "dcim.manufacturer: name is longer than 1000 bytes"),
        ("dcim.manufacturer", "name", "m" * 300, "a maker's or provider's name that is none: empty, of more than 200"),
        ("dcim.manufacturer", "name", "a\x1bb", "a maker's or provider's name that is none: empty, of more than 200"),
        ("ipam.ipaddress", "address", "none", "ipam.ipaddress: address is none"),
        ("ipam.ipaddress", "assigned_object_id", 10**12, "ipam.ipaddress: port names a dcim.interface that is not"),
        ("circuits.circuit", "provider", 77, "circuits.circuit: provider names a circuits.provider that is not in"),
        ("circuits.provider", "asns", 7, "circuits.provider: asns is no list"),
        ("circuits.provider", "asns", [8], "circuits.provider: number names a ipam.asn that is not in the file"),
        ("dcim.module", "device", 88, "dcim.module: device names a dcim.device that is not in the file"),
    ],
)
def test_what_is_wrong_is_counted_with_its_place(folder: Path, model: str, field: str, value: Any, reason: str) -> None:
    """A wrong value is a reject that names model and field, at the offset of the first such object."""
    own = netbox_writer.organisation()
    own.models[model][1][field] = value
    data = json.dumps(netbox_writer.export(own)).encode()
    batches, rejects = read(folder, data)
    told = [r for r in rejects if r.reason.startswith(reason)]
    assert len(told) == 1, rejects
    assert told[0].count >= 1
    entry, _ = json.JSONDecoder().raw_decode(data[int(told[0].locator.removeprefix("byte ")) :].decode())
    assert entry["model"] in {model, "dcim.device"}
    assert names(batches)


def test_numbers_that_stand_twice_count_once(folder: Path) -> None:
    """Of two entries with one number the first counts, and the other is refused."""
    entries = json.loads(EXPORT)
    device = next(e for e in entries if e["model"] == "dcim.device")
    again = json.loads(json.dumps(device))
    again["fields"]["name"] = "another"
    batches, rejects = read(folder, json.dumps([*entries, again, again]).encode())
    assert "another" not in names(batches)
    assert [r.count for r in rejects if r.reason == "dcim.device: its number (pk) stands in the file already"] == [2]


def test_cables_in_a_ring_end(folder: Path) -> None:
    """Panels whose cables lead round in a ring are followed once."""
    own = netbox_writer.organisation()
    fronts = sorted(own.models["dcim.frontport"])
    own.models["dcim.rearport"] = {n: f | {"positions": 1} for n, f in own.models["dcim.rearport"].items()}
    for a in fronts:
        for b in fronts:
            own.plug(("dcim.frontport", a), ("dcim.frontport", b))
    batches, _ = read(folder, json.dumps(netbox_writer.export(own)).encode())
    assert [b.kind for b in batches] == ["device", "circuit"]


def test_a_cable_of_a_million_ends_is_left_out(folder: Path) -> None:
    """A cable with more ends than a cable has is refused, not multiplied out."""
    own = netbox_writer.organisation()
    for n in range(2, 3000):
        own.models["dcim.interface"][n + 10] = own.models["dcim.interface"][1]
        own.add(
            "dcim.cabletermination", cable=1, cable_end="AB"[n % 2], termination_type=["dcim", "interface"],
            termination_id=n + 10, _device=1,
        )  # fmt: skip
    begin = time.perf_counter()
    _, rejects = read(folder, json.dumps(netbox_writer.export(own)).encode())
    assert time.perf_counter() - begin < 5
    assert any(r.reason.startswith("dcim.cable: more than 64 ends") for r in rejects)


BOMBS: dict[str, Callable[[], bytes]] = {
    "nesting without end": lambda: b'[{"model": "dcim.device", "pk": 1, "fields": ' + b"[" * 3_000_000,
    "nesting that ends": lambda: (
        b'[{"model": "dcim.device", "pk": 1, "fields": {"x": ' + b"[" * 500_000 + b"]" * 500_000 + b"}}]"
    ),
    "nesting objects": lambda: b'[{"model": "dcim.device", "fields": ' + b'{"fields": ' * 200_000,
    "a string without end": lambda: b'[{"model": "dcim.device", "pk": 1, "fields": {"name": "' + b"a" * 3_000_000,
    "an object without end": lambda: b'[{"model": "dcim.device", "fields": {' + b'"name": "a",' * 200_000,
    "empty objects": lambda: b"[" + b"{}," * 500_000 + b"{}]",
    "numbers": lambda: b"[" + b"1," * 500_000 + b"1]",
    "empty devices": lambda: b"[" + b'{"model":"dcim.device","pk":1,"fields":{}},' * 50_000 + b"1]",
    "a page of members": lambda: b'{"count": 1,' + b'"a": 1,' * 200_000 + b'"url": "/api/dcim/"}',
    "a list of a million AS numbers": lambda: (
        b'[{"model":"circuits.provider","pk":1,"fields":{"name":"a","asns":[' + b"1," * 500_000 + b"1]}}]"
    ),
    "backslashes": lambda: b'[{"model": "dcim.device", "pk": 1, "fields": {"name": "' + b"\\" * 1_000_001 + b'"}}]',
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_end_in_rejects(folder: Path, bomb: str) -> None:
    """What is built to exhaust a parser ends soon, with a message."""
    data = BOMBS[bomb]()
    begin = time.perf_counter()
    batches, rejects = read(folder, data)
    assert time.perf_counter() - begin < 8
    assert rejects or bomb == "nesting that ends"
    assert len(names(batches)) < 2


@settings(max_examples=80)
@given(data=st.binary(max_size=60), at=st.integers(0, len(EXPORT)), drop=st.integers(0, 30))
def test_bytes_in_the_midst_are_survived(folder: Path, data: bytes, at: int, drop: int) -> None:
    """Whatever bytes stand in an export, reading ends in batches and rejects."""
    batches, _ = read(folder, EXPORT[:at] + data + EXPORT[at + drop :])
    assert all(isinstance(batch, Batch) for batch in batches)


@settings(max_examples=80)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_survived(folder: Path, data: bytes) -> None:
    """Any bytes at all end in rejects, or in nothing to read."""
    read(folder, data)
    read(folder, b'[{"model": "dcim.device", "fields": ' + data)
    read(folder, b'{"results": [' + data)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.sampled_from(["a", "b", "ab", "c"]) | TEXT
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
PROBE = Shape(
    (columns.text("text", "a"), columns.integer("number", "b.c"), columns.text("first", "c.0")), places=("ab",)
)


def _expected(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, dict):
        return ("no object",)
    b, c = value.get("b"), value.get("c")
    text = value.get("a")
    number = b.get("c") if isinstance(b, dict) else None
    # json.loads makes "number" a bool of true; and 1.0 is no whole number as it stands
    first = c[0] if isinstance(c, list) and c else None
    return (
        text if isinstance(text, str) else None,
        number if type(number) is int and abs(number) < 10**17 else None,
        first if isinstance(first, str) else None,
        value.get("ab"),
    )


@settings(max_examples=100)
@given(values=st.lists(JSON, max_size=5), indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_the_walk_finds_what_json_finds(values: list[Any], indent: int | None, ascii_only: bool) -> None:
    """Any list of JSON values is walked as Python's json module reads it, escapes, spaces and all."""
    values = [{"a": "x", "b": {"c": 7}, "c": ["y"], "ab": values}, *values]
    data = np.frombuffer(json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode(), np.uint8)
    stack, kind, start, size = columns.room(len(values), PROBE)
    state = np.zeros(3, np.int64)
    count = walking.elements(data, 1, len(data), PROBE.paths, stack, kind, start, size, state)
    assert (count, int(state[1]), int(state[2])) == (len(values), walking.CLOSED, len(data))
    table = columns.frame(Walked(data, 0, kind, start, size), PROBE, lambda *_: None, start[:, 0])
    node = PROBE.nodes["ab"]
    found = []
    for row in range(count):
        if kind[row, 0] != walking.OBJECT:
            found.append(("no object",))
            continue
        at = start[row, node]
        ab = json.loads(data[at : at + size[row, node]].tobytes()) if kind[row, node] else None
        found.append((*table.row(row)[1:], ab))
    # A number of up to eighteen digits is read; Python has no such limit.
    assert [
        f if f[0] == "no object" else (f[0], f[1] if f[1] is None or abs(f[1]) < 10**17 else None, *f[2:])
        for f in found
    ] == [_expected(value) for value in values]


@pytest.mark.parametrize("size", [64, 999, 4096])
def test_windows_change_nothing(folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read alike whatever part of it lies in the window at a time; what is longer than it is told of."""
    whole = read(folder, EXPORT)
    monkeypatch.setattr(stream, "WINDOW", size)
    batches, rejects = read(folder, EXPORT)
    longest = max(len(json.dumps(e, ensure_ascii=False).encode()) for e in json.loads(EXPORT))
    if size > longest + 1:
        assert rejects == whole[1]
        assert all(a.assets.equals(b.assets) for a, b in zip(batches, whole[0], strict=True))
    else:
        assert any("longer than" in r.reason for r in rejects)


def test_limits_are_named(folder: Path) -> None:
    """A limit on bytes, objects or time ends the reading, and a reject names it."""
    assert "limit of 10 bytes" in read(folder, EXPORT, Limits(bytes_in=10))[1][0].reason
    assert any("past the limit" in r.reason for r in read(folder, EXPORT, Limits(rows=3))[1])
    assert any("limit of 0 seconds" in r.reason for r in read(folder, EXPORT, Limits(seconds=0))[1])


def test_an_export_of_another_program_says_so(folder: Path) -> None:
    """An export of Django with none of NetBox's tables is one clear reject."""
    data = json.dumps([{"model": "auth.user", "pk": 1, "fields": {"username": "x"}}]).encode()
    batches, rejects = read(folder, data)
    assert batches == []
    assert len(rejects) == 1
    assert "NetBox's devices and circuits are not" in rejects[0].reason


def test_utf16_says_how_to_save_it(folder: Path) -> None:
    """An export that a shell wrote as UTF-16 is claimed, and told what to do."""
    data = EXPORT.decode().encode("utf-16")
    path = folder / "utf16.json"
    path.write_bytes(data)
    assert netbox.claim(path, data)
    assert read(folder, data)[1] == [Reject("byte 0", "the file is UTF-16; save it as UTF-8")]


def test_names_come_out_as_they_are(folder: Path) -> None:
    """Formulas, HTML, controls and half characters in names stand as text in the tables; nothing acts on them."""
    own = netbox_writer.organisation()
    odd = ["=cmd|'/c calc'!A0", "<script>alert(1)</script>", "\x1b[2J\x00", "a\u202eb", "\ud83d", 'q"\\/']
    for number, name in enumerate(odd, 1):
        own.models["dcim.device"][number]["name"] = name
        own.models["dcim.device"][number]["status"] = "active"
    batches, _ = read(folder, json.dumps(netbox_writer.export(own)).encode())
    assert names(batches) == {*odd} - {"\ud83d"} | {"\ufffd"}
    assert all(batch.assets.write_json() for batch in batches)
    assert isinstance(pl.concat([b.assets.select("asset", "name") for b in batches]), pl.DataFrame)
