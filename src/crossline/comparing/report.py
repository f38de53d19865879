"""An earlier report, read back: its header, and of findings and groups the columns that a comparison needs.

The file may come from anybody. It is read a piece at a time, so that chains of evidence, which are most of it, are
never in memory together; whatever has the wrong shape is named. As Crossline writes it each finding is a line, and
lines are parsed as columns on all cores; a report that another program laid out anew is parsed value by value, which
takes four times as long.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import polars as pl

from crossline.explain.search import LIMIT_BYTES, ReportError
from crossline.explain.stream import LIMIT_PIECE, BrokenError, members
from crossline.reports import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FINDINGS: Final = pl.Schema(
    dict.fromkeys(
        ("id", "evidence_id", "regime", "rule", "line", "kind", "asset", "name", "verdict", "severity", "role",
         "identifier", "party"), pl.String(),
    )
)  # fmt: skip
GROUPS: Final = pl.Schema(
    {name: pl.String() for name in ("regime", "rule", "identifier", "missing")} | {"count": pl.Int64()}
)
_NEEDED: Final = ("id", "regime", "rule", "verdict")
_ARRAYS: Final = frozenset({"findings", "groups", "tally", "exposure", "coverage"})
_KEPT: Final[dict[str, type]] = {
    "crossline": str, "as_of": str, "regimes": list, "parameters": dict, "we": dict, "world": list, "summary": dict,
    "rules": list, "accept_stale": bool, "supposed": dict, "waivers": list,
}  # fmt: skip
_CHUNK: Final = 100_000  # rows that are held as objects at a time
_BATCH_BYTES: Final = 64 << 20  # of lines that are parsed as columns together


@dataclass(frozen=True)
class Report:
    """What a report in JSON says. ``everything`` is whether it lists every judgement, as with ``--all``."""

    path: str
    header: dict[str, Any]
    findings: pl.DataFrame
    groups: pl.DataFrame
    coverage: tuple[dict[str, Any], ...]
    everything: bool

    @property
    def violations(self) -> pl.DataFrame:
        """The findings that are violations."""
        return self.findings.filter(pl.col("verdict") == "violation")


def load(path: Path, progress: Callable[[str, float], None] | None = None) -> Report:
    """Read a report in JSON; raises ReportError if it is none, is broken, or is larger than 8 GiB."""
    try:
        size = path.stat().st_size
        if size > LIMIT_BYTES:
            raise ReportError(f"{path}: {size:,} bytes are more than the {LIMIT_BYTES:,} that are read")
        with path.open("rb") as file:
            reading = _Reading()
            pieces = _by_line(file, reading) if _laid_out_by_us(file) else members(file, _ARRAYS)
            for number, (key, value) in enumerate(pieces):
                reading.take(key, value)
                if progress and (not key or number % _CHUNK == 0):
                    progress(f"reading {path.name}", file.tell() / max(size, 1))
            return reading.report(str(path))
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
    except BrokenError as error:
        raise ReportError(f"{path}: no audit report in JSON: {error}") from error


def _laid_out_by_us(file: BinaryIO) -> bool:
    """Return whether a report has one finding a line; the file is then at its first line, else at its beginning."""
    ours = file.readline(4) == b"{\n" and file.readline(64).startswith(b'"crossline": "')
    file.seek(2 if ours else 0)
    return ours


def _by_line(file: BinaryIO, reading: _Reading) -> Iterator[tuple[str, Any]]:
    """Yield what stands outside ``findings``, as :func:`members` does, and give findings to ``reading`` as columns."""
    key, size = "", 0
    waiting: list[bytes] = []
    while line := file.readline(LIMIT_PIECE):
        text = line.rstrip(b"\n")
        if len(line) == LIMIT_PIECE:
            raise BrokenError(f"a line is longer than {LIMIT_PIECE:,} bytes")
        if not key:
            if text == b"}":
                if file.read().strip():
                    raise BrokenError("something follows the end of the object")
                return
            key = _array_begun(text)
            if not key:
                yield from _member(text)
        elif text.removesuffix(b",") == b"]":
            reading.columns(waiting)
            key, waiting, size = "", [], 0
        elif key == "findings":
            waiting.append(text.removesuffix(b","))
            size += len(text)
            if size > _BATCH_BYTES:
                reading.columns(waiting)
                waiting, size = [], 0
                yield "", None
        else:
            yield key, _parsed(text.removesuffix(b","))
    raise BrokenError("cut off: the file ends where a line was expected")


def _array_begun(line: bytes) -> str:
    """Return the key of the array whose rows follow on lines of their own, or an empty text."""
    name = line.removesuffix(b'": [')[1:].decode("ascii", "replace")
    return name if line.endswith(b'": [') and name in _ARRAYS else ""


def _member(line: bytes) -> Iterator[tuple[str, Any]]:
    found = _parsed(b"{" + line.removesuffix(b",") + b"}")
    for key, value in found.items() if isinstance(found, dict) else ():
        if key in _ARRAYS and isinstance(value, list):
            yield from ((key, row) for row in value)
        else:
            yield key, value


def _parsed(text: bytes) -> object:
    def refused(name: str) -> None:
        raise ValueError(f"{name} is no JSON number")

    try:
        return json.loads(text, parse_constant=refused)
    except (ValueError, RecursionError) as error:
        raise BrokenError(f"not JSON, or cut off: {error}") from None


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self.rows: dict[str, list[tuple[Any, ...]]] = {"findings": [], "groups": []}
        self.frames: dict[str, list[pl.DataFrame]] = {"findings": [], "groups": []}
        self.coverage: list[dict[str, Any]] = []
        self.judged = 0

    def take(self, key: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Take a member of the report, or one row of an array."""
        if not key:
            return  # findings went by, as columns
        if key in _KEPT:
            if value is not None and not isinstance(value, _KEPT[key]):
                raise BrokenError(f"{key} has the wrong shape")
            self.header[key] = value
        elif key in _ARRAYS:
            if not isinstance(value, dict):
                raise BrokenError(f"{key} holds something that is no object")
            self._row(key, value)

    def _row(self, key: str, value: dict[str, Any]) -> None:
        if key == "findings":
            self.rows[key].append(tuple([value.get(name) for name in FINDINGS]))
        elif key == "groups":
            missing = value.get("missing") or []
            if not isinstance(missing, list) or not all(isinstance(item, str) for item in missing):
                raise BrokenError("groups: missing is no list of texts")
            cells = [value.get(name) for name in ("regime", "rule", "identifier")]
            self.rows[key].append((*cells, "\n".join(missing), value.get("count")))
        elif key == "tally":
            self.judged += sum(_count(value.get(verdict)) for verdict in VERDICTS)
        elif key == "coverage":
            self.coverage.append(value)
        if key in self.rows and len(self.rows[key]) >= _CHUNK:
            self._pack(key)

    def columns(self, lines: list[bytes]) -> None:
        """Take findings, each a line of JSON."""
        if not lines:
            return
        try:
            frame = pl.read_ndjson(io.BytesIO(b"\n".join(lines)), schema=FINDINGS)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise BrokenError(f"findings: not JSON, or cut off: {str(error).splitlines()[0][:200]}") from None
        if frame.height != len(lines):
            raise BrokenError("findings: a line is no object")
        self._keep("findings", frame)

    def _keep(self, key: str, frame: pl.DataFrame) -> None:
        for name in _NEEDED if key == "findings" else ("regime", "rule"):
            if frame[name].null_count():
                raise BrokenError(f"{key}: {name} is missing")
        self.frames[key].append(frame)

    def _pack(self, key: str) -> None:
        schema = FINDINGS if key == "findings" else GROUPS
        columns = zip(*self.rows[key], strict=True) if self.rows[key] else [()] * len(schema)
        try:
            # Column by column: rows of mixed types would be made into text in silence.
            cells = zip(schema.items(), columns, strict=True)
            frame = pl.DataFrame([pl.Series(name, column, kind, strict=True) for (name, kind), column in cells])
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            raise BrokenError(f"{key}: a cell is not of its type") from None
        self._keep(key, frame)
        self.rows[key] = []

    def report(self, path: str) -> Report:
        """Return what was read; raises ReportError if it is no audit report."""
        if "crossline" not in self.header:
            raise ReportError(f"{path}: no audit report: it has no key 'crossline'")
        for key in self.rows:
            self._pack(key)
        _checked(self.header)
        findings = pl.concat(self.frames["findings"])
        everything = self.judged > 0 and findings.height == self.judged
        return Report(path, self.header, findings, pl.concat(self.frames["groups"]), tuple(self.coverage), everything)


def _count(value: object) -> int:
    if not isinstance(value, int):
        raise BrokenError("tally: a count is no number")
    return value


def _checked(header: dict[str, Any]) -> None:
    """Raise BrokenError where a part of the header holds something of another shape."""
    for key, inner in (("parameters", dict), ("summary", dict)):
        if not all(isinstance(item, inner) for item in (header.get(key) or {}).values()):
            raise BrokenError(f"{key} has the wrong shape")
    we = header.get("we") or {}
    for key in ("states", "parties", "asns"):
        listed = we.get(key)
        if listed is not None and not (isinstance(listed, list) and all(isinstance(x, (str, int)) for x in listed)):
            raise BrokenError(f"we.{key} has the wrong shape")
    for key in ("world", "rules", "waivers"):
        if not all(isinstance(item, dict) for item in header.get(key) or ()):
            raise BrokenError(f"{key} holds something that is no object")
    for counts in (header.get("summary") or {}).values():
        if not all(isinstance(count, int) for count in counts.values()):
            raise BrokenError("summary: a count is no number")


def rules_of(header: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the rules that a report judged, as regime and rule."""
    for rule in header.get("rules") or ():
        yield str(rule.get("regime")), str(rule.get("rule"))
