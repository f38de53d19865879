"""The facts on owners of libraries, trackers and their domains: how many are known, and each stands in its list."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "crossline" / "world" / "facts"
SHARED = ROOT.parent / "shared" / "data"
EXODUS, APP_MANAGER, LIBCHECKER = (
    "exodus-trackers-2023-12-05",
    "app-manager-libs-2022-11-03",
    "libchecker-rules-2024-06-11",
)
TIED = {"library", "domain"}


def rows(name: str) -> list[dict[str, str]]:
    """Read a table of the facts as text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shared(name: str) -> Path:
    """Return a file of the shared data, or skip."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"../shared/data/{name} is absent")
    return path


def trackers() -> list[dict[str, Any]]:
    """Return Exodus's trackers, as its file has them."""
    return list(json.loads(shared("apps/exodus_trackers.json").read_text("utf-8"))["trackers"].values())


def libraries() -> list[dict[str, Any]]:
    """Return App Manager's libraries, as its file has them."""
    held: list[dict[str, Any]] = json.loads(shared("apps/am_libs.json").read_text("utf-8"))
    return held


def led() -> dict[str, set[str]]:
    """Return the parties that each library's name leads to."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows("identifier"):
        if row["type"] == "library":
            found[row["value"]].add(row["party"])
    return found


def test_most_trackers_of_exodus_lead_to_a_party() -> None:
    """Of 432 trackers in its file at least 380 have a known owner."""
    names = [one["name"].strip() for one in trackers()]
    assert len(names) == 432
    assert sum(name in led() for name in names) >= 380


def test_names_of_app_manager_lead_to_parties() -> None:
    """Of its more than three thousand names at least 920 have a known owner."""
    names = {one["label"].strip() for one in libraries()}
    assert len(names & led().keys()) >= 920


def test_names_of_libchecker_lead_to_parties() -> None:
    """At least 360 of its names lead to a party by its own word on who makes them."""
    assert (
        len({row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("library", LIBCHECKER)})
        >= 360
    )


def test_a_name_stands_in_the_list_that_it_is_cited_to() -> None:
    """A library whose owner is read in a list is called there what it is called here."""
    by_source = {
        EXODUS: {one["name"].strip() for one in trackers()},
        APP_MANAGER: {one["label"].strip() for one in libraries()},
    }
    for source, names in by_source.items():
        cited = {row["value"] for row in rows("identifier") if (row["type"], row["source"]) == ("library", source)}
        assert len(cited) > 100
        assert cited - names == set(), source


def test_a_domain_read_in_exodus_is_the_trackers_site_and_what_it_contacts() -> None:
    """Each is under both in one tracker's entry, and that tracker leads to the same party."""
    of_library = led()
    sites: dict[str, set[str]] = defaultdict(set)
    for one in trackers():
        contacts = (one["network_signature"] or "").replace("\\", "")
        host = re.match(r"https?://(?:www\.)?([^/:]+)", one["website"] or "")
        if host:
            for domain in {host[1].lower(), host[1].lower().partition(".")[2]}:
                if re.search(rf"(?:^|[|.]){re.escape(domain)}(?:$|\|)", contacts):
                    sites[domain] |= of_library.get(one["name"].strip(), set())
    own = [row for row in rows("identifier") if (row["type"], row["source"]) == ("domain", EXODUS)]
    assert len(own) > 80
    for row in own:
        assert row["party"] in sites[row["value"]], row
        assert row["seen"] == "2023-12-05", row


def test_no_name_leads_to_two_parties_in_one_source_at_one_time() -> None:
    """Where one source has two owners of a library or a domain, their times do not meet."""
    held: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows("identifier"):
        if row["type"] in TIED:
            held[row["type"], row["value"], row["source"]].append(row)
    for key, several in held.items():
        for one, other in combinations(several, 2):
            if one["party"] != other["party"]:
                first, second = sorted((one, other), key=lambda row: row["since"])
                assert first["until"], key
                assert first["until"] <= second["since"], key


def test_what_was_sold_is_the_buyers_since_the_sale() -> None:
    """App Manager's own words: MoPub was run by Twitter until January 2022 and then sold to AppLovin."""
    (told,) = (one["description"] for one in libraries() if one["label"] == "MoPub")
    assert "by Twitter until 1/2022, then sold to AppLovin" in told
    found = {(row["party"], row["since"]) for row in rows("identifier") if row["value"] in {"MoPub", "Twitter MoPub"}}
    assert found == {("applovin", "2022-01-31")}


@pytest.mark.parametrize(
    ("owner", "owned", "day"),
    [
        ("unity", "ironsource", "2022-11-07"),
        ("applovin", "adjust", "2021-04-20"),
        ("digital-turbine", "fyber", "2021-05-25"),
    ],
)
def test_sales_of_makers_have_the_day_of_the_filing(owner: str, owned: str, day: str) -> None:
    """The days are those of the buyers' filings: 8-K of Unity, 10-Q of AppLovin, 8-K/A of Digital Turbine."""
    days = {row["since"] for row in rows("control") if (row["owner"], row["owned"]) == (owner, owned)}
    assert day in days


def test_makers_on_the_list_of_section_1260h_have_its_days() -> None:
    """Qihoo 360, Megvii and SenseTime are listed from, and until, the days of the department's own lists."""
    with shared("lists/dod_chinese_milcorps_sanctions.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    marks = {"360-security-technology": "Qihoo 360", "megvii": "Megvii", "sensetime": "SenseTime"}
    for party, mark in marks.items():
        entries = [row for row in table if mark in row["Name"]]
        own = [
            row
            for row in rows("listing")
            if (row["list"], row["party"], row["status"]) == ("dod-1260h", party, "listed")
        ]
        assert [row["since"] for row in own] == [min(row["Start date"] for row in entries)]
        last = max(entries, key=lambda row: row["Start date"])
        assert own[0]["until"] == (last["End date"] or ""), party


def test_makers_that_rules_on_china_and_russia_ask_about_have_a_place() -> None:
    """Where each has its head office, or is incorporated, by filings and reports; Pushwoosh's place is disputed."""
    places: dict[str, set[str]] = defaultdict(set)
    for row in rows("party"):
        places[row["id"]] |= {row["domicile"], row["seat"]} - {""}
    chinese = "agora aurora-mobile baidu bilibili cheetah-mobile getui honor huawei iflytek iqiyi jd kuaishou"
    chinese += " megvii meizu mobtech netease oppo qihoo-360 360-security-technology"
    chinese += " sensetime sensors-data talkingdata tencent unionpay vivo weibo xiaomi zhihu"
    assert [party for party in chinese.split() if "CN" not in places[party]] == []
    assert [party for party in ("kaspersky-lab", "sberbank", "vk", "yandex") if "RU" not in places[party]] == []
    assert {"RU", "US"} <= places["pushwoosh"]
