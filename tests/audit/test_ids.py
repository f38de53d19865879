"""Ids of findings: the same wherever an asset was read, and an evidence id that follows the evidence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from miniature import audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from crossline.world import World

ASKED = regime(rule('operator.exists(t, t.listed("named"))'), lists={"named": {"list": "l", "statuses": ["listed"]}})
ASSETS: dict[str, Any] = {
    "a": {"operator": ["vendor:v"]},
    "b": {"operator": ["vendor:n", "vendor:v"]},
    "c": {"operator": ["party:p"]},
}


def about(*, note: str | None = None, source: str = "s", listed: date = date(2020, 1, 1), **more: Any) -> World:
    """Return a world in which vendor v is party p, which is listed."""
    tables: dict[str, Any] = {
        "party": [company("p"), company("q")],
        "identifier": [{"type": "vendor", "value": "v", "party": "p", "since": date(2019, 1, 1), "source": source}],
        "listing": [{"list": "l", "party": "p", "status": "listed", "since": listed, "note": note}],
    }
    return world(**(tables | more))


def ids(found: Any) -> dict[str, tuple[str, str]]:
    """Return id and evidence id of the finding on each asset."""
    return {row["asset"]: (row["id"], row["evidence_id"]) for row in found.findings.iter_rows(named=True)}


BEFORE = ids(audited(ASKED, about(), estate_of(batch("data-store", ASSETS))))


def test_ids_are_of_regime_rule_and_asset() -> None:
    """Findings on different assets have different ids, and another rule or regime gives another id."""
    assert len({pair[0] for pair in BEFORE.values()}) == 3
    again = regime(
        rule(str(ASKED.rules[0].violation), id="other"), lists={"named": {"list": "l", "statuses": ["listed"]}}
    )
    other = ids(audited(again, about(), estate_of(batch("data-store", ASSETS))))
    assert {pair[0] for pair in other.values()}.isdisjoint({pair[0] for pair in BEFORE.values()})


def test_ids_do_not_depend_on_files() -> None:
    """The same assets in another order, in other files and with other numbers of bundles have the same ids."""
    one = batch("data-store", {"c": ASSETS["c"]})
    two = batch("data-store", {"x": {"operator": []}, "b": ASSETS["b"], "a": ASSETS["a"]})
    made = ids(audited(ASKED, about(), estate_of(("elsewhere/2.csv", two), ("elsewhere/1.csv", one))))
    assert made == BEFORE


def test_ids_do_not_depend_on_who_is_beside_them() -> None:
    """More in the world and in the estate changes no id."""
    more = {"z": {"operator": ["vendor:z"]}, **ASSETS}
    wider = about(party=[company(name) for name in ("a", "z", "q", "p")])
    assert ids(audited(ASKED, wider, estate_of(batch("data-store", more)))) == BEFORE


def test_the_evidence_id_follows_the_evidence() -> None:
    """Another source or date of a statement in the chain gives another evidence id, and the finding's id stays."""
    for changed, touched in ((about(source="t"), {"a", "b"}), (about(listed=date(2021, 1, 1)), {"a", "b", "c"})):
        after = ids(audited(ASKED, changed, estate_of(batch("data-store", ASSETS))))
        assert {name: pair[0] for name, pair in after.items()} == {name: pair[0] for name, pair in BEFORE.items()}
        assert {name for name in after if after[name][1] != BEFORE[name][1]} == touched


def test_the_evidence_id_stays_where_other_evidence_changes() -> None:
    """A statement about somebody else, and a note that is not told, change no evidence id."""
    other = about(
        listing=[
            {"list": "l", "party": "p", "status": "listed", "since": date(2020, 1, 1)},
            {"list": "l", "party": "q", "status": "listed", "since": date(2020, 1, 1)},
            {"list": "m", "party": "p", "status": "listed"},
        ]
    )
    assert ids(audited(ASKED, other, estate_of(batch("data-store", ASSETS)))) == BEFORE


def test_findings_that_rest_on_the_same_chain_share_its_id() -> None:
    """Two assets with the same tie are decided by one chain."""
    both = {"a": {"operator": ["vendor:v"]}, "b": {"operator": ["vendor:v"]}}
    made = ids(audited(ASKED, about(), estate_of(batch("data-store", both))))
    assert made["a"][1] == made["b"][1]
    assert made["a"][0] != made["b"][0]


def test_versions_of_an_asset_are_told_apart() -> None:
    """Of an app in two versions, the first keeps the id that it has alone, wherever it lies; the other has its own."""
    asked = regime(
        rule('publisher.exists(t, t.listed("named"))', kind="app"),
        lists={"named": {"list": "l", "statuses": ["listed"]}},
    )
    apps = {"a": {"publisher": ["vendor:v"], "version": "1"}}
    newer = {"a": {"publisher": ["vendor:v"], "version": "2"}}
    alone = audited(asked, about(), estate_of(batch("app", apps))).findings["id"].to_list()
    files = [("1.apk", batch("app", apps)), ("2.apk", batch("app", newer)), ("3.apk", batch("app", apps))]
    several = audited(asked, about(), estate_of(*files)).findings
    by_file = dict(several.select("file", "id").iter_rows())
    assert [by_file["1.apk"], by_file["3.apk"]] == alone * 2
    assert by_file["2.apk"] not in alone
