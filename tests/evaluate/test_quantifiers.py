"""Quantifiers over ties: extents, empty lists, joined roles, ``via``, nesting, and which tie decides."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crossline.kleene import TRUE
from miniature import Asset, ask, audited, batch, company, estate_of, judge, regime, rule, verdict, verdicts, world

BAD, OK, WHO = "violation", "compliant", "unknown"
# t.place == "X" is true of a tie placed in X, false of one in Y, and unknown of one whose place is not stated.
PLACES: dict[str, dict[str, Any]] = {
    "t": {"id": "vendor:t", "place": "X"},
    "f": {"id": "vendor:f", "place": "Y"},
    "u": {"id": "vendor:u"},
}
ANY = rule('operator.exists(t, t.place == "X")')
EVERY = rule('operator.all(t, t.place == "X")')


# By hand from DESIGN, "Language": exists is the disjunction of its ties and all the conjunction (Kleene); an extent
# other than all adds "|| unknown" and "&& unknown". What the violation comes to gives the verdicts below.
@pytest.mark.parametrize(
    ("ties", "extent", "some", "every"),
    [
        ("", "all", OK, BAD),  # exists over the empty list is false, all is true
        ("", "some", WHO, WHO),
        ("", "none", WHO, WHO),
        ("t", "all", BAD, BAD),
        ("t", "some", BAD, WHO),
        ("f", "all", OK, OK),
        ("f", "some", WHO, OK),
        ("u", "all", WHO, WHO),
        ("u", "some", WHO, WHO),
        ("tt", "all", BAD, BAD),
        ("tf", "all", BAD, OK),
        ("tf", "some", BAD, OK),
        ("tu", "all", BAD, WHO),
        ("fu", "all", WHO, OK),
        ("ut", "some", BAD, WHO),
        ("uf", "some", WHO, OK),
        ("ff", "all", OK, OK),
        ("ff", "some", WHO, OK),
        ("fut", "all", BAD, OK),
    ],
)
def test_extents_add_an_unknown(ties: str, extent: str, some: str, every: str) -> None:
    """What was not seen leaves exists undecided unless a tie is true, and all undecided unless a tie is false."""
    listed: list[Any] = [PLACES[letter] for letter in ties] + (["..."] if extent == "some" else [])
    given = {} if extent == "none" else {"operator": listed}
    assert verdict(regime(ANY), world(), given) == some
    assert verdict(regime(EVERY), world(), given) == every


@pytest.mark.parametrize(
    ("operator", "owner", "some", "every"),
    [
        ("f", "t", BAD, OK),
        ("f", "f", OK, OK),
        ("t", "t", BAD, BAD),
        ("", "", OK, BAD),
        ("f", None, WHO, OK),
        ("t", None, BAD, WHO),
        (None, "t", BAD, WHO),
        (None, None, WHO, WHO),
    ],
)
def test_a_sum_of_roles_is_one_list(operator: str | None, owner: str | None, some: str, every: str) -> None:
    """The ties of joined roles are quantified over together, and are all seen only if each role's are."""
    parts = {"operator": operator, "owner": owner}
    given = {role: [PLACES[c] for c in ties] for role, ties in parts.items() if ties is not None}
    source = '(operator + owner).{}(t, t.place == "X")'
    assert verdict(regime(rule(source.format("exists"))), world(), given) == some
    assert verdict(regime(rule(source.format("all"))), world(), given) == every


VIA = 'device.via("vendor").{}(t, t.place == "X")'
IN_X, IN_Y = ("vendor:a", {"place": "X"}), ("vendor:b", {"place": "Y"})


# Devices: x has a vendor in X, y one in Y, both seen whole; part has one in Y and more that was not seen; bare's were
# not looked at; none has none; gone is no asset of the estate.
@pytest.mark.parametrize(
    ("devices", "some", "every"),
    [
        ([], OK, BAD),
        (["x"], BAD, BAD),
        (["y"], OK, OK),
        (["y", "x"], BAD, OK),
        (["part"], WHO, OK),
        (["part", "x"], BAD, OK),
        (["bare"], WHO, WHO),
        (["bare", "x"], BAD, WHO),
        (["none"], OK, BAD),
        (["none", "x"], BAD, BAD),
        (["gone"], WHO, WHO),
        (["gone", "x"], BAD, WHO),
        (["gone", "y"], WHO, OK),
        (["x", "..."], BAD, WHO),
        (["y", "..."], WHO, OK),
    ],
)
def test_via_is_seen_whole_only_if_both_levels_are(devices: list[str], some: str, every: str) -> None:
    """All vendors via devices are known only if all devices are, each is an asset, and all of its vendors are."""
    listed = [f"asset:{name}" for name in devices if name != "..."]
    extent = "some" if "..." in devices else "all"
    paths = batch("path", {"p": {"device": listed}}, extents=[(0, "device", extent, None)])
    machines = batch(
        "device",
        {"x": {"vendor": [IN_X]}, "y": {"vendor": [IN_Y]}, "part": {"vendor": [IN_Y]}, "bare": {},
         "none": {"vendor": []}},
        extents=[(0, "vendor", "all", None), (1, "vendor", "all", None), (2, "vendor", "some", None),
                 (4, "vendor", "all", None)],
    )  # fmt: skip
    made = estate_of(machines, paths)
    for word, expected in (("exists", some), ("all", every)):
        asked = regime(rule(VIA.format(word), kind="path"))
        assert verdicts(asked, world(), made) == {"p": expected}


def test_via_joins_with_a_role_of_the_asset_itself() -> None:
    """(vendor + device.via("vendor")) takes both, and is whole only if both are."""
    machines = batch("device", {"x": {"vendor": [IN_X]}, "y": {"vendor": [IN_Y]}})
    paths = batch(
        "path",
        {
            "own": {"vendor": [IN_X], "device": ["asset:y"]},
            "via": {"vendor": [IN_Y], "device": ["asset:y", "asset:x"]},
            "neither": {"vendor": [IN_Y], "device": ["asset:y"]},
            "unsaid": {"device": ["asset:y"]},
        },
    )
    asked = regime(rule('(vendor + device.via("vendor")).exists(t, t.place == "X")', kind="path"))
    expected = {"own": BAD, "via": BAD, "neither": OK, "unsaid": WHO}
    assert verdicts(asked, world(), estate_of(machines, paths)) == expected


@pytest.mark.parametrize(
    ("owner", "operator", "expected"),
    [
        (["X"], ["X", "X"], BAD),  # the owner in X has all operators in X
        (["Y"], ["X", "X"], OK),
        (["Y", "X"], ["X"], BAD),  # one owner is enough
        (["X"], [], BAD),  # all of nothing
        ([], ["X"], OK),  # no owner
        (["X"], ["X", None], WHO),
        (["X"], ["Y", None], OK),
        ([None], ["X"], WHO),
        (["X", None], ["X"], BAD),
    ],
)
def test_quantifiers_nest(owner: list[str | None], operator: list[str | None], expected: str) -> None:
    """An inner quantifier is decided for each tie of the outer one, and may speak of both."""
    given = {
        role: [{"id": f"vendor:{role}{n}"} | ({"place": place} if place else {}) for n, place in enumerate(places)]
        for role, places in (("owner", owner), ("operator", operator))
    }
    asked = regime(rule("owner.exists(o, operator.all(p, p.place == o.place))"))
    assert verdict(asked, world(), given) == expected


def test_a_body_may_speak_of_the_asset() -> None:
    """A column stands in a quantifier's body, for each asset its own, also where assets share their ties."""
    made = estate_of(
        batch(
            "data-store",
            {
                "same": {"data_class": "secret", "operator": [("vendor:a", {"place": "secret"})], "bundle": 0},
                "other": {"data_class": "personal", "bundle": 0},
                "unsaid": {"bundle": 0},
            },
        )
    )
    asked = regime(rule("operator.exists(t, t.place == data_class)"))
    assert verdicts(asked, world(), made) == {"same": BAD, "other": OK, "unsaid": WHO}


# -- which tie decides -----------------------------------------------------------------------------------------


def deciding(roles: Asset, source: str = '(operator + owner).exists(t, t.place == "X")') -> tuple[str, str, list[str]]:
    """Return role and identifier of the deciding tie of one asset, and the identifiers that decide alike."""
    made = estate_of(batch("data-store", {"a": roles}))
    found = audited(regime(rule(source)), world(), made).findings.row(0, named=True)
    return found["role"], found["identifier"], found["also"]


X, Y = {"place": "X"}, {"place": "Y"}


@pytest.mark.parametrize(
    ("roles", "role", "identifier", "also"),
    [
        ({"operator": [("vendor:b", X), ("vendor:a", X)], "owner": []}, "operator", "vendor:b", ["vendor:a"]),
        ({"operator": [("vendor:a", Y), ("vendor:b", X)], "owner": []}, "operator", "vendor:b", []),
        # of one sequence number: the identifier that comes first, whatever its role
        ({"operator": [("vendor:b", X)], "owner": [("vendor:a", X)]}, "owner", "vendor:a", ["vendor:b"]),
        ({"operator": [("vendor:b", X)], "owner": [("asn:9", X)]}, "owner", "asn:9", ["vendor:b"]),
        # a smaller sequence number goes before a smaller identifier
        ({"operator": [("vendor:z", X)], "owner": [("vendor:b", Y), ("vendor:a", X)]}, "operator", "vendor:z",
         ["vendor:a"]),
        # the same identifier twice is one
        ({"operator": [("vendor:a", X), ("vendor:a", X)], "owner": []}, "operator", "vendor:a", []),
    ],
)  # fmt: skip
def test_the_first_tie_by_sequence_then_identifier_decides(
    roles: Asset, role: str, identifier: str, also: list[str]
) -> None:
    """Of several ties that violate the first by sequence, then identifier, is shown, and the others are listed."""
    assert deciding(roles) == (role, identifier, also)


@pytest.mark.parametrize(
    "source",
    [
        'data_class == "secret" && operator.exists(t, t.place == "X")',
        'operator.exists(t, t.place == "X") && data_class == "secret"',
        'data_class == "secret" && (data_class == "other" || operator.exists(t, t.place == "X"))',
        '!(data_class != "secret" || operator.all(t, t.place != "X"))',
        'data_class == "secret" ? operator.exists(t, t.place == "X") : owner.exists(t, t.place == "X")',
        'data_class == "other" ? owner.exists(t, t.place == "X") : operator.exists(t, t.place == "X")',
    ],
)
def test_a_tie_decides_beside_a_column(source: str) -> None:
    """Where a violation rests on a column and on a tie, the finding names the tie, and of a choice the chosen one."""
    roles = {"data_class": "secret", "operator": [("vendor:a", X)], "owner": [("vendor:o", X)]}
    assert deciding(roles, source)[:2] == ("operator", "vendor:a")


def test_of_two_limbs_the_first_written_decides() -> None:
    """Where both sides of a disjunction hold the first one written is shown, evidence and tie alike."""
    source = 'data_class == "secret" && operator.exists(t, t.place == "X") || owner.exists(t, t.place == "X")'
    made = estate_of(
        batch("data-store", {"a": {"data_class": "secret", "operator": [("vendor:a", X)], "owner": [("vendor:o", X)]}})
    )
    found = audited(regime(rule(source)), world(), made).findings.row(0, named=True)
    assert (found["role"], found["identifier"], found["limb"]) == ("operator", "vendor:a", "operator")
    assert found["also"] == ["vendor:o"]  # DESIGN, "The command line": all that violate are listed
    assert "vendor:a is its operator, in X" in [step["statement"] for step in found["why"]]


def test_a_choice_tells_only_the_chosen_side() -> None:
    """Neither evidence nor what is missing speaks of the side of ? : that was not taken."""
    source = 'data_class == "secret" ? operator.exists(t, t.place == "X") : owner.exists(t, t.place == "X")'
    given: dict[str, Any] = {"data_class": "secret", "operator": [{"id": "vendor:a", "place": "X"}], "owner": []}
    assert not [line for line in ask(regime(rule(source)), world(), given).why if "owner" in line]
    unknown = ask(regime(rule(source)), world(), {"data_class": "secret"}).why
    assert [line for line in unknown if line.startswith("missing")] == ["missing: every operator of it: not seen"]


# -- bundles and files -----------------------------------------------------------------------------------------

LISTED = regime(rule('operator.exists(t, t.listed("named"))'), lists={"named": {"list": "l", "statuses": ["listed"]}})
ABOUT = world(
    party=[company("p"), company("q")],
    identifier=[
        {"type": "vendor", "value": "a", "party": "p", "since": date(2020, 1, 1), "until": date(2021, 1, 1)},
        {"type": "vendor", "value": "a", "party": "q", "since": date(2021, 1, 1)},
    ],
    listing=[{"list": "l", "party": "p", "status": "listed"}],
)


def test_assets_of_one_bundle_that_were_seen_on_different_days() -> None:
    """Assets share ties, yet an identifier is resolved at each one's own date: it was p's in 2020, and is q's since."""
    assets = {
        name: {"bundle": 0, "operator": ["vendor:a"], "observed_at": day}
        for name, day in (
            ("then", date(2020, 6, 1)),
            ("last day", date(2020, 12, 31)),
            ("now", date(2021, 1, 1)),
            ("then too", date(2020, 6, 1)),
            ("before", date(2019, 12, 31)),
        )
    }
    expected = {"then": BAD, "last day": BAD, "now": OK, "then too": BAD, "before": WHO}
    assert verdicts(LISTED, ABOUT, estate_of(batch("data-store", assets))) == expected


def test_extents_follow_a_bundle_that_is_split() -> None:
    """What was not seen of a bundle was not seen on any of its days; a row without a bundle speaks for all others."""
    day = {"one": date(2021, 6, 1), "two": date(2022, 6, 1)}
    assets = {
        f"{bundle} {when}": {"bundle": number, "operator": ["vendor:a"], "observed_at": day[when]}
        for number, bundle in enumerate(("whole", "part"))
        for when in day
    }
    made = batch("data-store", assets, extents=[(1, "operator", "some", "cut"), (None, "operator", "all", None)])
    expected = {"whole one": OK, "whole two": OK, "part one": WHO, "part two": WHO}
    assert verdicts(LISTED, ABOUT, estate_of(made)) == expected


def test_ties_of_several_files_stay_apart() -> None:
    """Files number bundles and identifiers from 0 on, each for itself; joined, each asset keeps its own ties."""
    one = batch("data-store", {"a": {"operator": ["vendor:b"]}, "b": {"operator": ["vendor:a"]}})
    two = batch("data-store", {"c": {"operator": ["vendor:a"]}, "d": {"operator": []}, "e": {}})
    three = batch("device", {"m": {"vendor": ["vendor:a"]}})
    when = {"observed_at": date(2020, 6, 1)}
    four = batch(
        "data-store", {"f": {"operator": ["vendor:b", "vendor:a"]} | when, "g": {"operator": ["vendor:b"]} | when}
    )
    made = estate_of(("1", one), ("2", two), ("3", three), ("4", four))
    got = verdicts(LISTED, ABOUT, made)
    # vendor:b leads to nobody, and nobody says that all vendor names of p are known
    assert got == {"a": WHO, "b": OK, "c": OK, "d": OK, "e": WHO, "f": BAD, "g": WHO}


def test_assets_that_share_ties_are_judged_alike() -> None:
    """A thousand assets over two bundles get their bundle's verdict each, and the count of the verdicts is theirs."""
    day = date(2020, 6, 1)
    assets: dict[str, Asset] = {
        f"a{n}": {"bundle": n % 2, "operator": ["vendor:a" if n % 2 else "party:q"], "observed_at": day}
        for n in range(1000)
    }
    judgement = judge(LISTED, ABOUT, estate_of(batch("data-store", assets)))
    assert judgement.tally[BAD] == 500
    assert judgement.tally[OK] == 500
    leaf = next(iter(judgement.decisions.values()))
    assert set(leaf.code[1::2]) == {TRUE}


def test_an_asset_that_two_files_describe() -> None:
    """Two files speak of machine m: in whatever order they are read, a path over it is not compliant by one of them."""
    asked = regime(rule(VIA.format("exists"), kind="path"))
    paths = batch("path", {"p": {"device": ["asset:m"]}})
    one, other = batch("device", {"m": {"vendor": [IN_Y]}}), batch("device", {"m": {"vendor": [IN_X]}})
    found = [
        verdicts(asked, world(), estate_of(("p", paths), ("1", first), ("2", second)))["p"]
        for first, second in ((one, other), (other, one))
    ]
    assert found[0] == found[1]
    assert OK not in found
