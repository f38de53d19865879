"""Amounts in words: each number as its unit is written, exact or as a headline would have it.

A share that is not all is never written as 100 %, nor one that is not nothing as 0 %: both get the digits they need.
The sign of what is below zero is U+2212, and a range with such an end is written with "to".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crossline.impact import Figure, Unit

UNKNOWN: Final = "not known"
_NOUNS: Final[dict[Unit, tuple[str, str]]] = {
    "pairs": ("pair", "pairs"), "ases": ("AS", "ASes"), "addresses": ("address", "addresses"),
    "users": ("user", "users"), "hops": ("hop", "hops"), "links": ("link", "links"), "paths": ("path", "paths"),
    "states": ("state", "states"), "cables": ("cable", "cables"), "km": ("km", "km"), "ms": ("ms", "ms"),
}  # fmt: skip
# What is counted one by one, and written as a whole number if it is one.
COUNTED: Final = frozenset({"pairs", "ases", "addresses", "users", "links", "paths", "states", "cables", "km", "count"})
_LARGE: Final = ((10**15, " quadrillion"), (10**12, " trillion"), (10**9, " billion"), (10**6, " million"))
_MOST_PLACES: Final = 8
_MINUS: Final = "\u2212"


def known(value: float | None) -> bool:
    """Return whether there is a number."""
    return value is not None and math.isfinite(value)


def exact(value: float | None, unit: Unit) -> str:
    """Return a number in full: ``6,121,121,196``, ``98.97 %``, ``4.51``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if unit == "share":
        return _percent(value)
    if unit in COUNTED and float(value).is_integer():
        return _signs(f"{int(value):,}")
    return _signs(_fixed(value, 2))


def short(value: float | None, unit: Unit) -> str:
    """Return a number as a headline has it: ``6.12 billion`` with three digits, and in full below a million."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if unit in COUNTED and abs(value) >= 10**6:
        return _signs(_large(value))
    return exact(value, unit)


def spoken(value: float | None, unit: Unit) -> str:
    """Return a number in full, with what it counts: ``6,121,121,196 pairs``."""
    return _with_noun(exact(value, unit), value, unit)


def headline(value: float | None, unit: Unit) -> str:
    """Return a number as a headline has it, with what it counts: ``6.12 billion pairs``."""
    return _with_noun(short(value, unit), value, unit)


def bound(value: float, unit: Unit) -> str:
    """Return a round number, of an axis or of a class: ``2 billion``, ``1,000``, ``0.5 %``, ``0.2``."""
    if unit == "share":
        return _signs(f"{_rounded(100 * value)} %")
    for size, word in _LARGE:
        if abs(value) >= size:
            return _signs(_rounded(value / size) + word)
    return _signs(_rounded(value))


def signed(value: float, unit: Unit) -> str:
    """Return a difference with its sign: ``+12.3 million``; differences of shares are in percentage points."""
    text = short(value, unit)
    if unit == "share":
        text = text.replace(" %", " points")
    return ("+" if value > 0 else "") + text if value else "no change"


def spread(figure: Figure) -> str:
    """Return the range of a figure without what it counts, or "" where nothing was varied."""
    low, high, unit = figure.low, figure.high, figure.unit
    if low is None or not math.isfinite(low):
        return f"at most {short(high, unit)}" if known(high) else ""
    if high is None or not math.isfinite(high):
        return f"at least {short(low, unit)}"
    one, two = short(low, unit), short(high, unit)
    if low == high:
        return "the same in every reading" if low == figure.value else f"{one} in every reading"
    if one == two:
        one, two = _told_apart(low, high, unit)
    first, _, word = one.partition(" ")
    last, _, other = two.partition(" ")
    if word != other:
        return f"{one} to {two}"
    between = " to " if low < 0 or high < 0 else "\u2013"
    return f"{first}{between}{last}" + (f" {word}" if word else "")


def with_range(figure: Figure) -> str:
    """Return a figure as it may be quoted: ``98.97 %``, and its range in brackets, with the same digits."""
    value, said = quoted(figure)
    return f"{value} ({said})" if said else value


def quoted(figure: Figure) -> tuple[str, str]:
    """Return a figure with what it counts, and its range ("" where nothing was varied), both with the same digits."""
    value, low, high, unit = figure.value, figure.low, figure.high, figure.unit
    if value is None or low is None or high is None or low == high:
        return headline(value, unit), spread(figure)
    numbers = (value, low, high)
    if not all(math.isfinite(number) for number in numbers):
        return headline(value, unit), spread(figure)
    # A mean of what is counted has digits behind its point, and then all three have as many.
    whole = all(float(number).is_integer() for number in numbers) or any(abs(number) >= 10**6 for number in numbers)
    if unit in COUNTED and whole:
        return headline(value, unit), spread(figure)
    first, *ends = _of_same_places(numbers, unit)
    word = " %" if unit == "share" else ""
    if ends[0] == ends[1]:
        return _with_noun(first + word, value, unit), f"the same to {_MOST_PLACES} digits in every reading"
    between = " to " if low < 0 or high < 0 else "\u2013"
    return _with_noun(first + word, value, unit), f"{ends[0]}{between}{ends[1]}{word}"


def _of_same_places(numbers: tuple[float, ...], unit: Unit) -> tuple[str, ...]:
    """Write a value and its bounds with the digits that tell the bounds apart, and none as nothing, or as all."""
    factor = 100 if unit == "share" else 1
    for places in range(2, _MOST_PLACES + 1):
        texts = tuple(f"{factor * number:,.{places}f}" for number in numbers)
        hidden = any(
            (number and not text.strip("-0.,"))
            or (unit == "share" and abs(number) < 1 and text.strip("-") == f"{100:.{places}f}")
            for number, text in zip(numbers, texts, strict=True)
        )
        if not hidden and texts[1] != texts[2]:
            break
    return tuple(_signs(text if text.strip("-0.,") else text.strip("-")) for text in texts)


def change(before: float, after: float, unit: Unit) -> str:
    """Return what was and what is: ``2.31 → 2.09 billion``, and the difference in brackets."""
    if not known(before) or not known(after):
        return f"{short(before, unit)} → {short(after, unit)}"
    if before == after:
        return f"{short(after, unit)} (no change)"
    one, two = short(before, unit), short(after, unit)
    if one == two:
        return f"{one} ({signed(after - before, unit)})"
    first, _, word = one.partition(" ")
    if word and two.endswith(f" {word}"):
        one = first
    return f"{one} → {two} ({_difference(before, after, unit)})"


def _difference(before: float, after: float, unit: Unit) -> str:
    if unit == "share" or before <= 0 or after < 0:
        return signed(after - before, unit)
    percent = 100 * (after - before) / before
    places = 0 if abs(percent) >= 100 else 1
    text = f"{percent:+,.{places}f} %"
    if not text.strip("+-0. %"):
        text = f"{'+' if percent > 0 else '-'}<0.1 %"
    return _signs(text)


def _with_noun(text: str, value: float | None, unit: Unit) -> str:
    if not known(value) or unit not in _NOUNS:
        return text
    one, many = _NOUNS[unit]
    return f"{text} {one if value == 1 else many}"


def _large(value: float) -> str:
    for place, (size, unit_word) in enumerate(_LARGE):
        if abs(value) >= size:
            word = unit_word
            digits = _three(value / size)
            if digits.strip("-") == "1,000" and place:  # 999.9 million and more
                digits, word = f"{value / _LARGE[place - 1][0]:.2f}", _LARGE[place - 1][1]
            return digits + word
    raise ValueError(value)


def _three(value: float) -> str:
    """Return three digits that count; of a number beyond all words, all of them."""
    for places in (2, 1, 0):
        text = f"{value:,.{places}f}"
        if len(text.strip("-").replace(",", "").replace(".", "")) <= 3:
            return text
    return text


def _fixed(value: float, places: int) -> str:
    """Return so many digits behind the point; more, if nothing but noughts would be seen."""
    while value and places < _MOST_PLACES and not f"{value:.{places}f}".strip("-0."):
        places += 1
    text = f"{value:,.{places}f}"
    if value and places > 2:
        text = f"{value:,.{min(places + 1, _MOST_PLACES)}f}"
    if value and not text.strip("-0."):
        return f"{value:.1e}"
    return text if text.strip("-0.,") else text.strip("-")


def _percent(value: float) -> str:
    percent = 100 * value
    places = 2
    while abs(percent) < 100 and abs(float(f"{percent:.{places}f}")) == 100 and places < _MOST_PLACES:
        places += 1
    return _signs(_fixed(percent, places) if abs(percent) < 1 else f"{percent:,.{places}f}") + " %"


def _told_apart(low: float, high: float, unit: Unit) -> tuple[str, str]:
    if unit in COUNTED:
        return exact(low, unit), exact(high, unit)
    factor, word = (100, " %") if unit == "share" else (1, "")
    texts = ("", "")
    for places in range(2, _MOST_PLACES + 1):
        texts = (f"{factor * low:,.{places}f}{word}", f"{factor * high:,.{places}f}{word}")
        if texts[0] != texts[1]:
            break
    return _signs(texts[0]), _signs(texts[1])


def _rounded(value: float) -> str:
    """Return a number of few digits without noughts at its end."""
    text = f"{float(f'{value:.6g}'):,.{_MOST_PLACES}f}"
    text = text.rstrip("0").rstrip(".")
    return text if value == 0 or text.strip("-0.") else f"{value:.3g}"


def _signs(text: str) -> str:
    return text.replace("-", _MINUS, 1) if text.startswith("-") else text
