"""Affiliates against a naive twin that follows every chain, and by hand where states and direction come in."""

from __future__ import annotations

import random

import numpy as np
import pytest

from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.regimes.model import Doctrine
from crossline.world import affiliates, chains, control
from miniature import DAY, company, world

TENTH = Doctrine("tenth", 10, False, False, "equity", "multiply", ("direction",), None)


def holding(owner: str, owned: str, least: float, most: float | None = None) -> dict[str, object]:
    """Return a statement of equity."""
    return {"owner": owner, "owned": owned, "kind": "equity", "share_min": least,
            "share_max": least if most is None else most}  # fmt: skip


def asked(statements: list[dict[str, object]], parties: list[dict[str, object]], *named: str) -> dict[str, int]:
    """Return the code of each party: whether it is affiliated with the named ones."""
    graph = control.graph(world(party=parties, control=statements), DAY)
    base = np.zeros(graph.size, np.uint8)
    base[[graph.number[name] for name in named]] = TRUE
    found = affiliates.affiliates(graph, TENTH, base)
    return {name: int(found.closure.codes[number]) for name, number in graph.number.items()}


@pytest.mark.parametrize("seed", range(30))
def test_who_holds_a_named_one_is_whoever_a_chain_says(seed: int) -> None:
    """Twin: products along every chain down to a named party, added up: at least for certain, at most possibly."""
    rng = random.Random(seed)  # noqa: S311 - a test, repeatable
    names = [f"p{n}" for n in range(8)]
    edges = {
        (a, b): (low, min(100.0, low + rng.choice((0, 0, 30))))
        for place, a in enumerate(names)
        for b in names[place + 1 :]
        if rng.random() < 0.35
        for low in (float(rng.choice((5, 10, 11, 40, 60, 100))),)
    }
    graph = control.graph(
        world(party=[company(name) for name in names], control=[holding(a, b, *of) for (a, b), of in edges.items()]),
        DAY,
    )
    base = np.zeros(graph.size, np.uint8)
    base[graph.number["p7"]] = TRUE

    def chains(at: str) -> list[tuple[float, float]]:
        if at == "p7":
            return [(1.0, 1.0)]
        return [
            (low / 100 * least, high / 100 * most)
            for (a, b), (low, high) in edges.items()
            if a == at
            for least, most in chains(b)
        ]

    above = affiliates.holders_of(graph, TENTH, base)
    for name in names:
        every = chains(name)
        sure = sum(least for least, _ in every) > 0.1 + 1e-12
        maybe = sum(most for _, most in every) > 0.1 + 1e-12
        assert above.codes[graph.number[name]] == (TRUE if sure else UNKNOWN if maybe else FALSE), name


def test_holdings_of_two_named_ones_do_not_add_up() -> None:
    """By hand: 6 per cent of each of two named companies are 12 of none; 6 and 6 per cent of one are."""
    about = world(
        party=[company(name) for name in ("top", "one", "two", "over", "left", "right")],
        control=[holding("top", "one", 6), holding("top", "two", 6), holding("over", "left", 100),
                 holding("over", "right", 100), holding("left", "one", 6), holding("right", "one", 6)],
    )  # fmt: skip
    graph = control.graph(about, DAY)
    base = np.zeros(graph.size, np.uint8)
    base[[graph.number["one"], graph.number["two"]]] = TRUE
    above = affiliates.holders_of(graph, TENTH, base)
    assert [int(above.codes[graph.number[name]]) for name in ("top", "left", "over")] == [FALSE, FALSE, TRUE]


def test_the_chains_of_one_holder_are_told_and_no_others() -> None:
    """By hand: two holdings of 6 per cent each lead down to the named one; what else holds it is not told."""
    about = world(
        party=[company(name) for name in ("named", "left", "right", "over", "else")],
        control=[holding("over", "left", 100), holding("over", "right", 100), holding("left", "named", 6),
                 holding("right", "named", 6), holding("else", "named", 9)],
    )  # fmt: skip
    graph = control.graph(about, DAY)
    base = np.zeros(graph.size, np.uint8)
    base[graph.number["named"]] = TRUE
    steps, named = chains.down_to(graph, affiliates.holders_of(graph, TENTH, base), graph.number["over"])
    assert graph.ids[named] == "named"
    assert sorted(step.statement for step in steps) == [
        "LEFT holds 6 % of the equity of NAMED",
        "OVER holds 100 % of the equity of LEFT",
        "OVER holds 100 % of the equity of RIGHT",
        "RIGHT holds 6 % of the equity of NAMED",
    ]


def test_up_down_and_sideways() -> None:
    """A parent, a subsidiary and a sister of a named company are affiliates; a holder of 10 per cent is not."""
    made = asked(
        [holding("parent", "named", 60), holding("small", "named", 10), holding("named", "child", 100),
         holding("parent", "sister", 100), holding("small", "other", 100), holding("end", "parent", 100),
         holding("end", "small", 100)],
        [company(name) for name in ("parent", "named", "child", "sister", "small", "other")]
        + [{"id": "end", "name": "End", "kind": "state", "domicile": "AA", "seat": "AA"}],
        "named",
    )  # fmt: skip
    yes, no = {"parent", "named", "child", "sister", "end"}, {"small", "other"}
    assert {name for name, code in made.items() if code == TRUE} == yes
    assert {name for name, code in made.items() if code == FALSE} == no


def test_who_directs_a_named_one_is_an_affiliate() -> None:
    """Direction leads up as a whole share does."""
    made = asked(
        [{"owner": "head", "owned": "named", "kind": "direction"}, holding("top", "head", 11)],
        [company(name) for name in ("head", "named", "top")],
        "named",
    )
    assert (made["head"], made["top"]) == (TRUE, TRUE)
