"""A comparison as text for a terminal, and as JSON for programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.console import Group
from rich.text import Text

from crossline import wording
from crossline.comparing.difference import CHANGES
from crossline.printed import grid_of, heading, to_text
from crossline.text import STATEMENT_LIMIT, plural, visible
from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from crossline.comparing.difference import Difference
    from crossline.comparing.report import Report
    from crossline.reports import Options

_GROUPS: Final = 15
_LINES: Final = 8
_BY: Final = ("regime", "rule", "kind", "role", "identifier", "party", "severity", "other")
_TITLES: Final = {
    "new": "New violations", "changed": "Violations on other evidence", "gone": "Violations that are gone",
}  # fmt: skip


def groups(shown: Difference, change: str) -> pl.DataFrame:
    """Return violations that changed in one way by rule, deciding identifier, party and fate, the largest first.

    With ``count``, and ``id`` and ``name`` of the first of each.
    """
    rank = pl.col("severity").replace_strict(
        {word: place for place, word in enumerate(wording.SEVERITIES)}, default=9, return_dtype=pl.Int8
    )
    return (
        shown.violations.filter(pl.col("change") == change)
        .group_by(_BY, maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("id", "name", "asset").first())
        .sort(rank, "count", "regime", "rule", "identifier", descending=[False, True, False, False, False])
    )


def as_text(shown: Difference, options: Options) -> str:
    """Return the comparison as text of ``options.width`` columns."""
    counts = {change: shown.count(change) for change in CHANGES}
    parts: list[RenderableType] = [
        Text(f"Old: {_called(shown.old)}"),
        Text(f"New: {_called(shown.new)}"),
        *_lines("Asked otherwise", shown.asked),
        *_summary(shown),
    ]
    for change in CHANGES:
        parts += _violations(shown, change)
    parts += _verdicts(shown) + _unknown(shown) + _coverage(shown)
    known = f"; {shown.known:,} as before" if shown.known else ""
    last = (
        f"Violations: {counts['new']:,} new, {counts['gone']:,} gone, {counts['changed']:,} on other evidence{known}."
    )
    parts += [Text(), Text(last, style="bold")]
    return to_text(Group(*parts), options)


def _called(report: Report) -> str:
    listed = "every judgement" if report.everything else "violations alone"
    as_of, version = (visible(str(report.header.get(key))) for key in ("as_of", "crossline"))
    return f"{visible(report.path, 300)}, as of {as_of}, Crossline {version}, lists {listed}"


def _grid(rows: Sequence[tuple[str | Text, ...]], right: int = 0) -> Table:
    grid = grid_of(len(rows[0]) if rows else 0, right=right)
    for row in rows:
        grid.add_row(*row)
    return grid


def _lines(title: str, lines: Iterable[str], after: str = "") -> list[RenderableType]:
    told = [Text("- " + visible(line, STATEMENT_LIMIT)) for line in lines]
    return [*heading(title, after), *told] if told else []


def _summary(shown: Difference) -> list[RenderableType]:
    rows = []
    for regime, counts in shown.summary.items():
        moved = [
            f"{verdict} {old:,} → {new:,}"
            for verdict in wording.VERDICT_ORDER
            if (pair := counts[verdict])[0] != pair[1]
            for old, new in (pair,)
        ]
        rows.append((visible(regime), Text(", ".join(moved) or "the same number of each verdict")))
    return [*heading("Verdicts"), _grid(rows)] if rows else []


def _violations(shown: Difference, change: str) -> list[RenderableType]:
    count = shown.count(change)
    if not count:
        return []
    found = groups(shown, change)
    after = plural(count, "finding")
    if found.height > _GROUPS:
        after += f"; the {_GROUPS} largest of {found.height:,} groups"
    rows = [
        (Text(f"{row['count']:,}", style="bold"), visible(row["severity"] or "", 10), _group(row, change))
        for row in found.head(_GROUPS).iter_rows(named=True)
    ]
    return [*heading(_TITLES[change], after), _grid(rows, right=1)]


def _group(row: dict[str, Any], change: str) -> Text:
    name = row["name"] or row["asset"] or ""
    said = wording.sentence(row["kind"] or "asset", name, row["role"], row["identifier"], row["party"])
    then = {"new": "before", "gone": "now", "changed": ""}[change]
    fate = f" {then}: {visible(row['other'])}." if then else ""
    rule = f"{visible(row['regime'])}: {visible(row['rule'])} [{visible(row['id'], 40)}]"
    return Text.assemble(f"{said}.{fate[:2].upper()}{fate[2:]} ", (rule, "dim"))


def _verdicts(shown: Difference) -> list[RenderableType]:
    if not shown.verdicts.height:
        return []
    rows = [
        (f"{row['count']:,}", f"{row['old']} → {row['new']}", f"{visible(row['regime'])}: {visible(row['rule'])}")
        for row in shown.verdicts.head(_LINES).iter_rows(named=True)
    ]
    more = shown.verdicts.height - len(rows)
    return [*heading("Judged otherwise", f"and {more:,} more" if more > 0 else ""), _grid(rows, right=1)]


def _unknown(shown: Difference) -> list[RenderableType]:
    found = shown.unknown
    if not found.height:
        return []
    come, gone = found.filter(pl.col("old") == 0).height, found.filter(pl.col("new") == 0).height
    rows = []
    for row in found.head(_LINES).iter_rows(named=True):
        missing = visible((row["missing"] or "").partition("\n")[0] or "not said what is missing", STATEMENT_LIMIT)
        about = f"{wording.identifier(row['identifier'])}: " if row["identifier"] else ""
        rule = f"({visible(row['regime'])}: {visible(row['rule'])})"
        rows.append((f"{row['old']:,} → {row['new']:,}", Text.assemble(about + missing + " ", (rule, "dim"))))
    after = f"{come:,} groups new, {gone:,} gone, {found.height - come - gone:,} of another size"
    return [*heading("Unknown", after), _grid(rows, right=1)]


def _coverage(shown: Difference) -> list[RenderableType]:
    rows = []
    for item in shown.coverage[:_LINES]:
        which = "read by both" if item["old"] and item["new"] else "only old" if item["old"] else "only new"
        told = [
            f"{key} {visible(str(old))} → {visible(str(new))}"
            for key in ("reader", "rows", "rejected")
            for old, new in (item[key],)
            if old != new and item["old"] and item["new"]
        ]
        rows.append((Text(visible(item["path"], 300)), "; ".join([which, *told])))
    more = len(shown.coverage) - len(rows)
    return [*heading("Coverage", f"and {more:,} more" if more > 0 else ""), _grid(rows)] if rows else []


def as_json(shown: Difference) -> bytes:
    """Return the comparison as JSON in UTF-8, each violation that changed on a line of its own."""
    header = {
        "crossline": VERSION,
        "old": _described(shown.old),
        "new": _described(shown.new),
        "asked": list(shown.asked),
        "counts": {change: shown.count(change) for change in CHANGES} | {"known": shown.known},
        "summary": shown.summary,
        "coverage": list(shown.coverage),
    }
    tables = {
        "groups": pl.concat(
            [groups(shown, change).with_columns(pl.lit(change).alias("change")) for change in CHANGES]
        ).select("change", *_BY, "count", pl.col("id").alias("sample")),
        "verdicts": shown.verdicts,
        "unknown": shown.unknown.with_columns(pl.col("missing").fill_null("").str.split("\n")),
        "violations": shown.violations,
    }
    text = json.dumps(header, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    parts = [text.removesuffix(b"\n}")]
    for name, frame in tables.items():
        parts += [f',\n "{name}": ['.encode(), *_rows(frame), b"]"]
    return b"".join([*parts, b"\n}\n"])


def _described(report: Report) -> dict[str, Any]:
    kept = ("crossline", "as_of", "regimes")
    return {"report": report.path, "all": report.everything} | {key: report.header.get(key) for key in kept}


def _rows(frame: pl.DataFrame) -> Iterator[bytes]:
    if frame.height:
        out = io.BytesIO()
        frame.write_ndjson(out)
        yield b"\n  " + out.getvalue().rstrip(b"\n").replace(b"\n", b",\n  ") + b"\n "
