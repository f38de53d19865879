"""What was understood: an estate, a regime or a world, shown as it stands, before anything is judged."""

from __future__ import annotations

import io
import json as jsonlib
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.estate import ROLE_NUMBER
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crossline.estate import Estate, Holdings
    from crossline.regimes.model import Regime, Selection
    from crossline.tables import Coverage
    from crossline.world import World
    from crossline.world.build import BuildReport

_SHOWN: Final = 10


def ties_of(estate: Estate, holdings: Holdings) -> pl.DataFrame:
    """Return a row for each asset and tie, as DESIGN's ``tie`` table has it."""
    ties = estate.ties
    first, last = int(ties.start[holdings.first]), int(ties.start[holdings.last])
    bundle = np.repeat(
        np.arange(holdings.first, holdings.last), np.diff(ties.start[holdings.first : holdings.last + 1])
    )
    named = estate.identifiers[ties.identifier[first:last]]
    frame = pl.DataFrame(
        {
            "bundle": bundle.astype(np.uint32),
            "role": pl.Series(list(ROLE_NUMBER)).gather(ties.role[first:last]),
            "type": named["type"],
            "value": named["value"],
            "seq": ties.seq[first:last],
            **{name: column[first:last] for name, column in ties.columns.items()},
        }
    )
    return (
        holdings.assets.select("asset", "bundle", "file")
        .join(frame, on="bundle", maintain_order="left_right")
        .drop("bundle")
    )


def extents_of(estate: Estate, holdings: Holdings) -> pl.DataFrame:
    """Return a row for each asset and role of its kind: how much of the role's ties could be seen."""
    parts = []
    bundle = holdings.assets["bundle"].to_numpy()
    reasons = pl.Series(estate.extents.reasons)
    for role in holdings.kind.roles:
        if role in estate.extents.whole:
            whole, why = estate.extents.whole[role][bundle], estate.extents.reason[role][bundle]
            looked = estate.extents.looked[role][bundle]
            part = pl.DataFrame(
                {"asset": holdings.assets["asset"], "whole": whole, "reason": reasons.gather(why), "looked": looked}
            )
        else:
            part = holdings.assets.select(
                "asset", whole=pl.lit(0, pl.UInt8), reason=pl.lit("not seen"), looked=pl.lit(0, pl.UInt8)
            )
        none = (pl.col("whole") == 0) & (pl.col("looked") == 0)
        parts.append(
            part.select(
                "asset",
                pl.lit(role).alias("role"),
                pl.when(pl.col("whole") == 1)
                .then(pl.lit("all"))
                .when(none)
                .then(pl.lit("none"))
                .otherwise(pl.lit("some"))
                .alias("extent"),
                pl.when(pl.col("whole") == 0).then("reason").alias("reason"),
            )
        )
    return (
        pl.concat(parts)
        if parts
        else pl.DataFrame(schema=dict.fromkeys(("asset", "role", "extent", "reason"), pl.String))
    )


def coverage(item: Coverage) -> dict[str, object]:
    """Return what was understood of one file, as plain values."""
    return {
        "path": item.path,
        "reader": item.reader,
        "rows": item.rows,
        "rejected": item.rejected,
        "rejects": [{"locator": r.locator, "reason": r.reason, "count": r.count} for r in item.rejects],
        "notes": list(item.notes),
        "kinds": dict(item.kinds),
    }


def _read_kinds(estate: Estate) -> list[Holdings]:
    return [holdings for kind, holdings in sorted(estate.holdings.items()) if kind != "estate"]


def json(estate: Estate) -> bytes:
    """Return the estate as JSON: assets, ties, extents and coverage."""
    out = io.BytesIO()
    for name, frames in (
        (
            "assets",
            [
                h.assets.drop("bundle").with_columns(
                    pl.lit(h.kind.name).alias("kind"), pl.lit(h.kind.line).alias("line")
                )
                for h in _read_kinds(estate)
            ],
        ),
        ("ties", [ties_of(estate, h) for h in _read_kinds(estate)]),
        ("extents", [extents_of(estate, h) for h in _read_kinds(estate)]),
    ):
        out.write(b"{" if name == "assets" else b",\n")
        out.write(jsonlib.dumps(name).encode() + b": [")
        begun = False
        for frame in frames:
            rows = frame.write_json().encode()[1:-1]
            out.write(b",\n" if begun and rows else b"")
            out.write(rows)
            begun = begun or bool(rows)
        out.write(b"]")
    out.write(
        b',\n"coverage": ' + jsonlib.dumps([coverage(c) for c in estate.coverage], ensure_ascii=False).encode() + b"}\n"
    )
    return out.getvalue()


def parquet(estate: Estate, folder: Path) -> None:
    """Write the estate as Parquet files: ``asset-<kind>``, ``tie-<kind>``, ``extent-<kind>`` and ``coverage``."""
    folder.mkdir(parents=True, exist_ok=True)
    for holdings in _read_kinds(estate):
        name = holdings.kind.name
        holdings.assets.drop("bundle").write_parquet(folder / f"asset-{name}.parquet")
        ties_of(estate, holdings).write_parquet(folder / f"tie-{name}.parquet")
        extents_of(estate, holdings).write_parquet(folder / f"extent-{name}.parquet")
    rows = [
        {k: v for k, v in coverage(c).items() if k in ("path", "reader", "rows", "rejected")} for c in estate.coverage
    ]
    schema = {"path": pl.String, "reader": pl.String, "rows": pl.Int64, "rejected": pl.Int64}
    pl.DataFrame(rows, schema=schema).write_parquet(folder / "coverage.parquet")


def table(estate: Estate) -> bytes:
    """Return a page on what was read: files, kinds, the first assets and their ties, and rejects."""
    lines = []
    for item in estate.coverage:
        what = ", ".join(plural(count, kind) for kind, count in item.kinds.items())
        reader = f"read as {item.reader}: {what or 'no assets'}" if item.reader else "no reader takes it"
        lines.append(
            f"{visible(item.path, 300)}: {reader}" + (f"; {plural(item.rejected, 'reject')}" if item.rejected else "")
        )
        lines += [f"    {visible(note, 300)}" for note in item.notes]
        lines += [f"    rejected at {visible(r.locator)}: {visible(r.reason, 300)}" for r in item.rejects[:_SHOWN]]
        if len(item.rejects) > _SHOWN:
            lines.append(f"    … and {plural(item.rejected - _SHOWN, 'more reject', 'more rejects')}")
    for holdings in _read_kinds(estate):
        lines.append(f"\n{holdings.kind.name}: {plural(holdings.assets.height, 'asset')}")
        head = type(holdings)(holdings.kind, holdings.assets.head(_SHOWN), holdings.first, holdings.last)
        grouped = (
            ties_of(estate, head)
            .group_by("asset", maintain_order=True)
            .agg(
                (pl.col("role") + " " + pl.col("type") + ":" + pl.col("value"))
                .unique(maintain_order=True)
                .alias("ties")
            )
        )
        told = dict(grouped.iter_rows())
        for asset, name in head.assets.select("asset", "name").iter_rows():
            lines.append(f"  {visible(name or asset)}: {visible('; '.join(told.get(asset, [])) or 'no ties', 300)}")
        if holdings.assets.height > _SHOWN:
            lines.append(f"  … and {holdings.assets.height - _SHOWN:,} more")
    return ("\n".join(lines) + "\n").encode()


def regime(shown: Regime) -> str:
    """Return a page on a regime: its nature, parameters, lists and rules."""
    lines = [shown.title, f"{shown.issuer}. {shown.legal}", ""]
    lines += [f"home {shown.home}, target {shown.target or 'nobody'}"]
    for parameter in shown.parameters.values():
        default = ", ".join(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        lines.append(f"{parameter.name} = {default}: {parameter.about}")
    lines += [_selection(selection) for selection in shown.lists.values()]
    for rule in shown.rules:
        lines += ["", f"{rule.id} ({rule.line}, {rule.kind}; {rule.effect}; {rule.severity})", f"  {rule.title}"]
        lines += [f"  {rule.cite.source}, {rule.cite.clause}"]
        lines += [f"  in force from {rule.since or shown.since}" + (f" until {rule.until}" if rule.until else "")]
        if rule.reading == "contested":
            lines.append(f"  reading contested: {rule.reading_why}")
        if rule.decidable != "yes":
            lines.append(f"  decidable {rule.decidable}: {rule.decidable_why}")
    return "\n".join(visible(line, 1000) if line else "" for line in lines) + "\n"


def _selection(selection: Selection) -> str:
    statuses = selection.statuses if isinstance(selection.statuses, str) else ", ".join(selection.statuses)
    parts = [f"list {selection.name}: {selection.list}", *selection.scopes, f"status {statuses}"]
    parts += [f"aimed at {selection.aimed_at}"] if selection.aimed_at else []
    parts += [f"used where home is {selection.issued_by}"] if selection.issued_by else []
    parts += ["with the parties it certainly holds"] if selection.subsidiaries else []
    return ", ".join(parts)


def world(shown: World) -> str:
    """Return a page on a world: rows of each table, and the sources with their dates."""
    from crossline.world import SCHEMAS  # noqa: PLC0415 - beside its only use

    lines = [f"{name}: {plural(shown.table(name).height, 'row')}" for name in SCHEMAS]
    lines.append("\nsources")
    rows = shown.table("source").unique("id").sort("id").iter_rows(named=True)
    lines += [visible(f"  {r['id']}: {r['title'] or 'no title'} ({_edition(r)})", 400) for r in rows]
    return "\n".join(lines) + "\n"


def _edition(source: Mapping[str, object]) -> str:
    day = source["published"] or "no date"
    return f"{source['issuer'] or 'no issuer'}, {day}; {source['licence'] or 'no licence stated'}"


def built(report: BuildReport) -> str:
    """Return what became of each file that a world was built from."""
    lines = []
    for item in report.files:
        rows = ", ".join(f"{count:,} {name}" for name, count in item.rows.items())
        rejected = f"; {plural(item.rejected, 'reject')}" if item.rejected else ""
        lines.append(f"{visible(item.path, 200)}: {item.source}: {rows or 'nothing'}{rejected}")
        lines += [f"    rejected at {visible(r.locator)}: {visible(r.reason, 300)}" for r in item.rejects[:3]]
    lines += [f"passed over: {visible(r.locator, 200)}: {visible(r.reason, 200)}" for r in report.skipped[:_SHOWN]]
    lines.append(f"no source takes {plural(len(report.untaken), 'file')}")
    lines.append(f"{report.output}: " + ", ".join(f"{count:,} {name}" for name, count in report.rows.items()))
    return "\n".join(lines) + "\n"
