"""A naive twin: an export of NetBox read with json.load, walked entry by entry with dictionaries."""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Port = tuple[str, int]


class Naive:
    """The answers that a reader owes: ``devices`` and ``circuits`` by asset."""

    def __init__(self, path: Path) -> None:
        """Read and walk the file (NetBox 3.3 to 4.4, natural keys)."""
        self.by: dict[str, dict[int, dict[str, Any]]] = {}
        for entry in json.loads(path.read_text(encoding="utf-8")):
            if "pk" in entry:
                self.by.setdefault(entry["model"], {}).setdefault(entry["pk"], entry["fields"])
        self.ids = self._ids()
        self.devices = {
            self.ids[number]: {
                "vendor": list(dict.fromkeys(self._vendors(number, one))),
                "addresses": sorted(self._addresses(number)),
                "site": self._of("dcim.site", one["site"])["slug"],
            }
            for number, one in self.by.get("dcim.device", {}).items()
            if number in self.ids
        }
        self.circuits = dict(self._circuits())

    def _of(self, model: str, number: int | None) -> dict[str, Any]:
        return self.by.get(model, {}).get(number, {}) if number is not None else {}

    def _ids(self) -> dict[int, str]:
        wanted = {
            number: one
            for number, one in self.by.get("dcim.device", {}).items()
            if one["status"] not in {"planned", "inventory"}
        }
        short = {
            number: f"device:netbox:{self._of('dcim.site', one['site'])['slug']}/{one['name'] or f'#{number}'}"
            for number, one in wanted.items()
        }
        often = Counter(short.values())
        tenant = {number: self._of("tenancy.tenant", one["tenant"]).get("slug", "") for number, one in wanted.items()}
        return {
            number: f"{text}@{tenant[number]}" if often[text] > 1 and tenant[number] else text
            for number, text in short.items()
        }

    def _vendors(self, number: int, one: dict[str, Any]) -> Iterator[str]:
        kinds = [self._of("dcim.devicetype", one["device_type"])]
        kinds += [
            self._of("dcim.moduletype", m["module_type"])
            for m in self.by.get("dcim.module", {}).values()
            if m["device"] == number
        ]
        kinds += [item for item in self.by.get("dcim.inventoryitem", {}).values() if item["device"] == number]
        for kind in kinds:
            maker = self._of("dcim.manufacturer", kind.get("manufacturer")).get("name")
            if maker:
                yield "vendor:" + " ".join(maker.casefold().split())

    def _addresses(self, number: int) -> Iterator[str]:
        for one in self.by.get("ipam.ipaddress", {}).values():
            if one["assigned_object_type"] == ["dcim", "interface"]:
                port = self._of("dcim.interface", one["assigned_object_id"])
                if port.get("device") == number:
                    yield str(ipaddress.ip_interface(one["address"]).ip)

    def _circuits(self) -> Iterator[tuple[str, dict[str, Any]]]:
        terminations = self.by.get("circuits.circuittermination", {})
        for number, one in self.by.get("circuits.circuit", {}).items():
            provider = self._of("circuits.provider", one["provider"])
            ends = {n: end for n, end in terminations.items() if end["circuit"] == number}
            sites = [self._of("dcim.site", end["site"]) for end in ends.values() if end["site"]]
            machines = {device for n in ends for device in self._trace(("circuits.circuittermination", n), [])}
            asns = [str(self._of("ipam.asn", n)["asn"]) for n in provider.get("asns", [])]
            yield (
                f"circuit:netbox:{provider['slug']}/{one['cid']}",
                {
                    "operator": {
                        "vendor:" + " ".join(provider["name"].casefold().split()),
                        *(f"asn:{n}" for n in asns),
                    },
                    "device": {self.ids[device] for device in machines if device in self.ids},
                    "ends": {site["name"] for site in sites},
                },
            )

    def _trace(self, port: Port, kept: list[int]) -> Iterator[int]:
        for far in self._far(port):
            model, number = far
            fields = self._of(model, number)
            if "device" in fields:
                yield fields["device"]
            if model == "dcim.frontport":
                back = fields["rear_port"]
                several = self._of("dcim.rearport", back)["positions"] > 1
                yield from self._trace(
                    ("dcim.rearport", back), [*kept, fields["rear_port_position"]] if several else kept
                )
            if model == "dcim.rearport":
                position = 1 if fields["positions"] == 1 else (kept[-1] if kept else None)
                rest = kept if fields["positions"] == 1 else kept[:-1]
                for front, its in self.by["dcim.frontport"].items():
                    if its["rear_port"] == number and its["rear_port_position"] == position:
                        yield from self._trace(("dcim.frontport", front), rest)

    def _far(self, port: Port) -> list[Port]:
        ends = self.by.get("dcim.cabletermination", {}).values()
        own = [e for e in ends if (".".join(e["termination_type"]), e["termination_id"]) == port]
        return [
            (".".join(e["termination_type"]), e["termination_id"])
            for mine in own
            for e in ends
            if e["cable"] == mine["cable"] and e["cable_end"] != mine["cable_end"]
        ]
