"""Users that are lost: against a twin that goes through them one by one, and laws that hold for all catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crossline.stores import counting

if TYPE_CHECKING:
    from crossline.kleene import Codes

SHELF = {"app": pl.String, "store": pl.String, "storefront": pl.String, "code": pl.UInt8}
CELL = {"app": pl.String, "store": pl.String, "country": pl.String, "users": pl.Int64}
Shelf = tuple[str, str, str | None, int]
Cell = tuple[str, str | None, str | None, int]

APPS, STORES, STATES = "ab", "st", ("US", "DE")
SHELVES = st.lists(
    st.tuples(st.sampled_from(APPS), st.sampled_from(STORES), st.sampled_from((*STATES, None)), st.integers(0, 2)),
    min_size=1, max_size=10,
)  # fmt: skip
CELLS = st.lists(
    st.tuples(
        st.sampled_from(APPS), st.sampled_from((*STORES, None)), st.sampled_from((*STATES, "IN", None)),
        st.integers(0, 50),
    ),
    max_size=8, unique_by=lambda cell: cell[:3],
)  # fmt: skip


def frames(shelves: list[Shelf], cells: list[Cell]) -> tuple[pl.DataFrame, pl.DataFrame, Codes]:
    """Return cells and shelves as columns, a unit each shelf, and what becomes of each unit."""
    offered = pl.DataFrame(shelves, schema=SHELF, orient="row").with_row_index("unit")
    return pl.DataFrame(cells, schema=CELL, orient="row"), offered, offered["code"].to_numpy()


def totals(shelves: list[Shelf], cells: list[Cell]) -> dict[str, tuple[int, int, int]]:
    """Return users, lost at least and lost at most of each app, as the columns have it."""
    cell, offered, code = frames(shelves, cells)
    found = counting.summed(counting.users(counting.of_apps(cell, offered), code))
    return {row["key"]: (row["users"], row["lost"], row["lost"] + row["unsure"]) for row in found.to_dicts()}


def naive(shelves: list[Shelf], cells: list[Cell]) -> dict[str, tuple[int, int, int]]:
    """Return the same, figure by figure."""
    answer: dict[str, tuple[int, int, int]] = {}
    for app in {cell[0] for cell in cells}:
        mine = [cell for cell in cells if cell[0] == app]
        stated = {cell[2] for cell in mine} - {None}
        known = sum(max(users for _, _, country, users in mine if country == state) for state in stated)
        total = [0, 0, 0]
        for country in {cell[2] for cell in mine}:
            best = [0, 0, 0]
            for _, store, _, users in (cell for cell in mine if cell[2] == country):
                people = users if country else max(users - known, 0)
                codes = [
                    code
                    for name, where, front, code in shelves
                    if name == app and store in (None, where)
                    and (front in (country, None) if country else front not in stated)
                ]  # fmt: skip
                sure = people if codes and min(codes) == 2 else 0
                may = people if codes and max(codes) > 0 else 0
                best = [max(one, two) for one, two in zip(best, (people, sure, may), strict=True)]
            total = [one + two for one, two in zip(total, best, strict=True)]
        answer[app] = (total[0], total[1], total[2])
    return answer


@given(SHELVES, CELLS)
def test_users_agree_with_a_naive_twin(shelves: list[Shelf], cells: list[Cell]) -> None:
    """Columns count the users that one counts going from figure to figure."""
    assert totals(shelves, cells) == naive(shelves, cells)


@given(SHELVES, CELLS)
def test_no_more_are_lost_than_there_are(shelves: list[Shelf], cells: list[Cell]) -> None:
    """What is surely lost is at most what may be lost, which is at most all users."""
    assert all(0 <= lost <= most <= users for users, lost, most in totals(shelves, cells).values())


@given(SHELVES, CELLS, st.integers(0, 9))
def test_taking_more_out_loses_no_fewer(shelves: list[Shelf], cells: list[Cell], place: int) -> None:
    """Where one more shelf is emptied, nobody gets an app back: neither bound falls, and users stay what they were."""
    place %= len(shelves)
    more = [(*shelf[:3], 2) if number == place else shelf for number, shelf in enumerate(shelves)]
    before, after = totals(shelves, cells), totals(more, cells)
    for app, (users, lost, most) in before.items():
        assert after[app][0] == users
        assert (lost <= after[app][1], most <= after[app][2]) == (True, True)


@given(SHELVES, CELLS)
def test_a_store_counts_its_own_figures(shelves: list[Shelf], cells: list[Cell]) -> None:
    """Of an app in one store alone, that store has the app's users; in several, those that name it."""
    cell, offered, code = frames(shelves, cells)
    figures, pairs = counting.of_stores(cell, offered)
    counted = counting.summed(counting.users(figures, code)).join(pairs, on="key")
    found = {(row["app"], row["store"]): row for row in counted.to_dicts()}
    for app in {shelf[0] for shelf in shelves}:
        stores = {shelf[1] for shelf in shelves if shelf[0] == app}
        for store in stores:
            own = [cell for cell in cells if cell[:2] == (app, store)]
            if not own and len(stores) == 1:
                own = [cell for cell in cells if cell[:2] == (app, None)]
            mine: list[Cell] = [(app, None, country, users) for _, _, country, users in own]
            wanted = naive([shelf for shelf in shelves if shelf[:2] == (app, store)], mine).get(app)
            row = found.get((app, store))
            assert (row and (row["users"], row["lost"], row["lost"] + row["unsure"])) == wanted


def test_the_highest_of_two_stores_counts_once() -> None:
    """600 users by one store and 400 by the other in one country are 600 users of the app, all lost if both drop it."""
    shelves: list[Shelf] = [("a", "s", "US", 2), ("a", "t", "US", 2)]
    assert totals(shelves, [("a", "s", "US", 600), ("a", "t", "US", 400)]) == {"a": (600, 600, 600)}


def test_users_without_a_store_may_be_of_either() -> None:
    """If one of two stores drops an app, users of whom no store is stated are lost to nobody knows what part."""
    shelves: list[Shelf] = [("a", "s", "US", 2), ("a", "t", "US", 0)]
    assert totals(shelves, [("a", None, "US", 100)]) == {"a": (100, 0, 100)}


def test_users_beyond_stated_countries_are_the_rest() -> None:
    """Of 1,000 users, 300 of them in US and lost, 700 are elsewhere, and there the app stays: 300 are lost, no more."""
    shelves: list[Shelf] = [("a", "s", "US", 2), ("a", "s", "DE", 0)]
    cells: list[Cell] = [("a", None, "US", 300), ("a", None, None, 1000)]
    assert totals(shelves, cells) == {"a": (1000, 300, 300)}
    assert totals(shelves, [("a", None, None, 1000)]) == {"a": (1000, 0, 1000)}


def test_a_tally_leaves_unknown_users_unknown() -> None:
    """A group of which no app's users are known has none, rather than 0."""
    rows = pl.DataFrame({
        "app": ["a", "b", "c"], "group": ["x", "x", "y"], "most": [2, 1, 0], "users": [5, None, None],
        "lost": [5, None, None], "unsure": [0, None, None],
    })  # fmt: skip
    found: list[dict[str, Any]] = counting.tally(rows, "group").sort("group").to_dicts()
    assert found == [
        {"group": "x", "apps": 2, "out": 1, "doubt": 1, "known": 1, "users": 5, "lost": 5, "unsure": 0},
        {"group": "y", "apps": 1, "out": 0, "doubt": 0, "known": 0, "users": None, "lost": None, "unsure": None},
    ]
