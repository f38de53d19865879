"""Signed messages that openssl and jarsigner wrote: content and signers as they tell them; cut and nested ones."""

from __future__ import annotations

import plistlib
import re
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "readers"))

import apple_writer as writer

from crossline.packages import cms

READERS = Path(__file__).parents[1] / "readers"
with zipfile.ZipFile(READERS / "apple" / "signed.ipa") as _opened:
    PROFILE = _opened.read("Payload/Example.app/embedded.mobileprovision")
with zipfile.ZipFile(READERS / "bundle" / "example.aab") as _opened:
    OF_A_JAR = _opened.read("META-INF/A.EC")
LEAF = (READERS / "apple" / "leaf.txt").read_text().strip().rpartition("=")[2].replace(":", "").lower()


def test_a_message_with_lengths_that_are_found_by_walking() -> None:
    """A message in BER, as openssl streams it and Apple writes it, gives back what was signed, and by whom."""
    assert PROFILE[:2] == b"\x30\x80"
    read = cms.read(PROFILE)
    assert plistlib.loads(read.content or b"") == writer.PROFILE
    assert [one.sha256 for one in read.signers] == [LEAF]
    assert len(read.certificates) == 2
    assert read.signers[0].subject == {
        "CN": "Apple Distribution: Example GmbH (ABCDE12345)", "O": "Example GmbH", "OU": "ABCDE12345",
    }  # fmt: skip


def test_a_message_of_jarsigner() -> None:
    """The certificate that signed an archive is the one that keytool tells."""
    told = re.search(r"SHA256: ([0-9A-F:]+)", (READERS / "bundle" / "signer.txt").read_text())
    assert told
    assert [one.sha256 for one in cms.read(OF_A_JAR).signers] == [told[1].replace(":", "").lower()]


def test_every_beginning_of_a_message() -> None:
    """A message that is cut anywhere before its end is refused."""
    for end in range(len(OF_A_JAR)):
        with pytest.raises(cms.Unreadable):
            cms.read(OF_A_JAR[:end])


@pytest.mark.parametrize(
    "data", [b"\x30\x80" * 100_000, b"\x30\x84\xff\xff\xff\xff", b"\x1f\x80\x80", b"\x30\x89" + b"\1" * 20]
)
def test_hostile_lengths(data: bytes) -> None:
    """Nesting without end, and lengths beyond the message, are refused and not followed."""
    with pytest.raises(cms.Unreadable):
        cms.read(data)


@given(st.lists(st.tuples(st.integers(0, len(PROFILE) - 1), st.integers(0, 255)), max_size=8), st.booleans())
def test_damaged_messages(changes: list[tuple[int, int]], jar: bool) -> None:
    """Whatever bytes of a message are changed, it is read or refused, and nothing else is raised."""
    made = bytearray(OF_A_JAR if jar else PROFILE)
    for at, value in changes:
        made[at % len(made)] = value
    try:
        cms.read(bytes(made))
    except cms.Unreadable:
        return
