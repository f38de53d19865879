"""A plain table says what it says, row for row, and what it does not say stays unknown."""

from __future__ import annotations

import csv
import io
import random
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import jail, kinds
from crossline.readers import table
from crossline.readers.table import records
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARED = Path(__file__).parents[3] / "shared"


def read(path: Path, limits: Limits | None = None, **options: Any) -> tuple[list[Batch], list[Reject], list[Note]]:
    """Read a table, hold every batch to the contract, and sort what came."""
    items = list(table.read(path, limits or Limits(), **options))
    batches = [item for item in items if isinstance(item, Batch)]
    assert [jail.fault(batch) for batch in batches] == [None] * len(batches)
    rejects = [item for item in items if isinstance(item, Reject)]
    return batches, rejects, [item for item in items if isinstance(item, Note)]


def write(folder: Path, text: str | bytes, name: str = "device.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ties(batch: Batch, role: str) -> dict[str, list[tuple[object, ...]]]:
    """Return asset → (identifier, place, registered, share_min, share_max) of one role, in sequence, spelt out."""
    spelt = batch.identifiers.select(pl.format("{}:{}", "type", "value").alias("id")).with_row_index("identifier")
    rows = (
        batch.assets.select("asset", "bundle")
        .join(batch.ties.filter(pl.col("role") == role), on="bundle", maintain_order="left")
        .join(spelt, on="identifier", maintain_order="left")
        .sort("asset", "seq", maintain_order=True)
    )
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["asset"], []).append(
            (row["id"], row["place"], row["registered"], row["share_min"], row["share_max"])
        )
    return found


def extents(batch: Batch, role: str) -> dict[str, str]:
    """Return asset → extent of one role, as crossline.tables says that extents are read."""
    general = {r["role"]: r["extent"] for r in batch.extents.filter(pl.col("bundle").is_null()).iter_rows(named=True)}
    special = {(r["bundle"], r["role"]): r["extent"] for r in batch.extents.iter_rows(named=True)}
    rows = batch.assets.select("asset", "bundle").iter_rows()
    return {asset: special.get((bundle, role), general.get(role, "none")) for asset, bundle in rows}


def column(batches: Iterable[Batch], name: str) -> dict[str, object]:
    """Return asset → value of a column."""
    return {asset: value for batch in batches for asset, value in batch.assets.select("asset", name).iter_rows()}


def test_a_cell_of_identifiers_says_how_much_was_seen(tmp_path: Path) -> None:
    """Empty says nothing, `none` is an empty list seen whole, and `...` says that there are more."""
    path = write(
        tmp_path,
        "asset,vendor\na,vendor:huawei;vendor:zte\nb,\nc,none\nd,vendor:cisco; ...\ne,vendor:cisco...\nf,...\n"
        "g,vendor:nokia | \nh,None\n",
    )
    (batch,), rejects, _ = read(path)
    assert rejects == []
    assert (extents(batch, "vendor")) == {
        "a": "all",
        "b": "none",
        "c": "all",
        "d": "some",
        "e": "some",
        "f": "some",
        "g": "all",
        "h": "all",
    }
    assert extents(batch, "operator") == dict.fromkeys("abcdefgh", "none")
    named = {asset: [row[0] for row in rows] for asset, rows in ties(batch, "vendor").items()}
    assert named == {
        "a": ["vendor:huawei", "vendor:zte"],
        "d": ["vendor:cisco"],
        "e": ["vendor:cisco"],
        "g": ["vendor:nokia"],
    }


def test_an_identifier_that_is_not_understood_leaves_the_list_incomplete(tmp_path: Path) -> None:
    """The rest of the cell stands, its extent becomes some, and the reject counts every row that says it."""
    path = write(tmp_path, "asset,operator\na,asn:4134;shoe:9\nb,asn:4134;shoe:9\nc,asn:1\n")
    (batch,), (reject,), _ = read(path)
    assert extents(batch, "operator") == {"a": "some", "b": "some", "c": "all"}
    assert [row[0] for row in ties(batch, "operator")["b"]] == ["asn:4134"]
    assert (reject.locator, reject.count) == ("line 2, column operator", 2)
    assert "shoe:9" in reject.reason


def test_places_and_shares_go_with_their_identifiers(tmp_path: Path) -> None:
    """One value speaks for every identifier of the cell, several speak for one each, and what fits neither is told."""
    path = write(
        tmp_path,
        "asset,owner,owner.registered,owner.share_min,owner.share_max,host,host.place\n"
        "a,party:x;party:y,hk,10;20.5,15;30,party:z,US\n"
        "b,party:x;party:y,HK|,50;40,45;60,party:z;party:w,US;DE\n"
        "c,party:x,CXN,101,-1,party:z,US;DE\n",
        "data-store.csv",
    )
    (batch,), rejects, _ = read(path)
    owner, host = ties(batch, "owner"), ties(batch, "host")
    assert owner["a"] == [("party:x", None, "HK", 10.0, 15.0), ("party:y", None, "HK", 20.5, 30.0)]
    assert owner["b"] == [("party:x", None, "HK", None, None), ("party:y", None, "HK", 40.0, 60.0)]
    assert owner["c"] == [("party:x", None, None, None, None)]
    assert [row[1] for row in host["b"]] == ["US", "DE"]
    assert [row[1] for row in host["c"]] == [None]
    told = sorted((reject.locator, reject.reason) for reject in rejects)
    assert told == [
        ("line 3, column owner.share_min", "the least share is above the greatest"),
        ("line 4, column host.place", "'US;DE' has neither one value nor one for each identifier"),
        ("line 4, column owner.registered", "'CXN' is not the code of any state or territory in ISO 3166-1"),
        ("line 4, column owner.share_max", "'-1' is not a share in per cent"),
        ("line 4, column owner.share_min", "'101' is not a share in per cent"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "good", "bad"),
    [
        ("authorised_on", "device", {"2020-02-29": date(2020, 2, 29)}, ["2019-02-29", "2020-2-1", "0001-01-01", "x"]),
        ("list_exemption", "device", {"true": True, "FALSE": False}, ["yes", "1", "truee"]),
        (
            "disclosure_days",
            "component",
            {"30": 30, "+1": 1, "36525": 36_525},
            ["3.0", "1e3", "\uff19", "9" * 30, "1,000"],
        ),
        ("facility", "device", {"diplomatic": "diplomatic"}, ["Diplomatic", "embassy"]),
        (
            "facility_state",
            "device",
            {"us": "US", "USA": "US", "Côte d'Ivoire": "CI"},
            ["USAA", "u", "U1", "ZZ", "EU", "\u00df"],
        ),
        ("subjects", "data-store", {"US;fr": ["US", "FR"], "none": [], "DE": ["DE"]}, ["US;XX", ";US", "US;;DE"]),
        ("observed_at", "device", {"2026-01-02": date(2026, 1, 2)}, ["2026-01-02T00:00", "02.01.2026"]),
    ],
)
def test_a_cell_is_of_its_type_or_unknown(
    tmp_path: Path, name: str, kind: str, good: dict[str, object], bad: list[str]
) -> None:
    """A good cell has its value; a bad one is null and a reject with its line, and its row stays."""
    out = io.StringIO()
    csv.writer(out).writerows([["asset", name], *([f"a{n}", cell] for n, cell in enumerate([*good, *bad, ""]))])
    batches, rejects, _ = read(write(tmp_path, out.getvalue(), f"{kind}.csv"))
    values = list(column(batches, name).values())
    assert [*good.values(), *[None] * len(bad), None] == values
    told = {(reject.locator, reject.count) for reject in rejects}
    assert told == {(f"line {2 + len(good) + n}, column {name}", 1) for n in range(len(bad))}


def test_a_table_may_mix_kinds(tmp_path: Path) -> None:
    """Rows go by their own kind, a cell in a column that the kind has not is told, and so is a strange kind."""
    path = write(
        tmp_path,
        "kind,asset,vendor,operator,data_class\ndevice,d,vendor:zte,,\ndata-store,s,vendor:zte,asn:1,secret\n"
        "devise,x,,,\n,y,,,\n",
        "all.csv",
    )
    batches, rejects, _ = read(path)
    assert {batch.kind: batch.assets["asset"].to_list() for batch in batches} == {"device": ["d"], "data-store": ["s"]}
    assert [(reject.locator, reject.reason) for reject in rejects] == [
        ("line 5, column kind", "no kind is stated"),
        ("line 4, column kind", "there is no kind 'devise'; did you mean 'device'?"),
        ("line 3, column vendor", "data-store has no such column"),
    ]


def test_the_kind_may_be_said_from_outside(tmp_path: Path) -> None:
    """Without a column or a telling name the reader is told the kind, or says what to do."""
    path = write(tmp_path, "asset,vendor\nd,vendor:zte\n", "x.csv")
    _, (reject,), _ = read(path)
    assert "the kind of its assets is not stated" in reject.reason
    (batch,), rejects, _ = read(path, kind="device")
    assert (batch.kind, rejects) == ("device", [])
    _, (reject,), _ = read(path, kind="devise")
    assert "did you mean 'device'" in reject.reason


def test_an_id_is_made_of_what_the_asset_is(tmp_path: Path) -> None:
    """Without an id, kind and name make one; the same asset twice, or nothing to make it of, is told."""
    path = write(tmp_path, "asset,name,vendor\n,core,\nx,one,\nx,two,\n,,vendor:zte\n,core,\n")
    batches, rejects, _ = read(path)
    assert column(batches, "name") == {"device:core": "core", "x": "one"}
    assert [(reject.locator, reject.count) for reject in rejects] == [
        ("line 5", 1), ("line 4, column asset", 1), ("line 6, column asset", 1)
    ]  # fmt: skip


def test_the_same_asset_far_down_the_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An asset that stood in an earlier stretch of the file is known in a later one."""
    monkeypatch.setattr(records, "STRETCH_BYTES", 64)
    path = write(tmp_path, "asset,name\n" + "".join(f"a{n},n\n" for n in range(100)) + "a7,n\n")
    batches, (reject,), _ = read(path)
    assert len(batches) > 3
    assert reject.locator == "line 102, column asset"
    assert len(column(batches, "name")) == 100


def test_a_strange_column_is_named_with_the_one_that_is_meant(tmp_path: Path) -> None:
    """A misspelt column is told, and the others are read."""
    (batch,), (reject,), _ = read(write(tmp_path, "asset,vender,operator\na,vendor:zte,asn:1\n"))
    assert "did you mean 'vendor'" in reject.reason
    assert extents(batch, "operator") == {"a": "all"}
    assert extents(batch, "vendor") == {"a": "none"}


BAD_RECORDS = {
    "ragged": b"b,x",
    "too many": b"b,x,y,z,w",
    "a quote inside": b'b,5" pipe,,',
    "text after a quote": b'b,"x"y,,',
    "never closed": b'b,"x,,',
    "nul": b"b,\0,,",
    "latin-1": b"b,caf\xe9,,",
    "huge record": b"b," + b"x" * (records.RECORD_BYTES + 10) + b",,",
}


@pytest.mark.parametrize("bad", BAD_RECORDS.values(), ids=BAD_RECORDS)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [1, 3])
def test_a_record_that_is_none_takes_nothing_with_it(tmp_path: Path, bad: bytes, ending: bytes, before: int) -> None:
    """One bad record is one reject with its line; the records around it are read."""
    rows = [f'a{n},"n, {n}",,'.encode() for n in range(10)]
    rows.insert(before, bad)
    path = write(tmp_path, ending.join([b"\xef\xbb\xbfasset,name,vendor,operator", *rows]))
    batches, rejects, _ = read(path)
    assert column(batches, "name") == {f"a{n}": f"n, {n}" for n in range(10)}
    assert [(reject.locator, reject.count) for reject in rejects] == [(f"line {before + 2}", 1)]
    lines = {f"a{n}": f"line {n + 2 + (n >= before)}" for n in range(10)}
    assert column(batches, "locator") == lines


def test_a_huge_cell_stays_unknown(tmp_path: Path) -> None:
    """A cell past the limit is a reject, and its row is read without it."""
    path = write(tmp_path, f"asset,name,vendor\na,{'x' * 65537},vendor:zte\nb,{'y' * 65536},\n")
    batches, (reject,), _ = read(path)
    assert column(batches, "name") == {"a": "a", "b": "y" * 65536}
    assert "limit of 65536 bytes" in reject.reason


def test_formulas_are_text(tmp_path: Path) -> None:
    """What a spreadsheet would run is a name like any other."""
    batches, rejects, _ = read(write(tmp_path, "asset,name\na,\"=cmd|'/c calc'!A0\"\nb,@SUM(1)\n"))
    assert column(batches, "name") == {"a": "=cmd|'/c calc'!A0", "b": "@SUM(1)"}
    assert rejects == []


CELL = st.text(st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=12)


@settings(deadline=None)
@given(st.lists(CELL, max_size=30), st.sampled_from(["\n", "\r\n"]), st.sampled_from([16, 100, 1 << 24]))
def test_records_are_what_the_csv_module_says(cells: list[str], ending: str, stretch: int) -> None:
    """Whatever Python's csv module writes is read back, however the file is cut into stretches."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=ending)
    writer.writerows([f"a{n}", cell, "x"] for n, cell in enumerate(cells))
    expected = {row[0]: row[1] for row in csv.reader(io.StringIO(out.getvalue(), newline=""))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "STRETCH_BYTES", stretch)
        pieces = list(records.read_records(io.BytesIO(out.getvalue().encode()), ["asset", "name", "other"]))
    frames = [piece.frame for piece in pieces if isinstance(piece, records.Records)]
    assert len(frames) == len(pieces)
    found = {row["asset"]: row["name"] or "" for frame in frames for row in frame.iter_rows(named=True)}
    assert expected == found


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', ",", "\n", "a", "\r\n", '""', "x,y,z\n", "\0", "é"]), max_size=60))
def test_any_bytes_are_rows_or_rejects(pieces: list[str]) -> None:
    """No heap of CSV's own punctuation raises, and every line stands in a row or in a reject, once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "STRETCH_BYTES", 16)
        found = list(records.read_records(io.BytesIO("".join(pieces).encode()), ["a", "b", "c"]))
    lines = [line for piece in found if isinstance(piece, records.Records) for line in piece.lines.tolist()]
    lines += [int(piece.locator.split()[1]) for piece in found if isinstance(piece, Reject)]
    assert sorted(set(lines)) == sorted(lines)


def test_a_file_of_broken_records_is_given_up_at_the_limit(tmp_path: Path) -> None:
    """Past a thousand broken records the rest is not read, the limit is named, and it does not take long."""
    path = write(tmp_path, "asset,name\nfirst,x\n" + 'a"b,c\n' * 50_000)
    begin = time.monotonic()
    batches, rejects, _ = read(path)
    assert column(batches, "name") == {"first": "x"}
    assert any("limit of 1000 that break off" in reject.reason for reject in rejects)
    assert time.monotonic() - begin < 30


def test_rejects_past_the_limit_are_counted(tmp_path: Path) -> None:
    """The number of rejects adds up, listed or not."""
    path = write(tmp_path, "asset,facility\n" + "".join(f"a{n},x{n}\n" for n in range(500)))
    _, rejects, _ = read(path, Limits(rejects=10))
    assert len(rejects) == 11
    assert sum(reject.count for reject in rejects) == 500
    assert "limit of 10" in rejects[-1].reason


@pytest.mark.parametrize(
    ("limits", "word"), [(Limits(bytes_in=10), "limit of 10 bytes"), (Limits(rows=2), "limit of 2 assets")]
)
def test_a_limit_is_named(tmp_path: Path, limits: Limits, word: str) -> None:
    """A file past a limit says which."""
    _, rejects, _ = read(write(tmp_path, "asset,name\na,x\nb,x\nc,x\n"), limits)
    assert any(word in reject.reason for reject in rejects)


def test_parquet_says_what_csv_says(tmp_path: Path) -> None:
    """A table with native types gives the same assets and ties as its text."""
    text = (
        "asset,name,subjects,operator,operator.place,owner,owner.share_min,observed_at,data_class\n"
        "s1,one,US;DE,asn:4134;asn:701,CN,party:x,12.5,2026-01-01,secret\n"
        "s2,two,none,none,,,,2026-01-02,personal\n"
        "s3,three,,,,,,,\n"
    )
    native = pl.DataFrame(
        {
            "Asset ": ["s1", "s2", "s3"],
            "name": pl.Series(["one", "two", "three"], dtype=pl.Categorical),
            "subjects": [["US", "DE"], [], None],
            "operator": [["asn:4134", "asn:701"], [], None],
            "operator.place": ["CN", None, None],
            "owner": ["party:x", None, None],
            "owner.share_min": [12.5, None, None],
            "observed_at": [date(2026, 1, 1), date(2026, 1, 2), None],
            "data_class": ["secret", "personal", None],
        }
    )
    path = tmp_path / "data_store.parquet"
    native.write_parquet(path)
    (from_text,), no_rejects, _ = read(write(tmp_path, text, "data-store.csv"))
    (from_parquet,), none_either, _ = read(path)
    assert no_rejects == none_either == []
    assert from_text.assets.drop("locator").equals(from_parquet.assets.drop("locator"))
    for part in ("identifiers", "ties", "extents"):
        assert getattr(from_text, part).equals(getattr(from_parquet, part))
    assert from_parquet.assets["locator"].to_list() == ["row 1", "row 2", "row 3"]


def test_parquet_of_the_wrong_types_is_told(tmp_path: Path) -> None:
    """A column whose type cannot be read is named, and the others are read."""
    path = tmp_path / "device.parquet"
    pl.DataFrame({"asset": ["a"], "vendor": [{"x": 1}], "name": [b"x"], "facility": ["other"]}).write_parquet(path)
    batches, rejects, _ = read(path)
    assert column(batches, "facility") == {"a": "other"}
    assert {reject.locator for reject in rejects} == {"the schema, column vendor", "the schema, column name"}


def test_broken_parquet_disturbs_no_other_file(tmp_path: Path) -> None:
    """Through the jail, any corruption ends in rows or rejects, and a good file beside it reads as ever."""
    sound = write(tmp_path, "asset,vendor\na,vendor:zte\n")
    good = tmp_path / "good.parquet"
    pl.DataFrame({"kind": ["device"] * 9, "asset": [f"d{n}" for n in range(9)], "n": range(9)}).write_parquet(good)
    chance = random.Random(7)  # noqa: S311 - a fixed sequence is what is wanted
    bad = tmp_path / "device.parquet"
    for _ in range(8):
        data = bytearray(good.read_bytes())
        for _ in range(3):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        bad.write_bytes(data[: chance.choice([len(data), len(data) // 2])])
        assert list(jail.run("table", bad, Limits(seconds=30)))
        (batch,) = jail.run("table", sound, Limits(seconds=30))
        assert isinstance(batch, Batch)
        assert [row[0] for row in ties(batch, "vendor")["a"]] == ["vendor:zte"]


CLAIMS = [
    ("device.csv", b"asset,name\n", True),
    ("device.csv", b"name,status,rack\n", False),
    ("device.csv", b"name,vendor\n", True),
    ("x.csv", b"asset,vendor,operator\n", True),
    ("x.csv", b"asset,vendor,colour\n", False),
    ("x.csv", b"kind,asset,anything\n", True),
    ("x.csv", b"kind,name,seat\n", False),
    ("data_store.csv", b"\xef\xbb\xbfAsset, Name \r\n", True),
    ("device.csv", b"asset;name;vendor\n", True),
    ("device.csv", "asset,name,vendor\n".encode("utf-16"), True),
    ("device.csv", b"", False),
    ("device.csv", b"\0\1\2\3", False),
    ("device.csv", b"just some words\n", False),
    ("any", b"PAR1xxxx", True),
    ("any", b"MZ\x90\0", False),
]


@pytest.mark.parametrize(("name", "head", "expected"), CLAIMS)
def test_only_tables_of_assets_are_claimed(name: str, head: bytes, *, expected: bool) -> None:
    """A header has to fit a kind; other tables, texts and bytes are left to others."""
    assert expected is table.claim(Path(name), head)


def test_another_dialect_is_told_how_to_be_saved(tmp_path: Path) -> None:
    """A file in a neighbouring dialect is rejected with what to do."""
    _, (reject,), _ = read(write(tmp_path, "asset,name\n".encode("utf-16")))
    assert "UTF-8" in reject.reason


@pytest.mark.parametrize("mark", [";", "\t"])
def test_cells_parted_by_other_signs_are_those_of_commas(tmp_path: Path, mark: str) -> None:
    """What spreadsheets write in other countries is the same table, with the commas that now stand in cells."""
    rows = [["\ufeffasset", "name", "vendor", "operator"], ["a", 'x, "y"', "vendor:zte|vendor:a, b", "asn:1|..."]]
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\r\n").writerows(rows)
    (batch,), rejects, _ = read(write(tmp_path, out.getvalue(), "device.csv"))
    assert rejects == []
    assert batch.assets.select("asset", "name").rows() == [("a", 'x, "y"')]
    assert [tie[0] for tie in ties(batch, "vendor")["a"]] == ["vendor:zte", "vendor:a, b"]
    _, (reject,), _ = read(write(tmp_path, f"asset{mark}vendor\na{mark}vendor:zte{mark}b\n", "device.csv"))
    assert reject.reason == "3 cells where the header has 2"


def test_words_of_exports_are_those_of_the_kind(tmp_path: Path) -> None:
    """Columns that have other words for a choice take these, in capitals or with blanks; others are told."""
    words = ["in-service", "active", "In Service", "PLANNED", "under construction", "Retired", "sunk"]
    text = "asset,status\n" + "".join(f"cable:{n},{word}\n" for n, word in enumerate(words))
    (batch,), (reject,), _ = read(write(tmp_path, text, "cable.csv"))
    expected = ["in-service", "in-service", "in-service", "planned", "planned", "retired", None]
    assert batch.assets["status"].to_list() == expected
    assert reject.locator == "line 8, column status"


def test_a_header_without_rows_is_noted(tmp_path: Path) -> None:
    """An empty table is no error and no silence."""
    batches, rejects, notes = read(write(tmp_path, "asset,vendor\n"))
    assert (batches, rejects, len(notes)) == ([], [], 1)


@pytest.mark.parametrize("header", ["asset,asset", "name,vendor,vendor", "vendor,operator", "asset", ""])
def test_a_header_that_cannot_be_read_is_one_reject(tmp_path: Path, header: str) -> None:
    """A column that stands twice, no id, or no header at all ends the file with a reason."""
    batches, rejects, _ = read(write(tmp_path, header + "\na,b\n"))
    assert batches == []
    assert len(rejects) == 1


def test_tables_of_others_are_not_claimed() -> None:
    """Of the public data sets at hand, none that is no table of assets is claimed."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is absent")
    claimed = []
    for path in SHARED.rglob("*"):
        if path.is_file() and path.suffix in (".csv", ".json", ".txt", ".md", ".py"):
            with path.open("rb") as file:
                if table.claim(path, file.read(65536)):
                    claimed.append(path.name)
    assert claimed == []


def documented(name: str) -> str:
    """Return what docs/readers/table.md says of a kind."""
    kind = kinds.load(name)
    types = {
        "text": "text",
        "texts": "list",
        "integer": "number",
        "number": "number",
        "boolean": "true or false",
        "date": "day",
    }
    lines = [f"### {name}", "", f"{kind.about} Roles: {', '.join(f'`{role}`' for role in kind.roles)}.", ""]
    if kind.columns:
        lines += ["| column | holds | what it says |", "|---|---|---|"]
    for column in kind.columns:
        unit = f" ({column.unit})" if column.unit else ""
        words = f": {', '.join(f'`{word}`' for word in column.choices)}" if column.choices else ""
        lines.append(f"| `{column.name}` | {types[column.type]}{unit} | {column.about}{words} |")
    return "\n".join(lines).rstrip()


def test_every_kind_is_documented() -> None:
    """The page on tables shows the columns and roles of every kind that a table can list."""
    page = (Path(__file__).parents[2] / "docs" / "readers" / "table.md").read_text(encoding="utf-8")
    between = page.partition("<!-- kinds: begin")[2].partition("-->\n")[2].partition("<!-- kinds: end")[0]
    expected = "\n\n".join(documented(name) for name in kinds.names() if name != "estate")
    assert expected == between.strip()


REFUSED = (
    ("cable", "applied_on", "2026-02-31"), ("cable", "ready_year", "Q1 2026"), ("cable", "status", "asleep"),
    ("cable", "length_km", "1e9"), ("cable", "wholly_continental", "maybe"), ("app", "offered_in", "CN|Atlantis"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "cell"), REFUSED)
def test_what_was_not_understood_is_not_taken_for_unstated(tmp_path: Path, kind: str, name: str, cell: str) -> None:
    """A cell that is refused is marked, of any type; an empty one is not, nor is one that was read."""
    (batch,), rejects, _ = read(write(tmp_path, f'asset,{name}\na,"{cell}"\nb,\n', f"{kind}.csv"))
    assert len(rejects) == 1
    assert batch.assets["unread"].to_list() == [[name], []]
    assert batch.assets[name].to_list() == [None, None]
    (whole,), _, _ = read(write(tmp_path, f"asset,name,{name}\nb,B,\n", f"{kind}.csv"))
    assert "unread" not in whole.assets.columns


def test_a_column_refused_as_a_whole_is_marked_in_every_row(tmp_path: Path) -> None:
    """Parquet of a type that no table has, and a cell that is too long, leave what is stated unknown."""
    path = tmp_path / "cable.parquet"
    pl.DataFrame({"asset": ["a", "b"], "applied_on": [{"x": 1}, {"x": 2}]}).write_parquet(path)
    (batch,), _, _ = read(path)
    assert batch.assets["unread"].to_list() == [["applied_on"]] * 2
    long = "2" * (table.cells.CELL_BYTES + 1)
    (batch,), _, _ = read(write(tmp_path, f"asset,applied_on\na,{long}\nb,2026-02-01\n", "cable.csv"))
    assert batch.assets["unread"].to_list() == [["applied_on"], []]
