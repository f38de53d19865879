"""State-owned operators (Carisimo et al., IMC 2021)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from test_sources_names import SHARED, taken

from crossline.world import SCHEMAS, sources, store

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "asn,conglomerate,org_id,org_name,ownership_cc,ownership_country_name,rir,source,quote,quote_lang,url,"
    "additional_info,inputs,parent_org,target_cc,target_country_name\n"
)


def row(  # noqa: PLR0917 - the columns in their order
    asn: str, group: str, org: str, name: str, owner: str, target: str = ""
) -> str:
    """Write a row; the quotation names a share, which nobody may parse."""
    return f'{asn},{group},{org},{name},{owner},X,RIPE,news,"owns 97%, says it",English,u,,W,,{target},\n'


def read(tmp_path: Path, text: str) -> tuple[dict[str, pl.DataFrame], list]:
    """Read rows as an edition of 2022-02-11."""
    path = tmp_path / "state_owned_ases_2022-02-11.csv"
    path.write_text(HEADER + text)
    name, tables, rejects = taken(path)
    assert name == "state_owned"
    return tables, rejects


def test_a_state_owns_more_than_half_of_a_conglomerate(tmp_path: Path) -> None:
    """The share is above 50 and up to 100, whatever a quotation says; codes are brought to ISO 3166-1."""
    text = row("1", "GB-X", "O1", "X plc", "UK") + row("2", "KV-T", "O2", "T", "KV")
    tables, rejects = read(tmp_path, text)
    assert rejects == []
    control = tables["control"]
    assert control.select("owner", "owned").rows() == [("state-gb", "soa-gb-x"), ("state-xk", "soa-kv-t")]
    assert control["kind"].to_list() == ["equity"] * 2
    assert all(50 < low < 50.0001 for low in control["share_min"])
    assert control["share_max"].to_list() == [100.0] * 2
    states = tables["party"].filter(pl.col("kind") == "state").select("id", "domicile").rows()
    assert states == [("state-gb", "GB"), ("state-xk", "XK")]


def test_foreign_subsidiaries_are_parties_of_their_own(tmp_path: Path) -> None:
    """The conglomerate controls them; where they operate is not taken for their domicile."""
    text = (
        row("1", "NO-T", "O1", "T", "NO")
        + row("2", "NO-T", "@o-2", "T Asia", "NO", "TH")
        + row("3", "NO-T", "O3", "T", "NO")
    )
    tables, _ = read(tmp_path, text)
    assert tables["identifier"].select("value", "party").rows() == [
        ("1", "soa-no-t"),
        ("2", "soa-o-2"),
        ("3", "soa-no-t"),
    ]
    assert tables["control"].select("owner", "owned").rows() == [("state-no", "soa-no-t"), ("soa-no-t", "soa-o-2")]
    companies = tables["party"].filter(pl.col("kind") == "company")
    assert companies.select("id", "name", "domicile").rows() == [("soa-no-t", "T", None), ("soa-o-2", "T Asia", None)]
    assert {"soa-no-t", "soa-o-2"} == set(tables["completeness"]["party"])
    dates = {*tables["identifier"]["seen"], *tables["completeness"]["as_of"]}
    assert {date(2022, 2, 11)} == dates


def test_rows_that_make_no_sense_are_rejected_with_their_place(tmp_path: Path) -> None:
    """No number, a number twice, a name for a code, no group, and an owner that most rows contradict."""
    text = (
        row("1", "SE-T", "O1", "T", "SE") + row("x", "SE-T", "O1", "T", "SE") + row("1", "SE-T", "O1", "T", "SE")
        + row("2", "SE-T", "O1", "T", "Sweden") + row("3", "", "O1", "T", "SE") + row("4", "SE-T", "", "T", "SE")
        + row("5", "SE-T", "O1", "T", "SI") + row("6", "SE-T", "O1", "T", "SE")
    )  # fmt: skip
    tables, rejects = read(tmp_path, text)
    assert tables["identifier"]["value"].to_list() == ["1", "6"]
    assert [f"row {n}" for n in (2, 3, 4, 5, 6, 7)] == [reject.locator for reject in rejects]
    assert "another state" in rejects[-1].reason
    tables, rejects = read(tmp_path, row("1", "SE-T", "O1", "T", "SE") + row("2", "SE-T", "O1", "T", "SI"))
    assert len(rejects) == 2  # one row each: neither can be preferred
    assert "identifier" not in tables or len(tables["identifier"]) == 0


def test_a_later_copy_is_not_seen_later(tmp_path: Path) -> None:
    """Ownership was checked until 2020 and corrected until 2022-02-11: a copy of 2026 says nothing newer."""
    path = tmp_path / "state_owned_ases.csv"
    path.write_text(HEADER + row("1", "SE-T", "O1", "T", "SE"))
    (tmp_path / "editions.csv").write_text("file,published\nstate_owned_ases.csv,2026-07-01\n")
    _, tables, _ = taken(path)
    assert [date(2026, 7, 1)] == tables["source"]["published"].to_list()
    assert [date(2022, 2, 11)] == tables["identifier"]["seen"].to_list()


def test_a_claim_that_the_facts_show_false_is_not_stated(tmp_path: Path) -> None:
    """AS4134 was China Telecom's in 2018 and in 2026: a data set of 2022 without it is not complete for the group."""
    text = (
        row("4812", "CN-TELECOM", "O1", "T", "CN")
        + row("64079", "CN-TELECOM", "ORG-CTGL1-AP-APNIC", "T Global", "CN", "HK")
        + row("1", "SE-T", "O2", "S", "SE")
    )
    tables, rejects = read(tmp_path, text)
    assert tables["completeness"]["party"].to_list() == ["soa-se-t"]
    assert [(reject.locator, reject.count) for reject in rejects] == [("completeness", 0)]
    assert "on 2022-02-11: CN-TELECOM (AS" in rejects[0].reason
    assert tables["identifier"]["value"].to_list() == ["4812", "64079", "1"]  # what it does say stays


def test_only_numbers_had_on_the_day_show_a_claim_false() -> None:
    """Seen on that day, on both sides of it, or stated over it; not seen on one side only, nor as another's number."""
    day = date(2022, 2, 11)
    early, late, schema = date(2018, 7, 1), date(2026, 7, 1), SCHEMAS["identifier"]

    def fact(value: str, party: str, **when: date) -> dict[str, object]:
        return {"type": "asn", "value": value, "party": party, **when}

    facts = [
        fact("11", "p", seen=early), fact("11", "p", seen=late),  # before and after
        fact("12", "p", seen=early),  # may have gone
        fact("13", "p", seen=late),  # may have come since
        fact("14", "p", seen=early), fact("14", "q", seen=late),  # changed hands
        fact("15", "p", since=early), fact("16", "p", since=early, until=day), fact("17", "p", since=late),
        fact("18", "p", seen=day), fact("1", "p", seen=day),  # 1 is in the data set
        fact("19", "g", seen=day),  # the conglomerate's own, which has no row
        fact("20", "stranger", seen=day),
        fact("2", "p", seen=day),  # there, as the number of another part of the same conglomerate
    ]  # fmt: skip
    good = pl.DataFrame(
        {"number": [1, 2], "party": ["p", "r"], "group": ["g", "g"], "conglomerate": ["XX-G", "XX-G"]},
        schema_overrides={"number": pl.UInt32},
    )
    module = sources.load("state_owned")
    missing = module.missed(good, pl.DataFrame(facts, schema=schema), day)
    assert sorted(missing["value"]) == ["11", "15", "18", "19"]
    assert set(missing.select("conglomerate", "group").rows()) == {("XX-G", "g")}


def test_parties_of_the_facts_exist() -> None:
    """Each id that a conglomerate or organisation is mapped to by hand is a party of the shipped facts."""
    module = sources.load("state_owned")
    known = set(store.shipped().table("party")["id"])
    assert set() == {*module.CONGLOMERATES.values(), *module.ORGANISATIONS.values()} - known


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_data_set() -> None:
    """984 rows, of which two contradict each other; AS19174 is China Unicom's, not China Telecom's."""
    _, tables, rejects = taken(SHARED / "ownership" / "state_owned_ases.csv")
    assert len(tables["identifier"]) + sum(reject.count for reject in rejects) == 984
    assert sum(reject.count for reject in rejects) == 2
    held = dict(tables["identifier"].select("value", "party").rows())
    assert (
        held["19174"],
        held["36678"],
        held["4134"],
    ) == ("china-unicom-americas", "china-telecom-americas", "china-telecom")
    edges = set(tables["control"].select("owner", "owned").rows())
    assert {("china-unicom", "china-unicom-americas"), ("state-cn", "china-unicom")} <= edges
    assert set(tables["identifier"]["party"]) <= set(tables["party"]["id"])
    assert {end for edge in edges for end in edge} <= set(tables["party"]["id"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_data_set_is_not_complete_for_four_conglomerates() -> None:
    """By hand: AS18387, AS24425, AS18344 and AS7640 have one holder in the lists of 2018 and 2026, and no row here."""
    _, tables, rejects = taken(SHARED / "ownership" / "state_owned_ases.csv")
    told = rejects[0].reason.split(": ", 1)[1]
    first = {"CN-CITIC": "7640", "CN-MOBILE": "24425", "CN-TELECOM": "18387", "CN-UNICOM": "18344"}
    assert dict(re.findall(r"([\w-]+) \(AS(\d+)", told)) == first
    complete = set(tables["completeness"]["party"])
    assert complete & {"china-telecom", "china-telecom-global", "cmpak", "citic-telecom-cpc"} == set()
    assert {"telenor", "rostelecom", "singtel"} <= complete


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_data_set_and_facts_do_not_contradict_each_other_on_this_source() -> None:
    """Where the facts cite the same data set for an AS number, they name the same party."""
    _, tables, _ = taken(SHARED / "ownership" / "state_owned_ases.csv")
    ours = tables["identifier"].select("value", "party")
    cited = (
        store.shipped()
        .table("identifier")
        .filter((pl.col("type") == "asn") & pl.col("source").str.starts_with("state-owned-ases-2022"))
    )
    both = cited.join(ours, on="value", suffix="_ours").filter(pl.col("party") != pl.col("party_ours"))
    assert both.select("value", "party", "party_ours").rows() == []
