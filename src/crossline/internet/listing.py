"""Routes written out as they are found: table, JSON, CSV, Parquet. Memory does not grow with their number."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.internet.routing.paths import CLASSES, columns
from crossline.text import visible
from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.rows import Preference

    Writer = Callable[[Iterator[pl.DataFrame], Topology, Preference, int], Iterator[bytes]]

_SHOWN: Final = 20  # routes in a table
_DESTINATIONS: Final = 10  # that a table counts one by one


def followed(frames: Iterator[pl.DataFrame], asked: int, say: Callable[[str, float], None]) -> Iterator[pl.DataFrame]:
    """Yield frames, and say how far they are: ``asked`` routes would be all."""
    found = 0
    say("routing", 0.0)
    for frame in frames:
        yield frame
        found += len(frame)
        say(f"routing: {found:,} routes", found / max(asked, 1))


def as_json(frames: Iterator[pl.DataFrame], topology: Topology, tie: Preference, asked: int) -> Iterator[bytes]:
    """Yield one JSON document: what the graph is, and a route an object."""
    about = {"crossline": VERSION, "topology": topology.about(), "tie": tie}
    yield json.dumps(about, ensure_ascii=False).encode().removesuffix(b"}") + b', "routes": ['
    found = 0
    for frame in frames:
        if len(frame):
            yield (b",\n" if found else b"\n") + frame.write_ndjson().encode().rstrip(b"\n").replace(b"\n", b",\n")
            found += len(frame)
    yield f'\n], "unreached": {asked - found}}}\n'.encode()


def as_csv(frames: Iterator[pl.DataFrame], _topology: Topology, _tie: Preference, _asked: int) -> Iterator[bytes]:
    """Yield comma-separated values with a line of column names; the ASes of a path are parted by spaces."""
    begun = False
    for frame in frames:
        flat = (
            frame.with_columns(pl.col("path").cast(pl.List(pl.String)).list.join(" "))
            if "path" in frame.columns
            else frame
        )
        yield flat.write_csv(include_header=not begun).encode()
        begun = True


def parquet(frames: Iterator[pl.DataFrame], file: Path, *, path: bool) -> None:
    """Write a Parquet file; raises OSError where that fails."""

    def scan(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        del with_columns, predicate, n_rows, batch_size  # nothing is asked of the frames but all of them
        yield from frames

    source = pl.io.plugins.register_io_source(scan, schema=columns(path=path))
    try:
        source.sink_parquet(file, compression="zstd")
    except pl.exceptions.PolarsError as error:
        raise OSError(errno.EIO, str(error).splitlines()[0][:200], str(file)) from error


def as_table(frames: Iterator[pl.DataFrame], topology: Topology, tie: Preference, asked: int) -> Iterator[bytes]:
    """Yield a text for a terminal: the first routes, and how many there are of each class."""
    first: pl.DataFrame | None = None
    counts = []
    for frame in frames:
        if first is None or len(first) < _SHOWN:
            first = frame.head(_SHOWN) if first is None else pl.concat([first, frame.head(_SHOWN - len(first))])
        counts.append(
            frame.group_by("destination", "class", maintain_order=True).agg(
                pl.len(), pl.col("length").cast(pl.Int64).sum()
            )
        )
    lowest = {"lowest": "the lowest AS number", "highest": "the highest AS number"}
    lines = [
        f"{visible(topology.title, 200)}: {topology.size:,} ASes, {topology.links:,} links.",
        f"Of several equally good next hops: {lowest.get(str(tie), f'by lot (seed {tie})')}.",
        "",
    ]
    found = 0
    if first is not None:
        lines += _aligned(["asn", "destination", "class", "length", "next hop", "path"][: len(first.columns)], [
            ["" if cell is None else " ".join(map(str, cell)) if isinstance(cell, list) else str(cell) for cell in row]
            for row in first.rows()
        ], left={2, 5})  # fmt: skip
        found = sum(int(frame["len"].sum()) for frame in counts)
        if found > len(first):
            lines.append(f"… and {found - len(first):,} more; --format csv, json or parquet gives all.")
        lines += ["", *_counted(pl.concat(counts), found, asked)]
    yield ("\n".join(lines) + "\n").encode()


def _counted(counts: pl.DataFrame, found: int, asked: int) -> list[str]:
    """Count routes by destination and class."""
    wide = counts.group_by("destination", maintain_order=True).agg(
        *(pl.col("len").filter(pl.col("class") == name).sum().alias(name) for name in CLASSES),
        (
            pl.col("length").sum() / (pl.col("len").sum() - pl.col("len").filter(pl.col("class") == "origin").sum())
        ).alias("mean"),
    )

    def cells(to: str, row: Mapping[str, float]) -> list[str]:
        mean = f"{row['mean']:.2f}" if row["mean"] == row["mean"] else "-"
        return [to, *(f"{row[name]:,}" for name in CLASSES[1:]), mean]

    told = [cells(f"AS{row['destination']}", row) for row in wide.head(_DESTINATIONS).to_dicts()]
    if len(wide) > 1:
        away = found - int(wide["origin"].sum())
        total = {name: int(wide[name].sum()) for name in CLASSES}
        mean = int(counts["length"].sum()) / away if away else float("nan")
        told.append(cells(f"all {len(wide):,}", {**total, "mean": mean}))
    lines = _aligned(["routes to", "customer", "peer", "provider", "mean length"], told, left={0})
    return [*lines, "", f"{asked - found:,} of {asked:,} pairs have no route."]


def _aligned(heads: list[str], rows: list[list[str]], left: set[int]) -> list[str]:
    """Return lines of columns, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(w) if i in left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [heads, *rows]
    ]


WRITERS: Final[dict[str, Writer]] = {"json": as_json, "csv": as_csv, "table": as_table}
