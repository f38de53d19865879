"""Impacts that are made up: small ones of which every number is known, and large ones with heavy tails."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from crossline.impact import Changes, Column, Curve, Figure, Impact, Matrix, Table

STATES = [
    code for line in (
        "US CN RU DE GB FR JP BR IN NL IT ES CA AU UA PL SE CH KR ZA AR ID",
        "TR IR SG HK TW TH MX VN AT BE CZ DK FI NO RO BG",
        "PT GR HU IE IL EG NG KE SA AE PK BD MY PH CL CO PE KZ NZ LT LV EE",
    ) for code in line.split()
]  # fmt: skip
RESTS = ("CAIDA AS relationships of 2025-09-01, serial 2: 78,643 ASes, 570,696 links.",)
BIASES = (
    "Links between peers are seen only near a vantage point: what is lost comes out too high.",
    "Relationships are inferred; published checks find 1 to 10 % of them wrong.",
)


def small(**changed: Any) -> Impact:
    """Return an impact of which every number is known."""
    given: dict[str, Any] = {
        "subject": "internet",
        "title": "What if 3 members refused every route through 2 named networks?",
        "as_of": date(2025, 9, 1),
        "asked": {"duty": "filter", "coalition": ["US", "GB", "JP"],
                  "named": {"list": "example", "asns": [64496, 64497]}},
        "basis": {"graph": "made up", "ases": 4, "known": {"registered": 0.75}},
        "figures": (
            Figure("reachable", "Pairs that reach each other", 0.9897, "share", 0.9891, 0.9902,
                   ("lowest next-hop AS: 98.97 %", "highest next-hop AS: 98.91 %"), RESTS, BIASES),
            Figure("pairs", "Pairs with a route", 6_121_121_196.0, "pairs", None, None, (), RESTS, (*BIASES, "Own.")),
            Figure("length", "Length of a route", 4.5062, "hops", 4.5, 4.52, (), RESTS, BIASES),
            Figure("nobody", "What nobody knows", math.nan, "users", None, None, (), RESTS, BIASES),
        ),
        "tables": (
            Table(
                "states", "States",
                (Column("state", "State"), Column("lost", "Pairs lost", "pairs"), Column("share", "Of all", "share"),
                 Column("length", "Length added", "hops")),
                pl.DataFrame({
                    "state": ["CN", "US", "KP"], "lost": [1234.0, 0.0, None], "share": [0.032, 0.0, math.nan],
                    "length": [-0.25, 0.004, math.inf],
                }),
                "A row is a state.", 2,
            ),
        ),
        "pictures": (
            Matrix("lost", "Pairs lost", ("DE", "US"), ((math.nan, 1234.0), (10.0, 0.0)), "pairs",
                   "Between states.", ((math.nan, 0.032), (0.5, 0.0)), "lost"),
            Changes("transit", "Transit", ("DE", "US", "NZ"), (40.0, 100.0, 7.0), (60.0, 50.0, 7.0), "pairs"),
            Curve("joining", "Joining", ("US", "GB", "JP"), (50.0, 80.0, 100.0), "pairs"),
        ),
        "notes": ("A model is not the world.", "Second."),
        "sources": (
            {"source": "caida-2025-09", "title": "AS relationships", "issuer": "CAIDA", "published": "2025-09-01",
             "url": "https://catalog.caida.example/relationships", "licence": "acceptable use agreement"},
        ),
    }  # fmt: skip
    return Impact(**(given | changed))


def large(states: int = 60, rows: int = 250, *, seed: int = 1, label: str = "{}") -> Impact:
    """Return an impact with heavy tails: a matrix of states, a table of rows, negative added lengths."""
    random = np.random.default_rng(seed)
    codes = [label.format(STATES[place % len(STATES)] + (str(place) if place >= len(STATES) else ""))
             for place in range(max(states, rows))]  # fmt: skip
    weight = 1 / np.arange(1, states + 1) ** 1.3
    lost = np.floor(np.outer(weight, weight) * 4e7 * random.pareto(1.2, (states, states)))
    lost[random.random((states, states)) < 0.15] = 0
    np.fill_diagonal(lost, np.nan)
    ases = np.floor(18_000 / np.arange(1, rows + 1) ** 1.1) + 1
    before = np.floor(2.3e9 / np.arange(1, states + 1) ** 1.6)
    after = np.floor(before * (1 + random.normal(0, 0.12, states)))
    frame = pl.DataFrame({
        "state": codes[:rows], "ases": ases.astype(np.int64), "pairs": np.floor(ases * 78_000),
        "lost": np.floor(ases * random.random(rows) * 3_000), "share": random.beta(0.3, 9, rows),
        "length": random.normal(0.02, 0.05, rows), "untouched": random.random(rows),
    })  # fmt: skip
    columns = (
        Column("state", "State"), Column("ases", "ASes", "ases"), Column("pairs", "Pairs before", "pairs"),
        Column("lost", "Pairs lost", "pairs"), Column("share", "Lost of its pairs", "share"),
        Column("length", "Length added", "hops"), Column("untouched", "Reach that no named AS touches", "share"),
    )  # fmt: skip
    order = np.argsort(after - before)
    top = order[np.r_[0:12, -12:0]] if states >= 24 else order
    gained = np.cumsum(np.sort(random.pareto(1.1, min(states, 24)))[::-1])
    return small(
        title="What if the 60 states of a coalition refused every route on which one of 13 named networks stands?",
        tables=(Table("states", "Who loses most", columns, frame, "A row is a state, by the country its AS numbers are "
                      "registered in; pairs within a state count once."),),
        pictures=(
            Matrix("lost", "Pairs lost, by state", tuple(codes[:states]), tuple(map(tuple, lost.tolist())), "pairs",
                   "Rows are where traffic begins. The largest states first.",
                   tuple(map(tuple, (lost / (np.nanmax(lost) or 1)).tolist())), "lost"),
            Changes("transit", "Who gains and who loses transit", tuple(codes[i] for i in top), tuple(before[top]),
                    tuple(after[top]), "pairs", "Pairs that have a state strictly between their ends."),
            Curve("joining", "What each next member adds", tuple(codes[: len(gained)]),
                  tuple(4.1e9 + 1.9e9 * gained / gained[-1]) if len(gained) else (), "pairs",
                  "Pairs of members that reach each other over paths that no named network touches."),
        ),
    )  # fmt: skip
