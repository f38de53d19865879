"""Suppositions: they flip verdicts exactly at a doctrine's line, are told as such, and are checked as facts are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import regimes, yamlfile
from crossline.evaluate import cases
from crossline.regimes.model import Case
from crossline.world import World, store, suppose
from crossline.world.suppose import Supposed, lay
from crossline.yamlfile import YamlError
from miniature import DAY, audited, batch, company, estate_of, judge, regime, rule, verdict, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.regimes.model import Regime

SCHEMA = json.loads(resources.files("crossline").joinpath("schema/suppose.json").read_text())
JANUARY = date(2026, 1, 22)


@pytest.fixture(scope="module")
def shipped() -> World:
    """Return the facts that ship."""
    return store.shipped()


def supposing(about: World, folder: Path, text: str) -> Supposed:
    """Lay a text over a world."""
    path = folder / "what-if.yaml"
    path.write_text(text)
    return lay(about, path)


# -- every doctrine of every regime that ships -----------------------------------------------------------------------

DOCTRINES = [(name, doctrine) for name in regimes.names() for doctrine in regimes.load(name).doctrines]
DIVESTED = """\
party:
- {{id: made-up, name: Made Up, kind: company, domicile: AQ, seat: AQ}}
control:
- {{owner: {holder}, owned: made-up, kind: both, share: 100, until: 2026-01-22}}
- {{owner: {holder}, owned: made-up, kind: both, share: {share}, since: 2026-01-22}}
- {{owner: dispersed, owned: made-up, kind: both, share: {rest}, since: 2026-01-22}}
"""


def asking(name: str, doctrine: str) -> Regime:
    """Return a regime of one rule that asks a shipped regime's doctrine who is held by the state of China."""
    shipped_regime = regimes.load(name)
    asked = regime(rule('operator.exists(t, t.owned_by_state("CN"))'))
    return replace(asked, doctrines=shipped_regime.doctrines, state_owned_by=doctrine, covers=shipped_regime.covers)


@pytest.mark.parametrize(("name", "doctrine"), DOCTRINES, ids=str)
@pytest.mark.parametrize("by", [-1, -0.01, 0, 0.01, 1])
def test_a_divestiture_flips_at_the_line(name: str, doctrine: str, by: float, shipped: World, tmp_path: Path) -> None:
    """Under the threshold it complies, over it it violates, and at it as the doctrine says (inclusive or not)."""
    rules = regimes.load(name).doctrines[doctrine]
    share = rules.threshold_pct + by
    text = DIVESTED.format(holder="state-cn", share=f"{share:.2f}", rest=f"{100 - share:.2f}")
    about = supposing(shipped, tmp_path, text).world
    expected = "violation" if by > 0 or (by == 0 and rules.inclusive) else "compliant"
    given_ = {"operator": ["party:made-up"]}
    asked = asking(name, doctrine)
    assert verdict(asked, about, given_, as_of=JANUARY) == expected
    # The day before, the state holds all of it.
    assert verdict(asked, about, given_, as_of=date(2026, 1, 21)) == "violation"


@given(share=st.integers(0, 10_000), number=st.integers(0, len(DOCTRINES) - 1))
@settings(max_examples=25, deadline=None)
def test_the_line_is_where_the_doctrine_says(
    share: int, number: int, shipped: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever share is kept, in hundredths of a per cent, the verdict is that of one comparison with the threshold."""
    name, doctrine = DOCTRINES[number]
    rules = regimes.load(name).doctrines[doctrine]
    limit = round(rules.threshold_pct * 100)
    text = DIVESTED.format(holder="state-cn", share=share / 100, rest=(10_000 - share) / 100)
    about = supposing(shipped, tmp_path_factory.getbasetemp(), text).world
    over = share >= limit if rules.inclusive else share > limit
    given_ = {"operator": ["party:made-up"]}
    assert verdict(asking(name, doctrine), about, given_, as_of=JANUARY) == ("violation" if over else "compliant")


@pytest.mark.parametrize(("kept", "expected"), [(10.01, "violation"), (10, "compliant"), (9.99, "compliant")])
def test_a_divestiture_under_a_shipped_rule(shipped: World, tmp_path: Path, kept: float, expected: str) -> None:
    """us-covered-list: more than 10 per cent of the equity makes an affiliate (47 USC 153(2))."""
    asked = regimes.load("us-covered-list")
    affiliate = asked.rule("covered-equipment-affiliate")
    text = DIVESTED.format(holder="huawei", share=kept, rest=f"{100 - kept:.2f}")
    about = supposing(shipped, tmp_path, text).world
    given_ = {
        "vendor": ["party:made-up"], "producer": ["party:made-up"], "embeds": [], "operator": [],
        "product_class": "telecommunications",
    }  # fmt: skip
    example = next(case for case in affiliate.tests if case.verdict == "violation")
    fields = {**example.given, **{key: given_["vendor"] for key in ("vendor", "producer") if key in example.given}}
    case = Case(fields, expected, example.set, date(2026, 7, 31), None, example.we)
    outcome = cases.run(asked, affiliate, 0, case, about)
    assert outcome.verdict == expected, outcome.why


# -- listings, members, ends ----------------------------------------------------------------------------------------

HELD = {"owner": "owner", "owned": "p", "kind": "both", "share_min": 60, "share_max": 60, "since": date(2020, 1, 1)}
STATES = [{"id": f"state-{code.lower()}", "kind": "state", "domicile": code, "seat": code} for code in ("NO", "IS")]
SMALL = world(
    party=[*(company(name) for name in ("p", "q", "owner")), *STATES],
    listing=[{"list": "l", "party": "q", "scope": "cloud", "status": "listed"}],
    membership=[{"coalition": "c", "member": "state:NO", "status": "signed"}],
    control=[HELD],
    identifier=[{"type": "asn", "value": "7", "party": "q", "seen": date(2025, 7, 1)}],
)  # fmt: skip
LISTING = regime(
    rule('operator.exists(t, t.listed("named"))'),
    lists={"named": {"list": "l", "scope": "cloud", "statuses": ["listed"]}},
)
JOINING = regime(
    rule('operator.exists(t, !t.member("friends"))'),
    coalitions={"friends": {"coalition": "c", "statuses": ["signed"]}},
)


def test_a_listing_flips_the_verdict_from_its_day(tmp_path: Path) -> None:
    """A supposed listing speaks from its day on, and in the past not."""
    text = "listing: [{list: l, party: p, scope: cloud, status: listed, since: 2026-01-22}]\n"
    about = supposing(SMALL, tmp_path, text).world
    days = (date(2026, 1, 21), JANUARY, date(2090, 1, 1))
    found = [verdict(LISTING, about, {"operator": ["party:p"]}, as_of=day, observed_at=DAY) for day in days]
    assert found == ["compliant", "violation", "violation"]
    assert verdict(LISTING, SMALL, {"operator": ["party:p"]}) == "compliant"


def test_a_country_that_joins_flips_a_rule_about_members(tmp_path: Path) -> None:
    """A rule that asks member() is violated by Iceland until it joins, and by Norway, which is in, not."""
    about = supposing(
        SMALL, tmp_path, "membership: [{coalition: c, member: 'state:is', status: signed, since: 2026-01-22}]\n"
    ).world
    iceland, norway = {"operator": ["state:IS"]}, {"operator": ["state:NO"]}
    assert [verdict(JOINING, about, iceland, as_of=day) for day in (date(2026, 1, 21), JANUARY)] == [
        "violation",
        "compliant",
    ]
    assert verdict(JOINING, about, norway) == "compliant"


def test_a_member_of_a_shipped_coalition(shipped: World, tmp_path: Path) -> None:
    """Under each shipped coalition a state that is no member is one once it is supposed to be."""
    for name in regimes.names():
        asked = regimes.load(name)
        for coalition in asked.coalitions.values():
            rows = shipped.table("membership").filter(pl.col("coalition") == coalition.coalition)
            status = next(iter(rows["status"].unique().sort()))
            members = set(rows["member"])
            code = next(code for code in ("AQ", "VA", "LI", "IS", "CH", "CU") if f"state:{code}" not in members)
            party = f"state-{code.lower()}"
            text = (
                f"party: [{{id: {party}, kind: state, domicile: {code}, seat: {code}}}]\n"
                f"membership: [{{coalition: {coalition.coalition}, member: 'state:{code}', status: {status}}}]\n"
            )
            about = supposing(shipped, tmp_path, text).world
            mini = regime(
                rule('operator.exists(t, !t.member("these"))'),
                coalitions={"these": {"coalition": coalition.coalition, "statuses": [status]}},
            )
            of = {"operator": [f"state:{code}"]}
            assert verdict(mini, shipped, of) in ("unknown", "violation")
            assert verdict(mini, about, of) == "compliant"


def test_what_is_supposed_is_told_as_such(tmp_path: Path) -> None:
    """Each step that rests on a supposed row names its source, the report its statements; the rest keeps its own."""
    supposed = supposing(SMALL, tmp_path, "listing: [{list: l, party: p, scope: cloud, status: listed}]\n")
    made = estate_of(batch("data-store", {"s": {"operator": ["party:p"]}, "t": {"operator": ["party:q"]}}))
    result = audited(LISTING, supposed.world, made, supposed=supposed)
    sources = dict(zip(result.findings["asset"], result.findings["why"].to_list(), strict=True))
    assert sources["s"][-1]["source"] == "supposed (what-if.yaml)"
    assert sources["t"][-1]["source"] == "s"
    assert result.header["supposed"] == {
        "file": str(tmp_path / "what-if.yaml"),
        "source": "supposed (what-if.yaml)",
        "rows": 1,
        "statements": ["p is on the list l (listed, scope cloud)"],
    }
    assert (
        result.header["sources"]["supposed (what-if.yaml)"]["title"] == "What what-if.yaml supposes; nobody states it"
    )
    assert "supposed" not in audited(LISTING, SMALL, made).header


def rows(about: World, table: str) -> list[tuple[Any, ...]]:
    """Return the dates of a table's rows."""
    return about.table(table).select("since", "until", "source").rows()


def test_what_ends(tmp_path: Path) -> None:
    """A statement ends on the day; one that had not begun, or without a day, is taken out; others stay as they were."""
    ended = supposing(SMALL, tmp_path, "end: [{table: control, where: {owner: owner}, until: 2026-01-22}]\n")
    assert rows(ended.world, "control") == [(date(2020, 1, 1), JANUARY, "s")]
    gone = supposing(SMALL, tmp_path, "end: [{table: control, where: {owned: p}}]\n")
    assert rows(gone.world, "control") == []
    before = supposing(SMALL, tmp_path, "end: [{table: control, where: {owned: p}, until: 2020-01-01}]\n")
    assert rows(before.world, "control") == []
    assert rows(SMALL, "control") == [(date(2020, 1, 1), None, "s")]


def test_a_sighting_that_ends_says_no_more_than_before(tmp_path: Path) -> None:
    """A snapshot speaks for a year before its day and three after; ended, it speaks for no other time."""
    text = "end: [{table: identifier, where: {type: asn, value: 7}, until: 2026-01-22}]\n"
    about = supposing(SMALL, tmp_path, text).world
    days = [date(2024, 6, 30), date(2024, 7, 1), date(2026, 1, 21), JANUARY]
    asked = regime(
        rule('operator.exists(t, t.listed("named"))'), lists={"named": {"list": "l", "statuses": ["listed"]}}
    )
    found = []
    for known in (SMALL, about):
        made = [estate_of(batch("data-store", {"s": {"operator": ["asn:7"], "observed_at": day}})) for day in days]
        found.append([int(judge(asked, known, one).tally["violation"]) for one in made])
    assert found == [[0, 1, 1, 1], [0, 1, 1, 0]]


def test_a_holding_that_both_state_is_told(tmp_path: Path) -> None:
    """Where the world already states a holding both stand, answers hold only under each, and a note says so."""
    text = "control: [{owner: owner, owned: p, kind: both, share: 10}]\n"
    supposed = supposing(SMALL, tmp_path, text)
    assert "Both stand" in supposed.notes[0]
    text = "end: [{table: control, where: {owner: owner}, until: 2026-01-22}]\n" + text.replace(
        "share: 10", "share: 10, since: 2026-01-22"
    )
    assert supposing(SMALL, tmp_path, text).notes == ()


def test_tables_that_nobody_asks_for_stay_unread(tmp_path: Path) -> None:
    """Laying a supposition over a world folder reads no table but those it touches."""
    linked = World({**SMALL.tables, "adjacency": SMALL.table("adjacency")})
    store.save(linked, tmp_path / "W")
    file = tmp_path / "W" / "adjacency.parquet"
    file.write_bytes(b"x" * file.stat().st_size)
    about = supposing(
        store.load(tmp_path / "W"), tmp_path, "listing: [{list: l, party: p, scope: cloud, status: listed}]\n"
    )
    assert about.world.table("listing").height == 2
    with pytest.raises(store.WorldError):
        about.world.table("adjacency")


# -- mistakes --------------------------------------------------------------------------------------------------------

BAD = [
    ("{}\n", 1, "nothing is supposed"),
    ("[]\n", 1, "keys and values"),
    ("controls: []\n", 1, "did you mean 'control'"),
    ("control: {}\n", 1, "list"),
    ("control:\n- {owner: owner, owned: p}\n", 2, "'kind' is missing"),
    ("control:\n- {owner: owner, owned: p, kind: bothe, share: 1}\n", 2, "did you mean 'both'"),
    ("control:\n- {owner: ownr, owned: p, kind: both, share: 1}\n", 2, "did you mean 'owner'"),
    ("control:\n- {owner: p, owned: p, kind: both, share: 1}\n", 2, "cannot hold itself"),
    ("control:\n- {owner: q, owned: p, kind: both}\n", 2, "a share is missing"),
    ("control:\n- {owner: q, owned: p, kind: both, share: 1, share_min: 1}\n", 2, "a share is missing"),
    ("control:\n- {owner: q, owned: p, kind: both, share: 100.5}\n", 2, "no share between 0 and 100"),
    ("control:\n- {owner: q, owned: p, kind: both, share: -1}\n", 2, "no share between 0 and 100"),
    ("control:\n- {owner: q, owned: p, kind: both, share: half}\n", 2, "expected a number"),
    ("control:\n- {owner: q, owned: p, kind: both, share_min: 6, share_max: 5}\n", 2, "less than share_min"),
    ("control:\n- {owner: q, owned: p, kind: direction, share: 5}\n", 2, "direction has no share"),
    ("control:\n- owner: q\n  owned: p\n  kind: both\n  share: 41\n", 2, "adds up to 101 % of equity"),
    ("control:\n- {owner: q, owned: p, kind: both, share: 1, since: 2026-01-02, until: 2026-01-02}\n", 2, "not after"),
    ("control:\n- {owner: q, owned: p, kind: both, share: 1, since: now}\n", 2, "a day such as"),
    ("listing:\n- {list: l, status: listed}\n", 2, "either a party or a category"),
    ("listing:\n- {list: k, party: p, status: listed, scope: cloud}\n", 2, "'k' is not known here"),
    ("listing:\n- {list: l, party: p, status: lsted, scope: cloud}\n", 2, "did you mean 'listed'"),
    ("listing:\n- {list: l, party: p, status: listed, scope: clod}\n", 2, "did you mean 'cloud'"),
    ("listing:\n- {list: l, party: p, status: listed}\n", 2, "'scope' is missing"),
    ("listing:\n- {list: l, party: x, status: listed, scope: cloud}\n", 2, "no party of this world"),
    ("membership:\n- {coalition: c, member: NO, status: signed}\n", 2, "neither state:XX nor party:ID"),
    ("membership:\n- {coalition: c, member: 'state:SE', status: signed}\n", 2, "knows no state SE"),
    ("membership:\n- {coalition: c, member: 'party:x', status: signed}\n", 2, "no party of this world"),
    ("membership:\n- {coalition: d, member: 'state:IS', status: signed}\n", 2, "'d' is not known here"),
    ("identifier:\n- {identifier: AS1, party: p}\n", 2, "is not type:value"),
    ("identifier:\n- {identifier: 'party:p', party: p}\n", 2, "names itself"),
    ("completeness:\n- {party: p, type: asm, as_of: 2026-01-01}\n", 2, "did you mean 'asn'"),
    ("party:\n- {id: x, kind: firm}\n", 2, "not known here"),
    ("party:\n- {id: x, kind: company, domicile: XX}\n", 2, "ISO 3166-1"),
    ("end:\n- {table: contrl, where: {owner: q}}\n", 2, "did you mean 'control'"),
    ("end:\n- {table: control, where: {}}\n", 2, "which statements"),
    ("end:\n- {table: control, where: {ownr: q}}\n", 2, "did you mean 'owner'"),
    ("end:\n- {table: control, where: {owner: q}}\n", 2, "no statement of control is like that"),
    ("end:\n- {table: control, where: {since: soon}}\n", 2, "a day such as"),
    ("end:\n- {table: control, where: {share_min: much}}\n", 2, "expected a number"),
    ("end:\n- {table: party, where: {id: p}, until: 2026-01-01}\n", 2, "has no end"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """Each mistake says where it stands and what to put right; nothing is laid over the world."""
    with pytest.raises(YamlError) as caught:
        supposing(SMALL, tmp_path, text)
    assert said in caught.value.message
    assert line == caught.value.line


def test_new_words_are_declared(tmp_path: Path) -> None:
    """A list that no statement uses yet has to stand under words, so that a misspelt one is not taken for new."""
    text = "words: [mine]\nlisting: [{list: mine, party: p, status: listed}]\n"
    about = supposing(SMALL, tmp_path, text).world
    assert set(about.table("listing")["list"]) == {"l", "mine"}


def as_json(text: str) -> object:
    """Return a document as an editor's schema checker sees it: days are texts."""
    return json.loads(json.dumps(yamlfile.load(text.encode()), default=str))


FULL = """\
party: [{id: x, name: X, kind: company, domicile: NO, seat: IS}]
control:
- {owner: q, owned: x, kind: equity, share_min: 10, share_max: 20.5, since: 2026-01-01, until: 2027-01-01, note: n}
- {owner: q, owned: x, kind: direction}
identifier: [{identifier: "asn:64500", party: x, since: 2026-01-01}]
completeness: [{party: x, type: asn, as_of: 2026-01-01}]
listing: [{list: l, category: phones, scope: cloud, status: listed}]
membership: [{coalition: c, member: "party:x", status: signed, claimed_by: somebody}]
end: [{table: control, where: {owner: owner, share_min: 60}, until: 2026-01-22}]
words: new-status
"""
# what a schema cannot know: what the world holds, which day comes first, and sums
BEYOND_A_SCHEMA = (
    "ownr, owned", "owned: p, kind: both, share: 1, since: 2026", "owner: p, owned: p", "share: 41", "list: k", "lsted",
    "clod", "listed}\n", "party: x", "'state:SE'", "'party:x'", "coalition: d", "'party:p'", "asm", "XX", "ownr",
    "owner: q}}",
    "soon", "much", "table: party", "share_min: 6", "kind: both}", "share: 1, share_min", "direction, share", "{}\n",
)  # fmt: skip


def test_every_part_is_read(tmp_path: Path) -> None:
    """Every table takes rows, each is said in words, and the schema accepts the file."""
    supposed = supposing(SMALL, tmp_path, FULL)
    assert (supposed.rows, len(supposed.statements)) == (7, 8)
    assert "q holds 10 to 20.5 % of the equity of x since 2026-01-01 until 2027-01-01" in supposed.statements
    assert "1 of control ended on 2026-01-22: owner owner, share_min 60" in supposed.statements
    jsonschema.validate(as_json(FULL), SCHEMA)


@pytest.mark.parametrize("text", [text for text, _, _ in BAD if not any(word in text for word in BEYOND_A_SCHEMA)])
def test_the_schema_marks_what_is_refused(text: str) -> None:
    """An editor marks the mistakes that a schema can see."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(text), SCHEMA)


def test_the_schema_knows_the_same_keys() -> None:
    """Reader and schema take the same tables and keys, and need the same."""
    assert set(SCHEMA["properties"]) == {*suppose.TABLES, "end", "words"}
    for name, (allowed, needed) in suppose.KEYS.items():
        part = SCHEMA["$defs"][f"{name}-row"]
        assert set(part["properties"]) == set(allowed), name
        assert set(part["required"]) == set(needed), name


ALL_KEYS = sorted(
    {*suppose.TABLES, "end", "words", "where", "table"} | {k for keys, _ in suppose.KEYS.values() for k in keys}
)
LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-5, 200)
    | st.sampled_from(["p", "q", "l", "listed", "both", "state:IS", ""])
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ALL_KEYS), inner, max_size=6),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from([*suppose.TABLES, "end"]), st.lists(TREE, max_size=3) | TREE, max_size=3) | TREE)
def test_any_shape_is_laid_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    """YAML of any shape is laid over the world or gives a YamlError, never anything else."""
    found: object = None
    try:
        found = supposing(SMALL, tmp_path_factory.getbasetemp(), json.dumps(tree))
    except YamlError as error:
        found = error
    assert isinstance(found, (Supposed, YamlError))


def test_a_supposition_is_not_a_data_base(tmp_path: Path) -> None:
    """More than a thousand rows are refused: what is large belongs into a world."""
    rows_ = "".join(f"- {{id: x{number}, kind: company}}\n" for number in range(1001))
    with pytest.raises(YamlError, match="more than 1,000 rows"):
        supposing(SMALL, tmp_path, f"party:\n{rows_}")
