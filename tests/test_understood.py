"""What was understood, shown before anything is judged: rows that can be counted back to the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline import regimes, understood
from crossline.estate import assemble
from crossline.tables import Coverage, Reject
from crossline.world import SCHEMAS, store
from miniature import DAY, batch, estate_of

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.estate import Estate

NAUGHTY = 'a "quoted"\nname \x1b[31m\u202e{"x": 1}'


def made(**coverage: Any) -> Estate:
    """Return an estate of two kinds, two files and a shared bundle."""
    stores = batch(
        "data-store",
        {
            "a": {"bundle": 0, "data_class": "secret", "subjects": ["US", "FR"], "operator": ["vendor:x", "asn:1"]},
            "b": {"bundle": 0, "subjects": []},
            NAUGHTY: {"owner": [("vendor:y", {"place": "NO", "share_min": 12.5})]},
        },
        extents=[(0, "operator", "some", "cut short"), (2, "owner", "all", None)],
    )
    devices = batch("device", {"d": {"vendor": ["vendor:x"]}})
    whole = batch("estate", {"estate": {}})
    covered = [
        Coverage("one.csv", "table", **({"rows": 3, "kinds": {"data-store": 3}} | coverage)),
        Coverage("x", None),
    ]
    return assemble([("one.csv", stores), ("two.csv", devices), ("", whole)], DAY, covered)


def test_json_holds_every_row() -> None:
    """Each asset and each tie of each asset stands once; the estate itself is no asset that was read."""
    shown = json.loads(understood.json(made()))
    assert [(row["asset"], row["kind"], row["line"], row["file"]) for row in shown["assets"]] == [
        ("a", "data-store", "cloud", "one.csv"), ("b", "data-store", "cloud", "one.csv"),
        (NAUGHTY, "data-store", "cloud", "one.csv"), ("d", "device", "path", "two.csv"),
    ]  # fmt: skip
    assert shown["assets"][0]["subjects"] == ["US", "FR"]
    assert shown["assets"][0]["observed_at"] == "2026-07-01"
    assert shown["assets"][1]["subjects"] == []
    ties = [(row["asset"], row["role"], f"{row['type']}:{row['value']}", row["seq"]) for row in shown["ties"]]
    expected = [
        ("a", "operator", "vendor:x", 0), ("a", "operator", "asn:1", 1), ("b", "operator", "vendor:x", 0),
        ("b", "operator", "asn:1", 1), (NAUGHTY, "owner", "vendor:y", 0), ("d", "vendor", "vendor:x", 0),
    ]  # fmt: skip
    assert sorted(ties) == sorted(expected)
    said = next(row for row in shown["ties"] if row["role"] == "owner")
    assert (said["place"], said["share_min"]) == ("NO", 12.5)


def test_extents_are_told_for_every_role() -> None:
    """A role that was seen in part says why, one that was not seen at all says so."""
    rows = json.loads(understood.json(made()))["extents"]
    shown = {(row["asset"], row["role"]): (row["extent"], row["reason"]) for row in rows}
    assert shown["a", "operator"] == shown["b", "operator"] == ("some", "cut short")
    assert shown[NAUGHTY, "owner"] == ("all", None)
    assert shown[NAUGHTY, "operator"][0] == "none"
    assert shown["a", "host"] == ("none", "not seen")
    assert shown["d", "vendor"] == ("all", None)
    assert len(rows) == 3 * 3 + 4  # three stores of three roles, a device of four


def test_parquet_holds_what_json_does(tmp_path: Path) -> None:
    """The same rows, with types, in a file for each kind and table."""
    understood.parquet(made(), tmp_path / "P")
    shown = json.loads(understood.json(made()))
    files = {file.name for file in (tmp_path / "P").iterdir()}
    assert files == {f"{t}-{k}.parquet" for t in ("asset", "tie", "extent") for k in ("data-store", "device")} | {
        "coverage.parquet"
    }
    for table in ("asset", "tie", "extent"):
        heights = [
            pl.read_parquet(tmp_path / "P" / f"{table}-{kind}.parquet").height for kind in ("data-store", "device")
        ]
        assert sum(heights) == len(shown[f"{table}s"])
    assets = pl.read_parquet(tmp_path / "P" / "asset-data-store.parquet")
    assert assets["observed_at"].dtype == pl.Date
    assert assets["subjects"].to_list() == [["US", "FR"], [], None]


def test_the_page_shows_no_hostile_text() -> None:
    """Names and rejects are shown without what moves a terminal's cursor, colours it or turns its direction."""
    rejects = tuple(Reject(f"line {n}", f"bad \x1b[2J {n}") for n in range(30))
    page = understood.table(made(rejected=31, rejects=rejects, notes=("note \x07",))).decode()
    assert "read as table: 3 data stores" in page.replace("data-stores", "data stores")
    assert "no reader takes it" in page
    assert not set(page) & {"\x1b", "\u202e", "\x07"}
    assert "31 rejects" in page
    assert page.count("rejected at line") == 10
    assert "21 more rejects" in page
    assert all(len(line) < 1000 for line in page.splitlines())


def test_the_page_is_short_however_much_was_read() -> None:
    """Of a thousand assets ten are shown, and the rest are counted."""
    many = batch("device", {f"device number {n}": {"vendor": [f"vendor:v{n}"] * 3} for n in range(1000)})
    page = understood.table(estate_of(many)).decode()
    assert page.count("device number") == 10
    assert "990 more" in page
    assert "vendor:v9" in page


def test_an_empty_estate_is_shown() -> None:
    """Where nothing was read there are no rows, and JSON is still whole."""
    nothing = assemble([], DAY)
    assert json.loads(understood.json(nothing)) == {"assets": [], "ties": [], "extents": [], "coverage": []}
    assert understood.table(nothing).decode().strip() == ""


def test_a_world_is_shown_with_every_table_and_source() -> None:
    """Each table with its rows, each source with its id."""
    world = store.shipped()
    page = understood.world(world)
    for name in SCHEMAS:
        assert f"{name}: {world.table(name).height:,} row" in page
    assert all(f"  {source}: " in page for source in world.table("source")["id"])
    undated = world.table("source").filter(pl.col("published").is_null()).height
    assert page.count(", no date; ") == undated > 0
    assert "None" not in page


def test_a_regime_is_shown_with_every_rule_and_why() -> None:
    """Each rule with its id, citation and, where contested or not decidable, the reason."""
    for name in regimes.names():
        shown = regimes.load(name)
        page = " ".join(understood.regime(shown).split())
        for each in shown.rules:
            assert each.id in page
            assert each.cite.source in page
            for why in (each.reading_why, each.decidable_why):
                assert why is None or " ".join(why.split())[:60] in page
        assert all(parameter in page for parameter in shown.parameters)
