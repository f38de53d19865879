"""The bill of materials is CycloneDX 1.6, says what the audit says of apps, and no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import carried
from crossline.packages.libraries import BY_NAME
from crossline.pages.apps import deciding
from crossline.reports import Audit, Options, for_suffix, load

HEADER: dict[str, Any] = {"crossline": "0.1.0", "as_of": "2026-07-01", "regimes": ["us-clean-network"]}
LOCATOR = "base.apk!/classes2.dex class com/ads/View, signature of list-a"


def app(**cells: Any) -> dict[str, Any]:
    """Return an app with one library of a known party, one of a registry's word, and five hosts."""
    held = {"state": "BB", "as": "in-control", "source": "list-a", "doctrine": "us-clean-network"}
    maker = {"owner": "Maker Ltd", "party": "maker", "said_by": ["list-a"], "claims": [], "states": [held]}
    word = {"owner": "Mapper", "party": None, "said_by": [], "states": [],
            "claims": [{"name": "Mapper", "registered": "CC", "source": "list-b"}]}  # fmt: skip
    hosts = [{"type": "domain", "value": "ads.example.org", "locator": "classes.dex string 7"},
             {"type": "address", "value": "2001:db8::1", "locator": None}]  # fmt: skip
    return carried.profile(
        "x", asset="app:one", name="One", version="1.2", packed=None, file="one.apk", library_count=2,
        libraries=[
            {"type": "library", "value": "Ads", "basis": "observed", "locator": LOCATOR, **maker},
            {"type": "library", "value": "Maps", "basis": "inferred", "locator": "assets/maps.js byte 12", **word},
        ],
        publishers=[{"type": "package", "value": "org.one", "basis": "inferred", "locator": None, **maker}],
        hosts={"count": 5, "owner_count": 2, "unowned": 1,
               "samples": [{"type": "domain", "value": "nobody.net", "locator": None}],
               "owners": [{**maker, "count": 3, "hosts": hosts}, {**word, "count": 1, "hosts": []}]},
        unseen=[{"role": "contacts", "reason": "fetched hosts cannot be seen"}],
    ) | cells  # fmt: skip


def document(*apps: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    """Return the bill of materials of apps."""
    told = {"count": len(apps) if count is None else count, "described": list(apps), "summary": carried.summary("x")}
    return json.loads(load("cyclonedx").render(Audit(HEADER | {"apps": told}), Options()))  # type: ignore[no-any-return]


def properties(part: dict[str, Any], name: str) -> list[str]:
    """Return the values of a property."""
    return [one["value"] for one in part["properties"] if one["name"] == f"crossline:{name}"]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_it_is_valid(count: int) -> None:
    """The schema of CycloneDX 1.6, as its own library carries it, takes the document, strictly."""
    pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib[json-validation] is not installed")
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - where it is installed
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    apps = [app(asset=f"app:{number}") for number in range(count)]
    for made in (document(*apps), document(*(carried.profile("<\u202e\x1b" * 900) for _ in apps))):
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
        broken = made | {"serialNumber": "no uuid"}
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


def test_one_app_is_what_the_document_is_of() -> None:
    """One app is the component of the metadata, with version, supplier and verdicts, and its libraries the parts."""
    made = document(app())
    one = made["metadata"]["component"]
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert (one["type"], one["name"], one["version"], one["supplier"]) == (
        "application", "One", "1.2", {"name": "Maker Ltd"},
    )  # fmt: skip
    assert properties(one, "verdict:violation") == ["1"]
    assert properties(one, "permission-count") == ["9"]
    assert properties(one, "not-seen:contacts") == ["fetched hosts cannot be seen"]
    assert [part["name"] for part in made["components"]] == ["Ads", "Maps"]


def test_a_library_has_its_evidence() -> None:
    """A library says in which file which class was seen, and whose signature that is."""
    ads, maps = document(app())["components"]
    assert ads["evidence"]["occurrences"] == [{"location": "base.apk!/classes2.dex", "symbol": "com/ads/View"}]
    method = ads["evidence"]["identity"][0]["methods"][0]
    assert (method["technique"], method["value"]) == ("binary-analysis", LOCATOR)
    assert maps["evidence"]["occurrences"] == [{"location": "assets/maps.js", "offset": 12}]
    assert maps["evidence"]["identity"][0]["confidence"] < ads["evidence"]["identity"][0]["confidence"]


@pytest.mark.parametrize(
    ("locator", "technique", "occurrences"),
    [
        ("lib/a/libx.so, signature of list-a", "filename", [{"location": "lib/a/libx.so"}]),
        (f'"lib/a b/libx.so", {BY_NAME}, signature of list-a', "filename", [{"location": "lib/a b/libx.so"}]),
        ('"a class b" class c/D$1, signature of x', "binary-analysis", [{"location": "a class b", "symbol": "c/D$1"}]),
        ("j.apk: c.dex class c/D, signature of x", "binary-analysis", [{"location": "j.apk: c.dex", "symbol": "c/D"}]),
        (
            r'a.dex class "c/\x22D\ , signature of y", signature of x', "binary-analysis",
            [{"location": "a.dex", "symbol": r"c/\x22D\ , signature of y"}],
        ),
        ("a.dex class b class c/D, signature of x", "other", None),
        ("classes.dex string 7", "other", [{"location": "classes.dex", "additionalContext": "string 7"}]),
        ("x byte " + "9" * 20, "other", [{"location": "x", "additionalContext": "byte " + "9" * 20}]),
        ("anything", "other", [{"location": "anything"}]),
        (None, "other", None),
    ],
)  # fmt: skip
def test_places_are_taken_apart(locator: str | None, technique: str, occurrences: list[dict[str, Any]] | None) -> None:
    """A place is the file, and in it a class, a row or an offset where the reader says one."""
    one = {**app()["libraries"][0], "locator": locator}
    evidence = document(app(libraries=[one]))["components"][0]["evidence"]
    assert evidence["identity"][0]["methods"][0]["technique"] == technique
    assert evidence.get("occurrences") == occurrences


def test_a_supplier_is_a_party() -> None:
    """A supplier stands only where the world leads to a party; a registry's word is a property with who says it."""
    ads, maps = document(app())["components"]
    assert (ads["supplier"], properties(ads, "party")) == ({"name": "Maker Ltd"}, ["maker"])
    assert properties(ads, "state:in-control") == ["BB, by the doctrine of us-clean-network, list-a"]
    assert "supplier" not in maps
    assert properties(maps, "claim") == ["list-b: Mapper, CC"]


def test_hosts_are_services_by_owner() -> None:
    """An owner's hosts are a service with references without a scheme; those of nobody known are one too."""
    made = document(app())
    maker, mapper, nobody = made["services"]
    assert (maker["name"], maker["provider"], maker["endpoints"]) == (
        "Maker Ltd", {"name": "Maker Ltd"}, ["//[2001:0db8:0000:0000:0000:0000:0000:0001]", "//ads.example.org"],
    )  # fmt: skip
    assert properties(maker, "hosts-named") == ["3"]
    assert (mapper["name"], "provider" in mapper, "endpoints" in mapper) == ("Mapper", False, False)
    assert (nobody["endpoints"], "provider" in nobody) == (["//nobody.net"], False)
    used = made["dependencies"][0]
    assert used["ref"] == made["metadata"]["component"]["bom-ref"]
    assert set(used["dependsOn"]) == {part["bom-ref"] for part in (*made["components"], *made["services"])}


def test_what_was_not_seen_is_no_completeness() -> None:
    """A list is complete only where all was seen and shown; of a packed app nothing is known."""

    def aggregates(one: dict[str, Any]) -> list[str]:
        return [part["aggregate"] for part in document(one)["compositions"]]

    assert aggregates(app()) == ["complete", "incomplete"]
    assert aggregates(app(library_count=3)) == ["incomplete", "incomplete"]
    unseen = [{"role": "embeds", "reason": "packed"}, {"role": "contacts", "reason": "packed"}]
    assert aggregates(app(unseen=unseen)) == ["incomplete", "incomplete"]
    assert aggregates(app(unseen=unseen, packed="Made-up")) == ["unknown", "unknown"]
    assert aggregates(app(unseen=unseen, libraries=[], library_count=0)) == ["unknown", "incomplete"]


def test_where_nobody_looked_no_count_stands() -> None:
    """An app that nobody looked into has no count of libraries, and that its lists are whole is unknown."""
    empty = {"count": None, "owner_count": None, "unowned": None, "owners": [], "samples": []}
    unseen = [{"role": role, "reason": "it does not say"} for role in ("embeds", "contacts")]
    bare = {"libraries": [], "library_count": None, "hosts": empty, "unseen": unseen}
    made = document(app(**bare, native_libraries=None, native_libraries_count=None))
    about = made["metadata"]["component"]
    assert properties(about, "library-count") == properties(about, "native-library-count") == []
    assert {part["aggregate"] for part in made["compositions"]} == {"unknown"}
    assert properties(document(app())["metadata"]["component"], "library-count") == ["2"]


def test_many_apps_hold_their_own_parts() -> None:
    """Several apps are components with their own parts, owners of hosts are shared, and who is left out is counted."""
    made = document(app(), app(asset="app:two", name="Two"), count=9)
    assert "component" not in made["metadata"]
    assert [[part["name"] for part in one["components"]] for one in made["components"]] == [["Ads", "Maps"]] * 2
    assert properties(made["metadata"], "apps-left-out") == ["7"]
    assert [service["name"] for service in made["services"]][:2] == ["Maker Ltd", "Mapper"]
    assert properties(made["services"][0], "hosts-named") == ["6"]
    parts = [part["bom-ref"] for one in made["components"] for part in (one, *one["components"])]
    assert len({*parts, *(service["bom-ref"] for service in made["services"])}) == 2 + 4 + 3


def test_the_same_app_twice_has_two_references() -> None:
    """Two files with the same app are two components: no reference stands for both."""
    made = document(app(), app())
    assert len({one["bom-ref"] for one in made["components"]}) == 2


def test_the_serial_number_is_of_the_content() -> None:
    """The same audit gives the same bytes, another content another serial number, and the day is the question's."""
    one, again, other = document(app()), document(app()), document(app(version="1.3"))
    assert one == again
    assert one["serialNumber"] != other["serialNumber"]
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one["serialNumber"]
    )
    assert one["metadata"]["timestamp"] == "2026-07-01T00:00:00Z"


def test_an_audit_without_apps_is_an_empty_list() -> None:
    """Where the estate has no app, and where the header says nothing at all, the document has no part."""
    for header in (HEADER, {}):
        made = json.loads(load("cyclonedx").render(Audit(header), Options()))
        assert (made["components"], made["services"], made["compositions"]) == ([], [], [])


def test_a_suffix_asks_for_it() -> None:
    """A file that ends in .cdx is written in this format."""
    assert for_suffix(".cdx") == "cyclonedx"


def test_a_page_tells_what_decides_with_its_source() -> None:
    """Of one in control a page names the regime of the doctrine, where one statement decides; else nobody says it."""
    row = {"state": "BB", "as": "in-control", "source": "list-a", "doctrine": "mini"}
    assert deciding(row) == "states what decides by the doctrine of mini: controlled from BB"
    assert [deciding({**row, "source": None}), deciding({**row, "as": "seat"})] == [None, None]
