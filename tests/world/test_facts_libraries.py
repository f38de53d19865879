"""The facts on libraries: signatures that can be searched for, and names that lead to parties, on sources' words."""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crossline import identifiers
from crossline.packages.filenames import common
from crossline.world import SCHEMAS, World, build, namespaces, packed, patterns, store
from crossline.world.sources import app_manager_libs, exodus_trackers, libchecker_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "crossline" / "world" / "facts"
SHARED = ROOT.parent / "shared" / "data" / "apps"
OWN, LIBCHECKER, ANALYZER = "crossline-libraries-2026-11", "libchecker-rules-2024-06-11", "apk-analyzer-1-32-0"
APPLE = "crossline-apple-libraries-2026-11"
# Words for a team that are an English word or stand for several firms, so that they are no names of a maker.
DECLINED = {"firelight": "firelight", "cmb": "china-merchants-bank"}


def rows(name: str) -> list[dict[str, str]]:
    """Read a table of the facts as text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shared(name: str) -> Path:
    """Return a file of the shared data, or skip."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"../shared/data/apps/{name} is absent")
    return path


def test_signatures_are_a_sorted_table_of_known_words() -> None:
    """The header is the schema; rows are sorted and single; of, form and source are words that have a meaning."""
    text = (FOLDER / "signature.csv").read_text("utf-8")
    held = rows("signature")
    assert text.split("\n", 1)[0] == ",".join(SCHEMAS["signature"].names())
    assert pl.read_csv(FOLDER / "signature.csv", schema=SCHEMAS["signature"]).height == len(held)
    lines = [tuple(row.values()) for row in held]
    assert lines == sorted(set(lines))
    assert {(row["of"], row["form"]) for row in held} == {("class", "regex"), ("class", "exact"), ("native", "exact")}
    assert {row["source"] for row in held} == {OWN, LIBCHECKER, ANALYZER, APPLE}
    assert {row["source"] for row in held} <= {row["id"] for row in rows("source")}


def test_shipped_libraries_are_in_canonical_form() -> None:
    """A library's name is as its parser gives it back, so that a tie and a fact meet."""
    parse = identifiers.load("library").parse
    for row in rows("signature"):
        assert parse(row["library"]) == row["library"], row


def test_shipped_expressions_begin_at_the_root_and_end_with_a_part() -> None:
    """Each can be searched for, and is one whole prefix of parts: of ``com/umeng/`` nothing in com/umengx is found."""
    for row in rows("signature"):
        if row["form"] == "regex":
            assert patterns.refused(row["pattern"]) is None, row
            if row["source"] != APPLE:
                assert re.fullmatch(r"\^/\?(\w+/)+", row["pattern"]), row


def test_an_id_for_advertisers_is_no_advertising() -> None:
    """Any app may ask for the identifier, with a class of Play services: that is not Google's library of ads."""
    name = "com/google/android/gms/ads/identifier/AdvertisingIdClient"
    ads = [row for row in rows("signature") if row["library"] == "Google Mobile Ads (AdMob)"]
    assert ads
    assert not any(re.search(row["pattern"], name) for row in ads)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("com/umeng/analytics/MobclickAgent", "Umeng"),
        ("/com/facebook/ads/AdView", "Meta Audience Network"),
        ("com/yandex/metrica/YandexMetrica", "Yandex AppMetrica"),
        ("com/google/android/gms/ads/AdView", "Google Mobile Ads (AdMob)"),
        ("com/kakao/sdk/auth/AuthApi", "Kakao SDK"),
        ("com/appsflyer/AppsFlyerLib", "AppsFlyer"),
        ("com/bytedance/sdk/openadsdk/TTAdSdk", "Pangle"),
        ("com/google/android/gms/ads/identifier/AdvertisingIdClient", "Google Play services"),
        ("com/umengx/Other", None),
        ("shaded/com/umeng/analytics/A", None),
    ],
)
def test_well_known_classes_are_told(name: str, library: str | None) -> None:
    """Names of classes from the makers' own guides, searched for with Python's engine."""
    held = rows("signature")
    found = {row["library"] for row in held if row["form"] == "regex" and re.search(row["pattern"], name)}
    found |= {row["library"] for row in held if (row["of"], row["form"], row["pattern"]) == ("class", "exact", name)}
    assert (library in found) if library else not found


@pytest.mark.parametrize(
    ("name", "libraries"),
    [
        # As the SDKs' own sources call them: tiktok-opensdk-android, tiktok-business-android-sdk, KOOM.
        ("com/tiktok/open/sdk/auth/AuthApi", {"TikTok OpenSDK"}),
        ("com/bytedance/sdk/open/tiktok/TikTokOpenApiFactory", {"TikTok OpenSDK"}),
        ("com/bytedance/sdk/open/aweme/authorize/model/Authorization", {"ByteDance OpenSDK"}),
        ("com/bytedance/sdk/open/douyin/DouYinOpenApiFactory", {"Douyin OpenSDK"}),
        ("com/tiktok/TikTokBusinessSdk", {"TikTok Business SDK"}),
        ("com/tiktok/appevents/TTAppEventLogger", {"TikTok Business SDK"}),
        ("com/tiktok/iap/TTInAppPurchaseWrapper", {"TikTok Business SDK"}),
        ("com/kwai/koom/javaoom/analysis/HeapAnalyzeService", {"KOOM"}),
        ("com/kwai/auth/common/KwaiConstants", {"Kuaishou Open SDK"}),
    ],
)
def test_one_library_of_a_maker_is_not_another(name: str, libraries: set[str]) -> None:
    """A class of a kit for logging in shows no kit for advertising, and what one product has, no other of its maker."""
    held = [row for row in rows("signature") if row["of"] == "class"]
    found = {row["library"] for row in held if row["form"] == "regex" and re.search(row["pattern"], name)}
    assert found | {row["library"] for row in held if row["form"] == "exact" and row["pattern"] == name} == libraries


def test_every_own_library_leads_to_its_party_unless_it_has_none() -> None:
    """What Crossline tells by itself is somebody's: only what a community makes, or was sold, has no party."""
    led = {row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("library", OWN)}
    own = {row["library"] for row in rows("signature") if row["source"] == OWN}
    assert own - led == {"ACRA", "MRGService", "Matomo", "Realm"}


def test_no_source_gives_a_library_or_a_domain_two_parties() -> None:
    """One source, one party; where two sources differ, the one is held by the other."""
    parties: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows("identifier"):
        if row["type"] in {"library", "domain"}:
            parties[row["type"], row["value"]].add(row["party"])
    held = {(row["owner"], row["owned"]) for row in rows("control")}
    for key, several in parties.items():
        if len(several) > 1:
            one, other = sorted(several)
            assert (one, other) in held or (other, one) in held, (key, several)


def test_a_class_in_a_makers_name_space_leads_to_no_other() -> None:
    """What is called com/umeng/… leads to Umeng, to one of its group, or to nobody."""
    facts = store.shipped()
    spaces = dict(namespaces.spaces(facts).iter_rows())
    assert {"com/umeng/": "umeng", "com/huawei/": "huawei", "com/xiaomi/": "xiaomi"}.items() <= spaces.items()
    parties: dict[str, set[str]] = defaultdict(set)
    for row in rows("identifier"):
        if row["type"] == "library":
            parties[row["value"]].add(row["party"])
    held = {(row["owner"], row["owned"]) for row in rows("control")}
    groups = {"alibaba-cloud": "alibaba", "umeng": "alibaba", "autonavi": "alibaba", "uc": "alibaba"}
    for row in rows("signature"):
        path = row["pattern"].removeprefix("^/?")
        for space, owner in spaces.items() if row["of"] == "class" else ():
            if path.startswith(space):
                for party in parties[row["library"]] - {owner}:
                    told = (owner, party) in held or (party, owner) in held
                    assert told or groups.get(owner, owner) == groups.get(party, party), (row, owner, party)
    assert namespaces.foreign(facts, facts).is_empty()


def test_no_shipped_file_name_is_anybodys() -> None:
    """libmain.so shows nothing: of machine code files only names that can be somebody's ship."""
    names = {row["pattern"] for row in rows("signature") if row["of"] == "native"}
    assert names
    assert {name for name in names if common(name)} == set()


def test_names_that_are_not_plainly_a_makers_lead_to_nobody() -> None:
    """Others' plugins, ports and forks, what was sold, and names that two lists use for two things."""
    led = {row["value"] for row in rows("identifier") if row["type"] == "library"}
    doubted = {
        "Google Analytics Plugin (Cordova)", "Google Firebase Cloud Messaging Cordova Push Plugin", "named-regexp",
        "Samsung Experience Support Library", "Sceneform Maintained SDK for Android", "Google App Inventor",
        "MRGService", "Mail.ru", "IBM Digital Analytics", "SQLite", "Loggly", "Bolts",
        "juniversalchardet", "Mozilla Charset Detector", "Microsoft MapPoint", "Muzei API", "DashClock API",
        "phonegap-plugin-push", "ZXing ('Zebra Crossing')",
    }  # fmt: skip
    assert led & (doubted | libchecker_rules.NOT_THE_MAKERS) == set()
    assert not [name for name in led if re.search(r"Cordova|Maintained|Unofficial|Community|\bFork\b|Wrapper", name)]


def test_a_conclusion_from_the_name_space_is_secondary() -> None:
    """A name that says whose the library is is seen; a library told by the place of its classes is a conclusion."""
    certainty = {
        row["value"]: row["certainty"] for row in rows("identifier") if (row["type"], row["source"]) == ("library", OWN)
    }
    assert (certainty["Umeng Analytics"], certainty["Google AdMob"], certainty["Litho"]) == (
        "seen",
        "seen",
        "secondary",
    )
    assert "SnappyDB" not in certainty  # neither the name nor the classes are Snap's


def test_domains_of_all_sides_are_known_without_any_download() -> None:
    """Well-known domains of makers on several sides lead to them."""
    known = {row["value"]: row["party"] for row in rows("identifier") if row["type"] == "domain"}
    expected = {
        "googleapis.com": "google", "fbcdn.net": "meta", "amazonaws.com": "aws", "apple.com": "apple",
        "qq.com": "tencent", "aliyun.com": "alibaba-cloud", "umeng.com": "umeng", "hicloud.com": "huawei",
        "miui.com": "xiaomi", "tiktok.com": "bytedance", "yandex.ru": "yandex", "mail.ru": "vk",
        "kaspersky.com": "kaspersky-lab",
        "kakao.com": "kakao", "line.me": "line", "samsung.com": "samsung",
    }  # fmt: skip
    assert {name: known.get(name) for name in expected} == expected


def test_a_made_up_holder_is_never_a_public_suffix_or_shared() -> None:
    """No fact speaks of a whole top-level domain, and a domain and its parent are one party's."""
    known = {row["value"]: row["party"] for row in rows("identifier") if row["type"] == "domain"}
    for name, party in known.items():
        assert name.count(".") >= 1
        assert known.get(name.partition(".")[2], party) == party, name


# Against the data that the facts were read from.


def lists(path: Path) -> dict[str, str]:
    """Return the lists of domain-list-community by name."""
    with tarfile.open(path) as tar:
        plain = [member for member in tar if member.isreg()]
        return {
            Path(one.name).name: io.TextIOWrapper(tar.extractfile(one) or io.BytesIO(), "utf-8").read() for one in plain
        }


def test_domains_stand_in_the_lists_they_were_read_in() -> None:
    """Each domain of that source is an entry of some list in the archive."""
    held = lists(shared("domain-list-community.tar.xz"))
    entries = {
        line.split()[0].removeprefix("domain:").removeprefix("full:")
        for text in held.values()
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    }
    source = "domain-list-community-2026-08-19"
    facts = {row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("domain", source)}
    assert len(facts) > 150
    assert facts - entries == set()
    words = {row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("vendor", source)}
    assert words - held.keys() == set()


def words(source: str) -> set[str]:
    """Return the vendor words that a source explains."""
    found = {row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("vendor", source)}
    assert found
    return found


def test_words_of_xray_and_exodus_stand_there() -> None:
    """Each word is a name of an owner, or of one above it, in the file that it was read in."""
    fold = identifiers.load("vendor").parse
    owners = json.loads(shared("xray-blacklist.json").read_text("utf-8"))
    names = {fold(one[key]) for one in owners for key in ("owner_name", "parent", "root_parent") if one[key]}
    assert words("xray-blacklist") - names == set()
    trackers = shared("exodus_trackers.json").read_text("utf-8")
    for word in words("exodus-trackers-2023-12-05"):
        assert re.search(rf"Ownership\\r\\n\s*{re.escape(word)}\b", trackers, re.IGNORECASE), word


def test_libchecker_is_carried_as_its_archive_has_it() -> None:
    """Rows and words of that source are those of the archive: no more, no less, none changed."""
    parts: Iterator[Any] = libchecker_rules.read(shared("libchecker-rules.tar.xz"))
    tables = {part[0]: part[1] for part in parts if isinstance(part, tuple)}
    columns = ["library", "of", "form", "pattern"]
    carried = {tuple(row[name] for name in columns) for row in rows("signature") if row["source"] == LIBCHECKER}
    whole = set(tables["signature"].select(columns).rows())
    assert carried <= whole
    left_out = {row for row in whole - carried if not (row[1] == "native" and common(row[3]))}
    facts = store.shipped()
    archived = World({name: facts.table(name) for name in facts.tables} | {"signature": tables["signature"]})
    assert left_out == set(namespaces.foreign(archived, facts).select(columns).rows())
    assert ("GMP Push SDK", "class", "exact", "com/umeng/UmengMessageHandler") in left_out
    fold = identifiers.load("vendor").parse
    teams = {fold(name) for name in tables["registration"]["name"].unique()}
    assert words(LIBCHECKER) - teams == set()
    meaning = {
        row["value"]: row["party"]
        for row in rows("identifier")
        if (row["type"], row["source"]) == ("vendor", LIBCHECKER)
    } | DECLINED
    of = tables["registration"].group_by("value").agg("name").filter(pl.col("name").list.len() == 1).explode("name")
    expected = {
        (library, meaning[fold(name)]) for library, name in of.select("value", "name").rows() if fold(name) in meaning
    }
    led = {(r["value"], r["party"]) for r in rows("identifier") if (r["type"], r["source"]) == ("library", LIBCHECKER)}
    assert led == expected


def test_one_name_of_two_things_leads_to_nobody() -> None:
    """Where two lists have a library of one name, its party is of both: of its classes, or of the team named there."""
    named: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    teams: dict[str, str] = {}
    for source, name in (
        (exodus_trackers, "exodus_trackers.json"), (app_manager_libs, "am_libs.json"),
        (libchecker_rules, "libchecker-rules.tar.xz"),
    ):  # fmt: skip
        parts: Iterator[Any] = source.read(shared(name))
        tables = {part[0]: part[1] for part in parts if isinstance(part, tuple)}
        for library, of, pattern in tables["signature"].select("library", "of", "pattern").rows():
            spaces = {_space(one) for one in pattern.replace("(?:^|/)", "").split("|")} if of == "class" else set()
            named[library][source.ID] |= spaces - {""}
        if source is libchecker_rules:
            teams = dict(tables["registration"].select("value", "name").rows())
    facts = store.shipped()
    known: dict[str, set[str]] = defaultdict(set)
    for space, owner in namespaces.spaces(facts).iter_rows():
        known[owner].add("/".join(space.split("/")[:2]))
    led = [row for row in rows("identifier") if row["type"] == "library"]
    by_team = {row["value"] for row in led if row["source"] == LIBCHECKER}
    several = 0
    for row in led:
        lists = {name: spaces for name, spaces in named[row["value"]].items() if spaces}
        assert row["value"] not in teams or row["value"] in by_team or len(named[row["value"]]) == 1, row
        if len(named[row["value"]]) > 1:
            several += 1
            common_to_all = set.intersection(*lists.values()) if len(lists) > 1 else set()
            own = all(spaces & known[row["party"]] for spaces in lists.values())
            sure = len(lists) == 1 and row["value"] in teams and not known[row["party"]]
            assert common_to_all or own or sure, (row, dict(lists))
    assert several > 100


def _space(pattern: str) -> str:
    """Return the first two parts of the class that one alternative of an expression speaks of."""
    plain = pattern.removeprefix("^/?").replace("\\", "").replace(".", "/").strip("/")
    parts = plain.split("/")
    return "/".join(parts[:2]) if len(parts) > 1 else ""


def test_a_built_world_leaves_out_classes_of_others(tmp_path: Path) -> None:
    """A rule that files Umeng's class under a library of ByteDance is left out, with a count; one of its own stays."""
    (tmp_path / "in").mkdir()
    with tarfile.open(tmp_path / "in" / "rules-2025-01-01.tar", "w") as tar:
        for name, team in (("com.umeng.A", "ByteDance"), ("com.bytedance.A", "ByteDance"), ("com.umeng.B", "Nobody")):
            data = json.dumps({"label": f"Push of {team}", "team": team}).encode()
            about = tarfile.TarInfo(f"services-libs/{name}.json")
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    report = build.build(tmp_path / "in", tmp_path / "w")
    held = store.load(tmp_path / "w").table("signature").filter(source="libchecker-rules-2025-01-01")
    assert held.select("library", "pattern").rows() == [
        ("Push of ByteDance", "com/bytedance/A"), ("Push of Nobody", "com/umeng/B"),
    ]  # fmt: skip
    assert [(one.locator, one.reason, one.count) for one in report.skipped] == [
        ("libchecker-rules-2025-01-01", namespaces.REASON, 1)
    ]


def test_a_team_that_is_not_the_maker_is_left_out(tmp_path: Path) -> None:
    """What is filed under another's team stays nobody's in a built world too, and each such rule is told."""
    (tmp_path / "in").mkdir()
    with tarfile.open(tmp_path / "in" / "rules-2025-01-01.tar", "w") as tar:
        for name, label, team in (
            ("native-libs/librust.so", "Rust", "Mozilla"), ("native-libs/libxul.so", "Lib_XUL", "Mozilla"),
            ("providers-libs/com.reactnativecommunity.webview.A", "React Native", "Facebook"),
        ):  # fmt: skip
            data = json.dumps({"label": label, "team": team}).encode()
            about = tarfile.TarInfo(f"{name}.json")
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    report = build.build(tmp_path / "in", tmp_path / "w")
    assert [file.rejected for file in report.files] == [2]
    held = store.load(tmp_path / "w")
    led = held.table("identifier").filter(
        pl.col("type") == "library", pl.col("source") == "libchecker-rules-2025-01-01"
    )
    assert led["value"].to_list() == ["Lib_XUL"]
    signed = held.table("signature").filter(source="libchecker-rules-2025-01-01")
    assert sorted(signed["library"].to_list()) == ["Lib_XUL", "Rust"]


def test_a_built_world_leads_trackers_and_libraries_to_parties(tmp_path: Path) -> None:
    """A tracker whose owner is named, a team that a fact explains, and one that none does."""
    (tmp_path / "in").mkdir()
    entry = {"name": "Some Ads", "description": "## Ownership\nSalesforce\n", "creation_date": "2025-01-01"}
    entry |= {"code_signature": "com.some.ads", "network_signature": ""}
    (tmp_path / "in" / "t.json").write_text(json.dumps({"trackers": {"1": entry}}))
    with tarfile.open(tmp_path / "in" / "rules-2025-01-01.tar", "w") as tar:
        for name, team in (("liba.so", "Tencent"), ("libb.so", "Nobody known")):
            data = json.dumps({"label": f"Of {team}", "team": team}).encode()
            about = tarfile.TarInfo(f"native-libs/{name}.json")
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    report = build.build(tmp_path / "in", tmp_path / "w")
    assert {file.source: file.rejected for file in report.files} == {"exodus_trackers": 0, "libchecker_rules": 0}
    held = store.load(tmp_path / "w").table("identifier").filter(pl.col("type") == "library")
    led = dict(held.select("value", "party").rows())
    assert (led["Some Ads"], led["Of Tencent"], "Of Nobody known" in led) == ("salesforce", "tencent", False)


def test_an_archive_of_the_facts_source_is_read_as_any_other() -> None:
    """The real archive has as many plain files as GNU tar counts: 1,648."""
    held = packed.content(shared("libchecker-rules.tar.xz"))
    assert held.cut is None
    assert sum(isinstance(one, packed.Member) for one in packed.members(held.data)) == 1648
