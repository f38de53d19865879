"""The JSON of an impact has the shape of its schema, and every number as it is."""

from __future__ import annotations

import json
import math
import time
from importlib.resources import files

import jsonschema
import numpy as np
import polars as pl
import pytest
from invented import large, small

from crossline.impact import Column, Impact, Matrix, Table
from crossline.impact.formats import Options, load
from crossline.version import VERSION
from strict_json import strict

SCHEMA = json.loads((files("crossline.impact.formats") / "schema" / "impact-report.json").read_text(encoding="utf-8"))
KEYS = [
    "crossline", "as_of", "subject", "title", "labelled", "asked", "basis", "figures", "look_at", "tables", "pictures",
    "names", "notes", "world",
]  # fmt: skip


def render(impact: Impact) -> str:
    """Return the report of an impact."""
    text: str = load("json").render(impact, Options())
    return text


def test_the_schema_is_one() -> None:
    """The schema is itself valid JSON Schema of 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_report_fits_the_schema() -> None:
    """Small, large and bare reports are valid, with their keys in order."""
    bare = small(figures=(), tables=(), pictures=(), notes=(), sources=(), asked={}, basis={}, labelled="Made up.")
    for impact in (small(), large(), bare):
        report = strict(render(impact))
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        assert list(report) == KEYS
    assert list(SCHEMA["required"]) == KEYS


def test_the_schema_refuses() -> None:
    """A unit that does not exist, a figure without its range, and a picture of no kind are refused."""
    good = strict(render(small()))
    figure, picture = good["figures"][0], good["pictures"][1]
    bad = [
        {**good, "figures": [{**figure, "unit": "feelings"}]},
        {**good, "figures": [{key: value for key, value in figure.items() if key != "low"}]},
        {**good, "pictures": [{**picture, "kind": "pie"}]},
        {**good, "pictures": [{key: value for key, value in picture.items() if key != "after"}]},
        {key: value for key, value in good.items() if key != "labelled"},
    ]
    assert [jsonschema.Draft202012Validator(SCHEMA).is_valid(report) for report in bad] == [False] * len(bad)


def test_numbers_are_what_they_were() -> None:
    """Whole numbers are whole, shares and lengths are not rounded, and what is no number is null."""
    report = strict(render(small()))
    assert report["crossline"] == VERSION
    assert [(f["value"], f["low"], f["high"]) for f in report["figures"]] == [
        (0.9897, 0.9891, 0.9902), (6_121_121_196, None, None), (4.5062, 4.5, 4.52), (None, None, None),
    ]  # fmt: skip
    assert '"value":6121121196,' in render(small())
    assert report["figures"][0]["over"] == ["lowest next-hop AS: 98.97 %", "highest next-hop AS: 98.91 %"]
    assert report["tables"]["states"]["rows"] == [
        {"state": "CN", "lost": 1234, "share": 0.032, "length": -0.25},
        {"state": "US", "lost": 0, "share": 0.0, "length": 0.004},
        {"state": "KP", "lost": None, "share": None, "length": None},
    ]
    assert '"lost":1234,' in render(small())
    assert report["pictures"][0]["values"] == [[None, 1234], [10, 0]]
    assert report["asked"]["named"] == {"list": "example", "asns": [64496, 64497]}
    assert strict(render(small(look_at=("Here.",))))["look_at"] == ["Here."]
    assert report["world"][0]["licence"] == "acceptable use agreement"


def test_every_row_is_there() -> None:
    """All rows of a table stand in JSON, however few are shown; columns that the table does not name do not."""
    impact = large()
    frame = impact.tables[0].frame
    rows = strict(render(impact))["tables"]["states"]["rows"]
    assert rows == frame.to_dicts()
    wide = Table("t", "T", (Column("b", "B"),), pl.DataFrame({"a": [1], "b": [2]}))
    assert strict(render(small(tables=(wide,))))["tables"]["t"]["rows"] == [{"b": 2}]


def test_a_picture_leaves_its_numbers_where_they_stand() -> None:
    """A picture of a table names the table and repeats no number; a table that is not there is not named."""
    told = Matrix("m", "M", ("A",), ((1.0,),), "pairs", table="states")
    lost = Matrix("n", "N", ("A",), ((1.0,),), "pairs", table="nowhere")
    report = strict(render(small(pictures=(told, lost))))
    jsonschema.validate(report, SCHEMA)
    assert "values" not in report["pictures"][0]
    assert report["pictures"][0]["table"] == "states"
    assert report["pictures"][1]["values"] == [[1]]


def test_numbers_of_numpy_are_numbers() -> None:
    """What a simulation asked and rests on may hold numbers of numpy, sets and mappings."""
    asked = {"n": np.int64(3), "f": np.float64(0.5), "nan": math.nan, "set": {"b", "a"}, "array": (np.uint8(1),)}
    assert strict(render(small(asked=asked)))["asked"] == {
        "n": 3, "f": 0.5, "nan": None, "set": ["a", "b"], "array": [1],
    }  # fmt: skip


def test_two_tables_of_one_id_are_refused() -> None:
    """No table hides another."""
    with pytest.raises(ValueError, match="same id"):
        render(small(tables=small().tables * 2))


def test_reports_are_reproducible() -> None:
    """The same impact gives the same bytes in every format."""
    for name in ("html", "json", "table"):
        assert load(name).render(large(), Options()) == load(name).render(large(), Options())


def test_many_rows_are_quick() -> None:
    """80,000 rows of seven columns take less than a second of CPU time."""
    impact = large(2, 80_000)
    begin = time.process_time()
    data = load("json").encode(impact)
    assert time.process_time() - begin < 1.0
    assert data.count(b"\n{") > 80_000
