"""Of which day a map is, and how long that is before the day asked about."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from crossline.text import plural

if TYPE_CHECKING:
    from crossline.cables.outcome import Outcome
    from crossline.estate import Estate

_OLD: Final = 366  # days
_MONTHS: Final = 24  # up to so many, months are told and not years


def day(estate: Estate) -> date | None:
    """Return the latest day on which cables of a map were observed."""
    found = estate.holdings["cable"].assets["observed_at"].max()
    return found if isinstance(found, date) else None


def told(outcome: Outcome) -> str:
    """Return what stands beside the day asked about: the map's own day, or those of two; "" where it is the same."""
    if outcome.editions is not None:
        days = [day(one.estate) for one in outcome.editions]
        return f"maps of {' and '.join(one.isoformat() if one else 'no known day' for one in days)}"
    own = day(outcome.estate)
    if own is None or own == outcome.as_of:
        return ""
    before = _before(own, outcome.as_of)
    return f"map of {own.isoformat()}" + (f", {before} before" if before else "")


def notes(outcome: Outcome) -> list[str]:
    """Say what a map does not have that is more than a year older than the day asked about."""
    own = day(outcome.estate)
    if outcome.editions is not None or own is None or (outcome.as_of - own).days <= _OLD:
        return []
    long = f"{_before(own, outcome.as_of)} before {outcome.as_of.isoformat()}"
    since = "what was laid, taken out of service or sold since is not on it"
    return [f"The map is of {own.isoformat()}, {long}: {since}."]


def _months(first: date, last: date) -> int:
    """Return how many whole months lie between two days; below nought where the second is earlier."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _before(first: date, last: date) -> str:
    """Return how long the first day lies before the second, in whole years, months or days; "" where it does not."""
    if first >= last:
        return ""
    months = _months(first, last)
    if months >= _MONTHS:
        return plural(months // 12, "year")
    return plural(months, "month") if months else plural((last - first).days, "day")
