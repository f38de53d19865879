"""Chains of evidence: the fewest statements that decide, and the open ends that leave a question undecided."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from crossline.kleene import TRUE
from crossline.regimes.model import Doctrine
from crossline.world import World, chains, control
from miniature import DAY, company, world

DOCTRINE: dict[str, Any] = {
    "name": "half",
    "threshold_pct": 50.0,
    "inclusive": True,
    "aggregate": True,
    "interest": "equity",
    "indirect": "cascade",
    "also": ("direction",),
    "cite": None,
}


def holds(owner: str, owned: str, low: float | None, high: float | None = None, **keys: object) -> dict[str, object]:
    """Return a statement of a share."""
    share = {"share_min": low, "share_max": low if high is None else high}
    return {"owner": owner, "owned": owned, "kind": "equity"} | share | keys


def held(about: World, party: str, base: tuple[str, ...] = ("s",), **doctrine: Any) -> tuple[list[str], list[str]]:
    """Return the statements that make a party held by the base, and the parties at which the chains end."""
    graph, closure = closed(about, base, **doctrine)
    assert closure.codes[graph.number[party]] == TRUE
    steps, roots = chains.held_by(graph, closure, graph.number[party])
    assert all(step.source == "s" for step in steps)
    return [step.statement for step in steps], [graph.ids[root] for root in roots]


def closed(about: World, base: tuple[str, ...], **doctrine: Any) -> tuple[control.Graph, control.Closure]:
    """Close control from some parties."""
    graph = control.graph(about, DAY)
    codes = np.zeros(graph.size, np.uint8)
    codes[[graph.number[name] for name in base]] = TRUE
    return graph, control.close(graph, Doctrine(**(DOCTRINE | doctrine)), codes)


def missing(about: World, party: str, question: str = "asked", **doctrine: Any) -> list[str]:
    """Return what is to be found out about a party."""
    graph, closure = closed(about, ("s",), **doctrine)
    return chains.open_ends(graph, closure, graph.number[party], question)


def test_a_chain_is_told_from_the_party_upwards() -> None:
    """Each step is a statement with its dates and note, and the chain ends at the party that counts of itself."""
    about = world(
        party=[company(name) for name in "sabc"],
        control=[
            holds("s", "a", 60, since=date(2020, 1, 1)),
            holds("a", "b", 50.01, 100, note="by its report"),
            holds("b", "c", 100, until=date(2030, 1, 1)),
        ],
    )
    steps = [
        "B holds 100 % of the equity of C",
        "A holds a majority of the equity of B (by its report)",
        "S holds 60 % of the equity of A since 2020-01-01",
    ]
    assert held(about, "c") == (steps, ["s"])
    assert held(about, "s") == ([], ["s"])


def test_the_fewest_holders_that_decide_are_told() -> None:
    """Of three held holders the two largest reach the threshold: the third is not told, nor one that is not held."""
    about = world(
        party=[company(name) for name in "sxyzoa"],
        control=[
            *(holds("s", name, 100) for name in "xyz"),
            holds("x", "a", 20),
            holds("y", "a", 31),
            holds("z", "a", 10),
            holds("o", "a", 39),
        ],
    )
    steps, roots = held(about, "a")
    assert steps[0] == "Y holds 31 % of the equity of A"
    assert "X holds 20 % of the equity of A" in steps
    assert not [step for step in steps if step.startswith(("Z", "O "))]
    assert roots == ["s"]


def test_a_shorter_chain_is_told_where_two_lead_there() -> None:
    """A direct majority is told rather than a longer way round."""
    about = world(
        party=[company(name) for name in "sxya"],
        control=[holds("s", "x", 100), holds("x", "y", 100), holds("y", "a", 49), holds("s", "a", 51)],
    )
    assert held(about, "a") == (["S holds 51 % of the equity of A"], ["s"])


def test_direction_is_told_where_it_decides() -> None:
    """Whoever appoints or instructs a party controls it under a doctrine that says so."""
    about = world(
        party=[company(name) for name in "sa"],
        control=[{"owner": "s", "owned": "a", "kind": "direction", "since": date(2019, 5, 1)}],
    )
    assert held(about, "a") == (["A is subject to direction by S since 2019-05-01"], ["s"])


def test_a_cycle_with_a_way_in_is_told_once() -> None:
    """Parties that hold each other are each told once."""
    about = world(
        party=[company(name) for name in "sab"],
        control=[holds("s", "a", 60), holds("a", "b", 100), holds("b", "a", 40)],
    )
    steps, roots = held(about, "b")
    assert steps == ["A holds 100 % of the equity of B", "S holds 60 % of the equity of A"]
    assert roots == ["s"]


def test_every_source_of_a_step_is_told() -> None:
    """Two sources for one share are two statements."""
    about = world(
        party=[company("s"), company("a")],
        control=[holds("s", "a", 60), holds("s", "a", 55, 65)],
    )
    steps, _ = held(about, "a")
    assert sorted(steps) == ["S holds 55 to 65 % of the equity of A", "S holds 60 % of the equity of A"]


def test_a_product_tells_every_link() -> None:
    """Under a doctrine that multiplies, the whole chain decides: 80 % of 80 % are 64 %."""
    about = world(
        party=[company(name) for name in "sab"],
        control=[holds("s", "a", 80), holds("a", "b", 80)],
    )
    steps, roots = held(about, "b", indirect="multiply")
    assert steps == ["A holds 80 % of the equity of B", "S holds 80 % of the equity of A"]
    assert roots == ["s"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (50.0, 50.0, "50 %"),
        (10.0, 20.0, "10 to 20 %"),
        (50.01, 100.0, "a majority"),
        (50.01, None, "a majority"),
        (0.0, 100.0, "a share not stated"),
        (None, None, "a share not stated"),
        (None, 20.0, "0 to 20 %"),
        (100.0, 100.0, "100 %"),
    ],
)
def test_shares_are_written_as_they_are_stated(low: float | None, high: float | None, words: str) -> None:
    """A share is one number, a range, at least something, or not stated."""
    assert chains.percent(low, high) == words


def test_open_ends_name_what_is_not_stated() -> None:
    """Where control is unknown the first thing to find out is the nearest share that nobody states."""
    about = world(
        party=[*(company(name) for name in "sabf"), company("free", kind="dispersed")],
        control=[holds("b", "a", 60), holds("free", "a", 40), holds("free", "f", 30)],
    )
    assert missing(about, "a") == ["who owns B"]
    assert missing(about, "b") == ["who owns B"]
    assert missing(about, "f") == ["who holds the other 70 % of the equity of F"]


def test_a_holders_own_share_may_be_what_is_missing() -> None:
    """Where a range of a holder that counts leaves it open, its share is asked for, and not who holds the rest."""
    about = world(
        party=[company(name) for name in "sabc"],
        control=[holds("s", "a", 0, 100), holds("s", "b", 40, 60), holds("c", "b", 10), holds("s", "c", 5, 10)],
    )
    assert missing(about, "a") == ["how much of the equity of A S holds: its share is not known"]
    assert missing(about, "b")[:2] == [
        "how much of the equity of B S holds: 40 to 60 % is stated",
        "who holds the other 30 to 50 % of the equity of B",
    ]


# By hand, with a line of 20 per cent: 60 of 30 and 30 of 60 make 18, 25 of 60 make 15, and half of half of 21 less.
@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((60, 30), f"if {chains._WHOLE};"),
        ((25, 60), f"if {chains._CONTROLS};"),
        ((51, 51, 51), f"if {chains._WHOLE}, and also if {chains._CONTROLS};"),
        ((60, 30, 60), f"only if both {chains._WHOLE} and {chains._CONTROLS};"),
    ],
)
def test_the_reading_that_decides_is_named_with_its_chain(shares: tuple[int, ...], said: str) -> None:
    """Where it is disputed how shares count, the one reading under which a party is held is told, and the chain."""
    names = ["s", "a", "b", "c"][: len(shares) + 1]
    steps = list(zip(names, names[1:], shares, strict=False))
    about = world(
        party=[*(company(name) for name in names), company("free", kind="dispersed")],
        control=[
            row
            for owner, owned, share in steps
            for row in (holds(owner, owned, share), holds("free", owned, 100 - share))
        ],
    )
    doctrine = {"indirect": "disputed", "threshold_pct": 20.0}
    asked = missing(about, names[-1], **doctrine)
    assert asked[0].startswith(f"{chains.READING} on {names[-1].upper()}: it is reached {said}")
    graph, closure = closed(about, ("s",), **doctrine)
    chain, roots = chains.under_reading(graph, closure, graph.number[names[-1]])
    told = [
        f"{owner.upper()} holds {share} % of the equity of {owned.upper()}" for owner, owned, share in reversed(steps)
    ]
    assert ([step.statement for step in chain], [graph.ids[root] for root in roots]) == (told, ["s"])


def test_of_one_holder_alone_the_chains_are_told_that_add_up() -> None:
    """Where several holders do not add up, evidence is of the one that decides; another's 6 per cent is none of it."""
    about = world(
        party=[company(name) for name in "stxyz"],
        control=[
            holds("s", "x", 100),
            holds("s", "y", 100),
            holds("x", "z", 26),
            holds("y", "z", 26),
            holds("t", "z", 6),
        ],
    )
    steps, roots = held(about, "z", base=("s", "t"), indirect="multiply", aggregate=False)
    assert sorted(steps) == [
        "S holds 100 % of the equity of X",
        "S holds 100 % of the equity of Y",
        "X holds 26 % of the equity of Z",
        "Y holds 26 % of the equity of Z",
    ]
    assert roots == ["s"]


def test_open_ends_of_what_is_decided_are_none() -> None:
    """A party whose chains all end has nothing to be found out."""
    about = world(
        party=[company("s"), company("a"), company("free", kind="dispersed")], control=[holds("free", "a", 100)]
    )
    assert missing(about, "a") == []


def test_a_very_long_chain_says_where_it_is_cut() -> None:
    """Past 32 owners the telling stops, and says so; control itself is found however long the chain."""
    names = [f"c{number}" for number in range(60)]
    about = world(
        party=[company("s"), *(company(name) for name in names)],
        control=[holds(owner, owned, 100) for owner, owned in zip(["s", *names], names, strict=False)],
    )
    graph, closure = closed(about, ("s",))
    steps, roots = chains.held_by(graph, closure, graph.number["c59"])
    assert closure.codes[graph.number["c59"]] == TRUE
    assert len(steps) == 33
    assert steps[-1].statement == "the chain goes on beyond 32 owners and is cut here"
    assert roots == []
