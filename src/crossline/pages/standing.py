"""Where the hosts of apps stand, in words: by the answers of the DNS, and by the registries' word on addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crossline import wording
from crossline.pages.citing import source
from crossline.pages.lines import state_key
from crossline.pages.picturing import share_bar
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.pages import Anchors

ADDRESS: Final = "address"  # how a state stands behind a host by the range that its address lies in
STAND: Final = (
    "Where hosts stand is told by the addresses that the DNS gave, which hold for where and when it was asked. A "
    "country of an address is the one that a registry has its range in: its word on the holder, and no measured place."
)
NO_TABLE: Final = (
    "The DNS gave addresses, but there is no table of addresses in the world, so that neither their countries nor "
    "their networks are known: `crossline world build` makes a world with one, and --world takes it."
)
ASK: Final = (
    "To see where they stand, ask the DNS for their names and give the answers as one more file: massdns -o J, "
    "dnsx -json, zdns or dig."
)


def placed(app: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the countries that the addresses of an app's hosts are registered in, with how many hosts each."""
    return [row for row in app.get("states") or () if row.get("as") == ADDRESS]


def behind(app: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the states that stand behind the owners of an app's code and hosts."""
    return [row for row in app.get("states") or () if row.get("as") != ADDRESS]


def answered(app: Mapping[str, Any]) -> str | None:
    """Say how many hosts of an app have an address in answers of the DNS; None where none were read."""
    hosts = app.get("hosts") or {}
    if hosts.get("answered") is None:
        return None
    return f"{int(hosts['answered']):,} of {plural(int(hosts.get('count') or 0), 'host')} have an address"


def whereabouts(header: Mapping[str, Any], where: str) -> str:
    """Say, after ``where``, what is meant by where a host stands, and, where nobody asked the DNS, how to."""
    told = header.get("apps") or {}
    named = any(int(part.get("identifiers") or 0) for part in (told.get("summary") or {}).get("roles") or ()
                if part.get("role") == "contacts")  # fmt: skip
    if told_of := (told.get("summary") or {}).get("standing"):
        return f"{where} {STAND if told_of.get('table', True) else NO_TABLE}"
    return f"{where} {ASK}" if named else where


def unplaced(header: Mapping[str, Any]) -> str:
    """Say why no country and no network of any address is known, where the DNS gave some."""
    told = ((header.get("apps") or {}).get("summary") or {}).get("standing") or {}
    nobody = "The world knows neither a country nor a network of any of the addresses."
    return nobody if told.get("table", True) else NO_TABLE


def state_name(header: Mapping[str, Any] | None, code: object) -> str:
    """Return how the report calls a state; empty where it has no name for the code."""
    names = ((header or {}).get("apps") or {}).get("state_names") or {}
    return visible(str(names[code]), 60) if names.get(code) else ""


def called(header: Mapping[str, Any], code: object) -> str:
    """Return a state's name with its code, as all reports have it: ``Cayman Islands (KY)``."""
    return wording.state(visible(str(code or "?"), 12), state_name(header, code))


def sampled(row: Mapping[str, Any]) -> str:
    """Name the host that stands for others: ``api.example.org, 203.0.113.7``."""
    sample = row.get("sample") or {}
    named = dict.fromkeys(visible(str(sample.get(key) or ""), 120) for key in ("host", "address"))
    return ", ".join(name for name in named if name)


def evidence(entry: Mapping[str, Any]) -> str:
    """Return the place of a tie in the file, in which it was read."""
    return visible(str(entry.get("locator") or "the file does not say where"), 240)


def on_map(app: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors, rows: int) -> list[dict[str, Any]]:
    """Return the countries of hosts' addresses, each with a host, its address, and whose word it is."""
    count = int((app.get("hosts") or {}).get("count") or 0)
    return [
        {
            "code": visible(str(row.get("state") or "?"), 12),
            "name": called(header, row.get("state")),
            "page": anchors.of("state", state_key(str(row.get("state")))),
            "hosts": int(row.get("hosts") or 0),
            "sample": sampled(row),
            "evidence": evidence(row.get("sample") or {}),
            "source": source(header, row.get("source")),
            "bar": share_bar(
                100 * int(row.get("hosts") or 0) / max(count, 1),
                f"{called(header, row.get('state'))}: {int(row.get('hosts') or 0):,} of {plural(count, 'host')}",
            ),
        }
        for row in placed(app)[:rows]
    ]
