"""A NetBox of 100,000 devices, read by Crossline and by `json.load` with a walk over dictionaries, in one run.

    python benchmarks/netbox.py [--devices N] [--shape export|pages|both] [--folder DIR]

The file is made from a small pattern: each device has twelve interfaces of which two have an address, two inventory
items and, for each tenth, a module; one circuit stands for ten devices. ``export`` is one file as ``dumpdata`` writes
it, ``pages`` a file an endpoint, as an API that is asked with ``limit=0`` answers. Crossline's time is that of
the command's own reading: ids, ties, joins and all; the peer's is that of finding makers and addresses of each device.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve()
TARGET_SECONDS = 10.0
MAKERS = 12
SITES = 400
STAMP = {"created": "2021-04-14T00:00:00Z", "last_updated": "2021-04-14T17:36:01.841Z", "custom_field_data": {}}
PORT = STAMP | {
    "label": "", "description": "", "module": None, "cable_end": "", "mark_connected": False, "_path": None,
    "enabled": True, "mac_address": None, "mtu": None, "mode": "", "parent": None, "bridge": None, "lag": None,
    "mgmt_only": False, "speed": None, "duplex": None, "wwn": None, "rf_role": "", "rf_channel": "",
    "rf_channel_frequency": None, "rf_channel_width": None, "tx_power": None, "poe_mode": "", "poe_type": "",
    "wireless_link": None, "untagged_vlan": None, "vrf": None, "vdcs": [], "wireless_lans": [], "tagged_vlans": [],
}  # fmt: skip
MACHINE = STAMP | {
    "description": "", "comments": "", "local_context_data": None, "platform": 1, "serial": "", "asset_tag": None,
    "location": None, "rack": 1, "position": "4.0", "face": "front", "airflow": "", "primary_ip4": None,
    "primary_ip6": None, "cluster": None, "virtual_chassis": None, "vc_position": None, "vc_priority": None,
}  # fmt: skip
URL = "https://netbox.example/api/"


def entries(devices: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield model, number and fields of every object of an export."""
    for n in range(1, MAKERS + 1):
        yield "dcim.manufacturer", n, STAMP | {"name": f"Maker {n}", "slug": f"maker-{n}"}
        yield "dcim.devicetype", n, STAMP | {"manufacturer": n, "model": f"Model {n}", "slug": f"model-{n}"}
        yield "dcim.moduletype", n, STAMP | {"manufacturer": n, "model": f"Card {n}"}
        yield "dcim.devicerole", n, STAMP | {"name": f"Role {n}", "slug": f"role-{n}"}
        yield "circuits.provider", n, STAMP | {"name": f"Provider {n}", "slug": f"provider-{n}", "asns": []}
    for n in range(1, SITES + 1):
        yield "dcim.site", n, STAMP | {"name": f"Site {n}", "slug": f"site-{n}"}
    for n in range(1, devices + 1):
        one = {"name": f"dev{n:07}", "device_type": n % MAKERS + 1, "role": n % 7 + 1, "site": n % SITES + 1}
        yield "dcim.device", n, MACHINE | one | {"tenant": None, "status": "active"}
    for n in range(1, devices * 12 + 1):
        one = {
            "device": (n - 1) // 12 + 1,
            "name": f"ge-0/0/{n % 12}",
            "_name": f"000000{n % 12}",
            "type": "1000base-t",
        }
        yield "dcim.interface", n, PORT | one | {"cable": None}
    for n in range(1, devices * 2 + 1):
        port = (n - 1) // 2 * 12 + n % 2 + 1
        text = (
            f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}/24" if n % 2 else f"2001:db8:{n >> 8:x}::{n & 255 | 256:x}/64"
        )
        yield "ipam.ipaddress", n, STAMP | {
            "address": text, "vrf": None, "tenant": None, "status": "active", "role": "", "dns_name": "",
            "assigned_object_type": ["dcim", "interface"], "assigned_object_id": port,
        }  # fmt: skip
        item = {"device": (n - 1) // 2 + 1, "manufacturer": n % 5 + 1, "name": f"Optic {n % 2}", "serial": ""}
        yield "dcim.inventoryitem", n, STAMP | item
    for n in range(1, devices // 10 + 1):
        yield "dcim.module", n, STAMP | {"device": n * 10, "module_type": n % MAKERS + 1, "status": "active"}
        yield "circuits.circuit", n, STAMP | {"cid": f"C{n}", "provider": n % MAKERS + 1, "status": "active"}
        end = {"circuit": n, "term_side": "A", "site": n % SITES + 1}
        yield "circuits.circuittermination", n, STAMP | end


def write_export(file: IO[str], devices: int) -> None:
    """Write an export, as Django does with an indent of two."""
    file.write("[\n")
    for place, (model, number, fields) in enumerate(entries(devices)):
        file.write(",\n" if place else "")
        file.write(json.dumps({"model": model, "pk": number, "fields": fields}, indent=2))
    file.write("\n]\n")


def nested(endpoint: str, number: int, **more: object) -> dict[str, Any]:
    """Return the short form of an object."""
    return {"id": number, "url": f"{URL}{endpoint}/{number}/", "display": f"{endpoint} {number}", **more}


def result(  # noqa: PLR0911 - one for each endpoint
    model: str, n: int, fields: dict[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """Return an export's object as the API tells it, None for what the others nest."""
    if model == "dcim.device":
        maker = fields["device_type"]
        kind = nested(
            "dcim/device-types", maker, manufacturer=nested("dcim/manufacturers", maker, name=f"Maker {maker}")
        )
        site = nested("dcim/sites", fields["site"], name=f"Site {fields['site']}", slug=f"site-{fields['site']}")
        role = nested("dcim/device-roles", fields["role"], name=f"Role {fields['role']}", slug=f"role-{fields['role']}")
        told = fields | {"device_type": kind, "role": role, "device_role": role, "site": site, "config_context": {}}
        return "dcim/devices", nested("dcim/devices", n) | told | {"status": {"value": "active", "label": "Active"}}
    device = nested("dcim/devices", int(fields.get("device") or 0), name="dev")
    if model == "dcim.interface":
        told = fields | {"device": device, "type": {"value": fields["type"], "label": "1000BASE-T (1GE)"}}
        return "dcim/interfaces", nested("dcim/interfaces", n) | told
    if model == "ipam.ipaddress":
        port = fields["assigned_object_id"]
        at = nested("dcim/interfaces", port, device=nested("dcim/devices", (port - 1) // 12 + 1, name="dev"), name="ge")
        told = fields | {"assigned_object_type": "dcim.interface", "assigned_object": at}
        return "ipam/ip-addresses", nested("ipam/ip-addresses", n) | told
    if model == "dcim.inventoryitem":
        maker = nested("dcim/manufacturers", fields["manufacturer"], name=f"Maker {fields['manufacturer']}")
        return "dcim/inventory-items", nested("dcim/inventory-items", n) | fields | {
            "device": device,
            "manufacturer": maker,
        }
    if model == "dcim.module":
        maker = nested("dcim/manufacturers", fields["module_type"], name=f"Maker {fields['module_type']}")
        kind = nested("dcim/module-types", fields["module_type"], manufacturer=maker, model="Card")
        return "dcim/modules", nested("dcim/modules", n) | fields | {"device": device, "module_type": kind}
    if model == "circuits.circuit":
        provider = fields["provider"]
        short = nested("circuits/providers", provider, name=f"Provider {provider}", slug=f"provider-{provider}")
        told = fields | {"provider": short, "status": {"value": "active", "label": "Active"}}
        return "circuits/circuits", nested("circuits/circuits", n) | told
    return None


def write_pages(folder: Path, devices: int) -> None:
    """Write a file for each endpoint."""
    files: dict[str, IO[str]] = {}
    for model, number, fields in entries(devices):
        told = result(model, number, fields)
        if told:
            name = told[0].replace("/", "-")
            if name not in files:
                files[name] = (folder / f"{name}.json").open("w", encoding="utf-8")
                files[name].write('{"next":null,"previous":null,"results":[')
            else:
                files[name].write(",")
            files[name].write(json.dumps(told[1], separators=(",", ":")))
    for file in files.values():
        file.write("]}\n")
        file.close()


def walk_export(paths: list[Path]) -> tuple[int, int, int]:
    """Return how many devices, makers of them and addresses on them json.load and dictionaries find."""
    with paths[0].open(encoding="utf-8") as file:
        loaded = json.load(file)
    by: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for entry in loaded:
        by[entry["model"]][entry["pk"]] = entry["fields"]
    makers, addresses = defaultdict(set), defaultdict(set)
    for number, one in by["dcim.device"].items():
        makers[number].add(by["dcim.devicetype"][one["device_type"]]["manufacturer"])
    for one in by["dcim.inventoryitem"].values():
        makers[one["device"]].add(one["manufacturer"])
    for one in by["dcim.module"].values():
        makers[one["device"]].add(by["dcim.moduletype"][one["module_type"]]["manufacturer"])
    for one in by["ipam.ipaddress"].values():
        if one["assigned_object_type"] == ["dcim", "interface"]:
            addresses[by["dcim.interface"][one["assigned_object_id"]]["device"]].add(one["address"])
    return len(by["dcim.device"]), sum(map(len, makers.values())), sum(map(len, addresses.values()))


def walk_pages(paths: list[Path]) -> tuple[int, int, int]:
    """Return the same from pages of the API."""
    makers, addresses, count = defaultdict(set), defaultdict(set), 0
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for one in json.load(file)["results"]:
                if path.stem == "dcim-devices":
                    count += 1
                    makers[one["id"]].add(one["device_type"]["manufacturer"]["name"])
                if path.stem == "dcim-inventory-items":
                    makers[one["device"]["id"]].add(one["manufacturer"]["name"])
                if path.stem == "dcim-modules":
                    makers[one["device"]["id"]].add(one["module_type"]["manufacturer"]["name"])
                if path.stem == "ipam-ip-addresses" and one["assigned_object_type"] == "dcim.interface":
                    addresses[one["assigned_object"]["device"]["id"]].add(one["address"])
    return count, sum(map(len, makers.values())), sum(map(len, addresses.values()))


def ours(paths: list[Path]) -> tuple[int, int, int]:
    """Return the same by Crossline's reader, and its link."""
    import polars as pl  # noqa: PLC0415 - part of what a first run costs

    from crossline import links  # noqa: PLC0415
    from crossline.links import netbox_pages  # noqa: PLC0415
    from crossline.readers import netbox  # noqa: PLC0415
    from crossline.tables import Batch, Limits  # noqa: PLC0415

    read = [(str(path), item) for path in paths for item in netbox.read(path, Limits()) if isinstance(item, Batch)]
    joined = netbox_pages.join(links.Reading(tuple(read)))
    found = [batch for _, batch in joined.batches if batch.kind == "device"]
    tied = [
        batch.assets.select("bundle").join(batch.ties.filter(pl.col("role") == "vendor"), on="bundle")
        for batch in found
    ]
    addresses = [int(batch.assets["addresses"].list.len().sum()) for batch in found]
    return sum(batch.assets.height for batch in found), sum(part.height for part in tied), sum(addresses)


WAYS: dict[str, Callable[[list[Path]], tuple[int, int, int]]] = {
    "crossline": ours, "export": walk_export, "pages": walk_pages
}  # fmt: skip


def child(way: str, runs: int, paths: list[Path]) -> None:
    """Run one way some times; print the times, the peak of memory and the answer."""
    start = time.perf_counter()
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        answer = WAYS[way](paths)
        times.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"times": times, "peak": peak, "answer": answer, "all": time.perf_counter() - start}))


def measure(shape: str, folder: Path, devices: int) -> None:
    """Write, read by both, and print."""
    below = folder / shape
    if not below.is_dir():
        below.mkdir(parents=True)
        if shape == "export":
            with (below / "netbox.json").open("w", encoding="utf-8") as file:
                write_export(file, devices)
        else:
            write_pages(below, devices)
    paths = sorted(below.iterdir())
    size = sum(path.stat().st_size for path in paths)
    print(f"{shape}: {devices:,} devices, {size / 1e6:,.0f} MB in {len(paths)} files")
    answers = []
    for way, runs in (("crossline", 3), (shape, 1)):
        done = subprocess.run(
            [sys.executable, str(HERE), "--way", way, str(runs), *map(str, paths)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told = json.loads(done.stdout)
        answers.append(told["answer"])
        best = min(told["times"])
        name = "crossline" if way == "crossline" else "json.load"
        first = f"first {told['times'][0]:6.2f} s, " if runs > 1 else ""
        print(
            f"  {name:10} {first}best {best:6.2f} s, {size / best / 1e6:6.0f} MB/s, peak {told['peak'] / 1e6:7,.0f} MB"
        )
        if way == "crossline":
            ours_best = best
            met = "met" if best <= TARGET_SECONDS else "missed"
            share = told["peak"] / size
            print(f"  {'':10} {share:.2f} MB of memory for each MB of file; target {TARGET_SECONDS:g} s: {met}")
        else:
            print(f"  {'':10} Crossline is {best / ours_best:.1f} times as fast")
    print(f"  devices, makers, addresses: {answers[0]}, {'the same' if answers[0] == answers[1] else answers[1]}")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--devices", type=int, default=100_000)
    options.add_argument("--shape", choices=["export", "pages", "both"], default="both")
    options.add_argument("--folder", type=Path, help="where the files are made, or lie already")
    options.add_argument("--way", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.way:
        way, runs, *paths = given.way
        child(way, int(runs), [Path(path) for path in paths])
        return
    with tempfile.TemporaryDirectory() as made:
        for shape in ("export", "pages") if given.shape == "both" else (given.shape,):
            measure(shape, given.folder or Path(made), given.devices)


if __name__ == "__main__":
    main()
