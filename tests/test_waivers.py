"""Waivers: what they turn, what they never turn, and that a mistake in one is named with its line."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import waivers, yamlfile
from crossline.waivers import Waivers, load
from crossline.yamlfile import YamlError
from miniature import DAY, Asset, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.estate import Estate
    from crossline.reports import Audit

SCHEMA = json.loads(resources.files("crossline").joinpath("schema/waivers.json").read_text())
LISTED = [{"list": "l", "party": party, "status": "listed"} for party in ("p", "q")]
WORLD = world(party=[company(name) for name in ("p", "q", "n")], listing=LISTED)
REGIME = regime(
    rule('operator.exists(t, t.listed("named"))'),
    lists={"named": {"list": "l", "statuses": ["listed"]}},
)
SIGNED = "  reason: The contract runs out.\n  approver: a.person\n  expires: 2027-01-01\n"


def write(folder: Path, *items: str) -> Waivers:
    """Write waivers of the made-up rule, each with its selectors, and read them."""
    path = folder / "waivers.yaml"
    path.write_text("waivers:\n" + "".join(f"- rule: mini/r\n{item}{SIGNED}" for item in items))
    return load(path)


def estate(**operators: list[str]) -> Estate:
    """Make data stores by name, each with its operators."""
    assets: dict[str, Asset] = {
        name: {"operator": [f"party:{party}" for party in parties], "data_class": "secret"}
        for name, parties in operators.items()
    }
    return estate_of(batch("data-store", assets))


def judged(folder: Path, items: tuple[str, ...], made: Estate, **options: Any) -> Audit:
    """Audit an estate under waivers."""
    return audited(REGIME, WORLD, made, waivers=write(folder, *items), everything=True, **options)


def exempt(result: Audit) -> set[str]:
    """Return the assets that are exempt."""
    return set(result.findings.filter(pl.col("verdict") == "exempt")["asset"])


def used(result: Audit) -> list[int]:
    """Return how many judgements each waiver turned."""
    return [item["used"] for item in result.header["waivers"]]


STORES = {"one": ["p"], "two": ["q"], "both": ["p", "q"], "fine": ["n"], "who": ["nobody-known"]}


@pytest.mark.parametrize(
    ("selector", "turned"),
    [
        ("", {"one", "two", "both", "who"}),
        ("  asset: one\n", {"one"}),
        ("  asset: 'o*'\n", {"one"}),
        ("  asset: 'tw?'\n", {"two"}),
        ("  asset: '[o]ne'\n", set()),
        ("  asset: n\n", set()),
        ("  file: f\n", {"one", "two", "both", "who"}),
        ("  file: g\n", set()),
        ("  party: p\n", {"one"}),
        ("  party: [p, q]\n", {"one", "two", "both"}),
        ("  identifier: party:q\n", {"two"}),
        ("  party: p\n  asset: two\n", set()),
        ("  where: 'data_class == \"secret\"'\n", {"one", "two", "both", "who"}),
        ("  where: 'data_class == \"other\"'\n", set()),
        ("  where: host.exists(t, t.ours)\n", set()),  # nobody said what hosts there are: unknown selects nothing
        ('  where: operator.all(t, t.listed("named"))\n', {"one", "two", "both"}),
        ('  asset: one\n  where: operator.exists(t, t.identifier == "party:q")\n', set()),
    ],
)  # fmt: skip
def test_selectors(tmp_path: Path, selector: str, turned: set[str]) -> None:
    """All selectors of a waiver hold at once; party and identifier waive ties, so another tie still violates."""
    result = judged(tmp_path, (selector,), estate(**STORES))
    assert exempt(result) == turned
    assert used(result) == [len(turned)]
    assert ("is unused" in " ".join(result.header["notes"])) == (not turned)


def test_what_complies_stays_compliant(tmp_path: Path) -> None:
    """A waiver turns violation and unknown, and nothing else."""
    before = audited(REGIME, WORLD, estate(**STORES), everything=True)
    after = judged(tmp_path, ("",), estate(**STORES))
    old, new = (dict(zip(one.findings["asset"], one.findings["verdict"], strict=True)) for one in (before, after))
    moved = {(old[asset], new[asset]) for asset in STORES}
    assert moved == {("violation", "exempt"), ("unknown", "exempt"), ("compliant", "compliant")}
    assert after.tally.select("violation", "unknown", "exempt", "compliant").row(0) == (0, 0, 4, 1)
    assert after.groups.height == 0


def test_waivers_of_ties_add_up(tmp_path: Path) -> None:
    """An asset with two ties that violate is let stand by a waiver of each together, and by neither alone."""
    ties = ("  id: a\n  party: p\n", "  id: b\n  party: q\n")
    assert exempt(judged(tmp_path, ties[:1], estate(both=["p", "q"]))) == set()
    result = judged(tmp_path, ties, estate(both=["p", "q"], one=["p"]))
    assert exempt(result) == {"both", "one"}
    assert used(result) == [2, 1]
    limited = ("  party: p\n  asset: one\n", "  party: q\n")
    assert exempt(judged(tmp_path, limited, estate(both=["p", "q"], one=["p"]))) == {"one"}


def test_a_waived_tie_leaves_the_rest_of_what_is_unknown(tmp_path: Path) -> None:
    """Unknown by another tie than the waived one stays unknown; unknown by the waived one alone is exempt."""
    made = estate(other=["p", "nobody-known"], alone=["nobody-known"])
    assert exempt(judged(tmp_path, ("  identifier: party:nobody-known\n",), made)) == {"alone"}
    # What violates by the waived tie is exempt: what else is unknown of it is no violation.
    assert exempt(judged(tmp_path, ("  party: p\n",), made)) == {"other"}


def test_the_waiver_is_told_first(tmp_path: Path) -> None:
    """The evidence of what is exempt begins with who let it stand, why and until when; the source is the file."""
    result = judged(tmp_path, ("  asset: one\n",), estate(**STORES))
    (why,) = result.findings.filter(pl.col("verdict") == "exempt")["why"].to_list()
    said = "waived by a.person until 2027-01-01: The contract runs out (asset one)"
    assert why[0]["statement"] == said
    assert why[0]["source"] == f"waivers ({tmp_path / 'waivers.yaml'})"
    assert why[0]["source"] in result.header["sources"]
    assert why[-1]["statement"] == "P is on the list l (listed)"
    plain = audited(REGIME, WORLD, estate(**STORES)).findings.filter(pl.col("asset") == "one")["why"].to_list()[0]
    assert why[1:] == plain


@pytest.mark.parametrize(
    ("as_of", "turned", "expired", "note"),
    [
        (date(2026, 12, 31), 1, False, None),
        (date(2027, 1, 1), 0, True, "expired on 2027-01-01 and turns nothing"),
        (date(2026, 1, 31), 0, False, "does not hold before 2026-02-01"),
        (date(2026, 2, 1), 1, False, None),
    ],
)
def test_dates(tmp_path: Path, as_of: date, turned: int, expired: bool, note: str | None) -> None:
    """A waiver holds from since up to, and not on, the day it expires; one that does not hold is told."""
    result = judged(tmp_path, ("  since: 2026-02-01\n",), estate(one=["p"]), as_of=as_of)
    about = result.header["waivers"][0]
    assert (about["used"], about["expired"]) == (turned, expired)
    assert len(exempt(result)) == turned
    assert note is None or note in " ".join(result.header["notes"])


def test_evidence_id_waives_one_chain(tmp_path: Path) -> None:
    """A waiver of an evidence_id holds for that chain; where the evidence is other, it no longer does."""
    (finding,) = audited(REGIME, WORLD, estate(one=["p"])).findings.to_dicts()
    item = f"  evidence_id: {finding['evidence_id']}\n"
    assert exempt(judged(tmp_path, (item,), estate(one=["p"]))) == {"one"}
    later = world(party=[company("p")], listing=[LISTED[0] | {"since": DAY}])
    result = audited(REGIME, later, estate(one=["p"]), waivers=write(tmp_path, item), everything=True)
    assert exempt(result) == set()
    assert judged(tmp_path, (f"  evidence_id: {'0' * 16}\n",), estate(one=["p"])).tally["violation"].item() == 1


def test_of_several_the_first_counts(tmp_path: Path) -> None:
    """A judgement is turned, and counted, by the first waiver that selects it."""
    result = judged(tmp_path, ("  asset: one\n", "", "  asset: one\n"), estate(**STORES))
    assert used(result) == [1, 3, 0]


def test_every_rule_of_a_regime(tmp_path: Path) -> None:
    """regime/* waives under each rule whose kind knows what the waiver names."""
    two = regime(
        rule("true", id="stores"), rule("true", id="devices", kind="device"),
        rule(None, id="never", kind="estate", decidable="never", decidable_why="nobody can tell"),
    )  # fmt: skip
    made = estate_of(batch("data-store", {"s": {"data_class": "secret"}}), batch("device", {"d": {}}))
    path = tmp_path / "all.yaml"
    path.write_text(f"waivers:\n- rule: mini/*\n{SIGNED}")
    assert exempt(audited(two, WORLD, made, waivers=load(path), everything=True)) == {"s", "d"}
    path.write_text(f'waivers:\n- rule: mini/*\n  where: data_class == "secret"\n{SIGNED}')
    assert exempt(audited(two, WORLD, made, waivers=load(path), everything=True)) == {"s"}


@pytest.mark.parametrize(
    ("item", "line", "said"),
    [
        ("- rule: mini/x\n", 2, "mini has no rule 'x'; did you mean"),
        ("- rule: us-clean-network/clean-carrier-sesion\n", 2, "did you mean 'clean-carrier-session'?"),
        ("- rule: mini/r\n  where: data_clas == home\n", 3, "column 1 of the expression: 'data_clas' is no column"),
        ("- rule: mini/r\n  where: '\"a\" =='\n", 3, "of the expression"),
    ],
)
def test_what_is_not_there_is_an_error(tmp_path: Path, item: str, line: int, said: str) -> None:
    """A waiver of a rule or a column that does not exist, which would turn nothing, is an error with its line."""
    path = tmp_path / "waivers.yaml"
    path.write_text(f"waivers:\n{item}{SIGNED}")
    named = regime(rule("true", id="xx"), rule("true", id="r"))
    with pytest.raises(YamlError) as caught:
        audited(named, WORLD, estate(one=["p"]), waivers=load(path))
    assert said in str(caught.value)
    assert f"waivers.yaml:{line}:" in str(caught.value)


def test_a_regime_that_is_not_asked_for_is_a_note(tmp_path: Path) -> None:
    """A waiver for another regime turns nothing, and the report says so; so it does of a party nobody knows."""
    path = tmp_path / "waivers.yaml"
    path.write_text(
        f"waivers:\n- rule: us-clean-network/clean-carrier-session\n{SIGNED}- rule: mini/r\n  party: x\n{SIGNED}"
    )
    result = audited(REGIME, WORLD, estate(one=["p"]), waivers=load(path))
    notes = " ".join(result.header["notes"])
    assert "us-clean-network is not among the regimes asked for" in notes
    assert "names x, of whom this world knows nothing" in notes


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_never_more_than_it_says(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Of any stores and waived parties, exactly those are exempt whose listed operators are all waived."""
    parties = ("p", "q", "n")
    stores = data.draw(st.lists(st.lists(st.sampled_from(parties), max_size=3, unique=True), min_size=1, max_size=6))
    waived = data.draw(st.lists(st.sampled_from(parties), min_size=1, max_size=3, unique=True))
    made = estate(**{f"s{number}": operators for number, operators in enumerate(stores)})
    items = tuple(f"  party: {party}\n" for party in waived)
    naive = {
        f"s{number}"
        for number, operators in enumerate(stores)
        if (listed := {"p", "q"} & set(operators)) and listed <= set(waived)
    }
    assert exempt(judged(tmp_path_factory.getbasetemp(), items, made)) == naive


FULL = """\
waivers:
- id: W-1
  rule: us-clean-network/clean-carrier-session
  asset: "session:*"
  file: tables/*.mrt
  identifier: [asn:4134, asn:AS4837]
  party: china-telecom
  where: ours == true
  evidence_id: 0a1b2c3d4e5f6071
  reason: Contract 7 runs out.
  approver: n.n
  since: 2026-01-01
  expires: 2027-01-01
- rule: mini/*
  reason: x
  approver: y
  expires: 2027-01-01
"""
BASE = "waivers:\n- rule: a/b\n  reason: r\n  approver: n\n"
UNTIL = "  expires: 2027-01-01\n"
BAD = [
    ("{}\n", 1, "'waivers' is missing"),
    ("[]\n", 1, "keys and values"),
    ("waiver: []\n", 1, "did you mean 'waivers'"),
    ("waivers: {}\n", 1, "list"),
    ("waivers:\n- 5\n", 2, "keys and values"),
    (BASE, 2, "'expires' is missing"),
    (BASE + "  expires: soon\n", 5, "a day such as"),
    (BASE + "  expires: 2400-01-01\n", 5, "1900 to 2199"),
    (BASE + "  since: 2027-01-01\n  expires: 2027-01-01\n", 6, "not after since"),
    (BASE + "  expires: 2027-01-01\n  aproved: n\n", 6, "did you mean 'approver'"),
    (BASE.replace("a/b", "a") + "  expires: 2027-01-01\n", 2, "is not regime/rule"),
    (BASE.replace("a/b", "'*/*'") + "  expires: 2027-01-01\n", 2, "is not regime/rule"),
    (BASE.replace("reason: r", "reason: ''") + "  expires: 2027-01-01\n", 3, "expected text"),
    (BASE + "  expires: 2027-01-01\n  asset: 5\n", 6, "expected text"),
    (BASE + "  expires: 2027-01-01\n  identifier: AS4134\n", 6, "is not type:value"),
    (BASE + "  expires: 2027-01-01\n  identifier: [asn:4134, asn:x]\n", 6, "not an AS number"),
    (BASE + "  expires: 2027-01-01\n  party: Two Words\n", 6, "party's id"),
    (BASE + "  expires: 2027-01-01\n  where: ((\n", 6, "of the expression"),
    (BASE + "  expires: 2027-01-01\n  evidence_id: xyz\n", 6, "16 hexadecimal"),
    (BASE.replace("- rule", "- id: '#2'\n  rule") + UNTIL + BASE[9:] + UNTIL, 7, "twice"),
]  # fmt: skip


def read(folder: Path, text: str) -> Waivers:
    """Read a text as a file of waivers."""
    path = folder / "waivers.yaml"
    path.write_text(text)
    return load(path)


def as_json(text: str) -> object:
    """Return a document as an editor's schema checker sees it: days are texts."""
    return json.loads(json.dumps(yamlfile.load(text.encode()), default=str))


def test_every_part_is_read(tmp_path: Path) -> None:
    """What the file says comes back, each word in its canonical form."""
    first, second = read(tmp_path, FULL).items
    assert (first.id, first.regime, first.rule) == ("W-1", "us-clean-network", "clean-carrier-session")
    assert first.keys == (("asn", "4134"), ("asn", "4837"), ("party", "china-telecom"))
    assert (first.since, first.expires) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (second.id, second.rule, second.selector) == ("#2", "*", "every asset")
    jsonschema.validate(as_json(FULL), SCHEMA)


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """Each mistake says where it stands and what to put right."""
    with pytest.raises(YamlError) as caught:
        read(tmp_path, text)
    assert said in caught.value.message
    assert line == caught.value.line


# what a schema cannot know: the forms of identifiers and expressions, which day comes first, and what stands twice
BEYOND_A_SCHEMA = ("since: 2027", "asn:x", "where: ((", "'#2'")


@pytest.mark.parametrize("text", [text for text, _, _ in BAD if not any(word in text for word in BEYOND_A_SCHEMA)])
def test_the_schema_marks_what_is_refused(text: str) -> None:
    """An editor marks the mistakes that a schema can see."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(text), SCHEMA)


def test_the_schema_knows_the_same_keys() -> None:
    """Reader and schema take the same keys, and describe each."""
    properties = SCHEMA["$defs"]["waiver"]["properties"]
    assert set(properties) == set(waivers.KEYS)
    assert all("description" in one for one in properties.values())


LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-5, 70000)
    | st.sampled_from(["a/b", "x", "*", "asn:1", "", "true", "2026-01-01"])
)
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["waivers", *waivers.KEYS]), inner, max_size=6)
    ),
    max_leaves=15,
)  # fmt: skip


@given(TREE)
def test_any_shape_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    """YAML of any shape gives waivers or a YamlError, never anything else."""
    found: object = None
    try:
        found = read(tmp_path_factory.getbasetemp(), json.dumps(tree))
    except YamlError as error:
        found = error
    assert isinstance(found, (Waivers, YamlError))


@pytest.mark.parametrize("pattern", ["*" * 500, "?" * 500, "(" * 500, "\\\\d", "é*", "a|b", "[", "{2}"])
def test_a_pattern_is_no_regular_expression(tmp_path: Path, pattern: str) -> None:
    """Any pattern is matched, in time that does not grow out of bounds, with nothing in it but * and ? special."""
    result = judged(tmp_path, (f"  asset: {json.dumps(pattern)}\n",), estate(one=["p"], two=["q"]))
    assert exempt(result) == ({"one", "two"} if set(pattern) == {"*"} else set())


def test_a_longer_pattern_is_refused(tmp_path: Path) -> None:
    """A pattern of more than 500 characters is a mistake."""
    with pytest.raises(YamlError, match="more than 500 characters"):
        write(tmp_path, f"  asset: '{'*' * 501}'\n")
