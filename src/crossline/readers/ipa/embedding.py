"""Whose code an app carries: libraries that signatures show in its classes, and in the names of libraries beside it.

Signatures of Apple's code are those that say so: of classes what begins with ``_OBJC_CLASS_$_``, which is how linkers
know a class of Objective-C (and of Swift, by its mangled name), and of files ``NAME.framework`` and ``NAME.dylib``. No
class of Android is called so, and what is here called so is compared with no other signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.packages import libraries
from crossline.packages.libraries import LIBRARIES, Names, locators
from crossline.packages.macho import CLASS_SYMBOL
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.packages.libraries import Found, Signatures
    from crossline.packages.spending import Spending
    from crossline.readers.ipa.bundles import App, Placed

UNDESCRIBED: Final = (
    "a library that no signature describes cannot be told, nor code of C or Swift that is linked in without classes"
)
_EXPRESSION: Final = r"^_OBJC_CLASS_\$_"  # how expressions of such classes begin
_SOURCES_TOLD: Final = 10


@dataclass(frozen=True)
class Embedded:
    """Libraries that an app carries, and those that it only refers to; ``referenced`` is None where not asked."""

    ties: pl.DataFrame  # value, basis, locator
    referenced: list[str] | None
    asked: bool


def signatures(table: pl.DataFrame | Signatures | None) -> Signatures | None:
    """Return those signatures of the world's table that speak of Apple's code, ready to be looked for."""
    if not isinstance(table, pl.DataFrame):
        return table
    # No expressions of polars, as in `compiled`, so that a process may do this before it forks.
    columns = [table[name].to_list() for name in ("of", "form", "pattern")]
    rows = [row for row, said in enumerate(zip(*columns, strict=True)) if None not in said and _apples(*said)]
    kept = {name: [values[row] for row in rows] for name in table.columns for values in (table[name].to_list(),)}
    return libraries.compiled(pl.DataFrame(kept, schema=table.schema))


def _apples(of: str, form: str, pattern: str) -> bool:
    """Whether a signature speaks of code for Apple's platforms."""
    if of == "class":
        return pattern.startswith(CLASS_SYMBOL if form == "exact" else _EXPRESSION)
    return of == "native" and form == "exact" and pattern.endswith((".framework", ".dylib"))


def look(app: App, known: Signatures | None, spending: Spending) -> Embedded:
    """Look for libraries in an app; what of this could not be done is told in the spending."""
    if known is None or not known.count:
        return Embedded(_ties(pl.DataFrame(schema=LIBRARIES)), None, asked=False)
    _about(known, spending)
    beside = Names.of((place.rpartition("/")[2] for place in app.beside), app.beside)
    has = known.find({"class": _symbols(app.classes), "native": [beside]})
    named = known.find({"class": _symbols(app.referred)})
    _tell((has, named), spending)
    only = named.libraries.filter(~pl.col("library").is_in(has.libraries["library"].implode()))
    return Embedded(_ties(has.libraries), only["library"].to_list() if app.seen else None, asked=True)


def _symbols(classes: Sequence[Placed]) -> list[Names]:
    """Return classes as linkers know them, of each file of code."""
    made = []
    for place, names in classes:
        whole = names.filter(~names.str.contains("\n", literal=True))
        text = str((CLASS_SYMBOL + whole).str.join("\n").item()) if len(whole) else ""
        made.append(Names(text.encode(), place, len(names) - len(whole)))
    return made


def _ties(found: pl.DataFrame) -> pl.DataFrame:
    """Return what code is called as observed; what a file is called is a sign of what is in it, and no more."""
    basis = pl.when(pl.col("of") == "class").then(pl.lit("observed")).otherwise(pl.lit("inferred")).alias("basis")
    shown = found.with_columns(pl.col("name").str.strip_prefix(CLASS_SYMBOL))
    return shown.select(pl.col("library").alias("value"), basis).with_columns(locators(shown))


def _about(known: Signatures, spending: Spending) -> None:
    """Tell how many signatures are looked for, whose they are, and which cannot be."""
    sources = known.sources
    rest = f" and {len(sources) - _SOURCES_TOLD} more sources" if len(sources) > _SOURCES_TOLD else ""
    shown = ", ".join(visible(source) for source in sources[:_SOURCES_TOLD]) + rest
    spending.note(
        f"{known.count:,} signatures of libraries for Apple's platforms were looked for, of {shown}; {UNDESCRIBED}"
    )
    if known.refused:
        why = "; ".join(f"{count:,} {reason}" for reason, count in known.refused.items())
        spending.note(f"{sum(known.refused.values()):,} signatures of libraries could not be looked for: {why}")


def _tell(found: Sequence[Found], spending: Spending) -> None:
    broken, misnamed = sum(one.broken for one in found), sum(one.misnamed for one in found)
    if broken:
        spending.note(f"{broken:,} names of classes or files hold a line break and are not compared with signatures")
    if misnamed:
        spending.note(f"{misnamed:,} libraries are there by signatures whose name for them is none that can be shown")
