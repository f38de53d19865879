"""Pages of the API, joined, say what an export of the same NetBox says; records go no further."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crossline import gather, jail, links
from crossline.links import netbox_pages
from crossline.readers import netbox
from crossline.tables import Batch, Limits, Reject

READERS = Path(__file__).parents[1] / "readers"


def _writer() -> Any:
    spec = importlib.util.spec_from_file_location("netbox_writer", READERS / "netbox_writer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("netbox_writer", module)
    spec.loader.exec_module(module)
    return module


writer = _writer()
FOR_LINKS = {
    "addresses", "site", "site_name", "sites", "netbox", "netbox_id", "offset", "unit", "tenant", "maker", "product",
    "provider", "provider_name",
}  # fmt: skip


def gathered(paths: list[Path]) -> links.Reading:
    """Read some files and join what they hold."""
    read = []
    for path in paths:
        for item in netbox.read(path, Limits()):
            assert not isinstance(item, Reject), (path, item)
            if isinstance(item, Batch):
                read.append((path.name, item))
    return netbox_pages.join(links.Reading(tuple(read)))


def told(read: links.Reading, kind: str) -> dict[str, dict[str, Any]]:
    """Return what is said of each asset of a kind, in a form that is the same for exports and pages."""
    found = {}
    for _, batch in read.batches:
        if batch.kind != kind:
            continue
        assert "fragment" not in batch.assets.columns
        plain = batch.assets.drop([name for name in FOR_LINKS if name in batch.assets.columns])
        assert jail.fault(Batch(kind, plain, batch.identifiers, batch.ties, batch.extents)) is None
        spelt = batch.identifiers.select(pl.format("{}:{}", "type", "value").alias("id")).with_row_index("identifier")
        ties = batch.ties.join(spelt, on="identifier", maintain_order="left")
        for row in batch.assets.iter_rows(named=True):
            own = ties.filter(pl.col("bundle") == row["bundle"])
            said = batch.extents.filter((pl.col("bundle") == row["bundle"]) | pl.col("bundle").is_null())
            wanted = ("name", "network_part", "product_class", "addresses", "site", "site_name", "status")
            found[row["asset"]] = {name: row[name] for name in wanted if name in row} | {
                "ties": sorted(own.select("role", "id", "locator").rows(), key=str),
                "extents": sorted(said.select("role", "extent", "reason").rows(), key=str),
                "ends": sorted(row.get("ends") or []),
                "sites": sorted(row.get("sites") or []),
            }
    return found


def from_export(folder: Path, own: Any) -> links.Reading:
    """Read an organisation as an export."""
    path = folder / "export.json"
    path.write_text(json.dumps(writer.export(own)), encoding="utf-8")
    return gathered([path])


def without_panels(own: Any) -> Any:
    """Plug the carrier straight into the router: pages are not followed through panels."""
    for model in ("dcim.cable", "dcim.cabletermination", "dcim.frontport", "dcim.rearport"):
        del own.models[model]
    own.plug(("circuits.circuittermination", 1), ("dcim.interface", 1))
    own.plug(("dcim.interface", 3), ("dcim.interface", 2), "planned")
    return own


@pytest.mark.parametrize("era", ["3.2", "3.6", "4.2"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_pages_say_what_an_export_says(tmp_path: Path, era: str, size: int) -> None:
    """Devices, makers, parts, addresses, circuits, cables and extents are those of the export, however it is paged."""
    own = without_panels(writer.organisation())
    expected = from_export(tmp_path, own)
    read = gathered(writer.write(tmp_path, writer.pages(own, era, size)))
    assert told(read, "device") == told(expected, "device")
    assert told(read, "circuit") == told(expected, "circuit")
    assert len(told(read, "circuit")) == 2
    assert read.notes == ()


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    """Whatever order the pages come in, the same is said of each asset."""
    paths = writer.write(tmp_path, writer.pages(without_panels(writer.organisation())))
    expected = gathered(paths)
    for seed in range(5):
        random.Random(seed).shuffle(paths)  # noqa: S311 - no secret
        read = gathered(paths)
        assert told(read, "device") == told(expected, "device")
        assert told(read, "circuit") == told(expected, "circuit")


def test_a_page_alone_is_read_for_what_it_nests(tmp_path: Path) -> None:
    """A page of devices alone gives devices with their makers, of whose parts nothing was seen."""
    pages = writer.pages(writer.organisation(), size=100)
    read = gathered(writer.write(tmp_path, {"d.json": pages["dcim-devices-0.json"]}))
    device = told(read, "device")["device:netbox:lima/rt-1"]
    assert device["ties"] == [("vendor", "vendor:huawei", None)]
    assert ("vendor", "some", "the export holds no inventory items") in device["extents"]


def test_a_page_that_is_missing_is_told_of(tmp_path: Path) -> None:
    """Where NetBox counts more than was read, makers are not all seen, and a note says what is missing."""
    pages = writer.pages(writer.organisation(), size=1)
    del pages["dcim-inventory-items-1.json"]
    del pages["dcim-devices-5.json"]
    read = gathered(writer.write(tmp_path, pages))
    extents = told(read, "device")["device:netbox:lima/rt-1"]["extents"]
    assert ("vendor", "some", "not all pages of inventory-items were read") in extents
    assert any(note == "NetBox counts devices beyond the pages that were read: 1 more" for note in read.notes)


def test_an_empty_page_says_that_there_are_none(tmp_path: Path) -> None:
    """A page without results, named after its endpoint, shows that NetBox holds none: nothing was left unseen."""
    own = writer.organisation()
    del own.models["dcim.inventoryitem"]
    pages = writer.pages(own, size=100)
    assert "inventory-items.json" in pages
    read = gathered(writer.write(tmp_path, pages))
    assert ("vendor", "all", None) in told(read, "device")["device:netbox:lima/rt-1"]["extents"]


def test_two_netboxes_are_kept_apart(tmp_path: Path) -> None:
    """Numbers mean something within one NetBox: an address of another's device 1 is no address of ours."""
    ours = writer.pages(without_panels(writer.organisation()), size=100)
    other = json.loads(json.dumps(ours).replace("netbox.example", "other.example").replace("192.0.2.1/", "192.0.2.77/"))
    theirs = {f"b-{name}": page for name, page in other.items() if "devices" not in name}
    expected = told(gathered(writer.write(tmp_path, ours)), "device")
    read = gathered(writer.write(tmp_path, ours | theirs))
    assert told(read, "device") == expected
    assert any("no page of whose devices was read" in note for note in read.notes)


def test_a_device_on_two_pages_is_one(tmp_path: Path) -> None:
    """A device that moved from one page to the next while they were fetched counts once."""
    pages = writer.pages(writer.organisation(), size=100)
    expected = told(gathered(writer.write(tmp_path, pages)), "device")
    pages["dcim-devices-again.json"] = pages["dcim-devices-0.json"] | {
        "results": pages["dcim-devices-0.json"]["results"][2:4]
    }
    read = gathered(writer.write(tmp_path, pages))
    assert told(read, "device") == expected
    assert sum(batch.assets.height for _, batch in read.batches if batch.kind == "device") == len(expected)


def test_what_estate_yaml_filled_in_stays(tmp_path: Path) -> None:
    """Columns that were filled in before the join are kept, row for row."""
    paths = writer.write(tmp_path, writer.pages(writer.organisation()))
    read = []
    for path in paths:
        for item in netbox.read(path, Limits()):
            if isinstance(item, Batch):
                filled = item.assets.with_columns(pl.format("state of {}", "name").alias("facility_state"))
                read.append((path.name, Batch(item.kind, filled, item.identifiers, item.ties, item.extents)))
    joined = netbox_pages.join(links.Reading(tuple(read)))
    devices = pl.concat([b.assets.select("name", "facility_state") for _, b in joined.batches if b.kind == "device"])
    assert devices.height == 5
    assert (devices["facility_state"] == "state of " + devices["name"]).all()


def test_other_batches_pass_through(tmp_path: Path) -> None:
    """What other readers, and exports, yielded is left as it is."""
    read = from_export(tmp_path, writer.organisation())
    assert netbox_pages.join(read) is read


def test_nothing_secret_leaves_the_pages(tmp_path: Path) -> None:
    """Serial numbers and secrets of a configuration context stand in no table."""
    read = gathered(writer.write(tmp_path, writer.pages(writer.organisation())))
    said = "".join(f.write_json() for _, b in read.batches for f in (b.assets, b.identifiers, b.ties, b.extents))
    assert writer.SECRET not in said
    assert writer.SERIAL not in said
    assert "203.0.113.9" not in said


def test_broken_pages_are_joined_as_far_as_they_go(tmp_path: Path) -> None:
    """Pages with values of the wrong type are joined without an error."""
    chance = random.Random(3)  # noqa: S311 - no secret
    pages = writer.pages(without_panels(writer.organisation()))
    for _ in range(40):
        made = json.loads(json.dumps(pages))
        for page in made.values():
            inner: Any = page
            while isinstance(inner, (dict, list)) and inner:
                key = chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
                if chance.random() < 0.4:
                    inner[key] = chance.choice([None, 1, -5, "x", [], {}, [1], {"id": -1}, True, 10**17])
                    break
                inner = inner[key]
        paths = writer.write(tmp_path, made)
        batches = [(p.name, i) for p in paths for i in netbox.read(p, Limits()) if isinstance(i, Batch)]
        joined = netbox_pages.join(links.Reading(tuple(batches)))
        told(joined, "device")
        told(joined, "circuit")


def test_coverage_counts_assets_and_no_records(tmp_path: Path) -> None:
    """Gathered with everything that is wired up, a folder of pages counts its devices once, and no record as one."""
    writer.write(tmp_path, writer.pages(without_panels(writer.organisation())))
    made, _ = gather.gather([tmp_path], date(2026, 11, 22))
    devices = sum(item.kinds.get("device", 0) for item in made.coverage if item.of_a_file)
    assert devices == made.holdings["device"].assets.height == 5
    assert made.holdings["circuit"].assets.height == 2
    assert [item.path for item in made.coverage if item.reader is None or item.rejected] == []
    assert not FOR_LINKS & set(made.holdings["device"].assets.columns)
