"""Identifiers have one canonical form each, and hostile text never gets past them as anything but a ValueError."""

from __future__ import annotations

import contextlib
import csv
import itertools
import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import identifiers

PARTIES = Path(__file__).resolve().parents[2] / "src" / "crossline" / "world" / "facts" / "party.csv"
ZONES = Path("/usr/share/zoneinfo/iso3166.tab")  # of the time zone database, in the public domain

# Types whose values are names that people or programs write, and so may hold anything before they are parsed.
NAMES = ("cloud", "domain", "package", "party", "signer", "vendor")


@pytest.mark.parametrize("name", identifiers.names())
def test_every_type_says_what_it_leads_to_and_how_it_is_parsed(name: str) -> None:
    """A type is a module with ABOUT and parse, found by its file name."""
    module = identifiers.load(name)
    assert module.ABOUT.endswith(".")
    assert callable(module.parse)


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=300))
def test_the_canonical_form_of_a_canonical_form_is_itself(name: str, text: str) -> None:
    """Parsing is idempotent, and refuses by ValueError alone."""
    try:
        value = identifiers.load(name).parse(text)
    except ValueError:
        return
    assert value == identifiers.load(name).parse(value)


@pytest.mark.parametrize("name", NAMES)
@given(
    text=st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    control=st.sampled_from("\0\x07\x1b\n\x85\u202e\u200b"),
)
def test_no_control_or_invisible_character_gets_through(name: str, text: str, control: str) -> None:
    """No canonical form holds a character of Unicode's category C, wherever it stood."""
    middle = len(text) // 2
    try:
        value = identifiers.load(name).parse(text[:middle] + control + text[middle:])
    except ValueError:
        return
    assert not any(unicodedata.category(character).startswith("C") for character in value)


@pytest.mark.parametrize("name", NAMES)
def test_length_is_bounded(name: str) -> None:
    """A megabyte of letters is nobody's name, and neither is nothing."""
    for text in ("a" * 1_000_000, "a." * 500_000, "", "   ", "\t\n"):
        with pytest.raises(ValueError, match=r"."):
            identifiers.load(name).parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Huawei", "huawei"),
        ("  HUAWEI   Technologies\u00a0Co., Ltd. ", "huawei technologies co., ltd."),
        ("Citroe\u0308n", "citro\u00ebn"),  # NFC: a letter and its mark become one (Unicode Standard Annex 15)
        ("CITRO\u00cbN", "citro\u00ebn"),
        ("Gro\u00dfmann", "grossmann"),  # CaseFolding.txt: 00DF; F; 0073 0073
        ("\u4e2d\u5174", "\u4e2d\u5174"),
    ],
)
def test_vendor_names_differ_in_letters_alone(text: str, expected: str) -> None:
    """Case, composition and spaces do not make two vendors of one (Unicode, CaseFolding.txt and UAX 15)."""
    assert expected == identifiers.load("vendor").parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WWW.Example.COM.", "www.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher\u3002example", "xn--bcher-kva.example"),  # RFC 3490, 3.1: the ideographic full stop is a dot
        # RFC 3492, 7.1, example (A), and (L) in small letters
        (
            "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064a\u061f.example",
            "xn--egbpdaj6bu4bxfgehfvwxn.example",
        ),
        ("3\u5e74B\u7d44\u91d1\u516b\u5148\u751f.example", "xn--3b-ww4c5e180e575a65lsy2b.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("_dmarc.example.com", "_dmarc.example.com"),  # RFC 8552
        ("r3---sn-4g5e6nzz.example.com", "r3---sn-4g5e6nzz.example.com"),
    ],
)
def test_domains_are_a_labels_in_small_letters(text: str, expected: str) -> None:
    """A domain is written in A-labels without the last dot (RFC 5890, 2.3.2.1; examples of RFC 3492, 7.1)."""
    assert expected == identifiers.load("domain").parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "localhost",
        "192.0.2.1",
        "a..b",
        ".example",
        "-a.example",
        "a-.example",
        f"{'a' * 64}.example",
        f"{'.'.join(['a' * 49] * 6)}.example",
        "fu\u00df.example",  # RFC 5894, 7.2: two standards, two names
        "xn--a.example",
        "xn--bcher-kv\u00e4.example",
        "exa mple.com",
        "https://example.com",
        "example.com/path",
        "user@example.com",
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    """Addresses, URLs, empty and overlong labels, and broken Punycode are no domain names."""
    with pytest.raises(ValueError, match=r"."):
        identifiers.load("domain").parse(text)


@pytest.mark.parametrize(
    ("value", "nobody"),
    [
        ("printer.local", True),
        ("a.b.test", True),
        ("www.example.org", True),
        ("example.org.cn", False),
        ("notlocal.com", False),
        ("hidden.onion", True),
    ],
)
def test_special_use_names_lead_to_nobody(value: str, nobody: bool) -> None:
    """Names of IANA's registry of special-use domain names are nobody's (RFC 6761)."""
    assert nobody == (identifiers.names_no_party("domain", value) is not None)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package", "com.Tencent.MM", "com.tencent.mm"),
        ("package", " org.fdroid.fdroid ", "org.fdroid.fdroid"),
        ("package", "com.apple.dt-Xcode", "com.apple.dt-xcode"),
        ("cloud", "Alibaba Cloud", "alibaba-cloud"),
        ("cloud", "AWS", "aws"),
        (
            "signer",
            "43:23:8D:51:2C:1E:5E:B2:D6:56:9F:4A:3A:FB:F5:52:34:18:B8:2E:0A:3E:D1:55:27:70:AB:B9:A9:C9:CC:AB",
            "43238d512c1e5eb2d6569f4a3afbf5523418b82e0a3ed1552770abb9a9c9ccab",
        ),
    ],
)
def test_other_types_have_one_form_too(name: str, text: str, expected: str) -> None:
    """Package ids, cloud keys and fingerprints differ neither by case nor by separators."""
    assert (name, expected) == identifiers.parse(f"{name}:{text}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package", "firefox"),
        ("package", "com..x"),
        ("package", "com.x/y"),
        ("cloud", "aws!"),
        ("cloud", "-aws"),
        ("signer", "43238d51"),
        ("signer", "g" * 64),
        ("signer", "4" * 65),
        ("vendor", "Hua\u200bwei"),
        ("vendor", "Hua\nwei"),
        ("vendor", "a" * 201),
    ],
)
def test_what_is_no_such_identifier_is_refused(name: str, text: str) -> None:
    """A text that does not have the form is refused with a reason."""
    with pytest.raises(ValueError, match=r"."):
        identifiers.parse(f"{name}:{text}")


def test_states_against_every_pair_of_letters() -> None:
    """The 249 codes of ISO 3166-1 and XK are taken, in either case, and none of the other 426 pairs of letters.

    By hand: 26 times 26 pairs are 676. The shipped facts have a state for each code but those of seven territories
    without a settled population.
    """
    codes = identifiers.load("state").CODES
    with PARTIES.open(encoding="utf-8", newline="") as file:
        known = {row["domicile"] for row in csv.DictReader(file) if row["kind"] == "state"}
    assert codes == known | {"AQ", "BV", "GS", "HM", "IO", "TF", "UM"}
    taken = set()
    for pair in itertools.product(string.ascii_lowercase, repeat=2):
        with contextlib.suppress(ValueError):
            taken.add(identifiers.load("state").parse(f" {''.join(pair)} "))
    assert taken == codes
    assert len(taken) == 250


def test_states_against_the_time_zone_database() -> None:
    """The codes are those of the time zone database's table of ISO 3166-1, which its own people keep."""
    if not ZONES.is_file():
        pytest.skip("the time zone database's iso3166.tab is absent")
    lines = ZONES.read_text("utf-8").splitlines()
    expected = {line[:2] for line in lines if not line.startswith("#")}
    assert expected == identifiers.load("state").ISO_3166_1


@pytest.mark.parametrize("text", ["XX", "ZZ", "ZQ", "AA", "EU", "UK", "AP", "SU"])
def test_codes_that_are_no_states(text: str) -> None:
    """What the standard reserves, withdrew or leaves to users is no state, also where registries use it."""
    with pytest.raises(ValueError, match=f"'{text}' is not the code of any state or territory in ISO 3166-1"):
        identifiers.load("state").parse(text)


@pytest.mark.parametrize("text", ["\u00df", "\ufb01", "F\u0131", "U\u017f"])
def test_letters_that_become_others_as_capitals_are_no_codes(text: str) -> None:
    """A sharp s is not South Sudan, nor a ligature Finland (SpecialCasing.txt and UnicodeData.txt of Unicode)."""
    with pytest.raises(ValueError, match="two-letter code"):
        identifiers.load("state").parse(text)
