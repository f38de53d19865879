"""When traffic surely ran through a network: the laws of a hop, against a naive twin that walks hop by hop."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, We
from crossline.kleene import FALSE, TRUE, UNKNOWN
from miniature import DAY, batch, company, estate_of, regime, rule, world

# Two AS numbers of one party, one each of two others, and an address range of each.
NUMBERS = {"asn:201000": "a", "asn:201001": "a", "asn:201002": "b", "asn:201003": "c"}
RANGES = {"198.41.0": 201000, "198.41.1": 201001, "198.41.2": 201002, "198.41.3": 201003}
ABOUT = world(
    party=[company(name) for name in "abc"],
    identifier=[{"type": "asn", "value": n.removeprefix("asn:"), "party": p, "since": DAY} for n, p in NUMBERS.items()],
    address4=[
        {"first": _n, "last": _n + 255, "asn": asn, "seen": DAY}
        for block, asn in RANGES.items()
        for _n in [sum(int(part) << shift for part, shift in zip(f"{block}.0".split("."), (24, 16, 8, 0), strict=True))]
    ],
    exchange=[{"prefix": "198.41.2.128/25", "name": "an exchange", "seen": DAY}],
)
Hop = tuple[int, str, float | None]


def judged(hops: list[Hop], basis: str | None = "inferred") -> list[int]:
    """Return the code of each hop of one trace, in the order given (each hop's address stands once at its number)."""
    ties = [(f"address:{address}", {"seq": seq, "basis": basis, "share_min": share}) for seq, address, share in hops]
    made = estate_of(batch("trace", {"t": {"hop": ties}}))
    asked = regime(rule("hop.exists(t, t.traversed())", kind="trace", line="path"))
    session = Session(made, ABOUT, Binding(asked, DAY, We(("AD",))))
    codes = session.answers.traversed(made, session.keys)
    labels = made.identifiers["value"].gather(made.ties.identifier).to_list()
    found = {(int(seq), label): int(code) for seq, label, code in zip(made.ties.seq, labels, codes, strict=True)}
    return [found[seq, address] for seq, address, _ in hops]


def party_of(address: str) -> str | None:
    """Return who an address leads to: the longest statement by hand."""
    block, _, last = address.rpartition(".")
    if block not in RANGES or (block == "198.41.2" and int(last) >= 128):
        return None
    return NUMBERS[f"asn:{RANGES[block]}"]


def naive(hops: list[Hop]) -> list[int]:
    """Judge each hop by walking over its neighbours one by one."""
    at: dict[int, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    count: dict[int, int] = defaultdict(int)
    for seq, _, _ in hops:
        count[seq] += 1
    for seq, address, share in hops:
        known = share if share is not None else (100.0 if count[seq] == 1 else 0.0)
        at[seq][str(party_of(address))].append((address, known))
    result = []
    for seq, address, _ in hops:
        party = party_of(address)
        if address.startswith(("10.", "198.41.2.")) and party is None:
            result.append(FALSE)
            continue
        sure = False
        for first, second in ((seq - 1, seq), (seq, seq + 1)):
            here, there = at[first].get(str(party), []), at[second].get(str(party), [])
            if party is None or not here or not there:
                continue
            whole = sum(s for _, s in here) >= 99.99 or sum(s for _, s in there) >= 99.99
            different = any(one != other for one, _ in here for other, _ in there)
            sure = sure or (whole and different)
        result.append(TRUE if sure else UNKNOWN)
    return result


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        ([(1, "198.41.0.1", 100.0), (2, "198.41.0.2", 100.0)], [TRUE, TRUE]),
        ([(1, "198.41.0.1", 100.0), (2, "198.41.1.1", 100.0)], [TRUE, TRUE]),
        ([(1, "198.41.0.1", 100.0), (2, "198.41.2.1", 100.0)], [UNKNOWN, UNKNOWN]),
        ([(1, "198.41.0.1", 100.0), (3, "198.41.0.2", 100.0)], [UNKNOWN, UNKNOWN]),
        ([(1, "198.41.0.1", 100.0), (2, "198.41.0.1", 100.0)], [UNKNOWN, UNKNOWN]),
        ([(1, "198.41.2.200", 100.0), (2, "198.41.2.1", 100.0)], [FALSE, UNKNOWN]),
        ([(1, "10.0.0.1", 100.0), (2, "10.0.0.2", 100.0)], [FALSE, FALSE]),
        ([(1, "8.8.8.1", 100.0), (2, "8.8.8.2", 100.0)], [UNKNOWN, UNKNOWN]),
        (
            [(1, "198.41.0.1", 50.0), (1, "198.41.2.1", 50.0), (2, "198.41.0.9", 50.0), (2, "198.41.2.9", 50.0)],
            [UNKNOWN] * 4,
        ),
        (
            [(1, "198.41.0.1", 50.0), (1, "198.41.2.1", 50.0), (2, "198.41.0.9", 100.0)],
            [TRUE, UNKNOWN, TRUE],
        ),
        ([(1, "198.41.0.1", 66.7), (2, "198.41.0.2", 66.7)], [UNKNOWN, UNKNOWN]),
        ([(1, "198.41.0.1", None), (2, "198.41.0.2", None)], [TRUE, TRUE]),
    ],
    ids=[
        "two in a row", "two numbers of one party", "two parties", "a silent hop between", "one machine twice",
        "an exchange's LAN", "private", "nobody known", "two ways of one hop each", "one way joins", "lost packets",
        "packets not counted",
    ],
)  # fmt: skip
def test_two_consecutive_hops_make_it_sure(hops: list[Hop], expected: list[int]) -> None:
    """A network is surely crossed where two different addresses of it answered in a row, at one of them to all."""
    assert judged(hops) == expected
    assert naive(hops) == expected


@pytest.mark.parametrize("basis", ["observed", "declared", None])
def test_what_is_not_inferred_is_sure(basis: str | None) -> None:
    """The destination's own answer, a declared line and a plain statement need no second hop."""
    assert judged([(7, "198.41.0.1", 33.3)], basis) == [TRUE]


def test_it_agrees_with_a_walk() -> None:
    """On random traces of few addresses, where every case occurs, the columns say what a walk hop by hop says."""
    random_ = random.Random(5)  # noqa: S311 - cases to try
    addresses = [
        "198.41.0.1",
        "198.41.0.2",
        "198.41.1.1",
        "198.41.2.1",
        "198.41.2.200",
        "198.41.3.1",
        "10.0.0.1",
        "8.8.8.8",
    ]
    seen: set[int] = set()
    for _ in range(150):
        hops: list[Hop] = []
        for seq in range(1, random_.randint(2, 7)):
            if random_.random() < 0.15:
                continue
            several = random_.sample(addresses, random_.choice([1, 1, 1, 2, 3]))
            for address in several:
                share: Any = random_.choice([100.0 / len(several), 100.0 / len(several), 30.0, None])
                hops.append((seq, address, share))
        codes = judged(hops) if hops else []
        assert codes == naive(hops), hops
        seen |= set(codes)
    assert seen == {FALSE, UNKNOWN, TRUE}
