"""Hosts in bytes: by hand, beside a naive search with regular expressions, and with what only looks like hosts."""

from __future__ import annotations

import os
import re
import time

import pytest
from dex_writer import dex
from hypothesis import given
from hypothesis import strategies as st

from crossline.identifiers import domain
from crossline.packages import dex as dexes
from crossline.packages import hosts, root_zone


def in_strings(*strings: str) -> dict[str, str]:
    """Return the hosts that strings of a dex file name, and their forms."""
    data = dex([], [], list(strings))
    return dict(hosts.in_dex(data, dexes.read(data)).select("host", "form").iter_rows())


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://api.example.com/v1?x=http", "api.example.com"),
        ("HTTP://API.Example.COM", "api.example.com"),
        ("see <http://example.org>, or not", "example.org"),
        ("wss://a-b.example.co.uk:8443/", "a-b.example.co.uk"),
        ("https://user:pass@host.example.net/", "host.example.net"),
        ("https://example.com.", "example.com"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://_dmarc.example.com", "_dmarc.example.com"),
        ("https://192.0.2.7:8080/", "192.0.2.7"),
        ("=http://a.example", "a.example"),
        ("http://example.com%s", "example.com"),
        ("\u0033https://example.com", "example.com"),  # a length of 51 bytes before it in a pool of strings
        ("http://http://example.com", "example.com"),
    ],
)
def test_a_url_names_its_host(text: str, host: str) -> None:
    """What stands behind the scheme, up to a port, a path or a blank, in small letters; no user name is part of it."""
    assert in_strings(text) == {host: "url"}


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://%s.example.com/", "example.com"),
        ("https://api-%s.example.com:%d/", "example.com"),
        ("https://{region}.cdn.example.net", "cdn.example.net"),
        ("https://*.example.org", "example.org"),
        ("https://www.%1$s.example.org/x", "example.org"),
    ],
)
def test_what_is_fixed_of_a_text_that_is_filled_in(text: str, host: str) -> None:
    """Of a template the labels at its end that are fixed are taken, and it is told to be one."""
    assert in_strings(text) == {host: "template"}


@pytest.mark.parametrize(
    "text",
    [
        "https://", "http:///path", "https://localhost/", "https://%s/", "https://%s.com", "content://com.example.app/x",
        "market://details?id=com.example", "news://a.example.com", "http:/example.com", "http://-a.example.com",
        "http://a..example.com", "http://" + "a" * 64 + ".com", "http://a.b", "http://999.1.1.1/", "http://1.2.3",
        "https://xn--a.example", "http://a.b.c1", "://example.com", "file://a.example.com/x",
    ],
)  # fmt: skip
def test_what_names_no_host(text: str) -> None:
    """No host, one label, another protocol, labels that no name has: nothing."""
    assert in_strings(text) == {}


def test_bare_names() -> None:
    """A string that is nothing but a name, under a domain that nothing else ends with, is a host."""
    assert in_strings("graph.example.com", "example.cn:443", "cdn.example.net/x.js") == {
        "graph.example.com": "bare", "example.cn": "bare", "cdn.example.net": "bare"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "com.example.net", "org.example.com", "java.util.com", "com.facebook.katana", "android.intent.action.MAIN",
        "Example.com", "example.com is a site", "a_b.example.com", "user.name", "config.properties", "main.rs",
        "readme.md", "user.id", "libfoo.so", "1.2.3.4", "v1.0", "utf-8.de.", ".com", "x.com:y", "androidx.core.cloud",
        "Lcom/example/foo.com;", "a.com\u00e9", "user@example.com", "example.photography",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_host(text: str) -> None:
    """Class names, keys, file names, sentences and addresses of mail are no bare hosts."""
    assert in_strings(text) == {}


def test_a_string_ends_where_it_ends() -> None:
    """The length before a string is not part of it, though it may be a letter; its number says where it stands."""
    name = "a" * 41 + ".example.com"  # 53 characters: its length is written as the digit 5
    data = dex([], [], [name, "zzz"])
    read = dexes.read(data)
    (row,) = hosts.in_dex(data, read).rows(named=True)
    assert row["host"] == name
    assert dexes.text(data, read, row["place"]) == name


def test_a_file_without_strings_names_none() -> None:
    """Bytes of a dex file that no string leads to are not looked at, even if there are no strings at all."""
    data = dex([], [], ["zzz"]) + b"\0https://a.example.com/\0"
    for bytes_ in (data, data[:0x38] + bytes(0x38) + data[0x70:]):
        assert hosts.in_dex(bytes_, dexes.read(bytes_)).is_empty()


def test_bytes_in_both_widths() -> None:
    """In any bytes, names stand in ASCII, or in UTF-16 at an even or an odd place; the place is that of the name."""
    narrow, wide = b"\x7fELF\0\0https://a.example.com/\0b.example.de\0", "https://c.example.com/x".encode("utf-16-le")
    for shift in (b"", b"\1"):
        data = narrow + shift + wide
        found = dict(hosts.in_bytes(data).select("host", "place").iter_rows())
        assert found == {
            "a.example.com": data.index(b"a.example"),
            "b.example.de": data.index(b"b.example"),
            "c.example.com": data.index("c.example".encode("utf-16-le")),
        }


def test_name_spaces_are_told() -> None:
    """A host that only serves as a name space of XML is marked as one."""
    frame = hosts.in_bytes(b'xmlns:android="http://schemas.android.com/apk/res/android" http://android.example.com')
    assert frame.select("host", "namespace").rows() == [("android.example.com", False), ("schemas.android.com", True)]


def test_counts_and_first_places() -> None:
    """Each host and form stands once, with its first place and how many there are."""
    (row,) = hosts.in_bytes(b"http://a.example http://b http://A.example/").rows()
    assert row == ("a.example", "domain", "url", False, False, 7, 2)


@pytest.mark.parametrize(
    ("host", "there"),
    [
        ("a.example.com", True), ("a.example.ltd", True), ("a.xn--p1ai", True), ("192.0.2.7", True),
        ("javax.xml.transform.dom.DOMResult", False), ("javax.xml.XMLConstants", False), ("intranet.corp", False),
        ("printer.local", False),
    ],
)  # fmt: skip
def test_top_level_domains_of_the_root_zone_are_told(host: str, there: bool) -> None:
    """A name that ends with no top-level domain of IANA's list is marked: a class behind a scheme is no host."""
    assert hosts.in_bytes(f"http://{host}/feature".encode())["top_level"].to_list() == [there]


def test_what_is_left_out_for_its_end_is_told() -> None:
    """Names that no top-level domain ends are taken out together, with their number and one of them."""
    found = hosts.in_bytes(b"http://a.example.com http://javax.xml.XMLConstants/x http://b.corp")
    kept, said = root_zone.apart(found)
    assert kept["host"].to_list() == ["a.example.com"]
    assert said == "2 names behind a scheme end with no top-level domain of the DNS, as b.corp: no hosts"
    assert root_zone.apart(kept) == (kept, None)


def test_the_bare_names_lie_under_top_level_domains() -> None:
    """Every top-level domain that a bare name may lie under is one of the root zone."""
    assert root_zone.top_level() >= hosts.BARE


def test_bare_names_of_short_labels_are_keys() -> None:
    """A bare name whose labels all have one or two letters needs a path or a port to be a host; a URL needs neither."""
    assert in_strings("ko.tr", "ko.dt.pt", "t.cn/R3x", "g.co:443", "www.ko.tr", "https://a.cn") == {
        "t.cn": "bare", "g.co": "bare", "www.ko.tr": "bare", "a.cn": "url"
    }  # fmt: skip


# A naive reading of what stands behind a scheme: labels, and a last one of letters.
NAIVE = re.compile(
    rb"(?<![a-z0-9])(?:https?|wss?)://((?:[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?\.)+[a-z]{2,})(?=[/\s\0\"]|$)"
)
PIECES = st.sampled_from(
    [b"http://", b"https://", b"wss://", b"a.", b"example.", b"com", b"org", b"net/", b" ", b"\0", b'"', b"-", b"x1"]
)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_as_a_naive_search_finds_them(data: bytes) -> None:
    """Whatever a plain regular expression finds behind a scheme is found, in the canonical form of a domain."""
    found = set(hosts.in_bytes(data)["host"])
    assert {name.decode() for name in NAIVE.findall(data)} <= found
    assert {domain.parse(name) for name in found} == found


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes end in a table whose names are in canonical form."""
    frame = hosts.in_bytes(b"http://" + data)
    assert frame.schema == hosts.HOSTS
    for name in frame.filter(frame["kind"] == "domain")["host"]:
        assert domain.parse(name) == name


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
@pytest.mark.parametrize(
    "data", [b"http://" * 150_000, b"a." * 500_000, b"http://" + b"@" * 1_000_000, b"://" * 300_000]
)
def test_time_grows_with_the_bytes_only(data: bytes) -> None:
    """A megabyte that begins a host everywhere is read in a moment."""
    hosts.in_bytes(data[:50])
    start = time.perf_counter()
    hosts.in_bytes(data)
    assert time.perf_counter() - start < 3
