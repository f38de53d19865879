"""A machine seen in several ways keeps its addresses at one of its records, and contradictions stay."""

from __future__ import annotations

import polars as pl

from crossline import links
from crossline.links import Reading, equipment
from crossline.tables import ASSET, EXTENTS, IDENTIFIER, TIE, TIE_REQUIRED, Batch


def devices(*rows: tuple[str, str, list[str] | None]) -> tuple[str, Batch]:
    """Return a batch of machines: id, name, addresses."""
    assets = pl.DataFrame(
        [(asset, name, None, None, bundle, addresses) for bundle, (asset, name, addresses) in enumerate(rows)],
        schema=dict(ASSET) | {"addresses": pl.List(pl.String)},
        orient="row",
    )
    ties = pl.DataFrame(schema={name: TIE[name] for name in TIE_REQUIRED})
    return "file", Batch("device", assets, pl.DataFrame(schema=IDENTIFIER), ties, pl.DataFrame(schema=EXTENTS))


def held(*batches: tuple[str, Batch]) -> dict[str, list[str] | None]:
    """Return the addresses of each record after the link."""
    after = equipment.join(Reading(batches))
    assert [batch.assets.schema for _, batch in after.batches] == [batch.assets.schema for _, batch in batches]
    return {row[0]: row[1] for _, batch in after.batches for row in batch.assets.select("asset", "addresses").rows()}


def test_the_inventory_comes_first_then_the_machine_then_its_neighbours() -> None:
    """Of records with one name and address, the one that says most keeps it; what only another knows stays there."""
    assert held(
        devices(("device:r1", "R1", ["192.0.2.1"])),
        devices(("device:snmp:r1.example.net", "r1.example.net", ["192.0.2.1", "192.0.2.5"])),
        devices(("device:lldp:r1.example.net", "r1.example.net", ["192.0.2.1", "192.0.2.5", "192.0.2.9"])),
    ) == {
        "device:r1": ["192.0.2.1"],
        "device:snmp:r1.example.net": ["192.0.2.5"],
        "device:lldp:r1.example.net": ["192.0.2.9"],
    }


def test_other_names_are_other_machines() -> None:
    """Two machines that claim one address contradict each other, and both keep the claim."""
    both = (devices(("device:r1", "r1", ["192.0.2.1"])), devices(("device:lldp:r2", "r2", ["192.0.2.1"])))
    assert held(*both) == {"device:r1": ["192.0.2.1"], "device:lldp:r2": ["192.0.2.1"]}


def test_nothing_to_join_changes_nothing() -> None:
    """Machines without addresses, and no machines at all, stay as they are."""
    assert held(devices(("device:r1", "r1", None), ("device:r2", "r2", []))) == {"device:r1": None, "device:r2": []}
    assert equipment.join(Reading(())) == Reading(())


def test_addresses_are_settled_before_hops_are_tied() -> None:
    """The link runs before the one that leads hops to machines."""
    order = links.names()
    assert order.index("equipment") < order.index("hop_devices")
