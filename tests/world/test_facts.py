"""The facts that ship: each table against its schema, its vocabulary, its references and the data it was read from."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crossline import identifiers
from crossline.world import SCHEMAS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "crossline" / "world" / "facts"
PAGE = ROOT / "docs" / "facts.md"
SHARED = ROOT.parent / "shared" / "data"
TABLES = ("source", "party", "control", "identifier", "completeness", "listing", "membership", "exchange")

# ISO 3166-1 alpha-2, all 249, and XK, which is user-assigned and in common use
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
"""
ISO = set(re.findall(r"[A-Z]{2}", _CODES))
KINDS = {"company", "state", "agency", "person", "dispersed", "organisation"}


def rows(name: str) -> list[dict[str, Any]]:
    """Read a table as text, blank cells as None."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: cell or None for key, cell in row.items()} for row in csv.DictReader(file)]


def shared(name: str) -> Path:
    """Return a file of the shared data, or skip."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"../shared/data/{name} is absent")
    return path


def page_table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of docs/facts.md."""
    text = PAGE.read_text("utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell: str) -> set[str]:
    """Return the words of a cell of the page, without remarks in brackets."""
    return {word.strip() for word in re.sub(r"\([^)]*\)", "", cell).split(",")} - {"-", ""}


@pytest.mark.parametrize("name", TABLES)
def test_header_is_the_schema(name: str) -> None:
    """The first line of each file names the columns of its table, in order."""
    assert (FOLDER / f"{name}.csv").read_text("utf-8").split("\n", 1)[0] == ",".join(SCHEMAS[name].names())


@pytest.mark.parametrize("name", TABLES)
def test_rows_parse_as_the_schema(name: str) -> None:
    """Every cell parses as its column's type."""
    frame = pl.read_csv(FOLDER / f"{name}.csv", schema=SCHEMAS[name])
    assert frame.height == len(rows(name))
    assert frame.height > 0


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_sorted_and_single(name: str) -> None:
    """Rows are sorted by their columns from the left, AS numbers as numbers, and none stands twice."""
    lines = [
        tuple(
            (0, int(cell), "") if name == "identifier" and cell and cell.isdigit() else (1, 0, cell or "")
            for cell in r.values()
        )
        for r in rows(name)
    ]
    assert lines == sorted(set(lines))


def test_source_ids_are_single() -> None:
    """A source has one row."""
    ids = [row["id"] for row in rows("source")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", [name for name in TABLES if name != "source"])
def test_every_source_exists(name: str) -> None:
    """Each row names a source that source.csv describes."""
    assert {row["source"] for row in rows(name)} <= {row["id"] for row in rows("source")}


def test_every_source_says_who_and_under_what_licence() -> None:
    """A source has a title, an issuer, an address and a licence, and no address of one machine."""
    for row in rows("source"):
        assert row["title"], row["id"]
        assert row["issuer"], row["id"]
        assert row["licence"], row["id"]
        assert re.match(r"https?://[^/ ]+\.[a-z]+|docs/facts\.md#", row["url"] or ""), row["id"]


def test_sources_that_have_but_a_home_page_are_told() -> None:
    """The page lists exactly the sources whose address is a home page, and counts them."""
    told = {tuple(cells) for cells in page_table("Sources without an exact address")}
    homes = {
        (row["id"], row["title"], match[1])
        for row in rows("source")
        if (match := re.fullmatch(r"https?://([^/?#]+)/?", row["url"]))
    }
    assert told == homes
    assert f"\n{len(homes)} sources have only their publisher's home page" in PAGE.read_text("utf-8")


def test_every_party_exists() -> None:
    """Each party that a row names has a row of its own."""
    known = {row["id"] for row in rows("party")}
    named = {row[column] for row in rows("control") for column in ("owner", "owned")}
    named |= {row["party"] for name in ("identifier", "completeness", "listing") for row in rows(name)} - {None}
    named |= {row["member"].removeprefix("party:") for row in rows("membership") if row["member"].startswith("party:")}
    named |= {f"state-{row['member'][6:].lower()}" for row in rows("membership") if row["member"].startswith("state:")}
    assert named <= known


def test_ids_are_small_letters_and_hyphens() -> None:
    """Ids of parties and sources are small letters, digits and single hyphens."""
    for name in ("party", "source"):
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]) for row in rows(name))


def test_kinds_and_codes_of_parties() -> None:
    """Kinds are those of the page, codes those of ISO 3166-1, and a state's row is its own code."""
    for row in rows("party"):
        assert row["kind"] in KINDS, row
        assert {row["domicile"], row["seat"]} - {None} <= ISO, row
        if row["kind"] == "state":
            assert row["id"] == f"state-{row['domicile'].lower()}"
            assert row["seat"] == row["domicile"]
    assert [row["id"] for row in rows("party") if row["kind"] == "dispersed"] == ["dispersed"]


def test_every_code_in_use_has_a_state() -> None:
    """Each code that a party's row or a membership uses has a party of kind state."""
    used = {row[column] for row in rows("party") for column in ("domicile", "seat")} - {None}
    used |= {row["member"][6:] for row in rows("membership") if row["member"].startswith("state:")}
    assert {f"state-{code.lower()}" for code in used} <= {r["id"] for r in rows("party") if r["kind"] == "state"}


@pytest.mark.parametrize("name", ["control", "identifier", "listing", "membership"])
def test_dates_are_in_order(name: str) -> None:
    """A statement begins before it ends, and no day is absurd."""
    for row in rows(name):
        days = {key: date.fromisoformat(row[key]) for key in ("since", "until", "seen") if row.get(key)}
        assert all(date(1990, 1, 1) <= day <= date(2026, 12, 31) for day in days.values()), row
        if {"since", "until"} <= days.keys():
            assert days["since"] < days["until"], row


@pytest.mark.parametrize("name", [name for name in TABLES if "certainty" in SCHEMAS[name]])
def test_certainty_is_seen_or_secondary(name: str) -> None:
    """What is only common knowledge, or doubtful, is not shipped."""
    assert {row["certainty"] for row in rows(name)} <= {"seen", "secondary"}


def test_shares_are_ranges_of_per_cent() -> None:
    """Shares lie between 0 and 100, the least not above the greatest, and only direction has none."""
    for row in rows("control"):
        assert row["kind"] in {"equity", "voting", "both", "direction"}, row
        if row["kind"] == "direction":
            assert row["share_min"] is None, row
            assert row["share_max"] is None, row
        else:
            assert 0 <= float(row["share_min"]) <= float(row["share_max"]) <= 100, row


def test_a_majority_without_a_share_is_a_conclusion() -> None:
    """Where a note says that no share is stated, the range is a conclusion: secondary, and never one number."""
    unstated = [row for row in rows("control") if "no share stated" in (row["note"] or "")]
    assert {"china-telecom-global", "china-mobile-hong-kong", "citic-networks-management"} <= {
        row["owned"] for row in unstated
    }
    assert {(row["certainty"], row["share_min"], row["share_max"]) for row in unstated} == {
        ("secondary", "50.01", "100")
    }


def test_shares_are_not_taken_for_votes() -> None:
    """Where a source states shares alone, control stays open: of shares of one class another may have most votes."""
    held = {(row["owner"], row["owned"]): row for row in rows("control")}
    ptcl = held["state-pk", "ptcl"]
    assert (ptcl["kind"], str(ptcl["share_min"]), str(ptcl["since"])) == ("equity", "62.18", "2017-12-31")
    for pair in (
        ("state-be", "proximus"),
        ("state-eg", "telecom-egypt"),
        ("state-za", "telkom-sa"),
        ("axiata", "xl-axiata"),
    ):
        assert held[pair]["kind"] == "equity", pair
    assert ("state-co", "internexa") not in held  # the state sold what lies between in 2021
    assert ("proximus", "bics") not in held  # shares that changed several times, without a date


@pytest.mark.parametrize("interest", ["equity", "voting"])
def test_owners_hold_no_more_than_everything(interest: str) -> None:
    """On each day on which a statement begins, what the owners of a party hold at least sums to 100 at most."""
    held = [row for row in rows("control") if row["kind"] in {interest, "both"}]
    days = {row["since"] or "1990-01-01" for row in held} | {"2026-07-31"}
    for day in sorted(days):
        least: dict[str, dict[str, float]] = defaultdict(dict)
        for row in held:
            if (row["since"] or "") <= day < (row["until"] or "9999"):
                owners = least[row["owned"]]
                owners[row["owner"]] = min(owners.get(row["owner"], 100.0), float(row["share_min"]))
        for owned, owners in least.items():
            assert sum(owners.values()) <= 100 + 1e-9, (day, owned, owners)


def test_listings_use_the_words_of_the_page() -> None:
    """Each list, scope and status is in the table of docs/facts.md, for that list."""
    vocabulary = {
        name: (words(scopes), words(statuses))
        for names, _, scopes, statuses in page_table("Lists")
        for name in words(names)
    }
    for row in rows("listing"):
        scopes, statuses = vocabulary[row["list"]]
        assert row["status"] in statuses, row
        assert (row["scope"] in scopes) if scopes else row["scope"] is None, row
    assert {row["list"] for row in rows("listing")} == set(vocabulary)


def test_a_listing_names_a_party_or_a_category() -> None:
    """An entry is about one party, or about one category of things."""
    assert all((row["party"] is None) != (row["category"] is None) for row in rows("listing"))
    assert all(row["since"] for row in rows("listing"))


def test_an_entry_has_one_status_a_day() -> None:
    """An order is listed, enjoined or revoked, one after the other; only posting and withdrawal share a day."""
    spans: dict[tuple[str, ...], list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows("listing"):
        if row["status"] not in {"posted", "withdrawn"}:
            key = (row["list"], row["party"] or "", row["category"] or "", row["scope"] or "")
            spans[key].append((row["since"], row["until"] or "9999", row["status"]))
    for key, entries in spans.items():
        entries.sort()
        for (_, until, _), (since, _, _) in pairwise(entries):
            assert until <= since, (key, entries)


def test_memberships_use_the_words_of_the_page() -> None:
    """Each coalition and status is in the table of docs/facts.md."""
    vocabulary: dict[str, set[str]] = defaultdict(set)
    for name, statuses in page_table("Coalitions"):
        vocabulary[re.sub(r" \(.*", "", name)] |= words(statuses)
    for row in rows("membership"):
        assert row["status"] in vocabulary[row["coalition"]], row


def test_memberships_say_who_claims_them() -> None:
    """A membership is somebody's claim about a state or a party, with a day."""
    for row in rows("membership"):
        assert row["claimed_by"], row
        assert row["since"], row
        assert re.fullmatch(r"state:[A-Z]{2}|party:[a-z0-9-]+", row["member"]), row


def test_identifiers_are_in_canonical_form() -> None:
    """Each identifier is of a type that Crossline has, in the form that its parser gives back."""
    for row in rows("identifier"):
        assert identifiers.load(row["type"]).parse(row["value"]) == row["value"], row


def test_as_numbers_have_a_day() -> None:
    """Numbers change hands, so each is seen on a day or held since one."""
    assert all(row["seen"] or row["since"] for row in rows("identifier") if row["type"] == "asn")


def test_one_source_gives_an_identifier_to_one_party_a_day() -> None:
    """No source gives an identifier to two parties on one day."""
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows("identifier"):
        holders[row["type"], row["value"], row["source"], row["seen"] or "", row["since"] or ""].add(row["party"])
    assert [key for key, parties in holders.items() if len(parties) > 1] == []


def test_completeness_is_stated_once_a_day_with_its_limit() -> None:
    """A statement of completeness says how it was made, and where its identifiers were not found."""
    stated = [(row["party"], row["type"], row["as_of"]) for row in rows("completeness")]
    assert len(stated) == len(set(stated))
    assert all("not found" in row["note"] for row in rows("completeness"))


def test_listed_carriers_are_stated_complete() -> None:
    """Every party on the line of carriers, in either list, has a statement about its AS numbers in 2026."""
    carriers = {row["party"] for row in rows("listing") if row["scope"] in {"carrier", "s214-services"}}
    assert carriers <= {row["party"] for row in rows("completeness") if row["type"] == "asn" and row["as_of"] >= "2026"}


def test_companies_held_by_named_carriers_are_stated_complete() -> None:
    """A walk by hand down from the named carriers, by majority or direction: each company has a statement in 2026."""
    held = {row["party"] for row in rows("listing") if (row["list"], row["scope"]) == ("us-clean-network", "carrier")}
    grew = True
    while grew:
        below = {
            row["owned"]
            for row in rows("control")
            if row["owner"] in held
            and not row["until"]
            and (row["kind"] == "direction" or float(row["share_min"]) > 50)
        }
        grew, held = not below <= held, held | below
    assert {"china-telecom-global", "china-telecom-south-africa", "comnet-usa"} <= held
    assert "china-unicom" not in held
    stated = {row["party"] for row in rows("completeness") if row["type"] == "asn" and row["as_of"] >= "2026"}
    assert held - stated == set()


def test_a_stated_set_has_rows_unless_it_is_said_to_be_empty() -> None:
    """A complete set without a row says in its note that no number is known."""
    editions = {
        "2026-07-01": {"asn2org-2026-07", "crossline-asn-enumeration-2026-07"},
        "2018-07-01": {"ripe-asnames-2018-07"},
    }
    held = {(row["party"], row["source"]) for row in rows("identifier") if row["type"] == "asn"}
    for row in rows("completeness"):
        empty = not any((row["party"], source) in held for source in editions[row["as_of"]])
        assert empty == row["note"].startswith("no AS number"), row


@pytest.mark.parametrize("name", TABLES)
def test_wording_takes_no_side(name: str) -> None:
    """Words that judge stand only in proper names, titles and quotations."""
    judging = re.compile(
        r"\b(untrusted|dirty|suspicious|rogue|hostile|malicious|regime|adversary'?s?)\b", re.IGNORECASE
    )
    clean = re.compile(
        r"(?i:\bclean\b)(?!-network| Network| Networks| Telco| Company| Path| Cloud| Cable| Carrier| Store| Apps)"
    )
    for row in rows(name):
        spoken = " ".join(str(cell) for key, cell in row.items() if cell and key not in {"title", "url"})
        spoken = re.sub(r'"[^"]*"', "", spoken)
        assert not judging.search(spoken), row
        assert not clean.search(spoken), row


def test_no_path_of_a_machine() -> None:
    """No row holds a path of the machine it was written on."""
    for name in TABLES:
        text = (FOLDER / f"{name}.csv").read_text("utf-8")
        assert not re.search(r"(?<![\w.])/(work|tmp|home|Users)/|\.\./shared", text), name


def test_listed_carriers_are_held_by_their_state() -> None:
    """A walk by hand: majorities from the state down reach each carrier that the FCC calls state-owned."""
    held, grew = {"state-cn"}, True
    while grew:
        above = {
            r["owned"]
            for r in rows("control")
            if r["owner"] in held and float(r["share_min"] or 0) > 50 and not r["until"]
        }
        grew, held = not above <= held, held | above
    carriers = {r["party"] for r in rows("listing") if r["list"] == "fcc-214" and r["status"] in {"revoked", "denied"}}
    assert len(carriers) == 5
    assert carriers <= held
    assert "pccw" not in held  # 18.4 per cent
    assert "tiktok-usds-jv" not in held


def test_covered_list_against_the_commissions_table() -> None:
    """Each entry of the FCC's own table has its rows here, with the day of inclusion, and there is no other day."""
    with shared("lists/fcc_covered_list_table.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    marks = {
        "Huawei": "huawei", "ZTE": "zte", "Hytera": "hytera", "Hikvision": "hikvision", "Dahua": "dahua",
        "AO Kaspersky": "kaspersky-lab", "China Mobile": "china-mobile-international-usa",
        "China Telecom": "china-telecom-americas",
        "Pacific Networks": "pacific-networks", "ComNet": "comnet-usa", "China Unicom": "china-unicom-americas",
        "Kaspersky Lab, Inc.": "kaspersky-lab-inc", "Uncrewed": "uas-foreign-produced", "1709(a)(1)": "dji",
        "Routers": "consumer-router-foreign-produced", "Digitalsystem": "digitalsystem-technology",
        "inverters": "power-inverter-foreign-produced", "robotic": "advanced-robotics-foreign-produced",
    }  # fmt: skip
    entries = {(r["party"] or r["category"], r["since"]) for r in rows("listing") if r["list"] == "fcc-covered-list"}
    seen = set()
    for line in table:
        text = line["covered_equipment_or_services"]
        match = re.match(r"[A-Z][a-z]+ \d+, \d{4}", line["date_of_inclusion_on_covered_list"])
        assert match
        day = datetime.strptime(match[0], "%B %d, %Y").date().isoformat()  # noqa: DTZ007 - a day, not a moment
        found = {(name, day) for mark, name in marks.items() if mark in text}
        assert found, text
        assert found <= entries, text
        seen |= found
    assert {day for _, day in entries} == {day for _, day in seen}
    assert entries - seen == {("autel-robotics", "2025-12-22")}


def test_names_of_2026_against_the_edition() -> None:
    """Every number of the edition is filed there, and no plain name of the three groups is missing here."""
    with gzip.open(shared("topology/asns.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        names = {row["asn"]: row["name"] for row in csv.DictReader(file)}
    own = [row for row in rows("identifier") if row["seen"] == "2026-07-01" and row["type"] == "asn"]
    assert {row["value"] for row in own} <= names.keys()
    plain = re.compile(
        r"^china ?(telecom|unicom|mobile|tietong)\b|^chinanet\b|^cncgroup\b|china unicom|china mobile|china tietong",
        re.IGNORECASE,
    )
    named = {number for number, name in names.items() if plain.search(name)}
    assert len(named) > 450
    assert named - {row["value"] for row in own} == set()


def test_names_of_2018_against_the_edition() -> None:
    """Numbers seen in 2018 are in that edition, and AS23764 was another company's then."""
    with gzip.open(shared("topology/asn.txt.gz"), "rt", encoding="latin-1") as file:
        names = dict(line.rstrip("\n").split(" ", 1) for line in file if " " in line)
    own = {row["value"]: row["party"] for row in rows("identifier") if row["source"] == "ripe-asnames-2018-07"}
    assert own.keys() <= names.keys()
    assert "Cofractal" in names["23764"]
    assert "23764" not in own
    assert own["36678"] == "china-telecom-americas"
    missing = {
        n for n, name in names.items() if re.match(r"CHINATELECOM-|CHINANET-(?!CENTER)|CHINA169-|CNCGROUP-", name)
    } - own.keys()
    assert missing == set()


def test_chinese_military_companies_against_the_table() -> None:
    """Days of listing are those of the table that the rows were read from."""
    with shared("lists/dod_chinese_milcorps_sanctions.csv").open(encoding="utf-8", newline="") as file:
        first: dict[str, str] = {}
        for row in csv.DictReader(file):
            name = row["Clean Name"]
            first[name] = min(first.get(name, "9999"), row["Start date"])
    expected = {
        "china-telecom": "China Telecom Group Co., Ltd.",
        "china-telecom-corporation": "China Telecom Corporation Limited",
        "china-mobile": "China Mobile Communications Group Co., Ltd.",
        "china-mobile-limited": "China Mobile Limited",
        "china-unicom": "China United Network Communications Group Co., Ltd.",
        "huawei": "Huawei Technologies Co., Ltd.",
        "hikvision": "Hangzhou Hikvision Digital Technology Co., Ltd.",
        "dahua": "Zhejiang Dahua Technology Co., Ltd.",
        "dji": "Shenzhen DJI Innovation Technology Co., Ltd.",
        "tencent": "Tencent Holdings Limited",
        "alibaba": "Alibaba Group Holding Limited",
        "baidu": "Baidu, Inc.",
        "autel-robotics": "Autel Robotics Co., Ltd.",
    }
    listed = {r["party"]: r["since"] for r in rows("listing") if r["list"] == "dod-1260h" and r["status"] == "listed"}
    assert {party: listed[party] for party in expected} == {party: first[name] for party, name in expected.items()}
