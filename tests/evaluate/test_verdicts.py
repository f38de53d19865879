"""Verdicts: the table of DESIGN's paragraph "Verdict", cell by cell, and rules in and out of force."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy as np
import pytest

from crossline.evaluate.binding import Binding
from crossline.evaluate.judge import WORDS
from crossline.evaluate.judge import verdicts as combined
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from miniature import DAY, HERE, Asset, batch, estate_of, judge, regime, rule, verdict, verdicts, world

F, U, T = FALSE, UNKNOWN, TRUE
NA, OK, WHO, BAD, LET = "not-applicable", "compliant", "unknown", "violation", "exempt"

# DESIGN, "Verdict", by hand. "binds or applies false: not-applicable. Violation true: violation; false: compliant;
# otherwise unknown. If binds or applies is unknown, a false violation is not-applicable and anything else unknown. An
# exemption that holds turns violation and unknown into exempt; one that is unknown turns violation into unknown."
# (scope, violation): verdict where the exemption is false, unknown, true
TABLE = {
    (F, F): (NA, NA, NA),
    (F, U): (NA, NA, NA),
    (F, T): (NA, NA, NA),
    (U, F): (NA, NA, NA),
    (U, U): (WHO, WHO, LET),
    (U, T): (WHO, WHO, LET),
    (T, F): (OK, OK, OK),
    (T, U): (WHO, WHO, LET),
    (T, T): (BAD, WHO, LET),
}
CELLS = [(s, v, e) for (s, v) in TABLE for e in (F, U, T)]
EXPECTED = [TABLE[s, v][e] for s, v, e in CELLS]
GIVEN: dict[int, bool | None] = {F: False, U: None, T: True}


def codes(values: list[int]) -> Codes:
    """Return Kleene codes as a column."""
    return np.array(values, np.uint8)


def test_the_table_of_verdicts() -> None:
    """All 27 combinations of scope, violation and exemption get the verdict that DESIGN says."""
    scope, violation, exempt = (codes(list(part)) for part in zip(*CELLS, strict=True))
    assert [WORDS[code] for code in combined(scope, violation, exempt)] == EXPECTED


def test_a_waiver_lets_off_what_would_not_comply() -> None:
    """A waiver turns violation and unknown into exempt, and touches nothing else."""
    scope, violation, exempt = (codes(list(part)) for part in zip(*CELLS, strict=True))
    waived = combined(scope, violation, exempt, np.ones(27, np.bool_))
    assert [WORDS[code] for code in waived] == [LET if word in (BAD, WHO) else word for word in EXPECTED]
    other = np.array([row % 2 == 0 for row in range(27)])
    half = combined(scope, violation, exempt, other)
    assert [WORDS[c] for c in half[1::2]] == EXPECTED[1::2]


# Binds and applies together are the scope: false if one is false, else unknown if one is unknown (Kleene's "and").
EIGHTY_ONE = list(itertools.product((F, U, T), repeat=4))


def asset(binds: int, applies: int, violation: int, exempt: int) -> Asset:
    """Return a service whose columns make the four expressions of RULE false, unknown or true."""
    return {
        "undisclosed_access": GIVEN[binds],
        "forced_update": GIVEN[applies],
        "international": GIVEN[violation],
        "disclosure_days": {F: 1, U: None, T: 9}[exempt],
    }


RULE = rule(
    "international", kind="service", binds="undisclosed_access", applies="forced_update", exempt="disclosure_days > 5"
)


def test_the_table_holds_for_rules_over_assets() -> None:
    """The same table comes out where the four expressions are read from columns of 81 assets."""
    made = estate_of(batch("service", {"".join(map(str, row)): asset(*row) for row in EIGHTY_ONE}))
    expected = {"".join(map(str, (b, a, v, e))): TABLE[min(b, a), v][e] for b, a, v, e in EIGHTY_ONE}
    assert verdicts(regime(RULE), world(), made) == expected


def test_expressions_that_are_left_out_bind_apply_and_exempt_nobody() -> None:
    """Without binds and applies a rule speaks of every asset, and without exempt it lets nobody off."""
    made = estate_of(batch("service", {str(v): {"international": GIVEN[v]} for v in (F, U, T)}))
    assert verdicts(regime(rule("international", kind="service")), world(), made) == {"0": OK, "1": WHO, "2": BAD}


@pytest.mark.parametrize(
    ("of_regime", "of_rule", "in_force"),
    [
        ({}, {}, True),
        ({"since": "2026-07-01"}, {}, True),
        ({"since": "2026-07-02"}, {}, False),
        ({"until": "2026-07-02"}, {}, True),
        ({"until": "2026-07-01"}, {}, False),
        ({}, {"since": "2026-07-01"}, True),
        ({}, {"since": "2026-07-02"}, False),
        ({}, {"until": "2026-07-02"}, True),
        ({}, {"until": "2026-07-01"}, False),
        ({"since": "2026-07-02"}, {"since": "2020-01-01"}, False),
        ({"until": "2026-06-01"}, {"until": "2030-01-01"}, False),
        ({"since": "2020-01-01"}, {"since": "2026-06-30", "until": "2026-07-02"}, True),
    ],
)
def test_a_rule_speaks_while_it_and_its_regime_are_in_force(
    of_regime: dict[str, str], of_rule: dict[str, str], in_force: bool
) -> None:
    """Since is closed and until open, for the rule and for its regime: both must be in force on the day asked for."""
    dated = lambda spans: {key: date.fromisoformat(day) for key, day in spans.items()}  # noqa: E731 - twice below
    asked = regime(rule("true", **dated(of_rule)), **dated(of_regime))
    assert Binding(asked, DAY, HERE).in_force(asked.rules[0]) is in_force
    assert verdict(asked, world(), {}) == (BAD if in_force else NA)


def test_the_day_of_observation_does_not_put_a_rule_in_force() -> None:
    """Whether a rule is in force depends on the day of the question, not on when an asset was seen."""
    asked = regime(rule("true", since=date(2026, 1, 1)))
    assert verdict(asked, world(), {}, observed_at=date(2025, 1, 1)) == BAD
    assert verdict(asked, world(), {}, as_of=date(2025, 12, 31), observed_at=DAY) == NA


NEVER: dict[str, Any] = rule(None, decidable="never", decidable_why="nobody sees it", kind="estate")


def test_a_clause_that_nothing_decides_is_one_unknown() -> None:
    """However many assets there are, the estate as a whole gets one unknown, and the reason is what is missing."""
    whole = batch("estate", {"estate": {}})
    made = estate_of(whole, batch("data-store", {"a": {}, "b": {}}))
    judgement = judge(regime(NEVER), world(), made)
    assert judgement.tally == {NA: 0, OK: 0, WHO: 1, BAD: 0, LET: 0}
    assert verdicts(regime(NEVER | {"until": date(2026, 7, 1)}), world(), made) == {"estate": NA}
    assert verdicts(regime(NEVER | {"binds": "home == target"}), world(), made) == {"estate": NA}


def test_an_estate_without_assets_of_the_kind_is_judged_without_a_verdict() -> None:
    """A rule over a kind that nothing was read of counts nothing."""
    made = estate_of(batch("estate", {"estate": {}}))
    assert sum(judge(regime(RULE), world(), made).tally.values()) == 0
