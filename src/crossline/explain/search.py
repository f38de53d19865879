"""Finding a finding, an asset or a group in a report in JSON, which may come from anybody.

The report is read a piece at a time, and whatever has the wrong shape is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crossline.explain.stream import BrokenError, members
from crossline.mistakes import Mistake
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES: Final = 8 << 30
_MOST: Final = 20  # findings and groups that are told; the rest is counted
_PREFIX: Final = 6  # characters of a finding's id that are enough to ask for it
_PART: Final = 3  # characters of what is looked for within names
_NEAR: Final = 5  # names that are offered
_ARRAYS: Final = frozenset({"findings", "groups", "tally", "exposure", "coverage"})
_KEPT: Final = frozenset({"crossline", "as_of", "titles", "rules", "sources", "we", "parameters", "asset_names"})
_TEXTS: Final = (
    "id", "regime", "rule", "line", "kind", "asset", "name", "verdict", "severity", "role", "identifier", "party",
    "limb", "cite", "file", "locator",
)  # fmt: skip
_LISTS: Final = ("missing", "also", "remedy", "samples")


class ReportError(Mistake):
    """The file is no audit report, or holds nothing of what was asked for. The message says which, and where."""


@dataclass(frozen=True)
class Explanation:
    """What a report says of one thing: at most 20 findings and groups, and how many there are.

    ``findings`` and ``groups`` are rows of the report, checked: texts are text or absent, lists hold text, and
    ``why`` holds a statement and a source each.
    """

    what: str
    header: Mapping[str, Any]
    findings: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    finding_count: int
    group_count: int


def explain(report: Path, what: str) -> Explanation:
    """Find ``what`` in a report: a finding's id or its first six characters or more, an asset's id or name, an
    identifier (``asn:4134``), or a group (``rule/identifier`` or ``regime/rule/identifier``).

    Raises ReportError if the file cannot be read, is larger than 8 GiB, is no audit report in JSON, or if nothing
    in it has that name.
    """  # noqa: D205 - what may be asked for is one sentence
    what = what.strip()
    try:
        size = report.stat().st_size
        if size > LIMIT_BYTES:
            raise ReportError(f"{report}: {size:,} bytes are more than the {LIMIT_BYTES:,} that are read")
        with report.open("rb") as file:
            header, found = _search(members(file, _ARRAYS), _names(what))
    except OSError as error:
        raise ReportError(f"{report}: {error.strerror or error}") from error
    except BrokenError as error:
        raise ReportError(f"{report}: no audit report in JSON: {error}") from error
    if "crossline" not in header:
        raise ReportError(f"{report}: no audit report: it has no key 'crossline'")
    exact = [finding for finding in found.findings if finding.get("id") == what]
    if exact:
        found.findings, found.finding_count = exact, len(exact)
    if not found.findings and not found.groups:
        near = f"; what holds it: {', '.join(visible(name) for name in found.near)}" if found.near else ""
        raise ReportError(
            f"{report}: nothing is called {visible(what)!r} there{near}. Ask for a finding's id or its first {_PREFIX}"
            " characters, an asset's id or name, an identifier (asn:4134) or a group (rule/identifier); what is"
            " compliant or unknown stands singly only in a report made with --all"
        )
    return Explanation(what, header, tuple(found.findings), tuple(found.groups), found.finding_count, found.group_count)


class _Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.findings: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []
        self.near: list[str] = []  # names that hold what was asked for, a few
        self.finding_count = 0
        self.group_count = 0


def _names(what: str) -> frozenset[str]:
    """Return the forms under which the thing may stand in a report."""
    forms = {what}
    head, slash, last = what.rpartition("/")
    if last[:2].upper() == "AS" and last[2:].isdecimal():
        forms.add(f"{head}{slash}asn:{last[2:]}")
    return frozenset(forms)


def _search(rows: Any, names: frozenset[str]) -> tuple[dict[str, Any], _Found]:  # noqa: ANN401 - an iterator of pairs
    header: dict[str, Any] = {}
    found = _Found()
    prefixes = tuple(name for name in names if len(name) >= _PREFIX)
    place = dict.fromkeys(_ARRAYS, 0)
    part = min((name.casefold() for name in names if len(name) >= _PART), default="")
    for key, value in rows:
        if key in _KEPT:
            header[key] = _kept(key, value)
        if key not in ("findings", "groups"):
            continue
        place[key] += 1
        if not isinstance(value, dict):
            raise BrokenError(f"{key}, number {place[key]:,}, is no object")
        if len(found.near) < _NEAR and part:
            found.near += [name for name in _holding(value, part) if name not in found.near][: _NEAR - len(found.near)]
        if key == "findings" and _is_meant(value, names, prefixes):
            found.finding_count += 1
            if len(found.findings) < _MOST or value.get("id") in names:
                found.findings.append(_checked(value, key, place[key]))
        elif key == "groups" and _group_is_meant(value, names):
            found.group_count += 1
            if len(found.groups) < _MOST:
                found.groups.append(_checked(value, key, place[key]))
    return header, found


def _kept(key: str, value: object) -> object:
    expected: Mapping[str, type] = {
        "titles": dict,
        "sources": dict,
        "rules": list,
        "we": dict,
        "parameters": dict,
        "asset_names": dict,
    }
    if key in expected and not isinstance(value, expected[key]):
        raise BrokenError(f"{key} is {_kind(value)}")
    if isinstance(value, dict) and key != "we":
        kind, called = (str, "text") if key == "asset_names" else (dict, "object")
        wrong = next((name for name, item in value.items() if not isinstance(item, kind)), None)
        if wrong is not None:
            raise BrokenError(f"{key}: {visible(wrong)!r} is no {called}")
    if isinstance(value, list) and not all(isinstance(item, dict) for item in value):
        raise BrokenError(f"{key} holds something that is no object")
    if key == "we" and isinstance(value, dict):
        for name in ("states", "parties", "asns"):
            if not isinstance(value.get(name) or [], list):
                raise BrokenError(f"we: {name} is {_kind(value[name])}")
    return value


def _is_meant(row: dict[str, Any], names: frozenset[str], prefixes: tuple[str, ...]) -> bool:
    name = row.get("id")
    if isinstance(name, str) and (name in names or name.startswith(prefixes)):
        return True
    # What cannot be hashed is no name.
    return any(isinstance(row.get(key), str) and row[key] in names for key in ("asset", "name", "identifier")) or (
        not names.isdisjoint(_group_names(row))
    )


def _holding(row: dict[str, Any], part: str) -> list[str]:
    """Return the names of a row that hold a text, capital letters or not."""
    samples = row.get("samples")
    told = [row.get(key) for key in ("name", "asset", "identifier")] + (samples if isinstance(samples, list) else [])
    return [name for name in told if isinstance(name, str) and part in name.casefold()]


def _group_is_meant(row: dict[str, Any], names: frozenset[str]) -> bool:
    samples = row.get("samples")
    listed = isinstance(samples, list) and any(isinstance(item, str) and item in names for item in samples)
    return listed or row.get("identifier") in tuple(names) or not names.isdisjoint(_group_names(row))


def _group_names(row: dict[str, Any]) -> tuple[str, ...]:
    rule, identifier = row.get("rule"), row.get("identifier")
    short = f"{rule}/{identifier}" if identifier else f"{rule}"
    return short, f"{row.get('regime')}/{short}"


def _checked(row: dict[str, Any], key: str, place: int) -> dict[str, Any]:
    """Return the row if each of its cells is of its type."""
    where = f"{key}, number {place:,}"
    for name in _TEXTS:
        if not isinstance(row.get(name), str | None):
            raise BrokenError(f"{where}: {name} is {_kind(row[name])}")
    for name in _LISTS:
        cell = row.get(name) or []
        if not isinstance(cell, list) or not all(isinstance(item, str) for item in cell):
            raise BrokenError(f"{where}: {name} is no list of texts")
    why = row.get("why") or []
    if not isinstance(why, list) or not all(
        isinstance(step, dict) and isinstance(step.get("statement"), str) and isinstance(step.get("source"), str | None)
        for step in why
    ):
        raise BrokenError(f"{where}: why is no list of statements, each with its source")
    if not isinstance(row.get("count", 0), int):
        raise BrokenError(f"{where}: count is {_kind(row['count'])}")
    return row


def _kind(value: object) -> str:
    return {dict: "an object", list: "an array", str: "text", type(None): "null", bool: "true or false"}.get(
        type(value), "a number"
    )
