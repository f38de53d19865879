"""The pictures of an impact as markup: which drawing shows which, and in what words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from crossline.drawing import changes, curve, matrix
from crossline.impact import Changes, Curve, Map, Matrix, amounts, mapping
from crossline.text import visible

if TYPE_CHECKING:
    from crossline.drawing.courses import Courses
    from crossline.impact import Picture

# A picture of rows is drawn twice: for a screen that is wide, or paper, and for one that is not.
_WIDE_PX: Final = 720
_NARROW_PX: Final = 340


@dataclass(frozen=True)
class View:
    """A picture on a page; ``left_out`` groups, rows or steps found no room. Of a map, its legend says what is not."""

    picture: Picture
    drawn: Markup
    key: Markup  # what the lightnesses of a matrix stand for
    shown: int
    left_out: int
    legend: mapping.Legend | None = None


def courses(picture: Picture) -> Courses | None:
    """Return what a map draws, to be read once however often it is drawn; of another picture nothing."""
    return mapping.read(picture) if isinstance(picture, Map) else None


def view(picture: Picture, most: int, read: Courses | None = None) -> View:
    """Draw a picture of at most ``most`` groups, rows or steps, the first of them; of a map ``read`` is what it draws.

    A map has room for as many characters as ``most`` times :data:`crossline.impact.mapping.CHARACTERS`.
    """
    cut: Matrix | Changes | Curve
    key = ""
    match picture:
        case Matrix():
            cut = _matrix_of(picture, min(most, matrix.MOST))
            drawn, key = _matrix(cut), _key(cut)
        case Changes():
            few = slice(min(most, changes.MOST))
            cut = replace(picture, labels=picture.labels[few], before=picture.before[few], after=picture.after[few])
            drawn = _changes(cut)
        case Curve():
            few = slice(min(most, curve.MOST))
            cut = replace(picture, labels=picture.labels[few], values=picture.values[few])
            drawn = _curve(cut)
        case Map():
            mapped = mapping.draw(picture, read or mapping.read(picture), most)
            return View(picture, mapped.drawn, Markup(), mapped.shown, 0, mapped.legend)
    shown = len(cut.labels)
    return View(picture, Markup(drawn), Markup(key), shown, len(picture.labels) - shown)  # noqa: S704 - drawing/ escapes


def _matrix_of(picture: Matrix, most: int) -> Matrix:
    return replace(
        picture,
        labels=picture.labels[:most],
        values=tuple(row[:most] for row in picture.values[:most]),
        shares=tuple(row[:most] for row in picture.shares[:most]),
    )


def _label(picture: Matrix | Changes | Curve) -> str:
    return f"{picture.title}. {picture.about}".rstrip(". ")


def _matrix(picture: Matrix) -> str:
    unit, names = picture.unit, [visible(name, 60) for name in picture.labels]

    def say(row: int, column: int) -> str:
        value = picture.values[row][column]
        if not math.isfinite(value):
            return f"{names[row]} → {names[column]}: no pair"
        word = picture.below if value < 0 and picture.below else picture.word
        said = amounts.spoken(abs(value) if word is picture.below else value, unit)
        said += f" {visible(word, 40)}" if word else ""
        share = picture.shares[row][column] if picture.shares else math.nan
        said += f" ({amounts.exact(share, 'share')})" if math.isfinite(share) else ""
        return f"{names[row]} → {names[column]}: {said}"

    return matrix.draw(
        picture.labels, picture.values, label=_label(picture), say=say, short=partial(amounts.short, unit=unit),
        whole=unit in amounts.COUNTED,
    )  # fmt: skip


def _key(picture: Matrix) -> str:
    return "".join(
        matrix.key(
            picture.values, width, bound=partial(amounts.bound, unit=picture.unit),
            short=partial(amounts.short, unit=picture.unit), whole=picture.unit in amounts.COUNTED, css_class=css,
            words=(picture.word, picture.below) if picture.below else ("", ""),
        )
        for width, css in ((_WIDE_PX, "large"), (_NARROW_PX, "slim"))
    )  # fmt: skip


def _changes(picture: Changes) -> str:
    return "".join(
        changes.draw(
            picture.labels, picture.before, picture.after, width, label=_label(picture),
            say=partial(amounts.change, unit=picture.unit), bound=partial(amounts.bound, unit=picture.unit),
            whole=picture.unit in amounts.COUNTED, css_class=css,
        )
        for width, css in ((_WIDE_PX, "large"), (_NARROW_PX, "slim"))
    )  # fmt: skip


def _curve(picture: Curve) -> str:
    return "".join(
        curve.draw(
            picture.labels, picture.values, width, label=_label(picture),
            say=partial(amounts.short, unit=picture.unit), added=partial(amounts.signed, unit=picture.unit),
            bound=partial(amounts.bound, unit=picture.unit), whole=picture.unit in amounts.COUNTED, css_class=css,
        )
        for width, css in ((_WIDE_PX, "large"), (_NARROW_PX, "slim"))
    )  # fmt: skip
