"""What is in apps as a CycloneDX 1.6 bill of materials (ECMA-424): code as components, hosts as services by owner.

Only what the audit describes of apps stands in it. A supplier is named where the world leads to a party; a registry's
word for a holder stays a claim, in a property. Names are made safe to look at, as in the reports for people. Nothing in
it comes from a clock: the same audit gives the same bytes.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import uuid
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from crossline.pages.apps import packer
from crossline.text import STATEMENT_LIMIT, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".cdx",)
BINARY: Final = False
ENDPOINTS: Final = 100  # of a service
NOBODYS: Final = "hosts of which nobody is known as owner"

_SPECIFICATION: Final = "1.6"
_TEXT: Final = 300
# A method has to have a confidence (CycloneDX 1.6, identityEvidence): these put ties in an order and measure nothing.
_CONFIDENCE: Final = {"observed": 0.9, "declared": 0.7, "inferred": 0.5}
_LISTED: Final = {
    "permissions": "permission",
    "native_libraries": "native-library",
    "referenced_libraries": "referenced-library",
}
# `classes.dex class a/B, signature of SOURCE`, `lib/arm64-v8a/libx.so, by the name of the file alone, signature of
# SOURCE`, `resources.arsc byte 12`. What the package named is a word, in quotes where it could be taken for more.
_WORD: Final = r'"[^"]*"|[^\s,"]+'
_PLACE: Final = re.compile(
    rf"(?:(?P<package>{_WORD}): )?(?P<file>{_WORD})(?: (?P<unit>class|string|byte) (?P<what>{_WORD}))?"
    r"(?:, by the name of the file alone)?(?P<by>, signature of \S+)?",
    re.DOTALL,
)


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the bill of materials as JSON."""
    told = audit.header.get("apps") or {}
    described, count = list(told.get("described") or ()), int(told.get("count") or 0)
    apps = [_App(number, app) for number, app in enumerate(described)]
    services = _services(apps)
    alone = apps[0] if count == 1 and len(apps) == 1 else None
    document = {
        "$schema": f"http://cyclonedx.org/schema/bom-{_SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": _SPECIFICATION,
        "serialNumber": None,
        "version": 1,
        "metadata": _metadata(audit.header, alone, count - len(apps)),
        "components": alone.libraries if alone else [app.component | _nested(app.libraries) for app in apps],
        "services": [service for service, _ in services.values()],
        "dependencies": [
            {"ref": app.ref, "dependsOn": sorted({*app.parts, *_served(services, app.ref)})} for app in apps
        ],
        "compositions": [part for app in apps for part in app.compositions()],
    }  # fmt: skip
    content = json.dumps(document, ensure_ascii=False, sort_keys=True)
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, content).urn
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


class _App:
    """An app as a component, with the libraries in it."""

    def __init__(self, number: int, app: Mapping[str, Any]) -> None:
        self.app = app
        # Two files may hold the same app, so that its place in the report is part of the reference.
        self.ref = _reference("app", str(number), app.get("asset"), app.get("file"))
        self.libraries = [_library(self.ref, entry) for entry in app.get("libraries") or ()]

    @property
    def parts(self) -> list[str]:
        """The references of its libraries."""
        return [str(library["bom-ref"]) for library in self.libraries]

    @property
    def component(self) -> dict[str, Any]:
        """The component that stands for the app itself."""
        app = self.app
        publisher: Mapping[str, Any] = next((one for one in app.get("publishers") or () if one.get("party")), {})
        return {
            "type": "application",
            "bom-ref": self.ref,
            "name": _said(app.get("name") or app.get("asset")),
            **({"version": _said(app["version"])} if app.get("version") else {}),
            **({"supplier": {"name": _said(publisher["owner"])}} if publisher.get("owner") else {}),
            "properties": list(_about(app)),
        }

    def compositions(self) -> Iterable[dict[str, Any]]:
        """Say how complete the lists of its code and of its hosts are."""
        unseen = {str(item.get("role")) for item in self.app.get("unseen") or ()}
        hosts = self.app.get("hosts") or {}
        code = self._aggregate("embeds" in unseen, len(self.libraries), int(self.app.get("library_count") or 0))
        shown = sum(len(entry.get("hosts") or ()) for entry in hosts.get("owners") or ()) + len(
            hosts.get("samples") or ()
        )
        named = self._aggregate("contacts" in unseen, shown, int(hosts.get("count") or 0))
        yield {"aggregate": code, "assemblies": [self.ref]}
        yield {"aggregate": named, "dependencies": [self.ref]}

    def _aggregate(self, unseen: bool, shown: int, count: int) -> str:
        if unseen and (packer(self.app) or not count):
            return "unknown"
        return "incomplete" if unseen or shown < count else "complete"


def _reference(*parts: object) -> str:
    """Return a reference that is unique to its parts; names of strangers stand in it as a digest only."""
    digest = hashlib.sha256(json.dumps([str(part) for part in parts[1:]]).encode()).hexdigest()
    return f"crossline-{parts[0]}-{digest[:24]}"


def _said(value: object, limit: int = _TEXT) -> str:
    return visible(str(value if value is not None else ""), limit) or "unnamed"


def _nested(libraries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"components": libraries} if libraries else {}


def _property(name: str, value: object) -> dict[str, str]:
    return {"name": f"crossline:{name}", "value": _said(value, STATEMENT_LIMIT)}


def _standing(app: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """Yield how many of its hosts have an address, and of how many a registry has it in which country."""
    if (answered := (app.get("hosts") or {}).get("answered")) is not None:
        yield _property("hosts-answered", answered)
    for row in app.get("states") or ():
        if row.get("as") == "address":
            yield _property("hosts-address-registered", f"{row.get('state')} {row.get('hosts')}")


def _about(app: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """Yield what the audit says of an app: what it is, its verdicts, what could not be seen."""
    for key in ("asset", "package", "file", "packed", "version_code", "min_sdk", "target_sdk", "defined_classes"):
        # What is packed has a packer; of other apps whose code is missing the composition says so.
        if app.get(key) is not None and (key != "packed" or packer(app)):
            yield _property(key.replace("_", "-"), app[key])
    for key, name in (("signers", "signer"), ("publishers", "publisher"), ("distributors", "distributor")):
        for entry in app.get(key) or ():
            yield _property(name, f"{entry.get('type')}:{entry.get('value')}")
    yield from _standing(app)
    for verdict, count in (app.get("verdicts") or {}).items():
        yield _property(f"verdict:{_said(verdict, 40)}", count)
    for item in app.get("violations") or ():
        yield _property("violation", f"{item.get('regime')}/{item.get('rule')} {item.get('identifier') or ''}".strip())
    for item in app.get("unseen") or ():
        yield _property(f"not-seen:{_said(item.get('role'), 40)}", item.get("reason"))
    yield from _counted(app)


def _counted(app: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """Yield what an app lists, and how much; where nobody looked there is no count."""
    for key, name in _LISTED.items():
        yield from (_property(name, item) for item in app.get(key) or ())
        if app.get(f"{key}_count") is not None:
            yield _property(f"{name}-count", int(app[f"{key}_count"]))
    if app.get("library_count") is not None:
        yield _property("library-count", int(app["library_count"]))


def _library(app: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _reference("library", app, entry.get("type"), entry.get("value")),
        "name": _said(entry.get("value")),
        **({"supplier": {"name": _said(entry["owner"])}} if entry.get("party") and entry.get("owner") else {}),
        "evidence": _evidence(entry),
        **_owned(entry),
    }


def _evidence(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say by what a library was recognised, and where in the package that stands."""
    locator = str(entry.get("locator") or "")
    place = _PLACE.fullmatch(locator)
    by_name = "filename" if place and place["by"] and not place["unit"] else "other"
    technique = "binary-analysis" if place and place["unit"] == "class" else by_name
    method = {"technique": technique, "confidence": _CONFIDENCE.get(str(entry.get("basis")), 0.0)}
    if locator:
        method["value"] = _said(locator)
    found: dict[str, Any] = {"identity": [{"field": "name", "confidence": method["confidence"], "methods": [method]}]}
    if place:
        found["occurrences"] = [_occurrence(place)]
    return found


def _occurrence(place: re.Match[str]) -> dict[str, Any]:
    package = f"{_unquoted(place['package'])}: " if place["package"] else ""
    made: dict[str, Any] = {"location": _said(package + _unquoted(place["file"]))}
    match place["unit"], _unquoted(place["what"] or ""):
        case "class", name:
            made["symbol"] = _said(name)
        case "byte", offset if offset.isascii() and offset.isdecimal() and len(offset) < 16:
            made["offset"] = int(offset)
        case str(unit), what:
            made["additionalContext"] = _said(f"{unit} {what}")
    return made


def _unquoted(word: str) -> str:
    """Return what a word says (:func:`crossline.text.word`)."""
    return word[1:-1] if word.startswith('"') else word


def _owned(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say who stands behind something, in which states, and who says so."""
    told = [_property("party", entry["party"])] if entry.get("party") else []
    told += [_property("party-said-by", source) for source in entry.get("said_by") or ()]
    for claim in entry.get("claims") or ():
        where = f", {claim['registered']}" if claim.get("registered") else ""
        told.append(_property("claim", f"{claim.get('source')}: {claim.get('name') or 'no name'}{where}"))
    for row in entry.get("states") or ():
        by = f" ({' and '.join(row['covered'])} under it)" if row.get("covered") else ""
        doctrine = f", by the doctrine of {row['doctrine']}" if row.get("doctrine") else ""
        said = f", {row['source']}" if row.get("source") else ""
        told.append(_property(f"state:{_said(row.get('as'), 40)}", f"{row.get('state')}{by}{doctrine}{said}"))
    return {"properties": told} if told else {}


Services = dict[tuple[str, ...], tuple[dict[str, Any], set[str]]]


def _services(apps: list[_App]) -> Services:
    """Return hosts by owner over all apps, each a service, with the apps that name them."""
    found: Services = {}
    for app in apps:
        hosts = app.app.get("hosts") or {}
        for entry in hosts.get("owners") or ():
            claims = sorted(f"{claim.get('source')}\n{claim.get('name')}" for claim in entry.get("claims") or ())
            # Where a party is known the claims differ from host to host, and do not part it.
            key = ("party", str(entry["party"])) if entry.get("party") else ("owner", str(entry.get("owner")), *claims)
            _serve(found, key, app.ref, entry, entry.get("hosts") or ())
        if hosts.get("unowned"):
            _serve(found, ("nobody",), app.ref, {"count": hosts["unowned"]}, hosts.get("samples") or ())
    for service, _ in found.values():
        service["properties"].append(_property("hosts-named", service.pop("count")))
        service["endpoints"] = sorted(service["endpoints"])[:ENDPOINTS]
        if not service["endpoints"]:
            del service["endpoints"]
    return found


def _serve(
    found: Services, key: tuple[str, ...], app: str, entry: Mapping[str, Any], hosts: Iterable[Mapping[str, Any]]
) -> None:
    """Add an app's hosts of one owner to the service that stands for that owner."""
    if key not in found:
        owner = entry.get("owner")
        service: dict[str, Any] = {
            "bom-ref": _reference("service", *key),
            "name": _said(owner) if owner else NOBODYS,
            **({"provider": {"name": _said(owner)}} if owner and entry.get("party") else {}),
            "endpoints": set(),
            "count": 0,
            "properties": _owned(entry).get("properties", []),
        }
        found[key] = (service, set())
    service, users = found[key]
    users.add(app)
    service["count"] += int(entry.get("count") or 0)
    service["endpoints"] |= {endpoint for host in hosts if (endpoint := _endpoint(host))}


def _endpoint(host: Mapping[str, Any]) -> str | None:
    """Return a host as a network-path reference (RFC 3986, 4.2): its scheme is not known; None if it is none."""
    value = str(host.get("value") or "")
    if host.get("type") == "address" and ":" in value:
        try:  # in full, since some validators of the format do not know the short form
            return f"//[{ipaddress.IPv6Address(value).exploded}]"
        except ValueError:
            return None
    return f"//{value}" if re.fullmatch(r"[A-Za-z0-9._~-]{1,253}", value) else None


def _served(services: Services, app: str) -> list[str]:
    """Return the references of the services that an app names hosts of."""
    return [str(service["bom-ref"]) for service, users in services.values() if app in users]


def _metadata(header: Mapping[str, Any], alone: _App | None, left_out: int) -> dict[str, Any]:
    as_of = str(header.get("as_of") or "")
    told = [_property("as-of", as_of)]
    told += [_property("regime", regime) for regime in islice(header.get("regimes") or (), 100)]
    known = ((header.get("apps") or {}).get("summary") or {}).get("standing")
    stand = "stands by the DNS's answers where hosts-answered says so" if known else "stands is not known"
    told += [_property("note", f"a host that is named need not be contacted, and where it {stand}")]
    if left_out > 0:
        told.append(_property("apps-left-out", left_out))
    tool = {"type": "application", "name": "crossline", "version": _said(header.get("crossline"))}
    return {
        **({"timestamp": f"{as_of}T00:00:00Z"} if re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of) else {}),
        "tools": {"components": [tool]},
        **({"component": alone.component} if alone else {}),
        "properties": told,
    }
