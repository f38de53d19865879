"""Counting a rule's verdicts apart by a column says what the verdicts say, part by part."""

from __future__ import annotations

from crossline.auditing.apart import apart
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding
from miniature import DAY, HERE, batch, company, estate_of, regime, rule, world


def test_core_and_radio_are_counted_apart() -> None:
    """Of five machines, two of them radio, the counts of each part are those counted by hand; a part may be unknown."""
    listing = [{"list": "l", "party": "a", "status": "named", "since": DAY}]
    about = world(party=[company("a"), company("b")], listing=listing)
    machines = {
        "m1": {"vendor": ["party:a"], "network_part": "core"},
        "m2": {"vendor": ["party:b"], "network_part": "core"},
        "m3": {"vendor": ["party:a"], "network_part": "radio"},
        "m4": {"vendor": ["vendor:nobody knows"], "network_part": "radio"},
        "m5": {"vendor": ["party:a"]},
    }
    asked = regime(
        rule('vendor.exists(t, t.listed("l"))', kind="device", line="path"),
        lists={"l": {"list": "l", "statuses": ["named"]}},
    )
    binding = Binding(asked, DAY, HERE)
    rows = apart(Session(estate_of(batch("device", machines)), about, binding).judge([binding]))
    told = {row["value"]: (row["violation"], row["compliant"], row["unknown"]) for row in rows}
    assert told == {"core": (1, 1, 0), "radio": (1, 0, 1), None: (1, 0, 0)}


def test_where_no_part_is_stated_nothing_is_counted_apart() -> None:
    """Machines of which nobody said the part give no rows."""
    asked = regime(rule('vendor.exists(t, t.type == "party")', kind="device", line="path"))
    binding = Binding(asked, DAY, HERE)
    made = estate_of(batch("device", {"m1": {"vendor": ["party:a"]}}))
    assert apart(Session(made, world(party=[company("a")]), binding).judge([binding])) == []
