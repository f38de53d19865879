"""What lldpd heard: makers as neighbours state them, in both shapes of JSON, and no whole address or serial number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import jail, readers
from crossline.readers import lldp
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    import random

HERE = Path(__file__).parent / "equipment"


def read(path: Path, limits: Limits | None = None) -> tuple[Batch | None, list[Reject], list[Note]]:
    """Read a file, hold its batch to the contract, but for its column for links, and sort what came."""
    batch, rejects, notes = None, [], []
    for item in lldp.read(path, limits or Limits()):
        if isinstance(item, Batch):
            assert batch is None
            batch = item
            assert (
                jail.fault(Batch(item.kind, item.assets.drop("addresses"), item.identifiers, item.ties, item.extents))
                is None
            )
        elif isinstance(item, Reject):
            rejects.append(item)
        else:
            notes.append(item)
    return batch, rejects, notes


def told(path: Path) -> dict[str, Any]:
    """Return, by asset, its addresses, its ties in sequence, and the extent of its vendor ties."""
    batch, rejects, _ = read(path)
    assert batch is not None
    assert rejects == []
    spelt = batch.identifiers.select(id=pl.format("{}:{}", "type", "value")).with_row_index("identifier")
    rows = batch.ties.join(spelt, on="identifier").sort("bundle", "seq")
    found = {}
    for asset, bundle, held in batch.assets.select("asset", "bundle", "addresses").iter_rows():
        mine = rows.filter(pl.col("bundle") == bundle).select("role", "id", "basis").rows()
        extent = batch.extents.filter(pl.col("bundle") == bundle, pl.col("role") == "vendor")["extent"][0]
        found[asset] = (held, mine, extent)
    return found


def write(folder: Path, document: object, name: str = "router.json") -> Path:
    """Write a document."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def neighbour(**chassis: object) -> dict[str, object]:
    """Return a neighbour in the shape of json, heard at eth0."""
    return {"lldp": {"interface": {"eth0": {"via": "LLDP", "chassis": chassis}}}}


MAC = {"type": "mac", "value": "00:25:9e:00:00:01"}
CAMERA = (
    ["192.0.2.2"],
    [("vendor", "vendor:hikvision", "observed"), ("embeds", "oui:4419b6", "inferred")],
    "some",
)
EDGE = (
    ["192.0.2.1", "2001:db8:1::1"],
    [("vendor", "vendor:huawei", "observed"), ("embeds", "oui:00259e", "inferred")],
    "some",
)


@pytest.mark.parametrize("form", ["json", "json0"])
def test_both_shapes_say_what_the_script_set_up(form: str) -> None:
    """The two shapes of lldpcli's JSON mean the same machines, makers and addresses (make-equipment.sh)."""
    assert told(HERE / f"neighbours.{form}") == {
        "device:lldp:camera-7.example.net": CAMERA,
        "device:lldp:edge-1.example.net": EDGE,
    }
    assert told(HERE / f"chassis.{form}") == {"device:lldp:edge-1.example.net": EDGE}


@pytest.mark.parametrize("form", ["json", "json0"])
def test_what_is_secret_stays_in_the_file(form: str) -> None:
    """No whole hardware address, not even inside an address of the link, and no description is in what is yielded."""
    batch, _, _ = read(HERE / f"neighbours.{form}")
    assert batch is not None
    shown = "".join(str(f.rows()) for f in (batch.assets, batch.identifiers, batch.ties, batch.extents)).lower()
    assert [s for s in ("00:00:02", "000002", "fe80", "example camera", "ds-2cd") if s in shown] == []


@pytest.mark.parametrize(("enabled", "role", "extent"), [(True, "vendor", "some"), (False, "embeds", "none")])
def test_the_address_of_a_chassis_speaks_only_for_what_forwards(
    tmp_path: Path, enabled: bool, role: str, extent: str
) -> None:
    """A router that names no maker is taken for that of its address; a host's card proves nothing of the host."""
    document = neighbour(r1={"id": MAC, "capability": [{"type": "Router", "enabled": enabled}]})
    assert told(write(tmp_path, document)) == {"device:lldp:r1": ([], [(role, "oui:00259e", "inferred")], extent)}


def test_a_neighbour_without_a_name_is_known_by_its_port(tmp_path: Path) -> None:
    """Its address is no name: no report may show it."""
    assert list(told(write(tmp_path, neighbour(id=MAC)))) == ["device:lldp:neighbour of router at port eth0"]


def test_makers_that_were_never_filled_in_name_nobody(tmp_path: Path) -> None:
    """What firmware writes in place of a maker's name is none, and a name of controls is a reject."""
    for text, rejected in (("To Be Filled By O.E.M.", 0), ("", 0), ("a\u202eb", 1)):
        document = neighbour(r1={"id": {"type": "ifname", "value": "x"}})
        document["lldp"]["interface"]["eth0"]["lldp-med"] = {"inventory": {"manufacturer": text}}  # type: ignore[index]
        batch, rejects, _ = read(write(tmp_path, document))
        assert batch is not None
        assert (batch.ties.height, len(rejects)) == (0, rejected)


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    """JSON can name one half of a surrogate pair (RFC 8259, 8.2), which no text in UTF-8 can hold."""
    text = json.dumps(neighbour(r1={"id": MAC})).replace("r1", "r\\ud800")
    assert list(told(write(tmp_path, text))) == ["device:lldp:r?"]


def test_nothing_heard_is_said(tmp_path: Path) -> None:
    """An lldpd without neighbours leaves a note and no asset."""
    batch, rejects, notes = read(write(tmp_path, {"lldp": {}}))
    assert (batch, rejects, len(notes)) == (None, [], 1)


def test_its_own_files_are_claimed_and_others_are_not(tmp_path: Path) -> None:
    """The reader takes what lldpcli writes, however it is spaced, and no other JSON."""
    for name in ("neighbours.json", "neighbours.json0", "chassis.json", "chassis.json0"):
        assert readers.claimant(HERE / name) == "lldp"
    assert readers.claimant(write(tmp_path, '{"lldp":{"interface":{}}}')) == "lldp"
    for text in ('{"data": []}', "[]", '{"lldpx": 1}', "lldp"):
        assert readers.claimant(write(tmp_path, text)) != "lldp"


@pytest.mark.parametrize(
    "text", ['{"lldp": ', '{"lldp": ' * 100_000, '{"lldp": {"interface": 7}}', '{"lldp": [[1]]}', "[]"]
)
def test_what_is_no_such_document_is_a_reject_or_a_note(tmp_path: Path, text: str) -> None:
    """A document that is cut, nested without end or of other types raises nothing and yields no asset."""
    batch, rejects, notes = read(write(tmp_path, text))
    assert batch is None
    assert rejects or notes


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.randoms(), JSON)
def test_any_value_anywhere_keeps_to_the_contract(
    tmp_path_factory: pytest.TempPathFactory, draw: random.Random, value: object
) -> None:
    """Whatever stands in place of any part of a real answer ends in batches, rejects and notes."""
    document = json.loads((HERE / draw.choice(["neighbours.json", "neighbours.json0"])).read_text())
    place: Any = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place))) if isinstance(place, list) else []
        if not keys:
            break
        key = draw.choice(keys)
        if draw.random() < 0.25 or not isinstance(place[key], dict | list):
            place[key] = value
            break
        place = place[key]
    read(write(tmp_path_factory.mktemp("l"), document))


def test_limits_are_kept_and_named() -> None:
    """A file above the limit on bytes is not opened, and machines above the limit on rows are not read."""
    _, rejects, _ = read(HERE / "neighbours.json", Limits(bytes_in=10))
    assert [reject.locator for reject in rejects] == ["file"]
    batch, rejects, _ = read(HERE / "neighbours.json", Limits(rows=1))
    assert batch is not None
    assert (batch.assets.height, [r.locator for r in rejects]) == (1, ["lldp.interface[1] and after"])


def test_many_machines_and_many_parts_in_one_place_are_not_multiplied(tmp_path: Path) -> None:
    """Of several chassis in one answer an inventory beside them names none, and both are read once."""
    several = [{f"n{number}": {}} for number in range(3000)]
    parts = [{"inventory": [{"manufacturer": "Cisco"}]}] * 3000
    document = {"lldp": {"interface": {"e": {"chassis": several, "lldp-med": parts}}}}
    batch, rejects, _ = read(write(tmp_path, document))
    assert batch is not None
    assert (batch.assets.height, batch.ties.height) == (3000, 0)
    assert [reject.reason for reject in rejects] == ["an inventory beside several chassis"]


def test_rejects_are_counted_where_they_are_many(tmp_path: Path) -> None:
    """A list of a hundred thousand things that are none gives the rejects that are kept, and the number of the rest."""
    path = write(tmp_path, {"lldp": {"interface": [[]] * 100_000}})
    _, rejects, _ = read(path, Limits(rejects=10))
    assert (len(rejects), sum(reject.count for reject in rejects)) == (11, 100_000)
