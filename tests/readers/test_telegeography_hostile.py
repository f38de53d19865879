"""Maps of submarine cables: what is broken, of another type, too large or somebody else's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cable_samples import ONE, THREE, edition, feature, landing, rejected, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import Told, told

from crossline.readers import telegeography
from crossline.tables import Limits


def test_duplicates_and_strange_members_are_refused(tmp_path: Path) -> None:
    """The first of two with one id counts; two of one name are two; wrong types are refused where they stand."""
    again = ONE | {"name": "Again"}
    strange = {
        "id": "strange", "name": 7, "length": "long", "rfs": "soon", "owners": 5, "suppliers": {"a": 1},
        "landing_points": [None, {"id": ["x"]}, "", "beta-curaçao", landing("Beta, Curaçao", "Curaçao")],
    }  # fmt: skip
    found = told(write(tmp_path / "all.json", [ONE, again, THREE, strange, 4, {"hello": 1}]))
    assert {a: r["name"] for a, r in found.columns.items() if a.startswith("cable:")} == {
        "cable:one": "One", "cable:three": "One", "cable:strange": "strange",
    }  # fmt: skip
    assert found.ties["cable:strange"] == [("landing", "asset:landing-point:beta-curaçao")]
    assert found.extents["cable:strange"] == {"landing": "some", "owner": "none", "builder": "none"}
    assert [(where, why) for where, why, _ in rejected(found) if where.startswith("[3]")] == [
        ("[3]", "name: no text"), ("[3]", "rfs: it begins with no year"),
        ("[3]", "length: not a number of kilometres (45,000 km)"),
        *((f"[3] landing_points[{n}]", "a landing point without an id that can be one") for n in range(3)),
        ("[3] owners", "neither text nor a list"), ("[3] suppliers", "neither text nor a list"),
    ]  # fmt: skip
    assert ("[1]", "the cable one stands a second time: the first counts", 1) in rejected(found)
    assert [where for where, _, _ in rejected(found)][1:3] == ["[4]", "[5]"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = (*ONE, "latlon", "latitude", "longitude", "country", "cables", "status", "properties", "geometry", "type")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), JUNK, max_size=6), max_size=4), st.booleans())
def test_any_members_end_in_rows_or_rejects(tmp_path: Path, items: list[dict[str, Any]], wrapped: bool) -> None:
    """Whatever the members hold, nothing is raised, batches keep to the contract, and a sound cable beside is read."""
    document = {"features": [*items, feature("LineString", "ok", [[0, 0], [1, 1]])]} if wrapped else [ONE, *items]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document), encoding="utf-8", errors="replace")
    found = Told("telegeography")
    for item in telegeography.read(path, Limits()):
        if hasattr(item, "kind"):
            from crossline import jail  # noqa: PLC0415

            assert jail.fault(item) is None
            found.columns |= {row["asset"]: row for row in item.assets.iter_rows(named=True)}
    assert ("cable:ok" if wrapped else "cable:one") in found.columns


def test_cut_anywhere_it_is_refused(tmp_path: Path) -> None:
    """A file that ends early is one reject, and the files beside it are read."""
    root = edition(tmp_path)
    whole = (root / "cable" / "one.json").read_bytes()
    for end in range(0, len(whole), 37):
        (root / "cable" / "one.json").write_bytes(whole[:end])
        found = told(root)
        assert {"cable:two", "cable:three"} <= found.columns.keys()
        assert [where for where, why, _ in rejected(found) if why.startswith("not JSON")] == ["cable/one.json"]


def test_deep_nesting_and_wide_lists_are_bounded(tmp_path: Path) -> None:
    """A hundred thousand brackets are no JSON here; a cable of ten thousand landings is cut at the limit."""
    (tmp_path / "deep.json").write_text('{"owners": ' + "[" * 100_000)
    assert [r.reason for r in telegeography.read(tmp_path / "deep.json", Limits()) if hasattr(r, "reason")] != []
    many = [landing(f"P{n}, Fiji", "Fiji") for n in range(10_000)]
    owners = ", ".join(f"Owner {n}" for n in range(3_000))
    found = told(write(tmp_path / "wide.json", ONE | {"landing_points": many, "owners": owners}))
    assert len(found.ties["cable:one"]) == 1000 + 1000 + 2
    assert found.extents["cable:one"] | {"builder": "all"} == {"landing": "some", "owner": "some", "builder": "all"}


def test_limits_name_themselves(tmp_path: Path) -> None:
    """Bytes, rows and rejects beyond a limit are counted."""
    root = edition(tmp_path)
    few = [item for item in telegeography.read(root, Limits(bytes_in=2000)) if getattr(item, "count", 0) > 1]
    assert [item.reason for item in few] == ["past a limit of the edition; not read"]
    bad = write(tmp_path / "bad.json", [ONE, *({"owners": 1, "id": [n]} for n in range(30))])
    kept = [item for item in telegeography.read(bad, Limits(rejects=5)) if hasattr(item, "count")]
    assert [item.count for item in kept] == [1] * 5 + [25]


@pytest.mark.parametrize(
    "text",
    ['[{"id":"x","name":"X"}]', '{"cables": 5}', '{"type":"FeatureCollection","features":[]}', "owners,landing_points",
     '{"repo":{"name":"x"},"packages":{}}', '[{"country":"x","name":"y"}]', ""],
)  # fmt: skip
def test_other_files_are_not_claimed(text: str, tmp_path: Path) -> None:
    """JSON without the members of cables, other GeoJSON, and text are left to others."""
    assert not telegeography.claim(tmp_path / "x.json", text.encode())


def test_claims_are_quick_on_any_head() -> None:
    """Sixty-four thousand spaces or quotation marks are looked at in no time, since nothing backtracks."""
    for head in (b"[" + b" " * 65000, b"{" + b'"' * 65000, b'{"landing_points"' * 4000):
        telegeography.claim(Path("x"), head)


def test_a_plan_that_is_no_boolean_is_refused(tmp_path: Path) -> None:
    """Text and numbers in is_planned say nothing and are refused; nothing at all is no mistake; status counts first."""
    stated = ["true", 1, None, True]
    cables = [ONE | {"id": f"c{n}", "is_planned": value} for n, value in enumerate(stated)]
    cables.append(ONE | {"id": "c4", "is_planned": True, "status": "in service"})
    found = told(write(tmp_path / "all.json", cables))
    assert [found.columns[f"cable:c{n}"]["status"] for n in range(5)] == [None, None, None, "planned", "in-service"]
    assert [(where, why) for where, why, _ in rejected(found) if "is_planned" in why] == [
        ("[0]", "is_planned: neither true nor false"), ("[1]", "is_planned: neither true nor false"),
        ("[4]", "is_planned: true, and status in-service, which counts"),
    ]  # fmt: skip


def test_two_states_of_a_landing_point_are_told(tmp_path: Path) -> None:
    """The cable's file says China and the landing point's own Japan: its own counts, and a reject names both."""
    write(tmp_path / "cable" / "a.json", ONE | {"landing_points": [landing("P, China", "China")]})
    write(tmp_path / "landing-point" / "p.json", landing("P, China", "Japan") | {"cables": []})
    batches = list(telegeography.read(tmp_path, Limits()))
    (cables,) = [batch for batch in batches if getattr(batch, "kind", None) == "cable"]
    assert cables.ties["place"].drop_nulls().to_list() == ["JP"]
    (reject,) = [one for one in batches if "which counts" in getattr(one, "reason", "")]
    assert reject.reason == "country: CN here, and JP at landing-point/p.json, which counts"


def test_numbers_in_other_members_are_read_or_refused(tmp_path: Path) -> None:
    """length_km is a number and rfs_year may be text; what is neither is a reject."""
    other = {"length": None, "rfs": None}
    cables = [
        ONE | other | {"id": "a", "length_km": 12000, "rfs_year": "2024"},
        ONE | other | {"id": "b", "length_km": "far", "rfs_year": "soon"},
    ]
    found = told(write(tmp_path / "all.json", cables))
    shown = [(row["length_km"], row["ready_year"]) for row in found.columns.values() if "length_km" in row]
    assert shown[-2:] == [(12000.0, 2024), (None, None)]
    assert {why for _, why, _ in rejected(found)} == {"length_km: not a number of kilometres", "rfs_year: not a year"}


@pytest.mark.parametrize("held", [{"a": 1}, None, 7])
def test_landing_points_that_are_no_list_are_refused(held: object, tmp_path: Path) -> None:
    """What is no list and no text is a reject with its place, and how the cable lands is not known."""
    found = told(write(tmp_path / "one.json", ONE | {"landing_points": held, "owners": "BT"}))
    assert rejected(found) == [("file landing_points", "neither text nor a list", 1)]
    assert found.extents["cable:one"]["landing"] == "none"


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """The id stands in for it."""
    found = told(write(tmp_path / "one.json", ONE | {"name": ["x"]}))
    assert rejected(found) == [("file", "name: no text", 1)]
    assert found.columns["cable:one"]["name"] == "one"
