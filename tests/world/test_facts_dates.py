"""The facts and time: a holding begins when it began, nothing expected ends one, and two companies are two parties."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "src" / "crossline" / "world" / "facts"
CHANGE = re.compile(r"acquired|acquisition|bought|merged|purchase|sold|signed|now (a )?part|took over|transferred")


def rows(name: str) -> list[dict[str, str]]:
    """Read a table of the facts as text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holdings(owned: str, day: date) -> set[tuple[str, str]]:
    """Return the owners, with the least share, that some row states of that day."""
    return {
        (row["owner"], row["share_min"])
        for row in rows("control")
        if row["owned"] == owned
        and (not row["since"] or date.fromisoformat(row["since"]) <= day)
        and (not row["until"] or date.fromisoformat(row["until"]) > day)
    }


def test_no_undated_row_covers_the_time_before_a_dated_one() -> None:
    """Of one owner and one owned, a row without a beginning ends by the day on which a dated one begins.

    But for a share "as of that day": it is older than the day on which it was read.
    """
    pairs: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows("control"):
        pairs[row["owner"], row["owned"]].append(row)
    for pair, several in pairs.items():
        begun = [row["since"] for row in several if row["since"] and "as of that day" not in row["note"]]
        open_ended = [row for row in several if not row["since"]]
        if begun:
            assert [row for row in open_ended if not row["until"] or row["until"] > min(begun)] == [], pair


def test_what_was_bought_has_a_day() -> None:
    """A row whose note tells of a purchase or a merger does not speak of the time before it."""
    # ComNet is what Pacific Networks acquired, its owner being CITIC Telecom before.
    others = {("citic-telecom-international", "pacific-networks")}
    told = [row for row in rows("control") if CHANGE.search(row["note"]) and not row["since"]]
    assert {(row["owner"], row["owned"]) for row in told if not row["until"]} == others


def test_no_expectation_ends_a_holding() -> None:
    """What somebody offered, planned or expected is not done: such a row has no end on that account."""
    ended = [row for row in rows("control") if row["until"]]
    assert ended
    assert [row for row in ended if re.search(r"expected|planned|offer", row["note"])] == []


@pytest.mark.parametrize(
    ("owner", "owned", "before", "after"),
    [
        ("unity", "ironsource", "2022-11-06", "2022-11-07"),  # 8-K of Unity of 2022-11-07
        ("apollo-global-management", "yahoo", "2021-05-03", "2021-09-07"),  # agreed in May, closed in September
        ("polhem-infra", "arelion", "2020-10-06", "2021-12-31"),  # agreed in October 2020
        ("xingji-technology", "meizu", "2022-06-15", "2022-07-04"),  # planned in June, completed on 4 July
        ("digital-turbine", "adcolony", "2021-04-28", "2021-04-29"),  # as told in a notice of 2022-06-09
        ("cerberus", "subcom", "2018-09-16", "2023-02-15"),  # agreed on 2018-09-17
        ("telstra", "southern-cross", "2019-09-30", "2019-12-31"),  # announced on 2019-10-01
        ("liberty-latin-america", "cable-and-wireless-communications", "2017-12-28", "2017-12-29"),  # split-off
    ],
)
def test_a_holding_does_not_begin_before_it_began(owner: str, owned: str, before: str, after: str) -> None:
    """By the reports that the rows name, nobody bought before the purchase was agreed or done."""
    assert owner not in {one for one, _ in holdings(owned, date.fromisoformat(before))}
    assert owner in {one for one, _ in holdings(owned, date.fromisoformat(after))}


def test_a_share_of_the_past_is_no_share_of_today() -> None:
    """Panatone's 34.8 became 44.8 on 2021-03-18 (PTI); of Benin Telecoms no share is stated but of the past."""
    assert holdings("tata-communications", date(2021, 3, 17)) == {("panatone-finvest", "34.8"), ("tata-sons", "14.07")}
    assert holdings("tata-communications", date(2021, 3, 18)) == {("panatone-finvest", "44.8"), ("tata-sons", "14.07")}
    assert holdings("benin-telecoms", date(2026, 1, 1)) == {("state-bj", "50.01")}


def test_two_companies_called_360_are_two_parties() -> None:
    """1260H names the company listed in Shanghai, the Entity List the one whose 20-F is of the Cayman Islands."""
    listed = {(row["list"], row["party"]) for row in rows("listing") if "360" in row["party"]}
    assert listed == {("bis-entity-list", "qihoo-360"), ("dod-1260h", "360-security-technology")}
    places = {
        party: {row["domicile"] for row in rows("party") if row["id"] == party} - {""}
        for party in ("qihoo-360", "360-security-technology")
    }
    assert places == {"qihoo-360": {"KY"}, "360-security-technology": {"CN"}}


def test_a_seat_that_moved_is_not_one_seat() -> None:
    """Pinduoduo's report for 2019 says Shanghai and that for 2022 Dublin: seats are undated, so both stand."""
    assert {(row["domicile"], row["seat"]) for row in rows("party") if row["id"] == "pinduoduo" and row["seat"]} == {
        ("KY", "CN"),
        ("KY", "IE"),
    }
    assert {row["seat"] for row in rows("party") if row["id"] == "cirion"} == {""}


def test_words_of_the_language_are_no_names_of_makers() -> None:
    """A word or an abbreviation that any inventory may have in another sense leads to nobody."""
    declined = {"cmb", "firelight", "foresee", "freewheel", "heap", "keen", "opt", "pendo", "zhangtao"}
    assert declined & {row["value"] for row in rows("identifier") if row["type"] == "vendor"} == set()


def test_a_library_leads_to_one_party() -> None:
    """No name of a library is of two parties at one time, and MobTech's own name and domain lead to it."""
    led: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in rows("identifier"):
        if row["type"] in {"library", "domain"}:
            led[row["type"], row["value"]].add((row["party"], row["since"]))
    assert [key for key, found in led.items() if len({day for _, day in found}) < len(found)] == []
    assert led["library", "MobTech"] == led["domain", "mob.com"] == {("mobtech", "")}
