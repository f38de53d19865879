"""A whole simulation, its figures and tables, against sums over the naive twin's whole paths before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cases import DAY, EXAMPLES, FOLDER, Case, make, random, small, small_twin

from crossline.internet import asking
from crossline.world import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twin import Twin

    from crossline.world import World


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the world of the small Internet."""
    folder = tmp_path_factory.mktemp("small") / "world"
    make().world(folder)
    return store.load(folder)


RANDOM = (
    (1, "depeer", None), (2, "filter", None), (3, "filter", "filter"), (4, "depeer", "filter"), (5, "filter", "depeer"),
)  # fmt: skip


@pytest.fixture(scope="module", params=[*EXAMPLES, *RANDOM], ids=str)
def case(request: pytest.FixtureRequest, small_world: World, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return each scenario on the small Internet, and each on a random graph."""
    if isinstance(request.param, str):
        return small(request.param, small_world)
    return random(*request.param, tmp_path_factory.mktemp("drawn"))


# -- figures ----------------------------------------------------------------------------------------------------


def expected(twin: Twin) -> dict[str, float]:
    """Return all figures that can be summed up from whole paths."""
    n = len(twin.numbers)
    every, before, after = n * (n - 1), twin.before, twin.after
    found: dict[str, float] = {
        "pairs-lost": len(twin.lost), "pairs-lost-others": sum(not set(pair) & twin.refused for pair in twin.lost),
        "pairs-lost-share": len(twin.lost) / len(before),
        "reachable-before": len(before) / every, "reachable-after": len(after) / every,
        "mean-length-before": sum(len(path) - 1 for path in before.values()) / len(before),
        "length-added": sum(map(twin.added, after)) / len(after),
        "pairs-longer": sum(twin.added(pair) > 0 for pair in after) / len(after),
    }  # fmt: skip
    for by in twin.weights:
        found[f"lost-{by}"] = twin.weigh(twin.lost, by) / twin.weigh(before, by)
        weighed = sum(twin.weigh([pair], by) * twin.added(pair) for pair in after)
        found[f"added-{by}"] = weighed / twin.weigh(after, by)
    if twin.coalition and twin.others:
        across = {(a, b) for one in twin.coalition for two in twin.others - {one} for a, b in ((one, two), (two, one))}
        found["line-before"] = len(across & set(before)) / len(across)
        found["line-after"] = len(across & set(after)) / len(across)
        links = [link for link in twin.transit + twin.peers if set(link) & twin.coalition and set(link) & twin.others]
        found["crossings-links-before"] = len(links)
        left = [link for link in links if not any(twin.between(one, *link) for one in twin.refusals)]
        found["crossings-links-after"] = len(left)
    if len(twin.coalition) > 1:
        found["untouched-reach"] = twin.reach(twin.coalition) / (len(twin.coalition) * (len(twin.coalition) - 1))
    return found


def test_figures_are_sums_over_whole_paths(case: Case) -> None:
    """Every figure but the number of crossings is what the naive paths give, and no figure is left out."""
    wanted = expected(case.twin)
    told = {one.id: one.value for one in case.impact.figures}
    assert {name for name in told if name not in {"crossings-before", "crossings-after"}} == set(wanted)
    for name, value in wanted.items():
        assert told[name] == pytest.approx(value, rel=1e-12, abs=1e-15), name


def test_ranges_are_the_other_readings_and_hold_the_value(case: Case) -> None:
    """Low and high are the extremes of the naive paths under each reading that is named, the one asked for included."""
    first = case.impact.figures[0]
    asked, *titles = [one.rpartition(": ")[0] for one in first.over]
    assert asked == "as asked"
    # A reading that can change nothing is not asked again.
    assert set(titles) <= set(case.others)
    assert "ties broken by the highest AS number" in titles
    wanted = [expected(case.twin), *(expected(case.others[title]) for title in titles)]
    for one in case.impact.figures:
        assert one.low <= one.value <= one.high, one.id
        if one.id in wanted[0]:
            values = [own[one.id] for own in wanted if one.id in own]
            assert (one.low, one.high) == pytest.approx((min(values), max(values)), rel=1e-12, abs=1e-15), one.id
    for title in set(case.others) - set(titles):
        assert expected(case.others[title]) == pytest.approx(wanted[0])


def test_crossings_hold_what_routes_use(case: Case) -> None:
    """At least one path is left where a pair across has a route; none is more than there are networks on a side."""
    twin = case.twin
    if not (twin.coalition and twin.others):
        pytest.skip("no two sides")
    for when, paths in (("before", twin.before), ("after", twin.after)):
        count = case.figure(f"crossings-{when}").value
        assert 0 <= count <= min(len(twin.coalition - twin.others), len(twin.others))
        if when == "before" and any(a in twin.coalition and b in twin.others for a, b in paths):
            assert count >= 1
    thirds = {row["asn"] for row in case.rows("third_crossings")}
    assert not thirds & (twin.coalition | twin.others)
    assert thirds <= set(twin.numbers)


# -- tables -----------------------------------------------------------------------------------------------------


def divided(part: float, whole: float) -> float | None:
    """Return a share, or None of nothing."""
    return part / whole if whole else None


def check_state(row: Mapping[str, Any], twin: Twin, of: Mapping[int, str], code: str) -> None:
    """Hold the row of a state against the pairs that have an end in it, each counted once."""
    inside = twin.within(of, code)
    reached, left, lost = (list(filter(inside, pairs)) for pairs in (twin.before, twin.after, twin.lost))
    assert row["ases"] == sum(place == code for place in of.values())
    assert (row["reached"], row["lost"]) == (len(reached), len(lost))
    assert row["lost_others"] == sum(not set(pair) & twin.refused for pair in lost)
    close(row["lost_share"], divided(len(lost), len(reached)))
    close(row["mean_length"], divided(sum(len(twin.before[pair]) - 1 for pair in reached), len(reached)))
    close(row["added_mean"], divided(sum(map(twin.added, left)), len(left)))
    close(row["longer_share"], divided(sum(twin.added(pair) > 0 for pair in left), len(left)))
    for by in twin.weights:
        close(row[f"lost_share_{by}"], divided(twin.weigh(lost, by), twin.weigh(reached, by)))
        weighed = sum(twin.weigh([pair], by) * twin.added(pair) for pair in left)
        close(row[f"added_mean_{by}"], divided(weighed, twin.weigh(left, by)))


def close(told: float | None, wanted: float | None) -> None:
    """Hold one number against another, where None is none."""
    assert (told is None) == (wanted is None)
    if wanted is not None:
        assert told == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("reading", ["state", "control"])
def test_states(case: Case, reading: str) -> None:
    """Each state stands there once, under both readings, with what the pairs that end there lose and how they grow."""
    of: Mapping[int, str] = getattr(case.twin, reading)
    rows = case.table("states" if reading == "state" else "states_by_control")
    assert set(rows) == set(of.values())
    for code, row in rows.items():
        check_state(row, case.twin, of, code)
        titles = {one.rpartition(": ")[0] for one in case.impact.figures[0].over[1:]}
        lost = [sum(map(twin.within(of, code), twin.lost)) for twin in (case.twin, *map(case.others.get, titles))]
        assert (row["lost_low"], row["lost_high"]) == (min(lost), max(lost))


def test_networks(case: Case) -> None:
    """Networks that lose a pair, from it or to it, stand there with what they lose, the greatest loss first."""
    twin = case.twin

    def ends(pairs: Iterable[tuple[int, int]], asn: int) -> list[tuple[int, int]]:
        return [pair for pair in pairs if asn in pair]

    rows = case.rows("networks")
    assert {row["asn"] for row in rows} == {asn for pair in twin.lost for asn in pair}
    assert [row["lost"] for row in rows] == sorted((row["lost"] for row in rows), reverse=True)
    for row in rows[:25]:
        asn = row["asn"]
        lost, reached, left = (ends(pairs, asn) for pairs in (twin.lost, twin.before, twin.after))
        assert (row["lost"], row["reached"], row["refused"]) == (len(lost), len(reached), asn in twin.refused)
        assert (row["state"] or "??") == twin.state[asn]
        # Told only where it is known: the reading by control takes the state by registration elsewhere.
        assert row["controlled"] in {None, twin.control[asn]}
        close(row["lost_share"], divided(len(lost), len(reached)))
        close(row["added_mean"], divided(sum(map(twin.added, left)), len(left)))
        for by, weight in twin.weights.items():
            # Of one network: what it loses of the addresses, or users, at the other ends.
            gone, there = (sum(weight[a] + weight[b] - weight[asn] for a, b in pairs) for pairs in (lost, reached))
            close(row[f"lost_share_{by}"], divided(gone, there))


def test_from_state_to_state(case: Case) -> None:
    """Each pair of states in which anything changes stands there once, with what changes in that direction."""
    twin = case.twin
    told = {(row["source"], row["destination"]): row for row in case.rows("state_pairs")}
    for one in set(twin.state.values()):
        for two in set(twin.state.values()):

            def here(pair: tuple[int, int], ends: tuple[str, str] = (one, two)) -> bool:
                return (twin.state[pair[0]], twin.state[pair[1]]) == ends

            reached, left, lost = (list(filter(here, pairs)) for pairs in (twin.before, twin.after, twin.lost))
            added = sum(map(twin.added, left))
            if not lost and not added:
                assert (one, two) not in told
                continue
            row = told[one, two]
            assert (row["reached"], row["lost"], row["added"]) == (len(reached), len(lost), added)
            close(row["lost_share"], divided(len(lost), len(reached)))
            close(row["added_mean"], divided(added, len(left)))


@pytest.mark.parametrize("reading", ["registration", "control"])
def test_transit_states(case: Case, reading: str) -> None:
    """A state carries the pairs with a network of it strictly between their ends, each pair once, in both readings."""
    twin = case.twin
    of = twin.state if reading == "registration" else twin.control
    rows = case.table(f"transit_by_{reading}")
    for code in set(of.values()) - {"??"}:
        was, now = twin.through(twin.before, of, code), twin.through(twin.after, of, code)
        if not was and not now:
            assert code not in rows
            continue
        row = rows.pop(code)
        assert (row["before"], row["after"], row["change"]) == (len(was), len(now), len(now) - len(was))
        close(row["share_before"], len(was) / len(twin.before))
        close(row["share_after"], len(now) / len(twin.after))
        foreign = len(twin.foreign(twin.before, of, code)), len(twin.foreign(twin.after, of, code))
        assert (row["foreign_before"], row["foreign_after"]) == foreign
    assert not rows


def test_carriers(case: Case) -> None:
    """A network carries the pairs between whose ends it stands; all that carry any stand there."""
    twin = case.twin

    def carried(paths: Mapping[Any, tuple[int, ...]], asn: int) -> int:
        return sum(asn in path[1:-1] for path in paths.values())

    rows = {row["asn"]: row for row in case.rows("carriers")}
    for asn in twin.numbers:
        was, now = carried(twin.before, asn), carried(twin.after, asn)
        assert (asn in rows) == bool(was or now)
        if was or now:
            assert (rows[asn]["before"], rows[asn]["after"]) == (was, now)


@pytest.mark.parametrize("reading", ["registration", "control"])
def test_who_stands_on_the_routes_to_whom(case: Case, reading: str) -> None:
    """Of the pairs that lead to a state, those with a network of another between, and which share that is."""
    twin = case.twin
    of = twin.state if reading == "registration" else twin.control
    name = "through" if reading == "registration" else "through_by_control"
    told = {(row["destination"], row["through"]): row for row in case.rows(name)}
    codes = set(of.values()) - {"??"}
    for to in codes:
        for way in codes - {to}:
            was, now = (
                sum(of[b] == to for _, b in twin.through(paths, of, way)) for paths in (twin.before, twin.after)
            )
            if not was and not now:
                assert (to, way) not in told
                continue
            row = told.pop((to, way))
            assert (row["before"], row["after"]) == (was, now)
            close(row["share_before"], divided(was, sum(of[b] == to for _, b in twin.before)))
            close(row["share_after"], divided(now, sum(of[b] == to for _, b in twin.after)))
    assert not told


def test_bounds_over_ties(case: Case) -> None:
    """What crosses a state lies between the bounds, whether ties go to the lowest or to the highest AS number."""
    highest = case.others["ties broken by the highest AS number"]
    rows = case.rows("exposure")
    assert rows
    for row in rows:
        lowest = len(case.twin.foreign(case.twin.before, case.twin.state, row["state"]))
        assert row["taken"] == lowest
        assert row["least"] <= lowest <= row["most"]
        assert row["least"] <= len(highest.foreign(highest.before, highest.state, row["state"])) <= row["most"]
        transit = case.table("transit_by_registration").get(row["state"])
        if transit:
            assert (transit["foreign_least"], transit["foreign_most"]) == (row["least"], row["most"])


def test_joining(case: Case) -> None:
    """Each candidate alone adds what naive reach grows by; the order takes, each time, who adds most."""
    twin = case.twin
    if not twin.coalition:
        assert not case.rows("accession")
        return
    named = twin.removed.union(*[one.named for one in twin.refusals[:1]])

    def networks(candidate: str) -> frozenset[int]:
        kind, _, name = candidate.partition(":")
        if kind == "state":
            return frozenset(asn for asn in twin.numbers if twin.state[asn] == name) - named
        party = {n.party: n.asn for n in make().networks()}.get(name) or int(name.removeprefix("p"))
        return frozenset({party}) - named

    base = twin.reach(twin.coalition)
    alone = {row["candidate"]: row for row in case.rows("candidates")}
    codes = {twin.state[asn] for asn in twin.numbers if asn not in twin.coalition | named} - {"??"}
    states = {name.removeprefix("state:") for name in alone if name.startswith("state:")}
    # All but those to which the named answer, which nobody asks to join.
    answering = {of[asn] for asn in named | twin.others for of in (twin.state, twin.control)}
    assert states <= codes
    assert codes - states <= answering
    for name, row in alone.items():
        grown = twin.coalition | networks(name)
        assert row["adds"] == twin.reach(grown) - base, name
        close(row["share"], divided(base + row["adds"], len(grown) * (len(grown) - 1)))
    inside, most = twin.coalition, {row["adds"] for row in alone.values()}
    for row in case.rows("accession"):
        assert row["adds"] == max(most)
        inside |= networks(row["candidate"])
        assert row["total"] == twin.reach(inside)
        most = {twin.reach(inside | networks(other)) - row["total"] for other in alone if not networks(other) <= inside}
    assert not most


def test_the_fault_line_each_way(case: Case) -> None:
    """Pairs across that have a route are told in each direction, before and after."""
    twin = case.twin
    rows = {row["what"]: row for row in case.rows("line")}
    if not (twin.coalition and twin.others):
        assert not rows
        return
    for what, one, two in (
        ("pairs from the coalition to the other side with a route", twin.coalition, twin.others - twin.coalition),
        ("pairs from the other side to the coalition with a route", twin.others - twin.coalition, twin.coalition),
    ):
        counted = [sum(a in one and b in two for a, b in paths) for paths in (twin.before, twin.after)]
        assert [rows[what]["before"], rows[what]["after"]] == counted


def test_lots_lie_within_what_ties_allow(small_world: World) -> None:
    """Ties broken by lot add and lose on the small Internet, where nothing hinges on them, what the lowest does."""
    found = asking.simulate(
        DAY, small_world, topology=FOLDER / "made-up.as-rel2.txt", scenario_file=FOLDER / "depeer.yaml", ensemble=3,
        ranges=False, transit=False,
    )  # fmt: skip
    figures = {one.id: one for one in found.figures}
    lots = figures["lots-pairs-lost"]
    assert (lots.low, lots.value, lots.high) == 3 * (len(small_twin("depeer").lost),)
    assert figures["lots-length-added"].value == pytest.approx(expected(small_twin("depeer"))["length-added"])
    assert "3 times" in lots.title
