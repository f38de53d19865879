"""A small organisation in NetBox, written as exports and as pages of the API, of several versions of NetBox."""

# ruff: noqa: C901, PLR0912 - one function a form; each version of NetBox is a branch

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "pbkdf2_sha256$600000$NEVERSHOWN"  # noqa: S105 - a stand-in for one, looked for in what is read
SERIAL = "SERIALNEVERSHOWN"
API = "https://netbox.example/api/"
TYPE_NUMBERS = {
    "dcim.interface": 32, "dcim.frontport": 18, "dcim.rearport": 19, "circuits.circuittermination": 15,
    "dcim.powerport": 20, "virtualization.vminterface": 40,
}  # fmt: skip
Fields = dict[str, Any]


class Organisation:
    """Objects by model and number."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.models: dict[str, dict[int, Fields]] = {}

    def add(self, model: str, /, **fields: Any) -> int:
        """Add an object; return its number."""
        held = self.models.setdefault(model, {})
        number = max(held, default=0) + 1
        held[number] = fields
        return number

    def plug(self, a: tuple[str, int], b: tuple[str, int], status: str = "connected") -> int:
        """Join two ports by a cable."""
        cable = self.add("dcim.cable", status=status)
        for side, (model, number) in (("A", a), ("B", b)):
            device = self.models[model][number].get("device")
            self.add(
                "dcim.cabletermination", cable=cable, cable_end=side, termination_type=model.split("."),
                termination_id=number, _device=device,
            )  # fmt: skip
        return cable


def organisation() -> Organisation:
    """Return an organisation of two sites, with what is awkward in real ones.

    The first circuit runs through two panels to the router at Lima, and a cable of our own joins both sites.
    """
    own = Organisation()
    makers = {n: own.add("dcim.manufacturer", name=n, slug=n.lower()) for n in ("Cisco", "Huawei", "Nokia", "Panduit")}
    types = {
        name: own.add("dcim.devicetype", manufacturer=makers[maker], model=name)
        for name, maker in (("ASR", "Cisco"), ("NE40", "Huawei"), ("Panel", "Panduit"))
    }
    line_card = own.add("dcim.moduletype", manufacturer=makers["Nokia"], model="LC-1")
    roles = {
        name: own.add("dcim.devicerole", name=name, slug=name.lower().replace(" ", "-"))
        for name in ("Core Router", "gNodeB", "DWDM", "Patch Panel", "Router")
    }
    lima = own.add("dcim.site", name="Lima", slug="lima")
    oslo = own.add("dcim.site", name="Oslo <b>", slug="oslo")
    tenant = own.add("tenancy.tenant", name="A Customer", slug="a-customer")

    def device(name: str | None, site: int, kind: str, role: str, **more: Any) -> int:
        fields = {"name": name, "site": site, "device_type": types[kind], "role": roles[role], "tenant": None}
        fields |= {"status": "active", "serial": SERIAL, "asset_tag": SERIAL} | more
        return own.add("dcim.device", **fields)

    router = device("rt-1", lima, "NE40", "Core Router")
    panel = device("pp-1", lima, "Panel", "Patch Panel")
    far_panel = device(None, lima, "Panel", "Patch Panel")
    mast = device("=1+1 ümlaut \U0001f4e1", oslo, "ASR", "gNodeB")
    device("spare", oslo, "ASR", "Router", status="planned")
    device("rt-1", lima, "ASR", "Router", tenant=tenant)
    ports = {
        name: own.add("dcim.interface", device=owner, name="eth", type=kind)
        for name, owner, kind in (("up", router, "10gbase-x-sfpp"), ("down", router, "1000base-t"), ("air", mast, "5g"))
    }
    own.add("dcim.module", device=router, module_type=line_card, serial=SERIAL)
    own.add("dcim.inventoryitem", device=router, manufacturer=makers["Cisco"], name="Optic", serial=SERIAL)
    own.add("dcim.inventoryitem", device=mast, manufacturer=None, name="Fan")
    for address, kind, number in (
        ("192.0.2.1/24", "dcim.interface", ports["up"]),
        ("2001:DB8:0:0:0::1/64", "dcim.interface", ports["up"]),
        ("198.51.100.7/32", "dcim.interface", ports["air"]),
        ("203.0.113.9/32", "virtualization.vminterface", 1),
    ):
        own.add("ipam.ipaddress", address=address, assigned_object_type=kind.split("."), assigned_object_id=number)
    own.add("ipam.ipaddress", address="203.0.113.10/32", assigned_object_type=None, assigned_object_id=None)
    own.add("virtualization.virtualmachine", name="vm")
    number = own.add("ipam.asn", asn=64500)
    carrier = own.add("circuits.provider", name="Carrier  One", slug="carrier-one", asns=[number])
    circuit = own.add("circuits.circuit", cid="C/1", provider=carrier, status="active")
    near = own.add("circuits.circuittermination", circuit=circuit, term_side="A", site=lima)
    own.add("circuits.circuittermination", circuit=circuit, term_side="Z", site=oslo)
    # carrier -- front 2 of pp-1 | rear of pp-1 (2 positions) -- rear of the other panel | its front 2 -- router
    backs = [own.add("dcim.rearport", device=owner, positions=2) for owner in (panel, far_panel)]
    fronts = [
        [own.add("dcim.frontport", device=owner, rear_port=back, rear_port_position=n) for n in (1, 2)]
        for owner, back in ((panel, backs[0]), (far_panel, backs[1]))
    ]
    own.plug(("circuits.circuittermination", near), ("dcim.frontport", fronts[0][1]))
    own.plug(("dcim.rearport", backs[0]), ("dcim.rearport", backs[1]))
    own.plug(("dcim.frontport", fronts[1][1]), ("dcim.interface", ports["up"]))
    own.plug(("dcim.interface", ports["air"]), ("dcim.interface", ports["down"]), "planned")
    return own


def export(own: Organisation, era: str = "3.6") -> list[dict[str, Any]]:
    """Return the entries of ``dumpdata``: of ``2.8``, ``3.6``, ``4.2``, ``4.5``, or ``numbers`` (no natural keys)."""
    entries: list[dict[str, Any]] = [
        {
            "model": "contenttypes.contenttype",
            **({"pk": number} if era == "numbers" else {}),
            "fields": dict(zip(("app_label", "model"), name.split("."), strict=True)),
        }
        for name, number in TYPE_NUMBERS.items()
    ]
    entries.append({"model": "auth.user", "fields": {"username": "admin-nevershown", "password": SECRET}})
    entries.append({"model": "sessions.session", "pk": SECRET, "fields": {"session_data": SECRET}})
    for model, held in own.models.items():
        entries += [
            {"model": name, "pk": number, "fields": fields}
            for number, one in held.items()
            for name, fields in _of_era(own, model, number, dict(one), era)
        ]
    entries.append({"model": "users.token", "pk": 1, "fields": {"key": SECRET, "user": ["admin-nevershown"]}})
    return entries


def _of_era(own: Organisation, model: str, number: int, one: Fields, era: str) -> list[tuple[str, Fields]]:
    if era == "2.8":
        if model == "dcim.cabletermination":
            return []
        if model == "dcim.device":
            one["device_role"] = one.pop("role")
        if model == "ipam.ipaddress":
            on_device = one.pop("assigned_object_type") == ["dcim", "interface"]
            one["interface"] = one.pop("assigned_object_id") if on_device else None
        if model == "circuits.provider":
            numbers = one.pop("asns")
            one["asn"] = own.models["ipam.asn"][numbers[0]]["asn"] if numbers else None
        if model == "dcim.cable":
            for end in own.models["dcim.cabletermination"].values():
                if end["cable"] == number:
                    side = end["cable_end"].lower()
                    one[f"termination_{side}_type"] = end["termination_type"]
                    one[f"termination_{side}_id"] = end["termination_id"]
                    one[f"_termination_{side}_device"] = end["_device"]
    if era in {"4.2", "4.5"} and model == "circuits.circuittermination":
        one["_site"] = one.pop("site")
        one |= {"termination_type": ["dcim", "site"], "termination_id": one["_site"]}
    if era == "4.5" and model == "dcim.frontport":
        mapping = {
            "front_port": number, "rear_port": one.pop("rear_port"), "front_port_position": 1,
            "rear_port_position": one.pop("rear_port_position"),
        }  # fmt: skip
        return [(model, one), ("dcim.portmapping", mapping)]
    if era == "numbers":
        for name in ("assigned_object_type", "termination_type"):
            if one.get(name):
                one[name] = TYPE_NUMBERS[".".join(one[name])]
    return [(model, one)]


def brief(own: Organisation, model: str, number: int | None) -> Fields | None:
    """Return the short form in which the API nests an object."""
    if number is None:
        return None
    fields = own.models[model][number]
    app, name = model.split(".")
    wanted = ("name", "slug", "model", "cid", "asn", "address")
    short = {"id": number, "url": f"{API}{app}/{name}s/{number}/", "display": "shown"}
    return short | {key: fields[key] for key in wanted if key in fields}


def _chosen(word: str) -> Fields:
    return {"value": word, "label": word.capitalize()}


def pages(own: Organisation, era: str = "3.6", size: int = 2) -> dict[str, dict[str, Any]]:
    """Return pages of the API by file name: of ``3.2`` or ``4.2``, or ``3.6``."""
    made = {}
    for endpoint, results in _results(own, era).items():
        for place, first in enumerate(range(0, max(len(results), 1), size)):
            more = f"{API}{endpoint}/?limit={size}&offset={first + size}" if first + size < len(results) else None
            page = {"count": len(results), "next": more, "previous": None, "results": results[first : first + size]}
            made[f"{endpoint.replace('/', '-')}-{place}.json" if results else f"{endpoint.partition('/')[2]}.json"] = (
                page
            )
    return made


def _results(own: Organisation, era: str) -> dict[str, list[Fields]]:
    models = own.models

    def whole(endpoint: str, number: int, /, **fields: Any) -> Fields:
        return {"id": number, "url": f"{API}{endpoint}/{number}/", "display": "shown", **fields}

    def port(model: str, number: int) -> Fields:
        fields = models[model][number]
        if model == "circuits.circuittermination":
            return {"id": number, "circuit": brief(own, "circuits.circuit", fields["circuit"])}
        return {"id": number, "device": brief(own, "dcim.device", fields["device"])}

    def end(number: int | None) -> Fields | None:
        if number is None:
            return None
        site = brief(own, "dcim.site", models["circuits.circuittermination"][number]["site"])
        placed = {"site": site} if era != "4.2" else {"termination_type": "dcim.site", "termination": site}
        return {"id": number, **placed}

    role = "device_role" if era == "3.2" else "role"
    found: dict[str, list[Fields]] = {"dcim/devices": [], "dcim/interfaces": [], "dcim/modules": []}
    for number, fields in models["dcim.device"].items():
        kind = models["dcim.devicetype"][fields["device_type"]]
        device_type = {"id": 1, "manufacturer": brief(own, "dcim.manufacturer", kind["manufacturer"]), **kind}
        device_type["manufacturer"] = brief(own, "dcim.manufacturer", kind["manufacturer"])
        found["dcim/devices"].append(
            whole(
                "dcim/devices", number, name=fields["name"], device_type=device_type, serial=SERIAL,
                site=brief(own, "dcim.site", fields["site"]), tenant=brief(own, "tenancy.tenant", fields["tenant"]),
                status=_chosen(fields["status"]), primary_ip4=None, config_context={"password": SECRET},
                **{role: brief(own, "dcim.devicerole", fields["role"])},
            )
        )  # fmt: skip
    for number, fields in models["dcim.interface"].items():
        device = brief(own, "dcim.device", fields["device"])
        found["dcim/interfaces"].append(whole("dcim/interfaces", number, device=device, type=_chosen(fields["type"])))
    for number, fields in models.get("dcim.module", {}).items():
        kind = models["dcim.moduletype"][fields["module_type"]]
        module_type = kind | {"manufacturer": brief(own, "dcim.manufacturer", kind["manufacturer"])}
        device = brief(own, "dcim.device", fields["device"])
        found["dcim/modules"].append(whole("dcim/modules", number, device=device, module_type=module_type))
    found["dcim/inventory-items"] = [
        whole(
            "dcim/inventory-items", number, device=brief(own, "dcim.device", fields["device"]), name=fields["name"],
            manufacturer=brief(own, "dcim.manufacturer", fields["manufacturer"]),
        )
        for number, fields in models.get("dcim.inventoryitem", {}).items()
    ]  # fmt: skip
    found["ipam/ip-addresses"] = []
    for number, fields in models["ipam.ipaddress"].items():
        kind = ".".join(fields["assigned_object_type"] or []) or None
        at = port(kind, fields["assigned_object_id"]) if kind == "dcim.interface" else ({"id": 1} if kind else None)
        found["ipam/ip-addresses"].append(
            whole("ipam/ip-addresses", number, address=fields["address"], assigned_object_type=kind, assigned_object=at)
        )
    found["circuits/providers"] = [
        whole("circuits/providers", number, name=f["name"], slug=f["slug"], **_numbers(own, f, era))
        for number, f in models["circuits.provider"].items()
    ]
    found["circuits/circuits"] = []
    for number, fields in models["circuits.circuit"].items():
        ends = {f["term_side"]: n for n, f in models["circuits.circuittermination"].items() if f["circuit"] == number}
        found["circuits/circuits"].append(
            whole(
                "circuits/circuits", number, cid=fields["cid"], status=_chosen(fields["status"]),
                provider=brief(own, "circuits.provider", fields["provider"]), termination_a=end(ends.get("A")),
                termination_z=end(ends.get("Z")),
            )
        )  # fmt: skip
    found["dcim/cables"] = []
    for number, fields in models["dcim.cable"].items():
        sides: dict[str, Any] = {}
        for one in models["dcim.cabletermination"].values():
            if one["cable"] == number:
                kind, side = ".".join(one["termination_type"]), one["cable_end"].lower()
                nested = port(kind, one["termination_id"])
                if era == "3.2":
                    sides |= {f"termination_{side}_type": kind, f"termination_{side}": nested}
                else:
                    sides[f"{side}_terminations"] = [{"object_type": kind, "object_id": nested["id"], "object": nested}]
        found["dcim/cables"].append(whole("dcim/cables", number, status=_chosen(fields["status"]), **sides))
    found["virtualization/virtual-machines"] = [whole("virtualization/virtual-machines", 1, name="vm")]
    found["dcim/manufacturers"] = [whole("dcim/manufacturers", n, **f) for n, f in models["dcim.manufacturer"].items()]
    return found


def _numbers(own: Organisation, fields: Fields, era: str) -> Fields:
    if era == "3.2":
        return {"asn": own.models["ipam.asn"][fields["asns"][0]]["asn"]}
    return {"asns": [brief(own, "ipam.asn", number) for number in fields["asns"]]}


def write(folder: Path, documents: dict[str, dict[str, Any]]) -> list[Path]:
    """Write documents as files of a folder."""
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return [folder / name for name in sorted(documents)]
