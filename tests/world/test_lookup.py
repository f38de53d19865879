"""What the world says about one thing."""

from __future__ import annotations

import json
from datetime import date
from ipaddress import IPv4Address, IPv6Network
from typing import Any

import polars as pl
import pytest

from crossline.world import SCHEMAS, World, lookup, statements, store

OLD, NEW = date(2018, 7, 1), date(2026, 7, 1)


def rows(table: str, *given: dict[str, Any]) -> pl.DataFrame:
    """Make a table of rows that name only the columns they fill."""
    schema = SCHEMAS[table]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in given], schema=schema)


@pytest.fixture
def world() -> World:
    """Make a small world in which two sources disagree."""
    return World(
        {
            "source": rows(
                "source",
                {"id": "a", "title": "List A", "issuer": "Issuer A", "url": "https://a.example", "published": OLD},
                {"id": "b", "title": "List B", "issuer": "Issuer B", "url": "https://b.example", "published": NEW},
            ),
            "party": rows(
                "party",
                {"id": "acme", "name": "Acme Telecom", "kind": "company", "domicile": "US", "source": "a"},
                {"id": "acme", "name": "Acme", "kind": "company", "domicile": "KY", "source": "b"},
                {"id": "state-us", "name": "United States", "kind": "state", "domicile": "US", "source": "a"},
            ),
            "control": rows(
                "control",
                {"owner": "state-us", "owned": "acme", "kind": "equity", "share_min": 50.00000000000001,
                 "share_max": 100.0, "source": "a", "note": "criterion"},
                {"owner": "acme", "owned": "acme-sub", "kind": "both", "share_min": 30.0, "share_max": 30.0,
                 "since": OLD, "until": NEW, "source": "b"},
            ),
            "identifier": rows(
                "identifier",
                {"type": "asn", "value": "4134", "party": "acme", "seen": OLD, "source": "a", "certainty": "seen"},
                {"type": "asn", "value": "4134", "party": "other", "seen": NEW, "source": "b"},
                {"type": "domain", "value": "acme.example", "party": "acme", "since": OLD, "source": "a"},
            ),
            "registration": rows(
                "registration",
                {"type": "asn", "value": "4134", "name": "ACME-AS", "registered": "US", "seen": OLD, "source": "a"},
                {"type": "asn", "value": "77", "name": "The acme of \x1b[31mred\u202e", "seen": NEW, "source": "b"},
            ),
            "completeness": rows("completeness", {"party": "acme", "type": "asn", "as_of": NEW, "source": "b"}),
            "listing": rows(
                "listing",
                {"list": "l", "party": "acme", "scope": "s", "status": "denied", "since": OLD, "source": "a"},
            ),
            "membership": rows(
                "membership",
                {"coalition": "c", "member": "party:acme", "status": "signed", "claimed_by": "x", "source": "a"},
                {"coalition": "c", "member": "state:US", "status": "founder", "claimed_by": "x", "source": "a"},
            ),
            "adjacency": rows(
                "adjacency",
                {"a": 1, "b": 4134, "relation": -1, "seen": OLD, "source": "a"},
                {"a": 4134, "b": 2, "relation": -1, "seen": OLD, "source": "a"},
                {"a": 3, "b": 4134, "relation": 0, "seen": OLD, "source": "a"},
            ),
            "address4": rows(
                "address4",
                {"first": 0x01020300, "last": 0x010203FF, "asn": 4134, "seen": OLD, "source": "a"},
                {"first": 0x01020000, "last": 0x0102FFFF, "asn": 5, "registered": "CN", "seen": NEW, "source": "b"},
            ),
            "address6": rows(
                "address6",
                {"first_high": 0x20010DB800000000, "first_low": 0, "last_high": 0x20010DB8FFFFFFFF,
                 "last_low": 0xFFFFFFFFFFFFFFFF, "registered": "SE", "seen": NEW, "source": "b"},
            ),
        }
    )  # fmt: skip


def asked(world: World, text: str) -> dict[tuple[str, str], lookup.Question]:
    """Look up and index the questions by thing and name."""
    return {(question.about, question.name): question for question in lookup.lookup(world, text).questions}


def test_statements_that_disagree_stand_side_by_side(world: World) -> None:
    """An AS number that two sources give to two parties has both, each with date and source, and is marked."""
    for text in ("AS4134", "4134", "as4134", "asn:4134"):
        found = asked(world, text)
        identity = found["AS4134", "identity"]
        assert [
            (s.answer, s.dates, s.title, s.issuer, s.url, s.published, s.certainty) for s in identity.statements[:1]
        ] == [("acme", "seen 2018-07-01", "List A", "Issuer A", "https://a.example", "2018-07-01", "seen")]
        assert [said.answer for said in identity.statements] == ["acme", "other"]
        assert identity.disagree
        assert not found["AS4134", "registered name"].disagree
        assert {"1 providers", "1 customers", "1 peers"} == {s.answer for s in found["AS4134", "neighbours"].statements}
        assert ("acme", "listing") in found


def test_an_address_leads_to_ranges_numbers_and_parties(world: World) -> None:
    """Every range around an address is told, the narrowest first, then who holds the numbers."""
    found = asked(world, "1.2.3.4")
    told = found["1.2.3.4", "announced by"]
    assert [s.answer for s in told.statements] == ["AS4134 (1.2.3.0 - 1.2.3.255)", "AS5 (1.2.0.0 - 1.2.255.255)"]
    assert told.disagree
    assert [s.answer for s in found["1.2.3.4", "registered country"].statements] == ["CN (1.2.0.0 - 1.2.255.255)"]
    assert ("AS4134", "identity") in found
    assert ("acme", "name") in found
    six = asked(world, "2001:db8::1")["2001:db8::1", "registered country"]
    assert [s.answer for s in six.statements] == ["SE (2001:db8:: - 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff)"]
    assert {"1.2.0.0/16"} == {about for about, name in asked(world, "1.2.9.9/16") if name == "announced by"}
    assert asked(world, "9.9.9.9") == {}


def test_ranges_in_a_prefix_are_sorted_and_compared_one_by_one(world: World) -> None:
    """Ranges of one prefix stand in the order of their addresses, and differ only where one range has two answers."""

    def four(first: str, last: str, asn: int, source: str, seen: date) -> dict[str, Any]:
        ends = {"first": int(IPv4Address(first)), "last": int(IPv4Address(last))}
        return ends | {"asn": asn, "registered": "US", "source": source, "seen": seen}

    apart = [
        four("10.2.0.0", "10.2.0.255", 2, "a", OLD),
        four("10.0.0.0", "10.0.255.255", 3, "a", OLD),
        four("10.1.0.0", "10.1.0.127", 1, "a", OLD),
    ]
    told = asked(World({**world.tables, "address4": rows("address4", *apart)}), "10.0.0.0/8")
    found = told["10.0.0.0/8", "announced by"]
    assert [said.answer.split(" - ")[0] for said in found.statements] == [
        "AS3 (10.0.0.0", "AS1 (10.1.0.0", "AS2 (10.2.0.0",
    ]  # fmt: skip
    assert not found.disagree
    again = four("10.1.0.0", "10.1.0.127", 9, "b", NEW)
    told = asked(World({**world.tables, "address4": rows("address4", *apart, again)}), "10.0.0.0/8")
    assert told["10.0.0.0/8", "announced by"].disagree
    assert not told["10.0.0.0/8", "registered country"].disagree


def test_ranges_of_ipv6_are_sorted(world: World) -> None:
    """The upper halves of the ends decide first, as in a comparison of whole addresses."""

    def six(text: str) -> dict[str, Any]:
        net = IPv6Network(text)
        ends = {"first": int(net.network_address), "last": int(net.broadcast_address)}
        halves = {f"{end}_{half}": value for end, whole in ends.items()
                  for half, value in (("high", whole >> 64), ("low", whole & (1 << 64) - 1))}  # fmt: skip
        return halves | {"registered": "SE", "source": "b", "seen": NEW}

    nets = ["2001:db8:0:2::/64", "2001:db8:0:1:8000::/65", "2001:db8:0:1::/65", "2001:db8::/32"]
    told = asked(World({**world.tables, "address6": rows("address6", *map(six, nets))}), "2001:db8::/32")
    answers = [said.answer for said in told["2001:db8::/32", "registered country"].statements]
    expected = sorted(map(IPv6Network, nets), key=lambda net: (net.network_address, net.broadcast_address))
    assert [f"SE ({net.network_address} - {net.broadcast_address})" for net in expected] == answers


@pytest.mark.parametrize("text", ["AS99999999999", "AS4294967296", "9999999999", "AS1.70000"])
def test_a_number_out_of_range_is_refused_in_one_sentence(world: World, text: str) -> None:
    """The largest AS number is 4294967295 (RFC 6793), and a half of one 65535 (RFC 5396)."""
    (said,) = statements.lines(lookup.lookup(world, text))
    limit = "a half above 65535" if "." in text else "above 4294967295"
    assert said == f"'{text}' is not an AS number: {limit}"


def test_everything_about_a_party(world: World) -> None:
    """Control one step up and down, lists, coalitions, completeness and identifiers."""
    found = {name: question for (about, name), question in asked(world, "acme").items() if about == "acme"}
    assert [s.answer for s in found["controlled by"].statements] == ["state-us: more than 50 % (equity)"]
    assert [s.note for s in found["controlled by"].statements] == ["criterion"]
    down = found["controls"].statements[0]
    assert (down.answer, down.dates) == ("acme-sub: 30 % (both)", "since 2018-07-01 until 2026-07-01")
    assert [s.answer for s in found["listing"].statements] == ["l: denied, scope s"]
    assert [s.answer for s in found["membership"].statements] == ["c: signed, says x"]
    assert [s.dates for s in found["completeness"].statements] == ["seen 2026-07-01"]
    assert [s.answer for s in found["identifiers, asn"].statements] == ["asn:4134"]
    assert [s.answer for s in found["identifiers, domain"].statements] == ["domain:acme.example"]
    assert found["domicile"].disagree
    assert not found["name"].disagree
    state = asked(world, "state:US")
    assert [s.answer for s in state["state-us", "membership"].statements] == ["c: founder, says x"]


def test_of_many_identifiers_the_first_are_told_and_how_many_more(world: World) -> None:
    """Ten of each type, each with all its statements; every one on demand."""
    hosts = [f"h{number:03}.example" for number in range(219)]
    held = [{"type": "domain", "value": host, "party": "acme", "source": "a", "seen": OLD} for host in hosts]
    held += [{**held[0], "source": "b", "seen": NEW}, {**held[0], "type": "package"}]
    more = World({**world.tables, "identifier": rows("identifier", *held)})
    found = {q.name: q for q in lookup.lookup(more, "acme").questions}
    assert {s.answer for s in found["identifiers, domain"].statements} == {f"domain:{host}" for host in hosts[:10]}
    assert len(found["identifiers, domain"].statements) == 11  # one of them by two sources
    assert found["identifiers, domain"].left_out == 209
    assert found["identifiers, package"].left_out == 0
    assert "  … and 209 more (--all shows them)" in statements.lines(lookup.lookup(more, "acme"))
    every = {q.name: q for q in lookup.lookup(more, "acme", every=True).questions}
    assert (len(every["identifiers, domain"].statements), every["identifiers, domain"].left_out) == (220, 0)


def test_a_library_is_found_in_any_case(world: World) -> None:
    """Sources spell names of libraries as they like; one of which only signatures are known is found too."""
    tables = {
        "identifier": rows("identifier", {"type": "library", "value": "Ad Kit", "party": "acme", "source": "a"}),
        "signature": rows("signature", *({"library": "Else", "of": "class", "source": "b", "seen": NEW},) * 3),
    }
    more = World({**world.tables, **tables})
    assert ("library:Ad Kit", "identity") in asked(more, "library:ad kit")
    assert ("library:Ad Kit", "identity") in asked(more, "AD KIT")
    assert [s.answer for s in asked(more, "LIBRARY:else")["library:Else", "signatures"].statements] == [
        "3 of type class"
    ]


def test_a_name_finds_parties_and_registrations_alike_in_name(world: World) -> None:
    """A part of a name, in any case, finds both, kept apart: alike is not the same."""
    found = asked(world, "ACME t")
    assert ("acme", "listing") in found
    found = asked(world, "acme")
    alike = found["acme", "registrations under such a name"].statements
    assert [said.answer.split(":")[0] for said in alike] == ["AS77", "AS4134"]
    assert lookup.lookup(world, "acme.example").read_as == "identifier"
    assert ("acme", "name") in asked(world, "Acme.Example")
    assert lookup.lookup(world, "nothing of the kind").questions == ()


def test_text_of_sources_cannot_move_the_cursor(world: World) -> None:
    """Escape sequences and marks that turn the direction of writing are shown as U+FFFD, in rows and in JSON."""
    answer = lookup.lookup(world, "red\x1b]0;x\x07")
    assert "\x1b" not in answer.asked
    answer = lookup.lookup(world, "the acme")
    for text in (
        json.dumps(answer.as_json(), ensure_ascii=False),
        repr(answer.as_rows()),
        "\n".join(statements.lines(answer)),
    ):
        assert "\u202e" not in text
        assert "\\x1b" not in text
        assert "\\u001b" not in text
        assert "\x1b" not in text
        assert "\ufffd[31mred\ufffd" in text


def test_answers_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is said, an answer stays readable, and says how much it leaves out."""
    monkeypatch.setattr(lookup, "STATEMENTS_MOST", 3)
    many = rows(
        "registration", *({"type": "asn", "value": str(n), "name": f"acme {n}", "source": "a"} for n in range(9))
    )
    big = World({**world.tables, "registration": many})
    found = {q.name: q for q in lookup.lookup(big, "acme ").questions}
    question = found["registrations under such a name"]
    assert (len(question.statements), question.left_out) == (3, 6)
    assert any("6 more" in row[2] for row in lookup.lookup(big, "acme ").as_rows())
    assert len(lookup.lookup(world, "x" * 10_000).asked) <= 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ":",
        "::/0",
        "0.0.0.0/0",
        "AS",
        "AS99999999999",
        "AS1.70000",
        "fe80::1%lo",
        "(",
        "a:b:c",
        "\0",
        "é",
        "party:",
        "1.2.3.4/99",
        "state:",
        "1" * 11,
    ],
)
def test_anything_may_be_asked(world: World, text: str) -> None:
    """Whatever is asked, there is an answer that can be shown, in every form."""
    answer = lookup.lookup(world, text)
    json.dumps(answer.as_json())
    assert list(statements.lines(answer))
    assert isinstance(answer.as_rows(), list)


def test_a_number_that_is_nobodys_says_why(world: World) -> None:
    """Private and reserved AS numbers are told from unknown ones."""
    assert "RFC 6996" in asked(world, "AS64512")["AS64512", "names no party"].statements[0].answer


def test_shipped_facts_answer() -> None:
    """The facts alone know AS4134 and its party, with a source for each statement."""
    answer = lookup.lookup(store.shipped(), "AS4134")
    said = [s for question in answer.questions if question.name == "identity" for s in question.statements]
    assert {"china-telecom"} == {s.answer for s in said}
    assert all(s.title and s.issuer for s in said)
