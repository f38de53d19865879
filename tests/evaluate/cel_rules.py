"""Random rules, written twice: in Crossline's language and in CEL, and random estates to judge by both.

What Crossline knows and CEL does not is spelled out for CEL: a predicate on a tie's party is a field of the tie, and
a role whose extent is not ``all`` adds ``|| unknown`` to ``exists`` and ``&& unknown`` to ``all``, where unknown is
a variable that is absent.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from crossline import kinds
from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.tables import EXTENTS, Batch

WORDS = ("CN", "US", "NO", "x")
ROLES = ("operator", "owner", "host", "device")
KIND = kinds.Kind(
    "made-up",
    "data",
    "A kind with a column of every type, for tests.",
    (
        kinds.Column("word", "text", ""),
        kinds.Column("other", "text", ""),
        kinds.Column("words", "texts", ""),
        kinds.Column("count", "integer", ""),
        kinds.Column("share", "number", ""),
        kinds.Column("flag", "boolean", ""),
        kinds.Column("day", "date", ""),
    ),
    ROLES,
)
PREDICATES = tuple(f"list{number}" for number in range(4))
ABSENT = 0.36  # of the cells of every column
DAY = date(2020, 1, 1)


@dataclass(frozen=True)
class Pair:
    """One rule in both languages."""

    ours: str
    cel: str


class Writer:
    """Writes random rules."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a test, repeatable

    def condition(self, depth: int, ties: tuple[str, ...] = ()) -> Pair:
        """Write a condition; ``ties`` are the variables of the quantifiers that it stands in."""
        pick = self.random.random()
        if depth <= 0 or pick < 0.2:
            return self.leaf(ties)
        if pick < 0.65:
            a, b = self.condition(depth - 1, ties), self.condition(depth - 1, ties)
            sign = self.random.choice(("&&", "||"))
            return Pair(f"({a.ours} {sign} {b.ours})", f"({a.cel} {sign} {b.cel})")
        if pick < 0.75:
            a = self.condition(depth - 1, ties)
            return Pair(f"!{a.ours}" if a.ours[0] == "(" else f"!({a.ours})", f"!({a.cel})")
        if pick < 0.82:
            a, b, c = (self.condition(depth - 2, ties) for _ in range(3))
            return Pair(f"({a.ours} ? {b.ours} : {c.ours})", f"(({a.cel}) ? ({b.cel}) : ({c.cel}))")
        return self.quantifier(depth, ties) if len(ties) < 2 else self.leaf(ties)

    def quantifier(self, depth: int, ties: tuple[str, ...]) -> Pair:
        """Write exists or all over one role, two joined, or a role of the assets that another leads to."""
        variable = f"t{len(ties)}"
        body = self.condition(depth - 2, (*ties, variable))
        name = self.random.choice(("exists", "all"))
        roles = self.random.choice(
            (("operator",), ("owner",), ("owner", "host"), ("operator", "owner", "host"), ("via",))
        )
        ours = 'device.via("vendor")' if roles == ("via",) else " + ".join(roles)
        ours = f"({ours})" if len(roles) > 1 else ours
        lists = " + ".join(f"a.{role}" for role in roles)
        unsure = [f"a.{'some' if name == 'exists' else 'every'}_{role}" for role in roles]
        sign = " || " if name == "exists" else " && "
        cel = f"(({lists}).{name}({variable}, {body.cel}){sign}{sign.join(unsure)})"
        return Pair(f"{ours}.{name}({variable}, {body.ours})", cel)

    def leaf(self, ties: tuple[str, ...]) -> Pair:  # noqa: C901, PLR0911 - one return a sort of leaf
        """Write a comparison, a membership, a boolean, or a question about a tie."""
        r = self.random
        if ties and r.random() < 0.7:
            tie = r.choice(ties)
            what = r.randrange(4)
            if what < 2:
                name = r.choice(PREDICATES)
                return Pair(f'{tie}.listed("{name}")', f"{tie}.{name}")
            if what == 2:
                sign, value = r.choice(("==", "!=")), r.choice((f'"{r.choice(WORDS)}"', "word"))
                return Pair(
                    f"{tie}.place {sign} {value}", f"{tie}.place {sign} {'a.word' if value == 'word' else value}"
                )
            sign, number = r.choice(("<", "<=", ">", ">=", "==")), r.choice(("10.0", "25", "49.5"))
            return Pair(f"{tie}.share_min {sign} {number}", f"{tie}.share_min {sign} double({number})")
        what = r.randrange(9)
        sign = r.choice(("==", "!=", "<", "<=", ">", ">="))
        if what == 0:
            return Pair(f'word {sign} "{(w := r.choice(WORDS))}"', f'a.word {sign} "{w}"')
        if what == 1:
            return Pair(f"word {sign} other", f"a.word {sign} a.other")
        if what == 2:
            return Pair(f"count {sign} {(n := r.randrange(5))}", f"a.count {sign} {n}")
        if what == 3:
            return Pair(f"share {sign} {(x := r.choice(('0.0', '10.5', '50.0')))}", f"a.share {sign} {x}")
        if what == 4:
            return Pair("flag", "a.flag")
        if what == 5:
            day = DAY + timedelta(days=r.randrange(6))
            return Pair(f'day {sign} "{day}"', f'a.day {sign} "{day}"')
        if what == 6:
            return Pair(f'word in ["{WORDS[0]}", "{(w := r.choice(WORDS))}"]', f'a.word in ["{WORDS[0]}", "{w}"]')
        if what == 7:
            column = r.choice(("word", "share", "day", "words"))
            return Pair(f"has({column})", f"has(a.{column})")
        return Pair("word in words", "a.word in a.words")


@dataclass(frozen=True)
class Made:
    """A random estate: as batches for us, and as one map an asset for CEL."""

    batches: list[Batch]
    maps: list[dict[str, object]]
    answers: dict[str, np.ndarray]  # predicate -> code of each identifier


def make(rows: int, seed: int) -> Made:
    """Make an estate in which more than a third of the cells of every column are absent."""
    rng = np.random.default_rng(seed)
    absent = lambda: rng.random(rows) < ABSENT  # noqa: E731 - a column of them, five times
    columns: dict[str, list[object]] = {
        "word": rng.choice(WORDS, rows).tolist(),
        "other": rng.choice(WORDS, rows).tolist(),
        "words": [rng.choice(WORDS, rng.integers(0, 3)).tolist() for _ in range(rows)],
        "count": [int(n) for n in rng.integers(0, 5, rows)],
        "share": [float(x) for x in rng.choice((0.0, 10.5, 50.0, 99.0), rows)],
        "flag": [bool(b) for b in rng.integers(0, 2, rows)],
        "day": [DAY + timedelta(days=int(n)) for n in rng.integers(0, 6, rows)],
    }
    for name, values in columns.items():
        columns[name] = [None if gone else v for v, gone in zip(values, absent(), strict=True)]
    identifiers = 60
    answers = {
        name: rng.choice((FALSE, UNKNOWN, TRUE), identifiers, p=(0.32, ABSENT, 0.32)).astype(np.uint8)
        for name in PREDICATES
    }
    maps: list[dict[str, object]] = []
    ties: list[tuple[int, str, int, int, str | None, float | None]] = []
    extents: list[tuple[int, str, str]] = []
    # Devices stand behind the role "device"; each has ties of its own, and half of them are not all seen.
    device_ties = [_ties(rng, int(rng.integers(0, 3)), identifiers) for _ in range(20)]
    device_whole = rng.random(20) < 0.5
    for row in range(rows):
        shown = {name: _plain(values[row]) for name, values in columns.items() if values[row] is not None}
        for role in ROLES[:3]:
            mine = _ties(rng, int(rng.integers(0, 4)), identifiers)
            whole = bool(rng.random() > ABSENT)
            ties += [(row, role, seq, *tie) for seq, tie in enumerate(mine)]
            extents.append((row, role, "all" if whole else "some"))
            shown[role] = [_shown(tie, answers) for tie in mine]
            _unsure(shown, role, whole=whole)
        devices = [int(d) for d in rng.integers(0, 20, rng.integers(0, 3))]
        whole = bool(rng.random() > ABSENT)
        ties += [(row, "device", seq, identifiers + d, None, None) for seq, d in enumerate(devices)]
        extents.append((row, "device", "all" if whole else "some"))
        shown["via"] = [_shown(tie, answers) for d in devices for tie in device_ties[d]]
        _unsure(shown, "via", whole=whole and all(device_whole[d] for d in devices))
        maps.append(shown)
    named = pl.DataFrame(
        {
            "type": ["vendor"] * identifiers + ["asset"] * 20,
            "value": [f"v{n}" for n in range(identifiers)] + [f"device-{n}" for n in range(20)],
        }
    )
    schema = {
        "bundle": pl.UInt32,
        "role": pl.String,
        "seq": pl.UInt32,
        "identifier": pl.UInt32,
        "place": pl.String,
        "share_min": pl.Float64,
    }
    asset = pl.DataFrame(columns, schema=KIND.schema()).with_columns(
        pl.Series("asset", [f"a{n}" for n in range(rows)]), pl.Series("bundle", range(rows), pl.UInt32)
    )
    mine = Batch(
        "made-up",
        asset,
        named,
        pl.DataFrame(ties, schema=schema, orient="row"),
        pl.DataFrame([(*e, None) for e in extents], schema=EXTENTS, orient="row"),
    )
    behind = [(d, "vendor", seq, *tie) for d, found in enumerate(device_ties) for seq, tie in enumerate(found)]
    devices_batch = Batch(
        "device",
        pl.DataFrame(
            {"asset": [f"device-{n}" for n in range(20)], "bundle": range(20)}, schema_overrides={"bundle": pl.UInt32}
        ),
        named,
        pl.DataFrame(behind, schema=schema, orient="row"),
        pl.DataFrame(
            [(d, "vendor", "all" if device_whole[d] else "some", None) for d in range(20)], schema=EXTENTS, orient="row"
        ),
    )
    return Made([mine, devices_batch], maps, answers)


def _ties(rng: np.random.Generator, count: int, identifiers: int) -> list[tuple[int, str | None, float | None]]:
    return [
        (
            int(rng.integers(0, identifiers)),
            None if rng.random() < ABSENT else str(rng.choice(WORDS)),
            None if rng.random() < ABSENT else float(rng.choice((5.0, 10.0, 49.5, 80.0))),
        )
        for _ in range(count)
    ]


def _shown(tie: tuple[int, str | None, float | None], answers: dict[str, np.ndarray]) -> dict[str, object]:
    identifier, place, share = tie
    shown: dict[str, object] = {} if place is None else {"place": place}
    if share is not None:
        shown["share_min"] = share
    for name, codes in answers.items():
        if codes[identifier] != UNKNOWN:
            shown[name] = bool(codes[identifier] == TRUE)
    return shown


def _unsure(shown: dict[str, object], role: str, *, whole: bool) -> None:
    if whole:
        shown[f"some_{role}"], shown[f"every_{role}"] = False, True


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
