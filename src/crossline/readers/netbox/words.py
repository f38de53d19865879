"""What a device's role says: which part of a network it belongs to, and which class of product it is.

A role is a word that each organisation chooses. Only these words are understood, whole, in the role's slug or name,
without regard to case and to what stands between words (``Core Switch``, ``core_switch``). Wireless LAN is no part
of a mobile network, so an access point is *other*.
"""

from __future__ import annotations

from typing import Final

import polars as pl

CORE: Final = (
    "core", "core-router", "core-switch", "core-network", "p-router", "epc", "evolved-packet-core", "packet-core",
    "mobile-core", "5gc", "5g-core", "mme", "sgw", "s-gw", "pgw", "p-gw", "ggsn", "sgsn", "msc", "mgw", "hlr", "hss",
    "udm", "ausf", "amf", "smf", "upf", "nrf", "pcf", "pcrf", "ims", "cscf",
)  # fmt: skip
RADIO: Final = (
    "radio", "ran", "radio-access-network", "bts", "nodeb", "node-b", "enodeb", "enb", "gnodeb", "gnb", "base-station",
    "rnc", "bsc", "rru", "rrh", "radio-unit", "bbu", "baseband-unit", "aau", "active-antenna-unit", "o-ru", "o-du",
    "o-cu", "small-cell", "femtocell", "picocell",
)  # fmt: skip
TRANSMISSION: Final = (
    "transmission", "transport", "dwdm", "cwdm", "wdm", "roadm", "oadm", "otn", "sdh", "sonet", "microwave",
    "microwave-radio", "microwave-link", "optical-amplifier", "line-amplifier", "ila", "transponder", "muxponder",
    "multiplexer", "mux", "slte",
)  # fmt: skip
TELECOMMUNICATIONS: Final = (
    "router", "edge-router", "border-router", "access-router", "provider-edge", "pe-router", "customer-edge",
    "ce-router", "switch", "distribution-switch", "aggregation-switch", "access-switch", "tor-switch", "leaf",
    "leaf-switch", "spine", "spine-switch", "olt", "onu", "ont", "dslam", "cmts", "access-point", "modem",
)  # fmt: skip
VIDEO: Final = ("camera", "ip-camera", "cctv", "cctv-camera", "surveillance-camera", "nvr", "dvr", "video-recorder")
INVERTER: Final = ("inverter", "power-inverter", "solar-inverter", "pv-inverter")

# Types of interface that reach into a mobile network (NetBox, dcim/choices.py, InterfaceTypeChoices, "Cellular").
CELLULAR: Final = ("gsm", "cdma", "lte", "4g", "5g")

_PARTS: Final = {
    word: part for words, part in ((CORE, "core"), (RADIO, "radio"), (TRANSMISSION, "transmission")) for word in words
}
_CLASSES: Final = dict.fromkeys((*_PARTS, *TELECOMMUNICATIONS), "telecommunications") | dict.fromkeys(
    VIDEO, "video-surveillance"
) | dict.fromkeys(INVERTER, "power-inverter")  # fmt: skip


def _plain(role: pl.Expr) -> pl.Expr:
    return role.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")


def _understood(words: dict[str, str]) -> pl.Expr:
    found = (
        _plain(pl.col(column)).replace_strict(words, default=None, return_dtype=pl.String)
        for column in ("role", "role_name")
    )
    return pl.coalesce(*found)


def network_part(has_radio: pl.Expr) -> pl.Expr:
    """Return the part that ``role`` (slug) or ``role_name`` states.

    Any other stated role is *other*. Where none is stated, ``has_radio`` (a cellular interface) makes it radio, and
    otherwise nothing is said: a router with a modem uses a mobile network, and is no part of one.
    """
    stated = pl.when(pl.coalesce("role", "role_name").is_not_null()).then(pl.lit("other"))
    return pl.coalesce(_understood(_PARTS), stated, pl.when(has_radio).then(pl.lit("radio")))


def product_class() -> pl.Expr:
    """Return the class that ``role`` or ``role_name`` states plainly, null otherwise."""
    return _understood(_CLASSES)
