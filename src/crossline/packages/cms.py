"""Signed messages (CMS, RFC 5652): the certificates that one carries, its signer's among them, and what it signs.

Nothing is verified. Apple's code signatures, provisioning profiles and the ``META-INF`` of archives hold such messages;
Apple's are in BER with lengths that are found by walking (X.690, 8.1.3.6), which readers of DER refuse. Only tags and
lengths are looked at, and names of a certificate's subject; its fingerprint is that of its bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_MOST: Final = 16 << 20
CERTIFICATES_MOST: Final = 100
_STEPS_MOST: Final = 100_000  # elements that are looked at
_DEPTH_MOST: Final = 32

_SIGNED: Final = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2 (RFC 5652, 5.1)
_NAMES: Final = {bytes.fromhex("550403"): "CN", bytes.fromhex("55040a"): "O", bytes.fromhex("55040b"): "OU"}
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OBJECT, _BMP = 0x30, 0x31, 0x02, 0x04, 0x06, 0x1E
_CONTEXT_0, _KEY_ID = 0xA0, 0x80


class Unreadable(Exception):  # noqa: N818 - it ends one message, and is no error of the program
    """A message that cannot be read: why."""


class _Element(NamedTuple):
    tag: int
    first: int  # of the content
    last: int  # behind it
    next: int  # behind the element
    start: int


@dataclass(frozen=True)
class Certificate:
    """A certificate: the SHA-256 of its bytes, and names of its subject by their short forms (CN, O, OU)."""

    sha256: str
    subject: dict[str, str]
    issuer_bytes: bytes
    subject_bytes: bytes
    serial: bytes


@dataclass(frozen=True)
class Signed:
    """A signed message: what it signs, if that stands in it, its certificates, and those of its signers."""

    content: bytes | None
    certificates: tuple[Certificate, ...]
    signers: tuple[Certificate, ...]


def read(data: bytes | bytearray) -> Signed:
    """Read a signed message; raises :class:`Unreadable`. Bytes behind it are left alone."""
    if len(data) > BYTES_MOST:
        raise Unreadable(f"a signed message of {len(data):,} bytes; limit of {BYTES_MOST:,}")
    return _Reader(bytes(data)).read()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.steps = _STEPS_MOST

    def read(self) -> Signed:
        outer = list(self.inside(self.element(0, len(self.data), 0)))
        if len(outer) < 2 or self.bytes_of(outer[0]) != _SIGNED:
            raise Unreadable("no signed message (CMS)")
        message = next(self.inside(outer[1]), None)
        if message is None:
            raise Unreadable("a signed message without content")
        content: bytes | None = None
        certificates: list[Certificate] = []
        signers: list[tuple[bytes, bytes] | None] = []
        for number, part in enumerate(self.inside(message)):
            if part.tag == _SEQUENCE and number == 2:
                content = self.content(part)
            elif part.tag == _CONTEXT_0:
                for one in self.inside(part):
                    if one.tag == _SEQUENCE and len(certificates) < CERTIFICATES_MOST:
                        certificates.append(self.certificate(one))
            elif part.tag == _SET and number > 2:
                signers = [self.signer(one) for one in list(self.inside(part))[:CERTIFICATES_MOST]]
        return Signed(content, tuple(certificates), _chosen(certificates, signers))

    def element(self, at: int, end: int, depth: int) -> _Element:
        """Return the element that begins at ``at``; raises Unreadable."""
        self.steps -= 1
        if depth > _DEPTH_MOST or self.steps < 0:
            raise Unreadable("a signed message that is nested too deeply, or of too many parts")
        if at + 2 > end or self.data[at] & 31 == 31:
            raise Unreadable("a signed message that is cut, or of a form that none has")
        tag, size, first = self.data[at], self.data[at + 1], at + 2
        if size == 0x80 and tag & 0x20:
            place = first
            while self.data[place : place + 2] != b"\0\0":
                place = self.element(place, end, depth + 1).next
            return _Element(tag, first, place, place + 2, at)
        if size & 0x80:
            width = size & 0x7F
            first += width
            size = int.from_bytes(self.data[at + 2 : first], "big")
            if not 1 <= width <= 8:
                raise Unreadable("a signed message with a length that none has")
        if first + size > end:
            raise Unreadable("a signed message that is cut")
        return _Element(tag, first, first + size, first + size, at)

    def inside(self, outer: _Element) -> Iterator[_Element]:
        """Yield the elements within one."""
        at = outer.first
        while at < outer.last:
            one = self.element(at, outer.last, 0)
            yield one
            at = one.next

    def bytes_of(self, one: _Element) -> bytes:
        return self.data[one.first : one.last]

    def content(self, part: _Element) -> bytes | None:
        """Return what is signed: an octet string, in one piece or in several (X.690, 8.7.3)."""
        parts = list(self.inside(part))
        held = next(self.inside(parts[1]), None) if len(parts) > 1 else None
        if held is None:
            return None
        if held.tag == _OCTETS:
            return self.bytes_of(held)
        return b"".join(self.bytes_of(one) for one in self.inside(held) if one.tag == _OCTETS)

    def certificate(self, one: _Element) -> Certificate:
        """Return a certificate (RFC 5280, 4.1)."""
        inner = next(self.inside(one), None)
        parts = [part for part in self.inside(inner) if part.tag != _CONTEXT_0] if inner else []
        if len(parts) < 5:
            raise Unreadable("a certificate that is none")
        serial, _, issuer, _, subject = parts[:5]
        raw = self.data[one.start : one.next]
        return Certificate(
            hashlib.sha256(raw).hexdigest(),
            self.names(subject),
            self.bytes_of(issuer),
            self.bytes_of(subject),
            self.bytes_of(serial),
        )

    def names(self, subject: _Element) -> dict[str, str]:
        found: dict[str, str] = {}
        for group in self.inside(subject):
            for one in self.inside(group):
                pair = list(self.inside(one))
                key = _NAMES.get(self.bytes_of(pair[0])) if len(pair) > 1 else None
                if key:
                    coding = "utf-16-be" if pair[1].tag == _BMP else "utf-8"
                    found.setdefault(key, self.bytes_of(pair[1]).decode(coding, "replace"))
        return found

    def signer(self, one: _Element) -> tuple[bytes, bytes] | None:
        """Return issuer and serial number of a signer's certificate; None if it is named by its key."""
        parts = list(self.inside(one))
        named = list(self.inside(parts[1])) if len(parts) > 1 and parts[1].tag == _SEQUENCE else []
        return (self.bytes_of(named[0]), self.bytes_of(named[1])) if len(named) > 1 else None


def _chosen(certificates: list[Certificate], signers: list[tuple[bytes, bytes] | None]) -> tuple[Certificate, ...]:
    """Return the signers' certificates; where one is named by its key, the only one that issued none of the others."""
    found = [one for pair in signers for one in certificates if pair == (one.issuer_bytes, one.serial)]
    if not found and signers:
        issuers = {one.issuer_bytes for one in certificates if one.issuer_bytes != one.subject_bytes}
        ends = [one for one in certificates if one.subject_bytes not in issuers]
        found = ends if len(ends) == 1 else []
    return tuple({one.sha256: one for one in found}.values())
