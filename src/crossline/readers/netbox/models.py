"""What is wanted of each sort of NetBox object, in an export (``dumpdata``) and in pages of the API.

Only the models and fields that stand here are ever looked at: users, sessions, tokens, secrets, serial numbers,
asset tags, contacts and comments are not among them.

An export names others by their number; a page of the API nests a short form of them. Names changed over time:

=====================  =======================  ==========================================================
what                   until                    since
=====================  =======================  ==========================================================
a device's role        3.5 ``device_role``      3.6 ``role`` (the API gave both in 3.6 and 3.7)
an address's interface 2.8 ``interface``        2.9 ``assigned_object_type``, ``assigned_object_id``
ends of a cable        3.2 ``termination_a_…``  3.3 ``dcim.cabletermination``, ``a_terminations``
a provider's network   3.0 ``asn``              3.1 ``asns``
a circuit's end        4.1 ``site``             4.2 ``termination_type``, ``termination_id``, cached ``_site``
ports of a panel       4.4 ``rear_port``        4.5 ``dcim.portmapping``
=====================  =======================  ==========================================================
"""

from __future__ import annotations

from typing import Final

from crossline.readers.netbox.columns import Shape, integer, text

# A list of content types in an export is [app, model], or its number where it was made without natural keys.
_ASSIGNED: Final = (
    integer("type_number", "assigned_object_type", loose=True),
    text("app", "assigned_object_type.0", loose=True),
    text("model", "assigned_object_type.1", loose=True),
    integer("object", "assigned_object_id"),
    integer("interface"),
)

EXPORT: Final[dict[str, Shape]] = {
    "contenttypes.contenttype": Shape((text("app", "app_label"), text("model"))),
    "dcim.manufacturer": Shape((text("name"),)),
    "dcim.devicetype": Shape((integer("manufacturer"), text("model"))),
    "dcim.moduletype": Shape((integer("manufacturer"), text("model"))),
    "dcim.devicerole": Shape((text("name"), text("slug"))),
    "dcim.site": Shape((text("name"), text("slug"))),
    "tenancy.tenant": Shape((text("slug"),)),
    "dcim.device": Shape(
        (
            text("name"),
            integer("site"),
            integer("role", "role", "device_role"),
            integer("device_type"),
            integer("tenant"),
            text("status", loose=True),
        )
    ),
    "dcim.interface": Shape((integer("device"), text("type", loose=True))),
    "dcim.inventoryitem": Shape((integer("device"), integer("manufacturer"), text("name"))),
    "dcim.module": Shape((integer("device"), integer("module_type"))),
    "ipam.ipaddress": Shape((text("address"), *_ASSIGNED)),
    "ipam.asn": Shape((integer("asn"),)),
    "dcim.cable": Shape(
        (
            text("status", loose=True),
            *(
                want
                for end in "ab"
                for want in (
                    integer(f"{end}_type_number", f"termination_{end}_type", loose=True),
                    text(f"{end}_app", f"termination_{end}_type.0", loose=True),
                    text(f"{end}_model", f"termination_{end}_type.1", loose=True),
                    integer(f"{end}_object", f"termination_{end}_id"),
                    integer(f"{end}_device", f"_termination_{end}_device"),
                )
            ),
        )
    ),
    "dcim.cabletermination": Shape(
        (
            integer("cable"),
            text("end", "cable_end"),
            integer("type_number", "termination_type", loose=True),
            text("app", "termination_type.0", loose=True),
            text("model", "termination_type.1", loose=True),
            integer("object", "termination_id"),
            integer("device", "_device"),
        )
    ),
    "dcim.frontport": Shape((integer("device"), integer("rear_port"), integer("rear_port_position"))),
    "dcim.rearport": Shape((integer("device"), integer("positions"))),
    "dcim.portmapping": Shape((integer("front_port"), integer("rear_port"), integer("rear_port_position"))),
    "circuits.provider": Shape(
        (text("name"), text("slug"), integer("asn")), lists={"asns": Shape(scalar=integer("asn"))}
    ),
    "circuits.circuit": Shape((text("cid"), integer("provider"), text("status", loose=True))),
    "circuits.circuittermination": Shape((integer("circuit"), integer("site", "site", "_site"))),
    "virtualization.virtualmachine": Shape(),
}

_STATUS: Final = (text("status", "status.value", loose=True), text("status_label", "status.label", loose=True))
_OBJECT: Final = Shape(
    (
        text("type", "object_type"),
        integer("device", "object.device.id"),
        text("device_name", "object.device.name"),
        integer("circuit", "object.circuit.id"),
    )
)

PAGES: Final[dict[str, Shape]] = {
    "dcim/devices": Shape(
        (
            integer("id"),
            text("name"),
            text("site", "site.slug"),
            text("site_name", "site.name"),
            text("tenant", "tenant.slug"),
            text("role", "role.slug", "device_role.slug"),
            text("role_name", "role.name", "device_role.name"),
            text("maker", "device_type.manufacturer.name"),
            text("product", "device_type.model"),
            text("address4", "primary_ip4.address"),
            text("address6", "primary_ip6.address"),
            *_STATUS,
        )
    ),
    "dcim/interfaces": Shape((integer("id"), integer("device", "device.id"), text("type", "type.value", loose=True))),
    "ipam/ip-addresses": Shape(
        (
            integer("id"),
            text("address"),
            text("type", "assigned_object_type"),
            integer("device", "assigned_object.device.id", "interface.device.id"),
        )
    ),
    "dcim/inventory-items": Shape(
        (integer("id"), integer("device", "device.id"), text("maker", "manufacturer.name"), text("name"))
    ),
    "dcim/modules": Shape(
        (
            integer("id"),
            integer("device", "device.id"),
            text("maker", "module_type.manufacturer.name"),
            text("name", "module_type.model"),
        )
    ),
    "dcim/cables": Shape(
        (
            integer("id"),
            *(
                want
                for end in "ab"
                for want in (
                    text(f"{end}_type", f"termination_{end}_type"),
                    integer(f"{end}_device", f"termination_{end}.device.id"),
                    integer(f"{end}_circuit", f"termination_{end}.circuit.id"),
                )
            ),
            *_STATUS,
        ),
        lists={"a_terminations": _OBJECT, "b_terminations": _OBJECT},
    ),
    "circuits/providers": Shape(
        (integer("id"), integer("asn")), lists={"asns": Shape((integer("asn"),), scalar=integer("asn"))}
    ),
    "circuits/circuits": Shape(
        (
            integer("id"),
            text("cid"),
            integer("provider", "provider.id"),
            text("provider_slug", "provider.slug"),
            text("provider_name", "provider.name"),
            *(
                want
                for end in "az"
                for want in (
                    text(f"{end}_type", f"termination_{end}.termination_type"),
                    text(f"{end}_site", f"termination_{end}.site.slug", f"termination_{end}.termination.slug"),
                    text(f"{end}_site_name", f"termination_{end}.site.name", f"termination_{end}.termination.name"),
                )
            ),
            *_STATUS,
        )
    ),
    "circuits/circuit-terminations": Shape(
        (
            integer("id"),
            integer("circuit", "circuit.id"),
            text("type", "termination_type"),
            text("site", "site.slug", "termination.slug"),
            text("site_name", "site.name", "termination.name"),
            integer("device", "link_peer.device.id", "cable_peer.device.id", "connected_endpoint.device.id"),
        ),
        lists={"link_peers": Shape((integer("device", "device.id"),))},
    ),
    "virtualization/virtual-machines": Shape((integer("id"),)),
}

# Pages that say nothing which those above do not nest; they are read for their count alone.
PASSED_OVER: Final = frozenset(
    {
        "dcim/manufacturers", "dcim/device-types", "dcim/module-types", "dcim/device-roles", "dcim/sites",
        "dcim/regions", "dcim/site-groups", "dcim/locations", "dcim/racks", "dcim/platforms", "dcim/front-ports",
        "dcim/rear-ports", "tenancy/tenants", "circuits/circuit-types", "ipam/asns", "ipam/prefixes",
    }
)  # fmt: skip
