"""Hosts and the domains that stand for them: against a naive walk up the labels, and what each step says of itself."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest

from crossline import identifiers
from crossline.evaluate import keys_of
from crossline.world import World, domains, registrants, suffixes
from crossline.world.lookup import lookup
from miniature import DAY, audited, batch, company, estate_of, regime, rule, table, verdicts, world


def holds(*names: str, party: str = "p") -> list[dict[str, object]]:
    """Return identities of domains."""
    return [{"type": "domain", "value": name, "party": party, "since": DAY} for name in names]


def called(*names: str) -> list[dict[str, object]]:
    """Return registrations of domains."""
    return [{"type": "domain", "value": name, "name": "somebody", "seen": DAY} for name in names]


ABOUT = world(
    party=[company("p"), company("q")],
    identifier=[*holds("facebook.com", "github.io", "co.uk", "amazonaws.com", "holder.co.uk")],
    registration=called("ads.facebook.com", "deep.example.net", "cloudfront.net"),
)


def parents(*hosts: str, about: World = ABOUT) -> list[str | None]:
    """Return what stands for each host."""
    return domains.parents(about, pl.Series("host", hosts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("host", "parent"),
    [
        ("graph.facebook.com", "facebook.com"),
        ("a.b.c.d.facebook.com", "facebook.com"),
        ("x.ads.facebook.com", "ads.facebook.com"),  # what is nearer speaks, though it is a registration only
        ("facebook.com", None),  # it stands for itself
        ("ads.facebook.com", None),
        ("notfacebook.com", None),  # no label of its own
        ("example.net", None),  # what is below says nothing of what is above
        ("com", None),
    ],
)
def test_the_nearest_parent_that_is_named_stands_for_a_host(host: str, parent: str | None) -> None:
    """Labels are taken off from the left (RFC 1034, 3.1) until some statement names what is left."""
    assert parents(host) == [parent]


@pytest.mark.parametrize(
    ("host", "parent"),
    [
        ("someone.github.io", None),
        ("www.someone.github.io", None),
        ("x.cloudfront.net", None),
        ("bucket.s3.amazonaws.com", None),
        ("other.co.uk", None),
        ("www.holder.co.uk", "holder.co.uk"),  # what lies below a registry's own name is somebody's
    ],
)
def test_a_name_that_is_given_out_stands_for_nobody_below_it(host: str, parent: str | None) -> None:
    """github.io is GitHub's, co.uk a registry's and amazonaws.com Amazon's; whose a host under it is they don't say."""
    assert parents(host) == [parent]


def test_no_parent_above_a_name_that_is_given_out_stands_either() -> None:
    """Were core.windows.net passed over, windows.net would acquit a customer's host as its provider's."""
    about = world(identifier=holds("windows.net", "googleapis.com"))
    assert parents("account.blob.core.windows.net", "www.windows.net", about=about) == [None, "windows.net"]
    hosts = ("bucket.storage.googleapis.com", "maps.googleapis.com")
    assert parents(*hosts, about=about) == [None, "googleapis.com"]


def naive(host: str, known: set[str]) -> str | None:
    """Walk up the labels of one host."""
    labels = host.split(".")
    if host in known:
        return None
    for place in range(len(labels) - 1):
        name = ".".join(labels[place:])
        second, _, top = name.partition(".")
        registry = second in suffixes.WORDS and len(top) == 2 and top.isalpha()
        if name in suffixes.GIVEN_OUT or registry:
            return None
        if place and name in known:
            return name
    return None


def test_hosts_stand_as_a_walk_up_their_labels_finds() -> None:
    """Ten thousand random hosts of up to forty labels, over names of few letters, against one walk for each."""
    rng = random.Random(11)  # noqa: S311 - no secret
    tops = ["com", "net", "cn", "github.io", "co.uk", "com.cn", "s3.amazonaws.com"]

    def name(most: int) -> str:
        return ".".join([*(rng.choice("abco") for _ in range(rng.randint(0, most))), rng.choice(tops)])

    known = {text for text in (name(3) for _ in range(150)) if "." in text}
    hosts = [text for text in (name(rng.choice([3, 5, 40])) for _ in range(10_000)) if "." in text]
    about = World({"identifier": table("identifier", holds(*sorted(known)))})
    found = domains.parents(about, pl.Series("host", hosts)).to_list()
    assert found == [naive(host, known) for host in hosts]
    assert 1000 < sum(parent is not None for parent in found) < 9000  # both answers occur


def record(source: str, *pairs: tuple[str, str]) -> list[dict[str, object]]:
    """Return registrations of one edition: (domain, name)."""
    return [{"type": "domain", "value": value, "name": name, "seen": DAY, "source": source} for value, name in pairs]


# Of two sources: one of signatures (of an edition that lists hosts only, too), and one of owners.
MASKED = world(
    party=[company("p")],
    identifier=holds("qq.com", "omtrdc.net", "sohu.com", "github.io"),
    signature=[{"library": "L", "of": "class", "form": "exact", "pattern": "a/B", "source": "trackers-2024-01-01"}],
    registration=[
        *record("trackers-2025-01-01", ("map.qq.com", "Location"), ("a.github.io", "Pages"), ("cdn.net", "Ads")),
        *record("trackers-2025-01-01", ("deep.ea.omtrdc.net", "Omniture"), ("both.omtrdc.net", "Omniture")),
        *record("owners-2025-01-01", ("ea.omtrdc.net", "ea"), ("both.omtrdc.net", "ea"), ("omtrdc.net", "adobe")),
        *record("owners-2025-01-01", ("ads.sohu.com", "sohu"), ("sohu.com", "sohu"), ("x.sohu.com", "Sohu")),
        *record("others-2025-01-01", ("sohu.com", "Sohu"), ("y.sohu.com", "sohu")),
    ],
)


@pytest.mark.parametrize(
    ("host", "parent"),
    [
        ("map.qq.com", "qq.com"),  # a library's name is no word on whose the host is
        ("a.b.map.qq.com", "qq.com"),
        ("deep.ea.omtrdc.net", "ea.omtrdc.net"),  # a customer's, by the source of owners, which stays unknown
        ("ea.omtrdc.net", None),
        ("both.omtrdc.net", None),  # what the source of owners says counts, whatever else is said
        ("ads.sohu.com", "sohu.com"),  # the same name by the same source
        ("www.ads.sohu.com", "sohu.com"),
        ("x.sohu.com", None),  # another name by that source, though it is alike
        ("y.sohu.com", None),  # the name that another source gives to sohu.com
        ("a.github.io", None),  # nothing above a name that is given out stands, whoever is passed over
        ("www.a.github.io", "a.github.io"),
        ("cdn.net", None),  # where nothing tells of a holder, what is said of the nearest name is kept
        ("x.cdn.net", "cdn.net"),
    ],
)
def test_what_names_no_other_holder_masks_none(host: str, parent: str | None) -> None:
    """A claim without a party must not hide the party above it, unless it is a record of another holder."""
    assert parents(host, about=MASKED) == [parent]


def test_a_world_with_names_of_libraries_loses_no_finding() -> None:
    """A host that leads to a listed party by the facts leads there also where a list of trackers names it."""
    named_so = record("trackers-2025-01-01", ("graph.facebook.com", "Login"), ("facebook.com", "Ads"))
    shown = [{"library": "L", "of": "class", "form": "exact", "pattern": "a/B", "source": "trackers-2025-01-01"}]
    more = World({**LISTED.tables, **world(registration=named_so, signature=shown).tables})
    made = estate_of(batch("app", {"a": {"contacts": ["domain:graph.facebook.com"]}}))
    assert verdicts(ASKED, LISTED, made) == verdicts(ASKED, more, made) == {"a": "violation"}
    told = {(q.name, q.about): q.statements[0].answer for q in lookup(more, "graph.facebook.com").questions}
    assert told["libraries that contact it", "domain:graph.facebook.com"] == "Login"
    assert told["identity", "domain:facebook.com"] == "p"


def test_canonical_is_what_the_identifier_type_says() -> None:
    """The fast path and the parser agree on names of every sort; what the parser refuses is null."""
    texts = [
        "Facebook.COM", "a.b", "localhost", "", "b\u00fccher.example", "xn--bcher-kva.example", "xn--99.example",
        "a_b.example", "-a.example", "a..b", "1.2.3.4", "trailing.example.", "a" * 64 + ".example", "a." * 127 + "com",
        "stra\u00dfe.example", "sp ace.example", "a.b1", "\u212aelvin.example",
    ]  # fmt: skip

    def parsed(text: str) -> str | None:
        try:
            return str(identifiers.load("domain").parse(text))
        except ValueError:
            return None

    assert domains.canonical(pl.Series("text", [*texts, None])).to_list() == [*map(parsed, texts), None]


def test_no_suffix_of_the_table_lies_in_vain() -> None:
    """Each is a domain in canonical form of at least two labels, and none lies below another."""
    assert {identifiers.load("domain").parse(name) for name in suffixes.GIVEN_OUT} == suffixes.GIVEN_OUT
    below = [name for name in suffixes.GIVEN_OUT if suffixes.above(name.partition(".")[2]) is not None]
    assert set(below) <= {"amazonaws.com.cn", "sagemaker.com.cn", "in.th"}  # these lie below com.cn, and in no other


def test_hosts_under_one_domain_share_a_key_and_addresses_keep_theirs() -> None:
    """Two hosts and their domain are asked about once; the ties keep the hosts that were seen."""
    hosts = ["domain:graph.facebook.com", "domain:facebook.com", "domain:www.facebook.com", "domain:x.github.io"]
    made = estate_of(batch("app", {"a": {"contacts": [*hosts, "asn:64500"]}}))
    keys, key = keys_of(made, ABOUT, accept_stale=False)
    labels = keys.frame.select(pl.format("{}:{}", "type", "value")).to_series()
    assert sorted(labels) == ["asn:64500", "domain:facebook.com", "domain:x.github.io"]
    seen = made.identifiers.select(pl.format("{}:{}", "type", "value")).to_series().gather(made.ties.identifier)
    told = dict(zip(seen, labels.gather(key), strict=True))
    assert told["domain:graph.facebook.com"] == told["domain:www.facebook.com"] == "domain:facebook.com"
    assert told["domain:x.github.io"] == "domain:x.github.io"


LISTED = world(
    party=[company("p", domicile="BB")],
    identifier=holds("facebook.com"),
    listing=[{"list": "l", "party": "p", "status": "named", "since": DAY}],
)
ASKED = regime(
    rule('contacts.exists(t, t.listed("l"))', kind="app", line="store"),
    lists={"l": {"list": "l", "statuses": ["named"]}},
)


def test_a_finding_says_under_which_domain_a_host_lies() -> None:
    """The chain names the host that was seen, then the domain, then whose that is, then the listing."""
    ties = [("domain:graph.facebook.com", {"basis": "observed"})]
    made = estate_of(batch("app", {"a": {"contacts": ties}, "b": {"contacts": ["domain:www.example.net"]}}))
    (found,) = audited(ASKED, LISTED, made).findings.iter_rows(named=True)
    assert (found["asset"], found["identifier"], found["party"]) == ("a", "domain:facebook.com", "p")
    assert [step["statement"] for step in found["why"]] == [
        "it names host graph.facebook.com, observed",
        "graph.facebook.com lies under domain:facebook.com, the nearest name that is known",
        f"domain:facebook.com leads to P, since {DAY}",
        f"P is on the list l (named) since {DAY}",
    ]
    assert verdicts(ASKED, LISTED, made) == {"a": "violation", "b": "unknown"}


def test_lookup_answers_a_host_by_its_parent_and_says_so() -> None:
    """A host that nothing names is told with the domain it lies under; one under a name given out is told why not."""
    answer = lookup(ABOUT, "graph.facebook.com")
    assert answer.read_as == "host"
    told = {(question.name, question.about): question.statements[0].answer for question in answer.questions}
    assert told["lies under", "domain:graph.facebook.com"] == "domain:facebook.com, the nearest name that is known"
    assert told["identity", "domain:facebook.com"] == "p"
    assert lookup(ABOUT, "domain:Graph.Facebook.com").questions == answer.questions
    (given,) = lookup(ABOUT, "x.cloudfront.net").questions
    assert "given out to others" in given.statements[0].answer
    assert lookup(ABOUT, "www.nothing.example").questions == ()


def test_lookup_shows_what_was_passed_over() -> None:
    """Names between a host and the one that stands for it are told with it, though they decide nothing."""
    told = {(q.name, q.about): q.statements[0].answer for q in lookup(MASKED, "a.b.map.qq.com").questions}
    assert told["lies under", "domain:a.b.map.qq.com"].startswith("domain:qq.com,")
    assert told["libraries that contact it", "domain:map.qq.com"] == "Location"
    assert told["identity", "domain:qq.com"] == "p"


@pytest.mark.parametrize("name", ["com.cn", "domain:co.uk", "pages.dev"])
def test_lookup_says_what_a_public_suffix_is(name: str) -> None:
    """A registry's or a company's name for others' names is no part of somebody's name."""
    answer = lookup(ABOUT, name)
    assert answer.read_as in ("public suffix", "identifier")
    assert [q.statements[0].answer for q in answer.questions if q.name == "given out"] == [
        "a public suffix: names under it are given out to others, so it says nothing of whose they are"
    ]


SEEN = date(2026, 8, 1)


def lists(*rows: tuple[str, str, str], source: str = "domain-list-community-2026-08-01") -> list[dict[str, object]]:
    """Return registrations of one edition: (type, value, name)."""
    return [{"type": kind, "value": value, "name": name, "seen": SEEN, "source": source} for kind, value, name in rows]


def means(*pairs: tuple[str, str], source: str = "domain-list-community-2026-07-01") -> list[dict[str, object]]:
    """Return facts that say what a source's names mean."""
    return [{"type": "vendor", "value": name, "party": party, "source": source} for name, party in pairs]


def led(facts: list[dict[str, object]], registration: list[dict[str, object]]) -> set[tuple[str, str, str]]:
    """Return value, party and certainty of the identities that the names lead to."""
    found = registrants.named(world(identifier=facts, registration=registration)).table("identifier")
    return set(found.filter(pl.col("type") != "vendor").select("value", "party", "certainty").rows())


NESTED = lists(
    ("domain", "tiktok.com", "tiktok"), ("domain", "bytedance.com", "bytedance"), ("domain", "other.com", "other"),
    ("vendor", "tiktok", "bytedance"), ("vendor", "bytedance", "loop"), ("vendor", "loop", "bytedance"),
)  # fmt: skip


def test_a_domain_leads_to_the_innermost_name_that_a_fact_explains() -> None:
    """Where only the outer list is explained, that is a step beyond the source; where the inner one is, it speaks."""
    outer = led(means(("bytedance", "bytedance")), NESTED)
    assert outer == {("tiktok.com", "bytedance", "secondary"), ("bytedance.com", "bytedance", "seen")}
    both = led(means(("bytedance", "bytedance"), ("tiktok", "tiktok-inc")), NESTED)
    assert both == {("tiktok.com", "tiktok-inc", "seen"), ("bytedance.com", "bytedance", "seen")}


def test_a_fact_on_the_domain_itself_is_nearer_than_an_outer_name() -> None:
    """The same source was read for tiktok.com itself: that its list is part of bytedance's adds no second party."""
    own = [
        {"type": "domain", "value": "tiktok.com", "party": "tiktok-inc", "source": "domain-list-community-2026-07-01"}
    ]
    found = led([*own, *means(("bytedance", "bytedance"))], NESTED)
    assert {(value, party) for value, party, _ in found} == {
        ("tiktok.com", "tiktok-inc"),
        ("bytedance.com", "bytedance"),
    }


def test_names_that_hold_each_other_come_to_an_end() -> None:
    """Each of bytedance and loop is part of the other, and no fact explains either: no domain leads anywhere."""
    assert led(means(("nobody", "p")), NESTED) == set()


def test_a_fact_of_another_source_explains_nothing() -> None:
    """What X-Ray means by a name, another list need not; nor does an outer name that another list states."""
    assert led(means(("bytedance", "bytedance"), source="xray-blacklist-2026-01-01"), NESTED) == set()
    foreign = [*NESTED[:1], *lists(("vendor", "tiktok", "bytedance"), source="xray-blacklist-2026-08-01")]
    assert led(means(("bytedance", "bytedance")), foreign) == set()


def test_two_names_of_one_thing_lead_to_a_party_only_where_both_do() -> None:
    """A domain in two lists of one company is its; in a list of another, or of nobody known, it is no one's."""
    rows = lists(
        ("domain", "one.com", "azure"), ("domain", "one.com", "dev"), ("vendor", "azure", "microsoft"),
        ("vendor", "dev", "microsoft"), ("domain", "two.com", "azure"), ("domain", "two.com", "google"),
        ("domain", "three.com", "azure"), ("domain", "three.com", "unheard of"),
    )  # fmt: skip
    found = led(means(("microsoft", "microsoft"), ("google", "google")), rows)
    assert found == {("one.com", "microsoft", "secondary")}


def test_libraries_lead_to_their_developer() -> None:
    """A library of a source of signatures is led as a domain is, by that source's facts."""
    source = "libchecker-rules-2026-08-01"
    rows = lists(("library", "Bugly", "Tencent"), ("library", "Own", "Somebody"), source=source)
    assert led(means(("tencent", "tencent"), source="libchecker-rules-2024-06-11"), rows) == {
        ("Bugly", "tencent", "seen")
    }
