"""What an audit tells of apps: counted by hand over small estates, each statement with who makes it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from crossline.auditing.apps import APPS
from crossline.comparing import load
from crossline.reports import json as as_json
from miniature import BY_HALF, DAY, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.reports import Audit
    from crossline.world import World

LISTS = {"named": {"list": "l", "statuses": ["listed"]}}
ASKED = regime(
    rule("embeds.exists(t, t.listed('named'))", kind="app", line="store"),
    lists=LISTS, **BY_HALF,
)  # fmt: skip


def source(name: str) -> dict[str, object]:
    """Return a source's row."""
    return {"id": name, "title": name.upper(), "published": DAY}


def said(type_: str, value: str, **columns: object) -> dict[str, object]:
    """Return a registry's statement."""
    return {"type": type_, "value": value, "seen": DAY} | columns


# Maker is incorporated in KY and held by a company of BB; who stands behind other.example only registries say.
ABOUT: World = world(
    source=[source(name) for name in ("s", "list-a", "list-b", "old")],
    party=[
        company("maker", domicile="KY", source="list-a"),
        company("maker", domicile="BB", source="list-b"),
        company("top", domicile="BB"),
        {"id": "state-bb", "name": "Beta", "kind": "state", "domicile": "BB"},
    ],
    control=[
        {"owner": "top", "owned": "maker", "kind": "both", "share_min": 70.0, "share_max": 70.0},
        {"owner": "state-bb", "owned": "top", "kind": "both", "share_min": 100.0, "share_max": 100.0},
    ],
    identifier=[
        {"type": "library", "value": "Ads", "party": "maker", "seen": DAY, "source": "list-a"},
        {"type": "domain", "value": "ads.example.org", "party": "maker", "seen": DAY, "source": "list-b"},
        {"type": "domain", "value": "more.example.org", "party": "maker", "seen": DAY, "source": "list-b"},
    ],
    registration=[
        said("library", "Maps", name="Mapper", registered="CC", source="list-a"),
        said("domain", "maps.net", name="Mapper", registered="CC", source="list-b"),
        said("domain", "cdn.maps.net", name="Mapper", registered="CC", source="list-b"),
        said("domain", "maps.net", name="mapper inc", registered="DD", source="list-a"),
        said("domain", "once.net", name="Gone", registered="EE", source="old", seen=date(2001, 1, 1)),
    ],
    listing=[{"list": "l", "party": "maker", "status": "listed"}],
)
AD = ("library:Ads", {"locator": "classes.dex class com/ads/View, signature of list-a", "basis": "observed"})
APP: dict[str, Any] = {
    "package": "org.example.one", "version": "1.2", "permissions": ["p.A", "p.B"], "native_libraries": ["libx.so"],
    "defined_classes": 12,
    "publisher": ["package:org.example.one"],
    "signer": ["signer:" + "ab" * 32],
    "embeds": [AD, "library:Maps", "library:Nameless"],
    "contacts": [
        ("domain:ads.example.org", {"locator": "classes.dex string 7"}), "domain:more.example.org", "domain:maps.net",
        "domain:cdn.maps.net", "domain:once.net", "domain:nobody.net", "address:192.88.99.7",
    ],
}  # fmt: skip
EXTENTS = [
    (0, "embeds", "all", None), (0, "contacts", "some", "hosts that are fetched cannot be seen"),
    (0, "signer", "all", None), (0, "publisher", "some", "an id may be anybody's"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Audit:
    """Return the audit of one app."""
    return audited(ASKED, ABOUT, estate_of(("one.apk", batch("app", {"app:one": APP}, EXTENTS))))


@pytest.fixture(scope="module")
def app(made: Audit) -> dict[str, Any]:
    """Return what it tells of the app."""
    return made.header["apps"]["described"][0]  # type: ignore[no-any-return]


def test_an_app_is_told_with_its_counts(app: dict[str, Any]) -> None:
    """What the package says of itself stands there as it was read, lists with their length."""
    assert (app["asset"], app["package"], app["version"], app["file"]) == (
        "app:one",
        "org.example.one",
        "1.2",
        "one.apk",
    )
    assert (app["permissions"], app["permissions_count"]) == (["p.A", "p.B"], 2)
    assert (app["native_libraries_count"], app["defined_classes"], app["packed"]) == (1, 12, None)
    assert app["referenced_libraries"] is None
    assert [signer["value"] for signer in app["signers"]] == ["ab" * 32]


def test_a_library_is_told_with_its_party_and_place(app: dict[str, Any]) -> None:
    """A library that leads to a party has its name, the source that leads there, both domiciles, control and place."""
    assert app["library_count"] == 3
    ads = app["libraries"][0]
    assert (ads["value"], ads["party"], ads["owner"], ads["said_by"]) == ("Ads", "maker", "MAKER", ["list-a"])
    assert (ads["locator"], ads["basis"]) == ("classes.dex class com/ads/View, signature of list-a", "observed")
    assert ads["states"] == [
        {"state": "BB", "as": "in-control", "source": None, "doctrine": "mini"},
        {"state": "BB", "as": "incorporated", "source": "list-b"},
        {"state": "KY", "as": "incorporated", "source": "list-a"},
    ]


def test_a_registrys_word_is_a_claim_and_no_party(app: dict[str, Any]) -> None:
    """Where only a registry names a holder there is no party, and its name and country stand with who says so."""
    maps = app["libraries"][1]
    assert (maps["value"], maps["party"], maps["owner"], maps["said_by"]) == ("Maps", None, "Mapper", [])
    assert maps["claims"] == [{"name": "Mapper", "registered": "CC", "source": "list-a"}]
    assert maps["states"] == [{"state": "CC", "as": "registered", "source": "list-a"}]


def test_nobody_known_is_said(app: dict[str, Any]) -> None:
    """A library that nothing is known of stands last, with no owner, no claim and no state."""
    nameless = app["libraries"][2]
    assert (nameless["value"], nameless["owner"], nameless["claims"], nameless["states"]) == ("Nameless", None, [], [])


def test_hosts_stand_together_by_owner(app: dict[str, Any]) -> None:
    """Seven hosts are two of a party, two of one registry's word, one of another's, and two of nobody known."""
    hosts = app["hosts"]
    assert (hosts["count"], hosts["owner_count"], hosts["unowned"]) == (7, 3, 2)
    found = [(owner["owner"], owner["party"], owner["count"]) for owner in hosts["owners"]]
    assert found == [("Mapper", None, 2), ("MAKER", "maker", 2), ("Gone", None, 1)]
    assert [(host["type"], host["value"]) for host in hosts["samples"]] == [
        ("address", "192.88.99.7"), ("domain", "nobody.net"),
    ]  # fmt: skip
    assert [host["locator"] for host in hosts["owners"][1]["hosts"]] == ["classes.dex string 7", None]


def test_where_registries_disagree_each_stays(app: dict[str, Any]) -> None:
    """A host stands with the source that knows most of what was asked, and keeps what another calls it."""
    mapper = app["hosts"]["owners"][0]
    assert mapper["claims"] == [{"name": "Mapper", "registered": "CC", "source": "list-b"}]
    also = {host["value"]: host["also"] for host in mapper["hosts"]}
    assert also == {"cdn.maps.net": [], "maps.net": [{"name": "mapper inc", "registered": "DD", "source": "list-a"}]}


def test_a_country_of_another_time_is_none(app: dict[str, Any]) -> None:
    """A registry's country that does not speak for the day is left out, and the name it gave stays."""
    gone = app["hosts"]["owners"][2]
    assert (gone["claims"], gone["states"]) == ([{"name": "Gone", "registered": None, "source": "old"}], [])


def test_states_are_counted(app: dict[str, Any]) -> None:
    """By state and how it stands there: Ads and two hosts, Maps and two hosts, one of which another source places."""
    found = {(row["state"], row["as"]): (row["libraries"], row["hosts"]) for row in app["states"]}
    assert found == {
        ("BB", "incorporated"): (1, 2), ("KY", "incorporated"): (1, 2), ("BB", "in-control"): (1, 2),
        ("CC", "registered"): (1, 2), ("DD", "registered"): (0, 1),
    }  # fmt: skip


def test_what_was_not_seen_is_told(app: dict[str, Any]) -> None:
    """Roles that were not seen whole stand with the reason, a role without any word as not seen."""
    assert {item["role"]: item["reason"] for item in app["unseen"]} == {
        "contacts": "hosts that are fetched cannot be seen", "publisher": "an id may be anybody's",
        "distributor": "not seen",
    }  # fmt: skip


def test_verdicts_and_violations_are_the_audits(made: Audit, app: dict[str, Any]) -> None:
    """The app's own verdicts are counted, and its violation is the finding of that id."""
    assert app["verdicts"] == {"violation": 1, "compliant": 0, "unknown": 0, "exempt": 0, "not-applicable": 0}
    assert [row["id"] for row in app["violations"]] == made.findings["id"].to_list()
    assert (app["violations"][0]["rule"], app["violations"][0]["identifier"]) == ("r", "library:Ads")


def test_every_source_is_described(made: Audit) -> None:
    """Each source that a profile names is described in the report."""
    assert {"list-a", "list-b", "old"} <= made.header["sources"].keys()


def test_the_report_fits_the_schema_and_is_read_again(made: Audit, schema: dict[str, Any], tmp_path: Path) -> None:
    """The report with apps is valid, and a comparison reads it, as it reads one without."""
    report = json.loads(as_json.encode(made))
    assert report["apps"]["count"] == 1
    jsonschema.validate(report, schema)
    path, old = tmp_path / "new.json", tmp_path / "old.json"
    path.write_bytes(as_json.encode(made))
    old.write_text(json.dumps({key: value for key, value in report.items() if key != "apps"}), encoding="utf-8")
    assert load(path).findings.equals(load(old).findings)
    # The schema is one: what is no profile is refused.
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report | {"apps": {"count": -1}}, schema)


def test_an_estate_without_apps_tells_of_none() -> None:
    """Where there is no app the report has no such part."""
    other = estate_of(batch("data-store", {"store:1": {"operator": ["party:maker"]}}))
    assert "apps" not in audited(ASKED, ABOUT, other).header


def test_a_packed_app_is_no_empty_one() -> None:
    """A packed app says so, and its code, which nobody looked into, has no count: none recognised is not none."""
    packed = {"packed": "Made-up", "defined_classes": 2, "embeds": [], "contacts": []}
    why = "its code is packed with Made-up, and what it runs is not to be seen in its package"
    extents = [(0, "embeds", "none", why), (0, "contacts", "some", why)]
    told = audited(ASKED, ABOUT, estate_of(batch("app", {"app:p": packed}, extents))).header["apps"]
    one = told["described"][0]
    assert (one["packed"], one["library_count"], one["hosts"]["count"]) == ("Made-up", None, 0)
    assert {"role": "embeds", "reason": why} in one["unseen"]
    assert told["summary"]["packed"] == 1
    assert {"role": "embeds", "reason": why, "apps": 1} in told["summary"]["unseen"]


def test_what_nobody_looked_into_has_no_count() -> None:
    """Of two apps without a library one was looked into, and has none; of the other nothing is counted."""
    apps = {"app:seen": {"embeds": [], "contacts": []}, "app:bare": {"embeds": [], "contacts": []}}
    extents = [(0, "embeds", "some", "names may be changed"), (0, "contacts", "some", "more may be fetched"),
               (1, "embeds", "none", "it does not say"), (1, "contacts", "none", "it does not say")]  # fmt: skip
    told = audited(ASKED, ABOUT, estate_of(batch("app", apps, extents))).header["apps"]
    counts = {one["asset"]: (one["library_count"], one["hosts"]["count"], one["hosts"]["unowned"])
              for one in told["described"]}  # fmt: skip
    assert counts == {"app:seen": (0, 0, 0), "app:bare": (None, None, None)}
    looked = {part["role"]: part["looked_into"] for part in told["summary"]["roles"]}
    assert (looked["embeds"], looked["contacts"]) == (1, 1)


def test_a_finding_has_the_place_and_the_signature() -> None:
    """A finding on a library says in which class of which file it was seen, and names whose signature shows it."""
    (found,) = audited(
        ASKED, ABOUT, estate_of(("one.apk", batch("app", {"app:one": APP}, EXTENTS)))
    ).findings.to_dicts()
    assert (found["file"], found["locator"]) == ("one.apk", AD[1]["locator"])
    first = found["why"][0]
    assert first["statement"] == (
        "it embeds library Ads, observed: classes.dex class com/ads/View, by a signature of LIST-A"
    )
    assert first["source"] == "list-a"


def test_evidence_is_the_same_wherever_it_stands() -> None:
    """Where a class lies differs between apps and is told of each; the evidence is one, and so has one id."""
    other = ("library:Ads", {"locator": "classes2.dex class com/ads/Other, signature of list-a", "basis": "observed"})
    apps = {"app:a": {"embeds": [AD]}, "app:b": {"embeds": [other]}}
    found = audited(ASKED, ABOUT, estate_of(batch("app", apps))).findings
    assert found["evidence_id"].n_unique() == 1
    assert ["classes2.dex" in why[0]["statement"] for why in found["why"]] == [False, True]


@pytest.fixture(scope="module")
def many() -> dict[str, Any]:
    """Return what is told of 150 apps: the last ten carry Ads, every second names a host of Mapper's, all one host."""
    apps: dict[str, Any] = {}
    for number in range(150):
        hosts = ["domain:nobody.net", *(["domain:maps.net", "domain:cdn.maps.net"] if number % 2 else [])]
        apps[f"app:{number}"] = {
            "embeds": ["library:Ads"] if number >= 140 else [], "contacts": hosts,
            "permissions": ["p.A"] if number < 30 else [],
        }  # fmt: skip
    return audited(ASKED, ABOUT, estate_of(batch("app", apps))).header["apps"]  # type: ignore[no-any-return]


def test_the_apps_with_violations_are_described_first(many: dict[str, Any]) -> None:
    """Of 150 apps a hundred are described, the ten in violation first, and all are counted."""
    assert (many["count"], len(many["described"])) == (150, APPS)
    assert [app["asset"] for app in many["described"][:11]] == [*(f"app:{n}" for n in range(140, 150)), "app:0"]


def test_a_catalogue_is_counted_by_owner(many: dict[str, Any]) -> None:
    """Owners are counted in apps, not in hosts: Mapper in 75 of 150 with two hosts, Maker in ten."""
    code, hosts = many["summary"]["roles"][:2]
    assert (code["role"], code["apps"], code["identifiers"], code["owner_count"]) == ("embeds", 10, 1, 1)
    assert [(row["owner"], row["apps"], row["share_pct"]) for row in code["owners"]] == [("MAKER", 10, 6.667)]
    assert (hosts["apps"], hosts["identifiers"], hosts["unowned"]) == (150, 3, 1)
    assert [(row["owner"], row["apps"], row["identifiers"]) for row in hosts["owners"]] == [("Mapper", 75, 2)]
    assert [(row["value"], row["apps"]) for row in code["most"]] == [("Ads", 10)]


def test_a_catalogue_is_counted_by_state(many: dict[str, Any]) -> None:
    """An app counts once for a state and how it stands there, however many of its hosts stand there."""
    code, hosts = many["summary"]["roles"][:2]
    assert {(row["state"], row["as"]): row["apps"] for row in code["states"]} == {
        ("BB", "incorporated"): 10, ("KY", "incorporated"): 10, ("BB", "in-control"): 10,
    }  # fmt: skip
    assert {(row["state"], row["as"]): row["apps"] for row in hosts["states"]} == {
        ("CC", "registered"): 75, ("DD", "registered"): 75,
    }  # fmt: skip


def test_columns_are_counted(many: dict[str, Any]) -> None:
    """Thirty of 150 apps ask for a permission; all say which they ask for."""
    column = next(one for one in many["summary"]["columns"] if one["column"] == "permissions")
    assert (column["stated"], column["distinct"]) == (150, 1)
    assert column["values"] == [{"value": "p.A", "apps": 30, "share_pct": 20.0}]


def test_apps_that_share_ties_are_each_counted() -> None:
    """Three apps of one bundle count as three, and each is described."""
    apps = {f"app:{n}": {"bundle": 0, "embeds": ["library:Ads"], "contacts": []} for n in range(3)}
    told = audited(ASKED, ABOUT, estate_of(batch("app", apps))).header["apps"]
    assert [app["library_count"] for app in told["described"]] == [1, 1, 1]
    assert told["summary"]["roles"][0]["owners"][0]["apps"] == 3


def test_what_is_told_is_bounded() -> None:
    """However much an app carries, a bounded part is told, and the counts are of all."""
    heavy = {
        "embeds": [f"library:L{n}" for n in range(700)],
        "contacts": [f"domain:h{n}.example.net" for n in range(900)],
        "permissions": [f"p.{n}" for n in range(800)],
    }
    for copies, libraries in ((1, 500), (30, 30)):
        apps = {f"app:{n}": heavy | {"bundle": 0} for n in range(copies)}
        one = audited(ASKED, ABOUT, estate_of(batch("app", apps))).header["apps"]["described"][0]
        assert (one["library_count"], one["hosts"]["count"], one["permissions_count"]) == (700, 900, 800)
        assert len(one["libraries"]) == libraries
        assert max(len(one["hosts"]["samples"]), len(one["permissions"])) <= 500


def test_the_same_audit_is_told_the_same_again(made: Audit) -> None:
    """What is told depends on nothing but the question: twice the same bytes."""
    again = audited(ASKED, ABOUT, estate_of(("one.apk", batch("app", {"app:one": APP}, EXTENTS))))
    assert as_json.encode(again) == as_json.encode(made)
