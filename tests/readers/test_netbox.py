"""An export of NetBox says what a naive walk over it says, in every version's words, and nothing that it should not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import netbox_naive
import netbox_writer
import polars as pl
import pytest

from crossline import jail
from crossline.identifiers import address as address_type
from crossline.readers import claimant, netbox
from crossline.readers.netbox import addresses, models, words
from crossline.tables import ASSET, Batch, Limits, Note, Reject

SHARED = Path(__file__).parents[3] / "shared"
DEMO = SHARED / "data" / "netbox" / "netbox-demo-v3.6.json"
FOR_LINKS = ("addresses", "site", "site_name", "sites")


def read(path: Path, limits: Limits | None = None) -> tuple[dict[str, Batch], list[Reject], list[Note]]:
    """Read an export, hold every batch to the contract, and sort what came."""
    items = list(netbox.read(path, limits or Limits()))
    batches = {item.kind: item for item in items if isinstance(item, Batch)}
    for batch in batches.values():
        plain = batch.assets.drop([name for name in FOR_LINKS if name in batch.assets.columns])
        assert jail.fault(Batch(batch.kind, plain, batch.identifiers, batch.ties, batch.extents)) is None
    rejects = [item for item in items if isinstance(item, Reject)]
    return batches, rejects, [item for item in items if isinstance(item, Note)]


def write(folder: Path, entries: object, name: str = "netbox.json", **how: Any) -> Path:
    """Write a document and return its path."""
    path = folder / name
    path.write_text(json.dumps(entries, **how), encoding="utf-8")
    return path


def ties(batch: Batch, role: str) -> dict[str, list[str]]:
    """Return asset → identifiers of one role, in sequence."""
    spelt = batch.identifiers.select(pl.format("{}:{}", "type", "value").alias("id")).with_row_index("identifier")
    rows = (
        batch.assets.select("asset", "bundle")
        .join(batch.ties.filter(pl.col("role") == role), on="bundle", maintain_order="left")
        .join(spelt, on="identifier", maintain_order="left")
        .sort("asset", "seq", maintain_order=True)
    )
    return {asset: own["id"].to_list() for (asset,), own in rows.group_by(["asset"], maintain_order=True)}


def extent(batch: Batch, role: str) -> dict[str, tuple[str, str | None]]:
    """Return asset → extent and reason of one role."""
    said = batch.extents.filter(pl.col("role") == role).select("bundle", "extent", "reason")
    rows = batch.assets.select("asset", "bundle").join(said, on="bundle", how="left")
    return {asset: (how, why) for asset, _, how, why in rows.iter_rows()}


def answers(batches: dict[str, Batch]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return devices and circuits in the form of the naive twin; cables of our own are none of its circuits."""
    machines, lines = batches["device"], batches["circuit"]
    made = ties(machines, "vendor")
    devices = {
        row["asset"]: {
            "vendor": made.get(row["asset"], []),
            "addresses": sorted(row["addresses"]),
            "site": row["site"],
        }
        for row in machines.assets.iter_rows(named=True)
    }
    operators, at_ends = ties(lines, "operator"), ties(lines, "device")
    circuits = {
        row["asset"]: {
            "operator": set(operators.get(row["asset"], [])),
            "device": {name.removeprefix("asset:") for name in at_ends.get(row["asset"], [])},
            "ends": set(row["ends"] or []),
        }
        for row in lines.assets.iter_rows(named=True)
        if ":cable:" not in row["asset"]
    }
    return devices, circuits


@pytest.mark.skipif(not DEMO.exists(), reason="the public data sets are not beside the repository")
def test_the_demonstration_data_is_read_as_by_a_walk() -> None:
    """NetBox's own demonstration data gives the devices, makers, addresses and circuits that a walk finds in it."""
    batches, rejects, notes = read(DEMO)
    naive = netbox_naive.Naive(DEMO)
    devices, circuits = answers(batches)
    assert (len(naive.devices), len(naive.circuits)) == (72, 29)
    assert devices == naive.devices
    assert circuits == naive.circuits
    assert rejects == []
    assert [note.text for note in notes] == ["180 virtual machines, so no equipment: left out"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_small_organisation_is_read_as_by_a_walk(tmp_path: Path, indent: int | None) -> None:
    """Modules, inventory items, addresses, panels of several positions and machines without names are all told."""
    path = write(tmp_path, netbox_writer.export(netbox_writer.organisation()), indent=indent)
    batches, rejects, _ = read(path)
    naive = netbox_naive.Naive(path)
    devices, circuits = answers(batches)
    assert devices == naive.devices
    assert circuits == naive.circuits
    # Told by hand: the awkward parts of the organisation, so that reader and twin cannot agree on missing them.
    assert devices["device:netbox:lima/rt-1"]["vendor"] == ["vendor:huawei", "vendor:nokia", "vendor:cisco"]
    assert devices["device:netbox:lima/rt-1"]["addresses"] == ["192.0.2.1", "2001:db8::1"]
    assert {"device:netbox:lima/#3", "device:netbox:lima/rt-1@a-customer"} <= set(devices)
    assert circuits["circuit:netbox:carrier-one/C/1"] == {
        "operator": {"vendor:carrier one", "asn:64500"},
        "device": {"device:netbox:lima/pp-1", "device:netbox:lima/#3", "device:netbox:lima/rt-1"},
        "ends": {"Lima", "Oslo <b>"},
    }
    assert rejects == []


@pytest.mark.parametrize("era", ["2.8", "4.2", "4.5", "numbers"])
def test_every_version_says_the_same(tmp_path: Path, era: str) -> None:
    """What NetBox renamed between 2.8 and 4.5, and exports without natural keys, change nothing of what is read."""
    own = netbox_writer.organisation()
    expected = answers(read(write(tmp_path, netbox_writer.export(own), "now.json"))[0])
    batches, rejects, _ = read(write(tmp_path, netbox_writer.export(own, era), "then.json"))
    assert answers(batches) == expected
    assert rejects == []


def test_a_cable_between_two_sites_is_a_line_of_our_own(tmp_path: Path) -> None:
    """A cable whose ends stand at two sites is a circuit that names no operator; one within a site is none."""
    batches, _, _ = read(write(tmp_path, netbox_writer.export(netbox_writer.organisation())))
    lines = batches["circuit"]
    ours = lines.assets.filter(pl.col("asset").str.contains(":cable:"))
    asset = "circuit:netbox:cable:lima/rt-1--oslo/=1+1 ümlaut \U0001f4e1"
    assert ours.select("asset", "status", "sites").rows() == [(asset, "planned", ["lima", "oslo"])]
    assert set(ties(lines, "device")[asset]) == {
        "asset:device:netbox:lima/rt-1",
        "asset:device:netbox:oslo/=1+1 ümlaut \U0001f4e1",
    }
    assert extent(lines, "operator")[asset][0] == "none"


def test_all_makers_were_seen_only_where_parts_could_be(tmp_path: Path) -> None:
    """Makers are all seen only if the export holds inventory items and modules, and each has a maker."""
    own = netbox_writer.organisation()
    mast, router = "device:netbox:oslo/=1+1 ümlaut \U0001f4e1", "device:netbox:lima/rt-1"
    told = extent(read(write(tmp_path, netbox_writer.export(own)))[0]["device"], "vendor")
    assert told[router] == ("all", None)
    assert told[mast] == ("some", "modules or inventory items without a manufacturer")
    del own.models["dcim.module"]
    told = extent(read(write(tmp_path, netbox_writer.export(own)))[0]["device"], "vendor")
    assert told[router] == ("some", "the export holds no modules")
    del own.models["dcim.inventoryitem"]
    told = extent(read(write(tmp_path, netbox_writer.export(own)))[0]["device"], "vendor")
    assert told[router] == ("some", "the export holds no inventory items")
    own.models["dcim.devicetype"][2]["manufacturer"] = None
    told = extent(read(write(tmp_path, netbox_writer.export(own)))[0]["device"], "vendor")
    assert told[router] == ("none", "its type names no manufacturer")


def test_parts_come_after_the_machine_and_are_named(tmp_path: Path) -> None:
    """The device's own maker has sequence 0; those of its parts come later, with the part's name as locator."""
    own = netbox_writer.organisation()
    batch = read(write(tmp_path, netbox_writer.export(own)))[0]["device"]
    bundle = batch.assets.filter(pl.col("asset") == "device:netbox:lima/rt-1")["bundle"][0]
    rows = batch.ties.filter(pl.col("bundle") == bundle).sort("seq")
    assert rows["seq"].to_list() == [0, 1, 2]
    assert rows["locator"].to_list() == [None, "module LC-1", "inventory item Optic"]
    own.models["dcim.devicetype"][2]["manufacturer"] = None
    batch = read(write(tmp_path, netbox_writer.export(own)))[0]["device"]
    bundle = batch.assets.filter(pl.col("asset") == "device:netbox:lima/rt-1")["bundle"][0]
    assert batch.ties.filter(pl.col("bundle") == bundle).sort("seq")["seq"].to_list() == [1, 2]


def test_what_is_in_no_network_is_left_out_and_counted(tmp_path: Path) -> None:
    """Planned devices, devices in stock and virtual machines are no assets, and notes count them."""
    own = netbox_writer.organisation()
    batches, _, notes = read(write(tmp_path, netbox_writer.export(own)))
    assert "device:netbox:oslo/spare" not in batches["device"].assets["asset"]
    assert [note.text for note in notes] == [
        "1 device planned or in stock, so in no network: left out",
        "1 virtual machine, so no equipment: left out",
    ]
    own.models["dcim.device"][1]["status"] = "inventory"
    own.models["dcim.device"][2]["status"] = "decommissioning"
    batches, _, notes = read(write(tmp_path, netbox_writer.export(own)))
    assert "device:netbox:lima/pp-1" in batches["device"].assets["asset"]
    assert notes[0].text.startswith("2 devices ")


def test_nothing_secret_leaves_the_file(tmp_path: Path) -> None:
    """Users, sessions, tokens, serial numbers, asset tags and tenants' names stand in no table, reject or note."""
    path = write(tmp_path, netbox_writer.export(netbox_writer.organisation()))
    text = path.read_text(encoding="utf-8")
    items = list(netbox.read(path, Limits()))
    said = "".join(
        frame.write_json()
        for i in items
        if isinstance(i, Batch)
        for frame in (i.assets, i.identifiers, i.ties, i.extents)
    ) + "".join(str(i) for i in items if not isinstance(i, Batch))  # fmt: skip
    for secret in (netbox_writer.SECRET, netbox_writer.SERIAL, "admin-nevershown", "A Customer", "203.0.113.9"):
        assert secret in text
        assert secret not in said


@pytest.mark.skipif(not DEMO.exists(), reason="the public data sets are not beside the repository")
def test_no_user_of_the_demonstration_data_is_told() -> None:
    """No password, session, user name or contact of NetBox's demonstration data stands in what is read of it."""
    entries = json.loads(DEMO.read_text(encoding="utf-8"))
    private = {"auth.user", "sessions.session", "tenancy.contact", "users.userconfig"}
    secrets = {
        value
        for entry in entries
        if entry["model"] in private
        for value in (entry.get("pk"), *entry["fields"].values())
        if isinstance(value, str) and len(value) > 3
    }
    assert len(secrets) > 30
    batches, _, _ = read(DEMO)
    said = "".join(f.write_json() for b in batches.values() for f in (b.assets, b.identifiers, b.ties, b.extents))
    stamps = {value for value in secrets if value[:2] == "20" and value.endswith("Z")}
    assert [secret for secret in secrets - stamps if secret in said] == []


@pytest.mark.parametrize(
    ("role", "part", "product"),
    [
        ("Core Switch", "core", "telecommunications"),
        ("5GC", "core", "telecommunications"),
        ("Score", "other", None),
        ("gNodeB", "radio", "telecommunications"),
        ("base_station", "radio", "telecommunications"),
        ("ROADM", "transmission", "telecommunications"),
        ("Access Switch", "other", "telecommunications"),
        ("Access Point", "other", "telecommunications"),
        ("IP Camera", "other", "video-surveillance"),
        ("Solar Inverter", "other", "power-inverter"),
        ("PDU", "other", None),
        (None, None, None),
    ],
)
def test_roles_are_whole_words(role: str | None, part: str | None, product: str | None) -> None:
    """A role says a part of a network and a class of product only where it is one of the words, whole."""
    frame = pl.DataFrame({"role": [None], "role_name": [role]}, schema=dict.fromkeys(("role", "role_name"), pl.String))
    told = frame.select(part=words.network_part(pl.lit(value=False)), product=words.product_class())
    assert told.row(0) == (part, product)


def test_addresses_agree_with_the_identifier() -> None:
    """The form of an address is that of `identifiers.address`, on hand-picked and on composed ones."""
    picked = [
        "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:::2", ":1::", "1::2:", "", ":",
        "2001:DB8:0:0:1:0:0:1", "::ffff:192.0.2.1", "::ffff:c000:0201", "1:2", "12345::", "192.0.2.1", "01.2.3.4",
        "192.0.2.256", "fe80::1%eth0", " 192.0.2.1/24 ", "192.0.2.1/99", "1:2:3:4:5:6:7:8:9", "0:0:1:0:0:1:0:0",
        "::1::",        "64:ff9b::192.0.2.1", "a", "1.2.3", "::g",
    ]  # fmt: skip
    groups = ("0", "00", "1", "fF", "abcd")
    composed = [
        sep.join([a, b, *["0"] * zeros, c]) + tail
        for a in groups for b in groups for c in groups for zeros in (0, 1, 4, 5)
        for sep in (":", "::") for tail in ("", "::", ":1")
    ]  # fmt: skip

    def one(text: str) -> str | None:
        try:
            return address_type.parse(text.strip().split("/")[0])
        except ValueError:
            return None

    texts = [*picked, *composed]
    made = addresses.canonical(pl.Series(texts)).to_list()
    assert [pair for pair in zip(texts, made, [one(t) for t in texts], strict=True) if pair[1] != pair[2]] == []
    assert sum(value is not None for value in made) > 300


def test_locators_lead_to_the_object(tmp_path: Path) -> None:
    """A locator is the offset of the object's first byte, in bytes, also behind text that is not ASCII."""
    path = write(tmp_path, netbox_writer.export(netbox_writer.organisation()), ensure_ascii=False)
    batches, _, _ = read(path)
    data = path.read_bytes()
    for batch in batches.values():
        for asset, locator in batch.assets.select("asset", "locator").iter_rows():
            told, _ = json.JSONDecoder().raw_decode(data[int(locator.removeprefix("byte ")) :].decode())
            if ":cable:" not in asset:
                assert told["model"] in {"dcim.device", "circuits.circuit"}
                own = told["fields"].get("name") or told["fields"].get("cid") or f"#{told['pk']}"
                assert own in asset


def test_the_file_is_claimed_and_others_are_not(tmp_path: Path) -> None:
    """Exports of Django and pages of NetBox are claimed; other JSON is not."""
    own = netbox_writer.organisation()
    yes = [
        write(tmp_path, netbox_writer.export(own), "a.json"),
        write(tmp_path, netbox_writer.export(own), "b.json", indent=4),
    ]
    yes += netbox_writer.write(tmp_path, netbox_writer.pages(own))
    yes.append(write(tmp_path, netbox_writer.pages(own)["dcim-devices-0.json"]["results"], "list.json"))
    yes.append(write(tmp_path, {"count": 0, "next": None, "previous": None, "results": []}, "inventory-items.json"))
    assert [path.name for path in yes if claimant(path) != "netbox"] == []
    others: list[object] = [
        {"count": 1, "next": None, "results": [{"id": 1, "url": "https://other.example/api/users/1/"}]},
        [{"fw": 5080, "msm_id": 1, "type": "traceroute"}], {"report": {"mtr": {}}}, [], {}, 1, [[]], [{}],
        {"count": 0, "next": None, "previous": None, "results": []}, {"bomFormat": "CycloneDX"},
    ]  # fmt: skip
    no = [write(tmp_path, document, f"no{n}.json") for n, document in enumerate(others)]
    head = [path for path in no if netbox.claim(path, path.read_bytes())]
    assert head == []


def test_ten_thousand_devices_take_a_moment(tmp_path: Path) -> None:
    """Time grows with the file, not with its square."""
    own = netbox_writer.organisation()
    base = own.models["dcim.device"][2]
    times = []
    for count in (2_000, 20_000):
        own.models["dcim.device"] = {n: base | {"name": f"d{n}"} for n in range(1, count + 1)}
        path = write(tmp_path, netbox_writer.export(own))
        read(path)
        begin = time.perf_counter()
        batches, _, _ = read(path)
        times.append(time.perf_counter() - begin)
        assert batches["device"].assets.height == count
    assert times[1] < 30 * times[0] + 1
    assert set(ASSET) <= set(batches["device"].assets.columns)


def test_the_page_shows_these_words() -> None:
    """docs/readers/netbox.md lists the words for each part of a network that the code knows."""
    page = (Path(__file__).parents[2] / "docs" / "readers" / "netbox.md").read_text(encoding="utf-8")
    for part, known in (("core", words.CORE), ("radio", words.RADIO), ("transmission", words.TRANSMISSION)):
        assert f"| {part} | {', '.join(known)} |" in page


def test_every_column_of_a_model_is_wanted_by_one_name() -> None:
    """No shape has two columns of one name, and every path leads to a node."""
    for shape in (*models.EXPORT.values(), *models.PAGES.values()):
        held = [want.name for want in shape.wants]
        assert len(held) == len(set(held))
        assert all(path in shape.nodes for want in shape.wants for path in want.paths)
