"""What two reports were asked: in which day, parameters, regimes and world they differ, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 5  # things that are named; the rest is counted


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in what the questions of two reports differ, by their headers; none where they were asked alike."""
    found = []
    if old.get("as_of") != new.get("as_of"):
        found.append(f"The earlier report asks as of {old.get('as_of')}, this one as of {new.get('as_of')}.")
    found += _regimes(old, new)
    found += _parameters(old, new)
    if _we(old) != _we(new):
        found.append('The two reports do not agree on who "we" are.')
    stale = (bool(old.get("accept_stale")), bool(new.get("accept_stale")))
    if stale[0] != stale[1]:
        which = "this one" if stale[1] else "the earlier one"
        found.append(f"Only {which} accepts identifiers known from other times (--accept-stale).")
    if _statements(old) != _statements(new):
        found.append("What is supposed of the world (--suppose) differs.")
    return [*found, *_world(old, new)]


def _regimes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    one, other = ([str(name) for name in header.get("regimes") or ()] for header in (old, new))
    gone, come = [name for name in one if name not in other], [name for name in other if name not in one]
    found = [f"Only the earlier report asks {_listed(gone)}."] if gone else []
    return [*found, f"Only this report asks {_listed(come)}: all of its violations are new."] if come else found


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    one, other = old.get("parameters") or {}, new.get("parameters") or {}
    changed = [
        f"{regime}.{key} is {_value(other[regime].get(key))}, was {_value(one[regime].get(key))}"
        for regime in other
        if regime in one
        for key in sorted({*one[regime], *other[regime]})
        if one[regime].get(key) != other[regime].get(key)
    ]
    return [f"Parameters differ: {_listed(changed, '; ')}."] if changed else []


def _we(header: Mapping[str, Any]) -> object:
    we = header.get("we") or {}
    return [sorted(map(str, we.get(key) or ())) for key in ("states", "parties", "asns")], bool(we.get("hypothetical"))


def _statements(header: Mapping[str, Any]) -> list[str]:
    return [str(item) for item in (header.get("supposed") or {}).get("statements") or ()]


def sources(header: Mapping[str, Any]) -> dict[str, str]:
    """Return the sources of a report's world with their dates; what was supposed is not among them."""
    file = (header.get("supposed") or {}).get("source")
    return {
        str(row.get("source")): str(row.get("published"))
        for row in header.get("world") or ()
        if row.get("source") != file
    }


def _world(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    one, other = sources(old), sources(new)
    come, gone = sorted(other.keys() - one.keys()), sorted(one.keys() - other.keys())
    moved = sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
    found = [f"The world has {plural(len(come), 'source')} more: {_listed(come)}."] if come else []
    found += [f"The world has {plural(len(gone), 'source')} less: {_listed(gone)}."] if gone else []
    return [*found, f"Of another date in this world: {_listed(moved)}."] if moved else found


def _listed(items: list[str], between: str = ", ") -> str:
    more = len(items) - _MOST
    return between.join(items[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
