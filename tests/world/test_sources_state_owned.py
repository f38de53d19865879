"""State-owned operators (Carisimo et al., IMC 2021)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from test_sources_names import SHARED, taken

from crossline.world import sources, store

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
    assert len(rejects) == 2
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
