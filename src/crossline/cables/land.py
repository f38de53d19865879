"""Land borders: which states could reach each other without any cable.

``borders.csv`` beside this file has each land border between two ISO 3166-1 codes once, as the World Factbook (Central
Intelligence Agency, field "Land boundaries", public domain) has them, and road or rail links over water (``how`` names
the bridge, causeway or tunnel), since fibre lies along them. Codes that a state's own regions have (HK, MO, GF, GI, EH)
border as places, whoever they belong to. Left out on purpose: CA and GL (Hans Island, 2022), CU and US (Guantanamo
Bay), CY and GB (the bases), borders of a rock and of bases, over which no state reaches another. The table was compared
with the data set world-countries 5.1.0 (on npm, ODbL): they differ in the five links over water, which only ours has,
and in IN and LK, which only the other has and no land above water joins.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib import resources


@cache
def borders() -> tuple[tuple[str, str, str], ...]:
    """Return every border once: two codes in order of the alphabet, and ``border`` or the link's name."""
    text = (resources.files(__package__) / "borders.csv").read_text(encoding="utf-8")
    return tuple((row["a"], row["b"], row["how"]) for row in csv.DictReader(io.StringIO(text)))


@cache
def joined() -> tuple[tuple[str, ...], ...]:
    """Return the states that land joins, over however many others, as groups of two or more."""
    of: dict[str, set[str]] = {}
    for a, b, _ in borders():
        both = of.get(a, {a}) | of.get(b, {b})
        for state in both:
            of[state] = both
    groups = {tuple(sorted(group)) for group in of.values()}
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))
