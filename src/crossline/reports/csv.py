"""The audit report as comma-separated values (RFC 4180, UTF-8): a row a finding, a row a group of what is unknown.

Names come from strangers, and spreadsheets run what begins like a formula: such cells get an apostrophe in front
(OWASP, "CSV Injection"). Everything unseen is spelt out, so that a row is one line, and a cell is what it looks like.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.grouping import table
from crossline.reports import WHY
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".csv",)
BINARY: Final = False
BETWEEN: Final = " | "  # items of a list within a cell
_SLICE: Final = 65_536  # rows that are in memory twice at a time
# As crossline.text has it: controls, formats, surrogates, private and unassigned characters, separators that are no
# space, other spaces, and letters that no font draws.
_UNSEEN: Final = r"[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|[\p{Zs}--\x20]"
# What makes a formula stands at the start of a cell, or after what a spreadsheet of another country takes for the end
# of one. Full-width forms count, as spreadsheets of East Asia take them for the same.
_FORMULA: Final = r"(^|[,;|\t][\"']*)([=+\-@\uff1d\uff0b\uff0d\uff20])"


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report."""
    return encode(audit).decode()


def encode(audit: Audit) -> bytes:
    """Return the report in UTF-8, without a byte order mark; lines end in CR LF, as RFC 4180 (2.1) has them."""
    out = io.BytesIO()
    for place, rows in enumerate(_slices(table(audit))):
        rows.write_csv(out, include_header=place == 0, line_terminator="\r\n", quote_style="non_numeric")
    return out.getvalue()


def _slices(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    # A table without rows has a slice as well: its header is the report.
    for part in rows.iter_slices(_SLICE) if rows.height else [rows]:
        yield _safe(part.select(_flat(name, kind) for name, kind in part.schema.items()))


def _flat(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a list as one text; of a chain, each statement with its source in brackets."""
    if kind == WHY:
        step = pl.element().struct
        source = step.field("source")
        said = pl.concat_str(
            step.field("statement").fill_null(""),
            pl.when(source != "").then(pl.format(" [{}]", source)).otherwise(pl.lit("")),
        )
        return pl.col(name).list.eval(said).list.join(BETWEEN)
    return pl.col(name).list.join(BETWEEN, ignore_nulls=True) if kind == pl.List else pl.col(name)


def _safe(rows: pl.DataFrame) -> pl.DataFrame:
    """Spell out what is unseen, and put an apostrophe before what begins like a formula."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    found = rows.select(pl.col(name).str.contains(_UNSEEN).any() for name in texts).row(0)
    strange = [name for name, unseen in zip(texts, found, strict=True) if unseen]
    if strange:
        # Few characters make up all that is unseen, however many cells have some of them.
        all_of = [rows[name].str.extract_all(_UNSEEN).list.explode().drop_nulls().unique() for name in strange]
        characters = pl.concat(all_of).unique().to_list()
        spelt = [visible(character, 12) for character in characters]
        rows = rows.with_columns(pl.col(strange).str.replace_many(characters, spelt))
    return rows.with_columns(pl.col(texts).str.replace_all(_FORMULA, "${1}'${2}"))
