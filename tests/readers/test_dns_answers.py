"""Answers of the DNS, as programs that ask it write them: records by hand count, and hostile bytes as rejects."""

from __future__ import annotations

import ipaddress
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import jail
from crossline.identifiers import domain
from crossline.readers import claimant, dns_answers
from crossline.readers.dns_answers.said import RECORDS, checked, is_name
from crossline.tables import Batch, Limits, Note, Reject
from invoked import run

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent / "dns"
Row = tuple[str, str, str]
# What dnsmasq was told to answer (make-dns.sh), one alias after the other; the mail server's address was only added.
ANSWERED: list[Row] = [
    ("api.example.org", "A", "192.88.99.7"),
    ("api.example.org", "AAAA", "2620:4f:8000::7"),
    ("www.example.org", "CNAME", "cdn.example.org"),
    ("cdn.example.org", "CNAME", "edge.example.net"),
    ("edge.example.net", "A", "192.88.99.9"),
    ("edge.example.net", "A", "192.88.99.10"),
    ("lab.example.org", "A", "198.51.100.1"),
]
NS = 1_675_241_915_120_534_279  # massdns gives nanoseconds since 1970: 2023-02-01


def massdns(name: str, *answers: tuple[str, str, str], **more: Any) -> str:
    """Return a line as massdns -o J writes it (massdns issues 87 and 138 show some)."""
    data: dict[str, Any] = {
        "answers": [{"ttl": 9, "type": t, "class": "IN", "name": n, "data": d} for n, t, d in answers]
    }
    line = {"name": name, "type": "A", "class": "IN", "status": "NOERROR", "rx_ts": NS, "data": data if answers else {}}
    return json.dumps(line | {"flags": ["rd", "ra"], "resolver": "9.9.9.9:53", "proto": "UDP"} | more)


MASSDNS = "\n".join([
    massdns("www.example.org.", ("www.example.org.", "CNAME", "Edge.Example.net."),
            ("edge.example.net.", "A", "192.88.99.9")),
    massdns("empty.example.org."),
    massdns("gone.example.org.", status="NXDOMAIN", data={"authorities": [{"type": "SOA", "name": "example.org."}]}),
    '{"name":"slow.example.org.","type":"A","class":"IN","error":"MAXRETRIES"}',
    massdns("v6.example.org.", ("v6.example.org.", "AAAA", "2620:4F:8000:0::7"),
            ("v6.example.org.", "AAAA", "::ffff:192.88.99.1")),
    massdns("x.example.org.", ("x.example.org.", "MX", "10 m.example.org."), additionals=1,
            data={"answers": [{"type": "A", "name": "x.example.org.", "data": "192.88.99.3"}],
                  "additionals": [{"type": "A", "name": "m.example.org.", "data": "192.88.99.66"}]}),
])  # fmt: skip
DNSX = (HERE / "dnsx.json").read_text()
ZDNS = (HERE / "zdns.json").read_text()
SIMPLE = """www.example.org. CNAME cdn.example.org.
cdn.example.org. A 192.88.99.9

9.9.9.9:53 1513458347 NOERROR api.example.org. IN A
api.example.org. 300 IN A 192.88.99.7
"""
FULL = """;; Server: 9.9.9.9:53
;; Size: 93
;; Unix time: 1513458347
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 51298
;; flags: qr rd ra ; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 1

;; QUESTION SECTION:
api.example.org. IN A

;; ANSWER SECTION:
api.example.org. 45929 IN A 192.88.99.7

;; AUTHORITY SECTION:
example.org. 24852 IN NS ns.example.net.

;; ADDITIONAL SECTION:
ns.example.net. 24852 IN A 192.88.99.53
"""
ZONE = """$ORIGIN example.org.
$TTL 1h
@   IN SOA ns.example.org. host.example.org. (
        2024010101 ; serial
        3600 )
    IN NS ns
ns  IN A 192.88.99.53
api 300 IN A 192.88.99.7 ; the interface
    IN AAAA 2620:4f:8000::7
www IN 1d CNAME api
cdn CNAME edge.example.net.
txt IN TXT "a b c"
"""


def read(path: Path, text: str | bytes | None = None, limits: Limits | None = None) -> list[Batch | Reject | Note]:
    """Return what the reader yields of a text, written to that path."""
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(dns_answers.read(path, limits or Limits()))


def rows(items: Iterable[object]) -> list[Row]:
    """Return the records that were read, sorted: name, type, what it leads to."""
    held = [item.assets.select("name", "fragment", "answer") for item in items if isinstance(item, Batch)]
    return sorted(row for frame in held for row in frame.iter_rows())


def notes(items: Iterable[object]) -> list[str]:
    """Return the notes."""
    return [item.text for item in items if isinstance(item, Note)]


def days(items: Iterable[object]) -> dict[str, date | None]:
    """Return the day of the answer, by name."""
    held = [item.assets.select("name", "observed_at") for item in items if isinstance(item, Batch)]
    return {name: day for frame in held for name, day in frame.iter_rows()}


def test_digs_answers_are_those_of_the_server() -> None:
    """What dnsmasq was told to answer is read, with dig's day and line; what it added of other names is not."""
    items = read(HERE / "dig.txt")
    assert claimant(HERE / "dig.txt") == "dns_answers"
    assert rows(items) == sorted(ANSWERED)
    assert set(days(items).values()) == {date(2026, 11, 22)}
    (made,) = [item for item in items if isinstance(item, Batch)]
    lines = (HERE / "dig.txt").read_text().split("\n")
    for name, answer, place in made.assets.select("name", "answer", "locator").iter_rows():
        line = lines[int(place.removeprefix("line ")) - 1]
        assert line.startswith(name)
        assert answer in line
    assert notes(items) == [
        "7 records of addresses and aliases, of 2026-11-22",
        "2 questions without an answer: NXDOMAIN 1, REFUSED 1",
        "2 questions answered without an address or an alias",
        "2 records of other types, which lead to no address: not read",
    ]


def test_digs_answers_alone_say_the_same() -> None:
    """``dig +noall +answer`` shows the same records as dig's whole output, without a day."""
    alone = read(HERE / "dig-answers.txt")
    assert claimant(HERE / "dig-answers.txt") == "dns_answers"
    assert rows(alone) == rows(read(HERE / "dig.txt"))
    assert set(days(alone).values()) == {None}


@pytest.mark.parametrize(
    ("text", "expected", "day"),
    [
        (MASSDNS, [("edge.example.net", "A", "192.88.99.9"), ("v6.example.org", "AAAA", "192.88.99.1"),
                   ("v6.example.org", "AAAA", "2620:4f:8000::7"), ("www.example.org", "CNAME", "edge.example.net"),
                   ("x.example.org", "A", "192.88.99.3")],
         {"www.example.org": date(2023, 2, 1)}),
        (DNSX, [("cdn.example.net", "A", "192.88.99.3"), ("live.example.org", "CNAME", "cdn.example.net"),
                ("raw.example.org", "A", "192.88.99.4"), ("raw.example.org", "AAAA", "2620:4f:8000::4")],
         {"live.example.org": date(2026, 7, 21), "raw.example.org": date(2026, 7, 22)}),
        (ZDNS, [("a.example.org", "A", "192.88.99.1"), ("b.example.org", "A", "192.88.99.2"),
                ("b.example.org", "AAAA", "2620:4f:8000::2"), ("mx.example.net", "A", "192.88.99.25"),
                ("old.example.org", "A", "192.88.99.3")],
         {"a.example.org": date(2024, 8, 23), "old.example.org": date(2019, 8, 23)}),
        (SIMPLE, [("api.example.org", "A", "192.88.99.7"), ("cdn.example.org", "A", "192.88.99.9"),
                  ("www.example.org", "CNAME", "cdn.example.org")],
         {"api.example.org": date(2017, 12, 16), "www.example.org": None}),
        (FULL, [("api.example.org", "A", "192.88.99.7")], {"api.example.org": date(2017, 12, 16)}),
        (ZONE, [("api.example.org", "A", "192.88.99.7"), ("api.example.org", "AAAA", "2620:4f:8000::7"),
                ("cdn.example.org", "CNAME", "edge.example.net"), ("ns.example.org", "A", "192.88.99.53"),
                ("www.example.org", "CNAME", "api.example.org")],
         {"api.example.org": None}),
    ],
    ids=["massdns-J", "dnsx", "zdns", "massdns-S", "massdns-F", "zone"],
)  # fmt: skip
def test_records_are_those_of_the_file(
    tmp_path: Path, text: str, expected: list[Row], day: dict[str, date | None]
) -> None:
    """Of each program's form the answers are read, by hand count, with their days; nothing that a server added is."""
    path = tmp_path / "answers"
    items = read(path, text)
    assert claimant(path) == "dns_answers"
    assert rows(items) == expected
    assert not [item for item in items if isinstance(item, Reject)]
    assert {name: days(items)[name] for name in day} == day


def test_questions_without_an_answer_are_counted(tmp_path: Path) -> None:
    """The file of massdns asks six times: one name does not exist, one gave no reply, one has no address."""
    said = notes(read(tmp_path / "m.json", MASSDNS))
    assert "2 questions without an answer: MAXRETRIES 1, NXDOMAIN 1" in said
    assert "1 question answered without an address or an alias" in said


def test_what_is_no_record_is_a_reject_with_its_line(tmp_path: Path) -> None:
    """Lines that are no JSON, name nobody, or hold what is no name or address are told; those around them are read."""
    good = massdns("a.example.org.", ("a.example.org.", "A", "192.88.99.1"))
    bad = [
        '{"name":"cut.exam', "[1,2]", '{"other":1}', massdns("b.example.org.", ("b.example.org.", "A", "300.1.1.1")),
        massdns("c.example.org.", ("a\x1b[2Jb.example.org.", "A", "192.88.99.1")),
        '{"name":"\\ud800.org","status":"NOERROR"}',
        massdns("d.example.org.", ("d.example.org.", "CNAME", "not a name")), '{"name":' + "[" * 5000, "\x00\x00",
        massdns("e.example.org.", ("e.example.org.", "A", "2620:4f:8000::1")), '{"name":"f.example.org","data":"text"}',
    ]  # fmt: skip
    items = read(tmp_path / "m.json", "\n".join([good, *bad, good.replace("a.example", "z.example")]))
    assert rows(items) == [("a.example.org", "A", "192.88.99.1"), ("z.example.org", "A", "192.88.99.1")]
    places = {item.locator for item in items if isinstance(item, Reject)}
    assert places == {f"line {number}" for number in range(2, 13)}
    text = read(tmp_path / "t.txt", SIMPLE + "hello there nobody\nx.example.org. A 300.1.1.1\n")
    assert [item.locator for item in text if isinstance(item, Reject)] == ["line 6", "line 7"]


@pytest.mark.parametrize("text", [MASSDNS, DNSX, ZDNS, SIMPLE, FULL, ZONE, (HERE / "dig.txt").read_text()])
def test_cut_anywhere_it_does_not_raise(tmp_path: Path, text: str) -> None:
    """Cut at a dozen places, and with bytes exchanged, no file of these forms makes the reader raise."""
    path = tmp_path / "cut"
    raw = text.encode()
    for end in range(0, len(raw), max(len(raw) // 12, 1)):
        read(path, raw[:end])
        read(path, raw[:end] + b"\xff\x00\n\r;;" + raw[end + 3 :])


@pytest.mark.parametrize("text", [MASSDNS, DNSX, SIMPLE, ZONE, (HERE / "dig.txt").read_text()])
def test_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A file read a few lines at a time has the records, and the rejects, of the file read at once."""
    whole = read(tmp_path / "answers", text)
    monkeypatch.setattr(dns_answers, "BLOCK_BYTES", 300)
    parts = read(tmp_path / "answers")
    assert rows(parts) == rows(whole)
    assert [i for i in parts if isinstance(i, Reject)] == [i for i in whole if isinstance(i, Reject)]
    places = [{at for i in made if isinstance(i, Batch) for at in i.assets["locator"]} for made in (parts, whole)]
    assert places[0] == places[1]


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than the limit is a reject, and the lines around it are read with their own numbers."""
    monkeypatch.setattr(dns_answers, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(dns_answers, "LINE_BYTES", 8192)
    first = "a.example.org. A 192.88.99.1\n"
    items = read(tmp_path / "long", first + "x" * 50_000 + "\n" + "b.example.org. A 192.88.99.2\nnothing\n")
    assert rows(items) == [("a.example.org", "A", "192.88.99.1"), ("b.example.org", "A", "192.88.99.2")]
    assert [i.locator for i in items if isinstance(i, Reject)] == ["line 2", "line 4"]


def test_past_the_limits_it_says_so(tmp_path: Path) -> None:
    """A file larger than the limit is read up to it; rejects past the limit are counted by reason."""
    text = "".join(f"h{n}.example.org. A 192.88.99.{n % 256}\n" for n in range(500))
    items = read(tmp_path / "big", text, Limits(bytes_in=2000))
    assert 0 < len(rows(items)) < 500
    assert any(isinstance(i, Reject) and "2,000 bytes" in i.reason for i in items)
    many = [i for i in read(tmp_path / "bad", SIMPLE + "nobody\n" * 50, Limits(rejects=5)) if isinstance(i, Reject)]
    assert (len(many), sum(item.count for item in many)) == (6, 50)


def test_it_runs_in_its_jail() -> None:
    """What a child process reads of the real file is what this one reads."""
    assert rows(jail.run("dns_answers", HERE / "dig.txt", Limits())) == sorted(ANSWERED)


@pytest.mark.parametrize(
    "text",
    ["", "name,contacts\na,b\n", '{"name":"x","type":"y"}\n', '{"host":"a","port":80}\n', "api.example.org\n",
     "192.88.99.1\n", "Peer AS Up/Down State\n", "[]",
     '{"name":"a","status":"ok","data":{}}\n', "A record of our meeting: 12.30\n",
     '{"name":"r1","data":{"site":1},"error":"TIMEOUT","status":"ACTIVE"}\n', "myhost A 1.2.3.4\n"],
)  # fmt: skip
def test_other_files_are_not_claimed(tmp_path: Path, text: str) -> None:
    """Tables, other JSON, bare lists of names or addresses (``dig +short``) and prose are none of its files."""
    path = tmp_path / "other.txt"
    path.write_text(text)
    assert not dns_answers.claim(path, text.encode())


@given(st.lists(st.text("aZ09-_.@é", max_size=70).filter(lambda t: "xn--" not in t.lower()), max_size=30))
def test_names_are_those_of_the_identifier(texts: list[str]) -> None:
    """Of names in ASCII without xn-- the column takes what the identifier's own parser takes, and nothing else."""
    frame = pl.DataFrame({"name": [text.lower().removesuffix(".") for text in texts]}, schema={"name": pl.String})
    for text, taken in zip(texts, frame.select(is_name(pl.col("name"))).to_series(), strict=True):
        try:
            sound = text.isascii() and bool(domain.parse(text))
        except ValueError:
            sound = False
        assert taken == sound, text


@given(st.lists(st.ip_addresses() | st.text("0123456789abcdef:.", max_size=20), max_size=20))
def test_addresses_are_those_of_the_library(given_: list[object]) -> None:
    """An A record takes what ipaddress takes as IPv4, an AAAA record what it takes as IPv6, in its canonical form."""
    texts = [str(one) for one in given_]
    for kind, parse in (("A", ipaddress.IPv4Address), ("AAAA", ipaddress.IPv6Address)):
        records = [(number, f"h{number}.example.org", kind, text, None) for number, text in enumerate(texts)]
        good, bad = checked(pl.DataFrame(records, schema=RECORDS, orient="row"))
        expected = {}
        for number, text in enumerate(texts):
            try:
                value = parse(text)
            except ValueError:
                continue
            expected[number] = str(getattr(value, "ipv4_mapped", None) or value)
        taken = dict(good.select("number", "value").iter_rows())
        assert taken == expected
        assert good.height + bad.height == len(texts)


OWN: list[tuple[str, str, str]] = [
    ("asked.example.org.", "CNAME", "one.example.net."),
    ("one.example.net.", "CNAME", "Two.example.net."),
    ("two.example.net.", "A", "192.88.99.9"),
]
FOREIGN: list[tuple[str, str, str]] = [
    ("host.example.com.", "A", "192.88.99.66"),
    ("stray.example.com.", "CNAME", "led.example.com."),
    ("led.example.com.", "A", "192.88.99.67"),
]
LINES = [f"{name} 9 IN {kind} {value}" for name, kind, value in (*FOREIGN, *OWN)]
IN_ZDNS = {"answers": [{"name": n, "type": t, "answer": v} for n, t, v in (*FOREIGN, *OWN)]}
SECTIONS = [";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1", ";; QUESTION SECTION:"]


@pytest.mark.parametrize(
    "text",
    [
        massdns("Asked.example.org.", *FOREIGN, *OWN),
        json.dumps({"name": "asked.example.org", "results": {"A": {"status": "NOERROR", "data": IN_ZDNS}}}),
        json.dumps({"name": "asked.example.org", "class": "IN", "status": "NOERROR", "data": IN_ZDNS}),
        json.dumps({"host": "asked.example.org", "all": LINES, "status_code": "NOERROR"}),
        "\n".join([*SECTIONS, ";asked.example.org.\t\tIN\tA", ";; ANSWER SECTION:", *LINES]),
        "\n".join([";; Server: 9.9.9.9:53", *SECTIONS, "asked.example.org. IN A", ";; ANSWER SECTION:", *LINES]),
        "\n".join(["9.9.9.9:53 1513458347 NOERROR asked.example.org. IN A", *LINES]),
    ],
    ids=["massdns-J", "zdns", "zdns-2019", "dnsx", "dig", "massdns-F", "massdns-Sqr"],
)
def test_an_answer_speaks_for_its_question_alone(tmp_path: Path, text: str) -> None:
    """Of an answer the name asked for counts, and what its aliases lead to (RFC 1034, 3.6.2); others are counted."""
    path = tmp_path / "answers"
    items = read(path, text)
    assert claimant(path) == "dns_answers"
    assert rows(items) == sorted((n.rstrip("."), t, v.rstrip(".").lower()) for n, t, v in OWN)
    assert "3 records of names that were not asked for: not read" in notes(items)


def test_what_one_answer_may_not_say_another_may(tmp_path: Path) -> None:
    """A record that is foreign to one answer counts where its own name was asked for, later in the file."""
    record = ("b.example.org.", "A", "192.88.99.2")
    items = read(tmp_path / "m.json", massdns("a.example.org.", record) + "\n" + massdns("b.example.org.", record))
    assert rows(items) == [("b.example.org", "A", "192.88.99.2")]
    plain = read(tmp_path / "plain", "\n".join(LINES))
    assert len(rows(plain)) == len(LINES)  # lines that show no question are what they say


def test_name_servers_addresses_are_no_answer(tmp_path: Path) -> None:
    """Zdns takes NSLOOKUP's addresses from what stands beside the answer (its nslookup.go): the server's own word."""
    server = {"name": "host.example.com", "type": "NS", "ipv4_addresses": ["192.88.99.66"]}
    result = {"NSLOOKUP": {"status": "NOERROR", "data": {"servers": [server]}}}
    assert rows(read(tmp_path / "z.json", json.dumps({"name": "example.org", "results": result}))) == []


def test_numbers_go_on_only_from_an_open_bracket(tmp_path: Path) -> None:
    """Lines of digits or brackets are rejects, but for those of an SOA record, of which there are at most seven."""
    soa = ["example.org. IN SOA ns.example.org. host.example.org. (", "2024010101 ; serial", "3600 1h", "2w 60 )"]
    lines = ["a.example.org. A 192.88.99.1", "9" * 5000, "()", *soa, "3600", soa[0], *["7"] * 9]
    items = read(tmp_path / "zone", "\n".join(lines))
    assert [i.locator for i in items if isinstance(i, Reject)] == ["line 2", "line 3", "line 8", "line 17", "line 18"]
    long = read(tmp_path / "long", "\n".join([soa[0], "9" * 5000]))
    assert [i.locator for i in long if isinstance(i, Reject)] == ["line 2"]


@pytest.mark.parametrize(
    "line",
    [
        '{"name":"e.example.org","status":"NOERROR","data":[]}',
        '{"host":"z.example.org","a":"192.88.99.1","status_code":"NOERROR"}',
        '{"name":"e.example.org","results":{"A":{"status":"NOERROR","data":{"answers":"x"}}}}',
        '{"name":"e.example.org","results":{"A":[]}}',
        massdns("e.example.org.", data={"answers": [{"type": "MX", "name": "e.example.org.", "data": "m"}, 7]}),
        massdns("e.example.org.", ("e.example.org.", "A", "::ffff:192.88.99.1")),
        massdns("e.example.org.", ("e.example.org.", "AAAA", "192.88.99.1")),
    ],
)
def test_answers_of_another_form_are_rejects(tmp_path: Path, line: str) -> None:
    """Answers that are no lists or objects, and addresses written as the other type's are, do not vanish."""
    items = read(tmp_path / "m.json", massdns("a.example.org.", ("a.example.org.", "A", "192.88.99.1")) + "\n" + line)
    assert rows(items) == [("a.example.org", "A", "192.88.99.1")]
    assert [i.locator for i in items if isinstance(i, Reject)] == ["line 2"]


def test_records_were_read_where_a_line_was_not(tmp_path: Path) -> None:
    """The command ends well where records were read that are no assets themselves, whatever line was rejected."""
    path = tmp_path / "mixed.txt"
    path.write_text("a.example.org. A 192.88.99.1\nnobody\n")
    result = run("read", path)
    assert result.exit_code == 0, result.output
    assert "nothing could be read" not in result.output
