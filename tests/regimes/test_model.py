"""A regime's file: what it lacks or has too much of is named with file, rule and key."""

from __future__ import annotations

import copy
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crossline import regimes, yamlfile
from crossline.regimes import model
from crossline.regimes.document import RegimeError
from miniature import rule

if TYPE_CHECKING:
    from pathlib import Path

WHOLE: dict[str, Any] = {
    "id": "mini",
    "title": "A made-up regime",
    "issuer": "AA",
    "legal": "It binds nobody.",
    "since": date(2020, 1, 1),
    "until": None,
    "home": "AA",
    "target": "BB",
    "parameters": {"reading": {"default": "narrow", "choices": ["narrow", "wide"], "about": "how to read it"}},
    "covers": [{"state": "BB", "code": "BC", "since": date(2021, 1, 1), "source": "s"}],
    "lists": {"named": {"list": "l", "scope": "cloud", "statuses": ["listed"], "aimed_at": "BB", "doctrine": "half"}},
    "coalitions": {"members": {"coalition": "c", "statuses": ["signed"]}},
    "doctrines": {
        "half": {
            "threshold_pct": 50,
            "inclusive": True,
            "aggregate": True,
            "interest": "either",
            "indirect": "cascade",
            "also": ["domicile"],
            "cite": {"source": "s", "clause": "2"},
        }
    },
    "controlled_by": "half",
    "rules": [rule(tests=[{"given": {}, "verdict": "unknown"}])],
}
GONE = object()


def changed(place: str, value: object) -> dict[str, Any]:
    """Return the whole regime with one thing changed, added or (GONE) taken away; ``place`` is keys joined by dots."""
    document = copy.deepcopy(WHOLE)
    *above, last = place.split(".")
    part: Any = document
    for key in above:
        part = part[int(key)] if isinstance(part, list) else part[key]
    if value is GONE:
        del part[last]
    else:
        part[int(last) if isinstance(part, list) else last] = value
    return document


def refusal(document: object) -> str:
    """Return the complaint about a document."""
    with pytest.raises(RegimeError) as caught:
        model.regime(document, "mini.yaml")
    return str(caught.value)


def test_the_whole_regime_loads() -> None:
    """What the tests below break is sound, and comes back typed."""
    made = model.regime(copy.deepcopy(WHOLE), "mini.yaml")
    assert made.rule("r").cite == model.Cite("s", "1")
    assert made.doctrines["half"].threshold_pct == 50.0
    assert made.lists["named"].scopes == ("cloud",)
    assert made.covers[0].since == date(2021, 1, 1)
    with pytest.raises(KeyError):
        made.rule("nobody")


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("titel", "x", "mini.yaml: 'titel' is not known here; did you mean 'title'?"),
        ("title", GONE, "mini.yaml: title is missing"),
        ("home", GONE, "mini.yaml: home is missing"),
        ("title", 5, "mini.yaml: title should be a text, not a whole number"),
        ("since", "soon", "mini.yaml: since should be a date, not a text"),
        ("rules", {}, "mini.yaml: rules should be a list, not a mapping"),
        ("rules.0", "r", "mini.yaml: rules[0]: a mapping was expected, not a text"),
        ("rules.0.id", GONE, "id is missing"),
        ("rules.0.severty", "low", "rule r: 'severty' is not known here; did you mean 'severity'?"),
        ("rules.0.severity", GONE, "rule r: severity is missing"),
        ("rules.0.severity", "dire", "rule r: severity is 'dire', not one of high, medium, low"),
        ("rules.0.line", "train", "rule r: line is 'train', not one of carrier"),
        ("rules.0.effect", "wish", "rule r: effect is 'wish', not one of prohibition"),
        ("rules.0.violation", GONE, "rule r: violation is missing"),
        ("rules.0.violation", True, "rule r: violation should be a text, not true or false"),
        ("rules.0.cite", "s", "rule r: cite should be a mapping, not a text"),
        ("rules.0.cite", {}, "rule r: cite: source is missing"),
        ("rules.0.cite", {"source": "s", "page": "1"}, "rule r: cite: 'page' is not known here"),
        ("rules.0.remedy", "flee", "rule r: remedy should be a list, not a text"),
        ("rules.0.remedy", ["flee", 1], "rule r: remedy should be a list of texts"),
        ("rules.0.reading", "contested", "rule r: a contested reading needs reading_why"),
        ("rules.0.reading", "open", "rule r: reading is 'open', not one of settled, contested"),
        ("rules.0.decidable", "maybe", "rule r: decidable is 'maybe', not one of yes, proxy, never"),
        ("rules.0.decidable", "proxy", "rule r: decidable: proxy needs decidable_why"),
        ("rules.0.decidable", False, "rule r: decidable is False, not one of yes, proxy, never"),
        ("rules.0.defaults", {"raeding": "wide"}, "rule r: defaults.raeding is no parameter"),
        ("rules.0.defaults", {"reading": "broad"}, "rule r: defaults.reading"),
        ("rules.0.tests.0.verdict", "guilty", "verdict is 'guilty', not one of violation, compliant"),
        ("rules.0.tests.0.givn", {}, "'givn' is not known here; did you mean 'given'?"),
        ("rules.0.tests.0.as_of", "2020", "as_of should be a date, not a text"),
        ("parameters.reading.default", "broad", "mini.yaml: parameters.reading: the default 'broad' is not one of"),
        ("parameters.reading.type", "float", "mini.yaml: parameters.reading: type is 'float', not one of text"),
        ("parameters.reading.about", GONE, "mini.yaml: parameters.reading: about is missing"),
        ("parameters.limit", {"type": "integer", "default": "x", "about": "y"}, "mini.yaml: parameters.limit: "),
        ("covers.0.code", GONE, "mini.yaml: covers[0]: code is missing"),
        ("covers.0.until", date(2020, 1, 1), "mini.yaml: covers[0]: since is not before until"),
        ("lists.named.status", ["x"], "mini.yaml: lists.named: 'status' is not known here; did you mean 'statuses'?"),
        ("lists.named.statuses", "$nothing", "mini.yaml: named: '$nothing' names no parameter"),
        ("lists.named.statuses", [1], "mini.yaml: lists.named: statuses should be a list of texts"),
        ("lists.named.scope", [1], "mini.yaml: lists.named: scope should be a list of texts"),
        ("lists.named.doctrine", "whole", "mini.yaml: there is no doctrine 'whole'"),
        ("lists.named.subsidiaries", "yes", "mini.yaml: lists.named: subsidiaries should be true or false, not a text"),
        ("coalitions.members.status", ["x"], "mini.yaml: coalitions.members: 'status' is not known here"),
        ("coalitions.members.statuses", [1], "mini.yaml: coalitions.members: statuses should be a list of texts"),
        ("coalitions.members.statuses", "$nothing", "mini.yaml: members: '$nothing' names no parameter"),
        ("doctrines.half.threshold_pct", 0, "mini.yaml: doctrines.half: threshold_pct should lie above 0"),
        ("doctrines.half.threshold_pct", 100.1, "threshold_pct should lie above 0 and up to 100"),
        ("doctrines.half.threshold_pct", float("nan"), "threshold_pct should lie above 0 and up to 100"),
        ("doctrines.half.threshold_pct", True, "threshold_pct should be a whole number or a number"),
        ("doctrines.half.also", ["rumour"], "mini.yaml: doctrines.half: also holds domicile, seat and direction only"),
        ("doctrines.half.interest", "all", "mini.yaml: doctrines.half: interest is 'all', not one of equity, voting"),
        ("doctrines.half.cite", {"clause": "2"}, "mini.yaml: doctrines.half.cite: source is missing"),
        ("controlled_by", "whole", "mini.yaml: there is no doctrine 'whole'"),
        ("state_owned_by", "whole", "mini.yaml: there is no doctrine 'whole'"),
        ("until", date(2020, 1, 1), "mini.yaml: since is not before until"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(place: str, value: object, expected: str) -> None:
    """The complaint names file, rule and key, and the key or word that is meant where one is close."""
    complaint = refusal(changed(place, value))
    assert complaint.startswith("mini.yaml: ")
    assert expected in complaint


@pytest.mark.parametrize("document", [None, [], "regime", 5])
def test_a_document_is_a_mapping(document: object) -> None:
    """Anything but keys and values is refused."""
    assert refusal(document).startswith("mini.yaml: a mapping was expected")


def test_a_rule_stands_once() -> None:
    """Two rules of one id are refused, since a finding could not be told from another's."""
    assert refusal(WHOLE | {"rules": [rule(), rule()]}) == "mini.yaml: rule r stands twice"


@pytest.mark.parametrize(("since", "until", "sound"), [(1, 2, True), (2, 2, False), (2, 1, False)])
def test_a_rule_begins_before_it_ends(since: int, until: int, sound: bool) -> None:
    """Since is closed and until open, so a rule whose days are equal was never in force."""
    document = WHOLE | {"rules": [rule(since=date(2020, 1, since), until=date(2020, 1, until))]}
    if sound:
        assert model.regime(document, "mini.yaml").rule("r").until == date(2020, 1, until)
    else:
        assert refusal(document).endswith("rule r: since is not before until")


def test_what_nothing_decides_is_of_kind_estate() -> None:
    """A clause that no evidence decides has no violation, a reason, and the estate as its asset."""
    never = rule(None, decidable="never", decidable_why="nobody can see it", kind="estate")
    assert model.regime(WHOLE | {"rules": [never]}, "mini.yaml").rule("r").violation is None
    assert "of kind estate" in refusal(WHOLE | {"rules": [never | {"kind": "route"}]})


def test_subsidiaries_need_a_doctrine() -> None:
    """That a list names groups says nothing unless it is said when a party is held."""
    listed = {"list": "l", "statuses": ["listed"], "subsidiaries": True}
    assert "subsidiaries needs a doctrine" in refusal(WHOLE | {"lists": {"named": listed}})


def test_a_file_that_is_no_regime(tmp_path: Path) -> None:
    """A name that is neither a regime nor a file is answered with those that there are."""
    with pytest.raises(RegimeError, match=r"no such regime or file; there are .*us-clean-network"):
        regimes.load(str(tmp_path / "nothing.yaml"))


def test_keys_that_stand_twice(tmp_path: Path) -> None:
    """Of two values for one key neither is taken in silence."""
    file = tmp_path / "mini.yaml"
    file.write_text("id: mini\nid: other\n", encoding="utf-8")
    with pytest.raises(yamlfile.YamlError, match="id"):
        regimes.load(str(file))
