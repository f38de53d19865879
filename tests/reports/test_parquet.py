"""Parquet: typed columns that other programs read, with the rest of the report beside them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from crossline.grouping import ROW, table
from crossline.reports import FINDING, Audit, Options, load, parquet

if TYPE_CHECKING:
    from collections.abc import Callable


def test_rows_are_the_audits(audit: Audit) -> None:
    """Every finding and group is a row with the values and types of the audit, hostile names and all."""
    read = pl.read_parquet(io.BytesIO(parquet.encode(audit)))
    assert read.schema == ROW
    assert_frame_equal(read, table(audit))
    assert read.filter(pl.col("verdict") == "violation")["count"].sum() == 27_343
    assert read.filter(pl.col("verdict") == "unknown")["count"].sum() == 24_698


def test_the_header_stands_in_the_metadata(audit: Audit) -> None:
    """The metadata holds the JSON report, without what is in the rows and without exposure."""
    held = json.loads(pl.read_parquet_metadata(io.BytesIO(parquet.encode(audit)))[parquet.METADATA])
    whole = json.loads(load("json").render(audit, Options()))
    assert {key: value for key, value in held.items() if key not in ("findings", "groups", "exposure")} == {
        key: value for key, value in whole.items() if key not in ("findings", "groups", "exposure")
    }
    assert (held["findings"], held["groups"], held["exposure"]) == ([], [], [])


def test_another_reader_reads_it(audit: Audit) -> None:
    """Arrow's own reader finds the same rows, lists and metadata."""
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is absent: pip install pyarrow")
    few = Audit(audit.header, audit.findings.head(50), audit.groups)
    read = pq.read_table(io.BytesIO(parquet.encode(few)))
    assert read.to_pylist() == table(few).to_dicts()
    assert json.loads(pq.read_metadata(io.BytesIO(parquet.encode(few))).metadata[b"crossline"])["as_of"] == "2020-11-01"


def test_an_empty_audit_is_a_file() -> None:
    """An audit of nothing has its columns and no row."""
    read = pl.read_parquet(io.BytesIO(parquet.render(Audit({}), Options())))
    assert (read.schema, read.height) == (ROW, 0)


def test_absent_and_empty_are_two(make_finding: Callable[..., dict[str, Any]]) -> None:
    """A list that is not there and one that is empty stay apart, as do texts."""
    rows = [make_finding(1, also=[], name=""), make_finding(2, also=None, name=None)]
    read = pl.read_parquet(io.BytesIO(parquet.encode(Audit({}, pl.DataFrame(rows, schema=FINDING)))))
    assert read["also"].to_list() == [[], None]
    assert read["name"].to_list() == ["", None]
